"""Publishing as a whole: the commands on a small cluster, from the sources to what readers get."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.heirs import site_of, withdrawn_at_heirs
from jiyue.publish.redirects import redirects_between
from jiyue.publish.state import input_state
from jiyue.registry.load import load_registry
from tests.support.cluster import new_cluster
from tests.support.nginx import served_by_nginx
from tests.support.publication import ARTICLE, Live, files_of, new_keys


def test_what_is_withdrawn_is_gone_and_a_rollback_does_not_bring_it_back(live: Live) -> None:
    url = live.url(2)
    live.write("n2", 2, "withdraw: {at: 2026-11-23, reason: 有误}\n")
    live.write("n1", 1, "summary: 新的摘要在此\n")
    assert "2 个有新版本上线" in live.go()
    assert "第2件" not in live.texts()
    assert f"{url} gone 2026-11-23 撤回" in live.ledger()
    assert "没有带回已撤下的 1 个文件" in live.run("rollback", "cc", "--reason", "试")
    assert "新的摘要在此" not in live.texts()
    assert "第1件" in live.texts()
    assert "第2件" not in live.texts()
    assert not (live.tree() / url.lstrip("/")).exists()
    assert "全部一致" in live.run("verify", str(live.tree()))
    said = live.run("publish")
    assert "release-rolled-back" in said  # nothing was mended: the timer must not undo the rollback
    assert "新的摘要在此" not in live.texts()
    live.run("publish", "--resume")
    assert "新的摘要在此" in live.texts()


def test_a_broken_article_keeps_its_published_page_while_the_output_is_clean(live: Live) -> None:
    page = live.url(2).lstrip("/")
    before = (live.tree() / page).read_bytes()
    live.folder.write({"content/cc/tzgg/n2.md": "---\ntitle: [坏\n---\n"})
    live.write("n3", 3, "summary: 同时改的另一篇\n")
    said = live.go(code=1)
    assert "release-carried" in said
    assert not (live.root / "output/cc" / page).exists()
    assert (live.tree() / page).read_bytes() == before
    assert "同时改的另一篇" in live.texts()
    assert "第2件" not in (live.tree() / "tzgg/index.html").read_text()
    live.run("verify", str(live.tree()))
    live.write("n2", 2)
    live.go()
    assert "第2件" in (live.tree() / "tzgg/index.html").read_text()


def test_a_broken_site_keeps_its_pages_and_stops_no_other(live: Live) -> None:
    before = files_of(live.tree())
    live.folder.write({"sites/cc.yaml": "name: [坏\n"})
    live.write("n1", 11, "summary: 省里照常\n", site="jilin")
    live.go(code=1)
    assert files_of(live.tree()) == before
    assert "省里照常" in live.texts("jilin")


def test_renames_redirect_by_themselves_and_lost_addresses_are_said(live: Live) -> None:
    one, three = live.url(1), live.url(3)
    content = live.root / "content/cc/tzgg"
    (content / "n1.md").rename(content / "renamed.md")
    (content / "n3.md").unlink()
    said = live.go(code=1)
    assert f"{one} -> {live.url(1)}" in live.ledger()
    assert live.url(1) != one
    assert f"[url-lost] 曾发布的网址 {three} 将打不开" in said
    assert "url-lost" in live.run("publish", code=1)  # until it is repaired
    ledger = live.root / "sites/ledger/cc.txt"
    ledger.write_text(ledger.read_text().replace(f"{three}\n", f"{three} -> /tzgg/\n"))
    live.run("publish")


def test_a_rename_with_an_edit_is_known_from_git(live: Live) -> None:
    git = ["git", "-C", str(live.root), "-c", "user.name=t", "-c", "user.email=t@example"]
    (live.root / ".gitignore").write_text("output/\n.jiyue/\nwww/\n")
    long = "这是一段不变的正文。\n" * 20
    live.folder.write({"content/cc/tzgg/n4.md": ARTICLE.format(n=4, more="") + long})
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    live.go()
    old = live.url(4)
    (live.root / "content/cc/tzgg/n4.md").unlink()
    live.folder.write({"content/cc/tzgg/other.md": ARTICLE.format(n=4, more="summary: 又改\n") + long})
    for command in (["add", "-A"], ["commit", "-q", "-m", "y"]):
        subprocess.run([*git, *command], check=True)
    live.go()
    assert f"{old} -> {live.url(4)}" in live.ledger()


def test_a_page_moves_where_its_source_went() -> None:
    old = {"a": {"url": "/1", "digest": "x"}, "b": {"url": "/2", "digest": "y"}, "c": {"url": "/3", "digest": "z"},
           "d": {"url": "/4"}}  # fmt: skip
    new = {"A": {"url": "/5", "digest": "x"}, "b": {"url": "/6", "digest": "y"}, "t": {"url": "/7", "digest": "z"},
           "u": {"url": "/8", "digest": "z"}}  # fmt: skip
    assert redirects_between(old, new, {}, {}) == {
        "/1": "/5",
        "/2": "/6",
    }  # two copies of c: it is unknown which one is meant
    assert redirects_between(old, new, {"c": "u", "d": "q"}, {"q": "https://e/x"}) == {
        "/1": "/5", "/2": "/6", "/3": "/8", "/4": "https://e/x"
    }  # fmt: skip


def test_aliases_in_front_matter_redirect(live: Live) -> None:
    live.write("n1", 1, "aliases: [/old/notice.html]\n")
    live.go()
    assert f"/old/notice.html -> {live.url(1)}" in live.ledger()


def test_embargo_and_expiry_come_by_the_timer_alone(live: Live) -> None:
    live.write("n7", 7, "publish_at: 2026-11-23 12:00\n")
    live.write("n8", 8, "expires: 2026-11-23 13:00\n")
    live.go()
    for folder in ("www", "output/cc", "output/jilin"):
        everything = b"".join(files_of(live.root / folder).values())
        assert "第7件".encode() not in everything
    assert "第8件" in live.texts()
    gone = live.url(8)
    assert "overdue" not in live.run("schedule")
    assert "schedule-overdue" in live.run("schedule", code=1, today="2026-11-23T12:40")
    live.go(today="2026-11-23T12:45")
    assert "第7件" in live.texts()
    live.run("schedule", today="2026-11-23T12:46")
    live.go(today="2026-11-23T13:05")
    assert "第8件" not in live.texts()
    assert f"{gone} gone 2026-11-23 到期" in live.ledger()


def test_the_files_of_an_article_come_and_go_with_it(live: Live) -> None:
    links = "[附件](plan.csv) [公用](both.csv)\n"
    files = {f"content/cc/tzgg/{name}.csv": f"事项,{name}\n" for name in ("plan", "both")}
    embargoed = ARTICLE.format(n=7, more="publish_at: 2026-11-23 12:00\n") + links
    live.folder.write({**files, "content/cc/tzgg/n7.md": embargoed})
    live.folder.write({"content/cc/tzgg/n1.md": ARTICLE.format(n=1, more="") + "[公用](both.csv)\n"})
    live.go()
    assert (live.tree() / "tzgg/both.csv").is_file()
    for folder in ("www", "output"):
        assert "事项,plan".encode() not in b"".join(files_of(live.root / folder).values())
    live.go(today="2026-11-23T12:00")
    assert (live.tree() / "tzgg/plan.csv").is_file()
    withdrawn = ARTICLE.format(n=7, more="withdraw: {at: 2026-11-23, reason: 有误}\n") + links
    live.folder.write({"content/cc/tzgg/n7.md": withdrawn})
    live.go(today="2026-11-23T12:10")
    assert not (live.tree() / "tzgg/plan.csv").exists()
    assert (live.tree() / "tzgg/both.csv").is_file()
    assert "/tzgg/plan.csv gone 2026-11-23 撤回" in live.ledger()
    live.run("rollback", "cc", today="2026-11-23T12:20")
    assert not (live.tree() / "tzgg/plan.csv").exists()


def test_losing_many_pages_needs_a_flag(live: Live) -> None:
    for n in range(30):
        live.write(f"m{n}", n % 20 + 1)
    live.go()
    before = files_of(live.tree())
    live.folder.remove(*(f"content/cc/tzgg/m{n}.md" for n in range(30)))
    assert "[release-mass-loss]" in live.go(code=1)
    assert files_of(live.tree()) == before
    live.run("publish", "--allow-loss", code=1)  # the lost addresses are still to be explained
    assert not list(live.tree().glob("tzgg/*m29*"))
    assert len(list(live.tree().glob("tzgg/*.html"))) < 10


def test_a_dry_run_lists_and_changes_nothing(live: Live) -> None:
    live.write("n1", 1, "summary: 新的摘要在此\n")
    live.folder.build(today="2026-11-23T10:00")
    before = files_of(live.root / "www"), live.ledger(), sorted((live.root / ".jiyue/releases/releases/cc").iterdir())
    said = live.run("publish", "--dry-run")
    assert "cc：网页新增 0、修改 1、删除 0，其他文件 9 个\n  ~ 关于第1件事项的通知\n" in said
    assert "2 个站点有变化：网页新增 0、修改 1、删除 0；0 个站点没有变化。" in said
    assert live.url(1) not in said
    assert f"~ {live.url(1).lstrip('/')}\n" in live.run("publish", "--dry-run", "--full")
    assert before == (
        files_of(live.root / "www"), live.ledger(), sorted((live.root / ".jiyue/releases/releases/cc").iterdir())
    )  # fmt: skip
    assert not list((live.root / ".jiyue/releases").glob(".dry-*"))
    live.run("publish")
    assert "新的摘要在此" in live.texts()


def test_only_what_changed_is_opened_and_sent(live: Live) -> None:
    live.write("n1", 11, "summary: 只改这一篇\n", site="jilin")
    live.folder.build(today="2026-11-23T10:00")
    said = live.run("publish")
    assert "1 个有新版本上线" in said
    assert "cc：送出" not in said
    assert "jilin：送出" in said
    releases = live.root / ".jiyue/releases/releases/cc"
    assert len(list(releases.iterdir())) == 1


def test_a_cluster_is_the_same_however_its_folder_is_named(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(live.root)
    registry = load_registry(live.root)
    named = [PublishedCluster(root, registry, root / "output") for root in (live.root, Path())]
    first, second = (input_state(cluster, "cc", ()) for cluster in named)
    assert first["folders"]
    assert first == second
    os.utime(
        live.root / "output/cc/tzgg"
    )  # as the build has just left it: without its state a rollback would be undone
    assert input_state(named[0], "cc", ())["folders"] not in ("", first["folders"])


def test_what_moved_to_another_site_and_was_withdrawn_there_is_withdrawn_here(live: Live) -> None:
    """So neither a rollback nor an archive of the site that it came from brings it back."""
    url, heir = live.url(2), live.url(12, "jilin")
    with (live.root / "sites/ledger/cc.txt").open("a", encoding="utf-8") as ledger:
        ledger.write(f"/tzgg/old.html -> {url}\n/tzgg/stays.html -> {live.url(1)}\n")
    text = (live.root / "sites/ledger/cc.txt").read_text("utf-8")
    text = text.replace(f"{url}\n", f"{url} -> https://www.jl.example{heir}\n", 1)
    (live.root / "sites/ledger/cc.txt").write_text(text, "utf-8")
    cluster = PublishedCluster(live.root, load_registry(live.root), live.root / "output")
    assert withdrawn_at_heirs(cluster, "cc") == []
    live.write("n2", 12, "withdraw: {at: 2026-11-23, reason: 有误}\n", site="jilin")
    live.folder.build(today="2026-11-23T10:00")
    live.run("publish", "jilin", code=None)
    assert sorted(stone.url for stone in withdrawn_at_heirs(cluster, "cc")) == sorted(["/tzgg/old.html", url])


def test_an_address_belongs_to_the_site_that_lies_deepest() -> None:
    urls = {"jilin": "https://www.jl.example", "xian": "https://www.jl.example/xian"}
    cluster: Any = SimpleNamespace(registry=SimpleNamespace(urls=urls))
    assert site_of(cluster, "https://www.jl.example/xian/a.html") == ("xian", "/a.html")
    assert site_of(cluster, "https://www.jl.example/xian") == ("xian", "/")
    assert site_of(cluster, "https://www.jl.example/xianx.html") == ("jilin", "/xianx.html")
    assert site_of(cluster, "https://www.jl.example.evil/a.html") is None


def test_wrong_keys_tampering_and_replay_are_refused(live: Live) -> None:
    new_keys(live, "甲")
    [stranger] = new_keys(live, "乙")
    [key] = new_keys(live, "丙")
    live.write("n1", 1, "summary: 第一版\n")
    assert "没有签名" in live.go(code=1)
    assert "未登记的密钥" in live.run("publish", code=1, JIYUE_SIGNING_KEY=stranger)
    assert "第一版" not in live.texts()
    live.run("publish", JIYUE_SIGNING_KEY=key)
    assert "全部一致" in live.run("verify", str(live.tree()))
    first = files_of(live.tree())
    store = live.root / ".jiyue/releases"
    old = (store / "live/cc").readlink()
    live.write("n1", 1, "summary: 第二版\n")
    live.go(JIYUE_SIGNING_KEY=key, today="2026-11-23T10:10")
    # a replay: the old release, whole and well signed, is put where the new one is served
    new = (store / "live/cc").readlink()
    (store / "live/cc").unlink()
    (store / "live/cc").symlink_to(old)
    assert "release-replay" in live.run("verify", code=1)
    (store / "live/cc").unlink()
    (store / "live/cc").symlink_to(new)
    live.run("verify")
    # a rollback serves the same pages but isn't a publication
    live.run("rollback", "cc", JIYUE_SIGNING_KEY=key, today="2026-11-23T10:20")
    assert "第一版" in live.texts()
    assert {p for p in first if p.endswith(".html")} == {p for p in files_of(live.tree()) if p.endswith(".html")}
    live.run("verify")
    # one byte of a page, then of the manifest
    page = live.tree() / "index.html"
    data = page.read_bytes()
    page.chmod(0o644)
    page.write_bytes(data[:-2] + b"X" + data[-1:])
    assert "index.html: 错误 [release-file-changed]" in live.run("verify", str(live.tree()), code=1)
    page.write_bytes(data)
    manifest = live.tree() / ".well-known/jiyue/release.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"commit":""', b'"commit":"x"'))
    assert "清单被改动过" in live.run("verify", str(live.tree()), code=1)


def test_an_interrupted_build_is_not_published(live: Live) -> None:
    (live.root / "output/_cluster/building").touch()
    assert "上次构建没有完成" in live.run("publish", code=1)
    live.go()


def test_what_was_pushed_down_goes_with_its_origin(tmp_path: Path) -> None:
    column = "columns:\n  - {path: tzgg, name: 通知公告, type: 通知公告}\n"
    live = Live(
        new_cluster(
            tmp_path,
            {
                "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n" + column,
                "sites/cc.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
                f"deploy: {{kind: folder, path: {tmp_path / 'www'}}}\n" + column,
            },
        )
    )
    live.write("n1", 1, "push_down: [all]\n", site="jilin")
    live.write("n2", 2)
    live.go()
    pushed = live.url(1)
    live.write("n2", 2, "summary: 改\n")
    live.go(today="2026-11-23T10:05")
    live.write("n1", 1, "push_down: [all]\nwithdraw: {at: 2026-11-23, reason: 有误}\n", site="jilin")
    live.go(today="2026-11-23T10:10")
    assert "第1件" not in live.texts()
    assert f"{pushed} gone 2026-11-23 撤回" in live.ledger()
    live.run("rollback", "cc")
    assert "第1件" not in live.texts()


def test_nginx_serves_the_live_tree_with_redirects_and_410(live: Live, tmp_path: Path) -> None:
    one, two = live.url(1), live.url(2)
    content = live.root / "content/cc/tzgg"
    (content / "n1.md").rename(content / "renamed.md")
    live.write("n2", 2, "withdraw: {at: 2026-11-23, reason: 有误}\n")
    live.go()
    with served_by_nginx(live.root, tmp_path / "nginx") as get:
        assert get("www.cc.example", "/")[::2] == (200, (live.tree() / "index.html").read_bytes())
        assert get("www.cc.example", one)[:2] == (301, live.url(1))
        assert get("www.cc.example", two)[0] == 410
        for host, site in (("www.cc.example", "cc"), ("www.jl.example", "jilin")):
            status, _, body = get(host, "/nowhere/at/all.html")
            assert (status, body) == (404, (live.tree(site) / "404.html").read_bytes())
            assert "吉林省人民政府".encode() in body  # the furniture is there
        live.write("n3", 3, "summary: 不必重新加载\n")
        live.go(today="2026-11-23T10:30")
        assert "不必重新加载" in get("www.cc.example", live.url(3))[2].decode()
