"""Reads open data like an external client: from `api/` alone, with the published schema."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import jsonschema

from tests.support.cluster import Built

SCHEMA = Path(__file__).parents[2] / "jiyue_plugins" / "opendata.schema.json"


class Client:
    """Knows only the addresses of one site's `api/`, and reads them from the output instead of the network."""

    def __init__(self, built: Built, site: str, url: str) -> None:
        self.folder, self.url = built.output / site, url
        self.site = json.loads(self.get(f"{url}/api/site.json"))
        self.columns = json.loads(self.get(self.site["columns"]))
        shards = [self.get(shard["url"]).decode().splitlines() for shard in self.site["articles"]]
        assert [len(lines) for lines in shards] == [shard["records"] for shard in self.site["articles"]]
        self.articles = [json.loads(line) for lines in shards for line in lines]

    def get(self, url: str) -> bytes:
        assert url.startswith(self.url + "/")
        return (self.folder / url.removeprefix(self.url + "/")).read_bytes()

    def column(self, path: str) -> list[dict[str, Any]]:
        """A column's list, by the schema's description."""
        found = [record for record in self.articles if record["column"] == path]
        found.sort(key=lambda r: ("pinned" in r, r["date"], r["id"]), reverse=True)
        gathered = next(column.get("gathered", []) for column in self.columns if column["path"] == path)
        return sorted([*found, *gathered], key=lambda r: ("pinned" in r, r["date"]), reverse=True)


def validator(part: str) -> Any:
    """A validator for one definition of the published schema."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator({**schema, "anyOf": [{"$ref": f"#/$defs/{part}"}]})


def shown(built: Built, site: str, url: str, column: str) -> list[tuple[str, str]]:
    """(title, address) of the entries on all pages of a column's list."""
    found: list[tuple[str, str]] = []
    number = 1
    while (built.output / site / column / ("index.html" if number == 1 else f"index_{number}.html")).exists():
        html = built.html(site, f"{column}/" if number == 1 else f"{column}/index_{number}.html")
        html = re.split(r'<h2 class="heading">(?:最新发布|其他文章)</h2>', html)[
            -1
        ]  # before it a channel shows its columns
        cards = re.split(r'<ul class="(?:cards|documents)">', html, maxsplit=1)[-1].partition("</ul>")[0]
        here = f"{url}/{quote(column)}/"
        found += [
            (unescape(t), urljoin(here, unescape(a)))
            for a, t in re.findall(
                r'<li[^>]*>(?:<picture>.*?</picture>|<img[^>]*>)?<a href="([^"]+)"[^>]*>([^<]+)</a>', cards
            )
        ]
        number += 1
    return found
