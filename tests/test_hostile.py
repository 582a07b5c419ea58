"""Naughty strings as titles, bodies and file names: a clear diagnostic or a correct page, never a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.cluster import ClusterFolder
from tests.support.vnu import vnu

GOOD = "---\ntitle: 好文章\ndate: 2026-11-20\n---\n正文\n"


class Dangers(HTMLParser):
    """Everything in a page's own part that could run or load something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "form", "meta", "base", "style", "link"):
            self.found.append(tag)
        for name, value in attrs:
            scheme = re.sub(r"[\x00-\x20]", "", value or "").lower().partition(":")[0]
            if (
                name.startswith("on")
                or name == "style"
                or (name in ("href", "src", "action") and scheme in ("javascript", "vbscript", "data"))
            ):
                self.found.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
def test_naughty_strings_give_pages_or_diagnostics(
    new_folder: Callable[..., ClusterFolder], real_texts: Path, every: int
) -> None:
    naughty: list[str] = json.loads((real_texts / "hostile" / "blns.json").read_text("utf-8"))[::every]
    payloads = (real_texts / "hostile" / "xss-payloads.txt").read_text("utf-8").splitlines()[:300:every]
    folder = new_folder({
        "sites/cc.yaml": "name: 长春\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
        "content/cc/tzgg/good.md": GOOD,
    })  # fmt: skip
    titles = {}
    for n, text in enumerate([*naughty, *payloads]):
        quoted = json.dumps(text, ensure_ascii=False)
        head = f"---\ntitle: {quoted}\ndate: 2026-11-20\nslug: t{n}\nsummary: {quoted}\n---\n"
        titles[n] = " ".join(text.split())
        body = f"---\ntitle: 第{n}篇\ndate: 2026-11-20\nslug: b{n}\n---\n\n{text}\n"
        folder.write({f"content/jilin/titles/{n}.md": (head + "正文\n").encode("utf-8", "surrogatepass"),
                      f"content/jilin/bodies/{n}.md": body.encode("utf-8", "surrogatepass")})  # fmt: skip
    made = 0
    for n, text in enumerate(naughty):
        name = f"{n}-{text}.md".encode("utf-8", "surrogatepass")
        if b"/" not in name and b"\0" not in name and len(name) < 250:
            path = bytes(folder.root / "content" / "jilin" / "names") + b"/" + name
            (folder.root / "content" / "jilin" / "names").mkdir(exist_ok=True)
            Path(path.decode("utf-8", "surrogateescape")).write_text(GOOD, "utf-8")
            made += 1
    built = folder.build(jobs=2)
    assert "Traceback" not in built.stderr + built.stdout
    assert made > 300 / every
    assert {d["site"] for d in built.diagnostics} <= {"jilin"}
    assert {d["rule"] for d in built.diagnostics} <= {
        "article-head", "article-field", "article-characters", "article-encoding", "file-place", "article-picture",
        "link-placeholder", "link-missing", "link-id", "link-anchor", "draft-fence", "draft-path", "draft-sign", "a11y-link",
        "markup-removed", "article-empty", "article-copy",
    }  # fmt: skip
    assert "好文章" in built.html("cc", "tzgg/")
    told = {d["path"] for d in built.diagnostics if d["severity"] == "error"}
    for n, title in titles.items():
        if f"content/jilin/titles/{n}.md" not in told:
            page = built.html("jilin", f"titles/t{n}.html")
            assert f"<h1>{title}</h1>" == unescape(page[page.index("<h1>") : page.index("</h1>") + 5])
        if f"content/jilin/bodies/{n}.md" not in told:
            assert (built.output / "jilin" / "bodies" / f"b{n}.html").is_file()
    pages = sum(not path.name.startswith("index") for path in (built.output / "jilin" / "names").glob("*.html"))
    assert pages + sum(path.startswith("content/jilin/names/") for path in told) == made
    for path in built.output.rglob("*.html"):
        if path.parent.name == "search":
            continue  # the platform's own page, with a form and a module
        html = path.read_text("utf-8")
        main = html[html.index("<main") : html.index("</main>")]
        if path.parent.parent == built.output:  # a home page, with the platform's own search
            main, own = re.subn(r'<form action="search/" role="search">.*?</form>', "", main, count=1, flags=re.DOTALL)
            assert own == (path.name == "index.html"), path
        assert Dangers(main).found == [], path
    errors = [(e["url"].rpartition("/output/")[2], e["message"]) for e in vnu([built.output])]
    assert [e for e in errors if not e[0].startswith("jilin/bodies/b")] == []


def test_an_entity_cannot_smuggle_in_a_control_character(new_folder: Callable[..., ClusterFolder]) -> None:
    body = "甲&#x1e;乙&#30;丙&#0;丁&#x0b;戊&#xfdd0;己\n\n<p>&#x1e;</p>\n"
    built = new_folder({"content/jilin/tzgg/a.md": GOOD.replace("正文", body).replace("date", "slug: a\ndate")}).build()
    assert built.diagnostics == []
    page = built.html("jilin", "tzgg/a.html")
    assert not any(ord(ch) < 32 and ch not in "\n\t" for ch in page)
    assert "甲" in page
    assert vnu([built.output / "jilin" / "tzgg" / "a.html"]) == []
