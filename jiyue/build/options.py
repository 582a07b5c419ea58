"""Options and report of a build."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jiyue import THEME
from jiyue.base.diagnostics import Diagnostic, has_errors

if TYPE_CHECKING:
    from jiyue.catalogue.summary import Summary
    from jiyue.registry.site import Registry
    from jiyue.render.result import SiteResult

Progress = Callable[[str, int, int], None]
"""Progress callback: (stage, done, total)."""


@dataclass(frozen=True)
class Options:
    """The options of a build.

    sites: () for all. now: '' for the current time. jobs: parallel processes. scheduler: address of a Dask scheduler, ''
    to build here.
    """

    root: Path
    output: Path
    sites: tuple[str, ...] = ()
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    now: str = ""
    cache: bool = True
    scheduler: str = ""
    theme: Path | None = None

    @property
    def theme_folder(self) -> Path:
        """The cluster's own theme, if any, else the product's."""
        own = self.root / "themes" / "gov"
        return self.theme or (own if own.is_dir() else THEME)


@dataclass(frozen=True)
class Known:
    """State that a running preview keeps between builds, so that only touched sites are scanned again."""

    registry: Registry
    summaries: dict[str, Summary]


@dataclass
class Report:
    """The result of a build, for the summary and the exit status."""

    sites: int = 0
    opened: int = 0
    results: list[SiteResult] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    known: Known | None = None
    search_digests: dict[str, str] = field(default_factory=dict)
    """Site -> digest of its documents for the search of all sites, from its last finished build."""

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count the wall time of a stage of the whole build."""
        began = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began

    @property
    def exit_code(self) -> int:
        """0 for success, 1 for a diagnostic of severity error or a failed site."""
        return 1 if self.failed or has_errors(self.diagnostics) else 0
