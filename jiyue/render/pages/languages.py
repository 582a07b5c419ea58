"""Names, dates and directions for a language code (BCP 47), from Babel's copy of CLDR."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def autonym(lang: str) -> str:
    """A language's name in that language: en -> English, zh-CN -> 中文; the code itself if CLDR has no name."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  (heavy, and only foreign editions need it)

    language, *more = lang.split("-")
    try:
        return Locale(language, script=more[0] if more and len(more[0]) == 4 else None).get_display_name() or lang
    except UnknownLocaleError:
        return lang


@lru_cache(maxsize=256)
def date_in(text: str, lang: str) -> str:
    """A date such as '2026-11-20' or '2026-11-20 09:30' in a language's own format; in Chinese it stays as it is.

    English without a territory is that of the world, 20 November 2026 (CLDR en-001), not that of the United States.
    """
    if lang.startswith("zh") or not text:
        return text
    from babel import UnknownLocaleError  # noqa: PLC0415  (4 ms, few pages are in another language)
    from babel.dates import format_date  # noqa: PLC0415  (as above)

    try:
        day = format_date(date.fromisoformat(text[:10]), "long", "en_001" if lang == "en" else lang.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return text
    return f"{day}, {text[11:]}" if text[11:] else day


@lru_cache(maxsize=64)
def direction(lang: str) -> str:
    """`ltr`, or `rtl` for Uyghur, Arabic …"""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  (4 ms, few pages are in another language)

    try:
        return Locale.parse(lang, sep="-").text_direction
    except UnknownLocaleError:
        return "ltr"


@lru_cache(maxsize=64)
def og_locale(lang: str) -> str:
    """Open Graph's language and territory: zh-CN -> zh_CN, en -> en_US (the most likely territory)."""
    parts = lang.split("-")
    if len(parts[-1]) == 2 and len(parts) > 1:
        return f"{parts[0]}_{parts[-1]}"
    from babel.core import get_global  # noqa: PLC0415  (4 ms, few pages are in another language)

    likely = get_global("likely_subtags").get(lang.replace("-", "_"), "").split("_")
    return f"{parts[0]}_{likely[-1]}" if len(likely[-1]) == 2 else parts[0]
