"""`check --external`: tries every link from public articles to hosts outside the cluster."""

from __future__ import annotations

from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic
from jiyue.catalogue.references import addresses
from jiyue.catalogue.scan import scan_site
from jiyue.catalogue.sources import source_text
from jiyue.checks.article.external import EXTERNAL, Answer, Fetch, fetch, is_bad, try_links
from jiyue.checks.article.links import path_on
from jiyue.checks.text.model import Text
from jiyue.registry.site import Registry

KEPT = "external.json"


def external_findings(root: Path, registry: Registry, cache: Cache, now: str, fetch: Fetch = fetch) -> list[Diagnostic]:
    """A warning for each link that doesn't answer. Answers are cached."""
    own = [site.url for site in registry.sites.values()]
    mentioned: dict[str, list[tuple[str, str]]] = {}
    for site in registry.sites.values():
        for row in scan_site(root, site, cache).rows:
            for url in row.extra.get("urls", ()) if row.is_public(now) else ():
                if all(path_on(base, url) is None for base in own):
                    mentioned.setdefault(url, []).append((site.id, row.source_path))
    cached = {url: Answer(*row) for url, row in (cache.get(KEPT) or {}).items()}
    answers = try_links(list(mentioned), cached, now, fetch)
    if answers != cached:
        cache.put(KEPT, answers)
    findings = []
    for url, (status, _) in answers.items():
        if is_bad(status):
            for site_id, path in mentioned[url]:
                text = Text(site_id, path, source_text(root, path))
                place = next((p for p, address in addresses(text.text) if address == url), 0)
                message = f"「{url}」{f'返回 {status}' if status else '没有回应'}"
                findings.append(text.at(EXTERNAL, place, message, "打开看一看；确已失效的改为新网址或者去掉链接"))
    return findings
