"""Measures `jiyue audit`: the first one after a build, and the next ones, which read only what was kept. `python -m bench audit`.

    python -m bench audit [--sites 100] [--articles 1000] [--runs 3] [--work DIR]

The cluster is that of the build's benchmark, with typed columns under the national profile, in a git repository with one commit.
Other load on the machine counts in wall time, not in CPU time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
from pathlib import Path

from bench.build.clusters import Jiyue, make
from bench.build.measure import Run, run

GOAL = 5.0
"""Seconds of a warm audit of 100 sites with 1,000 articles each, from a warm catalogue."""
TYPES = {"gzdt": "工作动态", "tzgg": "通知公告", "zcwj": "政策文件"}


def supervised(ours: Jiyue) -> None:
    """Give each site the national profile and its columns types and ages; commit all."""
    for path in sorted((ours.root / "sites").glob("s*.yaml")):
        site = json.loads(path.read_text("utf-8"))
        columns = [{**one, "type": TYPES.get(one["path"], "其他"), "max_age_days": 180} for one in site["columns"]]
        path.write_text(json.dumps({**site, "profile": "national", "columns": columns}, ensure_ascii=False), "utf-8")
    (ours.root / ".gitignore").write_text(".jiyue\noutput\n", "utf-8")
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example", "-c", "gc.auto=0")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "content")):
        subprocess.run(["git", *who, *command], cwd=ours.root, check=True, capture_output=True)


def audits(ours: Jiyue, runs: int) -> list[Run]:
    """Runs of the audit. Its exit status is 1, because the corpus breaks rules."""
    [(build, folder)] = ours.commands()
    program = build[: build.index("build")]
    command = ["sh", "-c", '"$@" > /dev/null; test $? -lt 2', "sh", *program, "audit", "--root", str(ours.root)]
    return [run([(command, folder)], 1) for _ in range(runs)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sites", type=int, default=100)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("/tmp/jiyue-bench-audit"))
    given = parser.parse_args()
    ours, _ = make(given.work, given.sites, given.articles, None)
    shutil.rmtree(given.work / "corpus")
    supervised(ours)
    built = run(ours.commands(), 1)
    first, *warm = audits(ours, given.runs + 1)
    print(f"{given.sites} sites of {given.articles} articles      wall s    CPU s   peak MB")
    for name, one in (("cold build", built), ("first audit", first)):
        print(f"{name:<32}{one.wall:8.2f} {one.cpu:8.2f} {one.peak:8.0f}")
    wall, cpu = (statistics.median(values) for values in ([one.wall for one in warm], [one.cpu for one in warm]))
    verdict = (
        ""
        if (given.sites, given.articles) != (100, 1000)
        else "  ok"
        if wall <= GOAL
        else f"  above the goal of {GOAL:g} s"
    )
    print(f"{'warm audit, median':<32}{wall:8.2f} {cpu:8.2f} {max(one.peak for one in warm):8.0f}{verdict}")
    shutil.rmtree(given.work, ignore_errors=True)


if __name__ == "__main__":
    main()
