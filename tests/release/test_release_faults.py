"""Power cut at every step, full disk, read-only disk: readers get the old site or the new one, whole."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from jiyue.release.maker import Maker
from jiyue.release.manifest import ReleaseError
from jiyue.release.publish import Options, publish
from jiyue.release.rollback import rollback
from jiyue.release.store import Store
from jiyue.release.verify import verify
from tests.release.release_sample import CC, KEYS, MAKER, later, live_files, ship, write_site

OLD = {"a": "关于甲事项的通知", "b": "关于乙事项的通知"}
NEW = {"a": "关于甲事项的新通知", "c": "关于丙事项的通知"}


class DieAt:
    """A step that kills its own process the k-th time it is called, as a power cut would."""

    def __init__(self, k: int) -> None:
        self.left = k

    def __call__(self, name: str) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def act(action: str, root: Path, maker: Maker) -> None:
    store = Store(root / "store")
    if action == "publish":
        publish(store, [CC], root / "output", maker, Options(keep=1))
    else:
        with store.locked():
            rollback(store, "changchun", maker)


def child(action: str, root: Path, k: int) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    act(action, root, replace(later(MAKER, 30), key=key, step=DieAt(k)))


def steps_of(action: str, root: Path) -> list[str]:
    names: list[str] = []
    act(action, root, replace(later(MAKER, 30), step=names.append))
    return names


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("action", ["publish", "rollback"])
def test_a_power_cut_at_any_step_leaves_the_old_site_or_the_new_one(tmp_path: Path, action: str, every: int) -> None:
    def prepared(root: Path) -> Store:
        store = Store(root / "store")
        for n, articles in enumerate((NEW, {"a": "中间"}, OLD)):
            write_site(root / "output", articles)
            ship(store, root / "output", maker=later(MAKER, n))
        if action == "publish":
            write_site(root / "output", NEW)
        return store

    store = prepared(tmp_path / "whole")
    old = live_files(store)
    names = steps_of(action, tmp_path / "whole")
    new = live_files(store)
    assert old != new
    assert {"plant", "name", "flush", "link", "swap", "journal"} <= set(names)
    fork = multiprocessing.get_context("fork")
    outcomes = []
    for k in range(1, len(names) + 1):
        if k % every and names[k - 1] not in ("name", "swap", "journal"):
            continue
        root = tmp_path / str(k)
        store = prepared(root)
        killed = fork.Process(target=child, args=(action, root, k))
        killed.start()
        killed.join(60)
        assert killed.exitcode == -signal.SIGKILL, names[k - 1]
        now = live_files(store)
        assert now in (old, new), names[k - 1]
        outcomes.append(now == new)
        assert verify(store.live_link("changchun"), KEYS) == [], names[k - 1]
        write_site(root / "output", {**NEW, "d": "之后"})
        outcome = publish(store, [CC], root / "output", later(MAKER, 60), Options(keep=1))[0]
        assert outcome.well, outcome.diagnostics
        assert "tzgg/d.html" in live_files(store)
        assert verify(store.live_link("changchun"), KEYS) == []
        leftovers = [p.name for p in (store.root / "releases/changchun").iterdir() if p.name.startswith(".")]
        assert leftovers == []
    assert outcomes == sorted(outcomes)  # old up to the swap, new from there on
    assert set(outcomes) == {False, True}


def test_a_full_disk_leaves_the_old_site_and_the_next_deploy_succeeds(tmp_path: Path) -> None:
    """The store on a small file system of its own, so that files are copied and the space runs out in the middle."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(small)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small file system here")
    try:
        store = Store(small / "store")
        output = tmp_path / "output"
        write_site(output, {"a": "甲"})
        ship(store, output)
        before = live_files(store)
        (output / "changchun/big.bin").write_bytes(os.urandom(400_000))
        (output / "changchun/zz.html").write_text("x")
        outcome = publish(store, [CC], output, later(MAKER, 1), Options())[0]
        assert "No space left on device" in outcome.diagnostics[0].message
        assert live_files(store) == before
        assert verify(store.live_link("changchun"), KEYS) == []
        (output / "changchun/big.bin").unlink()
        assert publish(store, [CC], output, later(MAKER, 2), Options())[0].well
        assert "zz.html" in live_files(store)
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_an_error_of_the_disk_at_any_step_leaves_the_old_site_or_the_new_one(tmp_path: Path, code: int) -> None:
    write_site(tmp_path / "output", OLD)
    store = Store(tmp_path / "store")
    ship(store, tmp_path / "output")
    old = live_files(store)
    write_site(tmp_path / "output", NEW)
    for fail_at in ("take", "bury", "pack", "clear", "plant", "name", "check", "flush", "link", "swap"):

        def step(name: str, at: str = fail_at) -> None:
            if name == at:
                raise OSError(code, os.strerror(code))

        outcome = publish(store, [CC], tmp_path / "output", replace(later(MAKER, 5), step=step), Options())[0]
        assert not outcome.well
        assert os.strerror(code) in outcome.diagnostics[-1].message
        assert live_files(store) == old
    assert publish(store, [CC], tmp_path / "output", later(MAKER, 6), Options())[0].well
    assert "tzgg/c.html" in live_files(store)


def test_a_read_only_store_is_told_and_changes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    write_site(tmp_path / "output", OLD)
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(place)], check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a file system here")
    try:
        store = Store(place / "store")
        ship(store, tmp_path / "output")
        old = live_files(store)
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        write_site(tmp_path / "output", NEW)
        with pytest.raises(ReleaseError, match="不可写（Read-only file system）"):
            publish(store, [CC], tmp_path / "output", later(MAKER, 5), Options())
        assert live_files(store) == old
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        assert publish(store, [CC], tmp_path / "output", later(MAKER, 6), Options())[0].well
    finally:
        subprocess.run(["umount", str(place)], check=True)
