"""What `jiyue probe` saw from outside, in the repository: `sites/ledger/probe/<year-month>/<site>.jsonl`.

One JSON object a line, a line a measurement, only ever added. A month's files may be removed once nobody asks about it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = "sites/ledger/probe"

DECIDED, UNDECIDABLE, FAILED = "decided", "undecidable", "failed"
"""measured; what can't be measured here at all; what should have been measured and was not."""
STATES = {DECIDED: "已测定", UNDECIDABLE: "不能判定", FAILED: "没有测成"}


class Kind(NamedTuple):
    """A kind of measurement: its Chinese name, and what its value is, in which unit."""

    name: str
    value: str
    unit: str


KINDS = {
    "reach": Kind("打开首页", "从查域名到收全首页的时间", "秒"),
    "ipv6": Kind("IPv6", "不能用 IPv6 打开、或与 IPv4 不一致的网页", "个"),
    "tls": Kind("证书", "证书离到期还有多少天，已经到期的为负数", "天"),
    "bytes": Kind("与发布清单一致", "与签名的清单不一致的文件", "个"),
    "search": Kind("站内搜索", "搜不到的已知标题", "个"),
    "links": Kind("站外链接", "打不开的站外链接", "个"),
    "visits": Kind("访问量", "一天打开的网页，机器的不算", "次"),
}


class Record(NamedTuple):
    """A measurement.

    at: the moment, 'YYYY-MM-DD HH:MM' in Beijing; of visits, the day. status: see DECIDED; ok, value: of what is decided, else
    None; why: what is wrong, or why nothing was measured, in Chinese. detail: what belongs to the kind (addresses, counts).
    """

    at: str
    what: str
    status: str
    ok: bool | None = None
    value: float | None = None
    why: str = ""
    detail: dict[str, Any] = {}  # noqa: RUF012  (never changed)

    @property
    def line(self) -> str:
        """The record as a line of the ledger; what is empty is left out."""
        fields = {key: value for key, value in self._asdict().items() if value not in (None, "", {})}
        return json.dumps(fields, ensure_ascii=False)


def decided(at: str, what: str, value: float, problem: str = "", **detail: Any) -> Record:
    """A record of what was measured. problem: what is wrong, '' if nothing is."""
    return Record(at, what, DECIDED, not problem, value, problem, detail)


def path_of(site: str, month: str) -> str:
    """The file of a site and a month ('2026-11'), relative to the cluster's root."""
    return f"{FOLDER}/{month}/{site}.jsonl"


def add_records(root: Path, site: str, records: Iterable[Record]) -> None:
    """Append records to a site's ledger, each to the file of its month."""
    months: dict[str, list[Record]] = {}
    for record in records:
        months.setdefault(record.at[:7], []).append(record)
    for month, rows in sorted(months.items()):
        path = root / path_of(site, month)
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = not path.is_file() or path.read_bytes()[-1:] in (b"", b"\n")
        with path.open("ab") as file:  # a line cut short by a crash must not swallow the next
            file.write(("" if whole else "\n").encode() + "".join(f"{row.line}\n" for row in rows).encode())


def read_records(root: Path, site: str, since: str, until: str) -> list[Record]:
    """A site's records from one day ('YYYY-MM-DD') to another, in order of time. Lines that can't be read are left out.

    Of visits only the largest count of a day holds: a log that begins or ends within it holds a part of it.
    """
    found: list[Record] = []
    folder = root / FOLDER
    months = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    for month in months:
        path = root / path_of(site, month)
        if not since[:7] <= month <= until[:7] or not path.is_file():
            continue
        for line in path.read_bytes().splitlines():
            try:
                found.append(Record(**json.loads(line)))
            except (ValueError, TypeError):
                continue
    found = [one for one in found if since <= one.at[:10] <= until]
    days: dict[str, Record] = {}
    for one in found:
        if one.what == "visits" and (one.at not in days or (one.value or 0) > (days[one.at].value or 0)):
            days[one.at] = one
    return sorted(
        (one for one in found if one.what != "visits" or days[one.at] is one), key=lambda one: (one.at, one.what)
    )


def latest(records: Iterable[Record]) -> dict[str, Record]:
    """The last record of each kind."""
    return {one.what: one for one in sorted(records, key=lambda one: one.at)}
