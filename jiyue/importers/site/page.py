"""Reads one page of an old site: its template, its state, title, date, source, columns and the element with its text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import lxml.etree
import lxml.html

from jiyue.importers import dates, pages
from jiyue.importers.dates import moment
from jiyue.importers.html import text_nodes, visible_text
from jiyue.importers.pages import NEXT_PAGE, select, words_of
from jiyue.importers.phrases import squeeze, tidy
from jiyue.importers.site import encoding, state
from jiyue.importers.site.state import Opened, Skip

if TYPE_CHECKING:
    from jiyue.registry.old_site import OldSiteFile, Template

_MANY_LINKS = 300

_CLAIMED = re.compile(
    r"<!--\s*Mirrored from\s+(\S+)\s+by HTTrack|<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.IGNORECASE
)
TITLE_PARTS = re.compile(r"\s*(?:[-_|–—－｜>»]+|&gt;)\s*")
_CRUMBS = re.compile(
    r"(?:当前|所在|现在|您?的?)位置(?:是)?\s*[:：]?\s*((?:[^>»›→:：\s][^>»›→]{0,24}?\s*(?:>+|»|›|→|&gt;)+\s*){1,8})"
)
_CRUMB_LABEL = re.compile(r"^.{0,12}?位置(?:是)?\s*[:：]?\s*")
_CRUMB_MARK = re.compile(r"\s*(?:>+|»|›|→|::|/|\\|－>|->|—>|&gt;)\s*|\s+[-|]\s+")
_NO_COLUMN = re.compile(
    r"(?:网站|本站|返回)?(?:首\s*页|主\s*页)|正文|详细(?:内容|信息)?|内容(?:页|显示)?|文章(?:内容)?|查看(?:内容)?|浏览|信息(?:内容|浏览)|.{1,20}(?:门户)?网站"
)
_FILES = (
    (b"%PDF-", "pdf"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"), (b"PK\x03\x04", "zip"), (b"Rar!", "rar"),
    (b"\xff\xd8\xff", "jpg"), (b"\x89PNG", "png"), (b"GIF8", "gif"),
)  # fmt: skip
"""How files begin that a program of the old site sent."""
_PAGES = re.compile(r"createPageHTML\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,")
"""The call by which a common system writes the links to an article's pages: how many there are, and which this is, from 0."""
_DAY_IN_PATH = re.compile(r"/((?:19|20)\d{2})[-/]?(\d{2})[-/]?(\d{2})(?:/|_|\b)")


@dataclass(slots=True)
class Facts:
    """What a page says of itself, so far as its own reading tells; plan decides what becomes of it.

    status, reason: set if it becomes no article. note: see encoding. template: its number among the rules', -1 for none;
    body_path: where the text is if no template says it. key: the same for pages with the same title and text.
    index: it is a list or home page, of which links are the addresses; alias: the address to which it sends readers on;
    further: the link to the next page of the same article. claimed: the address that a mirroring tool wrote into it.
    suffix: of what is no page in spite of its name.
    """

    sha256: str = ""
    status: str = ""
    reason: str = ""
    encoding: str = ""
    note: str = ""
    template: int = -1
    body_path: str = ""
    title: str = ""
    date: datetime | None = None
    dated: bool = True
    source: str = ""
    crumbs: tuple[str, ...] = ()
    key: str = ""
    index: bool = False
    links: tuple[str, ...] = ()
    alias: str = ""
    further: str = ""
    base: str = ""
    claimed: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Reader:
    """Reads pages by the rules. now: Beijing time, naive; later dates are none of publication."""

    rules: OldSiteFile
    now: datetime

    def survey(self, data: bytes, path: str) -> Facts:
        """What a page says of itself. path: below the folder."""
        facts = Facts(hashlib.sha256(data).hexdigest())
        try:
            self._survey(data, path, facts)
        except Skip as skip:
            facts.status, facts.reason = skip.status, skip.reason
            facts.index, facts.alias = skip.index, skip.alias
        except pages.RuleError as problem:
            facts.status, facts.reason = "error", f"{problem.message}；{problem.hint}"
        except RecursionError:
            facts.status, facts.reason = "error", "网页嵌套得太深，读不了"
        if not facts.index:
            facts.links = ()
        return facts

    def _survey(self, data: bytes, path: str, facts: Facts) -> None:
        for begins, suffix in _FILES:
            if data.startswith(begins):
                facts.suffix = suffix
                raise Skip("不是网页")
        if any(state.matches(path, glob) for glob in self.rules.skip):
            raise Skip("规则里写明不导入")
        decoded = encoding.decode(data)
        facts.encoding, facts.note = decoded.encoding, decoded.note
        if claimed := _CLAIMED.search(decoded.text[:8192]):
            facts.claimed = claimed[1] or claimed[2]
        page = state.opened(decoded.text)
        facts.base = next((one.get("href") for one in page.root.iterfind(".//base[@href]")), "") or ""
        facts.template, template = self.template(page.root, path)
        facts.links = tuple(dict.fromkeys(one.get("href") for one in page.root.iterfind(".//a[@href]")))[:_MANY_LINKS]
        facts.crumbs = self.crumbs(page, template)
        state.judge(page, path, self.now)
        if template and template.skip:
            raise Skip(template.skip, index=True)
        if (template is None or self.rules.suggested) and state.looks_like_index(page.root, path):
            state.judge_words("", "", page.words)
            raise Skip("列表页或首页", index=True)
        body = self.body(page, path, template, facts)
        facts.further = further_page(page, path)
        facts.title = self.title(page, template, facts.crumbs)
        facts.source = self.source(page, template)
        visible = visible_text(body)
        if not visible and body.find(".//img") is None and body.find(".//a[@href]") is None:
            raise Skip("没有正文", "error")
        state.judge_words(facts.title, visible, page.words)
        if not facts.title:
            raise Skip("找不到标题", "error")
        facts.date, facts.dated = self.date(page, template, path, body)
        if facts.date is None:
            raise Skip("找不到日期；在规则的 date 写选择器，网页上没有日期的写 undated", "error")
        shown = f"{squeeze(facts.title)}\0{visible}\0" + "\0".join(
            one.get("src") or "" for one in body.iterfind(".//img")
        )
        facts.key = hashlib.sha1(shown.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()

    def template(self, root: Any, path: str) -> tuple[int, Template | None]:
        """The first template that fits a page, and its number; (-1, None) if none does."""
        for at, one in enumerate(self.rules.templates):
            where = one.match.path
            if (not where or any(state.matches(path, glob) for glob in where)) and all(
                select(root, has) for has in one.match.has
            ):
                return at, one
        if self.rules.rest != "guess":
            raise Skip("不符合任何模板", "error" if self.rules.rest == "error" else "skipped")
        return -1, None

    def body(self, page: Opened, path: str, template: Template | None, facts: Facts) -> Any:
        """The element with a page's text. Raises Skip."""
        if template:
            return declared_body(page.root, template)
        if facts.body_path:
            found = page.root.getroottree().xpath(facts.body_path)
            if found:
                return found[0]
        state.judge_words("", "", page.words)
        try:
            body = pages.locate(page.text, page.root)
        except ModuleNotFoundError:
            raise Skip("没有模板符合；由程序判断正文要装 trafilatura（pip install 'jiyue[sync]'）", "error") from None
        if body is None:
            raise Skip("认不出正文；在规则里为这种网页写模板", "error")
        facts.body_path = body.getroottree().getpath(body)
        return body

    def title(self, page: Opened, template: Template | None, crumbs: tuple[str, ...]) -> str:
        """The title: of the page tags, by the selectors, or the heading that <title> has, too; '' if there is none."""
        tags = page.tags if template is None or template.tags else {}
        if found := tidy(tags.get("articletitle", "")):
            return found
        for selector in template.title if template else ():
            for one in select(page.root, selector):
                words = (
                    self.own_title(words_of(one), page.tags.get("sitename", ""), crumbs)
                    if one.tag == "title"
                    else tidy(words_of(one))
                )
                if words:
                    return words
        element = page.root.find(".//title")
        whole = words_of(element) if element is not None else ""
        plain = squeeze(whole)
        for name in ("h1", "h2", "h3"):
            for one in page.root.iter(name):
                words = tidy(words_of(one))
                if len(words) > 3 and squeeze(words) in plain:
                    return words
        return self.own_title(whole, page.tags.get("sitename", ""), crumbs) or next(
            (words for one in page.root.iter("h1") if (words := tidy(words_of(one)))), ""
        )

    def own_title(self, whole: str, site: str, crumbs: Iterable[str]) -> str:
        """What is a page's own in its <title>: without the old site's name and its column's before or after."""
        names = {squeeze(name) for name in (self.rules.site_name, site, *crumbs) if name}
        marks = [(0, 0), *(match.span() for match in TITLE_PARTS.finditer(whole)), (len(whole), len(whole))]
        while len(marks) > 2 and squeeze(whole[marks[-2][1] : marks[-1][0]]) in names | {""}:
            marks.pop()
        while len(marks) > 2 and squeeze(whole[marks[0][1] : marks[1][0]]) in names | {""}:
            marks.pop(0)
        own = whole[marks[0][1] : marks[-1][0]]
        return "" if squeeze(own) in names else tidy(own)

    def source(self, page: Opened, template: Template | None) -> str:
        """Whom the page names as its source, or ''."""
        tags = page.tags if template is None or template.tags else {}
        given = [tags.get("contentsource", "")]
        if template:
            given += [words_of(one) for selector in template.source for one in select(page.root, selector)]
        return next((found for words in given if (found := pages.source_of(words))), "") or pages.labelled_source(
            page.words
        )

    def date(self, page: Opened, template: Template | None, path: str, body: Any) -> tuple[datetime | None, bool]:
        """(when it was published, whether the page or its address says so)."""
        tags = page.tags if template is None or template.tags else {}
        given = [moment(tags.get("pubdate", ""))]
        if template:
            given += [moment(words_of(one)) for selector in template.date for one in select(page.root, selector)]
        given.append(pages.labelled_time(page.words))
        past = [time for time in given if time and time <= self.now]
        if not past:
            others = (_day_in_path(path), _signed(body))
            past = [time for time in others if time and time <= self.now]
        undated = template.undated if template else self.rules.undated
        if not past and undated:
            return datetime.fromisoformat(undated), False
        return pages.best_time(past), True

    def crumbs(self, page: Opened, template: Template | None) -> tuple[str, ...]:
        """The names of the old columns above a page, the topmost first."""
        for selector in template.crumbs if template else ():
            for one in select(page.root, selector):
                if names := column_names(_CRUMB_MARK.split(_CRUMB_LABEL.sub("", words_of(one)))):
                    return names
        if names := labelled_crumbs(page.words):
            return names
        tag = page.tags.get("columnname", "") if template is None or template.tags else ""
        return column_names([tag])


def declared_body(root: Any, template: Template) -> Any:
    """The element with the text by a template's selectors; of several, a new one around them. Raises Skip."""
    found: list[Any] = []
    for selector in template.body:
        if first := select(root, selector)[:1]:
            found += first
    if not found:
        raise Skip(f"没有 {'、'.join(template.body)}（模板 {template.name}）", "error")
    found = [one for one in found if not any(one is not other and other in one.iterancestors() for other in found)]
    if len(found) > 1:
        order = {one: at for at, one in enumerate(root.iter())}
        body = lxml.html.Element("div")
        for one in sorted(dict.fromkeys(found), key=order.__getitem__):
            one.drop_tree()
            body.append(one)
    else:
        body = found[0]
    pages.remove(body, template.remove)
    return body


def further_page(page: Opened, path: str) -> str:
    """The link to the next page of an article that is spread over several; '' if there is none."""
    if match := _PAGES.search(page.text):
        count, here = int(match[1]), int(match[2])
        stem, _, suffix = path.rpartition("/")[2].rpartition(".")
        return f"{stem.removesuffix(f'_{here}')}_{here + 1}.{suffix}" if here + 1 < count else ""
    return next((one.get("href") for one in page.root.iterfind(".//a[@href]") if words_of(one) in NEXT_PAGE), "")


def labelled_crumbs(words: str) -> tuple[str, ...]:
    """The names of the columns that a page labels as its place. words: all that it shows, on one line."""
    match = _CRUMBS.search(words)
    return column_names(_CRUMB_MARK.split(match[1])) if match else ()


def column_names(parts: Iterable[str]) -> tuple[str, ...]:
    """The names of columns among the parts of a page's crumbs."""
    names = (" ".join(part.strip(" \u3000\xa0>:：[]【】-").split()) for part in parts)
    return tuple(name for name in names if 0 < len(name) <= 30 and not _NO_COLUMN.fullmatch(name))


def _day_in_path(path: str) -> datetime | None:
    stem = path.rpartition("/")[2].rpartition(".")[0]
    if day := dates.date_in_name(stem):
        return day
    if match := _DAY_IN_PATH.search("/" + path):
        return dates.read_date("-".join(match.groups()))
    return None


def _signed(body: Any) -> datetime | None:
    """The date under the signature: the last piece of text that is nothing but a date."""
    last = [squeeze(text) for text in list(text_nodes(body))[-12:]]
    return next((day for text in reversed(last) if (day := dates.only_date(text))), None)
