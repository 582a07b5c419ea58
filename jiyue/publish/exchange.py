"""Files that clusters exchange: signed, verified, stored; see jiyue.linkage.exchange for what they say.

The receiver trusts the keys that `sites/partners.yaml` lists for the sender, and takes a file whole or not at all.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jiyue.build.inbox import outside_reports, scanned
from jiyue.build.options import Options
from jiyue.catalogue.exchange import FORMAT, LINES
from jiyue.catalogue.references import own_files
from jiyue.catalogue.sources import source_text
from jiyue.catalogue.summary import Push, Summary, links
from jiyue.linkage.exchange import (
    FILES,
    STORE,
    answers,
    newest,
    of_partner,
    receipt_of,
    record_of,
    replaced,
    sent,
    stored,
    withdraw_copy,
)
from jiyue.linkage.report_up import latest, link_reports
from jiyue.publish.release.manifest import canonical, file_digest, sha256_hex
from jiyue.publish.release.signing import RETIRED, UNKNOWN, PublicKey, problem_of, signature_of
from jiyue.registry.site import Partner, Registry

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_DOMAIN = b"jiyue-exchange-v1\n"
AHEAD = timedelta(minutes=10)
"""How far a sender's clock may be ahead: a file from the future would keep out all later ones."""


class Refused(Exception):
    """A file that is not taken. str() is Chinese. line: where in it, 0 for the whole."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"第 {line} 行：{message}" if line else message)
        self.line = line


class Imported(NamedTuple):
    """What an import did. status: new, same (imported before) or older (than what is here). The others are ids of articles."""

    partner: Partner
    status: str
    added: list[str]
    changed: list[str]
    gone: list[str]


def pack(
    sender: str, receiver: str, at: datetime, records: Iterable[Mapping[str, Any]], key: Ed25519PrivateKey
) -> bytes:
    """A signed file. sender, receiver: urls of the root sites."""
    lines = [canonical(record) for record in records]
    manifest = canonical(
        {
            "type": "manifest",
            "format": FORMAT,
            "sender": sender,
            "receiver": receiver,
            "at": at.isoformat(),
            "lines": [sha256_hex(line) for line in lines],
        }
    )
    signature = canonical({"type": "signature", **signature_of(manifest, key, _DOMAIN)})
    return manifest + signature + b"".join(lines)


def unpack(data: bytes, here: str, partners: Sequence[Partner], now: datetime) -> Partner:
    """Verify a file: sender, receiver, signature, every line. Returns the sender. Raises Refused."""
    lines = data.splitlines(keepends=True)
    rows = [_row(line, number) for number, line in enumerate(lines, 1)]
    if len(rows) < 2 or [row["type"] for row in rows[:2]] != ["manifest", "signature"]:
        raise Refused("不是站群之间报送的文件：开头应是清单和签名")
    manifest, signature = rows[:2]
    partner = next((one for one in partners if one.url == manifest["sender"]), None)
    if partner is None:
        raise Refused(f"发出的站群 {manifest['sender']} 没有登记。核对 sites/partners.yaml 或查明来源", 1)
    if manifest["receiver"] != here:
        raise Refused(f"是给 {manifest['receiver']} 的，不是给本站群（{here}）的", 1)
    keys = [
        PublicKey(base64.b64decode(key), "", date.fromisoformat(until) if until else None)
        for key, until in partner.keys
    ]
    try:
        value = base64.b64decode(signature["signature"], validate=True)
    except ValueError:
        raise Refused("签名的格式不对", 2) from None
    problem = problem_of(lines[0], signature["key"], value, keys, now.date(), _DOMAIN)
    if problem == UNKNOWN:
        raise Refused(f"由没有登记的密钥 {signature['key']} 签名。请对方确认公钥，写进 sites/partners.yaml", 2)
    if problem == RETIRED:
        raise Refused(f"由已停用的密钥 {signature['key']} 签名。请对方换用在册的密钥重新导出", 2)
    if problem:
        raise Refused("清单与签名不符：清单被改动过。请对方重新导出，查明谁改过", 1)
    if len(lines) - 2 != len(manifest["lines"]):
        raise Refused(f"清单有 {len(manifest['lines'])} 行，文件里有 {len(lines) - 2} 行。请对方重新导出")
    for number, (line, digest) in enumerate(zip(lines[2:], manifest["lines"], strict=True), 3):
        if sha256_hex(line) != digest:
            raise Refused("被改动过，与清单不符。请对方重新导出，查明谁改过", number)
        if rows[number - 1]["type"] != ("receipt" if partner.above else "article"):
            raise Refused("下级站群送来的应是文章，上级送来的应是回执", number)
    if datetime.fromisoformat(manifest["at"]) > now + AHEAD:
        raise Refused(f"导出的时间 {manifest['at']} 还没有到。请对方核对时钟，重新导出", 1)
    return partner


def _row(line: bytes, number: int) -> dict[str, Any]:
    from pydantic import ValidationError  # noqa: PLC0415  (heavy, and only here)

    try:
        row: dict[str, Any] = json.loads(line)
        LINES[row["type"]].model_validate(row)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused(f"「{where}」不合格式（docs/schemas/exchange.schema.json）", number) from None
    except (ValueError, TypeError, KeyError):
        raise Refused("不是这种文件的一行", number) from None
    if canonical(row) != line:
        raise Refused("不是规定的写法，被别的软件改写过。请对方重新导出", number)
    return row


def export(options: Options, partner: Partner, file: Path, at: datetime, key: Ed25519PrivateKey) -> int:
    """Write everything that is to be told to a partner, with the files in `<file>.files`. Returns the number of lines.

    To a superior go the root's reported articles, to a subordinate the decisions on its own.
    """
    registry, summaries = scanned(options)
    folder = file.with_name(file.name + ".files")
    if partner.above:
        records = [record for record, _ in _articles(options, registry, summaries, folder)]
    else:
        outside = outside_reports(options.root, registry, summaries, options.now)
        records = [line for one in outside if one.article.site == partner.id and (line := receipt_of(one)) is not None]
    here = registry.sites[registry.cluster.root].url
    data = pack(here, partner.url, at, sorted(records, key=canonical), key)
    replaced(file, data)
    used = {one["sha256"] for record in records for one in record.get("files", ())}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in used and len(path.name) == 64:
            path.unlink()  # of an earlier file of the same name
    return len(records)


def _articles(
    options: Options, registry: Registry, summaries: Mapping[str, Summary], folder: Path
) -> Iterable[tuple[dict[str, Any], Push]]:
    home = registry.sites[registry.cluster.root]
    summary = summaries[home.id]
    reported = link_reports(registry, summaries, options.now, answers(options.root, registry)).reports
    pushes = {push.article.source_path: push for push in summary.reports}
    for report in reported:
        article = report.article
        if article.site != home.id:
            continue
        push = pushes[article.source_path]
        addresses = {**dict.fromkeys(push.dead, ""), **links(push.targets, options.now)}
        complete = {address: f"{home.url}/{path}" if path else "" for address, path in addresses.items()}
        complete = {address: url for address, url in complete.items() if address not in push.pictures}
        files = _files(options.root, push, frozenset(summary.withheld), folder)
        yield (
            record_of(article, source_text(options.root, article.source_path), home.name, report, complete, files),
            push,
        )


def _files(root: Path, push: Push, withheld: frozenset[str], folder: Path) -> list[dict[str, Any]]:
    """The article's own files, copied into the folder by their digests."""
    article = push.article
    extra = article.extra
    addresses = [*extra.get("pictures", ()), *(one for one, _ in extra.get("files", ())), *extra.get("others", ())]
    entries = []
    for address, place in zip(addresses, own_files(article.folder, extra), strict=True):
        path = root / "content" / article.site / place
        if not place or f"content/{article.site}/{place}" in withheld or not path.is_file() or path.is_symlink():
            continue
        digest = file_digest(path)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / digest).is_file():
            _copy(path, folder / digest)
        entries.append({"address": address, "name": path.name, "size": path.stat().st_size, "sha256": digest})
    return sorted(entries, key=lambda one: str(one["address"]))


def import_file(options: Options, registry: Registry, file: Path, now: datetime) -> Imported:
    """Verify a partner's file and store it if it is the newest; withdraw the copies of what it no longer reports. Raises Refused."""
    data = file.read_bytes()
    here = registry.sites[registry.cluster.root].url
    partner = unpack(data, here, registry.partners, now)
    store = options.root / STORE
    path = store / f"{partner.id}.jsonl"
    before, incoming = of_partner(options.root, partner), sent(data)
    known = stored(options.root, partner) if before.at else b""  # one that can't be read is replaced
    status = "same" if data == known else "new" if newest(known, data) == data else "older"
    if status == "new":
        for record in incoming.articles.values():
            for one in record["files"]:
                _take(file.with_name(file.name + ".files") / one["sha256"], store / FILES / one["sha256"], one)
        replaced(path, data)
    after = incoming if status == "new" else before
    gone = withdraw_gone(options.root, registry, partner, f"{now:%Y-%m-%d %H:%M}")
    _prune(store, registry.partners)
    old, new = (one.receipts if partner.above else one.articles for one in (before, after))
    return Imported(
        partner,
        status,
        sorted(new.keys() - old.keys()),
        sorted(key for key in new.keys() & old.keys() if new[key] != old[key]),
        sorted({*(old.keys() - new.keys()), *gone}),
    )


def withdraw_gone(root: Path, registry: Registry, partner: Partner, now: str) -> list[str]:
    """Withdraw the copies of articles that a partner no longer reports. Returns their ids. Does nothing the second time."""
    if partner.above:
        return []
    reported = of_partner(root, partner).articles
    from jiyue.linkage.decisions import FILES as LEDGERS  # noqa: PLC0415  (only after an import)
    from jiyue.linkage.decisions import decisions_of  # noqa: PLC0415  (only after an import)

    site = registry.sites[partner.inbox]
    names = [name for name in LEDGERS if (root / "content" / site.id / name).is_file()]
    gone = []
    for name, decision in latest(decisions_of(root, site, names)[0]).items():
        origin, _, article = name.partition("/")
        if origin != partner.id or not decision.adopted or article in reported:
            continue
        if withdraw_copy(root, partner, article, now, f"{partner.name}已撤下"):
            gone.append(article)
    return gone


def _take(source: Path, target: Path, entry: Mapping[str, Any]) -> None:
    """Store a file of an article, if it is not there yet."""
    if target.is_file():
        return
    if not source.is_file() or source.is_symlink():
        raise Refused(
            f"缺少附件「{entry['name']}」：文件夹 {source.parent.name} 里没有 {entry['sha256'][:12]}…，和文件一起取来"
        )
    if source.stat().st_size != entry["size"] or file_digest(source) != entry["sha256"]:
        raise Refused(f"附件「{entry['name']}」被改动过，与清单不符。请对方重新导出")
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(source, target)


def _prune(store: Path, partners: Sequence[Partner]) -> None:
    """Remove the files that no reported article uses any more."""
    folder = store / FILES
    if not folder.is_dir():
        return
    used = {
        one["sha256"]
        for partner in partners
        for record in of_partner(store.parents[1], partner).articles.values()
        for one in record["files"]
    }
    for path in folder.iterdir():
        if path.name not in used:
            path.unlink()


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.copyfile(source, part)
    part.replace(target)
