"""The review steps and the register of officers, as pure functions of rows, registry and clock."""

from __future__ import annotations

from typing import Any

import pytest

from jiyue.catalogue.article import Article
from jiyue.checks.article.officers import folder_findings, site_findings
from jiyue.checks.article.review import check_review, review_lines
from jiyue.registry.site import Column, Site

NOW = "2026-11-23 00:00"
ROLES = {"first": "初审", "second": "复审", "final": "终审", "secrecy": "保密审查"}
OFFICERS = tuple(
    {"post": f"{role}岗", "unit": "办公室", "role": role, "since": "2026-01-01", "until": "2027-12-31"}
    for role in ("信息联络员", *ROLES.values())
)
GOOD = {step: {"by": f"{role}岗", "date": "2026-11-19 00:00"} for step, role in ROLES.items()}


def site(**changed: Any) -> Site:
    given: dict[str, Any] = {
        "review": tuple(ROLES), "officers": OFFICERS, "columns": (Column("yw", "要闻", owner="办公室"),)
    }  # fmt: skip
    return Site("cc", "长春", "长春", "prefecture", "https://cc.example", ("jilin",), {}, **{**given, **changed})


def row(review: Any = None, author: str = "信息联络员岗", date: str = "2026-11-20 09:30", **extra: Any) -> Article:
    extra |= {"review": review} if review is not None else {}
    return Article(
        "id", "cc", "yw", "yw", "id", "news", "标题", date, "", "", author, "", "content/cc/yw/a.md", 6, "", "", "", "",
        [], extra,
    )  # fmt: skip


def rules(article: Article, of: Site | None = None, now: str = NOW) -> list[str]:
    return [d.rule for d in check_review(article, of or site(), now).findings]


def changed(step: str, **fields: Any) -> dict[str, Any]:
    return {**GOOD, step: {**GOOD[step], **fields}}


def test_a_whole_chain_passes() -> None:
    result = check_review(row(GOOD), site(), NOW)
    assert (result.findings, result.waiting, result.moments) == ([], None, [])


def test_a_missing_step_waits_for_its_post() -> None:
    result = check_review(row({k: v for k, v in GOOD.items() if k != "secrecy"}), site(), NOW)
    [finding] = result.findings
    assert (finding.rule, finding.message) == ("review-missing", "缺少保密审查的审核记录")
    assert result.waiting is not None
    assert (result.waiting.steps, result.waiting.posts) == (["secrecy"], ["保密审查岗"])


@pytest.mark.parametrize(
    ("review", "rule"),
    [
        (changed("first", by="没有的岗"), "review-post"),
        (changed("first", by="信息联络员岗"), "review-post"),
        (changed("first", role="复审"), "review-post"),
        (changed("first", date="2025-12-31 00:00"), "review-post"),
        (changed("final", date="2026-11-21 00:00"), "review-date"),
        (changed("final", date="2027-01-01 00:00"), "review-date"),
        (changed("second", date="2026-11-18 00:00"), "review-date"),
        ({**GOOD, "second": GOOD["first"]}, "review-distinct"),
    ],
)
def test_a_record_that_does_not_count(review: dict[str, Any], rule: str) -> None:
    assert rule in rules(row(review))


def test_the_author_is_not_an_approver() -> None:
    assert rules(row(GOOD, author="终审岗")) == ["review-distinct"]


def test_what_is_required_follows_profile_and_column() -> None:
    assert site(review=()).review_steps("yw") == ()
    assert site(columns=(Column("yw", "要闻", review="none"),)).review_steps("yw") == ()
    assert site(review=(), columns=(Column("yw", "要闻", review="required"),)).review_steps("yw") == tuple(ROLES)
    assert rules(row(), site(review=())) == []


def test_an_emergency_has_a_day_to_complete() -> None:
    urgent = row({"final": GOOD["final"]}, date="2026-11-22 12:00", emergency=True)
    first = check_review(urgent, site(), "2026-11-23 11:59")
    assert [d.rule for d in first.findings] == ["review-emergency"]
    assert first.moments == ["2026-11-23 12:00"]
    late = check_review(urgent, site(), "2026-11-23 12:00")
    assert [str(d).partition("\n")[0] for d in late.findings] == [
        "content/cc/yw/a.md:1: 警告 [review-late] 缺少初审、复审、保密审查的审核记录，应急发布后 24 小时内没有补齐"
    ]  # told, and not taken from the readers
    assert late.waiting
    assert rules(row({}, date="2026-11-22 12:00", emergency=True), now="2026-11-22 13:00") == ["review-missing"]
    late = {**changed("first", date="2026-11-23 09:00"), "final": {"by": "终审岗", "date": "2026-11-22 11:00"}}
    assert rules(row(late, date="2026-11-22 12:00", emergency=True), now="2026-11-24 00:00") == []
    too_late = {**late, "second": {"by": "复审岗", "date": "2026-11-24 00:00"}}
    assert rules(row(too_late, date="2026-11-22 12:00", emergency=True), now="2026-11-25 00:00") == ["review-late"]
    wrong = {**GOOD, "first": {"by": "不存在的岗", "date": "2026-11-22 13:00"}}
    assert rules(row(wrong, date="2026-11-22 12:00", emergency=True), now="2026-11-22 14:00") == ["review-late"]
    assert rules(row({**GOOD, "final": {"by": "不存在的岗", "date": "2026-11-20"}}, emergency=True)) == ["review-post"]


def test_the_line_of_a_record_is_found() -> None:
    text = "---\ntitle: a\nreview:\n  first: {by: a}\n  final:\n    by: b\n---\nfirst: no\n"
    assert review_lines(text) == {"": 3, "first": 4, "final": 5}


def test_a_full_register_has_no_findings() -> None:
    assert site_findings(site(), NOW) == []
    assert site_findings(site(review=(), officers=()), NOW) == []


def test_expired_terms_missing_roles_and_orphan_columns_are_told() -> None:
    past = ({**OFFICERS[0], "until": "2026-11-22"}, *OFFICERS[1:])
    assert [d.rule for d in site_findings(site(officers=past), NOW)] == ["officer-term", "officer-role"]
    assert [d.message for d in site_findings(site(officers=OFFICERS[:-1]), NOW)] == ["没有在任的保密审查岗位"]
    vague = ({**OFFICERS[0], "until": "到年底"}, {**OFFICERS[1], "until": "2026年11月22日"}, *OFFICERS[2:])
    assert [d.message for d in site_findings(site(officers=vague), NOW)][:2] == [
        f"{OFFICERS[0]['role']}岗位「{OFFICERS[0]['post']}」的任期「到年底」不是日期",
        f"{OFFICERS[1]['role']}岗位「{OFFICERS[1]['post']}」的任期已于 2026-11-22 届满",
    ]
    orphan = site(columns=(Column("yw", "要闻"),))
    assert [d.rule for d in site_findings(orphan, NOW)] == ["officer-column"]
    assert [d.path for d in folder_findings(site(), ["yw", "wz", ""])] == ["content/cc/wz"]
    assert folder_findings(site(), ["yw"]) == []
