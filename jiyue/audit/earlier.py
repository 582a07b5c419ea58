"""The audit of an earlier state of the cluster, from git: its sources are written to a temporary folder and audited as of that day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import NamedTuple

from jiyue.audit.measures.measurement import DECIDED, Measurement
from jiyue.audit.run import Audit, audit
from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.git import Git, GitError
from jiyue.build.options import Options

FOLDERS = ("sites", "content")
_REGULAR = ("100644", "100755")


class NoSuchState(ValueError):
    """What was named is no state of the repository; str() is Chinese."""


class State(NamedTuple):
    """A commit, and the moment as of which its content is judged, 'YYYY-MM-DD HH:MM'."""

    commit: str
    now: str


class Kept(NamedTuple):
    """Of a verdict, what a comparison needs."""

    level: str
    status: str
    broken: bool
    points: float
    cases: int


@dataclass(frozen=True)
class Earlier:
    """The verdicts of an earlier day, by site and rule."""

    commit: str
    day: str
    sites: Mapping[str, Mapping[str, Kept]]


class Change(NamedTuple):
    """A site now against an earlier day, over the rules that were decided both times. points: now minus then.

    compared: how many rules these are. broke, mended: ids of rules broken only now, only then.
    """

    compared: int
    points: float
    broke: tuple[str, ...]
    mended: tuple[str, ...]
    vetoes_then: int


def state_of(root: Path, text: str) -> State:
    """The state that a revision or a day ('YYYY-MM-DD': the last commit of that day or before) names. Raises NoSuchState."""
    try:
        with Git(root) as git:
            day = clock.parse_date(text)
            if not day:
                commit = git.commit(text)
                _, times = git.graph(commit)
                return State(commit, clock.minute(times[commit]))
            end = datetime.fromisoformat(day[:10]).replace(tzinfo=clock.BEIJING) + timedelta(days=1)
            head = git.commit("HEAD")
            parents, times = git.graph(head)
            commit = head
            while commit and times[commit] >= end.timestamp():
                commit = next(iter(parents.get(commit, ())), "")
            if not commit:
                raise NoSuchState(f"{day[:10]} 那天仓库里还没有提交")
            return State(commit, f"{day[:10]} 23:59")
    except GitError as problem:
        raise NoSuchState(f"找不到「{text}」：{problem}。写提交、标签或者日期，如 HEAD~20、2026-06-30") from None


def audit_as_of(options: Options, state: State) -> Audit:
    """Audit the cluster as it was. Its pages were never built and its history is not followed, so what needs these is not decidable.

    Raises ClusterBroken, NoSuchState.
    """
    with TemporaryDirectory(prefix="jiyue-as-of-") as folder:
        root = Path(folder)
        _check_out(options.root, state.commit, root)
        if not (root / "sites" / "cluster.yaml").is_file():
            raise NoSuchState(f"提交 {state.commit[:10]} 里还没有站群（sites/cluster.yaml）")
        return audit(replace(options, root=root, output=root / "output", now=state.now, cache=True))


def earlier(options: Options, state: State, cache: Cache) -> Earlier:
    """The verdicts as of an earlier state, kept because a commit never changes. Raises ClusterBroken, NoSuchState."""
    key = hashlib.blake2b(repr(state).encode(), digest_size=8).hexdigest()

    def look() -> dict[str, dict[str, Kept]]:
        then = audit_as_of(replace(options, sites=()), state)
        return {
            site: {
                one.rule: Kept(one.level, one.status, one.broken, one.points, one.cases) for one in verdicts.values()
            }
            for site, verdicts in then.sites.items()
        }

    kept = cache.memo(f"audit/as-of-{key}.json", state.commit, look)
    sites = {site: {rule: Kept(*one) for rule, one in rules.items()} for site, rules in kept.items()}
    return Earlier(state.commit, state.now[:10], sites)


def change(then: Mapping[str, Kept], now: Iterable[Measurement]) -> Change:
    """Compare a site's verdicts."""
    same = {
        one.rule: one for one in now if one.status == DECIDED and one.rule in then and then[one.rule].status == DECIDED
    }
    lost = sum(one.points for one in same.values() if one.level == "deduct")
    lost_then = sum(then[rule].points for rule, one in same.items() if one.level == "deduct")
    faults = {rule: one for rule, one in same.items() if one.level != "bonus"}
    return Change(
        len(same),
        round(lost_then - lost, 2),
        tuple(rule for rule, one in faults.items() if one.broken and not then[rule].broken),
        tuple(rule for rule, one in faults.items() if then[rule].broken and not one.broken),
        sum(one.broken and one.level == "veto" for one in then.values()),
    )


def _check_out(repo: Path, commit: str, root: Path) -> None:
    """Write the regular files of a commit that make up the cluster."""
    with Git(repo) as git:
        wanted: dict[str, list[PurePosixPath]] = {}
        for path, file in git.files(commit, relative=True).items():
            place = PurePosixPath(path)
            if place.parts[0] in FOLDERS and ".." not in place.parts and file.mode in _REGULAR:
                wanted.setdefault(file.blob, []).append(place)
        for blob, data in git.contents([*wanted]):
            for place in wanted[blob]:
                target = root / place
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
