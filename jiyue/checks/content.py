"""All rules on words, behind one call: a cheap look decides which of them read the text at all."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from jiyue.checks import privacy, secrecy, wording
from jiyue.checks.text import Text
from jiyue.diagnostics import Diagnostic


@dataclass(frozen=True)
class CheckSettings:
    """What a site may decide: allowed_mobiles, the 11-digit numbers of its published contacts, and its terms."""

    allowed_mobiles: frozenset[str] = frozenset()
    terms: wording.Terms = field(default_factory=wording.Terms)


def content_findings(text: Text, settings: CheckSettings) -> list[Diagnostic]:
    """Everything wrong with the words of a text. A pure function: keep its result by the text's hash and version()."""
    body = text.text
    found: list[Diagnostic] = []
    if "<" in body or "&#" in body or secrecy.ANCHOR.search(body):
        found += secrecy.find(text)
    if privacy.ANCHOR.search(body):
        found += privacy.find(text, settings.allowed_mobiles)
    if privacy.ADDRESS_ANCHOR.search(body):
        found += privacy.find_addresses(text)
    found += wording.find_terms(text, settings.terms)
    found += wording.find_forms(text)
    return found


def name_findings(site: str, path: str, settings: CheckSettings) -> list[Diagnostic]:
    """What a file's name, and the folders above it, give away. path is relative to the cluster."""
    name = Text(site, path, path.replace("/", "\n"), first_line=0, part="文件名")
    found = secrecy.find_in_name(site, path)
    if privacy.ANCHOR.search(name.text):
        found += privacy.find(name, settings.allowed_mobiles)
    return found


def version(settings: CheckSettings) -> str:
    """A digest of rules, word lists and settings: as long as it stays, a kept result stays true."""
    own = "\n".join(sorted(settings.allowed_mobiles)) + settings.terms.version
    return hashlib.sha256((_rules_version() + own).encode()).hexdigest()[:16]


@functools.cache
def _rules_version() -> str:
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for name in ("text.py", "secrecy.py", "numbers.py", "privacy.py", "wording.py", "content.py"):
        digest.update((here / name).read_bytes())
    return digest.hexdigest()


def findings_of(texts: Iterable[Text], settings: CheckSettings) -> list[Diagnostic]:
    """content_findings of many texts, one after another."""
    return [found for text in texts for found in content_findings(text, settings)]
