"""An editor over a small cluster in a git repository, asked without a server or, for browsers, behind one."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jiyue.editor.web.app import create_app
from jiyue.editor.web.settings import on_this_machine
from tests.support.cluster import new_cluster
from tests.support.network import free_port
from tests.support.repo import Repo

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have httpx2
    from starlette.testclient import TestClient

WRITER, REVIEWER, COLUMNIST = "bianji@jl.example", "shenhe@jl.example", "tzgg@jl.example"
_COLUMNS = (
    "columns:\n  - {path: tzgg, name: 通知公告, type: 通知公告}\n  - {path: gk, name: 政府文件, type: 政策文件, review: required}\n"
    "  - {path: zxts, name: 来信, type: 其他}\n"
)
_POSTS = "\n".join(
    f"  - {{post: {post}, unit: 办公室, role: {role}, phone: 0431-1, since: 2020-01-01, account: {account}}}"
    for post, role, account in (
        ("信息员一", "信息联络员", WRITER), ("初审岗", "初审", REVIEWER), ("复审岗", "复审", "fu@jl.example"),
        ("终审岗", "终审", "zhong@jl.example"), ("保密岗", "保密审查", "bao@jl.example"),
    )
)  # fmt: skip


def article(title: str, body: str = "正文一段。", **fields: str) -> str:
    more = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\ntitle: {title}\ndate: 2026-11-20 09:00\nsource: 吉林省人民政府\n{more}---\n\n{body}\n"


FILES: dict[str, str | bytes] = {
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nshort: 吉林省\nkind: province\nurl: https://www.jl.example\n"
    f"officers:\n{_POSTS}\n{_COLUMNS}",
    "sites/cc.yaml": f"name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n{_COLUMNS}",
    "sites/rights.yaml": "accounts:\n  guanli@jl.example: {role: admin}\n"
    f"  {WRITER}: {{sites: [jilin]}}\n  {COLUMNIST}: {{columns: [jilin/tzgg]}}\n"
    + "".join(f"  {name}: {{sites: [jilin]}}\n" for name in (REVIEWER, "fu@jl.example", "zhong@jl.example", "bao@jl.example")),
    "content/jilin/tzgg/20261119-gonggao.md": article("关于已发布的公告", "# 不动的行\n\n正文一段。", keywords="[公告, 测试]"),
    "content/jilin/tzgg/20261118-dingshi.md": article("定时发布的通知", publish_at="2030-01-01 09:00"),
    "content/jilin/gk/20261117-guoqi.md": article("已经过期的通知", expires="2026-11-18"),
    "content/jilin/gk/20261116-cuowu.md": "---\ntitle: 有错误的稿件\nnope: 1\n---\n正文。\n",
    "content/cc/tzgg/20261119-cc.md": article("长春的通知"),
}  # fmt: skip


def written(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Repo:
    """A git repository with a cluster to write in."""
    new_cluster(folder, {**FILES, **(files or {})})
    repo = Repo(folder)
    repo.commit("guanli@jl.example")
    return repo


class Writer:
    """Somebody at the editor, without a browser: pages, and forms as a browser sends them."""

    def __init__(self, root: Path, account: str = WRITER, app: Any = None) -> None:
        self.app = app or create_app(on_this_machine(root, 8030, account))
        self.client = TestClient(self.app, base_url="http://localhost:8030", client=("127.0.0.1", 50000))
        self.client.headers["origin"] = "http://localhost:8030"
        self.client.get(f"/signin?ticket={self.app.state.tickets.new()}")

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text[-3000:])
        return answer.text

    def post(self, path: str, fields: Mapping[str, str], files: Any = None, status: int = 200) -> str:
        """Send a form; follows the answer's redirection. The last address is in `at`."""
        sent = {"_csrf": self.token, **fields}
        answer = self.client.post(path, data=sent, files=files)
        assert answer.status_code == status, (answer.status_code, answer.text[-3000:])
        self.at = str(answer.url).removeprefix("http://localhost:8030")
        return answer.text

    def close(self) -> None:
        """End the processes of the editor."""
        self.client.close()
        self.app.state.desk.close()

    @property
    def token(self) -> str:
        found = re.search(r'name="_csrf" value="([^"]+)"', self.client.get("/account").text)
        assert found
        return found[1]

    def new(self, title: str, place: str = "jilin/tzgg", kind: str = "news", **more: str) -> str:
        """The id of a new draft."""
        self.post("/new", {"place": place, "kind": kind, "title": title, **more})
        return self.at.split("/")[2]


class _Form(HTMLParser):
    """Collects what a browser would send of one form."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.sent, self.inside, self.area, self.select = name, {}, False, "", ""  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attributes}
        name = given.get("name", "")
        self.inside = self.inside or (tag == "form" and given.get("id") == self.name)
        if not self.inside:
            return
        if tag == "option" and self.select and ("selected" in given or self.select not in self.sent):
            self.sent[self.select] = given["value"]
        elif tag == "textarea" and name:
            self.area, self.sent[name] = name, ""
        elif tag == "select":
            self.select = name
        elif (
            tag == "input"
            and name not in ("", "_csrf")
            and (given.get("type") not in ("file", "checkbox") or "checked" in given)
        ):
            self.sent[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.area:
            self.sent[self.area] = self.sent[self.area].removeprefix("\n").replace("\n", "\r\n")
            self.area = ""
        elif tag == "select":
            self.select = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area] += data


def form_in(html: str, name: str = "article") -> dict[str, str]:
    """What a browser sends of a page's form that nobody changed."""
    parser = _Form(name)
    parser.feed(html)
    assert parser.sent, html[-2000:]
    return parser.sent


@contextmanager
def served(root: Path, account: str = WRITER) -> Iterator[tuple[str, Any]]:
    """(address, application) of an editor on the loopback address; `address/signin?ticket=…` signs in."""
    from jiyue.editor.web.server import Server  # noqa: PLC0415  (only for browsers)

    port = free_port()
    app = create_app(on_this_machine(root, port, account))
    server = Server(app, "127.0.0.1", port)
    thread = server.start()
    try:
        yield f"http://localhost:{port}", app
    finally:
        server.stop()
        thread.join(timeout=20)
        app.state.desk.close()
