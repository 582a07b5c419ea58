"""Sites are released side by side: the outcome is that of one after another, and whatever dies, readers get old or new."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from jiyue.base.executor import Failed, in_parts
from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release import packing
from jiyue.publish.release.batch import ReleaseOptions, SiteOutcome, publish_sites
from jiyue.publish.release.maker import RetentionPolicy
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import switch_live
from jiyue.publish.release.tombstones import read_tombstones
from jiyue.publish.release.verify import verify
from jiyue.publish.release.withdraw import enforce_withholding
from tests.publish.release_sample import CC, KEYS, MAKER, later, live_files, write_site
from tests.support.killing import killer
from tests.support.publication import files_of, two_sites

SITES = [replace(CC, id=f"s{n}", url=f"https://s{n}.example") for n in range(5)]
ARTICLES = {"a": "关于甲事项的通知", "b": "关于乙事项的通知", "c": "关于丙事项的通知"}


class Refusing(RetentionPolicy):
    """Lets no page with 甲 stay."""

    version = "1"

    def __call__(self, site: str, source: str, tree: Path, page: str, files: Sequence[str]) -> bool:
        return not page or "甲" not in (tree / page).read_text()


def publications(root: Path, jobs: int) -> tuple[list[list[SiteOutcome]], dict[str, dict[str, bytes]], str]:
    """Two publications of five sites, in the second of which articles are withheld, and one site can't be released."""
    store, output, maker = Store(root / "store"), root / "output", replace(MAKER, jobs=jobs, retention=Refusing())
    for site in SITES:
        write_site(output, {**ARTICLES, site.id: f"关于{site.id}的通知"}, site=site)
    first = publish_sites(store, SITES, output, maker, ReleaseOptions())
    held = [
        {"site": "s1", "path": "content/s1/tzgg/a.md", "reason": "error"},
        {"site": "s2", "path": "content/s2/tzgg/b.md", "reason": "withdrawn"},
        {"site": "s4", "path": "content/s4/tzgg/c.md", "reason": "error"},
    ]
    (output / "_cluster").mkdir()
    (output / "_cluster/withheld.json").write_text(json.dumps(held))
    for site in SITES:
        write_site(output, {"b": ARTICLES["b"], "c": "改过的题目"}, site=site)
    (output / "s2/tzgg/link.html").symlink_to("/etc/passwd")  # so that it can't be released
    (output / "s4/tzgg/c.html").unlink()
    second = publish_sites(store, SITES, output, later(maker, 5), ReleaseOptions())
    return [first, second], {s.id: files_of(store.live_link(s.id)) for s in SITES}, repr(read_tombstones(store))


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    alone, many = (publications(tmp_path / str(jobs), jobs) for jobs in (1, 3))
    assert many == alone
    outcomes, served, stones = many
    assert [o.ok for o in outcomes[1]] == [True, True, False, True, False]
    assert "tzgg/a.html" not in served["s1"]  # the rules refuse it by now
    assert "tzgg/b.html" not in served["s2"]  # though its site has no new release
    assert "改过的题目" not in served["s4"]["tzgg/c.html"].decode()
    assert "secret" in stones


def test_a_site_whose_process_dies_stops_no_neighbour(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, maker = tmp_path / "output", replace(MAKER, jobs=2)
    for site in SITES:
        write_site(output, ARTICLES, site=site)
    publish_sites(store, SITES, output, maker, ReleaseOptions())
    before = live_files(store, "s3")
    for site in SITES:
        write_site(output, {**ARTICLES, "d": "关于丁事项的通知"}, site=site)

    def dying(store: Store, site: str, *rest: object) -> object:
        if site == "s3":
            os.kill(os.getpid(), signal.SIGKILL)
        return switch(store, site, *rest)  # type: ignore[arg-type]

    switch = switch_live
    monkeypatch.setattr("jiyue.publish.release.batch.switch_live", dying)
    outcomes = publish_sites(store, SITES, output, later(maker, 5), ReleaseOptions())
    assert [o.site for o in outcomes if not o.ok] == ["s3"]
    assert "信号 9" in outcomes[3].diagnostics[0].message
    assert live_files(store, "s3") == before
    assert all("tzgg/d.html" in live_files(store, s.id) for s in SITES if s.id != "s3")
    monkeypatch.undo()
    again = publish_sites(store, SITES, output, later(maker, 6), ReleaseOptions())
    assert all(o.ok for o in again)
    assert all(verify(store.live_link(s.id), KEYS) == [] for s in SITES)
    assert "tzgg/d.html" in live_files(store, "s3")


def test_a_large_site_is_packed_in_parts_to_the_same_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_PART", 1)
    names = []
    for jobs in (1, 3):
        write_site(tmp_path / str(jobs) / "output", ARTICLES)
        store = Store(tmp_path / str(jobs) / "store")
        (outcome,) = publish_sites(
            store, [CC], tmp_path / str(jobs) / "output", replace(MAKER, jobs=jobs), ReleaseOptions()
        )
        assert outcome.made
        names.append(outcome.made.id)
        assert verify(store.live_link(CC.id), KEYS) == []
    assert names[0] == names[1]


def test_parts_answer_in_order_and_hand_on_what_failed() -> None:
    def work(items: Sequence[int]) -> list[int]:
        if 77 in items:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/full")
        if 99 in items:
            os._exit(3)
        return [n * n for n in items]

    assert in_parts(work, range(50), 3, 2) == [n * n for n in range(50)]
    with pytest.raises(OSError, match="No space left on device: '/full'"):
        in_parts(work, range(78), 3, 2)
    with pytest.raises(Failed, match="状态 3"):
        in_parts(work, range(78, 120), 3, 2)


@pytest.mark.parametrize("part", [2, *(pytest.param(n, marks=pytest.mark.long) for n in (0, 1))])
def test_two_sites_killed_at_any_step(tmp_path: Path, part: int) -> None:
    """Whichever process reaches the step, the one that publishes or that of a site."""
    live = two_sites(tmp_path / "cluster")
    for site in ("cc", "jilin"):
        live.write("n1", 1, "summary: 第二版的摘要\n", site=site)
    live.run("build")
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", str(live.root), str(copy)], check=True)
    command = ("publish", "--jobs", "2", "--today", "2026-11-23T11:00")
    old = {site: files_of(live.tree(site)) for site in ("cc", "jilin")}
    with killer() as forks:
        steps = forks.run(live.root, *command)
        assert steps.code == 0, steps.output
        new = {site: files_of(live.tree(site)) for site in ("cc", "jilin")}
        assert all(old[site] != new[site] for site in old)
        for at in range(1 + part, steps.events, 97):
            shutil.rmtree(live.root)
            subprocess.run(["cp", "-a", str(copy), str(live.root)], check=True)
            ended = forks.run(live.root, *command, at=at, how="torn" if at % 2 else "kill")
            if not ended.killed and ended.code == 0:
                continue  # each process counts its own steps, and none came so far
            for site, before in old.items():
                assert files_of(live.tree(site)) in (before, new[site]), (at, site)
                assert verify(live.root / f".jiyue/releases/live/{site}", ()) == verify(live.tree(site), ())
            assert forks.run(live.root, "publish", "--every", "--today", "2026-11-23T12:00").code == 0, at
            for site in old:
                assert "第二版的摘要" in live.texts(site)


def test_what_is_withheld_is_settled_once(store: Store, tmp_path: Path) -> None:
    """A copy that one site may not show leaves the others, too, before any release is made."""
    rows = [Withheld("s0", "content/s0/tzgg/a.md", Reason.ERROR)]
    for site in SITES[:2]:
        write_site(tmp_path / "output", ARTICLES, site=site)
    publish_sites(store, SITES[:2], tmp_path / "output", MAKER, ReleaseOptions())
    maker = replace(MAKER, retention=Refusing())
    settled = enforce_withholding(store, SITES[:2], rows, maker)
    assert [w.reason for w in settled] == [Reason.SECRET]
    memory = (store.root / "buried.json").stat().st_mtime_ns
    for site in SITES[:2]:
        assert enforce_withholding(store, [site], settled, maker) == settled
    assert (store.root / "buried.json").stat().st_mtime_ns == memory
