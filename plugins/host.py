"""Where Pelican hosts the engine: one generator that builds the site, and a writer that touches nothing unchanged.

Only public extension points: `get_generators`, `get_writer`, and the settings.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from pelican import signals
from pelican.generators import Generator

from jiyue.build.site import build_view
from jiyue.diagnostics import Severity

log = logging.getLogger(__name__)


class SiteGenerator(Generator):  # type: ignore[misc]  # Pelican has no types
    """Builds every page of the site with Pelican's Jinja environment."""

    def generate_output(self, writer: Any) -> None:
        """Called by Pelican after all generators have read their content."""
        task = self.settings.get("JIYUE_TASK")
        results = self.settings.get("JIYUE_RESULTS")
        if results is not None:
            results.append(build_view(task, self.env))
            return
        # plain `pelican`: it may go elsewhere (-o); say what is wrong, and end with an exit status that says so
        result = build_view(replace(task, folder=Path(self.settings["OUTPUT_PATH"])), self.env)
        for diagnostic in result.diagnostics:
            log.error("%s", diagnostic) if diagnostic.severity is Severity.ERROR else log.warning("%s", diagnostic)
        if result.failed:
            raise RuntimeError(f"站点 {result.site} 没有完整生成")


def _generators(_pelican: Any) -> type[SiteGenerator]:
    return SiteGenerator


def register() -> None:
    """Called by Pelican."""
    signals.get_generators.connect(_generators)
