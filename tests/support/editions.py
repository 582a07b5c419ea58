"""What keeps editions in other languages open in a test's cluster: their declaration, and one translated article."""

from __future__ import annotations


def declared(*langs: str, column: str = "hexin", days: int = 30) -> str:
    """Lines of a site's file that declare these editions, with one core column."""
    each = f"{{editor: 译文编辑岗, reviewer: 译文审校岗, max_lag_days: {days}, columns: [{column}]}}"
    return "editions:\n" + "".join(f"  {lang}: {each}\n" for lang in langs)


def kept_open(site: str, *langs: str, column: str = "hexin", date: str = "2026-11-01 09:00") -> dict[str, str]:
    """An article of the core column and its translations, as files."""
    files = {f"content/{site}/{column}/core.md": f"---\ntitle: 核心信息\ndate: {date}\nslug: core\n---\n\n核心信息。\n"}
    for lang in langs:
        front = f"title: Core {lang}\ndate: {date}\nslug: core-{lang.lower()}\nlang: {lang}\ntranslation_of: {site}/{column}/core.md"
        files[f"content/{site}/{column}/core-{lang.lower()}.md"] = f"---\n{front}\n---\n\nCore.\n"
    return files
