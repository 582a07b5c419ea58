"""Reading offline (`offline:` of a site): the service worker, the state that it asks for, the search index in few files.

The worker (worker.mjs) asks for STATE at every contact. A state is a digest of all that the site shows; with another one
nothing of the former is served before it was fetched again. So what was withdrawn, corrected or taken down is gone with the
next contact, whatever took it away, and no list of what is gone has to be published.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.render.output import Output

WORKER = "sw.js"
"""The worker, in the site's root: it serves only what lies below its own address."""
PAGE = "theme/offline.html"
"""What is shown in place of a page that is not kept."""
STATE = "theme/offline.json"
"""{state: digest, index: whether the search index can be had in few files (BUNDLE)}"""
BUNDLE = "all"
"""In the folder of a segment of the search index: the segment's files in one."""

_HERE = Path(__file__).parent
_ASIDE = pattern(r"^[ \t]*(?://.*|/\*\*[^\n]*\*/)\n|^[ \t]+", 8)


def _script(*names: str) -> str:
    return _ASIDE.sub("", "".join((_HERE / f"{name}.mjs").read_text("utf-8") for name in names))


def worker(site: Mapping[str, Any]) -> bytes:
    """The worker of a site. site: {lang, note, pages, fixed (paths to keep from the start), version (another one, another worker)}."""
    text = json.dumps(site, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"const SITE={text};\n{_script('end', 'worker')}".encode()


def last_worker() -> bytes:
    """The worker that takes the place of the former one where a site no longer declares `offline:`."""
    return _script("end", "ended").encode()


def state_file(files: Iterable[tuple[str, str]], *, index: bool) -> bytes:
    """STATE of a site with these files: (path, digest)."""
    whole = hashlib.blake2b(digest_size=8)
    for path, digest in sorted(files):
        if path != STATE:
            whole.update(f"{path}\0{digest}\n".encode())
    return json.dumps({"state": whole.hexdigest(), "index": index}, separators=(",", ":")).encode()


def bundle(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Files in one: a line of JSON, [[path, bytes] …], then their bytes."""
    parts = sorted(files)
    head = json.dumps([[path, len(data)] for path, data in parts], separators=(",", ":"))
    return b"\n".join([head.encode(), b"".join(data for _, data in parts)])


def bundle_index(output: Output, folder: str, most: int) -> bool:
    """Bundle each segment of the index in this folder, if all are at most `most` bytes; else remove the bundles. Whether they are there."""
    manifest = json.loads(output.read(f"{folder}/m.json") or b'{"segments": []}')
    names = [entry["name"] for entry in manifest["segments"]]
    parts = _parts(output, folder, names, most)
    for name in names:
        path = f"{folder}/{name}/{BUNDLE}"
        if parts is not None:
            output.write(path, bundle(parts[name]))
        elif output.read(path) is not None:
            output.remove(path)
    return parts is not None


def _parts(output: Output, folder: str, names: Iterable[str], most: int) -> dict[str, list[tuple[str, bytes]]] | None:
    """Segment -> its files; None if all together are larger."""
    parts: dict[str, list[tuple[str, bytes]]] = {}
    for name in names:
        parts[name] = []
        for path in _paths(f"{output.folder}/{folder}/{name}"):
            data = output.read(f"{folder}/{name}/{path}") or b""
            most -= len(data)
            if most < 0:
                return None
            parts[name].append((path, data))
    return parts or None


def _paths(folder: str) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        inside = f"{place[len(folder) + 1 :]}/" if place != folder else ""
        yield from (inside + name for name in names if inside + name != BUNDLE)
