"""The portal's recommended column: one list on every home page, as JSON, as a page to embed and as a fragment."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from jiyue.checks.page.output import verify_site
from jiyue.linkage.recommended import EMBEDDED, FOLDER, FRAGMENT, JSON
from tests.support.cluster import Built, ClusterFolder, new_cluster

SITES = ("jilin", "changchun", "nanguan")
FILES: dict[str, str] = {
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsearch: off\nrecommended: yw\n"
    "defaults:\n  columns: [{path: yw, name: 要闻动态, type: 工作动态}]\n",
    "sites/changchun.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
    "sites/nanguan.yaml": "name: 南关区人民政府\nkind: county\nsuperior: changchun\nurl: https://www.jl.example/ng\n",
    "content/nanguan/yw/own.md": "---\ntitle: 本区的事\ndate: 2026-11-19\n---\n正文。\n",
    **{
        f"content/jilin/yw/{n}.md": f"---\ntitle: 全省第<{n}>件大事\ndate: 2026-11-{10 + n} 09:30\nslug: a{n}\n---\n正文。\n"
        for n in range(10)
    },
}


class Links(HTMLParser):
    """The links of a list's rows: (title, address)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, str]] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "a" or (self.inside and tag != "li")
        if tag == "a":
            self.rows.append(("", dict(attrs)["href"] or ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "a"

    def handle_data(self, data: str) -> None:
        if self.inside:
            title, url = self.rows[-1]
            self.rows[-1] = title + data, url


def rows_in(html: str) -> list[tuple[str, str]]:
    return Links(html.partition('<ul class="cards">')[2].partition("</ul>")[0]).rows


def lists(built: Built) -> dict[str, list[tuple[str, str]]]:
    """Every form of the list, by where it stands."""
    forms = {site: rows_in(built.html(site, "").partition('class="portal')[2]) for site in SITES if site != "jilin"}
    forms |= {path: rows_in(built.html("jilin", path)) for path in (EMBEDDED, FRAGMENT)}
    data = json.loads(built.html("jilin", JSON))
    return forms | {JSON: [(one["title"], one["url"]) for one in data["items"]]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    return new_cluster(tmp_path_factory.mktemp("recommended"), FILES)


def test_the_list_is_the_same_wherever_it_stands(folder: ClusterFolder) -> None:
    built = folder.build()
    assert built.exit_code == 0
    expected = [(f"全省第<{n}>件大事", f"https://www.jl.example/yw/a{n}.html") for n in range(9, 1, -1)]
    assert lists(built) == dict.fromkeys(["changchun", "nanguan", EMBEDDED, FRAGMENT, JSON], expected)
    assert not [name for name in built.files() if f"/{FOLDER}/" in name and not name.startswith("jilin/")]


def test_its_time_is_that_of_its_newest_row_and_not_of_the_build(folder: ClusterFolder) -> None:
    stamp = "2026-11-19T09:30:00+08:00"
    built = folder.build()
    assert json.loads(built.html("jilin", JSON))["updated"] == stamp
    for path in (EMBEDDED, FRAGMENT):
        assert f'data-updated="{stamp}"' in built.html("jilin", path)
    later = folder.build("--no-cache", today="2026-11-28", output=folder.root / "later")
    paths = [f"jilin/{path}" for path in (JSON, EMBEDDED, FRAGMENT)]
    assert [later.files()[path] for path in paths] == [built.files()[path] for path in paths]


def test_the_embedded_page_is_whole_and_asks_no_other_host(folder: ClusterFolder) -> None:
    built = folder.build()
    verified = verify_site(built.output / "jilin", "jilin")
    assert verified.pages == {}
    assert '<base target="_blank">' in built.html("jilin", EMBEDDED), "a link leaves the frame"
    assert "<main" not in built.html("jilin", FRAGMENT), "the page around a fragment has its own"


def test_what_is_withdrawn_or_changed_is_so_in_every_form(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(FILES)
    folder.build()
    newest, next_one = "content/jilin/yw/9.md", "content/jilin/yw/8.md"
    folder.write({
        newest: FILES[newest].replace("slug", "withdraw: {at: 2026-11-20, reason: 有误}\nslug"),
        next_one: FILES[next_one].replace("件大事", "件要事").replace("slug", "updated: 2026-11-20 10:00\nslug"),
    })  # fmt: skip
    built = folder.build()
    found = lists(built)
    assert len({json.dumps(rows) for rows in found.values()}) == 1
    assert found[JSON][0] == ("全省第<8>件要事", "https://www.jl.example/yw/a8.html")
    assert json.loads(built.html("jilin", JSON))["updated"] == "2026-11-20T10:00:00+08:00"
    assert not any(
        "第<9>".encode() in data or b"&lt;9&gt;" in data for name, data in built.files().items() if FOLDER in name
    )


def test_without_a_recommended_column_there_is_nothing(new_folder: Callable[..., ClusterFolder]) -> None:
    files = {path: text for path, text in FILES.items() if not path.startswith("content/jilin/")}
    assert not [name for name in new_folder(files).build().files() if FOLDER in name]
