"""Media types of what is published: one table for the web servers' configurations, object storage and the preview.

Nothing is left to a server's own table, so that every server says the same, whatever its version.
"""

from __future__ import annotations

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

JSON_FEED = "feed.json"
"""The one name whose type does not follow from its ending alone (JSON Feed 1.1)."""

BINARIES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "ico": "image/x-icon", "tif": "image/tiff", "tiff": "image/tiff", "bmp": "image/bmp",
    "woff2": "font/woff2", "woff": "font/woff", "wasm": "application/wasm",
    "mp4": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg", "m4a": "audio/mp4",
    "pdf": "application/pdf", "ofd": "application/ofd", "zip": "application/zip", "gz": "application/gzip",
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

FEED_TYPE = "application/feed+json; charset=utf-8"
"""The Content-Type of a file named JSON_FEED."""


def media_type(path: str) -> str:
    """The Content-Type of a file, by its path or name."""
    name = path.rpartition("/")[2]
    return (
        FEED_TYPE if name == JSON_FEED else TYPES.get(name.rpartition(".")[2].lower() if "." in name else "", UNKNOWN)
    )
