"""The gateway's own pages in a real browser, on a phone and a screen: nothing inaccessible, nothing wider than the page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette

from tests.support.browser import axe
from tests.support.editor import PASSWORD, cookie_of, editor_server
from tests.support.newsroom import PATH, PEOPLE, Newsroom, article, submitted

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WRITER = PEOPLE["writer"]
LONG = "".join(f"第{n}段，说明第{n}件事情，请各单位按照要求办理。\n\n" for n in range(1, 15))


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Starlette, str, dict[str, str]]]:
    """A server, its address, and the ids of drafts."""
    room = Newsroom(tmp_path_factory.mktemp("pages"))
    desk = room.desk()
    waiting = submitted(desk, "content/cc/tzgg/b.md", article(LONG, "关于做好冬季供暖工作的通知"))
    desk.comment(PEOPLE["first"], waiting.id, "请核对第三段的日期。")
    for step in ("first", "second", "final", "secrecy"):
        published = desk.draft(WRITER, waiting.id)
        desk.approve(PEOPLE[step], waiting.id, published.head, step, "同意。")
    changed = desk.begin(WRITER, "content/cc/tzgg/b.md")
    base = desk.text(WRITER, changed.path, changed.id)
    text = base.data.decode()
    desk.save(
        WRITER,
        changed.id,
        base.blob,
        text.replace("第3段，说明", "第三段，讲清").replace("第9段", "新的第9段").encode(),
    )
    desk.submit(WRITER, changed.id, desk.draft(WRITER, changed.id).head)
    own = desk.begin(WRITER, PATH, article(LONG))
    with editor_server(room.path, desk) as (app, address):
        yield app, address, {"changed": changed.id, "own": own.id}
    desk.close()


def _seen(page: Page, name: str) -> None:
    """Look at an open page: with axe, and for what sticks out; JIYUE_SHOTS is a folder for pictures of it."""
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in axe(page)] == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the page"
    if folder := os.environ.get("JIYUE_SHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def test_every_page_is_accessible_and_fits(browser: Browser, editor: tuple[Starlette, str, dict[str, str]]) -> None:
    app, address, ids = editor
    for width in (390, 1280):
        errors: list[str] = []
        with browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN") as context:
            page = context.new_page()
            page.on(
                "console",
                lambda message, errors=errors: errors.append(message.text) if message.type == "error" else None,
            )
            page.goto(f"{address}/signin")
            _seen(page, "signin")
            context.add_cookies([cookie_of(app, "writer@x.example")])  # type: ignore[list-item]
            for name, path in {
                "account": "/account", "review-own": f"/draft/{ids['own']}/review", "compare-new": f"/draft/{ids['own']}/compare",
                "history": "/history/content/cc/tzgg/b.md", "withdraw": "/withdraw/content/cc/tzgg/b.md",
                "compare": f"/draft/{ids['changed']}/compare", "compare-inline": f"/draft/{ids['changed']}/compare?view=inline",
            }.items():  # fmt: skip
                assert page.goto(f"{address}{path}").status == 200, path  # type: ignore[union-attr]
                _seen(page, name)
            assert errors == []
            page.goto(f"{address}/nothing")
            _seen(page, "refused")
            context.add_cookies([cookie_of(app, "first@x.example")])  # type: ignore[list-item]
            page.goto(f"{address}/draft/{ids['changed']}/review?done=comment")
            _seen(page, "review")


def test_a_conflict_keeps_both_texts_and_is_saved_either_way(
    browser: Browser, editor: tuple[Starlette, str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form of the article is another page; here its save is sent straight to the desk."""
    app, address, ids = editor
    desk = app.state.desk
    base = desk.text(WRITER, PATH, ids["own"])
    desk.save(WRITER, ids["own"], base.blob, base.data.replace("第2段".encode(), "别人的第2段".encode()))
    with browser.new_context(viewport={"width": 390, "height": 900}, locale="zh-CN") as context:
        context.add_cookies([cookie_of(app, "writer@x.example")])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"{address}/draft/{ids['own']}/review")
        mine = base.data.decode().replace("第2段", "我的第2段").replace("第7段", "我的第7段")
        page.evaluate(
            """([action, base, text]) => {
              const form = document.createElement('form');
              form.method = 'post'; form.action = action;
              const add = (name, value) => { const f = document.createElement('textarea'); f.name = name; f.value = value; form.append(f) };
              add('_csrf', document.querySelector('[name=_csrf]').value); add('base', base); add('text', text);
              document.body.append(form); form.submit();
            }""",
            [f"/draft/{ids['own']}/merge", base.blob, mine],
        )
        page.wait_for_selector("h1:has-text('两个人改了同一处')")
        _seen(page, "conflict")
        page.set_viewport_size({"width": 1280, "height": 900})
        _seen(page, "conflict")
        merged = page.input_value("#text")
        assert "别人的第2段" in merged and "我的第2段" in merged and "我的第7段" in merged
        page.click("button:has-text('用我的，并入新版')")
        page.wait_for_url("**/draft/*/")
    now = desk.text(WRITER, PATH, ids["own"]).data.decode()
    assert "我的第2段" in now and "我的第7段" in now and "别人的" not in now


def test_a_new_account_sets_up_its_second_factor(
    browser: Browser, editor: tuple[Starlette, str, dict[str, str]]
) -> None:
    import pyotp  # noqa: PLC0415

    app, address, _ = editor
    app.state.accounts.set_password("column@x.example", PASSWORD)
    with browser.new_context(viewport={"width": 390, "height": 900}, locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"{address}/account")
        page.fill("#account", "column@x.example")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/account/factor")
        _seen(page, "factor")
        key = page.inner_text(".key").replace(" ", "")
        page.fill("#code", pyotp.TOTP(key).at(app.state.settings.now()))
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('动态码设置好了')")
        _seen(page, "recovery")
        page.goto(f"{address}/account")
        page.click("text=退出全部设备")
        page.wait_for_url("**/signin")
