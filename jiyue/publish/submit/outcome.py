"""The result of a submission, and the sending in batches that both engines share."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


class NextStep(enum.Enum):
    """What an engine's answer to one batch means for the rest."""

    FINE = enum.auto()
    TOO_MUCH = enum.auto()
    STOP = enum.auto()


@dataclass
class SubmitOutcome:
    """The outcome. accepted, left: addresses; refused: address -> reason; problem: in Chinese, '' if nothing stopped it."""

    accepted: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    problem: str = ""
    requests: int = 0
    remain: int | None = None

    @property
    def ok(self) -> bool:
        """Whether everything was accepted."""
        return not (self.problem or self.refused or self.left)

    def __str__(self) -> str:
        parts = [f"已接收 {len(self.accepted)} 条"]
        parts += [f"拒收 {len(self.refused)} 条"] if self.refused else []
        parts += [f"未送出 {len(self.left)} 条"] if self.left else []
        parts += [f"今日还可推送 {self.remain} 条"] if self.remain is not None else []
        return "，".join(parts) + (f"。{self.problem}" if self.problem else "")


Send = Callable[[Sequence[str], SubmitOutcome], NextStep]
"""Sends one batch, records in the outcome what was accepted or refused, and returns how to continue."""


def in_batches(
    urls: Sequence[str], most: int, most_bytes: int, send: Send, remember: Callable[[list[str], list[str]], None]
) -> SubmitOutcome:
    """Send everything. A batch that is too large for the engine is halved.

    remember is called for each answered batch with what was accepted and what was refused.
    """
    outcome = SubmitOutcome()
    waiting = list(urls)
    size = most
    while waiting:
        batch = _fitting(waiting, size, most_bytes)
        known = len(outcome.accepted)
        outcome.requests += 1
        verdict = send(batch, outcome)
        refused = [url for url in batch if url in outcome.refused]
        if outcome.accepted[known:] or refused:
            remember(outcome.accepted[known:], refused)
        if verdict is NextStep.TOO_MUCH and len(batch) > 1:
            size = len(batch) // 2
            outcome.problem = ""
            continue
        if verdict is not NextStep.FINE:
            outcome.left += waiting
            break
        waiting = waiting[len(batch) :]
    return outcome


def _fitting(urls: Sequence[str], most: int, most_bytes: int) -> list[str]:
    """The first addresses that one request may carry, at least one."""
    batch: list[str] = []
    size = 0
    for url in urls[:most]:
        size += len(url.encode()) + 4
        if batch and size > most_bytes:
            break
        batch.append(url)
    return batch
