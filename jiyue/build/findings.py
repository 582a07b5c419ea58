"""Collects the findings of a build or a check before rendering, less those waived."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jiyue.base import clock
from jiyue.base.diagnostics import Diagnostic
from jiyue.build.options import Options
from jiyue.build.rules import WAIVERS, day
from jiyue.catalogue.summary import Summary
from jiyue.checks.article.officers import registry_findings
from jiyue.checks.text.cache_keys import term_lists
from jiyue.checks.waivers import apply_waivers, load_waivers
from jiyue.registry.site import Registry


def findings_before_rendering(
    options: Options, registry: Registry, summaries: dict[str, Summary], more: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """All findings before rendering about the chosen sites, less those waived."""
    now = options.now or clock.now()
    findings = [
        *registry.diagnostics,
        *registry_findings(registry, now),
        *_broken_lists(options.root, registry, now),
        *_lives(options.root, registry, now),
        *more,
    ]
    for site in registry.sites:
        findings += summaries[site].diagnostics
    waivers, problems = load_waivers(options.root, WAIVERS, day(now))
    left = apply_waivers(options.root, WAIVERS, waivers, findings, day(now)) if waivers else findings
    return of_chosen(options, [*left, *problems])


def _lives(root: Path, registry: Registry, now: str) -> Iterable[Diagnostic]:
    """Findings about sites that close, or were renamed or merged."""
    if not any(site.closing or site.formerly for site in registry.sites.values()):
        return ()
    from jiyue.build.lives import life_findings  # noqa: PLC0415  (YAML and rules: few sites close)

    return life_findings(root, registry, now)


def of_chosen(options: Options, findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings about the chosen sites, and those about no site in particular."""
    return [d for d in findings if not options.sites or not d.site or d.site in options.sites]


def _broken_lists(root: Path, registry: Registry, now: str) -> tuple[Diagnostic, ...]:
    """Findings about the cluster's own word lists."""
    terms = term_lists(root, registry.cluster)
    if not terms:
        return ()
    from jiyue.checks.runner import ready_terms  # noqa: PLC0415  (30 ms, only where articles are checked)

    return ready_terms(terms, day(now))[1]
