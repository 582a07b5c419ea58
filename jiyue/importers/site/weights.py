"""What on a page is its own and what its template's, and the selectors that find it on all pages of a group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from jiyue.importers import dates
from jiyue.importers.pages import select, whole_of, words_of
from jiyue.importers.phrases import squeeze
from jiyue.importers.site.page import TITLE_PARTS
from jiyue.importers.site.shapes import classes_of, ids_of
from jiyue.importers.site.state import Opened

_ABOUT = re.compile(r"来源|作者|编辑|浏览|点击|阅读|字号|字体|位置|上一[篇条页]|下一[篇条页]|時間|时间|日期|打印|关闭")
_SHORT = 60
_CARRIES = 0.85
"""Share of a page's own words that its text has to have."""
OFTEN = 0.8
"""Share of a group's pages in which a selector has to find something."""


class Weighed:
    """A page whose elements have weights: the characters in them that are the page's own; those of links count a quarter."""

    def __init__(self, page: Opened, path: str) -> None:
        self.page, self.path, self.whole = page, path, whole_of(page.root)
        self.weights: dict[Any, float] = {}
        self.total = 0.0

    def weigh(self, furniture: frozenset[str]) -> None:
        """Give the weights. furniture: pieces of text that the template shows on every page."""
        linked = Counter[Any]()
        titles = {squeeze(part) for part in title_parts(self.page)}
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


def text_of(found: Sequence[Weighed], alone: Sequence[Weighed]) -> tuple[str, float]:
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
        if len(hits) < len(found) * OFTEN or any(one not in dict(hits) for one in alone):
            continue
        total = sum(one.total for one, _ in hits)
        share = sum(one.weights.get(element, 0) for one, element in hits) / total if total else 0.0
        if share >= _CARRIES:
            rated.append((depth, -len(selector), selector, share))
    if not rated:
        return "", 0.0
    _, _, selector, share = max(rated)
    return selector, share


def title_parts(page: Opened) -> list[str]:
    element = page.root.find(".//title")
    return [part for part in TITLE_PARTS.split(words_of(element)) if part] if element is not None else []


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


def common_selector(found: Sequence[Weighed], find: Callable[[Weighed], Any]) -> str:
    """The selector by which most pages' elements of one meaning are found; '' for none."""
    elements = [(one, element) for one in found if (element := find(one)) is not None]
    if len(elements) < len(found) * OFTEN:
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
    return selector if count >= len(found) * OFTEN else ""


def _with_same_words(element: Any) -> Iterator[Any]:
    """An element and those around it that have no other words."""
    words = squeeze(words_of(element))
    while element is not None and element.tag != "body" and squeeze(words_of(element)) == words:
        yield element
        element = element.getparent()


def smallest(whole: Any, fits: Callable[[str], bool], longest: int, but: str = "") -> Any | None:
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
