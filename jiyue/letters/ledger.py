"""The ledger of a column's letters: one row per letter in content/<site>/<column>/letters.csv, without personal data.

State, deadline and delay follow from the dates and the clock and are never stored.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base import workdays
from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, did_you_mean, error
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.catalogue.scan import LETTERS, SiteScan

ROW = error(
    "letter-row",
    "来信台账的一行有错",
    "有错的一行不算进统计，也不公开；其余各行不受影响。",
    "吉政办发〔2015〕5号（四）互动交流",
)
RULES = (ROW,)

SIMPLE_DAYS, COMPLEX_DAYS = 7, 15
"""Working days to reply, 吉政办发〔2015〕5号（四）."""
VETO_MONTHS = 3
"""A letter unanswered for longer than this fails the whole site: 国办秘函〔2019〕19号, 单项否决."""

FIELDS = {
    "number": "编号",
    "kind": "类别",
    "received": "收到",
    "unit": "承办单位",
    "simple": "简单事项",
    "subject": "标题",
    "text": "来信",
    "reply": "答复",
    "transferred": "转办",
    "waits": "等待来信人",
    "extended": "延期原因",
    "extended_to": "延期到",
    "replied": "答复时间",
    "closed": "办结",
    "visibility": "公开",
}
"""The columns in order of writing, with the Chinese names that officers may use instead."""
KINDS = ("咨询", "投诉", "建议", "求助", "举报", "感谢", "其他")
REQUIRED = ("number", "received", "subject")
_DATES = ("received", "transferred", "extended_to", "replied", "closed")
_YES = {"": True, "是": True, "true": True, "yes": True, "1": True, "简单": True}
_NO = {"否": False, "false": False, "no": False, "0": False, "复杂": False}
_NUMBER = pattern(r"[\w.-]{1,40}")


class State(IntEnum):
    """The progress of a letter. Later states are higher, except WAITING and EXTENDED, which can follow each other."""

    RECEIVED = 0
    TRANSFERRED = 1
    WAITING = 2
    EXTENDED = 3
    REPLIED = 4
    CLOSED = 5


STATES = {
    State.RECEIVED: "已收到",
    State.TRANSFERRED: "已转办",
    State.WAITING: "等待来信人补充",
    State.EXTENDED: "延期办理",
    State.REPLIED: "已答复",
    State.CLOSED: "已办结",
}


class Wait(NamedTuple):
    """A pause for more information from the writer: days after since, up to until, don't count. until: None while it lasts."""

    since: date
    until: date | None


@dataclass(frozen=True)
class Letter:
    """One letter. line: its line in the file. public: whether it may be shown once it is answered."""

    number: str
    received: date
    subject: str
    kind: str = "其他"
    unit: str = ""
    simple: bool = True
    text: str = ""
    reply: str = ""
    transferred: date | None = None
    waits: tuple[Wait, ...] = ()
    extended: str = ""
    extended_to: date | None = None
    replied: date | None = None
    closed: date | None = None
    public: bool = True
    line: int = 0

    def state(self, today: date) -> State:
        """The state on a day; later dates don't count yet."""
        if self.closed and self.closed <= today:
            return State.CLOSED
        if self.replied and self.replied <= today:
            return State.REPLIED
        if (
            self.waits
            and self.waits[-1].since <= today
            and (self.waits[-1].until is None or self.waits[-1].until > today)
        ):
            return State.WAITING
        if self.extended:
            return State.EXTENDED
        return State.TRANSFERRED if self.transferred and self.transferred <= today else State.RECEIVED

    def answered(self, today: date) -> date | None:
        """The day of the reply; None before it."""
        done = self.replied or self.closed
        return done if done and done <= today else None

    def due(self, today: date) -> workdays.Deadline | None:
        """The deadline as known on a day; None during a pause."""
        if self.state(today) is State.WAITING:
            return None
        known = self.answered(today) or today  # the reply ends a pause that is still open
        waits = [(wait.since, min(wait.until or known, known)) for wait in self.waits]
        left, day = SIMPLE_DAYS if self.simple else COMPLEX_DAYS, self.received
        while left:
            day += timedelta(days=1)
            if workdays.is_working_day(day) and not any(since < day <= until for since, until in waits):
                left -= 1
        if self.extended_to and self.extended_to > day:
            day = self.extended_to
        return workdays.Deadline(day, workdays.working_days_between(self.received, day).provisional)

    def is_overdue(self, today: date) -> bool:
        """Whether it is unanswered after its deadline."""
        due = self.due(today)
        return self.answered(today) is None and due is not None and due.is_past(today)

    def is_vetoed(self, today: date) -> bool:
        """Whether it is unanswered for more than VETO_MONTHS (the same day of that month is still in time)."""
        return self.answered(today) is None and today > workdays.add_months(self.received, VETO_MONTHS)

    def days(self, today: date) -> int | None:
        """Working days from the day after receipt to the reply; None before it."""
        done = self.answered(today)
        return None if done is None else workdays.working_days_between(self.received, done).days


@dataclass
class Ledger:
    """A ledger file: its valid rows by number, and the findings about the others."""

    site: str
    path: str
    letters: dict[str, Letter] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)


class BadRow(Exception):
    """An invalid row; message and hint are Chinese."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def ledgers(root: Path, site: str) -> Iterator[Ledger]:
    """Every ledger of a site, in order of paths."""
    for path in sorted((root / "content" / site).rglob(LETTERS)):
        if path.is_file() and not path.is_symlink():
            yield read(path.read_bytes(), site, path.relative_to(root).as_posix())


def ledger_findings(scan: SiteScan, source: Callable[[str], str]) -> Iterator[Diagnostic]:
    """The findings in the ledgers of a site. source: source path -> text; may raise NotUtf8."""
    for place in scan.places:
        if place.rpartition("/")[2] == LETTERS:
            path = f"content/{scan.site}/{place}"
            try:
                yield from of_text(source(path), scan.site, path).findings
            except NotUtf8 as problem:
                yield ROW.at(path, problem.line, problem.message, problem.hint, site=scan.site)


def read(data: bytes, site: str, path: str) -> Ledger:
    """Read a ledger. A bad row is reported and left out alone."""
    try:
        return of_text(decode(data), site, path)
    except NotUtf8 as problem:
        return Ledger(site, path, findings=[ROW.at(path, problem.line, problem.message, problem.hint, site=site)])


def of_text(text: str, site: str, path: str) -> Ledger:
    """Read a ledger from its text."""
    ledger = Ledger(site, path)

    def report(line: int, message: str, hint: str) -> None:
        ledger.findings.append(ROW.at(path, line, message, hint, site=site))

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    head: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            here, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if head is None:
                head = [_field(cell.strip()) for cell in cells]
                unknown = next((cell for cell, name in zip(cells, head, strict=True) if not name), None)
                if unknown is not None:
                    report(here, f"不认识的列「{unknown[:40]}」", did_you_mean(unknown, FIELDS) or _columns())
                    return ledger
                continue
            try:
                if len(cells) != len(head):
                    raise BadRow(
                        f"这一行有 {len(cells)} 列，表头有 {len(head)} 列",
                        "补上或者删去逗号；单元格里有逗号时用双引号括起来",
                    )
                letter = letter_of(dict(zip(head, cells, strict=True)), here)
                if letter.number in ledger.letters:
                    raise BadRow(
                        f"编号 {letter.number} 与第 {ledger.letters[letter.number].line} 行重复",
                        "改为不同的编号，或者删去一行",
                    )
                ledger.letters[letter.number] = letter
            except BadRow as problem:
                report(here, problem.message, problem.hint)
    except csv.Error:
        report(line, "从这里起引号没有配对", '单元格里有引号时写两个：""')
    return ledger


def _field(cell: str) -> str:
    return next((name for name, chinese in FIELDS.items() if cell in (name, chinese)), "")


def _columns() -> str:
    return "可以有的列：" + "、".join(f"{name}（{chinese}）" for name, chinese in FIELDS.items())


def letter_of(cells: dict[str, str], line: int = 0) -> Letter:
    """The letter in a row. Raises BadRow."""
    given = {name: cell.strip() for name, cell in cells.items()}
    for name in REQUIRED:
        if not given.get(name):
            raise BadRow(f"没有写「{FIELDS[name]}」（{name}）", "补上；每封来信都要有编号、收到日期和标题")
    if not _NUMBER.fullmatch(given["number"]):
        raise BadRow(f"编号「{given['number'][:40]}」不能用", "编号只用字母、数字、汉字、点和横线，最多 40 个字")
    values: dict[str, Any] = {
        name: given.get(name, "") for name in ("number", "subject", "unit", "text", "reply", "extended")
    }
    values |= {name: _date(name, given.get(name, "")) for name in _DATES}
    kind = given.get("kind") or "其他"
    if kind not in KINDS:
        raise BadRow(f"类别「{kind[:20]}」不对", "可以写：" + "、".join(KINDS))
    simple = (_YES | _NO).get(given.get("simple", "").lower())
    if simple is None:
        raise BadRow(f"简单事项「{given['simple'][:20]}」不对", "写 是（7 个工作日）或 否（15 个工作日）")
    shown = given.get("visibility", "") in ("", "public", "公开", "是")
    if not shown and given["visibility"] not in ("private", "不公开", "否"):
        raise BadRow(f"公开「{given['visibility'][:20]}」不对", "写 public（公开）或 private（不公开）")
    letter = Letter(**values, kind=kind, simple=simple, waits=_waits(given.get("waits", "")), public=shown, line=line)
    for name in ("transferred", "extended_to", "replied", "closed"):
        day = getattr(letter, name)
        if day and day < letter.received:
            raise BadRow(f"「{FIELDS[name]}」{day} 早于收到的 {letter.received}", "核对两个日期")
    if letter.extended_to and not letter.extended:
        raise BadRow("延期没有写原因", "在「延期原因」（extended）里写明")
    if letter.reply and not letter.replied:
        raise BadRow("有答复，没有答复时间", "补上「答复时间」（replied）")
    return letter


def _date(name: str, text: str) -> date | None:
    if not text:
        return None
    moment = parse_date(text)
    if moment is None:
        raise BadRow(f"「{FIELDS[name]}」{text[:40]} 不是日期", "写成 2026-11-20，并且是真实存在的日期")
    return date.fromisoformat(moment[:10])


def _waits(text: str) -> tuple[Wait, ...]:
    """Parse pauses such as `2026-11-03/2026-11-10; 2026-11-20/`; the last may be open. Raises BadRow."""
    waits: list[Wait] = []
    for part in (p.strip() for p in text.replace("；", ";").split(";")):
        if part:
            since, _, until = part.partition("/")
            start = _date("waits", since.strip())
            if start is None or (waits and (waits[-1].until is None or waits[-1].until > start)):
                raise BadRow(
                    f"「等待来信人」{text[:60]} 不对", "按先后写，如 2026-11-03/2026-11-10; 2026-11-20/（还在等）"
                )
            waits.append(Wait(start, _date("waits", until.strip())))
    return tuple(waits)


def cells_of(letter: Letter) -> dict[str, str]:
    """The inverse of letter_of."""
    days = {name: str(getattr(letter, name) or "") for name in _DATES}
    words = {name: getattr(letter, name) for name in ("number", "kind", "unit", "subject", "text", "reply", "extended")}
    waits = "; ".join(f"{w.since}/{w.until or ''}" for w in letter.waits)
    yes = {"simple": "是" if letter.simple else "否", "visibility": "" if letter.public else "private", "waits": waits}
    return {name: {**days, **words, **yes}[name] for name in FIELDS}


def write(path: Path, letters: Iterable[Letter]) -> None:
    """Replace a ledger atomically by these letters, in order of date and number."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(FIELDS), lineterminator="\n")
    writer.writeheader()
    for letter in sorted(letters, key=lambda one: (one.received, one.number)):
        writer.writerow(cells_of(letter))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(text.getvalue(), "utf-8")
    part.replace(path)
