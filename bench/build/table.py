"""The table of build speed: each row the median of some runs, compared with Hugo and the goal.

    python -m bench [--runs 3] [--articles 1000] [--large] [--work DIR]

Where Hugo takes part, both build in turn, in pairs, so that they meet the same disk and the same neighbours; a ratio is the median of
the pairs' ratios. `free` is measure.free_cores() just before a run: below about 1.9 of 2, wall times tell more about other
processes than about the builds. `file` is measure.file_creation() at that moment: a slow disk is warned of.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.build.clusters import PROGRAM, Hugo, Jiyue, install_hugo, make
from bench.build.measure import SLOW, Run, file_creation, free_cores, pages, run

CORES = os.cpu_count() or 1


class Contender(NamedTuple):
    """One of those that do the same work. prepare(n) is not timed."""

    who: str
    prepare: Callable[[int], None]
    build: Callable[[], Run]


@dataclass
class Row:
    """One work by one contender. ratios: of wall and CPU time, a pair for each run; goal: for their medians."""

    work: str
    who: str
    runs: list[Run] = field(default_factory=list)
    free: list[float] = field(default_factory=list)
    file: list[float] = field(default_factory=list)
    ratios: list[tuple[float, float]] = field(default_factory=list)
    goal: str = ""

    def median(self, key: str) -> float:
        """The median of `wall`, `cpu` or `peak`."""
        return statistics.median(getattr(one, key) for one in self.runs)


class Table:
    """The measured rows. probed: the folder in which files are created to see how slow the disk is."""

    def __init__(self, probed: Path) -> None:
        self.rows: list[Row] = []
        self.stages = ""
        self.probed = probed

    def measure(self, work: str, times: int, *contenders: Contender, goal: str = "") -> Row:
        """Measure a work by each contender in turn; the order of a pair alternates. Ratios are the last one's to the first one's."""
        rows = [Row(work, one.who) for one in contenders]
        for n in range(times):
            for row, one in list(zip(rows, contenders, strict=True))[:: -1 if n % 2 else 1]:
                one.prepare(n)
                os.sync()
                row.free.append(free_cores())
                row.file.append(file_creation(self.probed))
                if row.file[-1] > SLOW:
                    print(f"# WARNING: {_slow(row.file[-1])}", file=sys.stderr, flush=True)
                row.runs.append(one.build())
                print(f"# {work} {one.who} {n + 1}: {row.runs[-1].wall:.2f} s", file=sys.stderr, flush=True)
        first, last = rows[0], rows[-1]
        last.goal = goal
        if first is not last:
            pairs = zip(last.runs, first.runs, strict=True)
            last.ratios = [
                (mine.wall / other.wall, mine.cpu / other.cpu if other.cpu else 0.0) for mine, other in pairs
            ]
        self.rows += rows
        return last

    def show(self) -> None:
        """Print everything."""
        print(
            f"\n{'work':44} {'who':6} {'wall s':>8} {'(min..max)':>15} {'CPU s':>7} {'peak MB':>8} {'wall ×':>6} {'CPU ×':>6}"
            f"  {'goal':28} free       file µs"
        )
        for row in self.rows:
            wall = [one.wall for one in row.runs]
            spread = f"({min(wall):.2f}..{max(wall):.2f})"
            ratios = [f"{statistics.median(one):.2f}" if any(one) else "" for one in zip(*row.ratios, strict=True)] or [
                "",
                "",
            ]
            seen = f"{statistics.median(row.free):.2f} of {CORES}"
            print(
                f"{row.work:44} {row.who:6} {row.median('wall'):8.3f} {spread:>15} {row.median('cpu'):7.2f} {row.median('peak'):8.0f}"
                f" {ratios[0]:>6} {ratios[1]:>6}  {row.goal:28} {seen:10} {statistics.median(row.file):.0f}"
            )
        slowest = max((one for row in self.rows for one in row.file), default=0.0)
        if slowest > SLOW:
            print(f"\nWARNING: {_slow(slowest)}")
        if self.stages:
            print("\nOne more cold build by its stages; what sites spend is added up over their processes:")
            print(self.stages)


def _slow(microseconds: float) -> str:
    return (
        f"creating a file takes {microseconds:.0f} µs on this disk (usually 30 to 60): it is busy, perhaps with a mass delete that it "
        "has not finished. Wait some minutes, or give another --work: these figures say little."
    )


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


def small(table: Table, ours: Jiyue, hugo: Hugo, runs: int, trash: Path) -> float:
    """Ten sites. Returns the wall seconds of our cold build."""
    size = f"{len(hugo.sites)} sites"
    run(ours.commands(), 1)  # encodes the pictures
    cold = table.measure(
        f"cold, {size}",
        runs,
        Contender("hugo", lambda _n: hugo.clean(trash), lambda: run(hugo.commands(), CORES)),
        Contender("jiyue", lambda _n: ours.clean(trash), lambda: run(ours.commands(), 1)),
        goal="1.0 x Hugo, wall and CPU",
    )
    mine = cold.median("wall")
    ours.clean(trash)
    table.stages = stages(ours)
    checks = re.search(r"([\d.]+) 秒 +其中内容检查", table.stages)
    check_seconds = float(checks[1]) / CORES if checks else 0.0
    table.stages += f"\nContent checks, which Hugo does not make, took {check_seconds:.2f} of {mine:.2f} s wall time on {CORES} cores."
    article = ours.article()
    twin = hugo.root / article.relative_to(ours.root)
    site = article.relative_to(ours.root / "content").parts[0]
    theirs = Contender("hugo", lambda n: edit(twin, n), lambda: run(hugo.commands([site]), 1))
    build = Contender("jiyue", lambda n: edit(article, n), lambda: run(ours.commands(), 1))
    table.measure("one edit, by command", runs, theirs, build, goal="0.5 x Hugo")
    serving(table, ours, article, runs, theirs, goal="0.2 x Hugo")
    run(ours.commands(), 1)
    table.measure("no change", runs, build._replace(prepare=lambda _n: settle()), goal="0.5 s")
    style = ours.root / "themes" / "gov" / "static" / "base.css"
    changed = build._replace(prepare=lambda n: _append(style, f"p {{ order: {n} }}"))
    table.measure("theme change: style", runs, changed, goal=f"own cold, {mine:.2f} s")
    template = ours.root / "themes" / "gov" / "templates" / "article.html"
    changed = build._replace(prepare=lambda n: _swap(template, n))
    table.measure("theme change: article template", runs, changed, goal=f"own cold, {mine:.2f} s")
    return mine


def large(table: Table, ours: Jiyue, runs: int, trash: Path, per_page: float) -> None:
    """A hundred sites. per_page: wall seconds a page of the cold build of ten."""
    run(ours.commands(), 1)
    build = Contender("jiyue", lambda _n: ours.clean(trash), lambda: run(ours.commands(), 1))
    most = 1.1 * per_page * pages(ours.output)
    table.measure("cold, 100 sites", runs, build, goal=f"{most:.1f} s (1.1 x a page), 400 MB")
    article = ours.article()
    run(ours.commands(), 1)
    table.measure("100 sites: no change", runs, build._replace(prepare=lambda _n: settle()), goal="1.0 s")
    table.measure("100 sites: one edit", runs, build._replace(prepare=lambda n: edit(article, n)), goal="1.2 s")
    table.measure("100 sites: fresh checkout", runs, build._replace(prepare=lambda _n: _touch(ours.root)), goal="3.0 s")
    serving(table, ours, article, runs, goal="0.5 s")


def serving(table: Table, ours: Jiyue, article: Path, runs: int, *others: Contender, goal: str) -> None:
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

            table.measure("one edit, while serving", runs, *others, Contender("jiyue", nothing, once), goal=goal)
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
    table = Table(trash)
    print(f"# Python {sys.version}, built with: {sysconfig.get_config_var('CONFIG_ARGS')}", flush=True)
    ours, hugo = make(work / "small", 10, given.articles, binary)
    assert hugo
    try:
        per_page = small(table, ours, hugo, given.runs, trash) / pages(ours.output)
        if given.large:
            many, _ = make(work / "large", 100, given.articles, None)
            large(table, many, given.runs, trash, per_page)
        print(f"\n{pages(hugo.output)} pages by Hugo, {pages(ours.output)} by Jiyue.", end="")
    finally:
        table.show()
        for folder in (trash, work / "small", work / "large"):
            shutil.rmtree(folder, ignore_errors=True)
