"""The tests' own tools: each must detect faults, or the tests that rely on it prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browser import axe, served
from tests.support.vnu import vnu

GOOD = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>通知公告</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'"></head>
<body><main><h1>通知公告</h1></main></body></html>
"""
BAD = GOOD.replace("<h1>", '<img src="missing.png"><h1>')
PNG = b"\x89PNG\r\n"


def test_vnu_finds_errors_below_a_folder_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "good.html").write_text(GOOD, encoding="utf-8")
    (tmp_path / "deep" / "坏.html").write_text(BAD, encoding="utf-8")
    [error] = vnu([tmp_path])
    assert "alt" in error["message"]
    assert error["lastLine"] == 4
    assert error["type"] == "error"


def test_vnu_refuses_to_check_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing to check"):
        vnu([tmp_path])


def test_chromium_draws_a_served_page(tmp_path: Path, page: Page) -> None:
    (tmp_path / "index.html").write_text(GOOD, encoding="utf-8")
    with served(tmp_path) as url:
        page.goto(f"{url}/")
        assert page.inner_text("h1") == "通知公告"
        assert page.evaluate("document.title") == "通知公告"
        assert page.screenshot().startswith(PNG)


def test_axe_works_under_a_strict_content_security_policy(tmp_path: Path, page: Page) -> None:
    (tmp_path / "good.html").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.html").write_text(BAD, encoding="utf-8")
    with served(tmp_path) as url:
        page.goto(f"{url}/good.html")
        assert axe(page) == []
        page.goto(f"{url}/bad.html")
        assert [violation["id"] for violation in axe(page)] == ["image-alt"]


def test_server_answers_with_the_sites_own_404(tmp_path: Path, page: Page) -> None:
    (tmp_path / "404.html").write_text(GOOD.replace("通知公告", "找不到"), encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with served(tmp_path) as url:
        answer = page.goto(f"{url}/folder/")
        assert answer is not None
        assert answer.status == 404
        assert page.inner_text("h1") == "找不到"
