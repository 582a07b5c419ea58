"""Publishing and rolling back: replays are refused, withdrawn content never returns, pruning is safe."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release.batch import try_rollback
from jiyue.publish.release.make import make_release
from jiyue.publish.release.manifest import MANIFEST, SIGNATURE, ReleaseError
from jiyue.publish.release.prune import delete, holding, prune, sweep
from jiyue.publish.release.rollback import rollback
from jiyue.publish.release.scrub import Marks, names_pages, scrub_file
from jiyue.publish.release.signing import PublicKey, trusted_manifest
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import journal, switch_live
from jiyue.publish.release.tombstones import Tombstone, read_tombstones
from jiyue.publish.release.verify import verify
from tests.publish.release_sample import CC, KEYS, MAKER, NOW, later, live_files, page, put, ship, write_site

ARTICLES = {"a": "关于甲事项的通知", "b": "关于乙事项的通知", "c": "关于丙事项的通知"}
SECRET = Withheld("changchun", "content/changchun/tzgg/b.md", Reason.SECRET)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    write_site(tmp_path / "output", ARTICLES)
    return tmp_path / "output"


def test_a_rollback_serves_the_old_content_as_a_new_signed_release(store: Store, output: Path) -> None:
    first, _ = ship(store, output)
    old = live_files(store)
    write_site(output, {"a": "写错了"})
    second, _ = ship(store, output, maker=later(MAKER, 5))
    outcome = try_rollback(store, "changchun", later(MAKER, 6), reason="写错了")
    assert outcome.ok
    assert live_files(store) == old
    manifest = trusted_manifest(*store.manifest_bytes("changchun", store.live_id("changchun")), KEYS)
    assert (manifest.kind, manifest.of) == ("rollback", first.id)
    assert manifest.sequence > int(second.id.partition("-")[0])
    assert verify(store.live_link("changchun"), KEYS) == []
    assert [row["kind"] for row in journal(store, "changchun")] == ["release", "release", "rollback"]


def test_an_old_release_that_comes_again_is_refused(store: Store, output: Path) -> None:
    first, _ = ship(store, output)
    write_site(output, {"a": "新"})
    second, _ = ship(store, output, maker=later(MAKER, 5))
    with pytest.raises(ReleaseError, match=r"按重放拒绝。要恢复旧版本请用 jiyue rollback changchun"):
        switch_live(store, "changchun", first.id, KEYS, NOW)
    # also after a rollback to it, and when its folder was renamed to look newer
    rollback(store, "changchun", later(MAKER, 6))
    with pytest.raises(ReleaseError, match="按重放拒绝"):
        switch_live(store, "changchun", second.id, KEYS, NOW)
    fake = "9" * 12 + first.id[12:]
    shutil.copytree(store.release("changchun", first.id), store.release("changchun", fake))
    with pytest.raises(ReleaseError, match="拒绝用于站点 changchun"):
        switch_live(store, "changchun", fake, KEYS, NOW)


def test_a_tampered_or_foreign_release_is_refused(store: Store, output: Path) -> None:
    ship(store, output)
    write_site(output, {"a": "新"})
    made = make_release(store, CC, output / "changchun", [], later(MAKER, 5))
    tree = store.tree("changchun", made.id)
    raw = (tree / MANIFEST).read_bytes()
    (tree / MANIFEST).write_bytes(raw.replace(b"c0ffee", b"c0ffe0"))
    with pytest.raises(ReleaseError, match="清单与签名不符"):
        switch_live(store, "changchun", made.id, KEYS, NOW)
    (tree / MANIFEST).write_bytes(raw)
    with pytest.raises(ReleaseError, match="未登记的密钥"):
        switch_live(store, "changchun", made.id, (PublicKey(b"x" * 32),), NOW)
    (tree / SIGNATURE).unlink()
    with pytest.raises(ReleaseError, match="没有签名"):
        switch_live(store, "changchun", made.id, KEYS, NOW)


def test_a_release_with_a_lost_file_is_refused(store: Store, output: Path) -> None:
    made = make_release(store, CC, output / "changchun", [], MAKER)
    (store.tree("changchun", made.id) / "tzgg/a.html").unlink()
    with pytest.raises(ReleaseError, match=r"文件 tzgg/a\.html 缺失或长度不符"):
        switch_live(store, "changchun", made.id, KEYS, NOW)
    assert store.live_id("changchun") == ""


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_was_found_secret_since_does_not_come_back(store: Store, output: Path, forgotten: bool) -> None:
    ship(store, output)
    write_site(output, {k: ARTICLES[k] for k in "ac"})
    ship(store, output, [SECRET], later(MAKER, 5))
    if forgotten:  # the source file itself is deleted later, so that no list names it any more
        write_site(output, {"a": "关于甲事项的新通知", "c": ARTICLES["c"]})
        ship(store, output, [], later(MAKER, 6))
    target = store.releases("changchun")[0]
    switched = rollback(store, "changchun", later(MAKER, 7), to=target)
    assert set(switched.dropped) == {"tzgg/b.html", "tzgg/b/p.png"}
    for path, data in live_files(store).items():
        if path.endswith((".br", ".zst", ".gz")):
            continue
        assert "乙".encode() not in data, path
        assert b"tzgg/b" not in data, path
    now = live_files(store)
    assert now["tzgg/index.html"].count(b"<li ") == 2
    assert now["feeds/all.atom.xml"].count(b"<entry>") == 2
    assert now["api/articles.jsonl"].count(b"\n") == 2
    assert "tzgg/a.html" in now
    assert verify(store.live_link("changchun"), KEYS) == []
    assert read_tombstones(store)[0].upto == int(target.partition("-")[0])


def test_another_sites_secret_leaves_the_root_site_too(store: Store, output: Path) -> None:
    root = replace(CC, id="jilin", url="https://www.jl.example")
    write_site(output, {"x": "关于戊事项的通知"}, site=root)
    link = '<li><a href="https://www.cc.example/tzgg/b.html">乙</a></li>'
    put(output / "jilin/index.html", page("吉林", f"<ul>{link}<li><a href='/tzgg/x.html'>戊</a></li></ul>"))
    ship(store, output)
    ship(store, output, site=root)
    write_site(output, {k: ARTICLES[k] for k in "ac"})
    ship(store, output, [SECRET], later(MAKER, 5))
    put(output / "jilin/index.html", page("吉林", "<ul><li><a href='/tzgg/x.html'>戊</a></li></ul>"))
    ship(store, output, maker=later(MAKER, 5), site=root)
    rollback(store, "jilin", later(MAKER, 6))
    assert b"tzgg/b" not in live_files(store, "jilin")["index.html"]
    assert b"tzgg/x" in live_files(store, "jilin")["index.html"]


def test_a_page_fit_again_survives_a_rollback_to_a_later_release(store: Store, output: Path) -> None:
    ship(store, output)
    write_site(output, {k: ARTICLES[k] for k in "ac"})
    ship(store, output, [SECRET], later(MAKER, 5))
    write_site(output, {**ARTICLES, "b": "关于乙事项的通知（公开版）"})
    ship(store, output, maker=later(MAKER, 6))
    fit = live_files(store)
    write_site(output, {**ARTICLES, "b": "又写错了"})
    ship(store, output, maker=later(MAKER, 7))
    rollback(store, "changchun", later(MAKER, 8))
    assert live_files(store) == fit


def test_the_ledgers_withdrawals_count_too(store: Store, output: Path) -> None:
    ship(store, output)
    write_site(output, {**ARTICLES, "a": "新"})
    ship(store, output, maker=later(MAKER, 5))
    stone = Tombstone("changchun", "/tzgg/b.html", Reason.WITHDRAWN, "2026-11-23", CC.url)
    rollback(store, "changchun", later(MAKER, 6), extra=[stone])
    assert "tzgg/b.html" not in live_files(store)


def test_a_damaged_list_of_withdrawals_stops_a_rollback(store: Store, output: Path) -> None:
    ship(store, output)
    write_site(output, {"a": "新"})
    ship(store, output, maker=later(MAKER, 5))
    (store.root / "withdrawn.json").write_text("[{")
    outcome = try_rollback(store, "changchun", later(MAKER, 6))
    assert not outcome.ok
    assert "无法保证已撤回内容不再出现" in outcome.diagnostics[0].message


def test_nothing_to_go_back_to_is_said(store: Store, output: Path) -> None:
    with pytest.raises(ReleaseError, match="还没有上线的版本"):
        rollback(store, "changchun", MAKER)
    ship(store, output)
    with pytest.raises(ReleaseError, match="没有更早的上线版本可回退"):
        rollback(store, "changchun", MAKER)


def test_going_back_twice_goes_further_back(store: Store, output: Path) -> None:
    states = []
    for n, title in enumerate(("一", "二", "三")):
        write_site(output, {"a": title})
        ship(store, output, maker=later(MAKER, n))
        states.append(live_files(store))
    rollback(store, "changchun", later(MAKER, 5))
    assert live_files(store) == states[1]
    rollback(store, "changchun", later(MAKER, 6))
    assert live_files(store) == states[0]


def test_pruning_keeps_what_is_live_and_what_it_can_go_back_to(store: Store, output: Path) -> None:
    for n in range(6):
        write_site(output, {"a": f"第{n}版"})
        ship(store, output, maker=later(MAKER, n))
    names = store.releases("changchun")
    rollback(store, "changchun", later(MAKER, 9), to=names[1])
    live, served = store.live_id("changchun"), live_files(store)
    assert prune(store, "changchun", 1) == [names[0], *names[2:5]]
    assert sweep(store) == 0  # it took their objects along
    store.put_bytes(b"left by a run that died")
    assert sweep(store) == 1
    assert store.releases("changchun") == [names[1], names[5], live]
    assert live_files(store) == served
    assert verify(store.live_link("changchun"), KEYS) == []
    assert verify(store.tree("changchun", names[5]), KEYS) == []


def test_leaked_data_is_deleted_from_every_kept_release(store: Store, output: Path) -> None:
    ship(store, output)
    with pytest.raises(ReleaseError, match="线上版本仍含有这些页面"):
        holding(store, "changchun", ["/tzgg/b.html"])
    write_site(output, {k: ARTICLES[k] for k in "ac"})
    ship(store, output, [SECRET], later(MAKER, 5))
    found = holding(store, "changchun", ["/tzgg/b.html"])
    assert len(found) == 1
    delete(store, "changchun", found)
    assert not any("乙".encode() in p.read_bytes() for p in store.root.glob("objects/*/*"))


def _hold(root: Path, ready: Any, over: Any) -> None:
    with Store(root).locked():
        ready.set()
        over.wait(120)


def test_of_two_deploys_at_once_one_waits_or_is_told(store: Store) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready, over = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(store.root, ready, over))
    other.start()
    assert ready.wait(120)
    with pytest.raises(ReleaseError, match="另一个发布正在进行"), store.locked():
        pass
    threading.Timer(0.2, over.set).start()
    with store.locked(wait=120):
        assert over.is_set()
    other.join()


STONE = Tombstone(
    "changchun", "/tzgg/泄密.html", Reason.SECRET, "2026-11-23", CC.url, "id-secret-1", "关于泄密事项的通知"
)
PIECES = """<ul>|</ul>|<li>|</li>|<p>|</p>|<div>|</div>|<br>|<table><tr>|</tr>|</a>|甲|<img src=x>
<a href='/tzgg/泄密.html'>密</a>|<a href="/tzgg/%E6%B3%84%E5%AF%86.html#x">|<a href='../tzgg/泄密.html?a=1'>
<meta property="og:url" content="https://www.cc.example/tzgg/泄密.html">|<a href='/tzgg/甲.html'>好</a>
<script type="application/ld+json">{"u":"https://www.cc.example/tzgg/泄密.html"}</script>"""
pieces = st.lists(st.sampled_from([*PIECES.replace("\n", "|").split("|"), "\n"]), max_size=12)


@given(pieces)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_a_page_is_cleaned_for_certain_or_given_up(parts: list[str]) -> None:
    text = "".join(parts)
    cleaned = scrub_file("gk/x.html", text.encode(), Marks("changchun", CC.url, [STONE]))
    if cleaned is None:
        assert "泄密" in text or "%E6%B3%84" in text
    else:
        assert "泄密.html" not in cleaned.decode()
        assert b"%E6%B3%84" not in cleaned
        if "泄密" not in text and "%E6%B3%84" not in text:
            assert cleaned == text.encode()


def test_a_fragment_for_sites_outside_is_cleaned_as_a_page_is() -> None:
    rows = [f'<li><a href="https://www.cc.example/tzgg/{name}.html">{name}</a></li>' for name in ("泄密", "好")]
    marks, path = Marks("changchun", CC.url, [STONE]), "api/recommended/list.shtml"
    assert names_pages(path)
    assert scrub_file(path, f"<ul>{''.join(rows)}</ul>".encode(), marks) == f"<ul>{rows[1]}</ul>".encode()


def test_data_files_lose_only_the_items_that_name_it() -> None:
    marks = Marks("changchun", CC.url, [STONE])
    items = [{"u": "/tzgg/泄密.html"}, {"u": "/tzgg/好.html"}, {"t": "关于泄密事项的通知"}]
    data = json.dumps({"items": items, "n": 3}, ensure_ascii=False).encode()
    assert json.loads(scrub_file("a.json", data, marks) or b"") == {"items": [{"u": "/tzgg/好.html"}], "n": 3}
    assert scrub_file("a.bin", data, marks) is None
    assert scrub_file("a.bin", b"clean", marks) == b"clean"
