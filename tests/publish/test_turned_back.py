"""A server is pointed back to an older release, with a page withdrawn since: `--every` repairs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.publication import one_site


@pytest.mark.parametrize("where", ["www", ".jiyue/releases"])
def test_a_target_turned_back_to_an_older_release_is_mended(tmp_path: Path, where: str) -> None:
    live = one_site(tmp_path / "c")
    live.go()
    link = next(path for path in (live.root / where).rglob("live/cc") if path.is_symlink())
    older = link.readlink()
    live.write("n2", 2, "withdraw: {at: 2026-11-22, reason: 有误}\n")
    live.go()
    newer = link.readlink()
    assert newer != older
    assert "第2件" not in live.texts()
    for _ in range(2):  # as often as it happens
        link.unlink()
        link.symlink_to(older)
        live.run("publish", "--every")
        assert link.readlink() == newer
        assert "第2件" not in live.texts()
