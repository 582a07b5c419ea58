"""Collects everything of this room for a cluster at a moment: its registers, read once, with what the catalogue shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.build.options import Options
from jiyue.build.scanning import scan_all
from jiyue.catalogue.registers import read_register
from jiyue.catalogue.summary import Summary
from jiyue.registry.load import load_registry
from jiyue.registry.site import REGISTERS, Registry
from jiyue.responsibility.entries import GUARANTEE, READING_LOG, ROSTER, TASKS
from jiyue.responsibility.guarantee import DeliverableState, deliverables
from jiyue.responsibility.pieces import Pieces, pieces_of
from jiyue.responsibility.roster import Roster, SiteReadings, rosters, site_readings
from jiyue.responsibility.tasks import TaskState, task_states

LOST = warning(
    "register-name",
    "登记簿里写了没有的站点、栏目或者文章",
    "对不上名字的一行没有人认领：任务看不出做没做，计划看不出完成没有。",
    "吉政办发〔2015〕5号（九）（十）",
)


@dataclass(frozen=True)
class Duties:
    """What the registers of a cluster say, on a day 'YYYY-MM-DD'. findings: bad rows, and names in vain."""

    registry: Registry
    day: str
    pieces: Pieces
    tasks: list[TaskState] = field(default_factory=list)
    deliverables: list[DeliverableState] = field(default_factory=list)
    rosters: list[Roster] = field(default_factory=list)
    site_readings: list[SiteReadings] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    def of_site(self, site: str) -> Duties:
        """The part of one site."""
        return replace(
            self,
            tasks=[one for one in self.tasks if one.site.id == site],
            deliverables=[one for one in self.deliverables if one.site.id == site],
            rosters=[one for one in self.rosters if one.site == site],
            site_readings=[one for one in self.site_readings if one.site == site],
        )

    def of_unit(self, unit: str) -> Duties:
        """The tasks of one unit and what it has to deliver."""
        return replace(
            self,
            tasks=[one for one in self.tasks if one.task.unit == unit],
            deliverables=[one for one in self.deliverables if one.item.unit == unit],
            rosters=[],
            site_readings=[],
        )


def duties_of(options: Options, *, every: bool = False) -> Duties:
    """The duties of a cluster, its catalogue from the cache where nothing changed; every: the articles even without a register.

    Raises ClusterBroken.
    """
    cache = Cache(options.root / ".jiyue" / "store" if options.cache else None)
    registry, summaries = scan_all(options, load_registry(options.root), cache, lambda *_: None)
    found = collected(options.root, registry, summaries, cache, (options.now or clock.now())[:10])
    if every and not found.pieces.all:
        return replace(found, pieces=pieces_of(options.root, registry, summaries, cache))
    return found


def collected(root: Path, registry: Registry, summaries: Mapping[str, Summary], cache: Cache, day: str) -> Duties:
    """The same of a catalogue that is at hand. A cluster without registers pays for one look at a folder."""
    if not (root / REGISTERS).is_dir():
        return Duties(registry, day, Pieces(()))
    sites = [*registry.sites]
    tasks, found = read_register(root, TASKS, sites)
    plan, more = read_register(root, GUARANTEE, sites)
    found += more
    turns, more = read_register(root, ROSTER, sites)
    found += more
    readings, more = read_register(root, READING_LOG, sites)
    found += more
    pieces = pieces_of(root, registry, summaries, cache) if tasks or plan else Pieces(())
    known, lost = site_readings(readings, turns, registry)
    states = task_states(tasks, registry, pieces)
    planned = deliverables(plan, registry, pieces)
    lost += [(state.row, state.fault) for state in states if state.fault]
    lost += [(one.row, one.fault) for one in planned if one.fault]
    found += [
        LOST.at(row.path, row.line, why, "核对编号、路径；不用了就删去这一行", site=row.site) for row, why in lost
    ]
    return Duties(registry, day, pieces, states, planned, rosters(turns, registry), known, found)


def lost_names(
    root: Path, registry: Registry, summaries: Mapping[str, Summary], cache: Cache, day: str
) -> list[Diagnostic]:
    """What the registers of this room name in vain, for `jiyue check` (jiyue.build.registers)."""
    return [one for one in collected(root, registry, summaries, cache, day).findings if one.rule == LOST.id]
