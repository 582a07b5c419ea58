"""The emergency banner of pages that come from an earlier release: it is always today's.

A page that an error withholds keeps its last published version, and a rollback brings back many; an alert that has begun since
must stand on them too, and one that was cancelled must not. Today's is that of the 404 page, whose addresses hold at any
depth. The pages, the playlist and the bundles of screens (jiyue_plugins/screens.py) have alarms of a form of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from jiyue.publish.release.manifest import FileEntry
from jiyue.publish.release.store import Store
from jiyue.registry.site import SCREENS
from jiyue.registry.url_ledger import ALERTS

_EVERYWHERE = "404.html"
_BANNER = re.compile(rb'<section\b[^>]*\bdata-do="emergency"[^>]*>.*?</section>\n?', re.DOTALL)
_ALARMS = re.compile(rb'<ol class="alarms">.*?</ol>', re.DOTALL)
_SCREEN, _PLAYLIST = f"{SCREENS}index.html", f"{SCREENS}playlist.json"
_BUNDLES = (f"{SCREENS}bundle.zip", f"{SCREENS}bundle.htz")
_ABOVE = re.compile(rb'<header class="header">\n?')
"""What the banner stands behind (themes/gov/templates/components/header)."""


def banner(store: Store, files: Mapping[str, FileEntry]) -> bytes:
    """The banner of a release's files, b'' if there is none."""
    entry = files.get(_EVERYWHERE)
    found = _BANNER.search(store.blob(entry.sha256).read_bytes()) if entry else None
    return found[0] if found else b""


def with_banner(page: bytes, today: bytes) -> bytes:
    """A page with this banner in place of its own; the same object if nothing has to change."""
    found = _BANNER.search(page)
    if found:
        return page if found[0] == today else page[: found.start()] + today + page[found.end() :]
    above = _ABOVE.search(page) if today else None
    return page[: above.end()] + today + page[above.end() :] if above else page


def with_todays_alerts(
    store: Store, files: Mapping[str, FileEntry], live: Mapping[str, FileEntry]
) -> dict[str, FileEntry]:
    """The files of an earlier release with the banner, the messages and the indexes of the live one."""
    today = banner(store, live)
    result = {path: entry for path, entry in files.items() if not f"/{path}".endswith(ALERTS)}
    result |= {path: entry for path, entry in live.items() if f"/{path}".endswith(ALERTS)}
    if banner(store, files) != today:
        for path, entry in files.items():
            if path.endswith(".html"):
                page = store.blob(entry.sha256).read_bytes()
                changed = with_banner(page, today)
                result[path] = entry if changed is page else store.put_bytes(changed)
        result |= _screens(store, result, live)
        for path in _BUNDLES:  # the next build makes them anew
            result.pop(path, None)
    return result


def _screens(store: Store, files: Mapping[str, FileEntry], live: Mapping[str, FileEntry]) -> dict[str, FileEntry]:
    """The files of screens with the live ones' alarms, and without any where the live release has no screens."""

    def read(files: Mapping[str, FileEntry], path: str) -> bytes:
        return store.blob(files[path].sha256).read_bytes() if path in files else b""

    found = _ALARMS.search(read(live, _SCREEN))
    today = found[0] if found else b'<ol class="alarms">\n</ol>'
    changed = {
        path: store.put_bytes(_ALARMS.sub(lambda match: today, read(files, path)))
        for path in files
        if path.startswith(SCREENS) and path.endswith(".html")
    }
    if _PLAYLIST in files:
        alerts = json.loads(read(live, _PLAYLIST) or b"{}").get("alerts", [])
        playlist = {**json.loads(read(files, _PLAYLIST)), "alerts": alerts}
        changed[_PLAYLIST] = store.put_bytes((json.dumps(playlist, ensure_ascii=False, indent=0) + "\n").encode())
    return changed
