"""Every rule of the checks has texts that must and must not make it fire, and a message fit for an officer."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest

import jiyue.checks
from jiyue.base.diagnostics import Rule
from jiyue.checks import waivers
from jiyue.checks.article import ai_labels, documents, external, markup
from jiyue.checks.repository import backdating, commits, contract_ends
from jiyue.checks.text import wording
from tests.checks import test_attachments, test_markup, test_rights, test_words
from tools.make_rule_pages import find_modules

TESTED = {
    *(test_words.MUST_FIRE.keys() & test_words.MUST_NOT_FIRE.keys()),
    *(test_attachments.MUST_FIRE.keys() & test_attachments.MUST_NOT_FIRE.keys()),
    *({attack.rule for attack in test_rights.ATTACKS.values()}),  # honest work is in the same file
    *(rule.id for rule in markup.RULES if test_markup.MUST_FIRE and test_markup.MUST_NOT_FIRE),
    *(rule.id for rule in (*backdating.RULES, *waivers.RULES)),  # their files hold a test that names each
    *(rule.id for rule in documents.RULES),  # tests/test_documents.py
    *(rule.id for rule in ai_labels.RULES),  # tests/checks/test_ai_labels.py
    *(rule.id for rule in (commits.ENDED, *contract_ends.RULES)),  # tests/checks/test_contracts.py
    wording.LIST.id,  # tests/checks/test_terms.py
}


def declared() -> dict[str, Rule]:
    """Every Rule that a module of the package holds."""
    rules = {}
    for module in pkgutil.walk_packages(jiyue.checks.__path__, "jiyue.checks."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Rule):
                rules[value.id] = value
    return rules


def test_every_rule_is_tested_both_ways() -> None:
    assert {rule_id for rule_id in declared() if not rule_id.startswith(LATER)} == TESTED


DECLARED_ALONE = """
from jiyue.checks import declared
from jiyue.base.diagnostics import RULES
print(*RULES)
"""


def test_declared_imports_every_rule_on_sources() -> None:
    """In a new process, where no other test has imported a module."""
    run = subprocess.run([sys.executable, "-c", DECLARED_ALONE], capture_output=True, text=True, check=True)
    rooms = ("jiyue/checks/text", "jiyue/checks/attachment", "jiyue/checks/article")
    missing = {r for r, module in find_modules().items() if module.startswith(rooms)} - set(run.stdout.split())
    assert missing == {external.EXTERNAL.id}  # its findings come after the build and are warnings


LATER: tuple[str, ...] = (
    "draft-", "site-", "link-", "review-", "officer-", "file-", "article-", "a11y-", "page-", "date-",
    "chart-", "table-", "survey-", "guide-", "interpretation-", "repost-", "edition-", "poster-",
)  # fmt: skip
"""Families whose tests lie with them."""


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule_id) for rule_id, rule in sorted(declared().items())])
def test_a_rule_says_what_why_and_by_which_document(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", rule.id)
    assert 4 <= len(rule.title) <= 30
    assert not rule.title.endswith("。")
    assert 8 <= len(rule.why) <= 140
    assert rule.why.endswith("。")
    assert rule.source
    assert not re.search(r"[\u4e00-\u9fff][,;?!]", rule.title + rule.why)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule_id) for rule_id, rule in sorted(declared().items())])
def test_an_article_is_named_only_of_a_document_that_was_read(rule: Rule) -> None:
    assert rule.verified or not re.search(r"[》\d]\s*第[一二三四五六七八九十\d.]+条", rule.source)


def test_rights_has_a_rule_for_each_kind_of_attack() -> None:
    assert len(test_rights.ATTACKS) >= 30
    assert {rule.id for rule in commits.RULES} <= TESTED
