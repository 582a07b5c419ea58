"""What `check` passes, `build` builds and `publish` publishes: `check` reports every mistake, and none stops a site."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.checks import test_markup, test_words
from tests.support.cases import case_cluster, security_cluster
from tests.support.cluster import ClusterFolder, new_cluster
from tests.support.commands import jiyue
from tests.support.publication import Live
from tests.support.slips import AROUND, BODIES, CC, FILES, JILIN, article
from tests.support.stages import stages


def together() -> dict[str, str | bytes]:
    """Every body of the table as an article of one site, and once more as one that goes down to the other."""
    files: dict[str, str | bytes] = dict(AROUND)
    for n, (body, _) in enumerate(BODIES.values()):
        files[f"content/cc/tzgg/20261120-{n}.md"] = article(body, f"第{n}篇稿件")
        files[f"content/jilin/tzgg/20261120-{n}.md"] = article(body, f"第{n}篇省里的稿件", push_down="all")
    return files


def test_every_slip_of_an_article_is_told_by_check_and_stops_no_page(tmp_path: Path) -> None:
    found = stages(new_cluster(tmp_path, together()).root)
    assert found.failed == []
    assert found.new_after_check() == []
    for n, (name, (_, rules)) in enumerate(BODIES.items()):
        told = set(found.rules(f"content/cc/tzgg/20261120-{n}.md"))
        assert (
            rules <= told <= rules | {"article-picture", "a11y-alt", "markup-removed", "link-missing", "link-withheld"}
        ), name
        assert bool(rules) == bool(told), name


@pytest.mark.parametrize("name", FILES)
def test_every_slip_beside_articles_is_told_by_check_and_stops_no_page(tmp_path: Path, name: str) -> None:
    files, rules = FILES[name]
    found = stages(new_cluster(tmp_path, {**AROUND, **files}).root)
    assert found.failed == []
    assert found.new_after_check() == []
    assert set(found.rules()) == rules


def test_a_link_to_nothing_is_text_and_one_to_something_a_link(tmp_path: Path) -> None:
    body = "[空栏目](/bszn/) [通知](/tzgg/) [目录](/tzgg) [门户](https://www.jl.example/bszn/) <video src=a.mp4></video> 末尾"
    files = {"content/cc/tzgg/20261120-a.md": article(body, slug="a")}
    html = stages(new_cluster(tmp_path, {**AROUND, **files}).root).body("cc", "tzgg/a.html")
    assert html.startswith(
        '\n<p>空栏目 <a href="../tzgg/" rel="noopener noreferrer">通知</a> 目录 门户 ［视频］ 末尾</p>'
    )


def test_a_column_that_fills_makes_its_links_live_again(tmp_path: Path) -> None:
    folder = new_cluster(tmp_path, {**AROUND, "content/cc/tzgg/20261120-a.md": article("[办事](/bszn/)", slug="a")})
    assert "<a " not in stages(folder.root).body("cc", "tzgg/a.html")
    pushed = article("办事。", "办事须知", push_down="all")
    folder.write({"content/jilin/bszn/20261120-b.md": pushed})
    again = stages(folder.root)
    assert again.rules() == []
    assert 'href="../bszn/"' in again.body("cc", "tzgg/a.html")


def published(root: Path) -> Live:
    """The cluster at root with each site deployed to a folder."""
    made = Live(ClusterFolder(root))
    for site in (root / "sites").glob("*.yaml"):
        if "url:" in site.read_text() and "deploy:" not in site.read_text():
            site.write_text(site.read_text() + f"\ndeploy: {{kind: folder, path: {root / 'www'}}}\n")
    return made


def check_by_command(root: Path) -> list[dict[str, str]]:
    return list(json.loads(jiyue("check", "--root", str(root), "--format", "json").stdout))


def test_a_cluster_full_of_slips_is_published_whole(tmp_path: Path) -> None:
    """By the commands themselves: every article that `check` does not withhold is live on every site."""
    root = new_cluster(tmp_path, together()).root
    live = published(root)
    withheld = {d["path"] for d in check_by_command(root) if d["severity"] == "error"}
    live.go()
    for n in range(len(BODIES)):
        own, pushed = f"content/cc/tzgg/20261120-{n}.md", f"content/jilin/tzgg/20261120-{n}.md"
        assert (f"第{n}篇稿件" in live.texts("cc")) == (own not in withheld)
        assert (f"第{n}篇省里的稿件" in live.texts("cc")) == (pushed not in withheld)
        assert (f"第{n}篇省里的稿件" in live.texts("jilin")) == (pushed not in withheld)


@pytest.mark.parametrize("name", ["06", "07", "16", "19", "48", "71", "75", "78a-dup-id"])
def test_a_case_stops_no_site(tmp_path: Path, name: str) -> None:
    found = stages(case_cluster(name, tmp_path).root)
    assert (found.failed, found.new_after_check()) == ([], [])


@pytest.mark.parametrize(
    ("name", "rules"), [("block-site-dwg.md", {"link-missing"}), ("block-all-sites-push_down.md", {"link-id"})]
)
def test_an_article_that_once_stopped_a_site(tmp_path: Path, name: str, rules: set[str]) -> None:
    folder = security_cluster(name, tmp_path)
    if "push" in name:
        case = (folder.root / "content/cc/tzgg/20261120-case.md").read_bytes()
        folder.write({"sites/jilin.yaml": JILIN, "sites/cc.yaml": CC, "content/jilin/tzgg/20261120-case.md": case})
        folder.remove("content/cc/tzgg/20261120-case.md")
    found = stages(folder.root)
    assert (found.failed, found.new_after_check()) == ([], [])
    assert set(found.rules()) == rules


def test_texts_of_other_tests_stop_no_site(tmp_path: Path) -> None:
    texts = [*test_markup.MUST_FIRE, *test_markup.MUST_NOT_FIRE]
    texts += [
        text for group in (test_words.MUST_FIRE, test_words.MUST_NOT_FIRE) for all_ in group.values() for text in all_
    ]
    files: dict[str, str | bytes] = dict(AROUND)
    for n, text in enumerate(texts):
        files[f"content/jilin/tzgg/{n}.md"] = article(text, f"第{n}篇", **({"push_down": "all"} if n % 4 == 0 else {}))
    found = stages(new_cluster(tmp_path, files).root)
    assert (found.failed, found.new_after_check()) == ([], [])


@pytest.mark.long
def test_naughty_strings_stop_no_site(tmp_path: Path, real_texts: Path) -> None:
    """Each as a body, an address, a picture, raw HTML and an id; a quarter of them goes down."""
    folder = real_texts / "hostile"
    texts: list[str] = json.loads((folder / "blns.json").read_text("utf-8"))
    for name in ("xss-payloads.txt", "path-traversal.txt", "html-event-handlers.txt"):
        texts += (folder / name).read_text("utf-8").splitlines()[:300]
    forms = ["{}", "[x]({})", "![图一](<{}>)", '<a href="{}">x</a> <p id="{}">']
    files: dict[str, str | bytes] = dict(AROUND)
    for n, text in enumerate(texts):
        body = forms[n % 4].replace("{}", text)
        more = {"push_down": "all"} if n % 16 < 4 else {}
        files[f"content/jilin/tzgg/{n}.md"] = article(body, f"第{n}篇", **more).encode("utf-8", "surrogatepass")
    found = stages(new_cluster(tmp_path, files).root)
    assert (found.failed, found.new_after_check()) == ([], [])


PIECES = st.sampled_from([
    "[甲](", "![乙](", ")", "(", "<", ">", "`", "``", "\\", "*", "**", "_", "&amp;", "%23", "#", "?", " ", "\n", "\n\n", "    ", "\t",
    "a.txt", "b c.txt", "图.png", "/tzgg/", "/bszn/", "../", "[1]", "[1]: a.txt", "<a href=", "<img src=", "<video src=", "'", '"', "{#a}",
    "{", "}", "```", "~~~", "<!--", "-->", "<p id=a>", "</p>", "|", "- ", "> ", "<br>", "<div>", "</div>", "[^1]", "[^1]: ", "正文", "x",
])  # fmt: skip


@pytest.mark.long
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies=st.lists(st.lists(PIECES, max_size=14).map("".join), min_size=25, max_size=25))
def test_no_random_body_stops_a_site(tmp_path_factory: pytest.TempPathFactory, bodies: list[str]) -> None:
    files: dict[str, str | bytes] = {**AROUND, "content/jilin/tzgg/a.txt": "甲", "content/jilin/tzgg/b c.txt": "乙"}
    for n, body in enumerate(bodies):
        more = {"push_down": "all"} if n % 3 == 0 else {}
        files[f"content/jilin/tzgg/{n}.md"] = article(body, f"第{n}篇", **more)
    found = stages(new_cluster(tmp_path_factory.mktemp("random"), files).root)
    assert (found.failed, found.new_after_check()) == ([], [])
