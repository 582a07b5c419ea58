"""Open data: every line conforms to the published schema, and a client can rebuild a column's list from it alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jiyue.catalogue.kinds import KINDS
from tests.support.cluster import Built, new_cluster
from tests.support.opendata import SCHEMA, Client, shown, validator


def article(title: str, date: str, more: str = "") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n{more}---\n正文。\n"


FILES: dict[str, str | bytes] = {
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n"
    "columns: [{path: tzgg, name: 通知公告, type: 通知公告, max_age_days: 180, keywords: [通知, 公告]}]\n",
    "sites/changchun.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
    "columns: [{path: tzgg, name: 通知公告, type: 通知公告}]\n",
    **{f"content/changchun/tzgg/{n:03}.md": article(f"第{n}篇", f"20{n % 3 + 23}-{n % 12 + 1:02}-01") for n in range(45)},
    "content/changchun/tzgg/pinned.md": article("置顶", "2025-05-05 10:00", "pinned: true\nkeywords: 甲，乙\n"),
    "content/changchun/tzgg/doc.md": article(
        "文件", "2026-01-02", "kind: document\ndoc_number: 长府发〔2026〕1号\nindex_no: 11220100MB/2026-00001\nvalidity: 现行有效\n"
        "created: 2025-12-30\nai_generated: text\n",
    ),
    "content/changchun/tzgg/repost.md": article(
        "转载", "2026-01-03", 'repost_of: {name: 中国政府网, url: "https://www.gov.cn/x", published: 2026-01-02}\n'
    ),
    "content/changchun/tzgg/later.md": article("未到时间", "2026-01-04", "publish_at: 2027-01-01\n"),
    "content/changchun/guanyu.md": "---\ntitle: 关于本站\n---\n说明。\n",
    "content/jilin/tzgg/down.md": article("下推", "2026-11-01", "push_down: all\n"),
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return new_cluster(tmp_path_factory.mktemp("opendata") / "cluster", FILES).build()


@pytest.fixture(scope="module")
def client(built: Built) -> Client:
    return Client(built, "changchun", "https://www.cc.example")


def test_every_record_is_as_the_schema_says(built: Built, client: Client) -> None:
    for record in client.articles:
        validator("article").validate(record)
    validator("site").validate(client.site)
    validator("columns").validate(client.columns)
    validator("cluster").validate(json.loads((built.output / "jilin" / "api" / "cluster.json").read_text("utf-8")))
    published = client.get(client.site["schema"])
    assert json.loads(published) == json.loads(
        (Path(__file__).parents[1] / "jiyue_plugins/opendata.schema.json").read_text("utf-8")
    )


def test_the_schema_knows_every_kind() -> None:
    assert json.loads(SCHEMA.read_text("utf-8"))["$defs"]["article"]["properties"]["kind"]["enum"] == list(KINDS)


@pytest.mark.parametrize(
    ("key", "value"),
    [("date", "2026-01-02T00:00"), ("kind", "新闻"), ("url", "/a.html"), ("secret", 1), ("digest", "x")],
)
def test_the_schema_finds_what_it_is_for(client: Client, key: str, value: object) -> None:
    assert not validator("article").is_valid({**client.articles[0], key: value})


def test_a_client_rebuilds_a_columns_list_from_the_data_alone(built: Built, client: Client) -> None:
    assert [(c["path"], c["articles"]) for c in client.columns] == [("tzgg", 49)]
    rebuilt = [(record["title"], record["url"]) for record in client.column("tzgg")]
    assert rebuilt == shown(built, "changchun", "https://www.cc.example", "tzgg")
    assert rebuilt[0][0] == "置顶"


def test_what_a_record_says(client: Client) -> None:
    by_title = {record["title"]: record for record in client.articles}
    assert "未到时间" not in by_title
    document = by_title["文件"]
    assert document["doc_number"] == "长府发〔2026〕1号"
    assert document["created"] == "2025-12-30 00:00"
    assert document["source"] == "长春市人民政府"
    assert document["source_path"] == "content/changchun/tzgg/doc.md"
    assert by_title["转载"]["origin"] == by_title["转载"]["repost_of"]["url"] == "https://www.gov.cn/x"
    assert by_title["下推"]["origin"] == f"https://www.jl.example/tzgg/{by_title['下推']['id']}.html"
    assert by_title["下推"]["source"] == "吉林省人民政府"
    assert (by_title["关于本站"]["date"], by_title["关于本站"]["column"]) == ("", "")
    assert "origin" not in document


def test_the_root_leads_to_every_site(built: Built) -> None:
    listed = json.loads((built.output / "jilin" / "api" / "cluster.json").read_text("utf-8"))["sites"]
    assert [(s["id"], s["site"]) for s in listed] == [
        ("jilin", "https://www.jl.example/api/site.json"), ("changchun", "https://www.cc.example/api/site.json"),
    ]  # fmt: skip
    assert not (built.output / "changchun" / "api" / "cluster.json").exists()
