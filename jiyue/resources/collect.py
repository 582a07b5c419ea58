"""Collects what the registers of this room say, read once, with the contributions that the catalogue shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.build.inbox import reports_of, scanned
from jiyue.build.options import Options
from jiyue.catalogue.registers import Register, Row, read_register
from jiyue.checks.repository.contracts import CONTRACTS, Contract
from jiyue.linkage.report_up import ADOPTED
from jiyue.registry.site import REGISTERS, Registry
from jiyue.resources.contributions import Contribution, contributions
from jiyue.resources.entries import COSTS, COURSES, EXERCISES, FEE_RATES, TRANSLATION, Cost, Course, Exercise, FeeRate


@dataclass(frozen=True)
class Resources:
    """What is written down on a day 'YYYY-MM-DD'. adopted: the names of contributions that superiors adopted; findings: wrong rows."""

    registry: Registry
    day: str
    contracts: list[Row[Contract]] = field(default_factory=list)
    costs: list[Row[Cost]] = field(default_factory=list)
    rates: list[Row[FeeRate]] = field(default_factory=list)
    courses: list[Row[Course]] = field(default_factory=list)
    exercises: list[Row[Exercise]] = field(default_factory=list)
    contributions: list[Contribution] = field(default_factory=list)
    adopted: frozenset[str] = frozenset()
    findings: list[Diagnostic] = field(default_factory=list)


def resources_of(options: Options, registry: Registry) -> Resources:
    """The registers, and, where there are rates or costs, the contributions of all sites. Without registers a look at a folder."""
    day = (options.now or clock.now())[:10]
    if not (options.root / REGISTERS).is_dir():
        return Resources(registry, day)
    found: list[Diagnostic] = []

    def rows(register: Register[Any]) -> list[Any]:
        valid, problems = read_register(options.root, register, registry.urls)
        found.extend(problems)
        return list(valid)

    contracts, costs, rates, courses, exercises = (
        rows(one) for one in (CONTRACTS, COSTS, FEE_RATES, COURSES, EXERCISES)
    )
    made, adopted = _contributions(options) if rates or costs else ([], frozenset())
    return Resources(registry, day, contracts, costs, rates, courses, exercises, made, adopted, found)


def _contributions(options: Options) -> tuple[list[Contribution], frozenset[str]]:
    registry, summaries = scanned(options)
    cache = Cache(options.root / ".jiyue" / "store" if options.cache else None)
    _, reports = reports_of(options)
    adopted = frozenset(one.name for one in reports if one.state == ADOPTED)
    return contributions(options.root, registry, summaries, cache, TRANSLATION), adopted


def years(found: Resources) -> list[str]:
    """The years that there are costs or contracts of, the newest first."""
    said = {str(row.entry.year) for row in found.costs}
    return sorted(said | {found.day[:4]}, reverse=True)


def place(root: Path, site: str, register: Register[Any]) -> Path:
    """The CSV of a register: a site's, or the cluster's for ''."""
    return root / REGISTERS / site / f"{register.name}.csv" if site else root / REGISTERS / f"{register.name}.csv"
