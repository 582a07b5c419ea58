"""Article pages: news, documents, interpretations … and single pages, one per row of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from jiyue.catalogue.kinds import KINDS
from jiyue.catalogue.linked import LINKED
from jiyue.catalogue.moments import clock_mark
from jiyue.catalogue.updates import newest_updates
from jiyue.checks.page.pagetags import junk
from jiyue.render.pages import jsonld
from jiyue.render.pages.cards import column_tags, editions, platform, provincial, share
from jiyue.render.pages.job import href
from jiyue.render.pages.languages import date_in
from jiyue.render.pages.page import Page
from jiyue.render.pages.plainjson import encode
from jiyue.render.pages.signals import site_pages, text_pages
from jiyue.render.pages.view import Entry, SiteView
from jiyue.render.theme.translations import N_, Words
from jiyue_plugins.documents import DocumentPages
from jiyue_plugins.kind_data import KIND_DATA, posts
from jiyue_plugins.links import Links, data_files
from jiyue_plugins.posters import AI_LABELS, poster_link

LAYOUTS = ("leaders", "photos", "video", "topic")
TEMPLATES = {name: f"kinds/{name}.html" for name in (*(k.name for k in KINDS.values() if k.template), *LAYOUTS)}
"""Kinds and layouts with their own template; the others use the one of news."""

FIELDS = (
    (N_("发文字号"), "doc_number"), (N_("索引号"), "index_no"), (N_("发文机关"), "issuer"), (N_("主题分类"), "topic"),
    (N_("公文种类"), "genre"), (N_("成文日期"), "created"), (N_("施行日期"), "effective"), (N_("有效期至"), "valid_until"),
    (N_("废止失效日期"), "ended"), (N_("文件性质"), "normative"),
    (N_("有效性"), "validity"),
    (N_("不实信息"), "claim"), (N_("结论"), "verdict"), (N_("事实"), "facts"), (N_("回应单位"), "responding_unit"),
    (N_("回应的问题"), "topic_asked"), (N_("编号"), "number"), (N_("收到时间"), "received"),
    (N_("类别"), "category"), (N_("答复单位"), "unit"),
    (N_("答复时间"), "replied"), (N_("延期原因"), "extended"), (N_("开始时间"), "opens"), (N_("结束时间"), "closes"),
    (N_("收到意见"), "opinions_received"), (N_("采纳意见"), "adopted"), (N_("征集结果"), "result"),
    (N_("嘉宾"), "guests"), (N_("访谈时间"), "held"), (N_("设定依据"), "basis"), (N_("申请条件"), "conditions"),
    (N_("办理材料"), "materials"), (N_("办理地点"), "place"), (N_("办理时间"), "hours"), (N_("联系电话"), "phone"),
    (N_("办理流程"), "steps"), (N_("收费标准"), "fee"), (N_("办理时限"), "time_limit"), (N_("核对时间"), "checked_at"),
)  # fmt: skip
"""Fields in the table above the body, in this order (政府信息公开目录; 办事指南要素)."""

DATES = {
    "created", "effective", "valid_until", "ended", "received", "replied", "opens", "closes", "held", "checked_at",
}  # fmt: skip


def pages(view: SiteView) -> Iterator[Page]:
    """A page for every public article, pushed ones included; where only texts changed, for the edited ones."""
    links, documents = Links(view), DocumentPages(view)
    for entry in view.all_entries:
        if view.edited and entry.article.source_path not in view.edited:
            continue
        extra = entry.article.extra
        layout = extra.get("layout") if extra.get("layout") != "video" or links.playable(entry) else ""
        template = TEMPLATES.get(layout or entry.article.kind, "article.html")
        lang = extra.get("lang", view.site.lang)
        made_of = ""
        if not entry.pushed and not view.edited:
            around = view.surroundings + view.words_in(lang).digest
            made_of = around + entry.article.digest + clock_mark(entry.article, view.job.now)
        data = partial(article_data, view, entry, links, documents)
        yield Page(entry.path, template, data, entry.column, entry, lang=lang, made_of=made_of)


def article_data(view: SiteView, entry: Entry, links: Links, documents: DocumentPages) -> dict[str, Any]:
    """The declared data of `article.html` and of the kinds' templates that extend it.

    The body is added to it; it is made with `links`, `pictures` and `charts`.
    """
    article = entry.article
    kind = article.kind
    extra = article.extra
    lang = extra.get("lang", view.site.lang)
    _ = view.words_in(lang)
    if _ is not view.words:
        documents = documents.in_words(_)
    url = view.url(entry.path)
    drawn = KINDS[kind].drawn
    data = {
        "kind": kind,
        "lang": lang,
        "foreign": lang != view.furniture_language(lang),
        "dates_lang": view.furniture_language(lang),
        "layout": extra.get("layout", ""),
        "title": article.title,
        "date": article.date,
        "updated": article.updated,
        "source": view.source(entry),
        "author": article.author,
        "summary": "" if junk(article.summary, article.title) else article.summary,
        "keywords": ",".join(word for word in extra["keywords"] if not junk(word)) if "keywords" in extra else "",
        "images": jsonld.pictures(view, entry),
        "url": url,
        "canonical": view.canonical(entry) if entry.pushed or extra else url,
        "fields": _fields(extra, _ABOVE if kind == "document" else drawn, _, view.furniture_language(lang))
        if extra
        else [],
        "parts": {
            key: links.linked(entry, extra.get(key, ()), _)
            if key in LINKED
            else _part(kind, key, extra.get(key, ""), _)
            for key in drawn
        },
        "updates": [{**one, "at": _day(one["at"])} for one in newest_updates(article)] if "updates" in extra else [],
        "validity": documents.note(article.source_path) if kind == "document" or "validity" in extra else None,
        "origin": _origin(entry, _) if entry.pushed or extra else None,
        "ai_generated": extra.get("ai_generated", ""),
        "ai": _(AI_LABELS.get(extra.get("ai_generated", ""), "")),
        "ai_mark": _ai_mark(view, entry) if "ai_generated" in extra else "",
        "pictures": links.pictures(entry) if "pictures" in extra else {},
        "data_files": data_files(view, entry) if "data_files" in extra else {},
        "attachments": links.attachments(entry, _) if "files" in extra else [],
        "report": documents.report(entry) if "annual_report" in extra else None,
        "catalogue": documents.catalogue(entry) if "catalogue" in extra and not entry.pushed else None,
        "related": None if kind == "document" else documents.other_half(entry),
        "share": share(url, article.title),
        "poster": poster_link(view, entry) if "poster" in extra else "",
        "platform": None if entry.pushed or kind == "guide" else platform(view, entry.column),
        "links": view.links(entry),
        "near": view.near(repr(extra)) if extra else [],
        "carried": entry.pushed.pictures if entry.pushed else {},
        "editions": editions(view, entry.path),
        "provincial": provincial(view, entry.path),
        "column": None if entry.column else column_tags(view, ""),
    }
    if kind in KIND_DATA:
        data[kind] = KIND_DATA[kind](view, entry, links, _)
    data["jsonld"] = jsonld.article(view, entry, data)
    if kind == "document":
        data["document"] = documents.page(entry, data["attachments"])
    layout = extra.get("layout")
    if layout == "leaders":
        data["posts"] = posts(entry, links)
        data["functions"] = extra.get("functions", [])
    elif layout == "topic":
        data["groups"] = links.topic(entry)
    if "video" in extra and links.playable(entry):
        data["video"] = links.video(entry, extra["video"], _)
    return data


def _ai_mark(view: SiteView, entry: Entry) -> str:
    """The implicit mark of a page, in the form of GB 45438-2025 (AIGC): that it holds generated content, who spreads it, its number."""
    if entry.article.extra["ai_generated"] == "none":
        return ""
    spreads = view.site.facts["site_id_code"] or view.site.name
    return encode({"Label": "1", "ContentPropagator": spreads, "PropagateID": entry.article.id})


_TERMS = frozenset({"validity", "form", "normative"})
"""Fields whose values come from a fixed vocabulary (jiyue.catalogue.models) and are translated."""
_ABOVE = ("effective", "valid_until", "ended", "validity")
"""Fields shown in the state row above a document, not in the table."""


def _part(kind: str, key: str, value: Any, _: Words) -> Any:
    """A field's value as the kind's template shows it; the date below a document is written out, as on paper."""
    if key in _TERMS:
        return _(value) if value else ""
    if key not in DATES or not value:
        return value
    if kind == "document":
        date = {"year": value[:4], "month": int(value[5:7]), "day": int(value[8:10]), "iso": value[:10]}
        return _("%(year)s年%(month)s月%(day)s日") % date
    return _day(value)


def _day(value: str) -> str:
    """A time as shown: without `00:00`, which means that no time was given."""
    return value[:10] if value.endswith(" 00:00") else value


def _fields(extra: dict[str, Any], drawn: tuple[str, ...], _: Words, lang: str) -> list[dict[str, Any]]:
    """The rows of the table above the body: the article's FIELDS, except those that its template shows itself."""
    rows = []
    for label, key in FIELDS:
        value = extra.get(key)
        if value in (None, "", [], ()) or key in drawn:
            continue
        values = value if isinstance(value, list) else [str(value)]
        if key in DATES:
            values = [date_in(_day(v), lang) for v in values]
        elif key in _TERMS:
            values = [_(v) for v in values]
        rows.append({"label": _(label), "values": values})
    return rows


def _origin(entry: Entry, _: Words) -> dict[str, str] | None:
    """The origin of an article that was pushed here or reposted."""
    if entry.pushed:
        return {
            "name": entry.pushed.origin_name,
            "url": f"{entry.pushed.origin_url}/{href(entry.article.path)}",
            "how": _("报送单位") if entry.pushed.reported else _("推送自"),
        }
    repost = entry.article.extra.get("repost_of")
    return {"name": repost["name"], "url": repost["url"], "how": _("转载自")} if repost else None


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
    text_pages.connect(pages)
