"""The live preview: the open browser shows what was saved, and the page shows errors."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.edits import EXTRA, Cluster

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE = 60
"""Seconds; how quick it really is, is the bench's business."""


class Serving:
    """`jiyue serve` at work on a cluster."""

    def __init__(self, cluster: Cluster, address: str) -> None:
        self.cluster, self.address = cluster, address
        self.events = urllib.request.urlopen(f"{address}/_live", timeout=PATIENCE)
        self.version = self.next_event()

    def next_event(self) -> int:
        while True:
            line = self.events.readline().decode()
            if line.startswith("data: "):
                return int(line[6:])

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def problems(self, site: str) -> list[dict[str, Any]]:
        return list(json.loads(self.get(f"/_problems/{site}")))


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    cluster = Cluster(tmp_path)
    cluster.build()
    command = [sys.executable, "-m", "jiyue", "serve", "--root", str(cluster.root), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--today", "2026-11-20T09:00"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    served = None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if match := re.search(r"http://localhost:(\d+)/", line):
                served = Serving(cluster, f"http://127.0.0.1:{match[1]}")
                break
        assert served, lines
        yield served
    finally:
        if served:
            served.events.close()
        process.kill()
        process.stdout.close()
        process.wait()


def test_an_edit_is_told_and_shown(serving: Serving) -> None:
    assert "新标题" not in serving.get("/cc/yw/")
    serving.cluster.replace("content/cc/yw/b.md", "第二条新闻", "新标题")
    assert serving.next_event() > serving.version
    assert "新标题" in serving.get("/cc/yw/")


def test_a_pushed_edit_is_shown_on_the_sites_that_receive_it(serving: Serving) -> None:
    serving.cluster.replace("content/jilin/tzgg/c.md", "关于某事的通知", "推送的新标题")
    serving.next_event()
    assert all("推送的新标题" in serving.get(f"/{site}/tzgg/") for site in ("jilin", "cc", "nong", "czt"))


def test_a_mistake_is_a_problem_until_it_is_mended(serving: Serving) -> None:
    path = serving.cluster.root / "content/cc/yw/b.md"
    right = path.read_text("utf-8")
    before = serving.problems("cc")
    path.write_text("---\ntitle: 没有日期\n---\n\n正文。\n", "utf-8")
    serving.next_event()
    new = [p for p in serving.problems("cc") if p not in before]
    assert ("article-field", "content/cc/yw/b.md") in [(p["rule"], p["path"]) for p in new]
    assert [p for p in serving.problems("nong") if p["rule"] == "article-field"] == []
    assert "没有日期" in serving.get("/_unpublished/cc/")
    path.write_text(right, "utf-8")
    serving.next_event()
    assert serving.problems("cc") == before
    assert "没有日期" not in serving.get("/_unpublished/cc/")


def test_a_theme_change_reaches_every_page_and_so_do_later_edits(serving: Serving) -> None:
    def style() -> str:
        match = re.search(r"theme/site\.[0-9a-f]+\.css", serving.get("/cc/"))
        assert match
        return match[0]

    first = style()
    path = serving.cluster.root / "themes/gov/static/base.css"
    path.write_text(path.read_text("utf-8") + "\np { order: 1 }\n", "utf-8")
    serving.next_event()
    second = style()
    assert second != first
    # the process that served the old theme builds the next edit with the new one
    serving.cluster.replace("content/cc/yw/b.md", "第二条新闻", "新标题")
    serving.next_event()
    assert "新标题" in serving.get("/cc/")
    assert style() == second


def test_a_new_site_is_served(serving: Serving) -> None:
    serving.cluster.article("dehui", "yw", "a", "新站第一篇")
    serving.next_event()
    serving.cluster.sites["dehui"] = dict(EXTRA, profile="full")
    serving.cluster.write_site("dehui")
    serving.next_event()
    assert "新站第一篇" in serving.get("/dehui/")
    assert "德惠市人民政府" in serving.get("/")


def test_the_open_browser_follows(serving: Serving, page: Page) -> None:
    page.goto(f"{serving.address}/cc/yw/")
    page.get_by_text("第二条新闻").first.wait_for()
    serving.cluster.replace("content/cc/yw/b.md", "第二条新闻", "看得见的新标题")
    page.get_by_text("看得见的新标题").first.wait_for(timeout=PATIENCE * 1000)
    serving.cluster.write("content/cc/yw/bad.md", "---\ntitle: 没有日期\n---\n")
    overlay = page.locator("#jiyue-problems")
    overlay.get_by_text("content/cc/yw/bad.md").first.wait_for(timeout=PATIENCE * 1000)
    assert overlay.get_attribute("role") == "alert"
    (serving.cluster.root / "content/cc/yw/bad.md").unlink()
    overlay.get_by_text("content/cc/yw/bad.md").first.wait_for(state="detached", timeout=PATIENCE * 1000)
