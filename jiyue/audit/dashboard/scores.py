"""Points, result and rank of sites, by the rules of the profile (国办秘函〔2019〕19号: 单项否决、扣分、加分)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from jiyue.audit.measures.measurement import DECIDED, Measurement

FULL = 100
FAILING = 60
"""With fewer points a site fails (国办秘函〔2019〕19号)."""
BONUS_ABOVE = 80
"""Only with more points is a bonus added (国办秘函〔2019〕19号)."""
FEWEST = 20
"""Sites with fewer public articles are not ranked: there is too little to judge by."""

VETOED, POOR, DEDUCTED, WELL, UNAUDITED = "veto", "poor", "deduct", "well", "unaudited"
RESULTS = {
    VETOED: "单项否决", POOR: f"不足 {FAILING} 分", DEDUCTED: "有扣分", WELL: "没有扣分", UNAUDITED: "没有检查",
}  # fmt: skip
"""Result of a site -> Chinese name. The first two fail."""


class Score(NamedTuple):
    """The points of a site. vetoes, deductions: ids of the rules that are broken; lost, bonus: points; decided: rules of
    which the verdict is known, out of `rules`. outside: the weighted scores of others, None without any."""

    vetoes: tuple[str, ...]
    deductions: tuple[str, ...]
    lost: float
    bonus: float
    decided: int
    rules: int

    @property
    def own(self) -> float:
        """What is left of FULL, with the bonus that counts."""
        left = max(0.0, FULL - self.lost)
        return round(left + (self.bonus if left > BONUS_ABOVE else 0), 2)

    @property
    def result(self) -> str:
        """See RESULTS."""
        if not self.decided:
            return UNAUDITED
        if self.vetoes:
            return VETOED
        if self.own < FAILING:
            return POOR
        return DEDUCTED if self.deductions else WELL

    @property
    def fails(self) -> bool:
        """Whether the site fails the inspection, by what is decided."""
        return self.result in (VETOED, POOR)


def score(verdicts: Iterable[Measurement]) -> Score:
    """The score of a site from its verdicts."""
    known = list(verdicts)
    broken = [one for one in known if one.broken]
    return Score(
        tuple(one.rule for one in broken if one.level == "veto"),
        tuple(one.rule for one in broken if one.level == "deduct"),
        round(sum(one.points for one in broken if one.level == "deduct"), 2),
        round(sum(one.points for one in broken if one.level == "bonus"), 2),
        sum(one.status == DECIDED for one in known),
        len(known),
    )


def ranks(totals: Mapping[str, tuple[bool, float]], kinds: Mapping[str, str]) -> dict[str, int]:
    """The rank of each site among those of its kind: without vetoes first, then by points. Equals share a rank.

    totals: (whether it has a veto, points) of the sites that may be ranked.
    """
    order = {site: (not vetoed, points) for site, (vetoed, points) in totals.items()}
    return {
        site: 1 + sum(other > own for name, other in order.items() if kinds[name] == kinds[site])
        for site, own in order.items()
    }
