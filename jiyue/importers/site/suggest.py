"""Proposes rules for an old site: groups a sample of its pages by shape, and finds in each group what differs from page to page.

What all pages of a group show is its template's; the smallest element around the rest is the text. Everything proposed comes
with examples, because somebody who knows the site has to confirm it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jiyue.importers import dates, pages
from jiyue.importers.html import text_nodes, visible_text
from jiyue.importers.pages import select, words_of
from jiyue.importers.phrases import squeeze, tidy
from jiyue.importers.site import encoding
from jiyue.importers.site.page import labelled_crumbs
from jiyue.importers.site.plan import NO_FOLDER
from jiyue.importers.site.proposals import Proposal, Suggestion
from jiyue.importers.site.shapes import Group, grouped, shape_of
from jiyue.importers.site.state import MOST_BYTES, Opened, Skip, judge, looks_like_index, opened
from jiyue.importers.site.weights import OFTEN, Weighed, common_selector, smallest, text_of, title_parts

if TYPE_CHECKING:
    from jiyue.importers.site.folder import Folder

SAMPLE = 400
"""Pages that are looked at, spread over the whole site."""
_OF_GROUP = 16
"""Pages of a group in which selectors are sought."""
_LEAST_GROUP = 2
_LEAST_TITLE = 5
_MOST_ALONE = 4
_HEAD_OF_TEXT = 200
"""Characters at a text's beginning where a date is that of its publication."""
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
_NEXT_COLUMN = re.compile(r"[>»›→]")


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
        titles.update(set(title_parts(page)[1:]))
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
    if count < len(shapes) * OFTEN:
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
    found = [Weighed(page, folder.entries[at].path) for at, page in chosen]
    counts = Counter(text for one in found for text in set(text_nodes(one.whole)))  # what a template shows everywhere
    furniture = frozenset(text for text, count in counts.items() if len(found) > 2 and count * 2 >= len(found))
    for one in found:
        one.weigh(furniture)
    made = Proposal("", len(alone) or len(articles), [one.path for one in found[:3]])
    made.body, made.share = text_of(found, found[: len(alone)])
    if not made.body:
        return None
    made.has = made.body
    made.title = _title(found, made)
    made.crumbs = common_selector(found, lambda one: smallest(one.whole, _says_place, 150))
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


def _title(found: Sequence[Weighed], made: Proposal) -> str:
    """The selector of the titles: the elements that say what <title> says, or <title> itself."""

    links = Counter(squeeze(words_of(link)) for one in found for link in one.whole.iter("a"))
    known = {words for words in links if len(words) > _LEAST_TITLE}

    def heading(one: Weighed) -> Any | None:
        parts = {squeeze(part) for part in title_parts(one.page) if len(squeeze(part)) > 3}
        parts |= {squeeze(one.page.tags.get("articletitle", ""))} - {""}
        return smallest(one.whole, lambda words: squeeze(words) in parts, 200)

    def linked(one: Weighed) -> Any | None:
        return smallest(one.whole, lambda words: squeeze(words) in known, 200, "a")

    alike = len(found) > 2 and len({squeeze("".join(title_parts(one.page))) for one in found}) == 1
    if not alike and (selector := common_selector(found, heading)):
        return selector
    for name in ("h1", "h2"):
        texts = [tidy(words_of(each)) for one in found for each in select(one.page.root, name)[:1]]
        if len(texts) >= len(found) * OFTEN and len(set(texts)) > len(texts) / 2:
            return name
    if alike and (selector := common_selector(found, linked)):
        made.notes.append("这些网页的 <title> 都一样：title 找的是别的网页用来链接到它们的文字，请核对")
        return selector
    if alike:
        made.notes.append(
            "这些网页的 <title> 都一样，标题会重复：网页里另有标题的，在 title 写它的选择器；"
            "没有的，写 link_title: true，标题后面接上指向这一页的链接的文字"
        )
    return "title"


def _date(found: Sequence[Weighed], made: Proposal, now: datetime) -> None:
    """The selector of the dates, where no label or page tag says them; for pages without one, the year of their paths."""
    without = [one for one in found if not (one.page.tags.get("pubdate") or pages.labelled_time(one.page.words))]
    if len(without) * 2 <= len(found):
        return

    def fits(words: str) -> bool:
        return any(match.date <= now for match in dates.find_dates(words))

    def dated(one: Weighed) -> Any | None:
        element = smallest(one.whole, fits, 80)
        body = next(iter(select(one.page.root, made.body)), None)
        if element is None or body is None or element.tag == "a":
            return None
        words = words_of(body)
        inside = element is not body and body in element.iterancestors()
        return None if inside and words.find(words_of(element)) > _HEAD_OF_TEXT else element

    made.date = common_selector(found, dated)
    if made.date or any(dates.date_in_name(one.path.rpartition("/")[2]) for one in found):
        return
    years = Counter(
        year
        for one in found
        for year in _YEAR.findall(one.path)[-1:] or _YEAR.findall("".join(title_parts(one.page)))[:1]
    )
    if (
        years
        and years.most_common(1)[0][1] >= len(found) * OFTEN
        and (year := int(years.most_common(1)[0][0])) <= now.year
    ):
        made.undated = f"{year}-12-31" if year < now.year else f"{year}-01-01"
        made.notes.append(f"网页上没有日期，只从路径或标题知道是 {year} 年：undated 是猜的，请改成真实的日期")
    else:
        made.notes.append("网页上没有找到日期：在 date 写它的选择器，或者在 undated 写一个日期，否则这些网页不导入")


def _column(one: Weighed) -> str:
    if names := labelled_crumbs(one.page.words):
        return "/".join(names)
    folders = [part for part in one.path.split("/")[1:-1] if not NO_FOLDER.fullmatch(part)]
    return "".join(f"/{part}" for part in folders) + "/"
