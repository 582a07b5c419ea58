"""`jiyue check --pages`: checks the finished pages in the output like those of a release."""

from __future__ import annotations

from functools import partial

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.build.options import Options
from jiyue.checks.page.output import PAGE_CHECKS, PageCheck, verify_site
from jiyue.checks.page.pagetags import audit, page_kind
from jiyue.registry.site import Registry

_CODE = frozenset({"SiteIDCode"})
"""A site without its 标识码 is reported once, for its file, not for each page."""


def page_findings(options: Options, registry: Registry) -> list[Diagnostic]:
    """Findings for all pages of the chosen sites. Unchanged pages aren't read again."""
    cache = Cache(options.root / ".jiyue" / "store")
    findings: list[Diagnostic] = []
    for site in registry.sites.values():
        folder = options.output / site.id
        if (options.sites and site.id not in options.sites) or not folder.is_dir():
            continue
        name = f"pages/{site.id}.json"
        cached = cache.get(name)
        checks: tuple[PageCheck, ...] = (
            *PAGE_CHECKS,
            partial(_tags, frozenset() if site.facts["site_id_code"] else _CODE),
        )
        seen = verify_site(folder, site.id, site.base_path, cached, checks)
        if seen.cached != cached:
            cache.put(name, seen.cached)
        findings += seen.findings
    return findings


def _tags(lacking: frozenset[str], html: str, page: str, site: str) -> list[Diagnostic]:
    """Check the page tags, facts stated in several places, and the structured data."""
    return audit(html, page_kind(page), f"{site}/{page}", site, lacking)
