"""The alerts of a cluster at a moment: read, checked by the same rules on words and review as articles, in force where.

A cluster without `sites/alerts/` pays for one look at that folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, has_errors
from jiyue.build.rules import WAIVERS, day
from jiyue.catalogue.alerts import FOLDER, Alert, alert_files, from_json
from jiyue.catalogue.article import Article
from jiyue.checks.text.cache_keys import inspection_version
from jiyue.checks.waivers import live, load_waivers
from jiyue.linkage.alerts import Alerts, alerts_in_force
from jiyue.registry.site import Registry
from jiyue.version import engine_digest


def link_alerts(root: Path, registry: Registry, cache: Cache, now: str) -> tuple[Alerts, list[Diagnostic]]:
    """(the messages in force of every site, findings)."""
    if not (root / FOLDER).is_dir():
        return None, []
    alerts, findings = read_alerts(root, registry, cache, now)
    findings += _review(root, alerts, registry, cache, now)
    waivers, _ = load_waivers(root, WAIVERS, day(now))
    waived = live(root, waivers, day(now))
    bad = {d.path for d in findings if has_errors([d]) and (d.rule, d.path) not in waived}
    withheld = {alert.identifier for alert in alerts if alert.path in bad}
    shown, linked = alerts_in_force(alerts, registry, now, withheld)
    return {site: tuple(shown.get(site, ())) for site in registry.sites}, [*findings, *linked]


def read_alerts(root: Path, registry: Registry, cache: Cache, now: str) -> tuple[list[Alert], list[Diagnostic]]:
    """The readable alerts, and what is wrong with files and words. Kept until a file or a word list changes."""
    files = [(path.relative_to(root).as_posix(), path.read_bytes()) for path in alert_files(root)]
    digests = {path: hashlib.blake2b(data, digest_size=16).hexdigest() for path, data in files}
    state = (
        engine_digest(),
        list(digests.items()),
        [inspection_version(root, site, registry.cluster, day(now)) for site in registry.sites.values()],
    )

    def read() -> list[Any]:
        from jiyue.catalogue.alert_file import read_alert  # noqa: PLC0415  (pydantic: only where an alert is new)

        alerts, findings = [], []
        for path, data in files:
            alert, problems = read_alert(path, data, digests[path])
            if alert:
                alerts.append(alert)
                problems += word_findings(root, registry, alert, data.decode(), now)
            findings += [problem.as_json() for problem in problems]
        return [alerts, findings]

    rows, findings = cache.memo("alerts.json", hashlib.sha256(repr(state).encode()).hexdigest(), read)
    return from_json(rows), [Diagnostic.from_json(finding) for finding in findings]


def word_findings(root: Path, registry: Registry, alert: Alert, text: str, now: str) -> list[Diagnostic]:
    """What the rules on words (secrecy, privacy, wording) find in an alert."""
    from jiyue.checks.runner import Inspector  # noqa: PLC0415  (all rules: only where an alert is new)

    site = registry.sites.get(alert.site) or registry.sites[registry.cluster.root]
    with Inspector(root, site, registry.cluster, now) as inspector:
        return inspector.site_file(alert.path, text)


def _review(root: Path, alerts: Iterable[Alert], registry: Registry, cache: Cache, now: str) -> list[Diagnostic]:
    """Findings on the reviews, as for an emergency article: it may go out after the final approval, the rest follows."""
    asked = [alert for alert in alerts if alert.site in registry.sites and registry.sites[alert.site].review]
    if not asked:
        return []
    from jiyue.checks.article.review import check_review, review_lines  # noqa: PLC0415  (only where review is asked for)

    rejected = _unproven(root, asked, registry, cache)
    findings: list[Diagnostic] = []
    for alert in asked:
        site, row = registry.sites[alert.site], as_article(alert)
        found = check_review(row, site, now, None, rejected.get(alert.path, {})).findings
        if found:
            lines = review_lines((root / alert.path).read_text("utf-8", "replace"))
            found = check_review(row, site, now, lines, rejected.get(alert.path, {})).findings
        findings += found
    return findings


def _unproven(root: Path, alerts: Iterable[Alert], registry: Registry, cache: Cache) -> dict[str, Mapping[str, str]]:
    """Path -> step -> why its record does not count, of alerts whose site wants signed records."""
    signed = [alert for alert in alerts if registry.sites[alert.site].review_proof == "signed"]
    if not signed:
        return {}
    from jiyue.build.review_evidence import rejected_in_alerts  # noqa: PLC0415  (asks git)

    return rejected_in_alerts(root, signed, registry, cache)


def as_article(alert: Alert) -> Article:
    """An alert as the rules on review see it: an emergency article in no column."""
    return Article(
        alert.identifier, alert.site, "", "", alert.identifier, "news", alert.headline, alert.begins, "", "", "", "",
        alert.path, 1, alert.digest, "", "", "", [], {"review": alert.review, "emergency": True},
    )  # fmt: skip
