"""Regular expressions that are compiled on first use."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import jiyue
from jiyue.base import patterns

COMMANDS = ("jiyue.__main__", "jiyue.cli.app", "jiyue.cli")
"""Which have no patterns of their own, and run something or warn when they are imported beside others."""


def test_a_pattern_is_compiled_once_and_behaves_as_a_pattern() -> None:
    found = patterns.pattern(r"(?P<a>甲)|乙", re.I)
    assert "search" not in vars(found)
    match = found.search("乙甲")
    assert match
    assert match[0] == "乙"
    assert found.sub("丙", "甲乙") == "丙丙"
    assert found.search is found.search
    assert (found.pattern, found.groupindex["a"]) == (r"(?P<a>甲)|乙", 1)


def test_a_wrong_pattern_is_told_when_all_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_ALL", [])
    patterns.pattern("(")
    with pytest.raises(re.error):
        patterns.warm_up()


def test_every_pattern_of_the_product_compiles() -> None:
    for module in pkgutil.walk_packages(jiyue.__path__, "jiyue."):
        if not module.name.startswith(COMMANDS):
            importlib.import_module(module.name)
    patterns.warm_up()
