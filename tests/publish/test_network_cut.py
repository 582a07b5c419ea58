"""The network is cut during a real upload: readers keep the old site, and the next deployment continues."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jiyue.publish.deploy.git import GitTarget
from jiyue.publish.deploy.rsync import RsyncTarget
from jiyue.publish.deploy.s3 import S3Target
from jiyue.publish.deploy.target import Bundle, NetworkError, Target, bundle, deploy
from jiyue.publish.release.store import Store
from jiyue.publish.release.verify import verify
from tests.publish.release_sample import KEYS, MAKER, later, live_files, put, ship, write_site
from tests.support.network import Ssh, Wire, sshd, wire

ENOUGH = 100_000
"""Bytes on one connection: more than all questions and answers, less than the upload of the large file."""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ssh]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def releases(store: Store) -> tuple[Bundle, Callable[[], Bundle]]:
    """The first release, and what makes the second: it has a large file that does not compress."""
    output = store.root.parent / "output"
    write_site(output, {"a": "关于甲事项的通知"})
    ship(store, output)
    first = bundle(store, "changchun", KEYS)

    def second() -> Bundle:
        put(output / "changchun/files/large.bin", os.urandom(400_000))
        ship(store, output, maker=later(MAKER, 1))
        return bundle(store, "changchun", KEYS)

    return first, second


def cut_then_whole(target: Target, what: Bundle, cable: Wire, old: Callable[[], bool], new: Callable[[], bool]) -> None:
    """Deploy over a wire that is cut once, then over a whole one."""
    assert old()
    cable.allow = ENOUGH
    with pytest.raises(NetworkError):
        deploy(target, what, KEYS, tries=1)
    assert cable.cuts
    assert old()
    pauses: list[float] = []

    def mend(seconds: float) -> None:
        pauses.append(seconds)
        cable.allow = None

    deploy(target, what, KEYS, sleep=mend)  # cut once more; the second attempt finds it mended
    assert pauses == [1.0]
    assert new()


def test_rsync_over_ssh(store: Store, tmp_path: Path, ssh: Ssh) -> None:
    if not shutil.which("rsync"):
        pytest.skip("rsync is not installed")
    remote = Store(tmp_path / "www")

    def whole(files: dict[str, bytes]) -> bool:
        return live_files(remote) == files and verify(remote.live_link("changchun"), KEYS) == []

    with wire(ssh.port) as cable:
        target = RsyncTarget("root@127.0.0.1", str(remote.root), shell=ssh.command(cable.port), timeout=60)
        first, second = releases(store)
        deploy(target, first, KEYS, tries=1)
        before = live_files(store)
        what = second()
        cut_then_whole(target, what, cable, lambda: whole(before), lambda: whole(live_files(store)))


def test_a_git_branch_over_ssh(store: Store, tmp_path: Path, ssh: Ssh, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "pages.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)

    def shown() -> bytes:
        command = ["git", "-C", str(bare), "show", "gh-pages:.well-known/jiyue/release.json"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    with wire(ssh.port) as cable:
        monkeypatch.setenv("GIT_SSH_COMMAND", " ".join(ssh.command(cable.port)))
        target = GitTarget(f"ssh://root@127.0.0.1{bare}", "gh-pages", tmp_path / "work", timeout=60)
        first, second = releases(store)
        deploy(target, first, KEYS, tries=1)
        what = second()
        cut_then_whole(target, what, cable, lambda: shown() == first.raw, lambda: shown() == what.raw)
    tree = subprocess.run(["git", "-C", str(bare), "fsck", "--strict"], check=True, capture_output=True)
    assert b"missing" not in tree.stdout + tree.stderr


def test_object_storage(store: Store) -> None:
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        with wire(server.get_host_and_port()[1]) as cable:
            target = S3Target("cut", endpoint=f"http://127.0.0.1:{cable.port}", environ=CREDENTIALS)
            target.client.create_bucket(Bucket="cut")
            first, second = releases(store)
            deploy(target, first, KEYS, tries=1)
            what = second()
            straight = S3Target(
                "cut", endpoint=f"http://127.0.0.1:{server.get_host_and_port()[1]}", environ=CREDENTIALS
            )

            def serves(wanted: Bundle) -> bool:
                pointer, _ = straight._pointer("changchun")
                assert pointer
                there = {
                    k.removeprefix(pointer["prefix"]): straight._get(k) for k, _ in straight._list(pointer["prefix"])
                }
                files = {p: (wanted.tree / p).read_bytes() for p in wanted.manifest.files} | wanted.own()
                return pointer["id"] == wanted.manifest.id and there == files

            cut_then_whole(target, what, cable, lambda: serves(first), lambda: serves(what))
    finally:
        server.stop()
