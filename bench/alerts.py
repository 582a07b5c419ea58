"""How long an alert takes on all pages of a cluster: `python -m bench.alerts [--sites 100] [--articles 100] [--work DIR]`.

A province, its prefectures and their counties; each step is the command line as an officer or a timer runs it: the alert
is written, the cluster built, and built again after the alert's end. Prints wall and CPU seconds, pages that show it, and
how much of the machine was free.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

from bench.build import corpus
from bench.build.clusters import PROGRAM, Jiyue
from bench.build.measure import Run, free_cores, run

TEXT = "演示：今天夜间有暴雨"
PREFECTURES = 9


def cluster(work: Path, sites: int, articles: int) -> Jiyue:
    """The bench's corpus as a cluster of three levels, with its search."""
    shutil.rmtree(work, ignore_errors=True)
    meta = corpus.write(work / "corpus", sites, articles)
    made = Jiyue(work, meta)
    first, *others = [site["id"] for site in meta["sites"]]
    (made.root / "sites" / "cluster.yaml").write_text(f"name: 基准站群\nroot: {first}\n", "utf-8")
    for n, site in enumerate(others[PREFECTURES:]):
        path = made.root / "sites" / f"{site}.yaml"
        path.write_text(
            json.dumps({**json.loads(path.read_text("utf-8")), "superior": others[n % PREFECTURES]}), "utf-8"
        )
    for site in others[:PREFECTURES]:
        path = made.root / "sites" / f"{site}.yaml"
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "kind": "prefecture"}), "utf-8")
    return made


def showing(output: Path) -> tuple[int, int]:
    """(pages that show the alert, all pages)."""
    pages = [path.read_text("utf-8") for path in output.rglob("*.html")]
    return sum(TEXT in page for page in pages), len(pages)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sites", type=int, default=100)
    parser.add_argument("--articles", type=int, default=100)
    parser.add_argument("--work", type=Path, default=Path("/dev/shm/jiyue-alerts"))
    args = parser.parse_args()
    made = cluster(args.work, args.sites, args.articles)
    root, jobs = ["--root", str(made.root)], ["--jobs", str(os.cpu_count())]
    first = json.loads((made.root / "output").name or '""') if False else next(iter(sorted((made.root / "sites").glob("*.yaml"))))

    def build(today: str) -> Run:
        return run([([*PROGRAM, "build", *root, *jobs, "--today", today], made.root)], 1)

    def step(name: str, work: list[Run]) -> None:
        shown, every = showing(made.output)
        wall, cpu = sum(one.wall for one in work), sum(one.cpu for one in work)
        print(f"{name:28} {wall:6.2f} s wall {cpu:6.2f} s CPU  on {shown} of {every} pages  free {free_cores():.2f}", flush=True)
