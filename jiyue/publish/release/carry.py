"""A page that an error withholds keeps its last published version in the release (DESIGN, promise 8).

`output/` stays the clean truth and does not hold such a page; the release does, with the pictures, attachments and
styles that only it still needs, all taken from the release before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release.manifest import FileEntry
from jiyue.publish.release.records import file_of, local_url, url_of

_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)""")


@dataclass(frozen=True, slots=True)
class Carried:
    """One page carried from the release before: its source, its local url, its output files, the release it dates from."""

    path: str
    url: str
    files: tuple[str, ...]
    since: str


def carry_pages(
    withheld: Sequence[Withheld],
    sources: Mapping[str, Mapping[str, Any]],
    earlier: Sequence[Carried],
    previous: Mapping[str, FileEntry],
    output: Mapping[str, FileEntry],
    *,
    release: str,
    read: Callable[[str], bytes],
    base: str,
    forbidden: Iterable[str] = (),
) -> tuple[list[Carried], list[Withheld]]:
    """Pages to carry, and withheld articles that have no published page.

    sources: source path → record of the previous release (withheld.source_urls); earlier: what that one itself had
    carried; previous, output: files by path; release: the previous id; read returns a previous file's bytes;
    base: the site's url; forbidden: local urls that must never come back.
    """
    carried: list[Carried] = []
    new: list[Withheld] = []
    previously = {c.path: c for c in earlier}
    banned = set(forbidden)
    for row in withheld:
        if not row.reason.stays or not row.path:
            continue
        url = (
            row.url
            or str(sources.get(row.path, {}).get("url", ""))
            or (previously[row.path].url if row.path in previously else "")
        )
        page = file_of(url) if url else ""
        if url in banned or page in output:
            continue
        if page not in previous:
            new.append(row)
            continue
        files = (page, *needed_files(page, previous, output, read, base))
        since = previously[row.path].since if row.path in previously else release
        carried.append(Carried(row.path, url, tuple(f for f in files if url_of(f) not in banned), since))
    return carried, new


def needed_files(
    page: str,
    previous: Mapping[str, FileEntry],
    output: Mapping[str, FileEntry],
    read: Callable[[str], bytes],
    base: str,
) -> list[str]:
    """Files of the previous release that a page uses and the output no longer has; other pages never."""
    needed: list[str] = []
    queue = [page]
    while queue:
        path = queue.pop()
        for target in local_links(path, read(path), base):
            if target in previous and target not in output and target not in needed and not target.endswith(".html"):
                needed.append(target)
                if target.endswith(".css"):
                    queue.append(target)
    return sorted(needed)


def local_links(path: str, data: bytes, base: str) -> list[str]:
    """Output paths of the same site that a page or style sheet refers to, fragments and queries left out."""
    text = data.decode("utf-8", "replace")
    if path.endswith(".css"):
        hrefs = _CSS_URL.findall(text)
    else:
        reader = _Links()
        reader.feed(text)
        hrefs = reader.hrefs
    here = base.rstrip("/") + "/" + path
    targets = []
    for href in hrefs:
        try:
            whole = urljoin(here, href)
            same = urlsplit(whole).netloc == urlsplit(base).netloc
        except ValueError:  # not a URL
            continue
        if same:
            targets.append(file_of(local_url(whole, base)))
    return [t for t in targets if t]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src", "poster", "data"):
                self.hrefs.append(value)
            elif value and name == "srcset":
                self.hrefs += [part.split()[0] for part in value.split(",") if part.strip()]
