"""Text to terms: the rule of docs/search.md § 1, the same as themes/gov/static/search/tokenizer.mjs to the last character."""

from __future__ import annotations

import operator
import unicodedata

from jiyue.base.patterns import pattern

VERSION = "1"
"""Part of every cache key: a change of the rule forgets all that was cut by the old one."""

HAN = "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
"""Characters cut into bigrams: ideographs, and the scripts written like them (kana, Hangul)."""
WORD = "0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u052f"
"""Characters whose runs are words: Latin, Greek, Cyrillic, figures. Ranges, not properties: no runtime's Unicode version counts."""

FIRST_HAN = "\u3005"
RUN = pattern(f"[{HAN}]+|[{WORD}]+")
ONE_HAN = pattern(f"[{HAN}]")
NUMBER = pattern(r"((?:19|20)[0-9][0-9]) *(?:[〕\])】〗] *第?|年 *第?(?= *[0-9]+ *号)|年 *第) *0*([0-9]{1,5})(?![0-9])")


PUNCTUATION = tuple(zip("，；：（）！？", ",;:()!?", strict=True))
"""The commonest signs that NFKC changes, done first: a text with no others passes NFKC's quick check, ten times as fast."""


def normal(text: str) -> str:
    """NFKC, then lower case: the form in which texts are cut and compared."""
    for wide, narrow in PUNCTUATION:
        text = text.replace(wide, narrow)
    return unicodedata.normalize("NFKC", text).lower()


def terms(text: str) -> list[str]:
    """The terms of a text as it was written."""
    return terms_of_normal(normal(text))


def terms_of_normal(plain: str) -> list[str]:
    """The terms of a text in its normal form, repeats included.

    A run of Han gives its overlapping bigrams, a lone Han character itself, a run of letters and figures one word;
    a 文号 such as 〔2015〕5号 in any bracket gives `#2015-5` besides.
    """
    found: list[str] = []
    for run in RUN.findall(plain):
        if len(run) == 1 or run[0] < FIRST_HAN:
            found.append(run)
        else:
            found.extend(map(operator.add, run, run[1:]))
    found += numbers(plain)
    return found


def numbers(plain: str) -> list[str]:
    """The terms of the 文号 in a text in its normal form."""
    return [f"#{year}-{number}" for year, number in NUMBER.findall(plain)]


def title_terms(title: str) -> list[str]:
    """The terms of a title: those of any text, and every Han character singly, so that 税 alone finds it."""
    plain = normal(title)
    return terms_of_normal(plain) + ONE_HAN.findall(plain)
