"""`python -m bench tricks`: measures what each trick for speed saves, with alternating builds with and without it.

A trick that saves nothing has to go. Each is switched off from outside, before the program's modules are imported; the
output is the same with and without.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from bench.build.measure import run

ROOT = Path(__file__).parents[1]

OFF = {
    "patterns compiled when asked for (base/patterns.py)": (
        "edit", "import re, jiyue.base.patterns as p\np.pattern = re.compile\np.warm_up = lambda: None",
    ),
    "only the called command is loaded, and no Typer (cli/app.py)": (
        "nothing", "import jiyue.cli.app as a\na.QUICK = frozenset()\nmade = a.application\na.application = lambda *names: made()",
    ),
    "the collector is off (cli/building.py, cli/commands/build.py)": (
        "edit", "import gc\ngc.disable = gc.freeze = lambda: None",
    ),
    "Jinja's two short cuts (render/jinja_fast_path.py)": (
        "cold", "import jiyue.render.jinja_fast_path as d\nd.Direct.__init__ = lambda self, env: d.Extension.__init__(self, env)",
    ),
    "fast Markdown (render/fast_markdown.py)": (
        "cold", "import jiyue.render.fast_markdown as m\nm.quick = lambda text: None",
    ),
    "children find everything loaded (build/rendering.py)": (
        "cold", "import jiyue.build.rendering as r\nr._warm_up = lambda *_: None\nr.loading = lambda *_: iter(())",
    ),
}  # fmt: skip
"""Trick -> the build that it speeds up, and the statement that switches it off."""


def main() -> None:
    """Print a table: CPU and wall time without each trick, as a multiple of the time with it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=5, help="builds of each kind")
    parser.add_argument("--root", type=Path, default=ROOT, help="the cluster to build")
    given = parser.parse_args()
    print(f"{'without':66} {'build':8} {'CPU ×':>6} {'wall ×':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (kind, off) in OFF.items():
            usual, without = [], []
            for _ in range(given.runs):
                usual.append(_build(given.root, Path(folder, "with"), kind, ""))
                without.append(_build(given.root, Path(folder, "without"), kind, off))
            cpu, wall = (
                statistics.median(row[part] for row in without) / statistics.median(row[part] for row in usual)
                for part in (1, 0)
            )
            print(f"{name:66} {kind:8} {cpu:6.2f} {wall:6.2f}", flush=True)


def _build(root: Path, folder: Path, kind: str, off: str) -> tuple[float, float]:
    """(wall, CPU) seconds of one build; for an edit a space is appended to an article."""
    output = folder / "output"
    argv = ["jiyue", "build", "--root", str(root), "--output", str(output), "--today", "2026-11-28"]
    program = f"{off}\nimport sys\nsys.argv = {argv!r}\nfrom jiyue.cli import main\nmain()"
    cold = program.replace("'build',", "'build', '--no-cache',", 1)
    if kind == "cold":
        measured = run([([sys.executable, "-c", cold], ROOT)], 1)
        return measured.wall, measured.cpu
    if not output.exists():
        run([([sys.executable, "-c", program], ROOT)], 1)
    if kind == "edit":
        article = min((root / "content").rglob("*.md"), key=str)
        before, stat = article.read_bytes(), article.stat()
        article.write_bytes(before + b"\n")
        try:
            measured = run([([sys.executable, "-c", program], ROOT)], 1)
        finally:
            article.write_bytes(before)
            os.utime(article, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        run([([sys.executable, "-c", program], ROOT)], 1)
    else:
        measured = run([([sys.executable, "-c", program], ROOT)], 1)
    return measured.wall, measured.cpu


if __name__ == "__main__":
    main()
