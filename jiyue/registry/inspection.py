"""The rules of inspection (检查指标) of a profile: what is looked at, with which thresholds. Data only; jiyue.audit measures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LEVELS = {"veto": "单项否决", "deduct": "扣分", "bonus": "加分", "warn": "提醒"}
"""What a rule costs: level -> Chinese name (国办秘函〔2019〕19号: the parts of the table; warn is ours)."""

DECIDED_BY = {"build": "构建", "ledger": "台账", "history": "提交历史", "probe": "探测记录", "none": "不能判定"}
"""What decides a rule: the build itself, a ledger of the repository, git's history, records of a probe, or nothing here."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold of a rule. value: a number in `unit`, or words. source: document and article; verified: it was read there."""

    value: float | tuple[str, ...]
    text: str = ""
    unit: str = ""
    source: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class InspectionRule:
    """检查指标.

    name, text, remedy are Chinese. figure, unit: what its value counts, and in which unit. level: see LEVELS;
    decided_by: see DECIDED_BY; why: for what is not decidable, the reason. points: for each case, up to max_points,
    0 where none are known. kinds: of sites that it concerns, () for all. measure: the function of jiyue.audit that
    measures it. verified: its wording and points were read in `source`.
    """

    id: str
    name: str
    text: str
    source: str
    level: str
    decided_by: str
    figure: str = ""
    unit: str = ""
    remedy: str = ""
    why: str = ""
    measure: str = ""
    verified: bool = False
    points: float = 0
    max_points: float = 0
    kinds: tuple[str, ...] = ()
    thresholds: dict[str, Threshold] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """The value of a threshold that is a number. Raises KeyError if the profile has none of this name."""
        value = self.thresholds[name].value
        if isinstance(value, tuple):
            raise KeyError(f"{self.id}.{name} is no number")
        return value

    def days(self, name: str) -> int:
        """A threshold in whole days, or any whole number."""
        return int(self.number(name))

    def words(self, name: str) -> tuple[str, ...]:
        """The value of a threshold that is a list of words."""
        value = self.thresholds[name].value
        return value if isinstance(value, tuple) else (str(value),)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> InspectionRule:
        """The inverse of dataclasses.asdict, after JSON."""
        thresholds = {
            name: Threshold(**{**one, "value": _frozen(one["value"])}) for name, one in data["thresholds"].items()
        }
        return cls(**{**data, "kinds": tuple(data["kinds"]), "thresholds": thresholds})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
