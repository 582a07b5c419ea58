"""Official documents: validity as of a day, relations across sites, what contradicts them, and the pages that show it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.catalogue.validity import (
    AMENDED,
    ENDED,
    EXPIRED,
    FUTURE,
    IN_FORCE,
    REPEALED,
    STATES,
    Document,
    Documents,
    normal,
    state,
)

TODAY = "2026-11-28"


def doc(name: str, site: str = "jilin", **fields: Any) -> Document:
    plain: dict[str, Any] = dict.fromkeys(Document._fields, "")
    names = {key: fields.pop(key) for key in ("replaces", "replaced_by", "amends", "interprets") if key in fields}
    plain |= {
        "source_path": f"content/{site}/zcwj/{name}.md", "site": site, "id": f"{site}-{name}", "kind": "document",
        "title": name, "date": "2026-01-01", "copy": False, "names": names,
    }  # fmt: skip
    return Document(**(plain | fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, IN_FORCE),
        ({"effective": TODAY}, IN_FORCE),
        ({"effective": "2026-11-29"}, FUTURE),
        ({"stated": FUTURE}, FUTURE),
        ({"stated": FUTURE, "effective": "2026-11-27"}, IN_FORCE),
        ({"stated": IN_FORCE, "effective": "2027-01-01"}, FUTURE),
        ({"valid_until": TODAY}, IN_FORCE),
        ({"valid_until": "2026-11-27"}, EXPIRED),
        ({"stated": AMENDED}, AMENDED),
        ({"stated": REPEALED, "effective": "2027-01-01"}, REPEALED),
        ({"stated": EXPIRED}, EXPIRED),
    ],
)
def test_validity_follows_from_dates_and_what_ended_for_good(fields: dict[str, str], expected: str) -> None:
    one = doc("a", **fields)
    assert Documents([one], TODAY).validity(one.source_path) == expected


@pytest.mark.parametrize("written", ["content/jilin/zcwj/old.md", "jilin/zcwj/old.md", "jilin-old", "政发[2020] 1号"])
@pytest.mark.parametrize("side", ["replaces", "replaced_by"])
def test_one_direction_is_enough_by_any_name_and_across_sites(written: str, side: str) -> None:
    mine = {"replaces": [written]} if side == "replaces" else {}
    theirs = {"replaced_by": ["fgw-new"]} if side == "replaced_by" else {}
    old = doc("old", date="2020-01-01", doc_number="政发〔2020〕1号", **theirs)
    new = doc("new", "fgw", **mine)
    known = Documents([old, new], TODAY)
    assert known.validity(old.source_path) == REPEALED
    assert known.validity(new.source_path) == IN_FORCE
    assert known.successor(old.source_path) == new
    assert known.history(old.source_path) == known.history(new.source_path) == [old, new]
    assert known.related("replaces", new.source_path) == [old]


def test_a_document_replaces_another_on_the_day_on_which_it_comes_into_force() -> None:
    old, new = doc("old"), doc("new", effective="2026-12-01", replaces=["jilin-old"])
    days = {day: Documents([old, new], day).validity(old.source_path) for day in ("2026-11-30", "2026-12-01")}
    assert days == {"2026-11-30": IN_FORCE, "2026-12-01": REPEALED}


def test_what_was_replaced_stays_so_when_its_successor_is_replaced() -> None:
    first = doc("1", date="2020-01-01")
    second = doc("2", date="2021-01-01", replaces=["jilin-1"])
    third = doc("3", date="2022-01-01", replaces=["jilin-2"])
    known = Documents([third, first, second], TODAY)
    assert [known.validity(one.source_path) for one in (first, second, third)] == [REPEALED, REPEALED, IN_FORCE]
    assert known.successor(first.source_path) == third
    assert known.history(second.source_path) == [first, second, third]


def test_an_amended_document_stays_in_force_under_its_own_name() -> None:
    known = Documents([doc("old"), doc("new", amends=["jilin-old"])], TODAY)
    assert known.validity("content/jilin/zcwj/old.md") == AMENDED
    assert known.successor("content/jilin/zcwj/old.md") is None


def test_two_sites_with_the_same_number_are_not_confused() -> None:
    first, second = doc("a", "cc", doc_number="政发〔2026〕1号"), doc("a", "nong", doc_number="政发〔2026〕1号")
    reader = doc("r", "fgw", replaces=["政发〔2026〕1号"])
    own = doc("o", "cc", replaces=["政发〔2026〕1号"])
    known = Documents([first, second, reader, own], TODAY)
    assert known.related("replaces", reader.source_path) == []
    assert known.related("replaces", own.source_path) == [first]


@st.composite
def _clusters(draw: st.DrawFn) -> list[Document]:
    days = st.sampled_from(["", "2019-01-01", "2026-11-27", "2026-11-28", "2026-11-29", "9999-12-31"])
    made = []
    for n in range(draw(st.integers(1, 7))):
        names = {
            relation: [f"{site}-{m}" for m in draw(st.lists(st.integers(0, 7), max_size=2)) for site in ("jilin", "cc")]
            for relation in draw(st.sets(st.sampled_from(["replaces", "replaced_by", "amends", "interprets"])))
        }
        dates = {key: draw(days) for key in ("created", "effective", "valid_until")}
        made.append(
            doc(
                str(n),
                draw(st.sampled_from(["jilin", "cc"])),
                stated=draw(st.sampled_from(["", *STATES])),
                **dates,
                **names,
            )
        )
    return made


@given(_clusters(), st.randoms())
def test_any_statements_give_one_answer_in_any_order(documents: list[Document], rnd: Any) -> None:
    known = Documents(documents, TODAY)
    answers = {one.source_path: known.validity(one.source_path) for one in documents}
    rnd.shuffle(documents)
    again = Documents(documents, TODAY)
    for one in documents:
        path = one.source_path
        assert answers[path] == again.validity(path) in STATES
        after = known.successor(path)
        assert after == again.successor(path)
        if after:
            assert after is not one and answers[path] in ENDED
        for relation, other in itertools.product(("replaces", "amends", "interprets"), documents):
            inverse = {"replaces": "replaced_by", "amends": "amended_by", "interprets": "interpreted_by"}[relation]
            there = other in known.related(relation, path)
            assert there == (one in known.related(inverse, other.source_path))
            assert not (there and other is one)


def test_numbers_are_read_alike_however_brackets_were_typed() -> None:
    assert {normal(f"吉政发{a}2026{b} 3号") for a, b in ("〔〕", "[]", "［］", "()", "（）", "【】")} == {
        "吉政发〔2026〕3号"
    }


def test_a_state_of_no_date_is_in_force() -> None:
    assert state(doc("a", date=""), TODAY) == IN_FORCE


# -- whole sites ------------------------------------------------------------------------------------------------------

CLUSTER = {
    "sites/cluster.yaml": "name: 群\nroot: jilin\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n",
    "sites/fgw.yaml": "name: 发改委\nkind: department\nsuperior: jilin\nurl: https://fgw.jl.example\n",
    "sites/cc.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
}


def article(
    title: str, slug: str, date: str = "2026-11-20", kind: str = "document", body: str = "正文。", **fields: str
) -> str:
    more = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\ntitle: {title}\ndate: {date}\nkind: {kind}\nslug: {slug}\n{more}---\n{body}\n"


Build = Callable[..., Any]


def told(built: Any, rule: str) -> list[tuple[str, int, str]]:
    return [(d["path"], d["line"], d["message"]) for d in built.diagnostics if d["rule"] == rule]


@pytest.mark.parametrize(
    ("fields", "line", "message"),
    [
        ({"effective": "2026-12-01", "validity": "现行有效"}, 7, "validity: 写着「现行有效」，施行日期 2026-12-01 还没有到"),
        ({"effective": "2026-11-01", "validity": "尚未施行"}, 7, "validity: 写着「尚未施行」，施行日期 2026-11-01 已经到了"),
        ({"validity": "现行有效", "valid_until": "2026-11-27"}, 6, "validity: 写着「现行有效」，有效期 2026-11-27 已经过了"),
        ({"effective": "2026-11-01", "valid_until": "2026-10-01"}, 7, "valid_until: 有效期至 2026-10-01，早于施行日期 2026-11-01"),
        ({"effective": "2026-12-01", "validity": "废止"}, 7, "validity: 写着「废止」，施行日期 2026-12-01 还没有到"),
    ],
)  # fmt: skip
def test_a_statement_that_dates_contradict_is_a_finding(
    build_site: Build, fields: dict[str, str], line: int, message: str
) -> None:
    built = build_site({**CLUSTER, "content/jilin/zcwj/a.md": article("办法", "a", **fields)}, today=TODAY)
    assert told(built, "document-validity") == [("content/jilin/zcwj/a.md", line, message)]
    assert built.html("jilin", "zcwj/a.html")


def test_relations_that_lead_nowhere_or_back_are_findings(build_site: Build) -> None:
    built = build_site(
        {
            **CLUSTER,
            "content/jilin/zcwj/a.md": article("甲", "a", replaces="jilin/zcwj/none.md"),
            "content/jilin/zcwj/b.md": article("乙", "b", replaces="jilin/zcwj/b.md"),
            "content/jilin/zcwj/c.md": article("丙", "c", created="2020-01-01", replaces="cc/zcwj/d.md"),
            "content/cc/zcwj/d.md": article("丁", "d", created="2021-01-01"),
            "content/jilin/zcwj/e.md": article("戊", "e", replaces="国发〔2001〕1号"),
            "content/jilin/zcwj/f.md": article("己", "f", validity="现行有效"),
            "content/fgw/zcwj/g.md": article("庚", "g", replaces="jilin/zcwj/f.md"),
        },
        today=TODAY,
    )
    assert told(built, "document-relation") == [
        ("content/jilin/zcwj/a.md", 6, "replaces: 没有「jilin/zcwj/none.md」这篇文件，或者它没有公开"),
        ("content/jilin/zcwj/b.md", 6, "replaces: 写的是本篇自己"),
        ("content/jilin/zcwj/c.md", 7, "replaces: 《丙》（2020-01-01）比它代替的《丁》（2021-01-01）还早"),
    ]
    assert told(built, "document-validity") == [
        ("content/jilin/zcwj/f.md", 6, "validity: 写着「现行有效」，但已由《庚》代替（content/fgw/zcwj/g.md）")
    ]
