"""A removed site's addresses are never lost silently; a broken or renamed site isn't considered removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.nginx import served_by_nginx
from tests.support.publication import Live, two_sites

LEDGER = "sites/ledger/cc.txt"


@pytest.fixture
def live(tmp_path: Path) -> Live:
    """A third site in addition to the usual two, so that the province has a subordinate without cc, too."""
    made = two_sites(tmp_path / "cluster")
    siping = "name: 四平市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.sp.example\n"
    made.folder.write({"sites/siping.yaml": siping})
    made.go()
    return made


def test_a_removed_site_is_an_error_until_its_ledger_says_where_it_went(live: Live, tmp_path: Path) -> None:
    one, count = live.url(1), len(live.ledger()) - 1  # the first line is the site's url
    live.folder.remove("sites/cc.yaml", "content/cc")
    said = (
        f"[url-lost] 站点 cc 已撤销，它曾发布的 {count} 个网址都将打不开，如 /。\n"
        "    处理办法：若是误删，恢复 sites/cc.yaml 和 content/cc/；确已撤销，在台账中加一行“/* -> https://承接网站的网址/”"
        "或“/* gone 日期 撤站”，并重新生成服务器配置（jiyue serving）。"
    )
    assert said in live.run("check", code=1)
    assert said in live.go(code=1)
    assert said in live.run("publish", "jilin", code=1)  # also when others are published
    live.folder.write({LEDGER: "\n".join([*live.ledger(), "/* -> /nowhere.html"])})
    assert f"{one} 跳转到 /nowhere.html，到不了任何页面。" in live.run("publish", code=1)
    lines = [*live.ledger()[:-1], "/* -> https://www.jl.example/"]
    lines[lines.index(one)] = f"{one} gone 2026-11-24 有误"
    live.folder.write({LEDGER: "\n".join(lines)})
    live.run("check")
    live.run("publish")
    with served_by_nginx(live.root, tmp_path / "nginx") as get:
        for path in (lines[1], *(line for line in lines if line.startswith("/tzgg/") and " " not in line)):
            assert get("www.cc.example", path)[:2] == (301, "https://www.jl.example/"), path
        status, _, body = get("www.cc.example", one)
        assert status == 410
        assert '请前往 <a href="https://www.jl.example">吉林省人民政府</a>' in body.decode()
        assert get("www.cc.example", "/never-published.html")[0] == 404
        assert get("www.jl.example", "/")[0] == 200


def test_all_of_a_removed_site_may_be_gone(live: Live) -> None:
    live.folder.remove("sites/cc.yaml", "content/cc")
    live.folder.write({LEDGER: "\n".join([*live.ledger(), "/* gone 2026-11-24 撤站"])})
    live.go()
    config = live.run("serving", "caddy", "--no-tls")
    assert '"/tzgg/" "" 410' in config


def test_a_site_whose_content_was_removed_lost_its_addresses(live: Live) -> None:
    one = live.url(1)
    live.folder.remove("content/cc")
    assert f"[url-lost] 曾发布的网址 {one} 将打不开。" in live.go(code=1)


def test_a_renamed_site_takes_its_ledger_along(live: Live) -> None:
    text = (live.root / "sites/cc.yaml").read_text()
    live.folder.remove("sites/cc.yaml")
    live.folder.write({"sites/changchun.yaml": text})
    (live.root / "content/cc").rename(live.root / "content/changchun")
    said = live.run("check", code=1)
    assert "站点 cc 已改为 changchun（网址同为 https://www.cc.example）" in said
    assert "在 sites/changchun.yaml 里加上 formerly: [{id: cc}]，再发布一次。" in said
    (live.root / LEDGER).rename(live.root / "sites/ledger/changchun.txt")
    live.run("check")


def test_a_line_for_a_whole_site_does_not_hide_what_a_present_one_loses(live: Live) -> None:
    one = live.url(1)
    live.folder.remove("content/cc/tzgg/n1.md")
    live.folder.write({LEDGER: "\n".join([*live.ledger(), "/* gone"])})
    said = live.go(code=1)
    assert f"曾发布的网址 {one} 将打不开。" in said
    assert "“/*”只用于已撤销的站点。" in said


def test_a_broken_site_is_still_served_and_not_taken_for_removed(live: Live, tmp_path: Path) -> None:
    live.folder.write({"sites/cc.yaml": "name: [坏\n"})
    assert "url-lost" not in live.go(code=1)
    with served_by_nginx(live.root, tmp_path / "nginx") as get:
        assert get("www.cc.example", "/")[::2] == (200, (live.tree() / "index.html").read_bytes())
