"""Links in the front matter: evidence, forms, papers of a draft. Each has a name and, where there is one, an address.

Officers write an address, `"[名称](网址)"`, a text without address, or `{name: 名称, url: 网址}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jiyue.base.patterns import pattern

LINKED = ("evidence", "documents", "take_part", "result", "apply", "forms", "samples")
"""The fields that hold such links; they count as links of the text do (jiyue.catalogue.references)."""

_MARKDOWN = pattern(r"\[([^\[\]\n]+)\]\(<?([^\s()<>]+)>?\)")
_ADDRESS = pattern(r"https?://\S+|[^\s，。；：、]+\.[A-Za-z0-9]{2,8}|/\S+")


def linked(value: str) -> dict[str, str]:
    """{name, url} of what an officer wrote on one line; url is '' for a text without an address."""
    value = " ".join(value.split())
    if match := _MARKDOWN.fullmatch(value):
        return {"name": match[1], "url": match[2]}
    if _ADDRESS.fullmatch(value):
        name = value if "://" in value else value.rpartition("/")[2] or value
        return {"name": name, "url": value}
    return {"name": value, "url": ""}


def addresses(fields: Mapping[str, Any]) -> Iterator[str]:
    """The addresses in the links of a front matter, which may not have been validated."""
    if isinstance(posts := fields.get("posts"), (list, tuple)):
        pictures = (post.get("picture") for post in posts if isinstance(post, dict))
        yield from (picture for picture in pictures if picture and isinstance(picture, str))
    for key in LINKED:
        if key in fields:
            values = fields[key]
            for value in values if isinstance(values, (list, tuple)) else [values]:
                url = (
                    linked(value)["url"]
                    if isinstance(value, str)
                    else value.get("url")
                    if isinstance(value, dict)
                    else ""
                )
                if isinstance(url, str) and url:
                    yield url
