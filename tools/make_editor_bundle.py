"""Write jiyue/editor/static/visual.js, visual.css and LICENSES.txt from jiyue/editor/frontend/ (`make docs`).

esbuild and the packages come from node_modules as package-lock.json names them, so the same sources give the same bytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "jiyue" / "editor" / "static"
_PACKAGE = re.compile(r"^node_modules/((?:@[^/]+/)?[^/]+)/")


def made() -> dict[str, bytes]:
    """File name in static/ -> content."""
    with TemporaryDirectory() as folder:
        subprocess.run(
            [
                str(ROOT / "node_modules" / ".bin" / "esbuild"),
                *(f"jiyue/editor/frontend/visual.{kind}" for kind in ("js", "css")),
                "--bundle", "--minify", "--format=iife", "--target=es2021", "--charset=utf8", "--legal-comments=none",
                "--log-level=warning", f"--outdir={folder}", f"--metafile={folder}/meta.json",
            ],
            cwd=ROOT, check=True,
        )  # fmt: skip
        inputs = json.loads(Path(folder, "meta.json").read_text("utf-8"))["inputs"]
        packages = sorted({match[1] for name in inputs if (match := _PACKAGE.match(name))})
        return {
            **{f"visual.{kind}": Path(folder, f"visual.{kind}").read_bytes() for kind in ("js", "css")},
            "LICENSES.txt": _licences(packages).encode(),
        }


def _licences(packages: list[str]) -> str:
    parts = ["visual.js and visual.css contain parts of these packages.\n"]
    for name in packages:
        folder = ROOT / "node_modules" / name
        about = json.loads((folder / "package.json").read_text("utf-8"))
        licence = next(iter(sorted(folder.glob("LICEN[CS]E*"))))
        parts.append(f"{name} {about['version']} ({about['license']})\n\n{licence.read_text('utf-8').strip()}\n")
    return f"\n{'-' * 80}\n\n".join(parts)


if __name__ == "__main__":
    for name, content in made().items():
        (STATIC / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content)} bytes\n")
