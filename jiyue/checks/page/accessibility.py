"""Accessibility rules that need no browser: pure functions over a finished page, fast enough for every page of a release.

What needs a browser (computed contrast, real focus order, reflow, target size) is tested with axe-core and Chromium on
every page kind (tests/test_theme_browser.py). Errors are faults of the theme; warnings concern an article's own text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic, Rule, error, warning
from jiyue.base.patterns import pattern
from jiyue.checks.article.drafting import ALT, LINK, VAGUE, WCAG

LANG = error("a11y-lang", "页面没有写明语种", "读屏软件靠它决定用哪种语音。", WCAG.format("3.1.1"))
TITLE = error("a11y-title", "页面没有标题", "浏览器标签、收藏夹和读屏软件先读它。", WCAG.format("2.4.2"))
H1 = error("a11y-h1", "页面应当有且只有一个一级标题", "一级标题说明这一页是什么。", WCAG.format("1.3.1"))
HEADINGS = warning(
    "a11y-headings",
    "标题跳级",
    "按标题浏览的读者会以为漏掉了一部分；小标题从 ## 开始，逐级往下。",
    WCAG.format("1.3.1"),
)
TABLE = warning("a11y-table", "表格没有表头", "读屏软件要把单元格和表头一起读。", WCAG.format("1.3.1"))
LABEL = error("a11y-label", "输入框或按钮没有名称", "读屏软件读不出要填什么、按了会怎样。", WCAG.format("1.3.1、4.1.2"))
ZOOM = error("a11y-zoom", "页面禁止放大", "视力不好的读者要靠放大来看。", WCAG.format("1.4.4"))
MOVING = error("a11y-moving", "页面自己会动或自己跳转", "来不及看的读者会丢失内容。", WCAG.format("2.2.1、2.2.2"))
FOCUS = error("a11y-tabindex", "键盘顺序被打乱", "正数的 tabindex 会让按 Tab 的顺序与所见不同。", WCAG.format("2.4.3"))
FRAME = error("a11y-frame", "内嵌页面没有名称", "读屏软件读不出里面是什么。", WCAG.format("4.1.2"))
IDS = error("a11y-id", "页面里有重复的 id", "标签、目录和跳转会指错地方。", WCAG.format("1.3.1"))
LANDMARK = error(
    "a11y-main", "页面没有主体或跳到主体的链接", "用键盘的读者每页都要先走过整个页头。", WCAG.format("2.4.1")
)

_TAG = pattern(r"<(/?)([a-zA-Z][\w-]*)([^\"'>]*+(?:(?:\"[^\"]*+\"|'[^']*+')[^\"'>]*+)*+)>|<!--.*?-->", re.DOTALL)
_ATTRIBUTE = pattern(r"([^\s=\"'/>]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_FILE_NAME = pattern(r"[\w%().-]+\.(?:jpe?g|png|gif|webp|avif|bmp)", re.IGNORECASE)
_PLAIN = pattern(r"<[^>]*>")
_SEEN = frozenset(["html", "title", "meta", "h1", "h2", "h3", "h4", "h5", "h6", "img", "table", "th", "td", "a", "button", "input",
                   "select", "textarea", "label", "iframe", "video", "audio", "marquee", "blink", "main"])  # fmt: skip
"""The elements that any rule reads."""
_RAW = pattern(r"(<(script|style|svg)\b[^>]*>).*?</\2>", re.DOTALL | re.IGNORECASE)


class Finding(NamedTuple):
    """A fault of a page: the line in the HTML, and in Chinese what is wrong and how to fix it."""

    rule: Rule
    line: int
    message: str
    hint: str


class Heading(NamedTuple):
    """A heading: level 1 to 6, its text, its offset in the HTML."""

    level: int
    text: str
    at: int


@dataclass
class _Page:
    """The state of one pass over the tags."""

    html: str
    lang: str = ""
    title: str = ""
    main: bool = False
    headings: list[Heading] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    labelled: set[str] = field(default_factory=set)
    fields: list[tuple[str, Mapping[str, str], int, bool]] = field(default_factory=list)
    tables: list[list[int]] = field(default_factory=list)
    skip: bool = False
    findings: list[Finding] = field(default_factory=list)

    def line(self, position: int) -> int:
        """The line of an offset, counted from 1."""
        return self.html.count("\n", 0, position) + 1

    def say(self, rule: Rule, position: int, message: str, hint: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(rule, self.line(position), message, hint))


def check_page(html: str, path: str, site: str = "") -> list[Diagnostic]:
    """The findings of one page as diagnostics. path: the page's, for the report."""
    return [f.rule.at(path, f.line, f.message, f.hint, site=site) for f in findings(html)]


def findings(html: str) -> list[Finding]:
    """Apply every rule to an HTML page as the platform writes it (well-formed, attribute values quoted)."""
    page = _Page(html)
    _walk(page)
    _whole(page)
    return sorted(page.findings, key=lambda f: (f.line, f.rule.id, f.message))


# Nearly all of a page is the same on every page of its site: what was read once is not read again.
_cached = lru_cache(maxsize=8192)


@_cached
def _attributes(text: str) -> Mapping[str, str]:
    return {m[1].lower(): unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(text)}


@_cached
def _text(html: str) -> str:
    return " ".join(unescape(_PLAIN.sub("", html)).split())


def _walk(page: _Page) -> None:
    html = _RAW.sub(lambda m: m[1] + "\n" * m[0].count("\n") + f"</{m[2]}>", page.html)
    page.html = html
    open_labels = 0
    for tag in _TAG.finditer(html):
        closing, name, attributes = tag.groups()
        if name is None:  # a comment
            continue
        name = name.lower()
        if closing:
            open_labels -= name == "label"
            if name == "table" and page.tables:
                _table(page, page.tables.pop())
            continue
        if name not in _SEEN and "id=" not in attributes and "tabindex" not in attributes:
            continue
        given = _attributes(attributes)
        at = tag.start()
        if given.get("id"):
            if given["id"] in page.ids:
                page.say(IDS, at, f"id「{given['id']}」出现了两次", "改其中一个")
            page.ids[given["id"]] = at
        if "tabindex" in given and given["tabindex"].lstrip("+").isdigit() and int(given["tabindex"]) > 0:
            page.say(FOCUS, at, f"tabindex={given['tabindex']}", "删掉它，或写 0")
        if name == "label":
            open_labels += 1
            page.labelled.add(given.get("for", ""))
        elif name in ("input", "select", "textarea"):
            page.fields.append((name, given, at, open_labels > 0))
        elif name in _RULES:
            _RULES[name](page, name, given, at, tag.end())


def _content(page: _Page, name: str, start: int) -> str:
    end = page.html.find(f"</{name}", start)
    return page.html[start : end if end >= 0 else start]


def _html(page: _Page, _name: str, given: Mapping[str, str], _at: int, _end: int) -> None:
    page.lang = given.get("lang", "")


def _title(page: _Page, name: str, _given: Mapping[str, str], _at: int, end: int) -> None:
    page.title = page.title or _text(_content(page, name, end))


def _main(page: _Page, _name: str, _given: Mapping[str, str], _at: int, _end: int) -> None:
    page.main = True


def _meta(page: _Page, _name: str, given: Mapping[str, str], at: int, _end: int) -> None:
    content = given.get("content", "").replace(" ", "").lower()
    if given.get("name", "").lower() == "viewport":
        most = re.search(r"maximum-scale=([\d.]+)", content)
        if "user-scalable=no" in content or "user-scalable=0" in content or (most and float(most[1]) < 2):
            page.say(ZOOM, at, "viewport 不许放大", "删掉 user-scalable 和 maximum-scale")
    if given.get("http-equiv", "").lower() == "refresh":
        page.say(MOVING, at, "页面会自己跳转或刷新", "改用普通链接；搬家用服务器的重定向")


def _heading(page: _Page, name: str, given: Mapping[str, str], at: int, end: int) -> None:
    inner = _content(page, name, end)
    alt = " ".join(re.findall(r'alt="([^"]+)"', inner))
    page.headings.append(Heading(int(name[1]), given.get("aria-label") or _text(inner) or alt, at))


def _img(page: _Page, _name: str, given: Mapping[str, str], at: int, _end: int) -> None:
    source = given.get("src", "").rpartition("/")[2]
    hint = "在 ![替代文字](图片) 的方括号里写这张图告诉读者什么"
    if "alt" not in given or (
        not given["alt"].strip() and given.get("role") != "presentation" and "class" not in given
    ):
        page.say(ALT, at, f"图片 {source} 没有替代文字", hint)
    elif _FILE_NAME.fullmatch(given["alt"].strip()) or given["alt"].strip() in ("图片", "图", "image", "img", source):
        page.say(ALT, at, f"图片 {source} 的替代文字「{given['alt']}」没有内容", hint)


def _table_opens(page: _Page, _name: str, _given: Mapping[str, str], at: int, _end: int) -> None:
    page.tables.append([at, 0, 0])


def _cell(page: _Page, name: str, _given: Mapping[str, str], _at: int, _end: int) -> None:
    if page.tables:
        page.tables[-1][1 if name == "th" else 2] += 1


def _table(page: _Page, table: list[int]) -> None:
    at, heads, cells = table
    if cells and not heads:
        page.say(TABLE, at, "表格没有表头单元格", "Markdown 表格的第一行写列名")


def _link(page: _Page, name: str, given: Mapping[str, str], at: int, end: int) -> None:
    if "href" not in given:
        return
    page.skip = page.skip or given["href"] == "#main"
    inner = _content(page, name, end)
    label = given.get("aria-label") or _text(inner) or " ".join(re.findall(r'alt="([^"]+)"', inner)).strip()
    address = given["href"]
    if not label:
        if "<svg" not in inner or "aria-label" not in inner:
            page.say(LINK, at, f"通向 {address} 的链接没有文字", "写上通向哪里")
    elif label.lower().strip("　 >》»…。.") in VAGUE:
        page.say(LINK, at, f"链接文字「{label}」看不出通向哪里（{address}）", "把文件或文章的名称写进链接文字")


def _button(page: _Page, name: str, given: Mapping[str, str], at: int, end: int) -> None:
    if not (_text(_content(page, name, end)) or given.get("aria-label") or given.get("title")):
        page.say(LABEL, at, "按钮没有名称", "写上按了会怎样")


def _moving(page: _Page, name: str, given: Mapping[str, str], at: int, _end: int) -> None:
    if name in ("marquee", "blink") or "autoplay" in given:
        page.say(MOVING, at, f"<{name}> 自己会动或自动播放", "改成静止的，由读者决定是否播放")


def _frame(page: _Page, _name: str, given: Mapping[str, str], at: int, _end: int) -> None:
    if not given.get("title", "").strip():
        page.say(FRAME, at, "内嵌页面没有 title", "写上里面是什么")


_RULES = {
    "html": _html, "title": _title, "main": _main, "meta": _meta, "img": _img, "table": _table_opens, "th": _cell, "td": _cell,
    "a": _link, "button": _button, "marquee": _moving, "blink": _moving, "video": _moving, "audio": _moving, "iframe": _frame,
    **{f"h{n}": _heading for n in range(1, 7)},
}  # fmt: skip


def _whole(page: _Page) -> None:
    """The rules that need the whole page."""
    if not re.fullmatch(r"[a-zA-Z]{2,3}(-[\w-]+)?", page.lang):
        page.say(LANG, 0, "html 没有 lang", '写 lang="zh-CN"')
    if not page.title:
        page.say(TITLE, 0, "title 是空的", "写上页面和站点的名称")
    if not page.main or not page.skip:
        page.say(LANDMARK, 0, "没有 <main> 或跳到 #main 的链接", "把它们放回 shell.html")
    firsts = [heading for heading in page.headings if heading.level == 1]
    if len(firsts) != 1:
        page.say(H1, firsts[1].at if firsts else 0, f"有 {len(firsts)} 个一级标题", "只留一个")
    page.findings += list(_levels(page))
    for name, given, at, wrapped in page.fields:
        if given.get("type") in ("hidden", "submit", "button", "reset", "image") and (
            given.get("type") == "hidden" or given.get("value") or given.get("alt")
        ):
            continue
        named = wrapped or given.get("aria-label") or given.get("aria-labelledby") or given.get("title")
        if not (named or (given.get("id") and given["id"] in page.labelled)):
            page.say(LABEL, at, f"<{name}> 没有名称", "用 <label for> 写上要填什么")


def _levels(page: _Page) -> Iterator[Finding]:
    before = 0
    for level, text, at in page.headings:
        if not text:
            yield Finding(H1 if level == 1 else HEADINGS, page.line(at), f"h{level} 是空的", "写上标题，或删掉它")
        if before and level > before + 1:
            message = f"「{text[:30]}」由 {before} 级跳到 {level} 级"
            yield Finding(HEADINGS, page.line(at), message, f"改成 {before + 1} 级")
        before = level
