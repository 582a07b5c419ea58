"""How long an alert takes on all pages of a cluster: `python -m bench.alerts [--sites 100] [--articles 100] [--work DIR]`.

A province, nine prefectures and their counties, with search. Each step is the command line as an officer or a timer runs it:
the alert is written, the cluster built; updated, built; and built again after its end. Prints wall and CPU seconds, the
pages that show it, and how much of the machine was free before and after.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

from bench.build import corpus
from bench.build.clusters import PROGRAM, Jiyue
from bench.build.measure import free_cores, run

FIRST, SECOND = "演示：今天夜间有暴雨", "演示：雨势加强"
PREFECTURES = 9


def cluster(work: Path, sites: int, articles: int) -> tuple[Jiyue, str]:
    """(the bench's corpus as a cluster of three levels, the id of its portal)."""
    shutil.rmtree(work, ignore_errors=True)
    meta = corpus.write(work / "corpus", sites, articles)
    made = Jiyue(work, meta)
    portal, *others = [site["id"] for site in meta["sites"]]
    folder = made.root / "sites"
    (folder / "cluster.yaml").write_text(f"name: 基准站群\nroot: {portal}\n", "utf-8")
    for n, site in enumerate(others):
        path = folder / f"{site}.yaml"
        level = {"kind": "prefecture"} if n < PREFECTURES else {"superior": others[n % PREFECTURES]}
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **level}, ensure_ascii=False), "utf-8")
    return made, portal


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sites", type=int, default=100)
    parser.add_argument("--articles", type=int, default=100)
    parser.add_argument("--work", type=Path, default=Path("/dev/shm/jiyue-alerts"))
    args = parser.parse_args()
    made, portal = cluster(args.work, args.sites, args.articles)

    def step(name: str, today: str, *words: str) -> None:
        common = ["--root", str(made.root), "--today", today]
        calls = [[*PROGRAM, "alert", *words, *common]] if words else []
        calls.append([*PROGRAM, "build", "--jobs", str(os.cpu_count()), *common])
        before = free_cores()
        used = run([(call, made.root) for call in calls], 1)
        pages = [path.read_text("utf-8") for path in made.output.rglob("*.html")]
        shown = [sum(text in page for page in pages) for text in (FIRST, SECOND)]
        print(
            f"{name:24} {used.wall:7.2f} s wall {used.cpu:6.2f} s CPU   of {len(pages)} pages {shown[0]} show the first,"
            f" {shown[1]} the second   free cores {before:.2f}, {free_cores():.2f}",
            flush=True,
        )

    new = ("new", "--site", portal, "--event", "暴雨", "--severity", "橙色", "--text", FIRST, "--until", "24h")
    name = f"{portal}-20261123-01"
    step("cold", "2026-11-23T08:00")
    step("no change", "2026-11-23T08:05")
    step("an alert to all", "2026-11-23T08:10", *new)
    step("its update", "2026-11-23T09:00", "update", name, "--severity", "红色", "--text", SECOND)
    step("after its end", "2026-11-24T09:00")
    shutil.rmtree(args.work)


if __name__ == "__main__":
    main()
