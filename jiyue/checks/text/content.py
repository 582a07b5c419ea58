"""All rules on words behind one call; a prefilter selects those that have to read a text.

A new family of rules on words gets its literals in `_prefilter` and its call in `content_findings`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from functools import cached_property

from jiyue.base import patterns
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.patterns import pattern
from jiyue.checks.text import prefilter, privacy, secrecy, wording
from jiyue.checks.text.model import SOFT_BREAK, Text
from jiyue.checks.text.prefilter import Prefilter


@dataclass(frozen=True)
class CheckSettings:
    """A site's settings: allowed_mobiles, the 11-digit numbers of its published contacts, and its terms."""

    allowed_mobiles: frozenset[str] = frozenset()
    terms: wording.Terms = field(default_factory=wording.Terms)

    @cached_property
    def prefilter(self) -> Prefilter:
        """Selects the families of rules that have to read a text."""
        return _prefilter(self.terms)


@functools.lru_cache(maxsize=4)
def _prefilter(terms: wording.Terms) -> Prefilter:
    words = {
        prefilter.MARKINGS: secrecy.literals(),
        prefilter.ADDRESSES: privacy.ADDRESS_WORDS,
        prefilter.NUMERALS: privacy.NUMERAL_WORDS,
        prefilter.TERMS: [term.wrong for term in terms.terms],
        prefilter.DOCUMENT_NUMBERS: wording.NUMBER_WORDS,
        prefilter.PUNCTUATION: wording.MARK_WORDS,
        prefilter.AI_WORDS: prefilter.NAMES_OF_AI,
        prefilter.FULL_WIDTH: prefilter.FULL_WIDTH_SIGNS,
    }
    return Prefilter(words)


def content_findings(text: Text, settings: CheckSettings) -> list[Diagnostic]:
    """Everything wrong with the words of a text. A pure function: its result may be cached, see jiyue.checks.text.cache_keys."""
    body = text.text
    seen = _families(text, settings.prefilter)
    findings: list[Diagnostic] = []
    if seen & prefilter.MARKINGS:
        if not seen & prefilter.MAY_HIDE:
            text.is_shown_as_written()
        findings += secrecy.find(text)
    if seen & prefilter.NUMBERS:
        findings += privacy.find(text, settings.allowed_mobiles)
    if seen & prefilter.ADDRESSES:
        findings += privacy.find_addresses(text)
    if seen & prefilter.TERMS:
        findings += wording.find_terms(text, settings.terms)
    if seen & prefilter.DOCUMENT_NUMBERS:
        findings += wording.find_document_numbers(text)
    if "月" in body:
        findings += wording.find_dates(text)
    if seen & prefilter.PUNCTUATION:
        findings += wording.find_marks(text)
    return findings


def _families(text: Text, may_match: Prefilter) -> int:
    """The families of rules that may match in a text, however it is displayed."""
    body = text.text
    seen = may_match(body.encode("utf-8", "surrogatepass"))
    text.tell(seen)
    if seen & prefilter.NUMERALS and privacy.has_chinese_numerals(body):
        seen |= prefilter.NUMBERS
    if SOFT_BREAK.search(body):
        seen |= may_match(text.running.text.encode("utf-8", "surrogatepass"))
    if not (
        seen & prefilter.ODD
        or (seen & prefilter.ENTITIES and _ENTITY.search(body))
        or (seen & prefilter.LINKS and any(parted.search(body) for parted in _PARTED_BY_LINK))
    ):
        return seen
    for shape in text.shapes:
        view = shape.view
        if view.text != body:
            seen |= may_match(view.text.encode("utf-8", "surrogatepass"))
        if (
            privacy.ODD_NUMERALS.search(view.text) or privacy.has_chinese_numerals(view.text)
        ) and prefilter.numbers_may_be_in(view.numerals.encode("utf-8", "surrogatepass")):
            seen |= prefilter.NUMBERS
    return seen


_ENTITY = pattern(r"&(?:#|[A-Za-z][A-Za-z0-9]{1,31};|nbsp|shy|middot|sup[123])")
_PARTED_BY_LINK = tuple(map(pattern, (r"\)!?\[?[0-9]", r"\]!?\[?[0-9]", r"\[(?<=[0-9]\[)", r"!\[(?<=[0-9]!\[)")))
"""Each begins with one character: four quick searches instead of one through a set, 5 µs instead of 18."""


_PLAIN_NAME = pattern(r"[A-Za-z0-9_./-]*")


def name_findings(site: str, path: str, settings: CheckSettings) -> list[Diagnostic]:
    """Findings in the names of a file and its folders. path is relative to the cluster."""
    if _PLAIN_NAME.fullmatch(path) and not prefilter.numbers_may_be_in(path.replace("/", "\n").encode()):
        return []  # nearly every name
    findings = secrecy.find_in_name(site, path)
    name = Text(site, path, path.replace("/", "\n"), first_line=0, part="文件名")
    if _families(name, settings.prefilter) & prefilter.NUMBERS:
        findings += privacy.find(name, settings.allowed_mobiles)
    return findings


def warm_up(terms: wording.Terms) -> None:
    """Compile the rules before this process forks, so that its children inherit them."""
    _prefilter(terms)
    secrecy.warm_up()
    patterns.warm_up()
