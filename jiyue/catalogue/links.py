"""Which addresses in an article lead somewhere: asked of the catalogue, before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from jiyue.catalogue.article import Article
from jiyue.catalogue.references import local_path
from jiyue.catalogue.scan import ATTACHMENT_TYPES, RESERVED_FOLDERS, SiteScan
from jiyue.patterns import pattern

MISSING, HIDDEN, CASE = "missing", "hidden", "case"
"""Nothing like it ever was; it is not published (now); it is, but written otherwise."""

_MADE_ID = pattern(r"[a-z2-7]{12}")
"""The name of a page that may have been pushed here: what arrives is not known yet when a site's links are judged."""


class Dead(NamedTuple):
    """An address that leads nowhere, as `references.plain` gives it. path: what it means; right: what was meant (CASE)."""

    address: str
    path: str
    why: str
    right: str = ""


class Targets:
    """What of one site can be linked at a moment. withheld: source paths of what is kept back."""

    def __init__(self, scan: SiteScan, withheld: Iterable[str], now: str) -> None:
        kept = set(withheld)
        prefix = len(f"content/{scan.site}/")
        rows = [(row, row.source_path not in kept and row.is_public(now)) for row in scan.rows]
        self.pages = {row.path: public for row, public in rows}
        self.sources = {row.source_path[prefix:]: public for row, public in rows}
        self.files = {a.path: f"content/{scan.site}/{a.path}" not in kept for a in scan.attachments}
        self.folders = {row.folder for row, _ in rows}
        for place in scan.places:  # what could not be read is there all the same, and so is a draft
            self.sources.setdefault(place, False)
            self.files.setdefault(place, False)

    def dead(self, row: Article) -> list[Dead]:
        """The addresses of an article that lead nowhere."""
        extra = row.extra
        found = [self._of(row, a, self.sources) for a in extra.get("articles", ())]
        found += [self._of(row, a, self.files) for a, _ in extra.get("files", ()) if _is_attachment(row, a)]
        found += [self._of(row, a, self.files) for a in extra.get("pictures", ())]
        found += [self._of(row, a, self.pages) for a in extra.get("pages", ()) if self._is_known_page(row, a)]
        return list(dict.fromkeys(dead for dead in found if dead))

    def page(self, path: str) -> str:
        """Why a path below the site's leads nowhere, as another site of the cluster may link it; '' where it leads."""
        path = path.strip("/")
        top, _, _ = path.partition("/")
        if not path or top in RESERVED_FOLDERS or "." not in path.rpartition("/")[2]:
            folder = path.removesuffix("/")
            here = not folder or top in RESERVED_FOLDERS or any(f"{f}/".startswith(folder + "/") for f in self.folders)
            return "" if here else MISSING
        if path in self.pages:
            return "" if self.pages[path] else HIDDEN
        if path in self.files:
            return "" if self.files[path] else HIDDEN
        folder, _, name = path.rpartition("/")
        made = "/" not in path or name.startswith("index") or _MADE_ID.fullmatch(name.partition(".")[0])
        suffix = name.rpartition(".")[2].lower()
        return "" if made or suffix not in {*ATTACHMENT_TYPES, "html", "htm"} else MISSING

    def _of(self, row: Article, address: str, known: dict[str, bool]) -> Dead | None:
        path = local_path(row.folder, address)
        if known.get(path):
            return None
        if path in known:
            return Dead(address, path, HIDDEN)
        folded = path.casefold()
        right = next((other for other, there in known.items() if there and other.casefold() == folded), "")
        return Dead(address, path, CASE if right else MISSING, right)

    def _is_known_page(self, row: Article, address: str) -> bool:
        """Whether the catalogue can tell: lists, standing pages and what is pushed here are no files of content."""
        path = local_path(row.folder, address)
        folder, _, name = path.rpartition("/")
        if path in self.pages:
            return True
        return bool(folder) and folder in self.folders and not (name.startswith("index") or _MADE_ID.match(name))


def _is_attachment(row: Article, address: str) -> bool:
    path = local_path(row.folder, address)
    return path.partition("/")[0] not in RESERVED_FOLDERS and path.rpartition(".")[2].lower() in ATTACHMENT_TYPES
