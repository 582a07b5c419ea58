"""Verify a published site from outside: is every byte the one that was signed?

`verify()` takes a folder (a document root, a live link, a release's tree) or a URL. In a folder it also finds files
that no manifest names; over HTTP nothing can list a server's files, so there it checks that all files named are right:
at the addresses that browsers ask for (a folder's, not its index.html), in each encoding that they accept, because a
server keeps a copy for each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from jiyue.base.diagnostics import Diagnostic, Rule, error, warning
from jiyue.publish.release.manifest import (
    MANIFEST,
    SIDECARS,
    SIGNATURE,
    FileEntry,
    Manifest,
    ReleaseError,
    file_digest,
    sha256_hex,
)
from jiyue.publish.release.packing import ENDINGS, decompress
from jiyue.publish.release.signing import PublicKey, trusted_manifest

CHANGED = error("release-file-changed", "文件被改动", "线上文件与签名的清单不符，可能被篡改。")
MISSING = error("release-file-missing", "文件缺失", "清单中的文件在线上不存在。")
EXTRA = error("release-file-extra", "多出文件", "清单之外的文件可能是被植入的页面或木马。")
UNTRUSTED = error("release-manifest", "清单不可信", "清单缺失、被改动、未签名，或由未登记的密钥签名。")
UNREACHABLE = error("release-unreachable", "网站打不开", "没有读到清单：读者多半也打不开，或核对的机器连不上网。")
REPLAY = error("release-replay", "旧版本重放", "线上版本比已见过的版本旧，又不是签名的回退。")
STRANGER = error("release-other-site", "网址上是别的站点", "服务器配置错误，或内容被调换。")
UNSIGNED = warning("release-unsigned", "版本未签名", "没有登记发布密钥时，只能发现与清单不符，不能证明来源。")


class _Unreachable(ReleaseError):
    """A server that does not answer as one that has the site."""


State = tuple[Rule, str] | None
Fetch = Callable[[str], bytes | None]
Ask = Callable[[str, str, int], tuple[bytes, str] | None]
"""(path, Accept-Encoding, most bytes that are read) → body and Content-Encoding."""
Check = Callable[[str, FileEntry], State]

BROWSER = "gzip, deflate, br, zstd"
"""The Accept-Encoding of present browsers."""
_LARGEST_MANIFEST = 1 << 28
_OVERHEAD = 1 << 16
"""Bytes by which an encoded file may be larger than the file."""

HINT = "保留现场并查明原因；清空被改的目标，运行 jiyue publish --every 重新送出。"


def verify(
    place: str | Path, keys: Sequence[PublicKey], at_least: int = 0, jobs: int = 8, timeout: float = 20.0
) -> list[Diagnostic]:
    """All differences from the signed release, in order of paths; [] if it is valid.

    keys: the cluster's public keys; at_least: the highest sequence number seen before (a lower one is a replay);
    jobs: files checked at the same time; timeout: seconds for one request.
    """
    return verify_with_manifest(place, keys, at_least, jobs, timeout)[1]


def verify_with_manifest(
    place: str | Path,
    keys: Sequence[PublicKey],
    at_least: int = 0,
    jobs: int = 8,
    timeout: float = 20.0,
    choose: Callable[[list[str]], list[str]] = lambda paths: paths,
) -> tuple[Manifest | None, list[Diagnostic]]:
    """The same with the manifest, None when it can't be trusted: then no file is compared with it.

    choose: those of the manifest's paths that are compared, all by default.
    """
    where = str(place)
    web = where.startswith(("http://", "https://"))
    ask = _asker(where, timeout)
    fetch = _plainly(ask) if web else _reader(Path(where))
    try:
        raw, signature = fetch(MANIFEST), fetch(SIGNATURE)
        if raw is None:
            raise ReleaseError("没有版本清单。这里不是由 jiyue 发布的站点，或清单被删除。")
        manifest = trusted_manifest(raw, signature, keys)
    except _Unreachable as cause:
        return None, [UNREACHABLE.at(MANIFEST, 0, str(cause), "检查域名解析、服务器和网络，恢复后再核对。")]
    except ReleaseError as cause:
        return None, [UNTRUSTED.at(MANIFEST, 0, str(cause), HINT)]
    diagnostics: list[Diagnostic] = []
    if manifest.sequence < at_least:
        message = f"线上版本序号 {manifest.sequence} 低于已见过的 {at_least}。"
        diagnostics.append(REPLAY.at(MANIFEST, 0, message, HINT, site=manifest.site))
    if not keys:
        hint = "在 sites/release-keys.yaml 登记公钥并用私钥发布。"
        diagnostics.append(UNSIGNED.at(MANIFEST, 0, "没有可用的公钥，无法核对来源。", hint, site=manifest.site))
    check = _over_web(ask, manifest) if web else _on_disk(Path(where))
    expected = dict(manifest.files)
    if not web:
        names = set(_names(Path(where)))
        if names & manifest.packed.keys():  # a target that needs no compressed copies has none at all
            expected |= manifest.packed
        extra = names - manifest.all_files().keys() - {MANIFEST, SIGNATURE}
        diagnostics += [
            EXTRA.at(p, 0, "文件不在清单中。", "删除该文件并查明来源。", site=manifest.site) for p in sorted(extra)
        ]
    paths = choose(sorted(expected))
    with ThreadPoolExecutor(jobs) as pool:
        states = pool.map(lambda p: check(p, expected[p]), paths)
        for path, state in zip(paths, states, strict=True):
            if state is not None:
                rule, message = state
                diagnostics.append(rule.at(path, 0, message, HINT, site=manifest.site))
    return manifest, sorted(diagnostics, key=lambda d: (d.path, d.rule))


def _on_disk(root: Path) -> Check:
    def check(path: str, entry: FileEntry) -> State:
        file = root / path
        if file.is_symlink() or not file.is_file():
            return MISSING, "文件缺失。"
        if file.stat().st_size != entry.size or file_digest(file) != entry.sha256:
            return CHANGED, "内容与清单不符。"
        return None

    return check


def _over_web(ask: Ask, manifest: Manifest) -> Check:
    def check(path: str, entry: FileEntry) -> State:
        # a text has a copy for each encoding; of anything else there should be none, which one question shows
        accepted = [*SIDECARS.values()] if path.endswith(ENDINGS) else [BROWSER]
        for accept in ("identity", *accepted):
            shown = "" if accept == "identity" else f"（按 {accept} 取得）"
            try:
                answer = ask(path, accept, entry.size + _OVERHEAD)
            except ReleaseError as cause:
                return MISSING, f"{cause}{shown}"
            if answer is None:
                return MISSING, f"文件缺失{shown}。"
            if not _as_signed(path, *answer, manifest):
                return CHANGED, f"内容与清单不符{shown}。"
        return None

    return check


def _as_signed(path: str, body: bytes, encoding: str, manifest: Manifest) -> bool:
    """Whether an answer is a signed file, or its signed copy, or the file however a server in between encoded it."""
    entry = manifest.files[path]
    if not encoding:
        return FileEntry(len(body), sha256_hex(body)) == entry
    suffix = next((suffix for suffix, name in SIDECARS.items() if name == encoding), "")
    if FileEntry(len(body), sha256_hex(body)) == manifest.packed.get(path + suffix):
        return True
    plain = decompress(body, suffix, entry.size)
    return plain is not None and sha256_hex(plain) == entry.sha256


def _plainly(ask: Ask) -> Fetch:
    def fetch(path: str) -> bytes | None:
        answer = ask(path, "identity", _LARGEST_MANIFEST)
        return answer and answer[0]

    return fetch


def _reader(root: Path) -> Fetch:
    def fetch(path: str) -> bytes | None:
        file = root / path
        return file.read_bytes() if file.is_file() else None

    return fetch


def _asker(base: str, timeout: float) -> Ask:
    def ask(path: str, accept: str, most: int) -> tuple[bytes, str] | None:
        folder, _, name = path.rpartition("/")
        address = quote(f"{folder}/" if name == "index.html" and folder else "" if path == "index.html" else path)
        headers = {"Accept-Encoding": accept, "User-Agent": "Mozilla/5.0 (compatible; jiyue verify)"}
        try:
            with urlopen(Request(f"{base.rstrip('/')}/{address}", headers=headers), timeout=timeout) as answer:
                return bytes(answer.read(most + 1)), (answer.headers["Content-Encoding"] or "").strip().lower()
        except HTTPError as cause:
            cause.close()
            if cause.code in (404, 410):
                return None
            raise _Unreachable(f"服务器回答 {cause.code}。") from cause
        except (HTTPException, OSError) as cause:
            raise _Unreachable(f"无法读取（{cause}）。") from cause

    return ask


def _names(root: Path) -> Iterable[str]:
    for folder, folders, files in os.walk(root):
        for name in (*files, *(f for f in folders if (Path(folder) / f).is_symlink())):
            yield (Path(folder) / name).relative_to(root).as_posix()
