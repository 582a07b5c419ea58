"""Releases: hard links, carried pages, guards, refusals."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release.batch import ReleaseOptions, publish_sites
from jiyue.publish.release.make import MassLoss, make_release
from jiyue.publish.release.maker import Guard
from jiyue.publish.release.manifest import MANIFEST, FileEntry, Manifest, ReleaseError, canonical
from jiyue.publish.release.packing import compress, encodings
from jiyue.publish.release.rollback import rollback
from jiyue.publish.release.sbom import sbom
from jiyue.publish.release.signing import PublicKey, new_key, private_key, read_keys
from jiyue.publish.release.store import Store
from jiyue.publish.release.withheld import read_withheld
from tests.publish.release_sample import CC, MAKER, NOW, later, live_files, page, put, ship, write_site

ARTICLES = {"a": "关于甲事项的通知", "b": "关于乙事项的通知", "c": "关于丙事项的通知"}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    write_site(tmp_path / "output", ARTICLES)
    return tmp_path / "output"


def test_a_release_is_the_output_and_costs_no_copy(store: Store, output: Path) -> None:
    made, _ = ship(store, output)
    served = store.live_link("changchun")
    for path in output.rglob("*"):
        if path.is_file():
            assert (served / path.relative_to(output / "changchun")).samefile(path)
    manifest = Manifest.from_bytes((served / MANIFEST).read_bytes())
    assert manifest.id == made.id
    assert manifest.commit == "c0ffee"
    assert set(manifest.files) == {p.relative_to(output / "changchun").as_posix() for p in output.rglob("*.*")
                                   if p.is_file()}  # fmt: skip


def test_an_unchanged_output_makes_no_release(store: Store, output: Path) -> None:
    first, _ = ship(store, output)
    again, _ = ship(store, output, maker=later(MAKER, 10))
    assert (again.id, again.new) == (first.id, False)
    assert store.releases("changchun") == [first.id]


def test_one_changed_article_moves_only_its_files(store: Store, output: Path) -> None:
    ship(store, output)
    before = {p: p.stat().st_ino for p in (store.root / "objects").rglob("*") if p.is_file()}
    write_site(output, {**ARTICLES, "b": "关于乙事项的补充通知"})
    made, _ = ship(store, output, maker=later(MAKER, 10))
    assert made.changed == ("api/articles.jsonl", "feeds/all.atom.xml", "search/index.json", "tzgg/b.html",
                            "tzgg/index.html")  # fmt: skip
    assert made.added == made.removed == ()
    manifest = Manifest.from_bytes(store.manifest_bytes("changchun", made.id)[0])
    new = [p for p in (store.root / "objects").rglob("*") if p.is_file() and p not in before]
    copies = [p for p in manifest.packed if p.rpartition(".")[0] in made.changed]
    assert len(new) == len(made.changed) + len(copies)


def test_unchanged_files_are_not_read_again(store: Store, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(store, output)
    write_site(output, {**ARTICLES, "b": "关于乙事项的补充通知"})
    read: list[str] = []

    def digest(path: Path) -> str:
        read.append(original(path))
        return read[-1]

    from jiyue.publish.release import store as module  # noqa: PLC0415

    original = module.file_digest
    monkeypatch.setattr(module, "file_digest", digest)
    ship(store, output, maker=later(MAKER, 10))
    assert original(output / "changchun/tzgg/a.html") not in read
    assert read.count(original(output / "changchun/tzgg/b.html")) == 1


def test_compressed_copies_say_the_same(store: Store, output: Path) -> None:
    ship(store, output)
    served = store.live_link("changchun")
    for suffix in encodings():
        assert (served / f"tzgg/a.html{suffix}").read_bytes() == compress((served / "tzgg/a.html").read_bytes(), suffix)
    assert not (served / "tzgg/a/p.png.gz").exists()
    assert not (served / "robots.txt.gz").exists()


def test_only_a_large_text_has_a_copy_that_gzip_is_larger_than(store: Store, output: Path) -> None:
    put(output / "changchun/tzgg/short.html", page("短", "<p>长春。</p>\n" * 200))
    ship(store, output)
    served = store.live_link("changchun")
    for name, suffixes in (("a", {".br", ".gz", ".zst"}), ("short", {".br", ".gz"})):
        assert {p.suffix for p in served.glob(f"tzgg/{name}.html.*")} == suffixes


def test_a_page_withheld_by_an_error_keeps_its_last_version_with_all_it_needs(store: Store, output: Path) -> None:
    ship(store, output)
    old = live_files(store)
    write_site(output, {k: ARTICLES[k] for k in "ac"}, assets="89abcdef")
    held = [Withheld("changchun", "content/changchun/tzgg/b.md", Reason.ERROR)]
    made, _ = ship(store, output, held, later(MAKER, 10))
    now = live_files(store)
    for path in ("tzgg/b.html", "tzgg/b/p.png", "theme/main.0123abcd.css"):
        assert now[path] == old[path]
    assert b"tzgg/b.html" not in now["tzgg/index.html"]
    assert not (output / "changchun/tzgg/b.html").exists()
    assert [c.url for c in made.carried] == ["/tzgg/b.html"]
    assert [d.message for d in made.diagnostics] == [
        f"稿件有错误，页面 /tzgg/b.html 沿用版本 {made.carried[0].since} 的内容。"
    ]

    # the next release finds it again although no record names it any more
    write_site(output, {"a": "关于甲事项的新通知", "c": ARTICLES["c"]}, assets="89abcdef")
    third, _ = ship(store, output, held, later(MAKER, 20))
    assert live_files(store)["tzgg/b.html"] == old["tzgg/b.html"]
    assert third.carried[0].since == made.carried[0].since


@pytest.mark.parametrize("reason", ["withdrawn", "secret", "scheduled", "expired", "unapproved"])
def test_only_an_error_carries(store: Store, output: Path, reason: str) -> None:
    ship(store, output)
    write_site(output, {k: ARTICLES[k] for k in "ac"})
    ship(store, output, [Withheld("changchun", "content/changchun/tzgg/b.md", Reason(reason))], later(MAKER, 10))
    assert not [p for p in live_files(store) if p.startswith("tzgg/b")]


def announce(output: Path, text: str, *, carried: str = "") -> None:
    """Put a banner on every page of the output, or take it off, and write the index of alerts and what screens show."""
    root = output / "changchun"
    above = '<header class="header">\n'
    banner = f'<section class="emergency" data-do="emergency">\n{text}\n</section>\n' if text else ""
    for file in root.rglob("*.html"):
        if file.relative_to(root).as_posix() == carried:
            file.unlink()
            continue
        page = re.sub(
            r'<header class="header">\n(<section.*?</section>\n)?', "", file.read_text("utf-8"), flags=re.DOTALL
        )
        put(file, page.replace("<body>", f"<body>{above}{banner}"))
    put(root / "alerts/index.json", json.dumps({"alerts": [text] if text else []}))
    put(root / "screen/playlist.json", json.dumps({"alerts": [text] if text else [], "items": []}))
    put(root / "screen/bundle.zip", text)
    put(root / "screen/index.html", f'<html><body><ol class="alarms">\n{text}\n</ol></body></html>')


def test_what_comes_from_an_earlier_release_shows_todays_alert(store: Store, output: Path) -> None:
    """A page of an article with an error, and all that a rollback brings back."""
    b = Withheld("changchun", "content/changchun/tzgg/b.md", Reason.ERROR)

    def shown() -> tuple[set[tuple[str, ...]], bytes, list[str]]:
        files = live_files(store)
        pages = [data.decode() for path, data in files.items() if path.endswith(".html")]
        assert "tzgg/b.html" in files
        alerts = json.loads(files["screen/playlist.json"])["alerts"]
        return {tuple(re.findall("[甲乙]警报", page)) for page in pages}, files["alerts/index.json"], alerts

    announce(output, "甲警报")
    ship(store, output)
    assert shown()[0] == {("甲警报",)}
    announce(output, "乙警报", carried="tzgg/b.html")
    ship(store, output, [b], later(MAKER, 1))
    assert shown()[0] == {("乙警报",)}
    announce(output, "")
    ship(store, output, [b], later(MAKER, 2))
    none = shown()
    assert none[0] == {()}
    rollback(store, "changchun", later(MAKER, 3))
    assert shown() == none
    assert "screen/bundle.zip" not in live_files(store)  # it can't be changed, and the next build makes it anew


def test_a_carried_page_loses_its_links_to_what_was_withdrawn(store: Store, output: Path) -> None:
    ship(store, output)
    root = output / "changchun"
    linking = (root / "tzgg/a.html").read_text().replace("</h1>", '</h1><a href="b.html">乙</a>')
    put(root / "tzgg/a.html", linking)
    ship(store, output, maker=later(MAKER, 5))
    write_site(output, {"c": ARTICLES["c"]})
    held = [
        Withheld("changchun", "content/changchun/tzgg/a.md", Reason.ERROR),
        Withheld("changchun", "content/changchun/tzgg/b.md", Reason.SECRET),
    ]
    ship(store, output, held, later(MAKER, 10))
    assert live_files(store)["tzgg/a.html"].decode() == linking.replace('<a href="b.html">乙</a>', "")


def test_a_site_in_error_is_kept_whole_and_the_others_go_on(store: Store, output: Path) -> None:
    other = replace(CC, id="jilin", url="https://www.jl.example")
    write_site(output, ARTICLES, site=other)
    publish_sites(store, [CC, other], output, MAKER, ReleaseOptions())
    before = live_files(store)
    put(output / "_cluster/withheld.json", json.dumps([{"site": "changchun", "path": "", "reason": "error"}]))
    write_site(output, {"a": "新"})
    write_site(output, {**ARTICLES, "d": "关于丁事项的通知"}, site=other)
    kept, well = publish_sites(store, [CC, other], output, later(MAKER, 5), ReleaseOptions())
    assert live_files(store) == before
    assert not kept.ok
    assert [d.rule for d in kept.diagnostics] == ["release-site-kept", "release-withheld"]
    assert well.ok
    assert "tzgg/d.html" in live_files(store, "jilin")


def test_a_failing_site_does_not_stop_the_next(store: Store, output: Path) -> None:
    missing = replace(CC, id="nowhere")
    failed, well = publish_sites(store, [missing, CC], output, MAKER, ReleaseOptions())
    assert [d.message for d in failed.diagnostics] == [f"没有输出目录 {output / 'nowhere'}。先运行 jiyue build。"]
    assert well.live is not None


def test_losing_many_pages_stops_and_asks(store: Store, output: Path) -> None:
    ship(store, output)
    before = live_files(store)
    write_site(output, {"a": ARTICLES["a"]})
    strict = replace(later(MAKER, 5), guard=Guard(share=0.2, least=2))
    outcome = publish_sites(store, [CC], output, strict, ReleaseOptions())[0]
    assert [d.message for d in outcome.diagnostics] == [
        "站点 changchun 将失去 2 个页面（共 6 个，超过 20%），如 /tzgg/b.html、/tzgg/c.html。"
        "若确属有意删除，请加 --allow-loss 再发布。"
    ]
    assert outcome.diagnostics[0].rule == "release-mass-loss"
    assert live_files(store) == before
    with pytest.raises(MassLoss):
        make_release(store, CC, output / "changchun", [], strict)
    ship(store, output, maker=replace(strict, allow_loss=True))
    assert "tzgg/b.html" not in live_files(store)


def test_a_file_rewritten_in_place_is_refused(store: Store, output: Path) -> None:
    ship(store, output)
    path = output / "changchun/tzgg/a.html"
    path.chmod(0o644)
    path.write_text("rewritten in place")
    with pytest.raises(ReleaseError, match=r"changchun/tzgg/a\.html 被就地改写"):
        ship(store, output, maker=later(MAKER, 5))


def test_output_that_leads_outside_is_refused(store: Store, output: Path) -> None:
    (output / "changchun/passwd").symlink_to("/etc/passwd")
    with pytest.raises(ReleaseError, match="changchun/passwd 不是普通文件"):
        ship(store, output)


def test_a_name_with_a_newline_is_refused(store: Store, output: Path) -> None:
    put(output / "changchun/a\nb.html", "x")
    with pytest.raises(ReleaseError, match="不能发布，请改名"):
        ship(store, output)


def test_a_clock_that_jumps_back_still_gives_higher_sequences(store: Store, output: Path) -> None:
    ahead = replace(MAKER, now=NOW + timedelta(days=4000))
    first, _ = ship(store, output, maker=ahead)
    write_site(output, {"a": "关于甲事项的新通知"})
    second, _ = ship(store, output, maker=MAKER)
    assert int(second.id.partition("-")[0]) == int(first.id.partition("-")[0]) + 1
    assert store.live_id("changchun") == second.id


def test_the_same_input_gives_the_same_release_anywhere(tmp_path: Path, output: Path) -> None:
    one, two = Store(tmp_path / "one"), Store(tmp_path / "two")
    assert ship(one, output)[0].id == ship(two, output)[0].id


def test_a_key_that_verifiers_do_not_know_stops_before_anything_is_live(store: Store, output: Path) -> None:
    with pytest.raises(ReleaseError, match="未登记的密钥"):
        ship(store, output, maker=replace(MAKER, key=Ed25519PrivateKey.generate()))
    with pytest.raises(ReleaseError, match="没有签名"):
        ship(store, output, maker=replace(MAKER, key=None))
    assert store.releases("changchun") == []


def test_keys_are_read_from_the_repository_and_the_environment(tmp_path: Path) -> None:
    pem, public = new_key()
    put(tmp_path / "sites/release-keys.yaml", f"keys:\n  - name: 甲\n    public: {public}\n    until: 2028-01-01\n")
    (key,) = read_keys(tmp_path)
    mine = private_key(None, {"JIYUE_SIGNING_KEY": pem.decode()})
    assert mine is not None
    assert PublicKey(mine.public_key().public_bytes_raw()).id == key.id
    assert private_key(None, {}) is None
    with pytest.raises(ReleaseError, match="环境变量 JIYUE_SIGNING_KEY 应是未加密的 Ed25519 PEM 私钥"):
        private_key(None, {"JIYUE_SIGNING_KEY": "nonsense"})
    put(tmp_path / "sites/release-keys.yaml", "keys:\n  - public: QUJD\n")
    with pytest.raises(ReleaseError, match=r"sites/release-keys\.yaml 写法不正确"):
        read_keys(tmp_path)


def test_the_withheld_list_must_have_its_shape(tmp_path: Path) -> None:
    assert read_withheld(tmp_path) == []
    put(tmp_path / "_cluster/withheld.json", '[{"site": "a", "path": "b", "reason": "whim"}]')
    with pytest.raises(ReleaseError, match="whim"):
        read_withheld(tmp_path)


def test_the_sbom_names_the_product_and_what_it_needs() -> None:
    data = json.loads(sbom("c0ffee"))
    assert data["bomFormat"] == "CycloneDX"
    assert data["metadata"]["properties"] == [{"name": "jiyue:commit", "value": "c0ffee"}]
    assert all(c["purl"] == f"pkg:pypi/{c['name']}@{c['version']}" for c in data["components"])
    assert sbom("c0ffee") == sbom("c0ffee")
    assert sbom("c0ffee") != sbom("beef")


names = st.from_regex(r"[a-z0-9\u4e00-\u4e20 ]{1,8}(/[a-z0-9_.-]{1,8}x){0,2}", fullmatch=True)


@given(st.dictionaries(names, st.tuples(st.integers(0, 9**9), st.binary(min_size=32, max_size=32))))
def test_a_manifest_comes_back_as_it_was(files: dict[str, tuple[int, bytes]]) -> None:
    made = Manifest("a", "https://a.example", 7, "2026-11-23T09:00:00+08:00", "c",
                    {p: FileEntry(size, sha.hex()) for p, (size, sha) in files.items()})  # fmt: skip
    assert Manifest.from_bytes(made.to_bytes()) == made


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/./b", "a\x00b", "a\\b", ""])
def test_a_manifest_with_a_path_that_leads_outside_is_refused(path: str) -> None:
    good = Manifest("a", "https://a.example", 7, "2026-11-23T09:00:00+08:00", "c", {"x": FileEntry(1, "0" * 64)})
    data = json.loads(good.to_bytes())
    data["files"] = {path: data["files"]["x"]}
    with pytest.raises(ReleaseError, match="版本清单格式不正确"):
        Manifest.from_bytes(canonical(data))
