"""协调任务 (吉政办发〔2015〕5号（十）): who has to do what until when, for which document, and what of it is done.

Whether a task is done is computed: by the article that its row names, or by what a task of its kind is about (the document is
public, interpreted, pushed, reported up). So a task is open again when that article is withdrawn. Only what no article shows is
written down (办结日期).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from jiyue.audit.measures.spans import END, Spans, around, number, text, union
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.workdays import add_working_days
from jiyue.catalogue.registers import Row
from jiyue.checks.article.officers import LIAISON
from jiyue.linkage.exchange import replaced
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.site import REGISTERS, Registry, Site
from jiyue.responsibility.entries import TASKS, Task
from jiyue.responsibility.matrix import serving, sponsor
from jiyue.responsibility.pieces import Piece, Pieces

RULE = "W4"
"""The rule of inspection whose thresholds are the kinds of tasks that a document brings, each with its limit and its source."""
_UNITS = ("工作日", "天")
PUBLISH, INTERPRET, RESPOND, PUSH, REPORT = "发布", "解读", "回应", "推送", "报送"
_COLUMNS = {INTERPRET: "政策解读", RESPOND: "回应关切"}
"""The type of column in which a task of a kind is done; of the others it is the document's."""

_NEEDED = ("number", "unit", "what", "kind", "document", "assigned", "due")
"""The columns without which a generated task would say too little."""

DONE, LATE, OVERDUE, TODAY, OPEN = "已完成", "逾期完成", "已逾期", "今天到期", "进行中"
STATES = (OVERDUE, TODAY, OPEN, LATE, DONE)


class Refused(ValueError):
    """No task was written; str() says why, in Chinese."""


class Limit(NamedTuple):
    """How long a kind of task may take. unit: of `days`, 工作日 or 天."""

    kind: str
    text: str
    days: int
    unit: str
    source: str
    verified: bool

    def due(self, start: str) -> str:
        """The last day in time, counted from a day that itself does not count."""
        day = date.fromisoformat(start[:10])
        return str(add_working_days(day, self.days).day if self.unit == "工作日" else day + timedelta(self.days))


class TaskState(NamedTuple):
    """A task with what is known of it. done: the days on which it is done; by: the articles that show it; fault: what the row
    names in vain, ''."""

    site: Site
    row: Row[Task]
    done: Spans
    by: tuple[Piece, ...]
    document: Piece | None
    fault: str

    @property
    def task(self) -> Task:
        """What the row says."""
        return self.row.entry

    @property
    def due(self) -> int:
        """The number of its last day in time."""
        return number(self.task.due)

    def state(self, day: str) -> str:
        """One of STATES on a day."""
        today = number(day)
        if span := around(self.done, today):
            return LATE if span[0] > self.due else DONE
        return OVERDUE if today > self.due else TODAY if today == self.due else OPEN

    def reopened(self, day: str) -> str:
        """The last day on which it was done, 'YYYY-MM-DD', where it is so no more; else ''."""
        ended = [end for _, end in self.done if end <= number(day)]
        return text(max(ended) - 1) if ended and not around(self.done, number(day)) else ""

    def days_left(self, day: str) -> int:
        """The days from a day to its last one in time; negative where that is over."""
        return self.due - number(day)


def limits(rule: InspectionRule | None) -> list[Limit]:
    """The template: the kinds of tasks of a document, as the profile's rule states them."""
    return [
        Limit(name, one.text, int(one.value), one.unit, one.source, one.verified)
        for name, one in (rule.thresholds if rule else {}).items()
        if one.unit in _UNITS and not name.isascii() and isinstance(one.value, int | float)
    ]


def task_states(rows: Iterable[Row[Task]], registry: Registry, pieces: Pieces) -> list[TaskState]:
    """The tasks in the order in which they are due."""
    found = [_state(row, registry, pieces) for row in rows]
    return sorted(found, key=lambda one: (one.task.due, one.task.number))


def _state(row: Row[Task], registry: Registry, pieces: Pieces) -> TaskState:
    task = row.entry
    home = row.site or task.site or registry.cluster.root
    fault = "" if home in registry.sites else f"没有站点「{home}」"
    site = registry.sites.get(home) or registry.sites[registry.cluster.root]
    document = pieces.find(task.document, site.id) if task.document else None
    named = pieces.find(task.done_by, site.id) if task.done_by else None
    if task.done_by and named is None:
        fault = fault or f"没有公开的文章「{task.done_by}」"
    by = (named,) if named else tuple(_shown_by(task.kind, document, pieces, registry))
    if not task.done_by and task.kind in (PUBLISH, INTERPRET, PUSH, REPORT) and task.document and document is None:
        fault = fault or f"没有文件「{task.document}」"
    spans = [piece.span for piece in by]
    if task.done:
        spans.append((number(task.done), END))
    return TaskState(site, row, union(spans), by, document, fault)


def _shown_by(kind: str, document: Piece | None, pieces: Pieces, registry: Registry) -> Iterable[Piece]:
    if document is None:
        return
    if kind == INTERPRET:
        home = registry.sites[document.site]
        near = {home.id, *home.superiors}  # what a subordinate writes of it is not its own interpretation
        yield from (one for one in pieces.interpretations(document.path) if one.site in near)
    elif kind == PUBLISH or (kind == PUSH and document.pushed) or (kind == REPORT and document.reported):
        yield document


def new_tasks(
    registry: Registry, pieces: Pieces, name: str, day: str, kinds: Iterable[str] = ()
) -> tuple[Site, list[Task]]:
    """The tasks that a document brings, by the template of its site's profile. day: on which they are assigned.

    What is due to be published counts from the day the document was made; the rest from the day it became public. Raises Refused.
    """
    document = next(filter(None, (pieces.find(name, site) for site in ("", *registry.sites))), None)
    if document is None:
        raise Refused(f"没有文件「{name}」：写 content 下的路径、站点/编号或者文号；暂缓发布的不算")
    site = registry.sites[document.site]
    template = limits(registry.rules(site).get(RULE))
    wanted = list(kinds)
    known = [one.kind for one in template]
    if strange := next((kind for kind in wanted if kind not in known), ""):
        raise Refused(
            f"指标方案 {site.profile} 的 {RULE} 没有「{strange}」这种任务，可以是：{'、'.join(known) or '没有'}"
        )
    if not template:
        raise Refused(f"指标方案 {site.profile} 没有任务的期限：在方案的 {RULE} 里写，或者用 profile: province")
    made = []
    for one in template:
        if (wanted and one.kind not in wanted) or not _applies(one.kind, document, registry, site):
            continue
        try:
            made.append(_task(one, document, site, day))
        except OverflowError:
            raise Refused(f"「{document.title}」的日期加上{one.kind}的期限超出了日历，核对它的日期") from None
    return site, made


def documents_since(pieces: Pieces, day: str, sites: Iterable[str] = ()) -> list[Piece]:
    """The official documents of some sites (of all, if none is named) that became public on a day or later, the oldest first."""
    chosen = {*sites}
    found = [
        one
        for one in pieces.all
        if one.kind == "document"
        and not one.copied
        and one.span[0] >= number(day)
        and (not chosen or one.site in chosen)
    ]
    return sorted(found, key=lambda one: (one.span[0], one.path))


def _applies(kind: str, document: Piece, registry: Registry, site: Site) -> bool:
    if kind == INTERPRET:
        return bool(document.extra.get("interpretation", {}).get("state") != "exempt")
    if kind == PUSH:
        return bool(registry.subordinates(site))
    return True


def _task(limit: Limit, document: Piece, site: Site, day: str) -> Task:
    kind = limit.kind
    start = document.extra.get("created", "") if kind == PUBLISH else text(document.span[0])
    due = limit.due(start or document.date)
    if kind == INTERPRET:
        due = (document.extra.get("interpretation", {}).get("due") or due)[:10]
    column = site.column_of_type(_COLUMNS[kind]) if kind in _COLUMNS else None
    owner = column or next((one for one in site.columns if one.path == document.column), None)
    unit = (owner.owner if owner else "") or sponsor(site)
    posts = serving(site, unit, LIAISON, day)
    stem = document.path.rpartition("/")[2].rpartition(".")[0]
    return Task(
        number=f"{stem[:30]}-{kind}", unit=unit, what=f"{kind}：{document.title}"[:100], kind=kind, post=posts[0] if posts else "",
        document=document.path.removeprefix("content/"), assigned=min(day, due), due=due, note=f"{limit.text}（{limit.source}）",
    )  # fmt: skip


def append_tasks(root: Path, site: Site, made: Iterable[Task]) -> tuple[Path, list[Task]]:
    """Add tasks to a site's register, those whose number is there already left out. Returns the file and what was added.

    Columns of the file stay as they are; one of _NEEDED that it lacks is refused, as is a register in YAML. Raises Refused.
    """
    path = root / REGISTERS / site.id / f"{TASKS.name}.csv"
    if path.with_suffix(".yaml").is_file():
        raise Refused(f"{path.with_suffix('.yaml').relative_to(root)} 是 YAML，新的任务写在 CSV 里：先把它改成 CSV")
    try:
        before = decode(path.read_bytes()) if path.is_file() else ""
    except NotUtf8 as problem:
        raise Refused(f"{path.relative_to(root)} 第 {problem.line} 行：{problem.message}；{problem.hint}") from None
    titles = {title: name for name, title in TASKS.columns.items()}
    reader = csv.reader(io.StringIO(before.removeprefix("\ufeff"), newline=""))
    head = [titles.get(cell.strip(), cell.strip()) for cell in next(reader, [])] or list(TASKS.columns)
    place = head.index("number") if "number" in head else -1
    known = {cells[place].strip() for cells in reader if 0 <= place < len(cells)}
    added = [one for one in made if one.number not in known]
    if lacking := [name for name in _NEEDED if added and name not in head]:
        raise Refused(f"{path.relative_to(root)} 缺少列：{'、'.join(TASKS.columns[name] for name in lacking)}")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    if not before:
        writer.writerow(TASKS.columns.values())
    for one in added:
        cells = one.model_dump()
        writer.writerow(cells.get(name) or "" for name in head)
    if added:
        path.parent.mkdir(parents=True, exist_ok=True)
        gap = "" if not before or before.endswith("\n") else "\n"
        replaced(path, (before + gap + out.getvalue()).encode())
    return path, added
