"""What this machine remembers of the sources: validators for conditional requests. Losing it costs only requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jiyue.base import atomic
from jiyue.upstream.fetch import Validators

FILE = Path(".jiyue") / "sync.json"


class SourceState:
    """The state of one source, valid for one version of its file. pages: address -> [ETag, Last-Modified, when checked]."""

    def __init__(self, whole: SyncState, source: str, digest: str) -> None:
        kept = whole.data.get(source)
        fresh = not isinstance(kept, dict) or kept.get("digest") != digest
        self.data: dict[str, Any] = {"digest": digest, "pages": {}} if fresh or kept is None else kept
        pages = self.data.get("pages")
        self.pages: dict[str, list[str]] = pages if isinstance(pages, dict) else {}
        self.data["pages"] = self.pages
        whole.data[source] = self.data

    @property
    def newest(self) -> str:
        """The time of the newest item of the list, 'YYYY-MM-DD HH:MM', '' if unknown."""
        return str(self.data.get("newest", ""))

    @newest.setter
    def newest(self, time: str) -> None:
        self.data["newest"] = time

    def validators(self, url: str) -> Validators:
        """What to send with a request, so that the server may answer that nothing changed."""
        etag, modified, _ = self._page(url)
        return Validators(etag, modified)

    def checked(self, url: str) -> str:
        """When a page was last looked at, 'YYYY-MM-DD HH:MM', '' if never."""
        return self._page(url)[2]

    def note(self, url: str, validators: Validators, at: str) -> None:
        """Remember an answer that was dealt with."""
        self.pages[url] = [*validators, at]

    def keep_only(self, urls: set[str]) -> None:
        """Forget all pages but these."""
        for url in self.pages.keys() - urls:
            del self.pages[url]

    def _page(self, url: str) -> tuple[str, str, str]:
        kept = self.pages.get(url)
        if isinstance(kept, list) and len(kept) == len(("etag", "modified", "checked")):
            return str(kept[0]), str(kept[1]), str(kept[2])
        return "", "", ""


class SyncState:
    """The state of all sources; a damaged file reads as empty."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        try:
            data = json.loads(atomic.read(self.path) or b"{}")
        except ValueError:
            data = {}
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}

    def save(self) -> None:
        """Write the file."""
        atomic.write(self.path, json.dumps(self.data, ensure_ascii=False, sort_keys=True).encode())
