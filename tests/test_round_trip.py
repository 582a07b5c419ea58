"""Every kind of article can be made anew from `api/` alone, with all its fields and its text."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from jiyue.catalogue.linked import LINKED
from jiyue.catalogue.models import KINDS, News
from jiyue_plugins.opendata import NOT_SHOWN
from tests.support.cluster import Built, new_cluster
from tests.support.opendata import Client, validator
from tests.support.page_kinds import picture
from tests.support.samples import VIDEO

URL = "https://www.jl.example"
LINK = [
    {"name": "表", "url": "biao.csv"},
    {"name": "网址", "url": "https://a.example/x"},
    {"name": "一句话", "url": ""},
]
_LISTS = ("guests", "basis", "conditions", "materials", "steps", "fee_basis", "replaces", "replaced_by", "amends")
SAMPLES: dict[str, Any] = {
    "keywords": ["甲", "乙"], "updates": [{"at": "2026-11-20 10:00", "text": "进展"}], "emergency": True, "picture": "tu.png",
    "layout": "leaders", "video": {"src": "v.mp4", "poster": "tu.png", "captions": "v.vtt", "width": 640},
    "charts": [{"title": "图", "file": "biao.csv", "type": "pie", "unit": "件", "description": "说明"}],
    "functions": ["一项"],
    "posts": [{"post": "岗", "name": "名", "picture": "tu.png", "resume": "历", "duties": "责", "unit": "处", "phone": "0", "place": "楼"}],
    "ai_generated": "text", "normative": "规章", "annual_report": 2025, "form": None, "simple": False, "interprets": ["c.md"],
    "repost_of": {"name": "来源", "url": "https://b.example/y", "published": "2026-11-01 00:00"}, "report_up": True, "catalogue": True,
    "waits": "2026-11-03/2026-11-10",
    "synced": {"by": "gov", "at": "2026-11-01 09:00", "sha256": "0" * 64, "share": 0.9, "item": "1", "text": "0" * 16},
    "opinions": [{"text": "意见", "adopted": "不采纳", "reason": "理由", "count": 2}], "opinions_file": "biao.csv",
    "opinions_received": 3, "adopted": 1, "transcript": [{"by": "岗", "text": "一\n\n二"}],
    "questions": [{"text": "问", "reply": "答", "by": "岗"}],
    "interpretation": {"state": "required", "reason": "因", "due": "2026-12-01 00:00"},
    "statistics": {"title": "统计", "file": "biao.csv", "until": "2026-10-31 00:00", "type": "line", "unit": "次", "description": "说明"},
    **{key: ["甲", "乙"] for key in _LISTS},
    **dict.fromkeys(LINKED, LINK),
    **dict.fromkeys(("created", "effective", "valid_until", "ended", "received", "replied", "opens", "closes", "held", "checked_at",
                     "result_at", "result_due", "transferred", "extended_to", "closed"), "2026-11-01 09:00"),
}  # fmt: skip
"""A value for every field that is no plain text."""
IN_ROW = frozenset(
    {
        "title",
        "date",
        "kind",
        "id",
        "slug",
        "status",
        "source",
        "author",
        "summary",
        "updated",
        "publish_at",
        "expires",
        "push_down",
        "lang",
    }
)
"""Fields that every record has anyway, or that say when it is public."""
FILES = {
    "biao.csv": "甲,乙\n1,2\n",
    "tu.png": picture(),
    "v.mp4": VIDEO,
    "v.vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\n字幕\n",
}


def fields_of(kind: str) -> dict[str, Any]:
    """A value for each field of a kind, as an officer writes them."""
    model, values = KINDS[kind], {}
    for name, field in model.model_fields.items():
        if name in IN_ROW or name in NOT_SHOWN:
            continue
        value = SAMPLES.get(name, f"{name} 的内容")
        if value is None:
            value = {"document": "red", "interpretation": "图解"}[kind]
        values[name] = value
        assert field.description, name
    return values


def article(kind: str) -> str:
    head = {"title": kind, "date": "2026-11-20 09:30", "id": kind, "kind": kind, "source": "某局", **fields_of(kind)}
    return f"---\n{yaml.safe_dump(head, allow_unicode=True)}---\n{kind} 的**正文**，见[表](biao.csv)。\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    files: dict[str, str | bytes] = {f"content/jilin/x/{kind}.md": article(kind) for kind in KINDS if kind != "page"}
    files |= {f"content/jilin/x/{name}": data for name, data in FILES.items()}
    return new_cluster(tmp_path_factory.mktemp("round"), files).build()


@pytest.fixture(scope="module")
def client(built: Built) -> Client:
    return Client(built, "jilin", URL)


def anew(kind: str, record: dict[str, Any]) -> News:
    """The article that a client makes of a record."""

    def local(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: local(one) for key, one in value.items() if key not in ("size", "digest")}
        if isinstance(value, list):
            return [local(one) for one in value]
        return value.removeprefix(f"{URL}/x/") if isinstance(value, str) else value

    names = KINDS[kind].model_fields
    return KINDS[kind].model_validate(
        {key: local(value) for key, value in record.items() if key in names and value != ""}
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "page"])
def test_an_article_is_made_anew_from_its_record(client: Client, kind: str) -> None:
    record = next(one for one in client.articles if one["kind"] == kind)
    validator("article").validate(record)
    given = {"title": kind, "date": "2026-11-20 09:30", "kind": kind, "source": "某局", **fields_of(kind)}
    hidden = {*NOT_SHOWN, "id", "updated"}
    expected = KINDS[kind].model_validate(given).model_dump(exclude=hidden)
    assert anew(kind, record).model_dump(exclude=hidden) == expected


def test_texts_are_there_with_complete_addresses(client: Client) -> None:
    lines = [json.loads(line) for url in client.site["texts"] for line in client.get(url).decode().splitlines()]
    for line in lines:
        validator("text").validate(line)
    texts = {line["id"]: line["html"] for line in lines}
    assert texts.keys() == KINDS.keys() - {"news", "page"}
    assert f'survey 的<strong>正文</strong>，见<a href="{URL}/x/biao.csv"' in texts["survey"]


def test_a_file_that_a_field_names_has_size_and_digest(client: Client) -> None:
    record = next(one for one in client.articles if one["kind"] == "rebuttal")
    assert record["evidence"][0]["size"] == len(FILES["biao.csv"].encode())
    assert [one["name"] for one in record["attachments"]] == ["表"]
    assert [len(one.get("digest", "")) for one in record["evidence"]] == [32, 0, 0]
