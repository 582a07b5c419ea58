"""Reads sitemaps like a search engine: validity by the schema, limits, entries."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

SCHEMAS = Path(__file__).parent / "schemas"
ORIGINAL = Path(__file__).parents[2] / "node_modules" / "sitemap" / "schema" / "sitemap.xsd"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
MOST_ADDRESSES, MOST_BYTES = 50_000, 10_000_000


@cache
def schema(name: str) -> Any:
    """A compiled XML schema."""
    if not ORIGINAL.is_file():
        raise RuntimeError("the schema of sitemaps.org is not installed: run `make test-tools`")
    return etree.XMLSchema(etree.parse(SCHEMAS / name))


def faults(data: bytes) -> list[str]:
    """The faults of a sitemap or sitemap index."""
    root = etree.fromstring(data)
    index = root.tag == f"{SITEMAP}sitemapindex"
    checker = schema("siteindex.xsd" if index else "sitemap.xsd")
    found = [] if checker.validate(root) else [str(entry) for entry in checker.error_log]
    if len(root) >= MOST_ADDRESSES:
        found.append(f"{len(root)} addresses")
    if len(data) >= MOST_BYTES:
        found.append(f"{len(data)} bytes")
    addresses = [loc.text for loc in root.iter(f"{SITEMAP}loc")]
    if len(set(addresses)) != len(addresses):
        found.append("an address stands twice")
    return found


def entries(data: bytes) -> dict[str, str]:
    """Address -> lastmod, '' without one."""
    return {e.findtext(f"{SITEMAP}loc"): e.findtext(f"{SITEMAP}lastmod") or "" for e in etree.fromstring(data)}
