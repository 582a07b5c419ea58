"""Makes and writes the dashboard: `output/_cluster/dashboard/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from jiyue.audit.collect import collect
from jiyue.audit.dashboard.board import Board, board
from jiyue.audit.dashboard.guards import guard, warnings
from jiyue.audit.dashboard.outside import outside_scores
from jiyue.audit.dashboard.pages import Pages
from jiyue.audit.earlier import earlier, state_of
from jiyue.audit.run import audited
from jiyue.base.cache import Cache
from jiyue.build.inbox import reports_of
from jiyue.build.options import Options
from jiyue.resources.collect import resources_of

FOLDER = "_cluster/dashboard"


class Written(NamedTuple):
    """The dashboard that was written. faults: in Chinese, what makes the report untrustworthy (then nothing was written);
    warnings: what was not looked at, and wrong rows of ledgers. folder: where it is."""

    board: Board
    faults: list[str]
    warnings: list[str]
    folder: Path
    files: int


def write_dashboard(options: Options, since: Iterable[str] = ()) -> Written:
    """Audit the whole cluster and write the dashboard, compared with the states that `since` names (revisions or days).

    A report that its guards don't trust is not written; the last one stays. Raises ClusterBroken, NoSuchState.
    """
    cache = Cache(options.root / ".jiyue" / "store" if options.cache else None)
    named = {(one.now[:10], one.commit): one for one in (state_of(options.root, text) for text in since)}
    states = [one for _, one in sorted(named.items())]
    before = [earlier(options, state, cache) for state in states]
    collected = collect(options)
    audit = audited(collected)
    _, reports = reports_of(options)
    outside, ledger = outside_scores(options.root, audit.registry.sites)
    made = board(collected, audit, reports, outside, before)
    resources = resources_of(options, audit.registry)
    pages = Pages(made, options.root, options.output, options.theme_folder, resources)
    files = pages.make()
    faults = guard(made, pages.tables, files)
    folder = options.output / FOLDER
    if not faults:
        write_files(folder, files)
    bad = [
        f"{one.path}:{one.line}: {one.message}。{one.hint}（这一行不算数）"
        for one in (collected.duties.findings if collected.duties else ())
    ]
    return Written(made, faults, [*warnings(made), *ledger, *bad], folder, len(files))


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder hold these files and no others; a file with the same bytes is not touched."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (path.is_file() and path.read_bytes() == data):
            path.write_bytes(data)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in files:
            path.unlink()
