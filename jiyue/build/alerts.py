"""The alerts of a cluster at a moment, and its sites' own notices: checked by the rules on words and review of articles.

A cluster without `sites/alerts/` pays for one look at that folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jiyue.base.cache import Cache
from jiyue.base.clock import aware
from jiyue.base.diagnostics import Diagnostic, has_errors
from jiyue.build.rules import WAIVERS, day
from jiyue.catalogue.alerts import FOLDER, LABELS, SHOWN, Alert, alert_files, from_json, strays
from jiyue.catalogue.article import Article
from jiyue.catalogue.schedule import Item
from jiyue.checks.text.cache_keys import inspection_version
from jiyue.checks.waivers import live, load_waivers
from jiyue.linkage.alerts import Alerts, alert_spans, in_force, place
from jiyue.registry.site import Registry, Site
from jiyue.version import engine_digest

if TYPE_CHECKING:
    from jiyue.checks.article.review import ReviewResult, Waiting

Rejected = Callable[[Site, Alert], Mapping[str, str]]
"""(issuing site, alert) -> step of its review -> why its record does not count."""


def link_alerts(root: Path, registry: Registry, cache: Cache, now: str) -> tuple[Alerts, list[Diagnostic]]:
    """(the messages in force of every site, findings)."""
    if not (root / FOLDER).is_dir():
        return None, []
    alerts, withheld, findings = checked_alerts(root, registry, cache, now)
    spans, linked = alert_spans(alerts, registry, withheld)
    shown = in_force(spans, now)
    return {site: tuple(shown.get(site, ())) for site in registry.sites}, [*findings, *linked]


def alert_schedule(root: Path, registry: Registry, cache: Cache, now: str) -> list[Item]:
    """When each alert has to appear on each of its sites, and to be gone."""
    if not (root / FOLDER).is_dir():
        return []
    alerts, withheld, _ = checked_alerts(root, registry, cache, now)
    return [
        Item(
            site, one.message.alert.path, f"/{place(one.message.alert.identifier)}", aware(one.begins), aware(one.ends)
        )
        for one in alert_spans(alerts, registry, withheld)[0]
        for site in one.sites
    ]


def checked_alerts(
    root: Path, registry: Registry, cache: Cache, now: str
) -> tuple[list[Alert], set[str], list[Diagnostic]]:
    """(the readable alerts, the identifiers of those that an error withholds, findings)."""
    alerts, findings = read_alerts(root, registry, cache, now)
    findings += [one for _, review in _reviews(root, alerts, registry, cache, now) for one in review.findings]
    bad = _withholding(root, findings, now)
    return alerts, {alert.identifier for alert in alerts if alert.path in bad}, findings


def alert_states(
    root: Path, registry: Registry, cache: Cache, now: str
) -> tuple[list[dict[str, Any]], list[Diagnostic]]:
    """(a row for each alert, the newest first, findings). state: what became of it, in Chinese; sites: that show it."""
    alerts, withheld, findings = checked_alerts(root, registry, cache, now)
    spans, linked = alert_spans(alerts, registry, withheld)
    by_name = {span.message.alert.identifier: span for span in spans}
    rows = []
    for alert in sorted(alerts, key=lambda one: (one.sent, one.identifier), reverse=True):
        span = by_name.get(alert.identifier)
        one = span.message.alert if span else alert
        if alert.status not in SHOWN:
            state = f"{LABELS['status'][alert.status]}，不公开"
        elif alert.identifier in withheld:
            state = "没有通过检查"
        elif span is None:
            state = "不起作用"
        elif now < span.begins:
            state = "未到时间"
        elif now < span.ends:
            state = "解除通知" if alert.msg_type == "Cancel" else "在用"
        else:
            state = "已结束" if now >= one.expires else "已被代替或解除"
        rows.append(
            {
                "identifier": alert.identifier, "state": state, "type": LABELS["msgType"][alert.msg_type],
                "level": one.marked(LABELS["severity"][one.severity]), "event": one.event, "headline": one.headline,
                "begins": one.begins, "expires": one.expires, "sites": len(span.sites) if span and span.begins <= now < span.ends else 0,
                "path": alert.path,
            }
        )  # fmt: skip
    return rows, [*findings, *linked]


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
    return from_json(rows), [*strays(root), *(Diagnostic.from_json(finding) for finding in findings)]


def without_bad_notices(root: Path, registry: Registry, cache: Cache, now: str) -> tuple[Registry, list[Diagnostic]]:
    """(the registry without the sites' own notices whose words the rules refuse, findings). The notice of a closing site
    then has the usual words."""
    mine = [(site, site.notice.text) for site in registry.sites.values() if site.notice]
    mine += [(site, site.closing.text) for site in registry.sites.values() if site.closing and site.closing.text]
    if not mine:
        return registry, []
    versions = [(site.id, inspection_version(root, site, registry.cluster, day(now)), text) for site, text in mine]

    def ask() -> list[dict[str, Any]]:
        from jiyue.checks.runner import Inspector  # noqa: PLC0415  (all rules: only where a notice is new)

        found = []
        for site, text in mine:
            path = f"sites/{site.id}.yaml"
            rows = (root / path).read_text("utf-8", "replace").splitlines()
            line = next((number for number, row in enumerate(rows, 1) if text in row), 1)
            with Inspector(root, site, registry.cluster, now) as inspector:
                found += [finding.as_json() for finding in inspector.site_file(path, text, line)]
        return found

    key = hashlib.sha256(f"{engine_digest()}{versions}".encode()).hexdigest()
    findings = [Diagnostic.from_json(finding) for finding in cache.memo("notices.json", key, ask)]
    bad = _withholding(root, findings, now)
    sites = {
        site.id: replace(site, notice=None, closing=site.closing._replace(text="") if site.closing else None)
        if f"sites/{site.id}.yaml" in bad
        else site
        for site in registry.sites.values()
    }
    return (replace(registry, sites=sites) if bad else registry), findings


def _withholding(root: Path, findings: Iterable[Diagnostic], now: str) -> set[str]:
    """The files of which an error that is not waived withholds what they say."""
    waivers, _ = load_waivers(root, WAIVERS, day(now))
    waived = live(root, waivers, day(now))
    return {d.path for d in findings if has_errors([d]) and (d.rule, d.path) not in waived}


def word_findings(root: Path, registry: Registry, alert: Alert, text: str, now: str) -> list[Diagnostic]:
    """What the rules on words (secrecy, privacy, wording) find in an alert."""
    from jiyue.checks.runner import Inspector  # noqa: PLC0415  (all rules: only where an alert is new)

    site = registry.sites.get(alert.site) or registry.sites[registry.cluster.root]
    with Inspector(root, site, registry.cluster, now) as inspector:
        return inspector.site_file(alert.path, text)


def alert_findings(
    root: Path, registry: Registry, path: str, data: bytes, now: str, rejected: Rejected = lambda *_: {}
) -> list[Diagnostic]:
    """Findings in one alert by itself, before or after a commit: its form, its words, its review."""
    from jiyue.catalogue.alert_file import read_alert  # noqa: PLC0415  (pydantic: only where an alert is new)

    alert, findings = read_alert(path, data, "")
    if alert is None:
        return findings
    findings += word_findings(root, registry, alert, data.decode(), now)
    site = registry.sites.get(alert.site)
    return [*findings, *_of_review(site, alert, now, data.decode, rejected(site, alert)).findings] if site else findings


def waiting_alerts(root: Path, registry: Registry, cache: Cache, now: str) -> list[Waiting]:
    """The alerts that are not over and wait for review."""
    if not (root / FOLDER).is_dir():
        return []
    alerts, _ = read_alerts(root, registry, cache, now)
    found = (
        review.waiting for alert, review in _reviews(root, alerts, registry, cache, now) if now < (alert.expires or "9")
    )
    return [one for one in found if one]


def _reviews(
    root: Path, alerts: Iterable[Alert], registry: Registry, cache: Cache, now: str
) -> Iterator[tuple[Alert, ReviewResult]]:
    """The reviews, as of an emergency article: it may go out after the final approval, the rest follows."""
    asked = [alert for alert in alerts if alert.site in registry.sites and registry.sites[alert.site].review]
    rejected = _unproven(root, asked, registry, cache)
    for alert in asked:
        text = partial((root / alert.path).read_text, "utf-8", "replace")
        yield alert, _of_review(registry.sites[alert.site], alert, now, text, rejected.get(alert.path, {}))


def _of_review(
    site: Site, alert: Alert, now: str, text: Callable[[], str], rejected: Mapping[str, str]
) -> ReviewResult:
    from jiyue.checks.article.review import check_review, review_lines  # noqa: PLC0415  (only where review is asked for)

    row = as_article(alert)
    result = check_review(row, site, now, None, rejected)
    return check_review(row, site, now, review_lines(text()), rejected) if result.findings else result


def _unproven(root: Path, alerts: Iterable[Alert], registry: Registry, cache: Cache) -> dict[str, Mapping[str, str]]:
    """Path -> step -> why its record does not count, of alerts whose site wants signed records."""
    signed = [alert for alert in alerts if registry.sites[alert.site].review_proof == "signed"]
    if not signed:
        return {}
    from jiyue.build.review_evidence import rejected_in_files  # noqa: PLC0415  (asks git)

    return rejected_in_files(root, FOLDER, signed, registry, cache)


def as_article(alert: Alert) -> Article:
    """An alert as the rules on review see it: an emergency article in no column."""
    return Article(
        alert.identifier, alert.site, "", "", alert.identifier, "news", alert.headline, alert.begins, "", "", "", "",
        alert.path, 1, alert.digest, "", "", "", [], {"review": alert.review, "emergency": True},
    )  # fmt: skip
