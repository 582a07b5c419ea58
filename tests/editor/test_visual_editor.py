"""The visual editor in Chromium, its addresses, and its bundle."""

from __future__ import annotations

import json
import re
import runpy
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document

from tests.editor.test_document import BODY, node, text
from tests.support.browser import axe
from tests.support.visual import Editing, application, editing_served
from tests.support.word import picture

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have httpx2
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

ROOT = Path(__file__).parents[2]
CLIPBOARD = Path(__file__).parent / "clipboard"
"""What programs put on the clipboard, in the form that they give it."""
WPS = (CLIPBOARD / "wps-12.html").read_text("utf-8")
MADE_OF_WPS = """\
## 二、主要任务

各单位要按季度**上报**。

<table>
<tr>
<th rowspan="2">单位</th>
<th colspan="2">时限</th>
</tr>
<tr>
<td>上半年</td>
<td>下半年</td>
</tr>
</table>
"""
PASTE = """([html, file]) => {
  const data = new DataTransfer();
  if (html) data.setData("text/html", html);
  if (file) data.items.add(new File([new Uint8Array([1, 2])], file, {type: "image/png"}));
  const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
  document.querySelector(".ProseMirror").dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def served() -> Iterator[Editing]:
    """The editor on a server of its own."""
    with editing_served() as editing:
        yield editing


def opened(page: Page, editing: Editing, body: str) -> None:
    """Open a body in the editor; what the page complains of fails the test."""
    editing.body, editing.files = body, {}
    page.on("pageerror", lambda problem: pytest.fail(str(problem)))
    page.goto(editing.url)
    page.wait_for_selector(".ProseMirror")


def choose(page: Page, text: str) -> None:
    """Press a button of the toolbar by the keyboard alone."""
    page.keyboard.press("Alt+F10")
    page.keyboard.press("Home")
    for _ in range(50):
        if page.evaluate("document.activeElement.textContent") == text:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("ArrowRight")
    pytest.fail(f"no button {text}")


def saved(page: Page, editing: Editing) -> str:
    """Save by the page's button; the body that arrived."""
    page.click("#save")
    page.wait_for_selector("text=已保存")
    return editing.body


def test_what_is_typed_while_the_page_is_loading_stays(page: Page, served: Editing) -> None:
    served.body, served.files = "第一段。\n", {}

    def late(route: Route) -> None:
        if not held:
            held.append(route)
            page.keyboard.type("第二段。")
        route.continue_()

    held: list[Route] = []
    page.route("**/api/parse", late)
    page.goto(served.url, wait_until="commit")
    page.evaluate("addEventListener('DOMContentLoaded', () => document.querySelector('#body').focus())")
    page.wait_for_selector("#body-visual:focus")
    page.keyboard.type("第三段。")
    assert saved(page, served) == "第三段。第二段。第一段。\n"


def test_an_article_is_written_by_the_keyboard_alone(page: Page, served: Editing) -> None:
    opened(page, served, "")
    keys = page.keyboard
    page.focus("#title")
    for _ in range(3):
        keys.press("Tab")
    assert page.evaluate("document.activeElement.id") == "body-visual"
    keys.press("Control+Alt+2")
    keys.type("一、总则")
    keys.press("Enter")
    keys.type("1. 条 * # _甲_ <b> ")
    keys.press("Control+b")
    keys.type("重要")
    keys.press("Control+b")
    choose(page, "脚注")
    keys.type("说明")
    keys.press("Enter")
    page.wait_for_selector("#body-visual:focus")
    keys.press("Enter")
    choose(page, "表格")
    keys.press("Tab")
    keys.type("2")
    keys.press("Enter")
    page.wait_for_selector(".ProseMirror table")
    for cell in ("甲", "乙", "丙", "丁", "戊", "己"):
        keys.type(cell)
        if cell != "己":
            keys.press("Tab")
    keys.press("Shift+ArrowLeft")
    keys.press("Shift+ArrowLeft")
    choose(page, "合并单元格")
    keys.press("ArrowDown")
    keys.type("末段")
    keys.press("Enter")
    keys.type("又一段")
    page.wait_for_timeout(600)  # what is typed within half a second is undone at once
    keys.insert_text("撤销的")
    keys.press("Control+z")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_selector("text=已保存")
    assert (
        served.body
        == """\
## 一、总则

1\\. 条 \\* # \\_甲\\_ &lt;b> **重要**[^1]

<table>
<thead>
<tr>
<th>甲</th>
<th>乙</th>
</tr>
</thead>
<tbody>
<tr>
<td>丙</td>
<td>丁</td>
</tr>
<tr>
<td colspan="2"><p>戊</p>
<p>己</p></td>
</tr>
</tbody>
</table>

末段

又一段

[^1]: 说明
"""
    )


def test_an_unchanged_body_is_saved_as_it_was(page: Page, served: Editing) -> None:
    opened(page, served, BODY)
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("text=改为源码")
    assert page.input_value("#body") == BODY
    page.click("text=改为可视")
    page.wait_for_selector(".ProseMirror")
    assert saved(page, served) == BODY


def test_wps_is_pasted_with_its_numbers_and_merged_cells(page: Page, served: Editing) -> None:
    opened(page, served, "前\n")
    page.click(".ProseMirror")
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.evaluate(PASTE, [WPS, ""])
    page.wait_for_selector(".ProseMirror table")
    assert saved(page, served) == f"前\n\n{MADE_OF_WPS}"


def test_a_picture_is_brought_with_its_alternative_text(page: Page, served: Editing) -> None:
    opened(page, served, "前\n")
    page.click(".ProseMirror")
    page.evaluate(PASTE, ["", "图 1.png"])
    page.wait_for_selector("dialog")
    assert axe(page) == []
    page.keyboard.type("办事大厅")
    page.keyboard.press("Tab")
    page.keyboard.type("新大厅")
    page.keyboard.press("Enter")
    page.wait_for_selector(".ProseMirror img")
    assert saved(page, served) == '前![办事大厅](<图 1.png> "新大厅")\n'
    assert served.files == {"图 1.png": b"\x01\x02"}


def test_what_could_not_be_written_is_there_again(page: Page, served: Editing) -> None:
    opened(page, served, "前\n")
    page.route("**/api/serialize", lambda route: route.fulfill(status=403, json={"error": "请重新登录"}))
    page.click(".ProseMirror")
    page.keyboard.type("后")
    page.click("#save")
    page.wait_for_selector("text=正文没有写成文字：请重新登录")
    page.unroute_all()
    page.goto(served.url)
    page.wait_for_selector("text=上次没有写成文字的正文已经恢复")
    assert sorted(saved(page, served)) == sorted("前后\n")


def test_what_opens_as_source_alone_says_why_and_stays(page: Page, served: Editing) -> None:
    body = "甲\n\n<div>" + "乙" * 900 + "</div>\n"
    served.body = body
    page.goto(served.url)
    page.wait_for_selector("text=在源码里编辑：正文有 100% 是可视编辑没有的写法，如：<div>（正文第 3 行）")
    assert page.is_visible("#body")
    assert saved(page, served) == body


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Asks the editor's addresses without a browser."""
    return TestClient(application(Editing()))


@pytest.mark.parametrize(
    ("path", "sent", "status", "answer"),
    [
        ("parse", {"markdown": "[" * 9000}, 200, {"why": "正文的标记太多，或者有没有结束的标记", "line": 1}),
        ("parse", {}, 400, {"error": "请求里没有 markdown"}),
        ("parse", {"markdown": "甲" * 300_001}, 413, {"error": "内容有 300001 字，超过 300000 字"}),
        ("serialize", {"document": {"type": "doc", "content": [{"type": "script"}]}}, 400, {"error": "正文里有不认识的部分"}),
        ("paste", {"html": ""}, 422, {"error": "剪贴板里没有可以读的内容。重新复制一次，或者粘贴为纯文本。"}),
    ],
)  # fmt: skip
def test_answers(client: TestClient, path: str, sent: object, status: int, answer: object) -> None:
    got = client.post(f"/api/{path}", json=sent)
    assert (got.status_code, got.json()) == (status, answer)


def test_the_clipboard_of_word_arrives_whole(client: TestClient) -> None:
    got = client.post("/api/paste", json={"html": (CLIPBOARD / "word-2016.html").read_text("utf-8")}).json()
    assert (got["losses"], got["files"]) == ([], [])
    heading, words, table, note = got["content"]
    assert heading["content"] == [text("三、保障措施")]
    assert words["content"] == [text("按《办法》第5条办理"), node("footnote_ref", label="1"), text("。")]
    spans = [
        [(cell["attrs"]["colspan"], cell["attrs"]["rowspan"]) for cell in row["content"]] for row in table["content"]
    ]
    assert spans == [[(1, 2), (2, 1)], [(1, 1), (1, 1)], [(1, 1)] * 3]
    assert note["attrs"]["label"] == "1" and note["content"][0]["content"] == [text("2019年修订。")]


def test_a_word_file_arrives_at_the_cursor(client: TestClient) -> None:
    made = Document()
    made.add_paragraph("各单位要按季度上报。")
    made.add_picture(BytesIO(picture()))
    out = BytesIO()
    made.save(out)
    got = client.post("/api/paste", files={"file": ("通知.docx", out.getvalue())}).json()
    words, shown = got["content"]
    assert words["content"] == [text("各单位要按季度上报。")]
    assert [shown["content"][0]["attrs"]["src"]] == [one["name"] for one in got["files"]]
    assert client.post("/api/paste", files={"file": ("通知.docx", b"x")}).status_code == 422


def test_a_caption_and_a_footnote_in_one_table_are_refused(client: TestClient) -> None:
    cell = {
        "type": "table_cell",
        "content": [{"type": "paragraph", "content": [{"type": "footnote_ref", "attrs": {"label": "1"}}]}],
    }
    table = {"type": "table", "attrs": {"caption": "表 1"}, "content": [{"type": "table_row", "content": [cell]}]}
    note = {
        "type": "footnote",
        "attrs": {"label": "1"},
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "注"}]}],
    }
    got = client.post("/api/serialize", json={"document": {"type": "doc", "content": [table, note]}})
    assert got.json() == {"error": "第 1 段写不成 Markdown：有标题的表格里不能有脚注，把标题改为表格上面的一段"}


def test_the_bundle_is_what_its_sources_give() -> None:
    if not (ROOT / "node_modules" / "esbuild").is_dir() or not (ROOT / "node_modules" / "prosemirror-view").is_dir():
        pytest.skip("node_modules lacks the editor's packages: run `npm ci`")
    tool = runpy.run_path(str(ROOT / "tools" / "make_editor_bundle.py"))
    for name, content in tool["made"]().items():
        assert (tool["STATIC"] / name).read_bytes() == content, f"{name} is stale: run `make docs`"


def test_the_bundle_names_its_packages_and_asks_no_other_host() -> None:
    static = ROOT / "jiyue" / "editor" / "static"
    script, licences = (static / "visual.js").read_text("utf-8"), (static / "LICENSES.txt").read_text("utf-8")
    wanted = [
        name
        for name in json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"]
        if name.startswith("prosemirror-")
    ]
    assert wanted and all(f"\n{name} " in licences for name in wanted)
    assert set(re.findall(r"https?://[\w.-]+", script)) <= {
        "https://prosemirror.net",
        "https://www.jl.example",
        "http://www.w3.org",
    }
    assert "eval(" not in script and "new Function" not in script
