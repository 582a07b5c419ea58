"""Comparing two wordings."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from jiyue.editor.comparing import compare
from jiyue.editor.merging import merge, resolved
from jiyue.editor.web.articles import _described
from jiyue.editor.web.security import Form

LINES = st.lists(st.text("甲乙丙abc，。 ", max_size=8), max_size=12).map("\n".join)


@given(LINES, LINES)
def test_a_comparison_shows_all_of_both_texts(old: str, new: str) -> None:
    rows = compare(old, new, context=99)
    if not rows:
        assert old.splitlines() == new.splitlines()
        return
    assert ["".join(text for _, text in r.old) for r in rows if r.old_number] == old.splitlines()
    assert ["".join(text for _, text in r.new) for r in rows if r.new_number] == new.splitlines()
    for row in rows:
        if row.kind == "same":
            assert row.old == row.new
        if row.kind == "changed":
            same = [["".join(t for changed, t in side if not changed)] for side in (row.old, row.new)]
            assert same[0] == same[1]


def test_it_marks_words_and_leaves_out_what_is_far_from_a_change() -> None:
    old = "\n".join([f"第{n}行" for n in range(20)])
    rows = compare(old, old.replace("第9行", "第9 line"))
    assert [(r.kind, r.count) for r in rows] == [
        ("gap", 6),
        *[("same", 0)] * 3,
        ("changed", 0),
        *[("same", 0)] * 3,
        ("gap", 7),
    ]
    assert rows[4].old == ((False, "第9"), (True, "行"))
    assert rows[4].new == ((False, "第9"), (True, " line"))


def test_texts_of_hostile_size_are_compared_in_time() -> None:
    assert compare("甲\n" * 20_000, "乙\n" * 20_000)
    assert compare("甲乙" * 50_000, "乙甲" * 50_000)
    some = random.Random(1)
    # each took minutes: lines, or words, that come again and again, none so often that difflib leaves it out
    texts = ["首\n" + "".join(f"{some.randrange(150)}\n" for _ in range(19_000)) + "尾" for _ in range(3)]
    rows = compare(*texts[:2])
    assert rows[0].kind == rows[-1].kind == "same"
    assert merge(*(text.encode() for text in texts)).hunks
    lines = ["\n".join("".join(some.choices("甲乙丙", k=900)) for _ in range(60)) for _ in range(2)]
    assert {row.kind for row in compare(*lines)} == {"changed"}


def test_pictures_are_looked_for_in_one_go_whatever_the_text_is() -> None:
    form = Form((("alt-a(1).png", "新[图]"), ("was-alt-a(1).png", "旧"), ("alt-b.png", "乙")))
    text = '![旧](<a(1).png>) ![旧](b.png "图（1）") ![丙](c.png)\n'
    assert _described(text, form) == '![新［图］](<a(1).png>) ![乙](b.png "图（1）") ![丙](c.png)\n'
    for hostile in ("![" * 500_000, "![a](<b " * 100_000):  # took hours
        assert _described(hostile, form) == hostile


def test_taking_mine_keeps_what_others_changed_elsewhere() -> None:
    base = "第一句。中间。第二句。\n隔着。\n第三行。\n"
    theirs = "第一句！中间。第二句改。\n隔着。\n第三行改。\n"
    mine = "第一句？中间。第二句。\n隔着。\n第三行。\n"
    assert resolved(base, theirs, mine, "mine") == "第一句？中间。第二句改。\n隔着。\n第三行改。\n"
    both = "第一句！中间。第二句改。\n第一句？中间。第二句。\n隔着。\n第三行改。\n"
    assert resolved(base, theirs, mine, "both") == both
