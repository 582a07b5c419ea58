"""Which addresses a site has, and which of them changed: address -> digest, from its open data or from a manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from jiyue.linkage.recommended import EMBEDDED
from jiyue.registry.site import SCREENS

NOT_INDEXED = ("404.html", "search/index.html", "theme/offline.html", EMBEDDED)


def from_open_data(output: Path) -> dict[str, str]:
    """Address -> digest of its article, for the pages of one site's output that are submitted.

    Better than a manifest: a change of theme changes every page's bytes, but no article. Raises OSError or ValueError
    where there is no `api/`, or it can't be read.
    """
    digests: dict[str, str] = {}
    (output / "api" / "site.json").stat()
    for shard in sorted((output / "api").glob("articles-*.jsonl")):
        for line in shard.read_text("utf-8").splitlines():
            record = json.loads(line)
            if "origin" not in record:
                digests[record["url"]] = record["digest"]
    return digests


def from_manifest(url: str, files: Mapping[str, str]) -> dict[str, str]:
    """The same from a release's manifest: files maps paths below the site's root to their SHA-256, url is the site's."""
    return {
        f"{url}/{quote(_short(path))}": digest
        for path, digest in files.items()
        if path.endswith(".html") and path not in NOT_INDEXED and not path.startswith(SCREENS)
    }


def _short(path: str) -> str:
    """`yw/index.html` -> `yw/`, as the pages are linked."""
    return path.removesuffix("index.html") if path == "index.html" or path.endswith("/index.html") else path


def changed_urls(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """New and changed addresses, in the order of after."""
    return [url for url, digest in after.items() if before.get(url) != digest]
