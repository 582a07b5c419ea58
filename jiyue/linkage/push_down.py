"""Push-down (推送, 吉政办发〔2015〕5号 六): which articles appear on other sites, resolved before anything is rendered.

No file is copied: a site that shows a pushed article renders it from the one source.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic, Rule, Severity, did_you_mean, error, warning
from jiyue.catalogue.article import Article, without_own_credit
from jiyue.catalogue.summary import Declined, Push, Summary, links
from jiyue.registry.site import SITE_KINDS, Registry, Site

TARGET = error("push-target", "推送对象不对", "写错的推送对象会让下级收不到文章。", "吉政办发〔2015〕5号（六）")
COLUMN = error(
    "push-column",
    "接收站点没有同类栏目",
    "推送的文章显示在接收站点同一类别（type）的栏目里，没有就无处显示。",
    "吉政办发〔2015〕5号（六）",
)
MANDATORY = error(
    "push-mandatory",
    "谢绝了必须登载的文章",
    "推送单位写明 mandatory: true 的文章，下级都要登载；谢绝不起作用，文章照常显示。",
    "吉政办发〔2015〕5号（六）",
)
UNKNOWN = warning(
    "push-declined-unknown",
    "谢绝的文章没有推送给本站",
    "没有这篇推送来的文章，多半是编号写错了：想谢绝的那篇仍会登载。",
)
DECLINED = Rule(
    "push-declined",
    Severity.INFO,
    "下级站点谢绝了推送的文章",
    "推送单位要知道哪些站点没有登载、为什么；认为应当登载的，写上 mandatory: true。",
    "吉政办发〔2015〕5号（六）",
)


class Refusal(NamedTuple):
    """A pushed article that a site declines: row, id of the receiver, its entry."""

    article: Article
    site: str
    entry: Declined


class Linked(NamedTuple):
    """What link() finds. arrived: receiver -> the public articles pushed to it; refusals: those it declines instead."""

    arrived: dict[str, list[Pushed]]
    refusals: list[Refusal]
    findings: list[Diagnostic]


class Pushed(NamedTuple):
    """Another site's article as it appears on one receiving site: in `column`, with its pictures (Summary.pushes).

    links: address in the article -> path, relative to the origin's, of the public article it points to; '' if dead.
    reported: whether it came up from a subordinate (jiyue.linkage.report_up) instead of down.
    """

    article: Article
    column: str
    origin_name: str
    origin_url: str
    pictures: dict[str, str]
    links: dict[str, str]
    reported: bool = False

    @property
    def path(self) -> str:
        """Its address relative to the receiver's, unique whatever ids articles have. It differs between receivers only by column."""
        from jiyue.catalogue.read import stable_id  # noqa: PLC0415  (10 ms, only where articles arrived)

        return f"{self.column}/{stable_id(self.article.site, '', self.article.id)}.html"


def picture_place(page: str, picture: str) -> str:
    """The path of a picture on a receiving site. page: the pushed article's path; picture: its path at the origin."""
    return f"{page.removesuffix('.html')}/{picture.replace('/', '-')}"


def link(registry: Registry, summaries: dict[str, Summary], now: str) -> Linked:
    """Bring each public article to the sites that it is pushed to, except where it is declined."""
    linked = Linked({}, [], [])
    declined = {
        site.id: {entry.article: entry for entry in summaries[site.id].declined}
        for site in registry.sites.values()
        if summaries[site.id].declined
    }
    for site in registry.sites.values():
        types = {column.path: column.type for column in site.columns}
        for push in summaries[site.id].pushes:
            if push.article.is_public(now):
                _push(registry, site, push, types.get(push.article.column, "其他"), declined, linked, now)
    if declined:
        known = {name for summary in summaries.values() for push in summary.pushes for name in push.article.names}
        for site_id, entries in declined.items():
            linked.findings.extend(_unknown(site_id, entry) for name, entry in entries.items() if name not in known)
    return linked


def _push(
    registry: Registry,
    site: Site,
    push: Push,
    kind: str,
    declined: dict[str, dict[str, Declined]],
    linked: Linked,
    now: str,
) -> None:
    """Bring one public article to its receivers. kind: the type of its column."""
    article, pictures, targets, dead = push
    missing: list[str] = []
    refused: list[tuple[Site, Declined]] = []
    to: dict[str, str] = {}
    for target in _targets(registry, site, article, linked.findings):
        if target.is_closed(now):
            continue
        entries = declined.get(target.id, {})
        if entry := next((entries[name] for name in article.names if name in entries), None):
            if "mandatory" not in article.extra:
                refused.append((target, entry))
                continue
            linked.findings.append(_mandatory(target, site, article, entry))
        column = target.receiving_column(kind) if kind != "其他" else None
        if column is None:
            missing.append(target.id)
        else:
            to[target.id] = column.path
    if to:
        addresses = {**dict.fromkeys(dead, ""), **links(targets, now)}
        credited = without_own_credit(article, site.own_names)
        for receiver, path in to.items():
            pushed = Pushed(credited, path, site.name, site.url, pictures, addresses)
            linked.arrived.setdefault(receiver, []).append(pushed)
    if missing:
        linked.findings.append(_no_column(site, article, kind, missing))
    if refused:
        linked.refusals.extend(Refusal(article, target.id, entry) for target, entry in refused)
        linked.findings.append(_refused(site, article, refused))


def _targets(registry: Registry, site: Site, article: Article, findings: list[Diagnostic]) -> Iterable[Site]:
    below = {target.id: target for target in registry.below(site)}
    chosen: dict[str, Site] = {}
    for word in article.push_down:
        if word == "all":
            chosen.update(below)
        elif word in SITE_KINDS:
            chosen.update({target.id: target for target in below.values() if target.kind == word})
        elif word in below:
            chosen[word] = below[word]
        else:
            known = [*below, "all", *SITE_KINDS]
            why = "不是本站的下级站点" if word in registry.sites else "没有这个站点"
            hint = did_you_mean(word, known) or "写 all、一类站点（prefecture、county、department）或下级站点的编号"
            message = f"push_down: 「{word}」{why}"
            findings.append(TARGET.at(article.source_path, 1, message, hint, site=site.id))
    return chosen.values()


def _no_column(site: Site, article: Article, kind: str, missing: list[str]) -> Diagnostic:
    if kind == "其他":
        message = f"栏目「{article.column}」没有类别（type），无法推送"
        hint = f"在 sites/{site.id}.yaml 给栏目 {article.column} 写上 type"
    else:
        shown = "、".join(missing[:5]) + ("等" if len(missing) > 5 else "")
        message = f"{len(missing)} 个接收站点（{shown}）没有类别为「{kind}」的栏目"
        hint = f"在这些站点的文件里加一个 type: {kind} 的栏目，或从 push_down 去掉它们"
    return COLUMN.at(article.source_path, 1, message, hint, site=site.id)


def _mandatory(target: Site, site: Site, article: Article, entry: Declined) -> Diagnostic:
    message = f"「{article.title}」是{site.name}要求必须登载的，不能谢绝，照常显示"
    from jiyue.linkage.declined import FILE  # noqa: PLC0415  (few decline)

    return MANDATORY.at(
        f"content/{target.id}/{FILE}", entry.line, message, "删去这一条；有异议向推送单位提出", site=target.id
    )


def _unknown(site: str, entry: Declined) -> Diagnostic:
    message = f"没有名为「{entry.article}」的推送文章"
    hint = "写推送站点的编号和文章的编号，如 jilin/notice-1，或 content 下的路径；原文已经删除的，删去这一条"
    from jiyue.linkage.declined import FILE  # noqa: PLC0415  (few decline)

    return UNKNOWN.at(f"content/{site}/{FILE}", entry.line, message, hint, site=site)


def _refused(site: Site, article: Article, refused: list[tuple[Site, Declined]]) -> Diagnostic:
    shown = "；".join(f"{target.name}（{entry.reason}）" for target, entry in refused[:5])
    message = f"{len(refused)} 个站点谢绝了这篇文章：{shown}" + ("等" if len(refused) > 5 else "")
    hint = "全部回执见 output/_cluster/receipts.jsonl；必须登载的写 mandatory: true"
    return DECLINED.at(article.source_path, 1, message, hint, site=site.id)
