"""The demonstration cluster for machines: every page's tags, every sitemap, every feed, every record of open data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from jiyue.checks.page.pagetags import audit, page_kind
from tests.support import feeds, opendata, sitemaps
from tests.support.cluster import Built


def files(built: Built, pattern: str) -> list[tuple[str, str, Path]]:
    """(site, path below it, file) of everything that matches."""
    found = []
    for file in sorted(built.output.glob(f"*/{pattern}")):
        site, _, path = file.relative_to(built.output).as_posix().partition("/")
        found.append((site, path, file))
    return found


def lines(built: Built, pattern: str) -> list[dict[str, Any]]:
    """The records of everything that matches."""
    return [json.loads(line) for _, _, file in files(built, pattern) for line in file.read_text("utf-8").splitlines()]


def urls(built: Built) -> dict[str, str]:
    """Site -> its address, with the slash."""
    return {site: json.loads(file.read_text("utf-8"))["url"] for site, _, file in files(built, "api/site.json")}


def test_every_page_carries_its_tags(demonstration: Built) -> None:
    pages = files(demonstration, "**/*.html")
    assert len(pages) > 1000
    found = [d for site, path, file in pages for d in audit(file.read_text("utf-8"), page_kind(path), path, site)]
    assert [str(d) for d in found[:10]] == []


def test_every_sitemap_is_valid_and_leads_to_pages(demonstration: Built) -> None:
    address = urls(demonstration)
    own = [triple for triple in files(demonstration, "sitemap*.xml") if triple[1] != "sitemap-cluster.xml"]
    assert {site for site, _, _ in own} == set(address)
    for site, path, file in own:
        data = file.read_bytes()
        assert sitemaps.faults(data) == [], (site, path)
        for url in sitemaps.entries(data):
            below = unquote(url.removeprefix(address[site]))
            page = demonstration.output / site / (below + "index.html" if not below or below.endswith("/") else below)
            assert page.is_file(), url


def test_the_cluster_index_and_robots_name_every_sitemap(demonstration: Built) -> None:
    address = urls(demonstration)
    listed = set(sitemaps.entries((demonstration.output / "jilin" / "sitemap-cluster.xml").read_bytes()))
    assert listed == {
        address[site] + path for site, path, _ in files(demonstration, "sitemap*.xml") if path != "sitemap-cluster.xml"
    }
    for site, path, _ in files(demonstration, "sitemap*.xml"):
        robots = (demonstration.output / site / "robots.txt").read_text("utf-8").splitlines()
        assert f"Sitemap: {address[site]}{path}" in robots


def test_every_feed_is_valid(demonstration: Built) -> None:
    address = urls(demonstration)
    count = 0
    for kind in ("atom", "rss", "json"):
        for site, path, file in [*files(demonstration, f"**/feed.{kind}"), *files(demonstration, f"cluster.{kind}")]:
            assert feeds.faults(path, file.read_bytes(), address[site] + quote(path)) == [], (site, path)
            count += 1
    assert count > 300
    columns = sum(len(json.loads(file.read_text("utf-8"))) for _, _, file in files(demonstration, "api/columns.json"))
    assert count == 3 * (columns + len(address) + 1)


def test_every_record_is_as_the_schema_says(demonstration: Built) -> None:
    check = {part: opendata.validator(part) for part in ("article", "text", "letter", "site", "columns", "cluster")}
    for part in ("site", "columns", "cluster"):
        for _, _, file in files(demonstration, f"api/{part}.json"):
            check[part].validate(json.loads(file.read_text("utf-8")))
    records = lines(demonstration, "api/articles-*.jsonl")
    assert len(records) > 500
    # pushed copies are many and alike: each different shape once is enough
    for record in {(*tuple(sorted(record)), record["kind"]): record for record in records}.values():
        check["article"].validate(record)
    assert len({record["url"] for record in records}) == len(records)
    letters = [
        letter for _, _, file in files(demonstration, "api/letters/*.json") for letter in json.loads(file.read_bytes())
    ]
    texts = lines(demonstration, "api/texts-*.jsonl")
    assert len(letters) > 50
    assert len(texts) > 100
    for part, rows in (("text", texts), ("letter", letters)):
        for row in {tuple(sorted(row)): row for row in rows}.values():
            check[part].validate(row)


def test_a_client_rebuilds_every_columns_list(demonstration: Built) -> None:
    count = 0
    for site, url in urls(demonstration).items():
        client = opendata.Client(demonstration, site, url.rstrip("/"))
        for column in client.columns:
            rebuilt = [(record["title"], record["url"]) for record in client.column(column["path"])]
            assert rebuilt == opendata.shown(demonstration, site, url.rstrip("/"), column["path"]), (
                site,
                column["path"],
            )
            assert len(rebuilt) == column["articles"] + len(column.get("gathered", ()))
            count += 1
    assert count > 200


def test_a_reader_sees_the_same_in_all_three_feeds(demonstration: Built) -> None:
    for site, path, file in [*files(demonstration, "**/feed.atom"), *files(demonstration, "cluster.atom")]:
        atom, rss = feeds.read(file.read_bytes()), feeds.read(file.with_suffix(".rss").read_bytes())
        items = json.loads(file.with_suffix(".json").read_text("utf-8"))["items"]
        assert atom == rss == [(i["id"], i["url"], i["title"], i["date_published"]) for i in items], (site, path)


def test_editions_name_each_other_and_are_there(demonstration: Built) -> None:
    address = urls(demonstration)
    said: dict[str, dict[str, str]] = {}
    for site, path, file in files(demonstration, "**/*.html"):
        found = dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', file.read_text("utf-8")))
        if found:
            said[address[site] + quote(path).removesuffix("index.html")] = found
    assert said
    for url, editions in said.items():
        assert url in editions.values()
        assert "x-default" in editions
        for other in editions.values():
            assert said[other] == editions
