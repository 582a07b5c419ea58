"""The form of an article: which fields it has, and that sending it unchanged changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.catalogue.models import KINDS
from jiyue.editor.forms.fields import _OF_KINDS, GROUPS, MORE, Field, Widget, groups
from jiyue.editor.forms.front_matter import Unchangeable, read, write
from jiyue.editor.forms.values import MOST_ROWS, as_sent, changes
from jiyue.registry.load import load_registry

ROOT = Path(__file__).parents[2]
REGISTRY = load_registry(ROOT)
CHANGCHUN = REGISTRY.sites["changchun"]


def fields(kind: str, present: tuple[str, ...] = ()) -> list[Field]:
    return [one for group in groups(kind, CHANGCHUN, "tzgg", REGISTRY, present=present).values() for one in group]


def named(kind: str) -> dict[str, Field]:
    return {one.name: one for one in fields(kind)}


def test_a_form_has_the_fields_of_its_kind_in_the_words_of_the_schemas() -> None:
    news, document = named("news"), named("document")
    assert "doc_number" not in news and {"doc_number", "genre", "replaces"} <= document.keys()
    assert (document["doc_number"].label, document["doc_number"].hint) == ("发文字号", "如 吉政办发〔2026〕1号")
    assert document["title"].required and document["date"].widget is Widget.DATE
    assert "通知" in document["genre"].suggestions and "长春市人民政府" in document["issuer"].suggestions
    assert news["layout"].choices[1] == ("photos", "图集")
    assert not {"review", "kind", "synced", "migrated", "withdraw"} & (news.keys() | document.keys())
    parts = groups("rebuttal", CHANGCHUN, "tzgg", REGISTRY)
    assert list(parts) == ["基本", "发布", "关联", MORE]
    assert {"claim", "verdict", "facts", "evidence"} <= {one.name for one in parts["基本"]}
    assert [one.name for one in named("rebuttal")["evidence"].fields] == ["name", "url"]
    assert (
        "lang" not in news and "push_down" in news and "doc_number" in {f.name for f in fields("news", ("doc_number",))}
    )


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_field_has_a_chinese_name(kind: str) -> None:
    def check(one: Field) -> None:
        assert not one.label.isascii() and len(one.label) <= 16, one
        for inner in one.fields:
            check(inner)

    for one in fields(kind):
        check(one)


def test_every_field_of_the_models_has_its_place() -> None:
    asked = {name for kind in KINDS for name in named(kind)}
    known = {name for model in KINDS.values() for name in model.model_fields}
    elsewhere = {"kind", "review", "synced", "migrated", "withdraw", "status", "lang", "translation_of"}
    assert known - asked == elsewhere - asked and asked <= known
    placed = {name for names in GROUPS.values() for name in names}
    assert placed <= known, "a part of the form names a field that no model has"
    assert {kind for kinds in _OF_KINDS.values() for kind in kinds} <= KINDS.keys() and _OF_KINDS.keys() <= known


def test_an_unchanged_form_changes_no_byte_of_any_article() -> None:
    for path in (ROOT / "content").rglob("*.md"):
        data = path.read_bytes()
        head = read(data)
        shown = fields(str(head.values.get("kind") or "news"), tuple(head.values))
        form = {name: value.replace("\n", "\r\n") for name, value in as_sent(shown, head.values).items()}
        found = changes(shown, head.values, form.get)
        assert not found, path
        assert write(data, found, head.body.replace("\n", "\r\n")) == data


@pytest.mark.parametrize(
    ("kind", "text", "sent", "made"),
    [
        ("news", "keywords: [甲, 乙]", {"f-keywords": "甲、丙"}, "keywords: [甲, 丙]"),
        ("news", "keywords: 甲，乙", {"f-pinned": "true"}, "keywords: 甲，乙\npinned: true"),
        ("news", "pinned: true", {"f-pinned": ""}, ""),
        ("letter", "received: 2026-11-01", {"f-simple": ""}, "received: 2026-11-01\nsimple: false"),
        ("news", "summary: ", {"f-summary": ""}, "summary: "),
        ("news", "summary: ", {"f-summary": "一\r\n\r\n二"}, "summary: |-\n  一\n\n  二"),
        ("rebuttal", 'evidence: "[公告](a.md)"', {"f-evidence-1-name": "说明"},
         'evidence:\n  - "[公告](a.md)"\n  - {name: 说明}'),
        ("rebuttal", "evidence:\n  - a.pdf  # 原件\n  - {name: 乙, url: b.pdf}", {"f-evidence-1-name": "丙"},
         "evidence:\n  - a.pdf  # 原件\n  - {name: 丙, url: b.pdf}"),
        ("document", "interpretation: required", {"f-interpretation-state": "exempt", "f-interpretation-reason": "简单"},
         "interpretation: {state: exempt, reason: 简单}"),
        ("news", "repost_of: {name: 甲, url: https://a.example/}", {"f-repost_of-name": "", "f-repost_of-url": ""}, ""),
        ("guide", "steps:\n  - 一\n  - 二", {"f-steps": "一\n二\n三\n"}, "steps:\n  - 一\n  - 二\n  - 三"),
        ("news", "report_up: true", {"f-report_up": "yw、tzgg"}, "report_up: [yw, tzgg]"),
        ("news", "ai_generated: none", {"f-ai_generated": "text"}, "ai_generated: text"),
        ("news", "posts:\n  - {post: 甲, phone: 1}\n  - {post: 乙}", {"f-posts-0-post": "", "f-posts-0-phone": ""},
         "posts:\n  - {post: 乙}"),
    ],
)  # fmt: skip
def test_a_changed_field_is_written_and_no_other(kind: str, text: str, sent: dict[str, str], made: str) -> None:
    def whole(rows: str) -> str:
        return "\n".join(row for row in ("---", "title: 稿件", rows, "---", "正文") if row)

    data = whole(text).encode()
    head = read(data)
    shown = fields(kind, tuple(head.values))
    form = {**as_sent(shown, head.values), **sent}
    assert write(data, changes(shown, head.values, form.get)).decode() == whole(made)


def test_what_a_field_cannot_show_is_left_alone() -> None:
    data = "---\ntitle: [甲, 乙]\nposts: 局长\npinned: 也许\n---\n".encode()
    head = read(data)
    shown = fields("news", tuple(head.values))
    form = as_sent(shown, head.values)
    assert not {"f-title", "f-posts-0-post", "f-pinned"} & form.keys()
    assert changes(shown, head.values, {**form, "f-title": "丙", "f-pinned": "true"}.get) == {}
    long = {"title": "甲", "posts": [{"post": f"岗位{n}"} for n in range(MOST_ROWS)]}
    assert not [name for name in as_sent(shown, long) if name.startswith("f-posts")]
    assert changes(shown, long, as_sent(shown, long).get) == {}
    with pytest.raises(Unchangeable):
        read("没有开头".encode())


SAMPLES = [path.read_bytes() for path in sorted((ROOT / "content/jilin").rglob("*.md"))[::9]]
SIGNS = st.text(st.sampled_from("甲乙丙 :#-[]{},'\"|>&*!%@`~\\\n，、；0"), max_size=14)


@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_sent_stands_in_the_form_again(data: bytes, drawn: st.DataObject) -> None:
    head = read(data)
    known = fields(str(head.values.get("kind") or "news"), tuple(head.values))
    form = as_sent(known, head.values)
    names = drawn.draw(st.lists(st.sampled_from(sorted(form)), max_size=4, unique=True))
    sent = form | {name: drawn.draw(SIGNS) for name in names}
    found = changes(known, head.values, sent.get)
    made = write(data, found)
    after = read(made)
    assert after.body == head.body
    assert {key: value for key, value in after.values.items() if key not in found} == {
        key: value for key, value in head.values.items() if key not in found
    }
    again = as_sent(known, after.values)
    assert changes(known, after.values, again.get) == {}
    for one in known:  # what is text comes back as it was sent
        name = f"f-{one.name}"
        if name in names and one.widget in (Widget.LINE, Widget.DATE):
            assert again[name] == sent[name].strip("\n").replace("\n", " ").strip()
