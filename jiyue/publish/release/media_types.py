"""Media types of what is published: one table for the web servers' configurations, object storage and the preview.

Nothing is left to a server's own table, so that every server says the same, whatever its version.
"""

from __future__ import annotations

import re

TEXTS = {
    "html": "text/html",
    "shtml": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "xml": "application/xml",
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "csv": "text/csv",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "vtt": "text/vtt",
    "webmanifest": "application/manifest+json",
}
"""File ending → media type of texts; all are UTF-8, and there are compressed copies of them."""

NAMED = {r"/feed\.json": "application/feed+json; charset=utf-8", r"\.cap\.xml": "application/cap+xml; charset=utf-8"}
"""End of a path (a regular expression) → Content-Type of what its last ending alone does not tell: a JSON Feed 1.1, an
alert of CAP 1.2. They are texts."""

BINARIES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "ico": "image/x-icon", "tif": "image/tiff", "tiff": "image/tiff", "bmp": "image/bmp",
    "woff2": "font/woff2", "woff": "font/woff", "wasm": "application/wasm",
    "mp4": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg", "m4a": "audio/mp4",
    "pdf": "application/pdf", "ofd": "application/ofd", "zip": "application/zip", "htz": "application/zip", "gz": "application/gzip",
    "7z": "application/x-7z-compressed", "rar": "application/vnd.rar",
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "wps": "application/wps-office.wps", "et": "application/wps-office.et", "dps": "application/wps-office.dps",
}  # fmt: skip
"""File ending → media type of all else."""

UNKNOWN = "application/octet-stream"
"""For files without a suffix (parts of a search index) or with one that isn't listed."""

TYPES = {
    **{ending: f"{kind}; charset=utf-8" for ending, kind in TEXTS.items()},
    **BINARIES,
}
"""File ending → Content-Type."""


def media_type(path: str) -> str:
    """The Content-Type of a file, by its path or name."""
    name = "/" + path.rpartition("/")[2]
    named = (kind for end, kind in NAMED.items() if re.search(f"{end}$", name))
    return next(named, TYPES.get(name.rpartition(".")[2].lower() if "." in name else "", UNKNOWN))
