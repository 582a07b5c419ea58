"""docs/handbook.md: a newcomer follows it word by word, from the README's command to a published article and its withdrawal."""

from __future__ import annotations

import re
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jiyue.base import clock
from tests.support.browser import axe
from tests.support.handbook import SENTENCES, KeyboardWalk, Walk, steps
from tests.support.newcomer import PASTES, copied, environment, files, program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "docs" / "handbook.md"
TITLE = "关于南湖公园冬季开放时间的通知"
TOLD = ("click", "there", "label", "place")
WORDS = re.compile(r"[㐀-鿿]")


def test_every_step_can_be_carried_out_and_every_picture_is_there() -> None:
    text = HANDBOOK.read_text("utf-8")
    found = list(steps(text))
    shown = {f"pictures/handbook/{path.name}" for path in (ROOT / "docs/pictures/handbook").glob("*.png")}
    assert [step.picture for step in found if step.picture] == sorted(shown)
    for step in found:
        sentences = list(SENTENCES.finditer(step.text))
        assert sentences or step.picture, f"line {step.line}: {step.text}"
        for sentence in sentences:
            if name := sentence["file"] or sentence["paste"]:
                assert name in PASTES or name in ("公园照片.jpg", "停车位.docx", "安全提示.docx"), name


def test_every_name_in_it_is_one_of_the_editor_or_of_what_is_written() -> None:
    """A button that got another name is found at once, not only by the walk, which takes minutes."""
    text = HANDBOOK.read_text("utf-8")
    known = "".join(
        path.read_text("utf-8")
        for folder, kinds in (("jiyue/editor", "*.html"), ("jiyue/editor/frontend", "*.js"), ("jiyue/editor/static", "forms.js"),
                              ("jiyue/editor", "*.py"), ("jiyue/catalogue", "*.py"), ("sites", "changchun.yaml"))
        for path in (ROOT / folder).rglob(kinds)
    )  # fmt: skip
    known += (ROOT / "jiyue/profiles/basic.yaml").read_text("utf-8")
    written = {value[0] for value in re.finditer(r"填写「[^」]*」", text)}
    for step in steps(text):
        for sentence in SENTENCES.finditer(step.text):
            for name in filter(None, (sentence[one] for one in TOLD)):
                parts = [part for part in re.split(r"[ ：]", name) if WORDS.search(part)]
                known_here = any(name in one for one in written) or all(
                    part.removesuffix("标题") in known for part in parts
                )
                assert known_here, f"line {step.line}: {name}"


def test_the_officers_handbook_of_the_demonstration_is_made_of_it() -> None:
    for path, content in runpy.run_path(str(ROOT / "tools/make_handbook.py"))["written"]().items():
        assert path.read_bytes() == content, f"run make docs: {path.name}"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Path]:
    """A copy of the repository as a newcomer gets it."""
    yesterday = clock.aware(clock.now()).timestamp() - 86400
    yield copied(tmp_path / "jiyue", f"@{int(yesterday)} +0800")


def _published(root: Path) -> list[Path]:
    live = root / ".jiyue/releases/live/changchun"
    return [path for path in live.rglob("*.html") if f"<title>{TITLE}" in path.read_text("utf-8")]


def _branches(root: Path) -> str:
    return subprocess.run(["git", "branch"], cwd=root, capture_output=True, text=True, check=True).stdout


def _followed(walk: Walk, root: Path) -> None:
    """Walk to the publication and look at it; then to the end."""
    text = HANDBOOK.read_text("utf-8")
    first, mark, second = text.partition("## 九、")
    assert mark
    walk.follow(first)
    (page,) = _published(root)
    html = page.read_text("utf-8")
    for part in (
        "6:30至18:00",
        'rowspan="2"',
        'alt="傍晚的南湖，湖面已经结冰"',
        "停车位一览",
        "咨询电话：演示0000-0006。",
    ):
        assert part in html.replace("<wbr>", ""), part
    walk.follow(second)
    assert _published(root) == []
    assert "drafts/changchun/" in _branches(root)  # the one made of the Word file waits


@pytest.mark.long
def test_a_newcomer_follows_the_handbook(browser: Browser, cluster: Path, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.on("pageerror", lambda problem: pytest.fail(str(problem)))
    _followed(
        Walk(page, cluster, program(), environment(tmp_path / "home"), files(tmp_path / "files"), PASTES), cluster
    )
    context.close()


@pytest.mark.long
def test_the_same_by_the_keyboard_alone_at_200_percent_without_a_barrier(
    browser: Browser, cluster: Path, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 450}, device_scale_factor=2, locale="zh-CN")
    page = context.new_page()
    seen: set[str] = set()
    barriers = []

    def look(page: Page) -> None:
        """With axe at each page, once; none may be wider than the screen."""
        name = re.sub(r"localhost:\d+|[0-9a-f]{12}|\?.*", "", page.url) + page.title()
        if (
            name in seen or "localhost" not in page.url or page.url.endswith("/preview")
        ):  # where no script may run, nor axe
            return
        seen.add(name)
        page.wait_for_load_state()
        barriers.extend((name, one["id"], [node["html"] for node in one["nodes"]]) for one in axe(page))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            barriers.append((name, "wider than the screen", []))

    walk = KeyboardWalk(
        page, cluster, program(), environment(tmp_path / "home"), files(tmp_path / "files"), PASTES, look=look
    )
    _followed(walk, cluster)
    assert barriers == []
    assert len(seen) >= 8, seen
    context.close()
