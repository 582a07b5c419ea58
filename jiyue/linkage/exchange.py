"""Report-up between clusters (站群之间): what another repository reported here, and what it answered.

Each partner (`sites/partners.yaml`) has one file here, `sites/exchange/<id>.jsonl`: the newest that it sent, as it came
(jiyue.catalogue.exchange has its lines, jiyue.publish.exchange signs, verifies and stores it). A file says everything that
its sender reports at that moment, so a lost one costs nothing, and the newest alone counts, in whatever order they come.
An adopted article becomes a file of the superior's own, through the same checks and reviews as any other.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.encoding import NotUtf8, decode
from jiyue.catalogue.article import Article
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.read import stable_id
from jiyue.catalogue.summary import Decision
from jiyue.linkage.report_up import ADOPTED, WAITING, Answers, Report, latest, state_of
from jiyue.registry.site import Partner, Registry

STORED = error(
    "report-stored",
    "往来站群的文件被改动过",
    "导入的文件原样保存，只由导入命令代替；改动过的不算数，其中报送的文章和回执都没有。",
    "吉政办发〔2015〕5号（六）",
)

STORE = "sites/exchange"
FILES = "files"
"""The folder in STORE of the files that reported articles use, by their SHA-256."""
INTERNAL = frozenset(
    {
        "review", "withdraw", "report_up", "push_down", "mandatory", "aliases", "publish_at", "status", "emergency", "migrated",
    }
)  # fmt: skip
"""Fields that another cluster is not told."""
LOCAL = frozenset(
    {"id", "slug", "date", "updated", "pinned", "interprets", "replaces", "replaced_by", "amends", "translation_of"}
)
"""Fields that mean something in the reporting cluster only; a copy does not have them."""


LONGEST_ID = 64
"""Of an article's `id` (jiyue.catalogue.models)."""


class Sent(NamedTuple):
    """A partner's file: the moment of its manifest, its lines by their id. digest orders two of the same moment."""

    at: str = ""
    digest: str = ""
    articles: Mapping[str, Mapping[str, Any]] = {}
    receipts: Mapping[str, Mapping[str, Any]] = {}


def sent(data: bytes) -> Sent:
    """Read a file that was verified when it came; b"" for none. Raises ValueError if it was changed since."""
    if not data:
        return Sent()
    lines = data.splitlines(keepends=True)
    rows = [json.loads(line) for line in lines[2:]]
    if json.loads(lines[0])["lines"] != [hashlib.sha256(line).hexdigest() for line in lines[2:]]:
        raise ValueError("lines")
    return Sent(
        json.loads(lines[0])["at"],
        hashlib.sha256(lines[0]).hexdigest(),
        {row["id"]: row for row in rows if row["type"] == "article"},
        {row["article"]: row for row in rows if row["type"] == "receipt"},
    )


def newest(stored: bytes, incoming: bytes) -> bytes:
    """Which of two verified files of one partner counts: the later one; the order in which they came is not asked."""
    a, b = sent(stored), sent(incoming)
    return incoming if (b.at, b.digest) > (a.at, a.digest) else stored


def of_partner(root: Path, partner: Partner) -> Sent:
    """The newest file of a partner; nothing where it can't be read (exchange_findings tells)."""
    try:
        return sent(stored(root, partner))
    except _BROKEN:
        return Sent()


def stored(root: Path, partner: Partner) -> bytes:
    """The bytes of a partner's file, b"" if there is none. Raises OSError."""
    path = root / STORE / f"{partner.id}.jsonl"
    return path.read_bytes() if path.is_file() else b""


_BROKEN = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError)
"""What reading a file raises that is none."""


def exchange_findings(root: Path, registry: Registry) -> list[Diagnostic]:
    """Findings for the partners' files that were changed by hand or by a merge since they were imported."""
    found = []
    for partner in registry.partners:
        try:
            sent(stored(root, partner))
        except _BROKEN:
            hint = "不要手工修改；恢复这个文件，或者重新导入对方最近的文件"
            found.append(STORED.at(f"{STORE}/{partner.id}.jsonl", 0, "不是导入时的样子，读不出来", hint))
    return found


def answers(root: Path, registry: Registry) -> Answers | None:
    """The answers of the superior outside the cluster, None if it has none."""
    partner = next((one for one in registry.partners if one.above), None)
    if partner is None:
        return None
    receipts = of_partner(root, partner).receipts
    site = registry.cluster.root
    return Answers(partner, decided(receipts, site), {f"{site}/{name}": row["shown"] for name, row in receipts.items()})


def decided(receipts: Mapping[str, Mapping[str, Any]], site: str) -> dict[str, Decision]:
    """The decisions that receipts tell, by the names of the articles in the cluster that reported them. site: its root."""
    return {
        f"{site}/{name}": Decision(
            f"{site}/{name}", row["state"] == ADOPTED, row["column"], row["at"], row["reason"], row["by"]
        )
        for name, row in receipts.items()
    }


def reports_from_outside(
    root: Path, registry: Registry, decisions: Mapping[str, Iterable[Decision]], hidden: Mapping[str, Iterable[str]]
) -> list[Report]:
    """What subordinate clusters report here. decisions: inbox site -> its ledger; hidden: site -> source paths not public."""
    reports = []
    for partner in registry.partners:
        if partner.above:
            continue
        counted = latest(decisions.get(partner.inbox, ()))
        for record in of_partner(root, partner).articles.values():
            report = report_of(partner, record, counted)
            if report.state == ADOPTED:
                report = _with_copy(root, registry, partner, report, frozenset(hidden.get(partner.inbox, ())))
            reports.append(report)
    return reports


def report_of(partner: Partner, record: Mapping[str, Any], counted: Mapping[str, Decision]) -> Report:
    """A record as a report in the inbox."""
    fields = record["fields"]
    date, updated = (parse_date(str(fields.get(key, ""))) or "" for key in ("date", "updated"))
    article = Article(
        record["id"], partner.id, "", "", record["id"], str(fields.get("kind", "news")), str(fields["title"]), date, updated,
        record["source"], "", str(fields.get("summary", "")), f"{STORE}/{partner.id}.jsonl", 1, "", "", "", "", [], {},
    )  # fmt: skip
    decision = counted.get(f"{partner.id}/{record['id']}")
    state = state_of(decision, updated)
    column = decision.column if decision and state == ADOPTED else ""
    return Report(
        article,
        partner.inbox,
        record["unit"],
        tuple(record["wanted"]),
        state,
        record["url"],
        column=column,
        decision=decision,
    )


def _with_copy(root: Path, registry: Registry, partner: Partner, report: Report, hidden: frozenset[str]) -> Report:
    """An adopted one with the address of its copy; waiting again where the copy is gone or withdrawn."""
    path = copy_of(root, partner, report.article.id)
    if path is None or is_withdrawn(path):
        return report._replace(state=WAITING, column="")
    source = path.relative_to(root).as_posix()
    column = source.split("/", 2)[2].rpartition("/")[0]
    shown = "" if source in hidden else f"{registry.sites[partner.inbox].url}/{column}/{path.stem}.html"
    return report._replace(column=column, shown=shown)


def copy_name(partner: Partner, article: str) -> str:
    """Name without its end, and id, of an adopted article's file."""
    name = f"{partner.id}--{article}"
    return name if len(name) <= LONGEST_ID else f"{partner.id}--{stable_id(partner.id, '', article)}"


def adopted_ids(registry: Registry, site: str) -> tuple[str, ...]:
    """How the ids of articles begin that a site adopted from other clusters."""
    return tuple(copy_name(one, "") for one in registry.partners if not one.above and one.inbox == site)


def copy_of(root: Path, partner: Partner, article: str) -> Path | None:
    """The file of an adopted article, wherever in the site it was moved to."""
    folder = root / "content" / partner.inbox
    return next(iter(sorted(folder.rglob(f"{copy_name(partner, article)}.md"))), None)


def is_withdrawn(path: Path) -> bool:
    """Whether an article's file says so; False for one that can't be read as an article."""
    try:
        return "withdraw" in split(decode(path.read_bytes())).values
    except (OSError, NotUtf8, NoFrontMatter):
        return False


def withdraw_copy(root: Path, partner: Partner, article: str, now: str, reason: str) -> bool:
    """Write `withdraw:` into an adopted article's file; False if there is none, or it is withdrawn already.

    A file that can't be read as an article is removed: an error alone would leave its last published page.
    """
    path = copy_of(root, partner, article)
    if path is None or is_withdrawn(path):
        return False
    try:
        text = decode(path.read_bytes())
        end = text.rindex("---", 0, len(text) - len(split(text).body))
    except (NotUtf8, NoFrontMatter, ValueError):
        path.unlink()
        return True
    line = f"withdraw: {{at: {json.dumps(now)}, reason: {json.dumps(reason, ensure_ascii=False)}}}\n"
    replaced(path, (text[:end] + line + text[end:]).encode())
    return True


def replaced(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


def record_of(
    article: Article, text: str, site_name: str, report: Report, links: Mapping[str, str], files: list[dict[str, Any]]
) -> dict[str, Any]:
    """The line of a reported article. text: its source; files: see jiyue.catalogue.exchange.FileEntry."""
    head = split(text)
    fields = {key: value for key, value in head.values.items() if key not in INTERNAL and not key.startswith("x_")}
    return {
        "type": "article",
        "id": article.id,
        "url": report.url,
        "site": site_name,
        "source": article.source or site_name,
        "unit": report.unit,
        "wanted": list(report.wanted),
        "fields": fields,
        "body": head.body,
        "files": files,
        "links": dict(sorted(links.items())),
    }


def receipt_of(report: Report) -> dict[str, Any] | None:
    """The line that answers a reported article, None while it waits."""
    decision = report.decision
    if decision is None or report.state == WAITING:
        return None
    return {
        "type": "receipt",
        "article": report.article.id,
        "state": report.state,
        "column": report.column,
        "at": decision.at,
        "reason": decision.reason,
        "by": decision.by,
        "shown": report.shown,
    }


def copy_text(partner: Partner, record: Mapping[str, Any], now: str) -> tuple[str, dict[str, str]]:
    """Source text of the superior's copy of an article, and its files: name beside it -> SHA-256.

    Addresses of files lead to those beside it, addresses of other articles to the origin; a dead one stays and becomes text.
    """
    name = copy_name(partner, record["id"])
    places = {one["address"]: f"{name}-{one['name']}" for one in record["files"]}
    moved = {**{address: url for address, url in record["links"].items() if url}, **places}
    fields = {
        key: _moved(value, moved)
        for key, value in record["fields"].items()
        if key not in LOCAL | INTERNAL and not key.startswith("x_")  # above all no approvals: these are given here
    }
    fields = {"title": fields.pop("title"), "date": now, "id": name, **fields, "source": record["source"]}
    published = {"published": record["fields"]["date"]} if record["fields"].get("date") else {}
    fields.setdefault("repost_of", {"name": record["site"], "url": record["url"], **published})
    import yaml  # noqa: PLC0415  (only where an article is adopted)

    head = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=1 << 20)
    files = {places[one["address"]]: one["sha256"] for one in record["files"]}
    return f"---\n{head}---\n{_replaced(record['body'], moved)}", files


def _moved(value: Any, moved: Mapping[str, str]) -> Any:
    """A field with its addresses changed, at any depth."""
    if isinstance(value, Mapping):
        return {key: _moved(one, moved) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(one, moved) for one in value]
    if isinstance(value, str):
        return moved.get(value, value) if value in moved else _replaced(value, moved)
    return value


def _replaced(text: str, moved: Mapping[str, str]) -> str:
    """A text with its addresses changed where they stand as one: in brackets, quotes, or after a blank."""
    if not moved:
        return text
    words = "|".join(re.escape(address) for address in sorted(moved, key=len, reverse=True))
    return re.sub(rf"(?<=[(<\"'\s])(?:{words})(?=[)>\"'\s#?])", lambda match: moved[match[0]], text)
