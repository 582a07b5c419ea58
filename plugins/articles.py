"""Article pages: news, documents, interpretations … and single pages, each from one row of the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from jiyue.catalogue.article import Article
from jiyue.checks.pagetags import junk
from jiyue.site import jsonld, plainjson
from jiyue.site.cards import column_tags, editions, share
from jiyue.site.job import href
from jiyue.site.page import Page
from jiyue.site.signals import site_pages
from jiyue.site.view import Entry, SiteView
from plugins.links import Links

TEMPLATES = {
    kind: f"kinds/{kind}.html"
    for kind in (
        "document", "interpretation", "response", "rebuttal", "letter", "survey", "interview", "guide",
        "leaders", "photos", "video", "topic",
    )
}  # fmt: skip
"""Kinds and layouts with a template of their own; the others read as news."""

PARTS = {
    "document": ("issuer", "created"), "interpretation": ("form",), "response": ("topic_asked",),
    "rebuttal": ("claim", "verdict", "facts"), "letter": ("received", "replied", "category"),
    "survey": ("opens", "closes", "opinions_received", "adopted", "result"), "interview": ("guests", "held"),
    "guide": ("basis", "conditions", "materials", "steps"),
}  # fmt: skip
"""What a kind's own template draws beside the table of fields."""

FIELDS = (
    ("发文字号", "doc_number"), ("索引号", "index_no"), ("发文机关", "issuer"), ("主题分类", "topic"), ("公文种类", "genre"),
    ("成文日期", "created"), ("施行日期", "effective"), ("有效性", "validity"),
    ("不实信息", "claim"), ("结论", "verdict"), ("事实", "facts"), ("回应单位", "responding_unit"), ("回应的问题", "topic_asked"),
    ("收到时间", "received"), ("类别", "category"), ("答复单位", "unit"), ("答复时间", "replied"), ("延期原因", "extended"),
    ("开始时间", "opens"), ("结束时间", "closes"), ("收到意见", "opinions_received"), ("采纳意见", "adopted"), ("征集结果", "result"),
    ("嘉宾", "guests"), ("访谈时间", "held"),
    ("设定依据", "basis"), ("申请条件", "conditions"), ("办理材料", "materials"), ("办理地点", "place"), ("办理时间", "hours"),
    ("联系电话", "phone"), ("办理流程", "steps"), ("收费标准", "fee"), ("办理时限", "time_limit"), ("核对时间", "checked_at"),
)  # fmt: skip
"""What the table above the body shows, in this order, where the article has it (政府信息公开目录; 办事指南要素)."""

_DATES = {"created", "effective", "received", "replied", "opens", "closes", "held", "checked_at"}
AI_LABELS = {
    "translated": "本文由人工智能翻译", "summarized": "本文摘要由人工智能生成", "text": "本文含人工智能生成的文字",
    "image": "本文含人工智能生成的图片",
}  # fmt: skip


def pages(view: SiteView) -> Iterator[Page]:
    """A page for every public article, its own and pushed ones."""
    links = Links(view)
    around = surroundings(view)
    for entry in view.all_entries:
        extra = entry.article.extra
        layout = extra.get("layout") if extra.get("layout") != "video" or "video" in extra else ""
        template = TEMPLATES.get(layout or entry.article.kind, "article.html")
        made_of = "" if entry.pushed else around + entry.article.digest
        data = partial(article_data, view, entry, links)
        lang = extra.get("lang", view.site.lang)
        yield Page(entry.path, template, data, entry.column, entry, lang=lang, made_of=made_of)


def surroundings(view: SiteView) -> str:
    """A digest of all that the data of this site's own articles is made of, their own files' bytes aside.

    So an edit of some bodies asks for the data of these articles alone. It holds more than is read: whatever the front
    matter of another article says, and everything of the job but the clock and what only other pages show.
    """
    job = replace(view.job, now="", content="", headlines=(), members=(), together=None)
    rows = [(*row[:DIGEST], *row[DIGEST + 1 :], row.is_public(view.job.now)) for row in view.scan.rows]
    state = f"{job!r}{plainjson.encode(rows)}{view.attachments!r}"
    return hashlib.blake2b(state.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


DIGEST = Article._fields.index("digest")


def article_data(view: SiteView, entry: Entry, links: Links) -> dict[str, Any]:
    """The declared data of `article.html` and of the kinds' templates that extend it.

    The body comes beside it, made with `links`, `pictures` and, for a pushed article, `carried`.
    """
    article = entry.article
    kind = article.kind
    extra = article.extra
    url = view.url(entry.path)
    drawn = PARTS.get(kind, ())
    data = {
        "kind": kind,
        "lang": extra.get("lang", view.site.lang),
        "foreign": extra.get("lang", view.site.lang) != view.site.lang,
        "layout": extra.get("layout", ""),
        "title": article.title,
        "date": "" if article.date.startswith("1970") else article.date,
        "updated": article.updated,
        "source": article.source or (view.site.name if not entry.pushed else entry.pushed.origin_name),
        "author": article.author,
        "summary": "" if junk(article.summary, article.title) else article.summary,
        "keywords": ",".join(word for word in extra["keywords"] if not junk(word)) if "keywords" in extra else "",
        "images": jsonld.pictures(view, entry),
        "url": url,
        "canonical": view.canonical(entry) if entry.pushed or extra else url,
        "fields": _fields(extra, () if kind == "document" else drawn) if extra else [],
        "parts": {key: _part(kind, key, extra.get(key, "")) for key in drawn} if drawn else {},
        "validity": extra.get("validity", ""),
        "origin": _origin(entry) if entry.pushed or extra else None,
        "ai": AI_LABELS.get(extra.get("ai_generated", ""), ""),
        "pictures": links.pictures(entry) if "pictures" in extra else {},
        "attachments": links.attachments(entry) if "files" in extra else [],
        "related": links.related(entry) if links.pairs else None,
        "share": share(url, article.title),
        "links": view.links(entry),
        "carried": entry.pushed.pictures if entry.pushed else {},
        "editions": editions(view, entry.path),
        "column": None if entry.column else column_tags(view, ""),
    }
    data["jsonld"] = jsonld.article(view, entry, data)
    layout = extra.get("layout")
    if layout == "leaders":
        data["posts"] = [{key: post.get(key) or "" for key in _POST} for post in extra.get("posts", ())]
    elif layout == "video" and "video" in extra:
        data["video"] = links.video(entry, extra["video"])
    elif layout == "topic":
        data["groups"] = links.topic(entry)
    return data


_POST = ("post", "duties", "unit", "phone", "place")


def _part(kind: str, key: str, value: Any) -> Any:
    """As the kind's template shows it; the date below a document is written out, as on paper."""
    if key not in _DATES or not value:
        return value
    if kind == "document":
        return f"{value[:4]}年{int(value[5:7])}月{int(value[8:10])}日"
    return _day(value)


def _day(value: str) -> str:
    """A moment whose time was not given is a day."""
    return value[:10] if value.endswith(" 00:00") else value


def _fields(extra: dict[str, Any], drawn: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of the table above the body: all of FIELDS that the article has and its template does not draw itself."""
    found = []
    for label, key in FIELDS:
        value = extra.get(key)
        if value in (None, "", [], ()) or key in drawn:
            continue
        values = value if isinstance(value, list) else [str(value)]
        if key in _DATES:
            values = [_day(v) for v in values]
        found.append({"label": label, "values": values})
    return found


def _origin(entry: Entry) -> dict[str, str] | None:
    """Where an article that is not this site's own came from."""
    if entry.pushed:
        return {
            "name": entry.pushed.origin_name,
            "url": f"{entry.pushed.origin_url}/{href(entry.article.path)}",
            "how": "推送",
        }
    repost = entry.article.extra.get("repost_of")
    return {"name": repost["name"], "url": repost["url"], "how": "转载"} if repost else None


def register() -> None:
    """Called by Pelican and by the engine."""
    site_pages.connect(pages)
