"""The result of building one site: counts, findings, times. Plain data that a child process returns."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jiyue.base.diagnostics import Diagnostic
    from jiyue.render.search import SearchRow


@dataclass
class SiteResult:
    """The result of building one site.

    reasons: page -> why it was made again (for --explain). seconds: stage -> wall time, summed over the site's processes.
    quick, slow: numbers of articles converted by the fast and by the reference converter. folders: see Output.folders.
    messages: faults of the cache. search_rows: the documents of the search index, None where search is off. suspects: page
    -> source, of pages to check once all are written. refused: page -> findings that keep it from being published.
    """

    site: str
    pages: int = 0
    rendered: int = 0
    spliced: int = 0
    written: int = 0
    removed: int = 0
    diagnostics: list[Diagnostic] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    quick: int = 0
    slow: int = 0
    failed: str = ""
    folders: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    search_rows: list[SearchRow] | None = None
    suspects: dict[str, str] = field(default_factory=dict)
    refused: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add_seconds(self, stage: str, began: float) -> float:
        """Add the time since `began` (time.perf_counter) to a stage; the time now."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - began
        return now

    def add(self, other: SiteResult) -> None:
        """Add the result of a child process."""
        for name in ("rendered", "spliced", "written", "quick", "slow"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.diagnostics += other.diagnostics
        self.reasons.update(other.reasons)
        self.suspects.update(other.suspects)
        for stage, seconds in other.seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
