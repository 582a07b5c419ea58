"""The reconciliation of an import: what the old site had, what arrived, what did not and why. From the record of its moves.

The same record and the same files give the same tables. Nothing is counted that the record or the files don't say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.catalogue.migrated import digest_of, read_batches
from jiyue.importers.moves import Leads, Move
from jiyue.publish.moved_addresses import ledger_addresses
from jiyue.registry.site import REVIEW_STEPS
from jiyue.registry.url_ledger import Ledger

LEAST = 0.99
"""The share of the visible text below which a page is listed."""
_LEADS: dict[Leads, str] = {
    "article": "到迁来的稿件", "index": "到列表或首页", "file": "到随稿件的图片、附件", "dropped": "到没有迁入的网页、文件",
    "nowhere": "旧站上就打不开", "outside": "到别的网站", "own": "本页之内",
}  # fmt: skip


class Reconciliation(NamedTuple):
    """tables: by their part of the page, in order; facts: (what, how many) of the head. day: of the last import."""

    batch: str
    day: str
    facts: list[tuple[str, str]]
    tables: list[Table]


def reconcile(root: Path, batch: str, moves: Sequence[Move], ledger: Ledger, url: str) -> Reconciliation:
    """The reconciliation of a batch. ledger, url: of the site; the ledger is empty before the first publication."""
    pages = [move for move in moves if move.kind == "page"]
    files = [move for move in moves if move.kind == "file"]
    states = {move.path: _state(root, move) for move in moves if move.status == "imported"}
    carried = [move for move in pages if move.status == "imported" and move.share is not None]
    characters = sum(move.characters for move in carried)
    arrived = sum(round((move.share or 0) * move.characters) for move in carried)
    links = Counter(link.leads for move in pages for link in move.links)
    answers = Counter(_answer(ledger, address) for move in moves for address in set(ledger_addresses(move, url)))
    lost = [move for move in moves if move.status != "imported"]
    approved = {one.path.rpartition("/")[2]: one for one in read_batches(root)[0]}
    facts = [
        ("旧网页", f"{len(pages)} 个"),
        ("迁入稿件", f"{sum(move.status == 'imported' for move in pages)} 篇"),
        ("可见文字", f"{arrived / characters:.2%}" if characters else "—"),
        ("旧网址", f"{sum(answers.values())} 个"),
    ]
    tables = [
        Table("totals", "总数", _columns("item:项目 old:旧站 moved:迁入 skipped:不迁入 error:出错"), [
            _totals("网页", pages), _totals("图片、附件和其他文件", files),
            row("可见文字（字）", characters, arrived, characters - arrived, None),
            row("稿件里的图片", sum(m.pictures for m in pages) + _missing(pages, pictures=True), sum(m.pictures for m in pages),
                _missing(pages, pictures=True), None),
            row("稿件里的附件", sum(m.attachments for m in pages) + _missing(pages, pictures=False), sum(m.attachments for m in pages),
                _missing(pages, pictures=False), None),
        ]),
        Table("states", "迁入的现在怎样", _columns("state:现状 count:个数 example:例"),
              _counted(states.values(), lambda state: next(path for path, one in states.items() if one == state))),
        Table("answers", "旧网址到哪里", _columns("answer:去向 count:个数 example:例"), _answers(moves, ledger, url)),
        Table("links", "稿件里的链接", _columns("leads:去向 count:个数"),
              [row(_LEADS[leads], links[leads]) for leads in _LEADS if links[leads]]),
        Table("lost", "没有迁入的，按原因", _columns("kind:种类 reason:原因 count:个数 example:例"), _lost(lost)),
        Table("partial", f"文字不到 {LEAST:.0%} 的网页", _columns("path:旧网页 article:稿件 characters:字数 share:取到"), [
            row(m.path, Cell(m.article, f"source:{m.article}"), m.characters, Cell(m.share, "", "", f"{m.share:.1%}"))
            for m in sorted(carried, key=lambda m: (m.share or 0, m.path)) if (m.share or 0) < LEAST
        ]),
        Table("missing", "旧站上就没有的图片和附件", _columns("address:地址 path:旧网页 article:稿件"), [
            row(address, m.path, Cell(m.article, f"source:{m.article}")) for m in pages for address in m.missing
        ]),
        Table("nowhere", "旧站上就打不开的链接", _columns("address:地址 count:几处 path:旧网页"), _nowhere(pages)),
        Table("approvals", "整批审核", _columns("list:清单 rows:文件 review:审核记录"), [
            row(one.list_path, len(one.rows), "、".join(_record(step, record) for step, record in one.review.items()))
            for name, one in sorted(approved.items()) if name == f"{batch}.yaml" or _numbered(name, batch)
        ]),
        Table("moves", "全部旧网页和文件", _columns(
            "path:旧网页或文件 kind:种类 status:结果 reason:原因 article:稿件 copy:副本 title:标题 date:日期 share:取到 characters:字数 "
            "sha256:旧文件的SHA-256 article_sha256:稿件的SHA-256 state:现状 addresses:旧网址"),
            [row(m.path, m.kind, m.status, m.reason, m.article, m.copy, m.title, m.date, m.share, m.characters, m.sha256,
                 m.article_sha256, states.get(m.path, ""), " ".join(m.addresses)) for m in moves]),
    ]  # fmt: skip
    return Reconciliation(batch, max((move.at[:10] for move in moves if move.at), default=""), facts, tables)


def _record(step: str, record: Mapping[str, Any]) -> str:
    return f"{REVIEW_STEPS[step]} {record['by']} {record['date'][:10]}"


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from `key:name` words. Any may be empty."""
    return tuple(Column(key, name, optional=True) for key, _, name in (word.partition(":") for word in text.split()))


def _totals(name: str, moves: Sequence[Move]) -> tuple[Cell, ...]:
    counts = Counter(move.status for move in moves)
    return row(name, len(moves), counts["imported"], counts["skipped"], counts["error"])


def _state(root: Path, move: Move) -> str:
    """What became of what was imported: as it was written, edited, or not there any more."""
    name, digest = (move.copy, move.sha256) if move.copy else (move.article, move.article_sha256)
    try:
        found = digest_of((root / name).read_bytes())
    except OSError:
        return "文件不在了（改名或者删去）"
    return "和迁入时相同" if found == digest else "迁入以后改过"


def _answer(ledger: Ledger, address: str) -> str:
    entry = ledger.get(address)
    if entry is None:
        return "还没有去处（发布以后登记；等审核的稿件审过再发布）"
    return "410，没有迁入或者已经撤下" if entry.gone else "301，到新网址" if entry.to else "网址没有变"


def _answers(moves: Iterable[Move], ledger: Ledger, url: str) -> list[tuple[Cell, ...]]:
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for address in dict.fromkeys(address for move in moves for address in ledger_addresses(move, url)):
        answer = _answer(ledger, address)
        counts[answer] += 1
        first.setdefault(answer, address)
    return [row(answer, counts[answer], first[answer]) for answer in sorted(counts)]


def _counted(values: Iterable[str], example: Callable[[str], str]) -> list[tuple[Cell, ...]]:
    return [row(value, count, example(value)) for value, count in sorted(Counter(values).items())]


def _lost(moves: Iterable[Move]) -> list[tuple[Cell, ...]]:
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for move in moves:
        kind = "网页" if move.kind == "page" else "文件"
        groups[move.status, kind, move.reason.partition("：")[0] or "没有写明"].append(move.path)
    return [
        row(Cell(kind, "", "bad" if status == "error" else ""), reason, len(paths), min(paths))
        for (status, kind, reason), paths in sorted(groups.items())
    ]


def _missing(pages: Iterable[Move], *, pictures: bool) -> int:
    endings = ("jpg", "jpeg", "png", "gif", "webp", "bmp", "avif")
    every = (address for move in pages for address in move.missing)
    return sum((address.partition("?")[0].rpartition(".")[2].lower() in endings) == pictures for address in every)


def _nowhere(pages: Iterable[Move]) -> list[tuple[Cell, ...]]:
    found: Mapping[str, list[str]] = defaultdict(list)
    for move in pages:
        for link in move.links:
            if link.leads == "nowhere":
                found[link.address].append(move.path)
    return [row(address, len(paths), min(paths)) for address, paths in sorted(found.items())]


def _numbered(name: str, batch: str) -> bool:
    return name.startswith(f"{batch}.") and name.removeprefix(f"{batch}.").removesuffix(".yaml").isdecimal()


def imported_paths(moves: Iterable[Move]) -> Iterator[str]:
    """The articles and copies that an import brought."""
    for move in moves:
        if move.status == "imported":
            yield move.copy or move.article
            yield from move.copies
