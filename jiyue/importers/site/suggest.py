"""Proposes rules for an old site: groups a sample of its pages by shape, and finds in each group what differs from page to page.

What all pages of a group show is its template's; the smallest element around the rest is the text. Everything proposed comes
with examples, because somebody who knows the site has to confirm it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jiyue.importers import dates, pages
from jiyue.importers.html import text_nodes, visible_text
from jiyue.importers.pages import select, whole_of, words_of
from jiyue.importers.phrases import squeeze, tidy
from jiyue.importers.site import encoding
from jiyue.importers.site.page import TITLE_PARTS, labelled_crumbs
from jiyue.importers.site.plan import NO_FOLDER
from jiyue.importers.site.shapes import Group, classes_of, grouped, ids_of, shape_of
from jiyue.importers.site.state import MOST_BYTES, Opened, Skip, judge, looks_like_index, opened

if TYPE_CHECKING:
    from jiyue.importers.site.folder import Folder

SAMPLE = 400
"""Pages that are looked at, spread over the whole site."""
_OF_GROUP = 16
"""Pages of a group in which selectors are sought."""
_LEAST_GROUP = 2
_LEAST_TITLE = 5
_MOST_ALONE = 4
_CARRIES = 0.85
"""Share of a page's own words that its text has to have."""
_HEAD_OF_TEXT = 200
"""Characters at a text's beginning where a date is that of its publication."""
_OFTEN = 0.8
"""Share of a group's pages in which a selector has to find something."""
_EXTRAS = (
    ".bdsharebuttonbox",
    ".jiathis_style",
    "#bdshare",
    ".bshare-custom",
    ".share",
    ".fenxiang",
    ".print",
    ".xgxx",
    ".related",
)
"""What common systems put into texts that is none of them."""
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_POSITION = re.compile(r"位置|首\s*页")


_ABOUT = re.compile(r"来源|作者|编辑|浏览|点击|阅读|字号|字体|位置|上一[篇条页]|下一[篇条页]|時間|时间|日期|打印|关闭")
_SHORT = 60
_NEXT_COLUMN = re.compile(r"[>»›→]")
_PLAIN = re.compile(r"(?![\d.-]+$|(?:true|false|yes|no|null|on|off)$|-)[\w/.-]+", re.IGNORECASE)
"""A YAML scalar that needs no quotes."""


@dataclass(slots=True)
class Proposal:
    """What is proposed for a group. share: of the own words of its pages that the text has, 0..1; examples: paths."""

    name: str
    pages: int
    examples: list[str]
    has: str = ""
    path: str = ""
    skip: str = ""
    body: str = ""
    title: str = ""
    date: str = ""
    crumbs: str = ""
    remove: list[str] = field(default_factory=list)
    undated: str = ""
    share: float = 0.0
    shown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Suggestion:
    """site_name: '' if titles have none in common; columns: name or path of an old column -> pages in the sample."""

    hosts: tuple[str, ...]
    sample: int
    total: int
    site_name: str = ""
    templates: list[Proposal] = field(default_factory=list)
    columns: Counter[str] = field(default_factory=Counter)
    alone: int = 0


def suggest(folder: Folder, now: datetime) -> Suggestion:
    """Rules for a folder."""
    numbers = [at for at, one in enumerate(folder.entries) if one.kind == "page" and one.size <= MOST_BYTES]
    step = max(1, len(numbers) / SAMPLE)
    sample = [numbers[int(at * step)] for at in range(min(SAMPLE, len(numbers)))]
    made = Suggestion(folder.hosts, len(sample), len(numbers))
    shapes, lists, titles = [], set(), Counter[str]()
    for at in sample:
        page = _open(folder, at, now)
        if page is None:
            continue
        shapes.append((at, shape_of(page.root)))
        if looks_like_index(page.root, folder.entries[at].path):
            lists.add(at)
        titles.update(set(_title_parts(page)[1:]))
    if titles:
        name, count = max(titles.items(), key=lambda one: (one[1], one[0]))
        made.site_name = name if count >= max(3, len(shapes) * 0.3) and len(name) <= 60 else ""
    groups = grouped(shapes)
    alone: set[int] = set()
    for group in groups:
        if len(group.pages) < _LEAST_GROUP:
            alone.update(group.pages)
            continue
        of_lists = sum(at in lists for at in group.pages) * 2 > len(group.pages)
        others = [other.shape for other in groups if other is not group]
        if of_lists:
            proposal = _list_group(folder, group, others, now)
        else:
            proposal = _article_group(folder, [at for at in group.pages if at not in lists], now, made)
        if proposal:
            made.templates.append(proposal)
    # a page that alone has its ids and classes may still stand in the same frame as others
    placed = ((at, frozenset(feature for feature in shape if feature.startswith("/"))) for at, shape in shapes)
    for group in grouped(placed) if alone else ():
        single = [at for at in group.pages if at in alone and at not in lists]
        beside = [at for at in group.pages if at not in alone and at not in lists]
        if single and beside and (proposal := _article_group(folder, beside, now, made, single[:_MOST_ALONE])):
            made.templates.append(proposal)
            alone.difference_update(single)
    made.alone = len(alone)
    made.templates = _ordered(made.templates)
    for at, one in enumerate(made.templates, 1):
        one.name = f"{'列表页' if one.skip else '文章页'}{at}"
    return made


def _ordered(templates: Iterable[Proposal]) -> list[Proposal]:
    """The proposals, those with the same selectors as one; lists first, what goes by place alone and fits many pages last."""
    same: dict[tuple[str, ...], Proposal] = {}
    for one in templates:
        first = same.setdefault((one.has, one.skip, one.body, one.title, one.date, one.crumbs, one.undated), one)
        if first is not one:
            first.share = (first.share * first.pages + one.share * one.pages) / (first.pages + one.pages)
            first.pages += one.pages
            first.remove = list(dict.fromkeys([*first.remove, *one.remove]))
    return sorted(same.values(), key=lambda one: (not one.skip, ":nth-of-type" in one.has, -one.pages, one.has))


def _open(folder: Folder, at: int, now: datetime) -> Opened | None:
    """A page of the folder, if it may be an article or a list."""
    try:
        page = opened(encoding.decode((folder.root / folder.entries[at].file).read_bytes()).text)
        judge(page, folder.entries[at].path, now)
    except (Skip, OSError, RecursionError):
        return None
    return page


def _title_parts(page: Opened) -> list[str]:
    element = page.root.find(".//title")
    return [part for part in TITLE_PARTS.split(words_of(element)) if part] if element is not None else []


def _list_group(folder: Folder, group: Group, others: Sequence[frozenset[str]], now: datetime) -> Proposal | None:
    """Lists are left out; by which mark or path they are known, nobody else may have."""
    paths = [folder.entries[at].path for at in group.pages]
    made = Proposal("", len(paths), paths[:3], skip="列表页")
    shapes = [shape_of(page.root) for at in group.pages[:_OF_GROUP] if (page := _open(folder, at, now))]
    marks = Counter(
        mark for shape in shapes for mark in {sign.partition(">")[2] for sign in shape if not sign.startswith("/")}
    )
    theirs = {sign.partition(">")[2] for shape in others for sign in shape}
    own = [one for one in marks.items() if ("." in one[0] or "#" in one[0]) and one[0] not in theirs]
    made.has, count = max(own, key=lambda one: (one[1], len(one[0]), one[0]), default=("", 0))
    if count < len(shapes) * _OFTEN:
        return None
    return made


def _article_group(
    folder: Folder, articles: list[int], now: datetime, whole: Suggestion, alone: Sequence[int] = ()
) -> Proposal | None:
    """alone: further pages, in each of which the text has to be found, too; then the proposal is for them."""
    step = max(1, len(articles) // _OF_GROUP)
    chosen = [(at, page) for at in [*alone, *articles[::step][:_OF_GROUP]] if (page := _open(folder, at, now))]
    if not chosen:
        return None
    found = [_Weighed(page, folder.entries[at].path) for at, page in chosen]
    counts = Counter(text for one in found for text in set(text_nodes(one.whole)))  # what a template shows everywhere
    furniture = frozenset(text for text, count in counts.items() if len(found) > 2 and count * 2 >= len(found))
    for one in found:
        one.weigh(furniture)
    made = Proposal("", len(alone) or len(articles), [one.path for one in found[:3]])
    made.body, made.share = _body(found, found[: len(alone)])
    if not made.body:
        return None
    made.has = made.body
    made.title = _title(found, made)
    made.crumbs = _selector(found, lambda one: _smallest(one.whole, _says_place, 150))
    bodies = [body for one in found for body in select(one.page.root, made.body)[:1]]
    made.remove = [extra for extra in _EXTRAS if any(select(body, extra) for body in bodies)]
    _date(found, made, now)
    for one in found[:2]:
        text = visible_text(select(one.page.root, made.body)[0])[:40] if select(one.page.root, made.body) else ""
        made.shown.append(f"{one.path}：{text}……")
    for one in found:
        whole.columns[_column(one)] += max(1, len(articles) // len(found))
    return made


def _says_place(words: str) -> bool:
    return bool(_POSITION.search(words) and _NEXT_COLUMN.search(words))


class _Weighed:
    """A page whose elements have weights: the characters in them that are the page's own; those of links count a quarter."""

    def __init__(self, page: Opened, path: str) -> None:
        self.page, self.path, self.whole = page, path, whole_of(page.root)
        self.weights: dict[Any, float] = {}
        self.total = 0.0

    def weigh(self, furniture: frozenset[str]) -> None:
        """Give the weights. furniture: pieces of text that the template shows on every page."""
        linked = Counter[Any]()
        titles = {squeeze(part) for part in _title_parts(self.page)}
        for element in self.whole.iter():
            if isinstance(element.tag, str):
                texts = [text for text in _own_texts(element) if text not in furniture]
                own = sum(len(text) for text in texts if squeeze(text) not in titles and not _is_about(text))
                self.weights[element] = own
                if element.tag == "a":
                    linked[element] = own
        alone = sum(self.weights.values())
        mostly_links = sum(linked.values()) * 2 > alone
        order = list(self.weights)
        for element in order:
            if not mostly_links and (element.tag == "a" or next(element.iterancestors("a"), None) is not None):
                self.weights[element] /= 4
        for element in reversed(order):
            parent = element.getparent()
            if parent is not None and parent in self.weights:
                self.weights[parent] += self.weights[element]
        self.total = self.weights.get(self.whole, 0.0)

    def chain(self) -> list[Any]:
        """The elements around most of the page's own words, the innermost last."""
        chain = [self.whole]
        while (
            inner := next((one for one in chain[-1] if self.weights.get(one, 0) >= _CARRIES * self.total > 0), None)
        ) is not None:
            chain.append(inner)
        return chain


def _is_about(text: str) -> bool:
    """Whether a piece of text says when, by whom or where, and is not the text itself."""
    return len(text) <= _SHORT and bool(_ABOUT.search(text) or dates.find_dates(text))


def _own_texts(element: Any) -> Iterator[str]:
    """The pieces of text directly in an element."""
    if element.tag in ("script", "style", "noscript", "title"):
        return
    for piece in (element.text, *(child.tail for child in element)):
        if piece and (text := "".join(piece.split())):
            yield text


def _body(found: Sequence[_Weighed], alone: Sequence[_Weighed]) -> tuple[str, float]:
    """(the tightest selector that has the text of nearly all pages, the share of their own words that it has)."""
    chains = {one: one.chain() for one in found}
    # long articles show better than short ones where texts begin and end
    best = [*sorted(found, key=lambda one: (-one.total, one.path))[: max(3, len(found) // 2)], *alone]
    candidates: dict[str, int] = {}
    for one in best:
        for depth, element in enumerate(chains[one]):
            for selector in {*selectors_of(element, one.page.root), *([place_of(element)] if alone else [])}:
                candidates[selector] = max(candidates.get(selector, 0), depth)
    rated = []
    for selector, depth in candidates.items():
        if selector == "body":
            continue  # it would fit every page
        hits = [(one, element) for one in found for element in select(one.page.root, selector)[:1]]
        if len(hits) < len(found) * _OFTEN or any(one not in dict(hits) for one in alone):
            continue
        total = sum(one.total for one, _ in hits)
        share = sum(one.weights.get(element, 0) for one, element in hits) / total if total else 0.0
        if share >= _CARRIES:
            rated.append((depth, -len(selector), selector, share))
    if not rated:
        return "", 0.0
    _, _, selector, share = max(rated)
    return selector, share


def selectors_of(element: Any, root: Any) -> list[str]:
    """Selectors that find this element first on its page: by id, by class, or by its place."""
    found = [f"#{one}" for one in ids_of(element)]
    found += [f"{element.tag}.{one}" for one in classes_of(element)]
    unique = [selector for selector in found if select(root, selector)[:1] == [element]]
    return unique or [place_of(element)]


def place_of(element: Any) -> str:
    """A selector by an element's place, from the nearest element above it that has an id."""
    steps: list[str] = []
    one = element
    while one is not None and one.tag not in ("body", "html"):
        if ids := ids_of(one):
            steps.append(f"#{ids[0]}")
            break
        nth = 1 + sum(1 for other in one.itersiblings(one.tag, preceding=True))
        steps.append(f"{one.tag}:nth-of-type({nth})")
        one = one.getparent()
    else:
        steps.append("body")
    return " > ".join(reversed(steps))


def _selector(found: Sequence[_Weighed], find: Callable[[_Weighed], Any]) -> str:
    """The selector by which most pages' elements of one meaning are found; '' for none."""
    elements = [(one, element) for one in found if (element := find(one)) is not None]
    if len(elements) < len(found) * _OFTEN:
        return ""
    counts: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for one, element in elements:
        for around in _with_same_words(element):
            counts.update(selectors_of(around, one.page.root))
    for selector in counts:
        for one, element in elements:
            first = next(iter(select(one.page.root, selector)), None)
            hits[selector] += first is not None and squeeze(words_of(first)) == squeeze(words_of(element))
    best = max(hits.items(), key=lambda one: (one[1], ":nth-" not in one[0], -len(one[0]), one[0]), default=("", 0))
    selector, count = best
    return selector if count >= len(found) * _OFTEN else ""


def _with_same_words(element: Any) -> Iterator[Any]:
    """An element and those around it that have no other words."""
    words = squeeze(words_of(element))
    while element is not None and element.tag != "body" and squeeze(words_of(element)) == words:
        yield element
        element = element.getparent()


def _smallest(whole: Any, fits: Callable[[str], bool], longest: int, but: str = "") -> Any | None:
    """The first element in whose short text something fits, and in none of its children's. but: no such element counts."""
    for element in whole.iter():
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "option", "select"):
            if but and (
                element.tag == but
                or element.find(f".//{but}") is not None
                or next(element.iterancestors(but), None) is not None
            ):
                continue
            words = words_of(element)
            if 0 < len(words) <= longest and fits(words):
                return _innermost(element, fits)
    return None


def _innermost(element: Any, fits: Callable[[str], bool]) -> Any:
    for inner in element:
        if isinstance(inner.tag, str) and fits(words_of(inner)):
            return _innermost(inner, fits)
    return element


def _title(found: Sequence[_Weighed], made: Proposal) -> str:
    """The selector of the titles: the elements that say what <title> says, or <title> itself."""

    links = Counter(squeeze(words_of(link)) for one in found for link in one.whole.iter("a"))
    known = {words for words in links if len(words) > _LEAST_TITLE}

    def heading(one: _Weighed) -> Any | None:
        parts = {squeeze(part) for part in _title_parts(one.page) if len(squeeze(part)) > 3}
        parts |= {squeeze(one.page.tags.get("articletitle", ""))} - {""}
        return _smallest(one.whole, lambda words: squeeze(words) in parts, 200)

    def linked(one: _Weighed) -> Any | None:
        return _smallest(one.whole, lambda words: squeeze(words) in known, 200, "a")

    alike = len(found) > 2 and len({squeeze("".join(_title_parts(one.page))) for one in found}) == 1
    if not alike and (selector := _selector(found, heading)):
        return selector
    for name in ("h1", "h2"):
        texts = [tidy(words_of(each)) for one in found for each in select(one.page.root, name)[:1]]
        if len(texts) >= len(found) * _OFTEN and len(set(texts)) > len(texts) / 2:
            return name
    if alike and (selector := _selector(found, linked)):
        made.notes.append("这些网页的 <title> 都一样：title 找的是别的网页用来链接到它们的文字，请核对")
        return selector
    if alike:
        made.notes.append(
            "这些网页的 <title> 都一样，标题会重复：网页里另有标题的，在 title 写它的选择器；"
            "没有的，写 link_title: true，标题后面接上指向这一页的链接的文字"
        )
    return "title"


def _date(found: Sequence[_Weighed], made: Proposal, now: datetime) -> None:
    """The selector of the dates, where no label or page tag says them; for pages without one, the year of their paths."""
    without = [one for one in found if not (one.page.tags.get("pubdate") or pages.labelled_time(one.page.words))]
    if len(without) * 2 <= len(found):
        return

    def fits(words: str) -> bool:
        return any(match.date <= now for match in dates.find_dates(words))

    def dated(one: _Weighed) -> Any | None:
        element = _smallest(one.whole, fits, 80)
        body = next(iter(select(one.page.root, made.body)), None)
        if element is None or body is None or element.tag == "a":
            return None
        words = words_of(body)
        inside = element is not body and body in element.iterancestors()
        return None if inside and words.find(words_of(element)) > _HEAD_OF_TEXT else element

    made.date = _selector(found, dated)
    if made.date or any(dates.date_in_name(one.path.rpartition("/")[2]) for one in found):
        return
    years = Counter(
        year
        for one in found
        for year in _YEAR.findall(one.path)[-1:] or _YEAR.findall("".join(_title_parts(one.page)))[:1]
    )
    if (
        years
        and years.most_common(1)[0][1] >= len(found) * _OFTEN
        and (year := int(years.most_common(1)[0][0])) <= now.year
    ):
        made.undated = f"{year}-12-31" if year < now.year else f"{year}-01-01"
        made.notes.append(f"网页上没有日期，只从路径或标题知道是 {year} 年：undated 是猜的，请改成真实的日期")
    else:
        made.notes.append("网页上没有找到日期：在 date 写它的选择器，或者在 undated 写一个日期，否则这些网页不导入")


def _column(one: _Weighed) -> str:
    if names := labelled_crumbs(one.page.words):
        return "/".join(names)
    folders = [part for part in one.path.split("/")[1:-1] if not NO_FOLDER.fullmatch(part)]
    return "".join(f"/{part}" for part in folders) + "/"


def as_yaml(made: Suggestion, columns: dict[str, str], command: str) -> str:
    """The rules file, with comments for whoever confirms it. columns: of the site, folder -> name."""
    lines = [
        "# 旧站的取法，由 jiyue import site --suggest 写出，请逐项核对，改好后再导入：",
        f"#   {command}",
        f"# 看了 {made.total} 个网页中的 {made.sample} 个；外形只见过一次的 {made.alone} 个没有模板，导入时由程序判断正文。",
        "",
    ]
    if made.hosts:
        lines += [f"host: [{', '.join(made.hosts)}]", ""]
    else:
        lines += ["# 不知道旧站的域名，写上它，旧网址才完整：", "# host: www.jl.example", ""]
    if made.site_name:
        lines += ["# 从 <title> 末尾去掉的网站名称", f"site_name: {_quoted(made.site_name)}", ""]
    lines += ["# 核对以后删去这一行；有它的时候，取到的比例按整个网页（除去每页都有的）算", "suggested: true", ""]
    lines += _yaml_columns(made, columns)
    years = {one.undated for one in made.templates if not one.skip}
    if made.alone and len(years) == 1 and years != {""}:
        lines += ["# 没有模板的网页，没有日期的算是哪一天；请改成真实的日期", f"undated: {years.pop()}", ""]
    lines += ["templates:"] if made.templates else ["templates: []"]
    for one in made.templates:
        lines += _yaml_template(one)
    return "\n".join(lines) + "\n"


def _yaml_columns(made: Suggestion, columns: dict[str, str]) -> list[str]:
    names = {squeeze(name): path for path, name in columns.items()}
    rows = []
    for old, count in made.columns.most_common(60):
        if old in ("", "/"):
            continue
        last = squeeze(old.rpartition("/")[2])
        new = names.get(last) or (old.strip("/") if old.strip("/") in columns else "")
        rows.append(
            f"  {_quoted(old)}: {new}  # 约 {count} 页"
            if new
            else f"  # {_quoted(old)}:   # 约 {count} 页，写上栏目的目录"
        )
    head = ["# 旧栏目（名称或路径）对应哪个栏目（目录）；没有写的放进以旧栏目命名的目录"]
    if any(not row.startswith("  #") for row in rows):
        return [*head, "columns:", *rows, ""]
    return [*head, "columns: {}", *rows, ""]


def _yaml_template(one: Proposal) -> Iterable[str]:
    yield f"  # {one.pages} 页，如 {'、'.join(one.examples)}"
    if one.body:
        yield f"  # 正文取到网页自己的文字的 {one.share:.0%}，如："
        yield from (f"  #   {text}" for text in one.shown)
    yield from (f"  # 注意：{note}" for note in one.notes)
    yield f"  - name: {one.name}"
    yield f"    match: {{has: {_quoted(one.has)}}}"
    for key in ("skip", "body", "title", "date", "crumbs"):
        if value := getattr(one, key):
            yield f"    {key}: {_quoted(value)}"
    if one.remove:
        yield f"    remove: [{', '.join(map(_quoted, one.remove))}]"
    if one.undated:
        yield f"    undated: {one.undated}"


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
