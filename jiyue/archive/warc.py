"""A site as WARC 1.1 (ISO 28500:2017): every address with the answer that the server gives, a record each, gzipped singly.

The same site gives the same bytes: record ids are made of what the records say, all dates are that of the release, and no
version of a program is named. An index (CDXJ) says where each record begins. The Content-Security-Policy is left out: it would
forbid the replay under another address, and says nothing about the content.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC
from io import BytesIO
from typing import BinaryIO, NamedTuple
from urllib.parse import quote, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from jiyue.archive.past import Past
from jiyue.publish.release.manifest import ReleaseError, sha256_hex
from jiyue.publish.release.media_types import media_type
from jiyue.publish.release.records import url_of
from jiyue.publish.release.store import Store
from jiyue.publish.webserver.policy import Policy, Served, all_headers, cache_of

_SAFE = "/~!&'()*+,;=:@-._%"


class Answer(NamedTuple):
    """What the server says to an address (complete, percent-encoded). status: '200 OK' …"""

    url: str
    status: str
    headers: list[tuple[str, str]]
    body: bytes


def answers(past: Past, store: Store) -> Iterator[Answer]:
    """The answers of a site by address: its files, then redirects, then what is gone. ReleaseError for an altered file."""
    policy = Policy(tls=None)
    always = [*all_headers(policy).items()]
    base = past.manifest.url.rstrip("/")
    served = Served(past.manifest.site, base, store.root)

    def read(path: str) -> bytes:
        data = store.blob(past.files[path].sha256).read_bytes()
        if sha256_hex(data) != past.files[path].sha256:
            raise ReleaseError(f"文件 {path} 与版本 {past.manifest.id} 的清单不符，可能被改动，不能归档。")
        return data

    missing = read("404.html") if "404.html" in past.files else b""
    for path in sorted(past.files):
        address, data = url_of(path), read(path)
        head = [
            ("Content-Type", media_type(path)),
            ("Content-Length", str(len(data))),
            ("Cache-Control", cache_of(address, policy)),
        ]
        yield Answer(_complete(base, address), "200 OK", [*head, *always], data)
    for old, to in past.answers.redirects.items():
        where = served.target(to)
        yield Answer(
            _complete(base, old), "301 Moved Permanently", [("Location", where), ("Content-Length", "0"), *always], b""
        )
    for old in past.answers.gone:
        head = [("Content-Type", media_type("410.html")), ("Content-Length", str(len(missing)))]
        yield Answer(_complete(base, old), "410 Gone", [*head, *always], missing)


def _complete(base: str, address: str) -> str:
    path, mark, query = address.partition("?")
    return base + quote(path, safe=_SAFE.replace("%", "")) + mark + quote(query, safe=_SAFE + "?[]")


def write_warc(out: BinaryIO, name: str, past: Past, store: Store, about: dict[str, str]) -> list[str]:
    """Write the records to a file of this name; returns the lines of its index. about: the fields of the first record."""
    date = past.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stamp = date.translate({ord(mark): None for mark in "-:TZ"})
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    info = "".join(f"{key}: {value}\r\n" for key, value in about.items()).encode()
    first = {
        "WARC-Record-ID": _id(name, info),
        "WARC-Date": date,
        "WARC-Filename": name,
        "Content-Type": "application/warc-fields",
    }
    writer.write_record(
        writer.create_warc_record("", "warcinfo", payload=BytesIO(info), length=len(info), warc_headers_dict=first)
    )
    index = []
    for one in answers(past, store):
        http = StatusAndHeaders(one.status, one.headers, protocol="HTTP/1.1")
        known = repr((date, one.status, one.headers)).encode() + one.body
        head = {"WARC-Record-ID": _id(one.url, known), "WARC-Date": date, "WARC-Warcinfo-ID": first["WARC-Record-ID"]}
        record = writer.create_warc_record(
            one.url, "response", payload=BytesIO(one.body), length=len(one.body), warc_headers_dict=head, http_headers=http
        )  # fmt: skip
        start = out.tell()
        writer.write_record(record)
        fields = {
            "url": one.url,
            "mime": (http.get_header("Content-Type") or "unk").partition(";")[0],
            "status": one.status[:3],
            "digest": record.rec_headers.get_header("WARC-Payload-Digest"),
            "length": str(out.tell() - start),
            "offset": str(start),
            "filename": name,
        }
        index.append(f"{_key(one.url)} {stamp} {json.dumps(fields, ensure_ascii=False)}\n")
    return sorted(index)


def _id(name: str, data: bytes) -> str:
    """A record's id, made of what it says."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {sha256_hex(data)}')}>"


def _key(url: str) -> str:
    """An address as index keys have it (SURT): the host from its end, in lower case."""
    parts = urlsplit(url.lower())
    host = ",".join(reversed((parts.hostname or "").removeprefix("www.").split(".")))
    port = f":{parts.port}" if parts.port else ""
    return f"{host}{port}){parts.path}" + (f"?{parts.query}" if parts.query else "")
