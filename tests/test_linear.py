"""Every reader of text takes linear time, whatever the text's shape."""

from __future__ import annotations

import contextlib
import datetime
import gc
import time
from collections.abc import Callable

import pytest

from jiyue.catalogue.complexity import too_complex
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.read import read_article
from jiyue.catalogue.references import addresses, pictures_from_elsewhere, references
from jiyue.catalogue.scan import SiteScan
from jiyue.checks.article import markup
from jiyue.checks.article.anchors import place_findings
from jiyue.checks.article.drafting import draft_findings
from jiyue.checks.article.links import link_findings
from jiyue.checks.text import privacy, secrecy, wording
from jiyue.checks.text.cache_keys import SHIPPED
from jiyue.checks.text.content import CheckSettings, content_findings
from jiyue.checks.text.model import Text, View
from jiyue.render.fast_markdown import quick
from jiyue.render.markdown import convert
from jiyue.render.postprocess import postprocess
from jiyue.render.reference_markdown import python_markdown
from jiyue.render.search import plain_text
from jiyue.search.tokenizer import terms
from tests.support.shapes import SHAPES

SIZE = 24_000
FLOOR = 0.02
"""Seconds below which a time says nothing of growth."""
SETTINGS = CheckSettings(terms=wording.load_terms([SHIPPED], datetime.date(2026, 11, 23)))


def _text(source: str) -> Text:
    return Text("cc", "content/cc/a/b.md", source)


def _front_matter(source: str) -> None:
    for head in (
        f"---\n{source}\n---\n字\n",
        f"Title: a\n{source}",
        f"---\ntitle: {source}\ndate: 2026-11-20\n---\n字\n",
    ):
        with contextlib.suppress(NoFrontMatter):
            split(head)
        read_article(head.encode("utf-8", "replace"), "cc", "a", "a", "b.md", "content/cc/a/b.md")


def _every_word_rule(source: str) -> None:
    text = _text(source)
    secrecy.find(text)
    privacy.find(text, frozenset())
    privacy.find_addresses(text)
    wording.find_terms(text, SETTINGS.terms)
    wording.find_document_numbers(text)
    wording.find_dates(text)
    wording.find_marks(text)


def _slow_markdown(source: str) -> None:
    markup.sanitize(python_markdown.__wrapped__(source))


def _ids_and_jumps(source: str) -> None:
    row = read_article(f"Title: a\nDate: 2026-11-20\n\n{source}".encode(), "cc", "a", "a", "b.md", "content/cc/a/b.md")[
        0
    ]
    if row:
        place_findings(SiteScan("cc", rows=[row]), lambda _: source)


def _page(source: str) -> None:
    if too_complex(source) is None:
        html = convert(source)[0]
        postprocess(html, "a", {"a/a.png": [8, 8, {"webp": [4, 8]}]})
        plain_text(html)


READERS: dict[str, Callable[[str], object]] = {
    "front matter": _front_matter,
    "view": lambda source: [View.of(source).numerals, _text(source).shapes],
    "words": lambda source: content_findings(_text(source), SETTINGS),
    "each rule on words": _every_word_rule,
    "raw HTML": lambda source: markup.find(_text(source)),
    "links": lambda source: link_findings(_text(source)),
    "references": lambda source: [
        references(source), list(addresses(source)), pictures_from_elsewhere(source),
    ],
    "drafting": lambda source: draft_findings(_text(source)),
    "ids and jumps": _ids_and_jumps,
    "Markdown, fast path": quick,
    "Markdown, reference": _slow_markdown,
    "page": _page,
    "terms": terms,
}  # fmt: skip


BOUNDED = ("Markdown, reference", "page")
"""Readers that ask Python-Markdown, whose time may grow a little faster up to the length at which a text is refused."""


def _seconds(work: Callable[[str], object], text: str) -> float:
    gc.collect()
    gc.disable()  # its passes over all objects are no work on the text
    try:
        began = time.process_time()
        work(text)
        return time.process_time() - began
    finally:
        gc.enable()


def growth(work: Callable[[str], object], shape: Callable[[int], str]) -> float:
    """How many times as long twice the text takes, by the best of some rounds; 0 where it takes no time to speak of."""
    small, large = shape(SIZE), shape(2 * SIZE)
    found = 0.0
    for rounds in (1, 2, 4, 8):
        slow = min(_seconds(work, large) for _ in range(rounds))
        if slow < FLOOR:
            return 0.0
        found = slow / min(_seconds(work, small) for _ in range(rounds + 1))
        if found < 2.5:
            break
    return found


def _too_fast_growing(names: list[str]) -> list[str]:
    grown = [(reader, name, growth(work, SHAPES[name])) for reader, work in READERS.items() for name in names]
    return [
        f"{reader}, {name}: {times:.1f} times"
        for reader, name, times in grown
        if times >= (3 if reader in BOUNDED and too_complex(SHAPES[name](4 * SIZE)) is not None else 2.5)
    ]


def test_a_text_too_complex_for_markdown_is_converted_for_nobody() -> None:
    """Whoever asks: the links, ids and slips of an article that has no page are those of no text."""
    for shape in ("[a](<", "<a@b ", "a\n:   "):
        source = shape * (SIZE // len(shape))
        assert too_complex(source) is not None
        assert python_markdown(source) == ""
        assert references(source) == {}
        assert link_findings(_text(source)) == []


def test_there_are_shapes_enough() -> None:
    assert len(SHAPES) > 100


@pytest.mark.parametrize("name", list(SHAPES)[::60])
def test_twice_the_text_takes_twice_the_time(name: str) -> None:
    assert _too_fast_growing([name]) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(6))
def test_twice_the_text_takes_twice_the_time_for_every_shape(part: int) -> None:
    assert _too_fast_growing(list(SHAPES)[part::6]) == []
