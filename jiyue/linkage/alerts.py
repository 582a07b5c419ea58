"""Which alerts are in force, and on which sites: updates and cancels along their references, areas, ends.

Pure functions of the messages, the registry and the clock. CAP 1.2, 3.2.1: an Update supersedes and a Cancel ends what its
`references` name; here also what those name in turn, so that no superseded message ever comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic, did_you_mean, error
from jiyue.catalogue.alerts import ALL, SEVERITIES, SHOWN, Alert
from jiyue.registry.site import Registry, Site

REFERENCE = error(
    "alert-reference",
    "紧急信息引用的原信息不对",
    "更新代替原信息，解除让它结束；引用不对，原信息就还挂在各网页上。",
    "OASIS CAP 1.2 3.2.1",
)
AREA = error(
    "alert-area",
    "紧急信息的地区不对",
    "地区决定哪些站点显示；一个站点的紧急信息只到它自己和下级站点。",
    "《中华人民共和国突发事件应对法》",
)

MOST = 100
"""Messages in one site's index: an index stays below 100 kB (the limit of Google Public Alerts)."""


class Message(NamedTuple):
    """An alert as sites publish it. references: (sender, identifier, sent) of those that it names and that count.

    sender: the issuing site's domain; places: (name, code of the administrative division or '') of each area.
    """

    alert: Alert
    sender: str
    sender_name: str
    url: str
    references: tuple[tuple[str, str, str], ...]
    places: tuple[tuple[str, str], ...]


Alerts = Mapping[str, tuple[Message, ...]] | None
"""Site id -> its messages in force; None if the cluster has no folder for alerts."""


class Span(NamedTuple):
    """A message with the time in which it is in force, from `begins` until `ends`, and the ids of the sites that show it."""

    message: Message
    begins: str
    ends: str
    sites: tuple[str, ...]


def alert_spans(
    alerts: Iterable[Alert], registry: Registry, withheld: Collection[str] = ()
) -> tuple[list[Span], list[Diagnostic]]:
    """(when and where each message is in force, findings). withheld: identifiers that must not be shown.

    A withheld message is not shown and replaces nothing, but a Cancel ends what it names all the same: what has to go away
    goes. A Cancel is in force until those that it ends would have ended, so that whoever polls learns of it.
    """
    known = {alert.identifier: alert for alert in alerts}
    findings: list[Diagnostic] = []
    valid = {name: tuple(_references(alert, known, registry, findings)) for name, alert in known.items()}
    over: dict[str, str] = {}
    for name, alert in known.items():
        if alert.status in SHOWN and (alert.msg_type == "Cancel" or name not in withheld):
            for one in _behind(name, valid):
                over[one] = min(over.get(one, alert.begins), alert.begins)
    spans = []
    for name, alert in known.items():
        sites = _sites(alert, registry, findings)
        if alert.status not in SHOWN or name in withheld:
            continue
        said = alert
        if alert.msg_type == "Cancel":
            ended = [known[one] for one in _behind(name, valid) if known[one].msg_type != "Cancel"]
            if not ended:
                continue
            sites = {site.id: site for one in ended for site in _sites(one, registry, [])}.values()
            said = _cancel(alert, ended)
        ends = min(said.expires, over.get(name, said.expires))
        if said.begins < ends and sites:
            message = _message(said, valid[name], known, registry)
            spans.append(Span(message, said.begins, ends, tuple(site.id for site in sites)))
    return spans, findings


def in_force(spans: Iterable[Span], now: str) -> dict[str, list[Message]]:
    """Site id -> its messages at a moment, as the banner and the indexes show them."""
    shown: dict[str, list[Message]] = {}
    for span in spans:
        if span.begins <= now < span.ends:
            for site in span.sites:
                shown.setdefault(site, []).append(span.message)
    return {site: sorted(messages, key=_rank)[:MOST] for site, messages in shown.items()}


def place(identifier: str) -> str:
    """The path of a message's CAP file, relative to the root of each site that shows it."""
    return f"alerts/{identifier}.cap.xml"


def _rank(message: Message) -> tuple[bool, bool, int, str, str]:
    """Real before exercise, in force before ended, the gravest first, of one gravity the newest."""
    alert = message.alert
    newest = "".join(chr(0x10FFFF - ord(c)) for c in alert.begins)
    return (
        alert.is_exercise,
        alert.msg_type == "Cancel",
        list(SEVERITIES).index(alert.severity),
        newest,
        alert.identifier,
    )


def _references(
    alert: Alert, known: Mapping[str, Alert], registry: Registry, findings: list[Diagnostic]
) -> Iterator[str]:
    """The identifiers that an alert names and that count. One that does not is left out, with a finding."""
    for name in alert.references:
        other = known.get(name)
        if other is None:
            why, hint = f"没有编号为「{name}」的紧急信息", did_you_mean(name, known) or "核对 references 里的编号"
        elif (other.sent, other.identifier) >= (alert.sent, alert.identifier):
            why, hint = f"「{name}」不早于这一条", "只能更新、解除先发出的信息；核对 sent 和 references"
        elif other.status != alert.status:
            why, hint = (
                f"「{name}」的性质（status）是 {other.status}，这一条是 {alert.status}",
                "演练只能更新、解除演练",
            )
        elif not _may_end(alert, other, registry):
            why, hint = f"「{name}」是站点 {other.site} 发布的", "由发布的站点或者它的上级更新、解除"
        else:
            yield name
            continue
        findings.append(REFERENCE.at(alert.path, 0, f"{why}，这一处引用不起作用", hint, site=alert.site))


def _may_end(alert: Alert, other: Alert, registry: Registry) -> bool:
    issuer = registry.sites.get(other.site)
    return alert.site == other.site or bool(issuer and alert.site in issuer.superiors)


def _behind(name: str, valid: Mapping[str, tuple[str, ...]]) -> set[str]:
    """All that a message names, and what those name in turn. References lead only to earlier messages, so it ends."""
    found: set[str] = set()
    left = list(valid[name])
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += valid[one]
    return found


def _cancel(alert: Alert, ended: list[Alert]) -> Alert:
    """A Cancel with what it ends: the event, the area, and the time in which others must learn of it."""
    last = max(ended, key=lambda one: (one.sent, one.identifier))
    return alert._replace(
        category=alert.category or last.category,
        event=alert.event or last.event,
        severity=last.severity,
        urgency="Past",
        certainty=last.certainty,
        expires=max(one.expires for one in ended),
        area=tuple(dict.fromkeys(place for one in ended for place in one.area or (one.site,))),
        headline=alert.headline or f"{last.event}警报解除",
    )


def _sites(alert: Alert, registry: Registry, findings: list[Diagnostic]) -> Collection[Site]:
    """The sites that show an alert: those of its area and everything below them."""
    issuer = registry.sites.get(alert.site)
    if issuer is None:
        hint = did_you_mean(alert.site, registry.sites) or "文件名以发布站点的编号开头"
        findings.append(AREA.at(alert.path, 0, f"没有站点「{alert.site}」，这一条不发布", hint))
        return ()
    reach = {site.id: site for site in (issuer, *registry.below(issuer))}
    found: dict[str, Site] = {}
    for place in alert.area or (issuer.id,):
        heads = _places(place, issuer, registry)
        if not heads:
            why, hint = f"没有站点或行政区划「{place}」", did_you_mean(place, registry.sites)
        elif any(head.id not in reach for head in heads):
            why, hint = f"「{place}」不是站点 {issuer.id} 自己或者它的下级", "请上级站点发布，或者改 area"
        else:
            found |= {site.id: site for head in heads for site in (head, *registry.below(head))}
            continue
        findings.append(
            AREA.at(alert.path, 0, f"{why}，那里不显示", hint or "写站点编号、行政区划代码或者 all", site=alert.site)
        )
    return found.values()


def _places(place: str, issuer: Site, registry: Registry) -> list[Site]:
    """The sites at the head of an area."""
    if place == ALL:
        return [issuer]
    if place.isdigit():
        return [site for site in registry.sites.values() if division(site) == place]
    return [registry.sites[place]] if place in registry.sites else []


def division(site: Site) -> str:
    """The code of a government's administrative division (GB/T 2260: the first six digits of its 网站标识码), else ''."""
    code = site.facts["site_id_code"]
    return code[:6] if code.isdigit() and site.kind != "department" else ""


def _message(alert: Alert, valid: Iterable[str], known: Mapping[str, Alert], registry: Registry) -> Message:
    issuer = registry.sites[alert.site]

    def domain(site: str) -> str:
        return registry.sites[site].facts["domain"] if site in registry.sites else site

    heads = [head for place in alert.area or (issuer.id,) for head in _places(place, issuer, registry)]
    named = {head.id: (head.name.removesuffix("人民政府"), division(head)) for head in heads}
    return Message(
        alert,
        domain(alert.site),
        alert.sender_name or issuer.name,
        alert.address(issuer.url),
        tuple((domain(known[name].site), name, known[name].sent) for name in valid),
        tuple(named.values()),
    )
