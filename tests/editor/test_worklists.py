"""What there is to do: for each person their own, with its term, and as a feed behind a key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from jiyue.catalogue.letters import FIELDS
from jiyue.editor.listing import PER_PAGE, Listed, found
from jiyue.editor.model import Person, State
from jiyue.registry.load import load_registry
from tests.support.writing import COLUMNIST, REVIEWER, WRITER, Writer, article, form_in, written

LETTERS = ",".join(FIELDS) + "\n" + ",".join(
    {"number": "2026-001", "subject": "路灯不亮", "received": "2026-11-27", "unit": "城管办", "category": "咨询"}.get(name, "")
    for name in FIELDS
) + "\n"  # fmt: skip
FILES: dict[str, str | bytes] = {
    "content/jilin/zxts/letters.csv": LETTERS,
    "content/cc/tzgg/20261120-report.md": article("冬天里的读书灯", report_up="true"),
}


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    one = Writer(written(tmp_path_factory.mktemp("lists"), FILES).path)
    yield one
    one.close()


def section(page: str, key: str) -> str:
    cut = re.search(rf'<section aria-labelledby="{key}">(.*?)</section>', page, re.S)
    return cut[1] if cut else ""


def test_a_person_sees_what_there_is_to_do(writer: Writer) -> None:
    id = writer.new("关于待办的通知")
    page = writer.get("/")
    assert f'<a href="/draft/{id}/">关于待办的通知</a>' in section(page, "drafts")
    assert "2026-001 路灯不亮" in section(page, "letters") and "期限 2026-" in section(page, "letters")
    assert "冬天里的读书灯" in section(page, "reports") and "cc 报送" in section(page, "reports")
    assert "正在检查" in section(page, "due") or "due" not in page
    writer.app.state.workshop.lists.forecast.wait()
    assert "正在检查" not in writer.get("/")
    whole = writer.get("/?list=letters")
    assert "路灯不亮" in whole and "关于待办的通知" not in whole
    writer.get("/?list=none", 404)

    root = Path(writer.app.state.root)
    columnist = Writer(root, COLUMNIST)
    page = columnist.get("/")
    assert "路灯不亮" not in page and "冬天里的读书灯" not in page
    columnist.close()


def test_the_feed_is_behind_a_key_of_its_own(writer: Writer) -> None:
    writer.new("关于订阅的通知")
    address = re.search(r'href="(/feed/[^"]+)"', writer.get("/"))
    assert address
    reader = Writer(Path(writer.app.state.root), REVIEWER)
    reader.client.cookies.clear()
    feed = reader.client.get(address[1])
    assert feed.status_code == 200 and feed.headers["content-type"] == "application/atom+xml"
    tree = ElementTree.fromstring(feed.text)
    names = [entry.findtext("{*}title") for entry in tree.findall("{*}entry")]
    assert "我的草稿：关于订阅的通知" in names and "待答复的来信：2026-001 路灯不亮" in names
    links = [link.get("href", "") for link in tree.findall("{*}entry/{*}link")]
    assert all(link.startswith(("http://localhost:8030/", "https://www.cc.example/")) for link in links)
    for wrong in (address[1].replace(".atom", "x.atom"), "/feed/a.b.atom", f"/feed/{'é' * 9}.atom"):
        assert reader.client.get(wrong).status_code in (401, 404), wrong
    writer.post("/feed", {})
    assert reader.client.get(address[1]).status_code == 404
    reader.close()


def test_lists_of_many_articles_are_cut_into_pages() -> None:
    site = load_registry(Path(__file__).parents[2]).sites["changchun"]
    rows = [Listed(f"content/changchun/tzgg/{n:06}.md", f"通知第{n}号", "tzgg", "2026-11-20 09:00", State.PUBLISHED)
            for n in range(10_000)]  # fmt: skip
    asked: list[str] = []

    def seen(paths: Iterable[str]) -> set[str]:
        asked.extend(paths)
        return set(paths)

    first = found(rows, [], seen, site)
    assert (len(first.rows), first.pages, first.total, first.states) == (
        PER_PAGE,
        200,
        10_000,
        {State.PUBLISHED: 10_000},
    )
    last = found(rows, [], seen, site, page=999)
    assert last.page == 200 and last.rows[-1].title == "通知第9999号"
    assert [row.title for row in found(rows, [], seen, site, words="第 77号").rows][:2] == ["通知第77号", "通知第177号"]
    assert found(rows, [], seen, site, column="gk").total == 0
    assert asked == ["content/changchun/tzgg/x.md"] * 3
    assert found(rows, [], lambda _: set(), site).total == 0


def test_returned_and_waiting_drafts_stand_in_their_lists(writer: Writer) -> None:
    desk, me, reviewer = writer.app.state.desk, Person(WRITER, WRITER), Person(REVIEWER, REVIEWER)
    writer.post("/new", {"place": "jilin/gk", "kind": "news", "title": "关于退回的通知"})
    id = writer.at.split("/")[2]
    writer.post(f"/draft/{id}/", {**form_in(writer.get(f"/draft/{id}/")), "body": "正文。"})
    desk.submit(me, id, desk.draft(me, id).head)
    assert "关于退回的通知" in section(writer.get("/"), "sent")
    assert [one.id for one in desk.waiting(reviewer)] == [id]
    desk.send_back(reviewer, id, desk.draft(me, id).head, "补上文号")
    assert "关于退回的通知" in section(writer.get("/"), "returned")
