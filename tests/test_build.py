"""The build: errors stay isolated, interrupted builds are completed, unchanged files aren't touched."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from jiyue.base.cache import Cache
from tests.support.cluster import TODAY, ClusterFolder
from tests.support.samples import pdf

NewFolder = Callable[..., ClusterFolder]


def site(name: str, kind: str, superior: str, more: str = "") -> str:
    return (
        f"name: {name}\nkind: {kind}\nsuperior: {superior}\nurl: https://www.{name.encode().hex()[:12]}.example\n{more}"
    )


def article(title: str, date: str = "2026-11-20", more: str = "") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n{more}---\n\n{title}的正文。\n"


SMALL = {
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\ndefaults:\n  columns: [{path: tzgg, name: 通知公告, type: 通知公告}]\n",
    "sites/cc.yaml": site("长春市人民政府", "prefecture", "jilin"),
    "sites/ng.yaml": site("南关区人民政府", "county", "cc"),
    **{f"content/cc/tzgg/{n:02}.md": article(f"长春通知{n}", f"2026-11-{n:02}") for n in range(1, 24)},
    "content/ng/tzgg/a.md": article("南关通知"),
    "content/ng/files/b.pdf": pdf(),
    "content/jilin/yw/a.md": article("全省要闻"),
    "content/jilin/tzgg/down.md": article("下发通知", more="push_down: all\n"),
}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Of all but `_cluster` itself, where the mark of a running build comes and goes."""
    paths = [p for p in sorted(folder.rglob("*")) if p.name != "_cluster"]
    return {str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.stat().st_ino) for p in paths}


def clean(folder: ClusterFolder, name: str = "clean", today: str = TODAY) -> dict[str, bytes]:
    return folder.build("--no-cache", output=folder.root / name, today=today).files()


def test_a_second_build_touches_nothing(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    first = folder.build(jobs=2)
    assert first.diagnostics == []
    before = stamps(folder.root / "output")
    assert folder.build(jobs=2).exit_code == 0
    assert stamps(folder.root / "output") == before
    assert folder.build("--no-cache", jobs=2).exit_code == 0
    assert stamps(folder.root / "output") == before, "even when everything is rendered again"
    assert clean(folder) == first.files()


def test_any_sequence_of_edits_gives_the_bytes_of_a_clean_build(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    folder.build()
    edits: list[tuple[dict[str, str | bytes], tuple[str, ...]]] = [
        ({"content/cc/tzgg/05.md": article("改了题目", "2026-11-05")}, ()),
        (
            {"content/cc/yw/new.md": article("新栏目", "2026-11-06")},
            ("content/cc/tzgg/07.md", "content/ng/files/b.pdf"),
        ),
        ({"content/cc/tzgg/08-renamed.md": article("长春通知8", "2026-11-08")}, ("content/cc/tzgg/08.md",)),
        (
            {"sites/cc.yaml": site("长春市人民政府改名", "prefecture", "jilin"), "content/ng/files/b.pdf": pdf("two")},
            (),
        ),
        (
            {"sites/er.yaml": site("二道区人民政府", "county", "cc"), "content/er/tzgg/a.md": article("二道通知")},
            ("content/cc/yw",),
        ),
        ({"content/jilin/tzgg/down.md": article("下发通知", more="push_down: [ng]\n")}, ()),
        ({"content/cc/tzgg/05.md": "没有标题\n"}, ("sites/ng.yaml", "content/ng")),
        ({}, ("content/cc",)),
    ]
    for n, (written, removed) in enumerate(edits):
        folder.write(written)
        folder.remove(*removed)
        built = folder.build()
        if n % 2:
            assert built.files() == clean(folder, f"clean{n}"), f"after edit {n}"
    assert not (folder.root / "output" / "ng").exists()


def test_without_the_cache_what_has_no_source_goes_too(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    folder.build("--no-cache")
    folder.remove("content/cc/tzgg/05.md", "content/ng/files/b.pdf")
    assert folder.build("--no-cache").files() == clean(folder)


def test_what_someone_else_did_to_the_output_is_undone(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    expected = folder.build().files()
    output = folder.root / "output"
    (output / "cc" / "tzgg" / "index_2.html").unlink()
    (output / "cc" / "stray.html").write_text("x", "utf-8")
    (output / "ng" / "404.html").unlink()
    folder.write(
        {"content/cc/tzgg/24.md": article("再来一篇", "2026-11-24"), "content/ng/tzgg/c.md": article("再来一篇")}
    )
    folder.build()
    folder.remove("content/cc/tzgg/24.md", "content/ng/tzgg/c.md")
    assert folder.build().files() == expected


def start(folder: ClusterFolder, *more: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "jiyue",
        "build",
        "--root",
        str(folder.root),
        "--today",
        TODAY,
        "--jobs",
        "2",
        *more,
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def kill(build: subprocess.Popen[bytes]) -> None:
    """At once, with all its children, as a machine that loses its power."""
    with suppress(ProcessLookupError):
        os.killpg(build.pid, signal.SIGKILL)
    build.wait()


@pytest.mark.parametrize("cache", [(), ("--no-cache",)], ids=["cache", "no-cache"])
def test_a_build_killed_at_any_moment_is_finished_by_the_next(new_folder: NewFolder, cache: tuple[str, ...]) -> None:
    folder = new_folder(SMALL)
    began = time.monotonic()
    start(folder, "--output", str(folder.root / "measure"), *cache).wait()
    whole = time.monotonic() - began
    dice = random.Random(20261123)
    for _ in range(4):
        build = start(folder, *cache)
        time.sleep(whole * dice.uniform(0.3, 1.0))
        kill(build)
    assert folder.build(*cache).exit_code == 0
    assert folder.build(*cache).files() == clean(folder)


def test_an_edit_taken_back_after_an_interruption_leaves_nothing(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    expected = folder.build().files()
    output = folder.root / "output"
    for n in range(4):
        edited = article("将被收回的题目", "2026-11-05")
        folder.write({f"content/cc/tzgg/{m:02}.md": edited for m in range(1, 24)})
        build = start(folder)
        if n % 2:  # as soon as the first page is written
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and build.poll() is None:
                if "将被收回的题目" in (output / "cc" / "index.html").read_text("utf-8", "replace"):
                    break
        else:
            time.sleep(0.2 + n * 0.05)
        kill(build)
        folder.write({name: data for name, data in SMALL.items() if name.startswith("content/cc/")})
        assert folder.build().files() == expected


@pytest.mark.parametrize("cache", [(), ("--no-cache",)], ids=["cache", "no-cache"])
def test_two_builds_at_once_are_refused_with_a_word(new_folder: NewFolder, cache: tuple[str, ...]) -> None:
    folder = new_folder({})
    with Cache(folder.root / ".jiyue" / "store").locked():
        built = folder.build(*cache)
    assert built.exit_code == 2
    assert built.stderr == f"另一个构建正在进行（进程 {os.getpid()}），等它结束后再试。\n"
    assert folder.build(*cache).exit_code == 0


def test_a_broken_site_leaves_its_neighbours_and_loses_its_own_pages(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    folder.build()
    folder.write({"sites/cc.yaml": SMALL["sites/cc.yaml"] + "colums: []\n"})
    built = folder.build()
    assert built.exit_code == 1
    (found,) = built.diagnostics
    assert (found["site"], found["path"], found["line"], found["hint"]) == (
        "cc",
        "sites/cc.yaml",
        5,
        "是否想写 columns？",
    )
    assert not (folder.root / "output" / "cc").exists()
    assert "下发通知" in built.html("ng", "tzgg/"), "what is pushed down still arrives"
    assert "https://www.jl.example/" in built.html("ng", "tzgg/")
    assert built.files() == clean(folder)


def test_the_summary_says_which_site_failed(new_folder: NewFolder) -> None:
    folder = new_folder({**SMALL, "sites/cc.yaml": "name: 长春\n"})
    command = [sys.executable, "-m", "jiyue", "build", "--root", str(folder.root), "--today", TODAY]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "没有完整生成的站点：cc" in run.stderr
    assert "sites/cc.yaml:1: 错误 [site-field] 缺少「kind」" in run.stderr
    assert "Traceback" not in run.stderr
    assert "共 2 个站点" in run.stdout


def test_one_site_can_be_built_alone_whatever_is_wrong_with_others(new_folder: NewFolder) -> None:
    folder = new_folder({**SMALL, "content/cc/tzgg/bad.md": "x", "sites/er.yaml": "name: 二道\n"})
    built = folder.build("ng")
    assert built.diagnostics == []
    assert built.exit_code == 0
    assert {name.partition("/")[0] for name in built.files()} == {"ng", "_cluster"}
    assert folder.build("cc").rules() == ["article-head"]
    assert folder.build("er").exit_code == 1
    unknown = folder.build("nk")
    assert unknown.exit_code == 2
    assert unknown.stderr == "没有名为「nk」的站点（sites/nk.yaml 不存在）\n"


def test_a_folder_with_something_else_in_it_is_not_taken_as_output(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    folder.write({"output/notes/a.txt": "mine"})
    built = folder.build()
    assert built.rules() == ["output-foreign"]
    assert list(built.files()) == ["notes/a.txt"]


def test_hidden_folders_of_the_output_are_left_alone(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    folder.write({"output/.git/HEAD": "ref: refs/heads/main\n"})
    folder.build()
    assert folder.build().files()["output/.git/HEAD".removeprefix("output/")] == b"ref: refs/heads/main\n"


DYING = """
import os
from jiyue.render.pages.signals import site_pages

def pages(view):
    os.kill(os.getpid(), 9)
    yield

def register():
    site_pages.connect(pages)
"""
RAISING = DYING.replace("os.kill(os.getpid(), 9)", "raise LookupError('插件坏了')")
LOGGING = """
import logging
from pelican import signals

def say(_):
    logging.getLogger("pelican.plugins.faulty").error("插件说：少了一页")

def register():
    signals.initialized.connect(say)
"""


@pytest.mark.parametrize(
    ("plugin", "rule", "message"),
    [
        (DYING, "build-child", "构建没有完成：子进程被信号 9 结束"),
        (RAISING, "build-child", "构建没有完成：LookupError: 插件坏了"),
        (LOGGING, "pelican", "插件说：少了一页"),
    ],
    ids=["dies", "raises", "logs an error"],
)
def test_a_faulty_plugin_fails_its_site_each_time_and_no_other(
    new_folder: NewFolder, plugin: str, rule: str, message: str
) -> None:
    folder = new_folder(
        {**SMALL, "plugins/faulty.py": plugin, "sites/cc.yaml": SMALL["sites/cc.yaml"] + "plugins: [faulty]\n"}
    )
    for _ in range(2):
        built = folder.build(jobs=2)
        assert built.exit_code == 1
        assert [(d["rule"], d["site"], d["message"]) for d in built.diagnostics] == [(rule, "cc", message)]
        assert "南关通知" in built.html("ng", "tzgg/")
    assert (rule == "pelican") == (folder.root / "output" / "cc" / "index.html").exists()


def test_a_new_county_is_one_file_and_one_folder(new_folder: NewFolder) -> None:
    folder = new_folder(SMALL)
    before = folder.build().files()
    folder.write({"sites/kc.yaml": site("宽城区人民政府", "county", "cc"), "content/kc/tzgg/a.md": article("宽城通知")})
    built = folder.build()
    assert built.diagnostics == []
    home = built.html("kc")
    assert "宽城通知" in home
    assert "长春市人民政府" in home
    assert "下发通知" in built.html("kc", "tzgg/")
    assert "宽城区人民政府" in built.html("cc"), "its superior links to it"
    assert "宽城区人民政府" in built.html("ng"), "so do its siblings"
    assert set(before) <= set(built.files())


def test_a_site_that_cannot_be_scanned_stops_no_other(new_folder: Callable[..., ClusterFolder], tmp_path: Path) -> None:
    site = "name: {0}\nkind: prefecture\nsuperior: jilin\nurl: https://www.{0}.example\n"
    folder = new_folder(
        {
            **{f"sites/{name}.yaml": site.format(name) for name in ("aa", "bb", "cc")},
            "sites/dd.yaml": "name: dd\nkind: county\nsuperior: bb\nurl: https://www.dd.example\n",
            **{
                f"content/{name}/tzgg/a.md": "---\ntitle: 通知\ndate: 2026-11-20 09:30\n---\n正文。\n"
                for name in ("aa", "bb", "cc", "dd")
            },
        }
    )
    (tmp_path / "sitecustomize.py").write_text(
        "import jiyue.build.verdicts as judging\n"
        "judge = judging.scan_and_judge\n"
        "def broken(root, stale, *rest):\n"
        "    if stale.site.id == 'bb':\n"
        "        raise PermissionError(13, '打不开')\n"
        "    return judge(root, stale, *rest)\n"
        "judging.scan_and_judge = broken\n",
        "utf-8",
    )
    for jobs in (1, 2):
        built = folder.build(jobs=jobs, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}"})
        assert built.exit_code == 1
        assert [(d["rule"], d["site"]) for d in built.diagnostics] == [("build-scan", "bb")]
        assert "PermissionError: [Errno 13] 打不开" in built.diagnostics[0]["message"]
        for name in ("aa", "cc", "dd"):
            assert (built.output / name / "tzgg" / "index.html").is_file()
    assert not (built.output / "bb").exists()
