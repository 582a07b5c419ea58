"""What publishing costs as officers run it: `python bench/publish.py SITES ARTICLES` prints seconds as JSON lines.

Makes a cluster in a temporary folder, builds and publishes all of it (each site to a folder target), then changes one
article, builds, publishes and rolls that site back, by the commands.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEXT = "各县（市）区人民政府，各有关单位：经市政府同意，现将有关事项通知如下，请认真贯彻执行。\n\n" * 20


def article(n: int, more: str = "") -> str:
    return f"---\ntitle: 关于第{n}件事项的通知\ndate: 2026-{n % 11 + 1:02}-{n % 28 + 1:02} 09:30\n---\n{more}{TEXT}"


def write(root: Path, sites: int, articles: int) -> None:
    (root / "sites").mkdir()
    (root / "sites/cluster.yaml").write_text("name: 测试站群\nroot: s0\n", "utf-8")
    for s in range(sites):
        kind = "kind: province\n" if not s else "kind: prefecture\nsuperior: s0\n"
        deploy = f"deploy: {{kind: folder, path: {root / 'www'}}}\n"
        (root / f"sites/s{s}.yaml").write_text(f"name: 站点{s}\nurl: https://s{s}.example\n{kind}{deploy}", "utf-8")
        folder = root / f"content/s{s}/tzgg"
        folder.mkdir(parents=True)
        for n in range(articles):
            (folder / f"{n}.md").write_text(article(n), "utf-8")


def run(root: Path, step: str, *command: str) -> None:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "jiyue", *command, "--root", str(root)], capture_output=True, text=True, check=True
    )
    seconds = round(time.perf_counter() - began, 2)
    print(json.dumps({"step": step, "seconds": seconds, "said": done.stdout}, ensure_ascii=False), flush=True)


def main(sites: int, articles: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, sites, articles)
        run(root, "build", "build")
        run(root, "first publish", "publish")
        run(root, "publish, nothing changed", "publish")
        (root / "content/s1/tzgg/7.md").write_text(article(7, "更正。"), "utf-8")
        run(root, "build one changed article", "build")
        run(root, "publish one changed article", "publish")
        run(root, "publish, looking at every file", "publish", "--every")
        run(root, "rollback", "rollback", "s1")
        run(root, "verify all", "verify")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
