"""Attacks that once succeeded, tested with the command."""

from __future__ import annotations

from pathlib import Path

from tests.support.cases import security_cluster


def test_an_alias_that_would_poison_the_ledger_is_told_by_check(tmp_path: Path) -> None:
    folder = security_cluster("ledger-poison-alias.md", tmp_path)
    report = folder.build()
    [finding] = [d for d in report.diagnostics if d["path"].endswith("20261120-case.md")]
    assert (finding["rule"], finding["line"]) == ("article-field", 5)
    assert "不能含有“.”“..”一级" in finding["message"] + finding["hint"]
