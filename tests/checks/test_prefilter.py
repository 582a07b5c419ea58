"""The prefilter only saves time: it selects every family that would match, and none for a clean text."""

from __future__ import annotations

import re
import sys
import unicodedata
from contextlib import nullcontext
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.checks.article.links import _forbidden, link_findings
from jiyue.checks.text import prefilter, secrecy
from jiyue.checks.text.content import CheckSettings, content_findings
from jiyue.checks.text.model import INVISIBLE, Text
from jiyue.checks.text.numbers import RUN
from jiyue.checks.text.prefilter import Prefilter
from tests.checks.test_words import MUST_FIRE, MUST_NOT_FIRE, SETTINGS

ALL = (1 << 10) - 1
BITS = [
    *"机密秘绝★内部料不予公开外传请勿级：会后收依申家住址号楼月日年一三八九〇，、。；,;?!〔〕[]（）2013569 -*_|<>b/&#;\u200b\u3000\n１３",
    "138", "1234", "5678", "220102", "1990", "0307", "4516", "身份证", "注意保存", "月30日", "2026年", "密★", "不公开", "</b>", "号",
]  # fmt: skip


def found(text: str, every: bool) -> list[str]:
    with patch.object(Prefilter, "__call__", lambda self, data: ALL) if every else nullcontext():
        return [str(d) for d in content_findings(Text("cc", "p", text), SETTINGS)]


@given(st.lists(st.sampled_from(BITS), max_size=24).map("".join))
def test_what_any_rule_finds_passes_the_prefilter(text: str) -> None:
    assert found(text, every=False) == found(text, every=True)


@pytest.mark.parametrize("text", [t for texts in (*MUST_FIRE.values(), *MUST_NOT_FIRE.values()) for t in texts])
def test_fixtures_too(text: str) -> None:
    assert found(text, every=False) == found(text, every=True)


def test_every_character_that_shows_nothing_and_every_odd_digit_is_named() -> None:
    hidden = re.compile(f"[{INVISIBLE}]")
    odd = [
        chr(code)
        for code in range(128, sys.maxunicode)
        if not 0xD800 <= code < 0xE000 and (unicodedata.decimal(chr(code), -1) >= 0 or hidden.match(chr(code)))
    ]
    assert len(odd) > 1000
    assert [c for c in odd if not SETTINGS.prefilter(c.encode()) & prefilter.ODD] == []


def test_every_gap_inside_a_word_is_named() -> None:
    inner = re.compile(secrecy.INNER)
    characters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    gaps = [c for c in characters if inner.fullmatch(c) or secrecy.UNUSUAL_BLANK.fullmatch(c)]
    assert len(gaps) > 100
    assert [g for g in gaps if not SETTINGS.prefilter(f"机{g}密".encode()) & (prefilter.MARKINGS | prefilter.ODD)] == []


@given(st.text(alphabet="0123456789 -/:.，、x\n|　）", max_size=60))
def test_a_run_of_digits_that_may_be_a_persons_is_named(text: str) -> None:
    runs = ["".join(re.findall(r"\d", run[0])) for run in RUN.finditer(text)]
    if any(len(digits) > 14 or re.search(r"1[3-9]\d{9}", digits) for digits in runs):
        assert prefilter.numbers_may_be_in(text.encode())


def test_an_ordinary_text_is_let_through() -> None:
    text = "---\ntitle: 关于做好防汛工作的通知\ndate: 2026-11-20 09:30\n---\n各县（市、区）人民政府：\n\n" + (
        "要加强组织领导，明确责任分工，11月20日前报省政府办公厅（电话：0431-88900000）。" * 20
    )
    assert SETTINGS.prefilter(text.encode()) == 0


LINKS = [
    "[a](", ")", "#", "javascript:x", "//", "https://www.gov.cn/a", "http://localhost/", "10.0.0.1", " ", "<", ">", "x", "TODO", "\n",
    "待补", "`", '"t"', "[b]: ", "https://a.test", "https://user@bad.example:80/",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINKS), max_size=12).map("".join))
def test_links_are_told_apart_only_where_one_may_be_forbidden(text: str) -> None:
    blocked = frozenset({"bad.example"})
    assert link_findings(Text("cc", "p", text), blocked) == list(_forbidden(Text("cc", "p", text), blocked))


def test_terms_of_ones_own_are_in_the_look() -> None:
    assert CheckSettings().prefilter("截止目前".encode()) == 0
    assert SETTINGS.prefilter("截止目前".encode()) == prefilter.TERMS
