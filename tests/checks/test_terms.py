"""Lists of terms: what entries match, and the messages about invalid lists."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from jiyue.checks.text.model import Text
from jiyue.checks.text.wording import SHIPPED, Term, TermListError, Terms, find_terms, load_terms, usable_terms

TODAY = datetime.date(2026, 11, 23)


def found(text: str, *terms: Term) -> list[str]:
    return [f"{d.rule} {d.col} {d.hint}" for d in find_terms(Text("s", "p", text), Terms(terms))]


def test_a_term_gives_what_is_right_and_why() -> None:
    term = Term("帐号", "账号", category="异形词", source="某表")
    assert found("登记帐号。", term) == ["wording-advice 3 改为“账号”（依据：某表）"]


def test_severity_chooses_the_rule() -> None:
    assert found("甲乙", Term("甲乙", "乙", severity="error")) == ["wording-wrong 1 改为“乙”"]


def test_exceptions_are_longer_words_around_the_term() -> None:
    term = Term("水份", "水分", exceptions=("水份额", "薪水份"))
    assert found("水份额，薪水份数，水份含量", term) == ["wording-advice 10 改为“水分”"]


def test_context_must_match_near() -> None:
    term = Term("登陆", "登录", context="网站|系统")
    assert found("台风登陆沿海", term) == []
    assert len(found("登陆本系统", term)) == 1
    assert found("登陆" + "。" * 40 + "系统", term) == []


def test_the_longest_term_wins() -> None:
    assert found("甲乙丙", Term("甲乙", "x"), Term("甲乙丙", "y")) == ["wording-advice 1 改为“y”"]


def write(folder: Path, text: str) -> Path:
    path = folder / "terms.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_private_list_adds_replaces_and_expires(tmp_path: Path) -> None:
    own = write(
        tmp_path,
        "- {wrong: 既使, right: 纵使}\n- {wrong: 旧词, right: 新词, until: 2026-11-22}\n- {wrong: 某词, right: 别词, until: 2026-11-23}\n",
    )
    terms = {term.wrong: term.right for term in load_terms([SHIPPED, own], TODAY).terms}
    assert terms["既使"] == "纵使"
    assert "旧词" not in terms
    assert terms["某词"] == "别词"
    assert terms["人民正府"] == "人民政府"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "词表 terms.yaml 应当是一个列表，每项写 wrong 和 right"),
        ("- {wrong: a}", "词表 terms.yaml 第 1 条：wrong 和 right 都要写，而且是文字"),
        ("- {wrong: a, right: b, kind: c}", "词表 terms.yaml 第 1 条：不认识的字段 kind"),
        ("- {wrong: a, right: b, exceptions: [c]}", "词表 terms.yaml 第 1 条：exceptions 是列表，每项都要包含“a”"),
        ("- {wrong: a, right: b, severity: fatal}", "词表 terms.yaml 第 1 条：severity 只能是 error 或者 warning"),
        ("- {wrong: a, right: b, until: soon}", "词表 terms.yaml 第 1 条：until 写成 2027-12-31 的形式"),
        ("- {wrong: a, right: b, context: '('}", "词表 terms.yaml 第 1 条：context 不是正确的正则表达式"),
        ("- [", "词表 terms.yaml 读不出来"),
    ],
)
def test_a_wrong_list_is_refused_whole(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TermListError) as caught:
        load_terms([write(tmp_path, text)], TODAY)
    assert str(caught.value).startswith(message)


def test_a_wrong_list_is_told_and_the_shipped_one_stays(tmp_path: Path) -> None:
    assert usable_terms([], TODAY) == (load_terms([SHIPPED], TODAY), [])
    terms, (told,) = usable_terms([write(tmp_path, "- {wrong: a}")], TODAY)
    assert terms == load_terms([SHIPPED], TODAY)
    assert (told.rule, told.message) == ("wording-list", "词表 terms.yaml 第 1 条：wrong 和 right 都要写，而且是文字")


def test_a_missing_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TermListError, match=r"词表 none\.yaml 读不出来"):
        load_terms([tmp_path / "none.yaml"], TODAY)


def test_the_shipped_list_is_in_order() -> None:
    terms = load_terms([SHIPPED], TODAY).terms
    assert len(terms) > 50
    for term in terms:
        assert term.wrong != term.right
        assert found(term.right, *terms) == [], f"{term.right} is itself told off"


def test_many_terms_use_the_smaller_automaton() -> None:
    terms = Terms(tuple(Term(f"错{n:05}", "对") for n in range(5000)))
    assert [d.col for d in find_terms(Text("s", "p", "甲错04321乙"), terms)] == [2]
