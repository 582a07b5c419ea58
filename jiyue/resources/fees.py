"""Fees for contributions (稿酬): what a table of rates gives for each article, exact to the cent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from jiyue.catalogue.registers import Row, in_force
from jiyue.resources.contributions import Contribution
from jiyue.resources.entries import OTHERS, FeeRate

CENT = Decimal("0.01")


class Fee(NamedTuple):
    """What is paid for an article. quantity: pieces, thousands of characters or pictures, by `rate.by`; extra: for its adoption."""

    of: Contribution
    rate: FeeRate
    quantity: Decimal
    amount: Decimal
    extra: Decimal

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.amount + self.extra


class Sum(NamedTuple):
    """The fees of a post of a unit."""

    unit: str
    post: str
    pieces: int
    adopted: int
    length: int
    total: Decimal


def fees(
    contributions: Iterable[Contribution],
    rates: Iterable[Row[FeeRate]],
    period: str,
    day: str,
    adopted: Collection[str],
) -> tuple[list[Fee], list[Contribution]]:
    """(the fees of a period, the contributions that no rate is for). Reposts are nobody's contributions.

    period: 'YYYY' or 'YYYY-MM'; day: the last one that counts. adopted: names of contributions that superiors adopted.
    The rates of a site count there before those of the cluster; of a table the first that is for the kind, else for OTHERS.
    """
    rows = list(rates)
    paid, unpaid = [], []
    for one in sorted(contributions, key=lambda one: (one.date, one.path)):
        if one.copied or not one.date.startswith(period) or one.date > day:
            continue
        rate = _rate(one, rows)
        if rate is None:
            unpaid.append(one)
        else:
            paid.append(_fee(one, rate, adopted=one.name in adopted))
    return paid, unpaid


def sums(paid: Iterable[Fee]) -> list[Sum]:
    """The fees by unit and post, in that order."""
    found: dict[tuple[str, str], Sum] = {}
    for one in paid:
        key = one.of.unit, one.of.post
        old = found.get(key, Sum(*key, 0, 0, 0, Decimal(0)))
        found[key] = Sum(
            *key, old.pieces + 1, old.adopted + bool(one.extra), old.length + one.of.length, old.total + one.total
        )
    return [found[key] for key in sorted(found)]


def _rate(one: Contribution, rows: list[Row[FeeRate]]) -> FeeRate | None:
    there = [
        row
        for row in rows
        if row.site in ("", one.site) and in_force(row.entry.since or "", row.entry.until or "", one.date)
    ]
    for site in (one.site, ""):
        for kind in (one.kind, OTHERS):
            if found := next((row.entry for row in there if row.site == site and row.entry.kind == kind), None):
                return found
    return None


def _fee(one: Contribution, rate: FeeRate, *, adopted: bool) -> Fee:
    quantities = {"篇": Decimal(1), "千字": Decimal(one.length) / 1000, "图": Decimal(one.pictures)}
    amount = rate.rate * quantities[rate.by]
    if rate.least is not None:
        amount = max(amount, rate.least)
    if rate.most is not None:
        amount = min(amount, rate.most)
    extra = rate.adopted if adopted and rate.adopted else Decimal(0)
    return Fee(one, rate, quantities[rate.by], amount.quantize(CENT, ROUND_HALF_UP), extra.quantize(CENT))
