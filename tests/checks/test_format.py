"""The output formats of diagnostics: for people, scripts, SARIF readers, GitHub and GitLab."""

from __future__ import annotations

import json
import random
import re

import pytest

from jiyue.base.diagnostics import Diagnostic
from jiyue.checks.format import FORMATS, as_github, as_gitlab, as_json, as_sarif, as_text
from jiyue.checks.text import privacy, wording

FOUND = [
    wording.DATE.at("content/cc/b 一.md", 3, "没有“2月30日”这一天", "核对原文", site="cc", col=5),
    privacy.MOBILE.at("content/cc/a.md", 12, "出现手机号码", "换成办公电话", site="cc"),
    privacy.ID_NUMBER.at("content/cc/a.pdf", 0, "第 1 页：出现公民身份号码", "删去", site="cc"),
]


@pytest.mark.parametrize("name", FORMATS)
def test_same_bytes_whatever_the_order(name: str) -> None:
    shuffled = list(FOUND)
    for seed in range(5):
        random.Random(seed).shuffle(shuffled)
        assert FORMATS[name](shuffled) == FORMATS[name](iter(FOUND))


def test_text() -> None:
    assert as_text(FOUND) == (
        "content/cc/a.md:12: 错误 [privacy-mobile] 出现手机号码\n    处理办法：换成办公电话\n"
        "content/cc/a.pdf: 错误 [privacy-id-number] 第 1 页：出现公民身份号码\n    处理办法：删去\n"
        "content/cc/b 一.md:3:5: 警告 [wording-date] 没有“2月30日”这一天\n    处理办法：核对原文\n"
        "共 3 处问题：错误 2 处，警告 1 处\n"
    )
    assert as_text([]) == "没有发现问题\n"


def test_colour_changes_no_word() -> None:
    assert re.sub(r"\033\[\d+m", "", as_text(FOUND, colour=True)) == as_text(FOUND)
    assert "\033[31m错误" in as_text(FOUND, colour=True)


def test_a_name_can_t_write_to_the_terminal() -> None:
    evil = privacy.MOBILE.at("content/\033[2J\u202egpj.md", 1, "x", "y")
    assert as_text([evil], colour=False).startswith("content/\\x1b[2J\\x202egpj.md:1: 错误")


def test_json_goes_there_and_back() -> None:
    data = json.loads(as_json(FOUND))
    assert [Diagnostic.from_json(entry) for entry in data] == [FOUND[1], FOUND[2], FOUND[0]]
    assert list(data[0]) == ["rule", "severity", "site", "path", "line", "message", "hint"]
    assert data[2]["col"] == 5


def test_sarif() -> None:
    log = json.loads(as_sarif(FOUND, "1.2.3"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["privacy-id-number", "privacy-mobile", "wording-date"]
    first, second, third = run["results"]
    assert (first["ruleId"], first["level"], rules[first["ruleIndex"]]["id"]) == (
        "privacy-mobile",
        "error",
        "privacy-mobile",
    )
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 12}
    assert "region" not in second["locations"][0]["physicalLocation"]
    place = third["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "content/cc/b%20%E4%B8%80.md"
    assert place["region"] == {"startLine": 3, "startColumn": 5}
    assert len({result["partialFingerprints"]["jiyue/v1"] for result in run["results"]}) == 3


def test_github_escapes() -> None:
    odd = privacy.MOBILE.at("content/a,b:c%.md", 2, "甲\n::error::乙", "丙")
    assert as_github([odd]) == (
        "::error file=content/a%2Cb%3Ac%25.md,line=2,title=privacy-mobile::甲%0A::error::乙。处理办法：丙\n"
    )
    assert (
        as_github(FOUND)
        .splitlines()[2]
        .startswith("::warning file=content/cc/b 一.md,line=3,col=5,title=wording-date::")
    )


def test_gitlab() -> None:
    data = json.loads(as_gitlab(FOUND))
    assert [entry["severity"] for entry in data] == ["critical", "critical", "minor"]
    assert [entry["location"] for entry in data][1] == {"path": "content/cc/a.pdf", "lines": {"begin": 1}}
    assert len({entry["fingerprint"] for entry in data}) == 3
