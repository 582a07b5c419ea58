"""The pages for writing, without scripts: lists, the form, files, findings, preview."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import docx
import pytest

from jiyue.editor.model import Person
from tests.editor.test_uploads import photo
from tests.support.repo import Repo
from tests.support.writing import COLUMNIST, WRITER, Writer, form_in, written

ME = Person(WRITER, WRITER)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return written(tmp_path_factory.mktemp("newsroom"))


@pytest.fixture(scope="module")
def writer(newsroom: Repo) -> Iterator[Writer]:
    one = Writer(newsroom.path)
    yield one
    one.close()


def text(writer: Writer, id: str) -> str:
    desk = writer.app.state.desk
    return str(desk.text(ME, desk.draft(ME, id).path, id).data.decode())


def test_lists_show_states_and_find(writer: Writer) -> None:
    page = writer.get("/sites/jilin/")
    for title, state in (("关于已发布的公告", "已发布"), ("定时发布的通知", "定时发布"), ("已经过期的通知", "已过期"),
                         ("20261116-cuowu.md", "有错误，不会发布")):  # fmt: skip
        row = page[page.index(f">{title}</a>") :]
        assert f">{state}</span>" in row[: row.index("</tr>")], title
    assert "长春的通知" not in page and writer.get("/sites/cc/", 404)
    found = writer.get("/sites/jilin/?state=scheduled&q=通知")
    assert "定时发布的通知" in found and "已经过期的通知" not in found and "1 篇" in found
    column = writer.get("/sites/jilin/gk/")
    assert "已经过期的通知" in column and "关于已发布的公告" not in column
    columnist = Writer(Path(writer.app.state.root), COLUMNIST)
    page = columnist.get("/sites/jilin/")
    assert "关于已发布的公告" in page and "已经过期的通知" not in page
    assert "政府文件</option>" not in columnist.get("/new") and "通知公告</option>" in columnist.get("/new")
    columnist.close()


def test_a_new_article_is_begun_written_and_judged(writer: Writer) -> None:
    id = writer.new("关于试写的通知", kind="document", name="shixie")
    page = writer.get(f"/draft/{id}/")
    assert "发文字号" in page and 'name="f-genre" value=""' in page and ">通知</option>" not in page
    sent = form_in(page)
    begun = text(writer, id)
    assert "title: 关于试写的通知\n" in begun and "kind: document" in begun and "review" not in begun
    writer.post(f"/draft/{id}/", sent)
    assert writer.at == f"/draft/{id}/?done=saved" and text(writer, id) == begun
    body = "第一段。\r\n\r\n[附件](none.pdf)\r\n\r\n| 甲 | 乙 |\r\n|---|---|\r\n| 1 | 2 |\r\n"
    page = writer.post(f"/draft/{id}/", {**sent, "f-doc_number": "吉政办发〔2026〕9号", "body": body})
    saved = text(writer, id)
    assert "doc_number: 吉政办发〔2026〕9号\n" in saved and saved.endswith("| 1 | 2 |\n") and "\r" not in saved
    assert '<a href="#body" data-field="" data-line="3">正文第 3 行</a>' in page and "「none.pdf」不存在" in page
    page = writer.post(f"/draft/{id}/", {**form_in(page), "f-date": "昨天"})
    assert "1 处错误" in page and '<a href="#f-date" data-field="f-date" data-line="0">发布时间</a>' in page
    field = page[page.index('<input id="f-date"') :]
    assert 'aria-invalid="true"' in field[:300] and "写成 2026-11-20" in field[:900]
    assert "已保存。" in page


def test_findings_and_preview_of_what_is_not_saved(writer: Writer) -> None:
    id = writer.new("关于预览的通知")
    sent = form_in(writer.get(f"/draft/{id}/"))
    before = text(writer, id)
    sent |= {"body": "看<script>alert(1)</script>这里。\n\n身份证号220102199003071233\n", "f-title": "新的题目"}
    answer = writer.client.post(f"/draft/{id}/findings", data={**sent, "_csrf": writer.token})
    assert {(one["line"], one["severity"]) for one in answer.json()["findings"] if one["line"]} >= {(1, "warning")}
    page = writer.client.post(f"/draft/{id}/preview", data={**sent, "_csrf": writer.token})
    assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "新的题目" in page.text and "alert(1)" not in page.text and "<script" not in page.text
    assert "--accent" in page.text and "jiyue-mark" in page.text
    assert text(writer, id) == before
    assert "吉林省人民政府" in writer.get(f"/draft/{id}/preview")


def test_pictures_and_attachments(writer: Writer) -> None:
    id = writer.new("关于图片的通知")
    sent = form_in(writer.get(f"/draft/{id}/"))
    files = [
        ("file", ("IMG 1.JPG", photo(640, 480), "image/jpeg")),
        ("file", ("名单.csv", "甲,乙\n".encode(), "text/csv")),
    ]
    page = writer.post(f"/draft/{id}/files", {**sent, "body": "开头。\r\n", "alt": "会场"}, files=files)
    assert writer.at == f"/draft/{id}/?done=uploaded#files"
    assert text(writer, id).endswith("开头。\n\n![会场](IMG-1.jpg)\n\n[名单](名单.csv)\n")
    assert 'value="会场"' in page and "/files/IMG-1.jpg" in page
    picture = writer.client.get(f"/draft/{id}/files/IMG-1.jpg")
    assert picture.headers["content-type"] == "image/jpeg" and "sandbox" in picture.headers["content-security-policy"]
    assert writer.client.get(f"/draft/{id}/files/名单.csv").headers["content-disposition"].startswith("attachment")
    assert writer.client.get(f"/draft/{id}/files/content/jilin/tzgg/20261119-gonggao.md").status_code == 404
    assert "data:image/" in writer.get(f"/draft/{id}/preview")

    answer = writer.client.post("/api/parse", json={"markdown": "甲"}, headers={"x-csrf-token": writer.token})
    assert answer.json()["document"]["content"][0]["content"] == [{"type": "text", "text": "甲"}]  # the visual editor's

    alt = next(name for name in form_in(page) if name.startswith("alt-"))
    page = writer.post(f"/draft/{id}/", {**form_in(page), alt: "会场[全景]"})
    assert "![会场［全景］](IMG-1.jpg)" in text(writer, id)
    crop = form_in(writer.get(f"/draft/{id}/crop/IMG-1.jpg"), "crop")
    assert (crop["width"], crop["height"]) == ("640", "480")
    writer.post(f"/draft/{id}/crop", {**crop, "left": "40", "top": "0", "width": "600", "height": "400"})
    assert form_in(writer.get(f"/draft/{id}/crop/IMG-1.jpg"), "crop")["width"] == "600"
    writer.post(f"/draft/{id}/crop", {**crop, "width": "10"}, status=409)

    page = writer.post(f"/draft/{id}/files", {**form_in(writer.get(f"/draft/{id}/")), "remove": "名单.csv"})
    assert "文件已删去" in page and "「名单.csv」不存在" in page


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.exe", b"MZ" * 100, "这种文件不能发布"),
        ("a.heic", b"\0\0\0\x18ftypheic", "HEIC 照片"),
        ("a.pdf", b"nothing", "内容不是 .pdf 文件"),
        ("机密★.txt", "内容".encode(), "带有标注"),
    ],
)
def test_a_refused_file_loses_no_word(writer: Writer, name: str, data: bytes, why: str) -> None:
    id = writer.new("关于拒收的通知")
    sent = form_in(writer.get(f"/draft/{id}/"))
    page = writer.post(
        f"/draft/{id}/files", {**sent, "body": "还没有保存的话。"}, files=[("file", (name, data))], status=415
    )
    assert why in page and "还没有保存的话。" in page and 'role="alert"' in page


def test_a_published_article_is_changed_byte_for_byte(writer: Writer, newsroom: Repo) -> None:
    path = "content/jilin/tzgg/20261119-gonggao.md"
    writer.post("/begin", {"path": path})
    id = writer.at.split("/")[2]
    old = (newsroom.path / path).read_text()
    page = writer.get(f"/draft/{id}/")
    writer.post(f"/draft/{id}/", {**form_in(page), "f-keywords": "公告、试改"})
    assert text(writer, id) == old.replace("[公告, 测试]", "[公告, 试改]")
    assert (newsroom.path / path).read_text() == old
    listed = writer.get("/sites/jilin/tzgg/")
    assert f'<a href="/draft/{id}/">关于已发布的公告</a>' in listed and "已发布的不变" in listed


def test_two_writers_lose_nothing(writer: Writer) -> None:
    id = writer.new("关于两个人的通知")
    first = form_in(writer.get(f"/draft/{id}/"))
    writer.post(f"/draft/{id}/", {**first, "f-summary": "甲写的摘要"})
    writer.post(f"/draft/{id}/", {**first, "body": "乙写的正文。\r\n"})
    assert writer.at.endswith("done=merged")
    assert "summary: 甲写的摘要" in text(writer, id) and text(writer, id).endswith("乙写的正文。\n")
    page = writer.post(f"/draft/{id}/", {**first, "body": "丙写的正文。\r\n"}, status=409)
    assert "乙写的正文。" in page and "丙写的正文。" in page


def test_an_article_without_fields_is_written_as_source(writer: Writer) -> None:
    id = writer.new("关于源文的通知")
    desk = writer.app.state.desk
    path = desk.draft(ME, id).path
    desk.save(ME, id, desk.text(ME, path, id).blob, "---\ntitle: 甲\ntitle: 乙\n---\n正文\n".encode())
    page = writer.get(f"/draft/{id}/")
    assert "不能按表格来改" in page and "「title」写了两次" in page
    writer.post(
        f"/draft/{id}/", {**form_in(page), "source": "---\r\ntitle: 甲\r\ndate: 2026-11-20 09:00\r\n---\r\n正文\r\n"}
    )
    assert text(writer, id) == "---\ntitle: 甲\ndate: 2026-11-20 09:00\n---\n正文\n"
    assert 'name="f-title" value="甲"' in writer.get(f"/draft/{id}/")
    whole = writer.get(f"/draft/{id}/?source=1")
    assert form_in(whole)["source"].startswith("---\r\ntitle: 甲\r\n") and "f-title" not in whole
    writer.post(f"/draft/{id}/", {**form_in(whole), "source": form_in(whole)["source"].replace("甲", "丙")})
    assert text(writer, id).startswith("---\ntitle: 丙\n")


def test_what_cannot_be_written_stays_on_the_page(writer: Writer) -> None:
    id = writer.new("关于控制字符的通知")
    sent = form_in(writer.get(f"/draft/{id}/"))
    page = writer.post(f"/draft/{id}/", {**sent, "f-source": "省\x07府", "body": "写好的正文"}, status=422)
    assert "看不见" in page or "不可见的控制字符" in page
    assert "写好的正文" in page
    assert (
        writer.post("/new", {"place": "jilin/tzgg", "kind": "news", "title": " "}, status=422).count("还没有写标题")
        == 1
    )


def test_a_word_file_becomes_the_text(writer: Writer) -> None:
    document = docx.Document()
    document.add_heading("关于做好供暖工作的通知", 0)
    document.add_paragraph("各有关单位：")
    document.add_paragraph("现将有关事项通知如下。")
    table = document.add_table(2, 2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"格{number}"
    document.add_picture(BytesIO(photo(320, 240, "PNG")))
    out = BytesIO()
    document.save(out)
    id = writer.new("供暖")
    sent = form_in(writer.get(f"/draft/{id}/"))
    page = writer.post(
        f"/draft/{id}/word", {**sent, "f-summary": "摘要"}, files=[("file", ("通知.docx", out.getvalue()))]
    )
    made = text(writer, id)
    assert "title: 供暖\n" in made and "summary: 摘要\n" in made
    assert "现将有关事项通知如下。" in made and "| 格0 | 格1 |" in made and "](" in made
    assert "<strong>通知.docx</strong>" in page and "已放进正文" in page
    assert len(writer.app.state.desk.files(ME, id)) == 1
    page = writer.post(f"/draft/{id}/word", form_in(page), files=[("file", ("a.docx", b"PK\x03\x04no"))], status=415)
    assert "「a.docx」没有放进来" in page and "现将有关事项" in page


def test_a_script_brings_files_alone(writer: Writer) -> None:
    id = writer.new("关于粘贴的通知")
    before = text(writer, id)
    send = {"data": {"_csrf": writer.token}, "headers": {"accept": "application/json"}}
    path = f"/draft/{id}/files"
    answer = writer.client.post(path, files=[("file", ("a.png", photo(64, 64, "PNG"), "image/png"))], **send)
    assert answer.json() == {"files": [{"name": "a.png", "picture": True}]}
    answer = writer.client.post(path, files=[("file", ("a.exe", b"MZ"))], **send)
    assert answer.status_code == 415 and "不能发布" in answer.json()["error"]
    assert text(writer, id) == before
