"""Measures publishing as officers run it, one JSON line per step.

    python -m bench.publish SITES ARTICLES [--real] [--work DIR] [--steps STEP…]

Each site is deployed to a folder; every step is a command in a process of its own, with all its checks. The default uses
invented texts, written in a second; --real uses the corpus of `python -m bench` (realistic texts, pictures, columns) in a
git repository. With --work the cluster is kept, and --steps repeats some steps or continues. Lines give wall and CPU
seconds and the largest process (MB); after a publication `arrived` counts the files and bytes that differ from what
readers were served before. Needs about 60 kB of disk and 10 files per article.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.build import clusters
from bench.build.measure import free_cores

TEXT = "各县（市）区人民政府，各有关单位：经市政府同意，现将有关事项通知如下，请认真贯彻执行。\n\n" * 20
STEPS = ("make", "build", "first", "none", "edit", "every", "back", "verify")


def article(n: int, more: str = "") -> str:
    return f"---\ntitle: 关于第{n}件事项的通知\ndate: 2026-{n % 11 + 1:02}-{n % 28 + 1:02} 09:30\n---\n{more}{TEXT}"


def write(root: Path, sites: int, articles: int) -> None:
    (root / "sites").mkdir()
    (root / "sites/cluster.yaml").write_text("name: 测试站群\nroot: s0\n", "utf-8")
    for s in range(sites):
        kind = "kind: province\n" if not s else "kind: prefecture\nsuperior: s0\n"
        (root / f"sites/s{s}.yaml").write_text(f"name: 站点{s}\nurl: https://s{s}.example\n{kind}", "utf-8")
        folder = root / f"content/s{s}/tzgg"
        folder.mkdir(parents=True)
        for n in range(articles):
            (folder / f"{n}.md").write_text(article(n), "utf-8")


def make(work: Path, sites: int, articles: int, real: bool) -> Path:
    """Create and commit a cluster in an empty folder, with a folder target for each site; returns its root."""
    if real:
        root = clusters.make(work / "real", sites, articles, None)[0].root
    else:
        root = work / "invented"
        root.mkdir()
        write(root, sites, articles)
    for path in (root / "sites").glob("*.yaml"):
        if path.stem != "cluster":
            deploy = {"kind": "folder", "path": str(root / "www")}
            text = path.read_text("utf-8")
            if real:
                path.write_text(json.dumps({**json.loads(text), "deploy": deploy}, ensure_ascii=False), "utf-8")
            else:
                path.write_text(f"{text}deploy: {json.dumps(deploy)}\n", "utf-8")
    (root / ".gitignore").write_text("/output/\n/.jiyue/\n/www/\n", "ascii")
    person = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for command in (["init", "-q"], ["add", "-A"], [*person, "commit", "-q", "-m", "all"]):
        subprocess.run(["git", "-C", root, *command], check=True)
    return root


class Bench:
    """A cluster and its steps."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.edited = sorted((root / "content").glob("*/*/*.md"))[-7]
        self.site = self.edited.relative_to(root / "content").parts[0]

    def run(self, step: str, *command: str, sites: bool = False) -> None:
        """Run and time one command. sites: whether to count files that are new to readers."""
        before = dict(self._served()) if sites else {}
        free, began = free_cores(), time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "jiyue", *command, "--root", str(self.root)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert process.stdout
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        row = {
            "step": step, "seconds": round(time.perf_counter() - began, 2),
            "cpu": round(used.ru_utime + used.ru_stime, 2), "mb": used.ru_maxrss // 1024, "free": round(free, 2),
            "status": process.returncode, "output": output[-600:],
        }  # fmt: skip
        if sites:
            after = dict(self._served())
            new = {path: size for path, (size, inode) in after.items() if before.get(path, (0, 0))[1] != inode}
            row |= {"arrived": len(new), "bytes": sum(new.values()), "gone": len(before.keys() - after.keys())}
        print(json.dumps(row, ensure_ascii=False), flush=True)

    def _served(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """(path, (size, inode)) of every file that readers can get; an unchanged file is a hard link to the same inode."""
        for link in sorted((self.root / "www/live").glob("*")):
            for folder, _, names in os.walk(link):
                for name in names:
                    info = (Path(folder) / name).stat()
                    yield f"{link.name}{folder.removeprefix(str(link))}/{name}", (info.st_size, info.st_ino)

    def do(self, step: str) -> None:
        """Run a step by its name."""
        if step == "build":
            self.run("build", "build")
        elif step == "first":
            self.run("first publish", "publish", sites=True)
        elif step == "none":
            self.run("publish, nothing changed", "publish", sites=True)
        elif step == "edit":
            with self.edited.open("a", encoding="utf-8") as file:
                file.write(f"\n\n更正{time.monotonic_ns()}。\n")
            self.run("build one changed article", "build")
            self.run("publish one changed article", "publish", sites=True)
        elif step == "every":
            self.run("publish, looking at every file", "publish", "--every", sites=True)
        elif step == "back":
            self.run("rollback", "rollback", self.site, sites=True)
        elif step == "verify":
            self.run("verify all", "verify")


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sites", type=int)
    options.add_argument("articles", type=int, help="a site")
    options.add_argument("--real", action="store_true", help="the corpus of `python -m bench`")
    options.add_argument("--work", type=Path, help="where the cluster is made, and stays")
    options.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = (given.work or Path(folder)).resolve()
        work.mkdir(exist_ok=True)
        root = work / ("real/jiyue" if given.real else "invented")
        for step in given.steps:
            if step == "make":
                make(work, given.sites, given.articles, given.real)
            else:
                Bench(root).do(step)


if __name__ == "__main__":
    main()
