"""The tokenizer (docs/search.md § 1). Must give exactly the same terms as themes/gov/static/search/tokenizer.mjs."""

from __future__ import annotations

import operator
import unicodedata

from jiyue.base.patterns import pattern

VERSION = "1"
"""Part of every cache key, so that a new rule invalidates all entries."""

HAN = "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
"""Characters cut into bigrams: ideographs, and the scripts written like them (kana, Hangul)."""
WORD = "0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u052f"
"""Characters whose runs are words: Latin, Greek, Cyrillic, digits. Ranges rather than properties: independent of Unicode versions."""

FIRST_HAN = "\u3005"
RUN = pattern(f"[{HAN}]+|[{WORD}]+")
ONE_HAN = pattern(f"[{HAN}]")
NUMBER = pattern(r"((?:19|20)[0-9][0-9]) *(?:[〕\])】〗] *第?|年 *第?(?= *[0-9]+ *号)|年 *第) *0*([0-9]{1,5})(?![0-9])")


PUNCTUATION = tuple(zip("，；：（）！？", ",;:()!?", strict=True))
"""The most common signs changed by NFKC, replaced first: then most texts pass NFKC's quick check, ten times as fast."""


def normal(text: str) -> str:
    """NFKC and lower case: the normalized form in which texts are cut and compared."""
    for wide, narrow in PUNCTUATION:
        text = text.replace(wide, narrow)
    return unicodedata.normalize("NFKC", text).lower()


def terms(text: str) -> list[str]:
    """The terms of a text."""
    return terms_of_normal(normal(text))


def terms_of_normal(plain: str) -> list[str]:
    """The terms of a normalized text, with repeats.

    A run of Han gives its overlapping bigrams, a single Han character itself, a run of letters and digits one word.
    A 文号 such as 〔2015〕5号, in any brackets, also gives `#2015-5`.
    """
    result: list[str] = []
    for run in RUN.findall(plain):
        if len(run) == 1 or run[0] < FIRST_HAN:
            result.append(run)
        else:
            result.extend(map(operator.add, run, run[1:]))
    result += numbers(plain)
    return result


def numbers(plain: str) -> list[str]:
    """The terms of the 文号 in a normalized text."""
    return [f"#{year}-{number}" for year, number in NUMBER.findall(plain)]


def title_terms(title: str) -> list[str]:
    """The terms of a title: those of its text, and each Han character, so that the query 税 matches."""
    plain = normal(title)
    return terms_of_normal(plain) + ONE_HAN.findall(plain)
