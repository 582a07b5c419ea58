"""Report up (报送): articles of subordinates that a superior may adopt, resolved before anything is rendered.

An article with `report_up` waits in the inbox of its site's direct superior until that decides (jiyue.linkage.decisions).
Nothing is copied: what is adopted stands in the superior's column as what is pushed does, rendered from its one source.
Inbox, receipts and counts are computed from the articles and the ledger, so they never differ from what readers see.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic, Rule, Severity, did_you_mean, warning
from jiyue.catalogue.article import Article, without_own_credit
from jiyue.catalogue.summary import Decision, Push, Summary, links
from jiyue.linkage.push_down import Pushed
from jiyue.registry.site import Partner, Registry, Site

_SOURCE = "吉政办发〔2015〕5号（六）"

TARGET = warning(
    "report-target",
    "报送的栏目不对",
    "报送给上级的文章建议进哪个栏目，由 report_up 写明；写错的不起作用，由上级自己选栏目。",
    _SOURCE,
)
NOWHERE = warning(
    "report-nowhere",
    "采用的文章没有栏目可进",
    "采用时没有写栏目，上级也没有同一类别的栏目，文章无处显示。",
    _SOURCE,
)
DECLINED = Rule(
    "report-declined",
    Severity.INFO,
    "上级没有采用报送的文章",
    "报送单位要知道上级没有采用、为什么；修改后写上新的 updated，就是再次报送。",
    _SOURCE,
)

WAITING, ADOPTED, REFUSED = "waiting", "adopted", "declined"
"""The states of a reported article."""
STATES = {WAITING: "等待", ADOPTED: "采用", REFUSED: "不采用"}


class Report(NamedTuple):
    """A reported public article. superior: id of the site that it is reported to, or of the partner outside the cluster.

    unit: who answers for its column. wanted: columns of the superior that the reporting site suggests. column: in which it
    stands there, shown: its address there, both '' unless adopted. url: its address at home.
    """

    article: Article
    superior: str
    unit: str
    wanted: tuple[str, ...]
    state: str
    url: str
    shown: str = ""
    column: str = ""
    decision: Decision | None = None

    @property
    def name(self) -> str:
        """What the ledger calls it."""
        return f"{self.article.site}/{self.article.id}"


class Answers(NamedTuple):
    """What the superior outside the cluster decided on the root's articles, and where it shows them: by their names here."""

    partner: Partner
    decisions: Mapping[str, Decision]
    shown: Mapping[str, str]


class Reported(NamedTuple):
    """What link_reports() finds. arrived: superior -> the articles that it adopted; reports: all, adopted or not."""

    arrived: dict[str, list[Pushed]]
    reports: list[Report]
    findings: list[Diagnostic]


def latest(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Article -> the decision that counts: the latest, of the same minute the one further down; the order of rows is not asked."""
    found: dict[str, Decision] = {}
    for one in decisions:
        known = found.get(one.article)
        if known is None or (known.at, known.line) < (one.at, one.line):
            found[one.article] = one
    return found


def state_of(decision: Decision | None, changed: str) -> str:
    """The state of an article that was last changed (`updated`) at a moment, '' if never. A decline ends with the next change."""
    if decision is None:
        return WAITING
    if decision.adopted:
        return ADOPTED
    return WAITING if changed > decision.at else REFUSED


def newer_at_home(report: Report) -> bool:
    """Whether the copy of an article that another cluster reported was made before its last change there."""
    outside = report.article.source_path.startswith("sites/")
    return (
        outside
        and report.state == ADOPTED
        and report.decision is not None
        and report.article.updated > report.decision.at
    )


def link_reports(
    registry: Registry, summaries: Mapping[str, Summary], now: str, outside: Answers | None = None
) -> Reported:
    """Bring each adopted article to its superior, and list what is reported. outside: see jiyue.linkage.exchange.answers."""
    result = Reported({}, [], [])
    reporting = [site for site in registry.sites.values() if summaries[site.id].reports]
    decided = {site.superior: latest(summaries[site.superior].decisions) for site in reporting if site.superior}
    for site in reporting:
        for push in summaries[site.id].reports:
            if not push.article.is_public(now):
                continue
            if site.superior:
                _report(registry, site, push, decided[site.superior], result, now)
            elif outside:
                _report_outside(site, push.article, outside, result)
            else:
                hint = "删去 report_up；报送给站群之外的上级，见 docs/linkage.md「站群之间」"
                path = push.article.source_path
                result.findings.append(TARGET.at(path, 1, "本站没有上级站点", hint, site=site.id))
    return result


def _report_outside(site: Site, article: Article, outside: Answers, result: Reported) -> None:
    name = f"{site.id}/{article.id}"
    decision = outside.decisions.get(name)
    state = state_of(decision, article.updated)
    if decision and state == REFUSED:
        result.findings.append(_declined(outside.partner.name, article, decision, site))
    given = article.extra["report_up"]
    result.reports.append(
        Report(
            article,
            outside.partner.id,
            _unit(site, article),
            tuple(given) if isinstance(given, list) else (),
            state,
            f"{site.url}/{article.path}",
            outside.shown.get(name, "") if state == ADOPTED else "",
            decision.column if decision and state == ADOPTED else "",
            decision,
        )
    )


def _unit(site: Site, article: Article) -> str:
    own = next((column for column in site.columns if column.path == article.column), None)
    return own.owner if own and own.owner else site.name


def _declined(superior: str, article: Article, decision: Decision, site: Site) -> Diagnostic:
    message = f"{superior}没有采用：{decision.reason}（{decision.at}，{decision.by}）"
    hint = "修改后写上新的 updated，就是再次报送；不再报送，删去 report_up"
    return DECLINED.at(article.source_path, 1, message, hint, site=site.id)


def _report(
    registry: Registry, site: Site, push: Push, decided: Mapping[str, Decision], result: Reported, now: str
) -> None:
    article = push.article
    superior = registry.sites[site.superior]
    columns = [column.path for column in superior.columns]
    given = article.extra["report_up"]
    wanted = tuple(given) if isinstance(given, list) else ()
    for path in wanted:
        if path not in columns:
            hint = did_you_mean(path, columns) or "可以写：" + "、".join(columns)
            message = f"report_up: {superior.name}没有栏目「{path}」"
            result.findings.append(TARGET.at(article.source_path, 1, message, hint, site=site.id))
    wanted = tuple(path for path in wanted if path in columns)
    kind = next((column.type for column in site.columns if column.path == article.column), "其他")
    decision = decided.get(f"{site.id}/{article.id}") or decided.get(article.source_path.removeprefix("content/"))
    state, column, shown = state_of(decision, article.updated), "", ""
    if decision and state == ADOPTED:
        same = superior.column_of_type(kind) if kind != "其他" else None
        column = decision.column or next(iter(wanted), "") or (same.path if same else "")
        if not column:
            message = f"「{article.title}」（{decision.article}）采用了，没有栏目可进"
            hint = "在 received.csv 这一行写上 column"
            path = f"content/{superior.id}/received.csv"
            result.findings.append(NOWHERE.at(path, decision.line, message, hint, site=superior.id))
            state = WAITING
        else:
            links_here = {**dict.fromkeys(push.dead, ""), **links(push.targets, now)}
            credited = without_own_credit(article, site.own_names)
            if "pinned" in article.extra:  # its own site's decision
                credited = credited._replace(extra={k: v for k, v in article.extra.items() if k != "pinned"})
            arrived = Pushed(credited, column, site.name, site.url, push.pictures, links_here, reported=True)
            result.arrived.setdefault(superior.id, []).append(arrived)
            shown = f"{superior.url}/{arrived.path}"
    if decision and state == REFUSED:
        result.findings.append(_declined(superior.name, article, decision, site))
    url = f"{site.url}/{article.path}"
    report = Report(article, superior.id, _unit(site, article), wanted, state, url, shown, column, decision)
    result.reports.append(report)


def merged(*arrivals: Mapping[str, list[Pushed]]) -> dict[str, list[Pushed]]:
    """What arrives at each site, by whatever way."""
    whole: dict[str, list[Pushed]] = {}
    for arrived in arrivals:
        for site, pushed in arrived.items():
            whole.setdefault(site, []).extend(pushed)
    return whole


def receipts(reports: Iterable[Report]) -> Iterator[dict[str, object]]:
    """The receipts (回执) of reported articles, by superior, then site and path:

    {"article", "title", "site", "unit", "url", "source_path", "since", "superior", "wanted": [columns], "state": "adopted",
     "column", "at", "reason", "by", "shown": its address at the superior, '' unless adopted}. since: when the origin made it public.
    """
    for one in sorted(reports, key=lambda one: (one.superior, one.article.site, one.article.source_path)):
        article, decision = one.article, one.decision if one.state != WAITING else None
        yield {
            "article": one.name,
            "title": article.title,
            "site": article.site,
            "unit": one.unit,
            "url": one.url,
            "source_path": article.source_path,
            "since": article.date,
            "superior": one.superior,
            "wanted": list(one.wanted),
            "state": one.state,
            "column": one.column,
            "at": decision.at if decision else "",
            "reason": decision.reason if decision else "",
            "by": decision.by if decision else "",
            "shown": one.shown,
        }


def lines(reports: Iterable[Report]) -> str:
    """The receipts as JSON Lines."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in receipts(reports))


def counts(reports: Sequence[Report]) -> dict[str, dict[str, dict[str, float]]]:
    """{"sites": {site: figures}, "units": {"site unit": figures}} with figures reported, adopted, declined, waiting, rate.

    They count what is public and reported now. rate: adopted of reported, 0 to 1, to three decimals.
    """
    return {
        "sites": _grouped((one.article.site, one.state) for one in reports),
        "units": _grouped((f"{one.article.site} {one.unit}", one.state) for one in reports),
    }


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, float]]:
    groups: dict[str, dict[str, float]] = {}
    for name, state in pairs:
        group = groups.setdefault(name, {"reported": 0, ADOPTED: 0, REFUSED: 0, WAITING: 0, "rate": 0.0})
        group["reported"] += 1
        group[state] += 1
        group["rate"] = round(group[ADOPTED] / group["reported"], 3)
    return dict(sorted(groups.items()))
