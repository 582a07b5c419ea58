"""What came after an article was published: its updates, each with a place of its own on the page and in the feeds."""

from __future__ import annotations

from jiyue.catalogue.article import Article


def newest_updates(row: Article) -> list[dict[str, str]]:
    """{id, at, text} of each, the newest first. The id is the time alone, so it stays when others are added."""
    given = sorted(row.extra.get("updates", ()), key=lambda one: str(one["at"]))
    found: list[dict[str, str]] = []
    for one in given:
        name = "".join(sign for sign in one["at"] if sign.isdigit())
        same = sum(other["at"] == one["at"] for other in found)
        found.append({"id": f"{name}-{same + 1}" if same else name, "at": one["at"], "text": one["text"]})
    return found[::-1]
