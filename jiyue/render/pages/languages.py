"""What a language code (BCP 47) means to readers and to other platforms, by CLDR as Babel has it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def autonym(lang: str) -> str:
    """A language in its own words: en -> English, zh-CN -> 中文; the code itself where CLDR has none."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  (heavy, and only foreign editions need it)

    language, *more = lang.split("-")
    try:
        return Locale(language, script=more[0] if more and len(more[0]) == 4 else None).get_display_name() or lang
    except UnknownLocaleError:
        return lang


@lru_cache(maxsize=256)
def date_in(text: str, lang: str) -> str:
    """'2026-11-20', or '2026-11-20 09:30', as readers of a language write it; Chinese pages show it as it is."""
    if lang.startswith("zh") or not text:
        return text
    from babel import UnknownLocaleError  # noqa: PLC0415  (4 ms, few pages are in another language)
    from babel.dates import format_date  # noqa: PLC0415  (as above)

    try:
        day = format_date(date.fromisoformat(text[:10]), "long", lang.replace("-", "_"))
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
    """As Open Graph wants it, language and territory: zh-CN -> zh_CN, en -> en_US (the likeliest territory)."""
    parts = lang.split("-")
    if len(parts[-1]) == 2 and len(parts) > 1:
        return f"{parts[0]}_{parts[-1]}"
    from babel.core import get_global  # noqa: PLC0415  (4 ms, few pages are in another language)

    likely = get_global("likely_subtags").get(lang.replace("-", "_"), "").split("_")
    return f"{parts[0]}_{likely[-1]}" if len(likely[-1]) == 2 else parts[0]
