"""Long documents: cut into parts, found as one, and left at the 条 that answers."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jiyue.search import parts, shards, tokenizer
from jiyue.search.build import build_index
from jiyue.search.node import ask
from tests.support.search import law, made_docs
from tests.test_search_index import NO_SYNONYMS, Store, built, files


@given(st.lists(st.text("第一条。甲\f1 a", max_size=90), max_size=60), st.integers(1, 30))
def test_parts_lose_no_text_and_no_term(lines: list[str], times: int) -> None:
    text = "\n".join("\f".join(line.split("\f")[:1]) * times for line in lines)
    cut = parts.parts_of(text)
    assert all(len(part.text) <= parts.MOST for part in cut)
    assert {term for part in cut for term in tokenizer.terms(part.text)} >= set(tokenizer.terms(text))
    assert len(cut) == 1 or len(cut) <= 3 + len(text) // 150


def test_a_law_is_cut_at_its_articles() -> None:
    cut = parts.parts_of(law(1).text)
    assert len(cut) > 4 and "\n".join(part.text for part in cut) == law(1).text
    assert all(part.text.startswith(("\f", "第")) for part in cut)
    assert {context for _, _, _, context in cut} == {"", "第一章 总则", "第二章 罚则", "附件"}
    assert cut[-1].renamed["第九条"] == "第九条-2" and not cut[0].renamed
    long = parts.parts_of("第一条 " + "甲乙丙丁。" * 300)
    assert [part.place for part in long] == [""] + ["第一条"] * (len(long) - 1)


@given(st.dictionaries(st.integers(0, 5000), st.integers(2, 90), max_size=90))
def test_widths_come_back(widths: dict[int, int]) -> None:
    end, apart = 0, {}
    for first in sorted(widths):
        if first >= end:
            apart[first] = widths[first]
            end = first + widths[first]
    assert shards.decode_widths(shards.encode_widths(apart)) == apart


def test_a_law_is_one_result_at_the_right_place(tmp_path: Path) -> None:
    docs = [*made_docs(60), law(1), law(2, "公积金规定"), law(3, "秸秆办法")]
    build_index(docs, tmp_path, suggestions=False)
    manifest = json.loads((tmp_path / "m.json").read_bytes())
    assert sum(one["documents"] for one in manifest["segments"]) == 63
    asked = ["拖欠热费的用户由谁催告？", "供热条例", "拖欠热费三个月", "供热条例 催告", "供热条例 第九条"]
    question, name, phrase, apart, _ = ask(tmp_path, asked)
    assert {hit["url"] for hit in question["hits"][:3]} == {f"law/{number}.html" for number in (1, 2, 3)}
    assert question["hits"][0]["place"] == "#第十四条"
    assert (name["hits"][0]["url"], name["hits"][0]["place"]) == ("law/1.html", "")
    assert phrase["total"] == 3 and {hit["place"] for hit in phrase["hits"][:3]} == {"#第十四条"}
    assert apart["hits"][0]["url"] == "law/1.html"  # its title and these words are in different parts
    for answer in (question, name, phrase, apart):
        urls = [hit["url"] for hit in answer["hits"]]
        assert len(urls) == len(set(urls))
    (held,) = ask(tmp_path, ["拖欠热费三个月"], options={"filters": {"kind": "document"}})
    assert {hit["url"] for hit in held["hits"] if hit["url"].startswith("law/")} == {f"law/{n}.html" for n in (1, 2, 3)}


def test_edits_of_long_documents_equal_a_clean_build(tmp_path: Path) -> None:
    store = Store()
    docs = [*made_docs(40), law(1), law(2)]
    states = [
        docs,
        [*docs[:-2], law(1, extra="一个采暖期的"), law(2)],
        [*docs[:-2], law(1)._replace(text=law(1).text[:2000]), law(2)],
        [*docs, law(3)],
        docs[:-2],
        docs,
    ]
    for state in states:
        build_index(state, tmp_path, cache=store, synonyms=NO_SYNONYMS, suggestions=False)
        assert files(tmp_path) == built(state)
