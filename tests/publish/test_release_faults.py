"""Power cut at every step, full disk, read-only disk: readers get the complete old site or the complete new one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jiyue.publish.release.batch import ReleaseOptions, publish_sites
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.store import Store
from jiyue.publish.release.verify import verify
from tests.publish.release_sample import CC, KEYS, MAKER, later, live_files, ship, write_site

OLD = {"a": "关于甲事项的通知", "b": "关于乙事项的通知"}
NEW = {"a": "关于甲事项的新通知", "c": "关于丙事项的通知"}


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
        outcome = publish_sites(store, [CC], output, later(MAKER, 1), ReleaseOptions())[0]
        assert "No space left on device" in outcome.diagnostics[0].message
        assert live_files(store) == before
        assert verify(store.live_link("changchun"), KEYS) == []
        (output / "changchun/big.bin").unlink()
        assert publish_sites(store, [CC], output, later(MAKER, 2), ReleaseOptions())[0].ok
        assert "zz.html" in live_files(store)
    finally:
        subprocess.run(["umount", str(small)], check=True)


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
            publish_sites(store, [CC], tmp_path / "output", later(MAKER, 5), ReleaseOptions())
        assert live_files(store) == old
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        assert publish_sites(store, [CC], tmp_path / "output", later(MAKER, 6), ReleaseOptions())[0].ok
    finally:
        subprocess.run(["umount", str(place)], check=True)
