"""Every command of publishing as called by people and CI: exact exit status, and Chinese messages with a remedy."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cluster import new_cluster
from tests.support.publication import Live, files_of, new_keys, one_site
from tests.support.web import served

NOW = "2026-11-23T11:00"


@pytest.fixture
def bare(tmp_path: Path) -> Live:
    """One site, neither built nor published."""
    return one_site(tmp_path / "cluster")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("release", "changchun"), "没有名为「changchun」的站点（sites/changchun.yaml 不存在）"),
        (("publish", "changchun"), "没有名为「changchun」的站点（sites/changchun.yaml 不存在）"),
        (("rollback", "changchun"), "没有名为「changchun」的站点（sites/changchun.yaml 不存在）"),
        (("expunge", "changchun", "/x"), "没有名为「changchun」的站点（sites/changchun.yaml 不存在）"),
        (("submit", "baidu", "changchun"), "没有名为「changchun」的站点（sites/changchun.yaml 不存在）"),
        (("serving", "apache"), "没有「apache」的配置，可以是 nginx 或 caddy"),
        (("serving", "nginx"), "还没有上线的站点。先运行 jiyue build 和 jiyue publish。"),
        (("verify",), "没有上线的站点可核对：先运行 jiyue publish，或写明目录、网址"),
        (("submit", "bing"), "推送对象可以是 baidu、indexnow 或 websub"),
        (("preview", "--before", "x", "--after", "y", "--to", "z"), "--before：没有目录 x，先运行 jiyue build"),
        (("publish", "--wait", "-1"), "'--wait'"),
        (("expunge", "cc"), "缺少参数 '地址...'"),
        (("rollback",), "缺少参数 '站点'"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_why(bare: Live, args: tuple[str, ...], said: str) -> None:
    assert said in bare.run(*args, code=2).lower()
    assert not (bare.root / ".jiyue/releases/live").exists()


def test_a_wrong_time_ends_with_2(bare: Live) -> None:
    for command in ("release", "publish", "schedule"):
        said = bare.run(command, code=2, today="明天")
        assert said == "--today 写错了：「明天」应为 2026-11-20 或 2026-11-20T09:30\n"


@pytest.mark.parametrize(
    "args", [("release",), ("publish",), ("rollback", "cc"), ("verify",), ("changed",), ("serving", "nginx"),
             ("schedule",), ("expunge", "cc", "/x")],
)  # fmt: skip
def test_a_broken_cluster_ends_with_1_and_names_the_file(bare: Live, args: tuple[str, ...]) -> None:
    bare.folder.write({"sites/cluster.yaml": "name: [坏\n"})
    said = bare.run(*args, code=1)
    assert said.startswith("sites/cluster.yaml:")
    assert "处理办法：" in said


def test_nothing_is_published_of_what_was_never_built(bare: Live) -> None:
    said = bare.run("publish", code=1)
    assert "[release-failed] 没有输出目录" in said
    assert "先运行 jiyue build。" in said


# ── release, publish, rollback ──────────────────────────────────────────────────────────────────────────────────────


def test_release_makes_what_publish_puts_live(bare: Live) -> None:
    bare.folder.build(today="2026-11-23T10:00")
    said = bare.run("release")
    name = re.fullmatch(r"cc：(\d{12}-[0-9a-f]{12})\n", said)
    assert name
    assert not bare.tree().exists()
    assert bare.run("release") == f"cc：{name[1]}（已有）\n"
    assert "共 1 个站点：1 个有新版本上线" in bare.run("publish")
    assert name[1] in str((bare.root / ".jiyue/releases/live/cc").readlink())
    assert bare.run("publish") == "共 1 个站点：0 个有新版本上线（0 个文件有变化），0 个需要处理。\n"


def test_what_is_withheld_ends_release_and_publish_with_1(live: Live) -> None:
    live.folder.write({"content/cc/tzgg/n2.md": "---\ntitle: [坏\n---\n"})
    live.folder.build(today=NOW)
    for command in ("release", "publish"):
        findings = json.loads(live.run(command, "--format", "json", code=1))
        assert [(d["rule"], d["severity"], d["path"]) for d in findings] == [
            ("release-carried", "warning", "content/cc/tzgg/n2.md"),
            ("release-withheld", "error", "content/cc/tzgg/n2.md"),
        ]
        assert findings[0]["message"].endswith("的内容。")
        assert findings[1]["hint"] == "按检查报告修正。"


def test_the_summary_is_added_to_a_file(live: Live) -> None:
    path = live.root / "summary.md"
    path.write_text("# 前面的步骤\n")
    live.write("n1", 1, "summary: 改动的摘要\n")
    live.folder.build(today=NOW)
    live.run("publish", "--summary", str(path), today=NOW)
    text = path.read_text()
    assert text.startswith("# 前面的步骤\n## 发布结果\n")
    assert "| cc | ✅ 已上线 |" in text


def test_a_key_may_be_a_file_and_must_be_one(live: Live) -> None:
    [key] = new_keys(live, "甲")
    (live.root / "key.pem").write_text(key)
    (live.root / "other.pem").write_text("-----BEGIN PRIVATE KEY-----\nbad\n-----END PRIVATE KEY-----\n")
    live.write("n1", 1, "summary: 改动的摘要\n")
    live.folder.build(today=NOW)
    said = live.run("publish", "--key", str(live.root / "other.pem"), code=1)
    assert said == f"签名密钥无法读取：{live.root}/other.pem 应是未加密的 Ed25519 PEM 私钥，由 jiyue key new 生成。\n"
    live.run("publish", "--key", str(live.root / "key.pem"), today=NOW)
    assert live.run("verify") == "核对了 2 处：全部一致。\n"
    live.folder.write({"sites/release-keys.yaml": "keys: 甲\n"})
    assert "sites/release-keys.yaml 写法不正确" in live.run("publish", code=1)


def test_a_publication_during_a_build_ends_with_2(live: Live) -> None:
    import fcntl  # noqa: PLC0415

    with (live.root / ".jiyue/store/lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        assert live.run("publish", code=2) == f"构建正在进行（进程 {os.getpid()}），等它结束后再试。\n"


def test_of_two_publications_at_once_one_is_told_or_waits(live: Live) -> None:
    import fcntl  # noqa: PLC0415
    import threading  # noqa: PLC0415

    live.write("n1", 1, "summary: 改动的摘要\n")
    live.folder.build(today=NOW)
    with (live.root / ".jiyue/releases/.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert live.run("publish", code=1) == "另一个发布正在进行，请稍后再试（或用 --wait 等待）。\n"
        assert "另一个发布正在进行" in live.run("rollback", "cc", code=1)
        assert "改动的摘要" not in live.texts()
        threading.Timer(1.0, fcntl.flock, (lock, fcntl.LOCK_UN)).start()
        live.run("publish", "--wait", "60", today=NOW)
    assert "改动的摘要" in live.texts()


def test_a_rollback_may_name_its_release_and_reason(live: Live) -> None:
    first = (live.root / ".jiyue/releases/live/cc").readlink().parent.name
    assert "站点 cc 没有更早的上线版本可回退。" in live.run("rollback", "cc", code=1)
    for n in (1, 2):
        live.write("n1", 1, f"summary: 第{n}次改动的摘要\n")
        live.go(today=f"2026-11-23T11:0{n}")
    said = live.run("rollback", "cc", "--to", "000000000001-000000000000", code=1)
    assert "站点 cc 没有版本 000000000001-000000000000。现有版本：" in said
    assert first in said
    last = (live.root / ".jiyue/releases/live/cc").readlink().parent.name
    assert f"不能回退到 {last}：" in live.run("rollback", "cc", "--to", last, code=1)
    said = live.run("rollback", "cc", "--to", first, "--reason", "写错了", today="2026-11-23T11:03")
    assert said.startswith(f"cc：{last} → ")
    assert "次改动的摘要" not in live.texts()
    now = (live.root / ".jiyue/releases/live/cc").readlink().parent.name
    record = json.loads((live.root / f".jiyue/releases/releases/cc/{now}/record.json").read_bytes())
    assert (record["kind"], record["of"], record["reason"]) == ("rollback", first, "写错了")


@pytest.mark.parametrize("clock", [pytest.param("2020-01-01T00:00", marks=pytest.mark.long), "2099-12-31T23:59"])
def test_a_clock_that_jumped_stops_no_publication(live: Live, clock: str) -> None:
    names = [(live.root / ".jiyue/releases/live/cc").readlink().parent.name]
    for n, today in enumerate((clock, "2026-11-23T11:00", "2026-11-23T11:01")):
        live.write("n1", 1, f"summary: 第{n}次改动的摘要\n")
        live.folder.build(today=NOW)
        live.run("publish", today=today)
        assert f"第{n}次改动的摘要" in live.texts()
        names.append((live.root / ".jiyue/releases/live/cc").readlink().parent.name)
    assert names == sorted(set(names))
    live.run("rollback", "cc", today=clock)
    assert "第1次改动的摘要" in live.texts()
    live.run("verify")


# ── verify ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_verify_of_a_folder_and_an_address_finds_every_difference(live: Live, tmp_path: Path) -> None:
    [key] = new_keys(live, "甲")
    live.write("n1", 1, "summary: 改动的摘要\n")
    live.go(today=NOW, JIYUE_SIGNING_KEY=key)
    copy = tmp_path / "copy"
    shutil.copytree(live.tree(), copy)
    page = live.url(1).lstrip("/")
    with served(copy) as address:
        for place in (str(copy), address + "/"):
            assert live.run("verify", place) == "核对了 1 处：全部一致。\n"

        def found(place: str) -> list[tuple[str, str]]:
            rows = json.loads(live.run("verify", place, "--format", "json", code=1))
            return [(d["rule"], d["path"].removeprefix(place + "/")) for d in rows]

        data = (copy / page).read_bytes()
        (copy / page).chmod(0o644)
        (copy / page).write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        (copy / "index.html").unlink()
        (copy / "shell.php").write_text("<?php ?>")
        changed = [("release-file-missing", "index.html"), ("release-file-changed", page)]
        # nothing lists the files of a server; this one shows a list where a reader asks for a folder
        assert found(address) == [("release-file-changed", "index.html"), ("release-file-changed", page)]
        assert found(str(copy)) == [changed[0], ("release-file-extra", "shell.php"), changed[1]]
        manifest = copy / ".well-known/jiyue/release.json"
        manifest.write_bytes(manifest.read_bytes().replace(b'"kind":"release"', b'"kind":"rollback"'))
        assert found(address) == [("release-manifest", ".well-known/jiyue/release.json")]
        assert "清单被改动过" in live.run("verify", address, code=1)
        new_keys(live, "乙")
        assert "未登记的密钥" in live.run("verify", address, code=1)
    said = live.run("verify", address, code=1)
    assert f"{address}/.well-known/jiyue/release.json: 错误 [release-unreachable] 无法读取" in said
    assert "检查域名解析、服务器和网络，恢复后再核对。" in said


def test_verify_live_asks_the_servers_and_knows_an_old_release(tmp_path: Path) -> None:
    """The two sites' urls are those of real servers; one of them serves yesterday's release again, well signed."""
    (tmp_path / "jilin").mkdir()
    (tmp_path / "cc").mkdir()
    with served(tmp_path / "jilin") as jilin, served(tmp_path / "cc") as cc:
        live = Live(
            new_cluster(
                tmp_path / "cluster",
                {
                    "sites/jilin.yaml": f"name: 吉林省人民政府\nkind: province\nurl: {jilin}\n",
                    "sites/cc.yaml": f"name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: {cc}\n",
                },
            )
        )
        [key] = new_keys(live, "甲")
        store = live.root / ".jiyue/releases/live"

        def bring(site: str, name: str) -> None:
            shutil.rmtree(tmp_path / name)
            shutil.copytree((store / site).resolve(), tmp_path / name)

        for n in (1, 2):
            live.write("n1", 1, f"summary: 第{n}版的摘要\n")
            live.go(today=f"2026-11-23T10:0{n}", JIYUE_SIGNING_KEY=key)
            for site in ("jilin", "cc"):
                bring(site, site)
            if n == 1:
                shutil.copytree(tmp_path / "cc", tmp_path / "old")
        assert live.run("verify", "--live") == "核对了 2 处：全部一致。\n"
        bring("jilin", "cc")
        said = live.run("verify", "--live", code=1)
        assert f"{cc}/: 错误 [release-other-site] 这里是站点 jilin 的版本，不是 cc 的。" in said
        shutil.rmtree(tmp_path / "cc")
        (tmp_path / "old").rename(tmp_path / "cc")
        said = live.run("verify", "--live", code=1)
        assert "[release-replay] 线上版本序号" in said
        assert (
            live.run("verify", cc) == "核对了 1 处：全部一致。\n"
        )  # a client that has seen nothing newer can't detect it
        sequence = (store / "cc").readlink().parent.name.partition("-")[0]
        assert "[release-replay]" in live.run("verify", cc, "--at-least", sequence.lstrip("0"), code=1)
        live.run("rollback", "cc", JIYUE_SIGNING_KEY=key, today="2026-11-23T10:03")
        bring("cc", "cc")
        assert (
            live.run("verify", "--live") == "核对了 2 处：全部一致。\n"
        )  # the same old pages, but signed as a rollback


# ── expunge ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_expunge_deletes_a_leaked_page_from_every_release_but_not_from_the_live_one(live: Live) -> None:
    url = live.url(2)
    live.write("n2", 2, "withdraw: {at: 2026-11-23, reason: 涉密}\n")
    live.go(today=NOW)
    said = live.run("expunge", "cc", "/tzgg/typo.html", code=1)
    assert said == "站点 cc 没有一个版本含有这些页面。请核对地址：/tzgg/typo.html\n"
    assert "第2件" in everything(live.root / ".jiyue/releases")
    assert live.run("expunge", "cc", f"https://www.cc.example{url}").startswith(
        "删除了 1 个含有这些页面的旧版本，目标和门户也只留线上版本。\n"
    )
    for kept in (".jiyue/releases/releases/cc", ".jiyue/releases/objects", "www/releases", "www/objects"):
        assert "关于第2件事项的通知" not in everything(live.root / kept), kept
    assert "没有更早的上线版本可回退" in live.run("rollback", "cc", code=1)
    live.run("verify")


def test_expunge_takes_down_first_what_is_still_live(live: Live) -> None:
    url = live.url(2)
    (live.root / "sites/cc.yaml").write_text("name: [坏\n")  # in whatever state the site is
    said = live.run("expunge", "cc", url, code=1)
    assert "content/cc/tzgg/n2.md 还没有撤回，下次发布会重新上线。" in said
    assert "先从线上撤下了这些页面和提到它们的条目：cc、jilin。\n" in said
    for kept in (".jiyue/releases/releases", "www"):  # output/ holds it until it is withdrawn and built
        assert "关于第2件事项的通知" not in everything(live.root / kept), kept
    assert "关于第1件事项的通知" in live.texts()
    assert f"{url} gone" in "\n".join(live.ledger())
    live.run("verify")


def everything(folder: Path) -> str:
    pages = (data for path, data in files_of(folder).items() if not path.endswith((".br", ".zst", ".gz")))
    return b"".join(pages).decode("utf-8", "replace")


# ── preview, changed, schedule, serving ─────────────────────────────────────────────────────────────────────────────


def test_preview_shows_a_change_before_and_after_below_an_unguessable_path(live: Live, tmp_path: Path) -> None:
    shutil.copytree(live.root / "output", tmp_path / "before")
    live.folder.write(
        {"content/cc/tzgg/n1.md": "---\ntitle: 关于第1件事项的通知\ndate: 2026-11-01 09:30\n---\n改后的正文。\n"}
    )
    live.folder.build(today="2026-11-23T10:00")
    to = tmp_path / "preview"
    options = ("preview", "--before", str(tmp_path / "before"), "--after", str(live.root / "output"), "--to", str(to))
    said = live.run(*options)
    match = re.fullmatch(rf"(\d+) 个页面有变化：({re.escape(str(to))}/([0-9a-f]{{32}})/index\.html)\n", said)
    assert match
    listed = Path(match[2]).read_text()
    assert "<del>- 正文1。</del>" in listed
    assert "<ins>+ 改后的正文。</ins>" in listed
    assert f'<a href="cc{live.url(1)}">关于第1件事项的通知</a>' in listed
    assert (to / "robots.txt").read_text() == "User-agent: *\nDisallow: /\n"
    for page in to.rglob("*.html"):
        assert 'content="noindex' in page.read_text(), page
    assert match[3] not in live.run(*options)  # random where no secret is given
    secret = {"JIYUE_PREVIEW_SECRET": "一个很长的秘密"}
    again = {live.run(*options, "--change", change, **secret) for change in ("17", "17", "18")}
    assert len(again) == 2
    same = ("preview", "--before", str(live.root / "output"), "--after", str(live.root / "output"), "--to", str(to))
    assert live.run(*same).startswith("0 个页面有变化：")


def test_changed_lists_sites_in_groups_from_gits_own_diff(live: Live) -> None:
    git = ["git", "-C", str(live.root), "-c", "user.name=t", "-c", "user.email=t@example"]

    def commit() -> None:
        for command in (["add", "sites", "content"], ["commit", "-q", "-m", "x"]):
            subprocess.run([*git, *command], check=True)

    both = '[{"shard": 0, "sites": "jilin cc"}]\n'
    said = live.run("changed", "HEAD")
    assert said.startswith(f"{both}无法与 HEAD 比较，按全部站点计算：")
    assert said.count("\n") == 2
    subprocess.run([*git, "init", "-q"], check=True)
    (live.root / "sites/siping.yaml").write_text(
        "name: 四平市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://sp.example\n"
    )
    commit()
    assert live.run("changed", "HEAD") == "[]\n"
    live.write("n1", 1, "summary: 改动的摘要\n")
    commit()
    assert live.run("changed", "HEAD~1") == both
    live.write("n1", 1, "push_down: [all]\n", site="jilin")
    commit()
    everywhere = json.loads(live.run("changed", "--shards", "3"))
    assert sorted(" ".join(row["sites"] for row in everywhere).split()) == ["cc", "jilin", "siping"]
    assert json.loads(live.run("changed", "HEAD~1", "--shards", "3")) == everywhere
    for row in everywhere:
        assert live.run("changed", "--shards", "3", "--shard", str(row["shard"])) == row["sites"] + "\n"
    assert "无法与 nosuch 比较" in live.run("changed", "nosuch")
    assert live.run("changed", "--shard", "1", code=2) == "--shard 从 0 起，应小于 --shards（1）\n"


def test_schedule_alarms_as_json_too(live: Live) -> None:
    live.write("n7", 7, "publish_at: 2026-11-23 12:00\n")
    live.go()
    assert live.run("schedule", today="2026-11-23T12:29") == "有时间安排的内容 1 项，逾期 0 项。\n"
    (finding,) = json.loads(live.run("schedule", "--format", "json", code=1, today="2026-11-23T12:30"))
    assert (finding["rule"], finding["path"]) == ("schedule-overdue", "content/cc/tzgg/n7.md")
    assert finding["message"] == "应于 2026-11-23 12:00 发布，已逾期 30 分钟仍未上线。"


def test_schedule_alarms_of_an_alert_on_each_of_its_sites(live: Live) -> None:
    alert = "sent: 2026-11-23 12:00\nevent: 暴雨\nheadline: 今夜有暴雨\nexpires: 2026-11-23 18:00\n"
    live.folder.write({"sites/alerts/jilin-20261123-01.yaml": alert})
    live.go()

    def overdue(today: str) -> list[tuple[str, str, str]]:
        found = json.loads(live.run("schedule", "--format", "json", code=None, today=today))
        return [(one["rule"], one["site"], one["path"]) for one in found]

    path = "sites/alerts/jilin-20261123-01.yaml"
    assert overdue("2026-11-23T12:30") == [("schedule-overdue", site, path) for site in ("jilin", "cc")]
    live.go(today="2026-11-23T12:30")
    assert (live.tree() / "alerts/jilin-20261123-01.cap.xml").is_file()
    assert "今夜有暴雨" in live.texts()
    assert overdue("2026-11-23T18:30") == [("schedule-lingering", site, path) for site in ("jilin", "cc")]
    assert "url-lost" not in live.go(today="2026-11-23T18:30")
    assert "今夜有暴雨" not in live.texts()
    assert not [line for line in live.ledger() if "alerts" in line]


def test_serving_writes_a_file_whole(live: Live, tmp_path: Path) -> None:
    for server in ("nginx", "caddy"):
        text = live.run("serving", server)
        assert "www.cc.example" in text
        assert live.run("serving", server, "--to", str(tmp_path / server)) == (
            f"已写入 {tmp_path / server}：2 个站点。请检查配置后重新加载服务器。\n"
        )
        assert (tmp_path / server).read_text() == text
    assert not list(tmp_path.glob(".*.new"))
