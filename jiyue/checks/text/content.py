"""All rules on words, behind one call: one look decides which of them read the text at all."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from functools import cached_property

from jiyue.base import patterns
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.patterns import pattern
from jiyue.checks.text import prefilter, privacy, secrecy, wording
from jiyue.checks.text.model import SOFT_BREAK, Text
from jiyue.checks.text.prefilter import Look


@dataclass(frozen=True)
class CheckSettings:
    """What a site may decide: allowed_mobiles, the 11-digit numbers of its published contacts, and its terms."""

    allowed_mobiles: frozenset[str] = frozenset()
    terms: wording.Terms = field(default_factory=wording.Terms)

    @cached_property
    def look(self) -> Look:
        """What tells which families of rules have to read a text."""
        return _look(self.terms)


@functools.lru_cache(maxsize=4)
def _look(terms: wording.Terms) -> Look:
    words = {
        prefilter.MARKINGS: secrecy.literals(),
        prefilter.ADDRESSES: privacy.ADDRESS_WORDS,
        prefilter.NUMERALS: privacy.NUMERAL_WORDS,
        prefilter.TERMS: [term.wrong for term in terms.terms],
        prefilter.DOCUMENT_NUMBERS: wording.NUMBER_WORDS,
        prefilter.PUNCTUATION: wording.MARK_WORDS,
    }
    return Look(words, many=len(terms.terms) > wording.DFA_UP_TO)


def content_findings(text: Text, settings: CheckSettings) -> list[Diagnostic]:
    """Everything wrong with the words of a text.  A pure function: its result may be kept, see jiyue.checks.text.cache_keys."""
    body = text.text
    seen = _families(text, settings.look)
    found: list[Diagnostic] = []
    if seen & prefilter.MARKINGS:
        found += secrecy.find(text)
    if seen & prefilter.NUMBERS:
        found += privacy.find(text, settings.allowed_mobiles)
    if seen & prefilter.ADDRESSES:
        found += privacy.find_addresses(text)
    if seen & prefilter.TERMS:
        found += wording.find_terms(text, settings.terms)
    if seen & prefilter.DOCUMENT_NUMBERS:
        found += wording.find_document_numbers(text)
    if "月" in body:
        found += wording.find_dates(text)
    if seen & prefilter.PUNCTUATION:
        found += wording.find_marks(text)
    return found


def _families(text: Text, looked: Look) -> int:
    """The families of rules that may find something in a text, however it is shown."""
    body = text.text
    seen = looked(body.encode("utf-8", "surrogatepass"))
    if seen & prefilter.NUMERALS and privacy.has_chinese_numerals(body):
        seen |= prefilter.NUMBERS
    if SOFT_BREAK.search(body):
        seen |= looked(text.running.text.encode("utf-8", "surrogatepass"))
    if not (
        seen & prefilter.ODD
        or (seen & prefilter.ENTITIES and _ENTITY.search(body))
        or (seen & prefilter.LINKS and _PARTED_BY_LINK.search(body))
    ):
        return seen
    for shape in text.shapes:
        view = shape.view
        if view.text != body:
            seen |= looked(view.text.encode("utf-8", "surrogatepass"))
        if (
            privacy.ODD_NUMERALS.search(view.text) or privacy.has_chinese_numerals(view.text)
        ) and prefilter.numbers_may_be_in(view.numerals.encode("utf-8", "surrogatepass")):
            seen |= prefilter.NUMBERS
    return seen


_ENTITY = pattern(r"&(?:#|[A-Za-z][A-Za-z0-9]{1,31};|nbsp|shy|middot|sup[123])")
_PARTED_BY_LINK = pattern(r"[)\]]!?\[?[0-9]|[0-9]!?\[")


def name_findings(site: str, path: str, settings: CheckSettings) -> list[Diagnostic]:
    """What a file's name, and the folders above it, give away. path is relative to the cluster."""
    found = secrecy.find_in_name(site, path)
    name = Text(site, path, path.replace("/", "\n"), first_line=0, part="文件名")
    if _families(name, settings.look) & prefilter.NUMBERS:
        found += privacy.find(name, settings.allowed_mobiles)
    return found


def warm_up(terms: wording.Terms) -> None:
    """Compile in a parent what all its children need."""
    _look(terms)
    secrecy.warm_up()
    patterns.warm_up()
