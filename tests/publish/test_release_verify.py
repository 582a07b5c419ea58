"""verify finds every way in which a site is not what was signed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiyue.publish.release.manifest import MANIFEST, SIGNATURE
from jiyue.publish.release.packing import compress
from jiyue.publish.release.signing import PublicKey
from jiyue.publish.release.store import Store
from jiyue.publish.release.verify import verify
from jiyue.publish.webserver.policy import Policy, Served
from tests.publish.release_sample import KEYS, MAKER, later, ship, write_site
from tests.support.network import free_port
from tests.support.servers import started
from tests.support.web import Quiet
from tests.support.web import served as served_folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a live site on another disk, as a stranger would look at it."""
    write_site(tmp_path / "output", {"a": "甲", "通知": "乙"})
    store = Store(tmp_path / "store")
    ship(store, tmp_path / "output")
    import shutil  # noqa: PLC0415

    shutil.copytree(store.live_link("changchun"), tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def served(copy: Path) -> Iterator[str]:
    with served_folder(copy) as address:
        yield address


def rules(findings: list) -> list[tuple[str, str]]:  # type: ignore[type-arg]
    return [(d.rule, d.path) for d in findings]


def test_a_whole_site_has_no_finding(copy: Path, served: str) -> None:
    assert verify(copy, KEYS) == []
    assert verify(served, KEYS) == []


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_one_flipped_bit_anywhere_is_found(copy: Path, data: st.DataObject) -> None:
    files = sorted(p for p in copy.rglob("*") if p.is_file() and p.stat().st_size)
    path = data.draw(st.sampled_from(files))
    raw = path.read_bytes()
    at = data.draw(st.integers(0, len(raw) - 1))
    flipped = bytearray(raw)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    path.chmod(0o644)
    path.write_bytes(flipped)
    try:
        name = path.relative_to(copy).as_posix()
        expected = MANIFEST if name in (MANIFEST, SIGNATURE) else name
        assert [d.path for d in verify(copy, KEYS)] == [expected]
    finally:
        path.write_bytes(raw)


def test_a_missing_and_an_extra_file_are_found(copy: Path, served: str) -> None:
    (copy / "tzgg/a.html").unlink()
    (copy / "tzgg/shell.html").write_text("x")
    (copy / "tzgg/a.html.gz").unlink()
    (copy / "passwd").symlink_to("/etc/passwd")
    assert rules(verify(copy, KEYS)) == [
        ("release-file-extra", "passwd"), ("release-file-missing", "tzgg/a.html"),
        ("release-file-missing", "tzgg/a.html.gz"), ("release-file-extra", "tzgg/shell.html"),
    ]  # fmt: skip
    assert rules(verify(served, KEYS)) == [("release-file-missing", "tzgg/a.html")]


def test_a_changed_page_with_a_chinese_name_is_found_over_the_web(copy: Path, served: str) -> None:
    path = copy / "tzgg/通知.html"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace("乙".encode(), "丙".encode()))
    assert rules(verify(served, KEYS)) == [("release-file-changed", "tzgg/通知.html")]


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_what_a_browser_would_get_is_looked_at_in_each_encoding(copy: Path, name: str, tmp_path: Path) -> None:
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(0o755)
    original = (copy / "tzgg/通知.html").read_bytes()
    evil = original.replace("乙".encode(), "丙".encode())
    policy = Policy(tls=None, address="127.0.0.1", http_port=free_port())
    url = f"http://127.0.0.1:{policy.http_port}"
    with started(name, [Served("changchun", url, copy)], policy, tmp_path / name):
        assert verify(url, KEYS) == []
        for suffix, encoding in ((".br", "br"), (".zst", "zstd"), (".gz", "gzip")):
            packed = copy / f"tzgg/通知.html{suffix}"
            before = packed.read_bytes()
            for data in (compress(evil, suffix), before[:-9], b"no such encoding", compress(bytes(1 << 24), suffix)):
                packed.unlink()
                packed.write_bytes(data)
                (finding,) = verify(url, KEYS)
                assert (finding.rule, finding.path) == ("release-file-changed", "tzgg/通知.html")
                assert finding.message == f"内容与清单不符（按 {encoding} 取得）。"
            packed.write_bytes(before)
            for path in ("robots.txt", "tzgg/index.html"):  # too small for a copy, so none was signed
                planted = copy / f"{path}{suffix}"
                planted.write_bytes(compress(evil, suffix))
                assert rules(verify(url, KEYS)) == [("release-file-changed", path)]
                planted.unlink()
        assert verify(url, KEYS) == []


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip"])
def test_a_server_between_may_encode_anew(copy: Path, encoding: str) -> None:
    suffix = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}[encoding]

    class Encoding(Quiet):
        def do_GET(self) -> None:
            path = Path(self.translate_path(self.path))
            data = (path / "index.html" if path.is_dir() else path).read_bytes()
            encoded = encoding in self.headers["Accept-Encoding"].split(", ")
            self.send_response(200)
            if encoded:
                data = compress(data, suffix) if suffix != ".gz" else gzip.compress(data, 1)
                self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with served_folder(copy, Encoding) as url:
        assert verify(url, KEYS) == []


def test_a_copy_without_compressed_files_is_whole(copy: Path) -> None:
    for path in [p for p in copy.rglob("*") if p.suffix in (".br", ".zst", ".gz")]:
        path.unlink()
    assert verify(copy, KEYS) == []


def test_an_untrusted_manifest_is_one_finding(copy: Path) -> None:
    assert rules(verify(copy, (PublicKey(b"x" * 32),))) == [("release-manifest", MANIFEST)]
    (copy / SIGNATURE).unlink()
    assert rules(verify(copy, KEYS)) == [("release-manifest", MANIFEST)]
    assert rules(verify(copy, ())) == [("release-unsigned", MANIFEST)]
    (copy / MANIFEST).unlink()
    assert [d.message for d in verify(copy, KEYS)] == ["没有版本清单。这里不是由 jiyue 发布的站点，或清单被删除。"]


def test_an_older_release_than_seen_before_is_a_replay(copy: Path) -> None:
    sequence = int(later(MAKER, 1).now.timestamp())
    (finding,) = verify(copy, KEYS, at_least=sequence)
    assert finding.rule == "release-replay"
    assert finding.message == f"线上版本序号 {sequence - 60} 低于已见过的 {sequence}。"


def test_a_server_that_does_not_answer_is_told() -> None:
    (finding,) = verify("http://127.0.0.1:9", KEYS, timeout=2)
    assert finding.rule == "release-unreachable"
    assert finding.message.startswith("无法读取")
