"""docs/rules/ has an up-to-date page for every rule that can fire."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jiyue.base.diagnostics import RULES, Rule, Severity
from tools.make_rule_pages import INDEX, MARKER, ROOT, find_modules, pages_now, rule_page, rule_pages

FRESH = """
from tools.make_rule_pages import pages_now, product_rules, rule_pages
before = pages_now()
after = rule_pages(product_rules(), before)
print(*sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))
"""


def test_pages_are_fresh() -> None:
    """Asked in a process of its own: rules that other tests declare, or modules they load, change nothing."""
    run = subprocess.run([sys.executable, "-c", FRESH], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.split() == [], "these pages of docs/rules/ are not fresh: run `make docs`"


@pytest.fixture
def rule() -> Rule:
    made = Rule("a-test-rule", Severity.WARNING, "标题不好", "读者看不懂。", "国办发〔2017〕47号")
    del RULES[made.id]
    return made


def test_a_page_says_what_the_rule_says(rule: Rule) -> None:
    page = rule_page(rule)
    for text in ["# 标题不好\n", "`a-test-rule`", "警告（只提醒，不影响发布）", "读者看不懂。", "国办发〔2017〕47号"]:
        assert text in page


def test_a_page_names_the_module(rule: Rule) -> None:
    page = rule_page(rule, "jiyue/checks/x.py")
    assert "[`jiyue/checks/x.py`](../../jiyue/checks/x.py)" in page


def test_every_page_names_the_module_that_declares_its_rule() -> None:
    modules = find_modules()
    for name, page in pages_now().items():
        if name != INDEX:
            rule_id = name.removesuffix(".md")
            assert f'"{rule_id}"' in (ROOT / modules[rule_id]).read_text(encoding="utf-8")
            assert f"](../../{modules[rule_id]})" in page, rule_id


def test_the_list_is_grouped_by_room(rule: Rule) -> None:
    index = rule_pages({rule.id: rule}, {}, {rule.id: "jiyue/checks/text/x.py"})[INDEX]
    assert "## jiyue/checks/text\n" in index
    assert "| `x.py` |" in index


def test_what_people_wrote_is_kept_and_the_rest_renewed(rule: Rule) -> None:
    written = rule_page(rule).replace("标题不好", "旧标题") + "\n## 例子\n\n这样写。\n"
    again = rule_page(rule, before=written)
    assert "旧标题" not in again
    assert again.partition(MARKER)[2] == "\n## 例子\n\n这样写。\n"
    assert rule_page(rule, before=again) == again


def test_the_list_names_every_rule_errors_first(rule: Rule) -> None:
    other = Rule("another-test-rule", Severity.ERROR, "缺标题", "没有标题。")
    del RULES[other.id]
    pages = rule_pages({rule.id: rule, other.id: other}, {})
    assert set(pages) == {INDEX, "a-test-rule.md", "another-test-rule.md"}
    assert pages[INDEX].index("(another-test-rule.md)") < pages[INDEX].index("(a-test-rule.md)")


def test_no_page_without_a_rule() -> None:
    assert all(f"`{name.removesuffix('.md')}`" in text for name, text in pages_now().items() if name != INDEX)
