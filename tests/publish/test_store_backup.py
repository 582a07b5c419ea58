"""Releases in a git branch: another machine restores them unchanged, and two machines don't overwrite each other."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from jiyue.publish.release.backup import backup, restore
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.prune import sweep
from jiyue.publish.release.store import Store
from tests.support.publication import Live, files_of, one_site


def git(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    git("init", "-q", "--bare", "store.git", cwd=tmp_path)
    return tmp_path / "store.git"


@pytest.fixture
def live(tmp_path: Path) -> Live:
    made = one_site(tmp_path / "one")
    made.folder.write({"content/cc/images/a.txt": b"a\r\nb\n", "content/cc/.gitattributes": "* text\n"})
    made.go()
    return made


def elsewhere(live: Live, root: Path) -> Live:
    """The same repository on a machine that has nothing but it."""
    shutil.copytree(live.root, root, ignore=shutil.ignore_patterns(".jiyue", "output", "www"))
    return Live(type(live.folder)(root))


def test_releases_come_back_on_another_machine(live: Live, bare: Path, tmp_path: Path) -> None:
    live.write("n2", 2, "status: x\n")  # a slip: its last published page stays
    live.go(code=1)
    assert "第2件" in live.texts()
    live.run("store", "backup", str(bare))
    assert "没有变化" in live.run("store", "backup", str(bare))
    other = elsewhere(live, tmp_path / "other")
    assert "取回" in other.run("store", "restore", str(bare))
    one, two = (Store(where.root / ".jiyue/releases") for where in (live, other))
    for part in ("releases", "journal", "withdrawn.json"):
        ours, theirs = one.root / part, two.root / part
        assert files_of(ours) == files_of(theirs) if ours.is_dir() else ours.exists() == theirs.exists()
    assert one.live_id("cc") == two.live_id("cc")
    before = files_of(two.live_link("cc"))
    assert sweep(two) == 0  # every object is linked to
    assert all(p.stat().st_mode & 0o222 == 0 for p in two.live_link("cc").rglob("*") if p.is_file())
    other.go(code=1)
    assert "第2件" in "".join(p.read_text() for p in two.live_link("cc").rglob("*.html"))
    assert before.keys() == files_of(two.live_link("cc")).keys()
    other.run("rollback", "cc", "--to", one.releases("cc")[0])


def test_a_machine_that_was_overtaken_is_refused(live: Live, bare: Path, tmp_path: Path) -> None:
    store = Store(live.root / ".jiyue/releases")
    assert not restore(store, str(bare), "s", live.root)
    assert backup(store, str(bare), "s", live.root)
    other = elsewhere(live, tmp_path / "other")
    theirs = Store(other.root / ".jiyue/releases")
    assert restore(theirs, str(bare), "s", other.root)
    other.write("n9", 9)
    other.go(today="2026-11-23T11:00")
    assert backup(theirs, str(bare), "s", other.root)
    live.write("n8", 8)
    live.go(today="2026-11-23T12:00")
    with pytest.raises(ReleaseError, match="另一台机器"):
        backup(store, str(bare), "s", live.root)
    assert restore(store, str(bare), "s", live.root)
    assert store.live_id("cc") == theirs.live_id("cc")
    assert git("rev-list", "--count", "s", cwd=bare) == "1"  # what was deleted is not in the branch's history


def test_a_remote_of_the_cluster_is_named_as_git_names_it(live: Live, bare: Path) -> None:
    git("init", "-q", "-b", "main", cwd=live.root)
    git("remote", "add", "origin", str(bare), cwd=live.root)
    live.run("store", "backup", "origin")
    assert git("for-each-ref", "--format=%(refname)", cwd=bare) == "refs/heads/jiyue-store"
    shutil.rmtree(live.root / ".jiyue")
    live.run("store", "restore", "origin")
    assert Store(live.root / ".jiyue/releases").live_id("cc")
    assert git("for-each-ref", cwd=live.root) == ""  # nothing of it in the cluster's own repository
    assert git("rev-parse", "--is-shallow-repository", cwd=live.root) == "false"


def test_a_repository_that_is_not_there_is_told(live: Live, tmp_path: Path) -> None:
    said = live.run("store", "restore", str(tmp_path / "none.git"), code=1)
    assert said.startswith("历次版本的备份或恢复没有完成：")
    assert "Traceback" not in said


def test_a_store_that_was_lost_is_told_once(live: Live) -> None:
    shutil.rmtree(live.root / ".jiyue/releases")
    said = live.run("publish", today="2026-11-23T11:00")
    assert "[release-store-lost] 台账里有" in said
    assert "jiyue store restore" in said
    assert "release-store-lost" not in live.run("publish", "--every", today="2026-11-23T12:00")
