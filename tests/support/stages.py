"""Runs `check`, `build` and the checks of finished pages one after the other on a cluster, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jiyue.base.diagnostics import Diagnostic, Severity
from jiyue.build.cluster import build
from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.checks.page.output import verify_site
from jiyue.registry.load import load_registry

NOW = "2026-11-23T10:00"


@dataclass(frozen=True)
class Stages:
    """The findings of each stage. failed: sites whose build failed."""

    root: Path
    checked: list[Diagnostic]
    built: list[Diagnostic]
    failed: list[str]
    seen: list[Diagnostic]

    def rules(self, path: str = "") -> list[str]:
        """The rules that `check` reported for paths with this ending."""
        return [d.rule for d in self.checked if d.path.endswith(path)]

    def new_after_check(self) -> list[Diagnostic]:
        """Findings of later stages that `check` didn't report; of finished pages only errors."""
        later = [d for d in self.built if d not in self.checked]
        return [*later, *(d for d in self.seen if d.severity is Severity.ERROR)]

    def body(self, site: str, path: str) -> str:
        """The HTML of an article's body on a page."""
        html = (self.root / "output" / site / path).read_text("utf-8")
        return html.partition('<div class="body">')[2].partition("</article>")[0]


def stages(root: Path) -> Stages:
    """Run all three stages on the cluster at root."""
    options = Options(root, root / "output", now=NOW, jobs=1)
    checked = check(options).diagnostics
    report = build(options)
    sites = load_registry(root).sites.values()
    seen = [found for s in sites for found in verify_site(root / "output" / s.id, s.id, s.base_path).findings]
    return Stages(root, checked, report.diagnostics, report.failed, seen)
