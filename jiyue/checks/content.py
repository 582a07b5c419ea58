"""All rules on words, behind one call: one look decides which of them read the text at all."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from functools import cached_property

from jiyue.base import patterns
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.patterns import pattern
from jiyue.checks import look, privacy, secrecy, wording
from jiyue.checks.look import Look
from jiyue.checks.text import SOFT_BREAK, Text


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
        look.MARKINGS: secrecy.literals(),
        look.ADDRESSES: privacy.ADDRESS_WORDS,
        look.NUMERALS: privacy.NUMERAL_WORDS,
        look.TERMS: [term.wrong for term in terms.terms],
        look.DOCUMENT_NUMBERS: wording.NUMBER_WORDS,
        look.PUNCTUATION: wording.MARK_WORDS,
    }
    return Look(words, many=len(terms.terms) > wording.DFA_UP_TO)


def content_findings(text: Text, settings: CheckSettings) -> list[Diagnostic]:
    """Everything wrong with the words of a text.  A pure function: its result may be kept, see jiyue.checks.versions."""
    body = text.text
    seen = _families(text, settings.look)
    found: list[Diagnostic] = []
    if seen & look.MARKINGS:
        found += secrecy.find(text)
    if seen & look.NUMBERS:
        found += privacy.find(text, settings.allowed_mobiles)
    if seen & look.ADDRESSES:
        found += privacy.find_addresses(text)
    if seen & look.TERMS:
        found += wording.find_terms(text, settings.terms)
    if seen & look.DOCUMENT_NUMBERS:
        found += wording.find_document_numbers(text)
    if "月" in body:
        found += wording.find_dates(text)
    if seen & look.PUNCTUATION:
        found += wording.find_marks(text)
    return found


def _families(text: Text, looked: Look) -> int:
    """The families of rules that may find something in a text, however it is shown."""
    body = text.text
    seen = looked(body.encode("utf-8", "surrogatepass"))
    if seen & look.NUMERALS and privacy.has_chinese_numerals(body):
        seen |= look.NUMBERS
    if SOFT_BREAK.search(body):
        seen |= looked(text.running.text.encode("utf-8", "surrogatepass"))
    if not (
        seen & look.ODD
        or (seen & look.ENTITIES and _ENTITY.search(body))
        or (seen & look.LINKS and _PARTED_BY_LINK.search(body))
    ):
        return seen
    for shape in text.shapes:
        view = shape.view
        if view.text != body:
            seen |= looked(view.text.encode("utf-8", "surrogatepass"))
        if (
            privacy.ODD_NUMERALS.search(view.text) or privacy.has_chinese_numerals(view.text)
        ) and look.numbers_may_be_in(view.numerals.encode("utf-8", "surrogatepass")):
            seen |= look.NUMBERS
    return seen


_ENTITY = pattern(r"&(?:#|[A-Za-z][A-Za-z0-9]{1,31};|nbsp|shy|middot|sup[123])")
_PARTED_BY_LINK = pattern(r"[)\]]!?\[?[0-9]|[0-9]!?\[")


def name_findings(site: str, path: str, settings: CheckSettings) -> list[Diagnostic]:
    """What a file's name, and the folders above it, give away. path is relative to the cluster."""
    found = secrecy.find_in_name(site, path)
    name = Text(site, path, path.replace("/", "\n"), first_line=0, part="文件名")
    if _families(name, settings.look) & look.NUMBERS:
        found += privacy.find(name, settings.allowed_mobiles)
    return found


def warm_up(terms: wording.Terms) -> None:
    """Compile in a parent what all its children need."""
    _look(terms)
    secrecy.warm_up()
    patterns.warm_up()
