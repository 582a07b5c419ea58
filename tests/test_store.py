"""The cache may be lost, damaged, old, full or locked: the build reports it and takes longer, with the same output."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiyue.base.cache import OLDER, Busy, Cache
from jiyue.build.cluster import build
from tests.support.edits import Cluster, direct, tree
from tests.support.samples import pdf


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    with direct(tmp_path / "compiled"):
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "store")


def test_an_entry_comes_back(store: Cache) -> None:
    store.put("a/b.json", {"名": [1, None, "\n"]})
    assert store.get("a/b.json") == {"名": [1, None, "\n"]}
    assert store.messages == []


@pytest.mark.parametrize("how", ["truncated", "empty", "flipped", "engine", "garbage"])
def test_a_damaged_entry_is_none_and_said(store: Cache, how: str) -> None:
    store.put("a.json", [1, 2, 3])
    path = store.folder / "a.json"
    data = path.read_bytes()
    damaged = {
        "truncated": data[:-1], "empty": b"", "flipped": data[:-2] + b"4]", "engine": data[:40] + b"x" + data[41:],
        "garbage": b"\x00\xff",
    }  # fmt: skip
    path.write_bytes(damaged[how])
    assert store.get("a.json") is None
    assert store.messages == ["缓存 a.json 已损坏，已重建"]


def test_an_older_entry_is_none_and_said_once(store: Cache) -> None:
    older = Cache(store.folder)
    older.engine = b"0" * 32
    older.put("a.json", 1)
    older.put("b.json", 2)
    assert (store.get("a.json"), store.get("b.json"), store.messages) == (None, None, [OLDER])


def test_every_entry_damaged_is_rebuilt_said_and_the_output_stays(cluster: Cluster) -> None:
    cluster.build()
    before = tree(cluster.output)
    entries = [p for p in (cluster.root / ".jiyue/store").rglob("*.json") if p.is_file()]
    assert len(entries) > 10
    for path in entries:
        path.write_bytes(path.read_bytes()[:-3])
    cluster.replace("content/cc/yw/b.md", "正文。", "别的。")
    report = cluster.build()
    said = {f"缓存 {p.relative_to(cluster.root / '.jiyue/store').as_posix()} 已损坏，已重建" for p in entries}
    # a site's search documents are looked for only when its index is opened
    assert {word for word in said if "缓存 search/" not in word} <= set(report.messages) <= said
    assert [p for p, data in tree(cluster.output).items() if before[p] != data and p.endswith(".html")]
    cluster.compare()


def test_a_folder_that_cannot_be_written_builds_without_a_memory(cluster: Cluster) -> None:
    (cluster.root / ".jiyue").write_text("a file where the folder should be")
    report = cluster.build()
    assert report.failed == [], report.messages
    assert "缓存目录 store 不能写入" in report.messages[0]
    assert tree(cluster.output) == cluster.clean()[1]


def test_a_full_disk_loses_the_memory_not_the_build(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        report = cluster.build()
    assert report.failed == [], report.messages
    assert any("没有写下：No space left on device" in line for line in report.messages)
    assert not list((cluster.root / ".jiyue").rglob("*.part"))
    cluster.compare()


def test_an_output_that_is_too_large_for_the_disk_fails_that_site_and_is_finished_later(cluster: Cluster) -> None:
    cluster.write("content/czt/files/large.pdf", pdf() + b"%" * 300_000)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    command = [sys.executable, "-m", "jiyue", "build", "--root", str(cluster.root), "--today", "2026-11-20T09:00"]
    run = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "没有完整生成的站点：czt" in run.stderr
    assert (cluster.output / "nong/index.html").exists()
    cluster.compare()


def test_two_builds_at_once(cluster: Cluster) -> None:
    store = Cache(cluster.root / ".jiyue/store")
    with store.locked(), pytest.raises(Busy) as busy:
        cluster.build()
    assert str(busy.value) == str(os.getpid())
    cluster.build()


def test_two_builds_at_once_by_command(cluster: Cluster) -> None:
    command = [sys.executable, "-m", "jiyue", "build", "--root", str(cluster.root)]
    with Cache(cluster.root / ".jiyue/store").locked():
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (2, f"另一个构建正在进行（进程 {os.getpid()}），等它结束后再试。\n")


def test_carried_to_another_path_nothing_is_rendered_again(cluster: Cluster, tmp_path: Path) -> None:
    cluster.build()
    there = tmp_path / "elsewhere" / "cluster"
    shutil.copytree(cluster.root, there, copy_function=shutil.copyfile)  # new times everywhere, as a fresh checkout
    moved = build(cluster.options(root=there, output=there / "output"))
    assert sum(r.rendered + r.spliced + r.written + r.removed for r in moved.results) == 0
    assert tree(there / "output") == tree(cluster.output)


def test_carried_without_its_output_everything_is_written_again(cluster: Cluster) -> None:
    cluster.build()
    before = tree(cluster.output)
    shutil.rmtree(cluster.output)
    cluster.build()
    assert tree(cluster.output) == before


def test_carried_beside_an_output_of_other_bytes(cluster: Cluster) -> None:
    """CI may restore the cache of one commit with the output of another."""
    cluster.build()
    shutil.copytree(cluster.output, cluster.base / "first")
    cluster.replace("content/cc/yw/b.md", "正文。", "别的。")
    cluster.build()
    shutil.rmtree(cluster.output)
    (cluster.base / "first").rename(cluster.output)
    cluster.compare()


def test_undone_after_a_kill(cluster: Cluster) -> None:
    """The second state was written but not yet noted; then the edit is taken back: the first one's note must not hold."""
    cluster.build()
    cluster.replace("content/cc/yw/b.md", "正文。", "别的。")
    for event in range(1, 12):
        cluster.kill(event, half=False)
    cluster.replace("content/cc/yw/b.md", "别的。", "正文。")
    cluster.compare()


@pytest.mark.parametrize("wait", [0.15, 0.4, 0.8])
def test_killed_with_children_at_work(cluster: Cluster, wait: float) -> None:
    """SIGKILL to the parent alone: its children end by themselves, and the next build waits for them."""
    command = [sys.executable, "-m", "jiyue", "build", "--root", str(cluster.root), "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--today", "2026-11-20T09:00"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(wait)
    process.kill()
    process.wait()
    cluster.build()
    cluster.compare()


def test_a_lock_is_waited_for_while_only_children_of_a_killed_build_hold_it(tmp_path: Path) -> None:
    hold = "import os, sys, time\nfrom pathlib import Path\nfrom jiyue.base.cache import Cache\n"
    hold += "with Cache(Path(sys.argv[1])).locked():\n    if os.fork() == 0:\n        print(flush=True)\n        sys.stdin.read(1)\n"
    hold += "        os._exit(0)\n    time.sleep(300)\n"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as build:
        assert build.stdout
        assert build.stdin
        build.stdout.readline()
        with pytest.raises(Busy), Cache(tmp_path).locked():  # the build itself lives
            pass
        build.kill()
        build.wait()
        let_go = threading.Event()

        def end() -> None:
            let_go.set()
            assert build.stdin
            build.stdin.close()

        threading.Timer(0.2, end).start()
        with Cache(tmp_path).locked() as writable:
            assert let_go.is_set()  # it was not had before its last holder ended
            assert writable


def test_a_memo_is_computed_once_for_a_key(tmp_path: Path) -> None:
    cache, asked = Cache(tmp_path), []

    def compute() -> list[int]:
        asked.append(1)
        return [len(asked)]

    assert [cache.memo("m.json", key, compute) for key in ("a", "a", "b", "a")] == [[1], [1], [2], [3]]
    assert cache.has("m.json")


def test_a_cache_without_a_folder_remembers_nothing() -> None:
    cache = Cache(None)
    cache.put("a.json", 1)
    cache.drop("a.json")
    assert (cache.get("a.json"), cache.has("a.json"), cache.messages) == (None, False, [])
    assert [cache.memo("a.json", "key", lambda: 7) for _ in range(2)] == [7, 7]
