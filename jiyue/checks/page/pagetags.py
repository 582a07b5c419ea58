"""Checks the page tags of 国办发〔2017〕47号 (附件《网页设计规范》 网页标签) in the finished HTML.

Presence isn't enough: real sites publish `content="null"` and descriptions that repeat the name, so values are checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from typing import Any, Literal, NamedTuple

from jiyue.base.diagnostics import Diagnostic, Rule, error
from jiyue.base.patterns import pattern
from jiyue.catalogue.kinds import KINDS
from jiyue.catalogue.links import is_filter_page
from jiyue.linkage.recommended import FOLDER as RECOMMENDED
from jiyue.registry.site import SCREENS

SOURCE = "国办发〔2017〕47号 附件《网页设计规范》网页标签"
MISSING = error(
    "page-tag-missing", "页面缺少必有的标签", "网页标签是上级监管和搜索引擎识别页面的依据，缺一项即不合规范。", SOURCE
)
TWICE = error("page-tag-twice", "页面标签重复", "同名标签不分大小写，重复时各家取值不一。", SOURCE)
JUNK = error("page-tag-junk", "页面标签的值没有意义", "空值、null 或照抄名称等于没有填写。", SOURCE)
FORM = error(
    "page-tag-form",
    "页面标签的值格式不对",
    "发布时间须为 24 小时制 YYYY-MM-DD HH:MM，域名、标识码、栏目类别各有规定写法。",
    SOURCE,
)
FALSE = error(
    "page-tag-false",
    "页面标签与事实不符",
    "本平台的页面自适应手机，没有单独的手机网址，不能声明有。",
    "百度移动适配说明",
)
FACTS = error(
    "page-facts",
    "页面各处的说法不一致",
    "标签、结构化数据和读者看到的标题、时间、来源、网址必须相同，不同就有一处是错的。",
    f"{SOURCE}；国办秘函〔2019〕19号（内容准确）",
)
DATA = error("page-data", "页面的结构化数据不是合法的 JSON-LD", "出错的结构化数据会被搜索引擎整段忽略。", "schema.org")

PageKind = Literal["home", "column", "article", "single", "other", "part"]

SITE_TAGS = ("SiteName", "SiteDomain", "SiteIDCode")
COLUMN_TAGS = ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
ARTICLE_TAGS = ("ArticleTitle", "PubDate", "ContentSource")
OPTIONAL_TAGS = ("Keywords", "Author", "Description", "Image", "Url")
MANDATORY: dict[PageKind, tuple[str, ...]] = {
    "home": SITE_TAGS,
    "column": SITE_TAGS + COLUMN_TAGS,
    "article": SITE_TAGS + COLUMN_TAGS + ARTICLE_TAGS,
    "single": (*SITE_TAGS, *COLUMN_TAGS, "ArticleTitle", "ContentSource"),
    "other": SITE_TAGS,
}
"""What each kind of page must carry. A single page (关于本站 …) may have no date of publication."""

NAMES = {"ColumnDescription": "ColumnName", "ColumnKeywords": "ColumnName", "Description": "ArticleTitle"}
"""Tag -> tag whose value it must not merely repeat."""

_TAG = pattern(r"<(meta|link)\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = pattern(r"""([a-zA-Z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_DATA = pattern(r'<script\b[^>]*type="application/ld\+json"[^>]*>(.*?)</script>', re.IGNORECASE | re.DOTALL)
_WORDS = frozenset(
    "null none nil undefined nan n/a true false todo test 测试 无 暂无 空 栏目描述 栏目关键词".split()  # noqa: SIM905
)
_JUNK = pattern(f"(?:{'|'.join(sorted(_WORDS))})?[\\s.,，。;；、:：_-]*", re.IGNORECASE)
_TEMPLATE = pattern(r"\{\{|\}\}|\{%|\$\{|<%|%>|\[object ")


def junk(value: str, name: str = "") -> bool:
    """Whether a tag's value is meaningless: empty, a word such as `null`, template source, or a copy of the name."""
    text = value.strip()
    if text.isalnum():  # usual for a keyword, and faster than two searches
        return text.lower() in _WORDS or text == name.strip()
    return bool(_JUNK.fullmatch(text) or _TEMPLATE.search(text) or (name and text == name.strip()))


def page_kind(path: str) -> PageKind:
    """The kind of page at a path of a site's output."""
    name = path.rpartition("/")[2]
    if path.startswith((f"{RECOMMENDED}/", SCREENS)):
        return "part"
    if path == "index.html":
        return "home"
    if path in ("404.html", "sitemap.html", "sites.html", "theme/offline.html") or path.startswith("search/"):
        return "other"
    if re.fullmatch(r"index(_\d+)?\.html", name) or is_filter_page(path):
        return "column"
    return "article" if "/" in path else "single"


Fault = tuple[Rule, str, str]
"""Rule, what is wrong, how to fix it."""


class _Head(NamedTuple):
    """The parsed page: meta name or property (lower case) -> contents; attributes of links; JSON-LD by type; its body."""

    metas: dict[str, list[str]]
    links: list[dict[str, str]]
    nodes: dict[str, dict[str, Any]]
    body: str

    def tag(self, name: str) -> str:
        return self.metas.get(name.lower(), [""])[0]

    @property
    def canonical(self) -> list[str]:
        return [link.get("href", "") for link in self.links if link.get("rel") == "canonical"]


def audit(
    html: str, kind: PageKind, path: str, site: str = "", lacking: frozenset[str] = frozenset()
) -> list[Diagnostic]:
    """Every fault of one page's tags. path: for the message. lacking: tags for which the site has no value."""
    if kind == "part":
        return []  # a part of other sites' pages, which have the tags, or a screen's, which no search engine reads
    head, _, body = html.partition("</head>")
    nodes: dict[str, dict[str, Any]] = {}
    broken: list[Fault] = []
    for text in _DATA.findall(html):
        try:
            nodes |= _nodes(text)
        except ValueError as problem:
            broken.append((DATA, f"的结构化数据：{problem}", "改正生成它的插件"))
    page = _Head(*_tags(head), nodes, body)
    faults = (
        *_mandatory(page, kind, site, lacking),
        *_values(page),
        *_claims(page, kind),
        *broken,
        *_facts(page, kind),
    )
    return [rule.at(path, 0, f"{path} {message}", hint, site=site) for rule, message, hint in faults]


def _mandatory(page: _Head, kind: PageKind, site: str, lacking: frozenset[str]) -> Iterator[Fault]:
    for name in MANDATORY[kind]:
        if name.lower() not in page.metas and name not in lacking:
            ours = name == "SiteIDCode"
            hint = f"在 sites/{site or '<站点>'}.yaml 写上 site_id_code" if ours else "把这一项放回 heads/ 模板"
            yield MISSING, f"缺少标签 {name}", hint


def _values(page: _Head) -> Iterator[Fault]:
    for name in (*SITE_TAGS, *COLUMN_TAGS, *ARTICLE_TAGS, *OPTIONAL_TAGS):
        values = page.metas.get(name.lower(), [])
        if len(values) > 1:
            yield TWICE, f"的标签 {name} 出现了 {len(values)} 次", "每个标签只留一次"
        for value in values:
            if junk(value, page.tag(NAMES.get(name, ""))):
                yield JUNK, f"的标签 {name} 的值「{value}」没有意义", "写明具体内容，不要留空、写 null 或照抄名称"
            elif not _well_formed(name, value):
                yield FORM, f"的标签 {name} 的值「{value}」格式不对", HINTS.get(name, "改为完整网址")


def _claims(page: _Head, kind: PageKind) -> Iterator[Fault]:
    """Faults in what the page tells search engines."""
    if "mobile-agent" in page.metas:
        yield FALSE, "声明了 mobile-agent", "删去这个标签"
    if page.metas.get("applicable-device") != ["pc,mobile"]:
        yield MISSING, "没有声明 applicable-device", "在 shell.html 写上 pc,mobile：网页自适应手机"
    count = len(page.canonical)
    if kind != "other" and count != 1:
        yield TWICE if count else MISSING, f"的 canonical 有 {count} 个", "每页恰好一个规范网址"
    for name in _DATA_OF[kind]:
        if page.nodes.keys().isdisjoint(name.split("|")):
            yield DATA, f"没有结构化数据 {name}", "改正生成它的插件"


def _facts(page: _Head, kind: PageKind) -> Iterator[Fault]:
    for what, one, other in _pairs(page, kind):
        if one != other:
            yield FACTS, f"的{what}：一处是「{one}」，另一处是「{other}」", "改正生成它们的插件或模板"


_ARTICLE = "|".join(dict.fromkeys(kind.schema_type for kind in KINDS.values()))
_DATA_OF: dict[PageKind, tuple[str, ...]] = {
    "home": ("GovernmentOrganization", "WebSite"), "column": ("BreadcrumbList",), "article": ("BreadcrumbList", _ARTICLE),
    "single": (_ARTICLE,), "other": (),
}  # fmt: skip
"""The types of structured data on a kind of page; `|` separates alternatives."""

_OTHER_AUTHORS = ("GovernmentService", "ClaimReview")
"""Types whose author isn't the source: a service has a provider, a rebuttal its responding body."""

_H1 = pattern(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
_MARKUP = pattern(r"<[^>]*>")


def _byline(body: str) -> str:
    """The text of the line with date and source, whatever language its labels have."""
    return _text(body.partition('<p class="byline">')[2].partition("</p>")[0])


def _pairs(page: _Head, kind: PageKind) -> Iterator[tuple[str, str, str]]:
    """(what, here, there): facts that a page states in several places."""
    if kind == "other":
        return
    address = "".join(page.canonical)
    yield "网址（og:url）", page.tag("og:url"), address
    editions = [link for link in page.links if "hreflang" in link]
    if editions:
        own = {link["href"] for link in editions if link["href"] == address}
        yield "语种（自己的网址）", "".join(own), address
        yield "语种（x-default 的个数）", str(sum(link["hreflang"] == "x-default" for link in editions)), "1"
    main = next((page.nodes[name] for name in _ARTICLE.split("|") if name in page.nodes), None)
    if kind not in ("article", "single") or main is None:
        return
    title, source, date = page.tag("ArticleTitle"), page.tag("ContentSource"), page.tag("PubDate")
    heading = _H1.search(page.body)
    yield "标题（正文）", title, _text(heading[1]) if heading else ""
    yield "标题（og:title）", title, page.tag("og:title")
    yield "标题（结构化数据）", title, main.get("headline") or main.get("name", "")
    yield "网址（结构化数据）", address, main.get("url", "")
    yield "摘要（结构化数据）", page.tag("Description"), main.get("description", "")
    yield (
        "来源（正文）",
        source,
        source if f"来源：{source}" in _text(page.body) or source in _byline(page.body) else "",
    )
    if main["@type"] not in _OTHER_AUTHORS:
        yield "来源（结构化数据）", source, main["author"]["name"]
    if date:
        shown = re.search(rf'<time datetime="{re.escape(date)}">([^<]+)<', page.body)
        # an edition in another language has its own date format
        yield "时间（正文）", date, date if shown and (shown[1] == date or not shown[1][:4].isdigit()) else ""
    if main["@type"] != "GovernmentService":
        yield "时间（结构化数据）", date, main.get("datePublished", "")[:16].replace("T", " ")


def _text(html: str) -> str:
    return unescape(_MARKUP.sub("", html))


def _tags(head: str) -> tuple[dict[str, list[str]], list[dict[str, str]]]:
    """(meta name or property in lower case -> contents, attributes of every link)."""
    metas: dict[str, list[str]] = {}
    links: list[dict[str, str]] = []
    for tag, text in _TAG.findall(head):
        attributes = dict(_attributes(text))
        if tag.lower() == "link":
            links.append(attributes)
        elif "name" in attributes or "property" in attributes:
            name = attributes.get("name") or attributes["property"]
            metas.setdefault(name.lower(), []).append(attributes.get("content", ""))
    return metas, links


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        yield name.lower(), unescape(double or single or bare)


HINTS = {
    "PubDate": "写成 2026-11-20 09:30（24 小时制）",
    "SiteDomain": "只写域名，如 www.jl.example",
    "SiteIDCode": "10 位数字，部委为 bm 加 8 位数字",
    "ColumnType": "用规范给出的栏目类别，如 工作动态",
}


def _well_formed(name: str, value: str) -> bool:
    check = _FORMS.get(name)
    return check is None or bool(check(value))


def _minute(value: str) -> bool:
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M").strftime("%Y-%m-%d %H:%M") == value
    except ValueError:
        return False


def _column_types(value: str) -> bool:
    """Whether every type in the value is known; real sites list several."""
    from jiyue.registry.models import COLUMN_TYPES  # noqa: PLC0415  (pydantic: 90 ms)

    return all(word in (*COLUMN_TYPES, "首页") for word in re.split(r"[,，;；、|]\s*", value))


_FORMS: dict[str, Callable[[str], object]] = {
    "PubDate": _minute,
    "SiteDomain": pattern(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?").fullmatch,
    "SiteIDCode": pattern(r"\d{10}|bm\d{8}").fullmatch,
    "ColumnType": _column_types,
    "Image": pattern(r"https?://[^\s/]+(?:/\S*)?").fullmatch,
    "Url": pattern(r"https?://[^\s/]+(?:/\S*)?").fullmatch,
}


def _nodes(text: str) -> dict[str, dict[str, Any]]:
    """Type -> node of a JSON-LD block. Raises ValueError for anything else."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("@context") != "https://schema.org":
        raise ValueError("没有 @context")
    nodes = data.get("@graph", [data])
    if not all(isinstance(node, dict) and isinstance(node.get("@type"), str) for node in nodes):
        raise ValueError("没有 @type")
    return {node["@type"]: node for node in nodes}
