"""Letters: rows of a column's ledger (content/<site>/<column>/letters.csv) or articles, without personal data of the writers.

State, deadline and delay follow from the dates and the clock and are never stored.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from jiyue.base import workdays
from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import error
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.catalogue.article import Article
from jiyue.catalogue.ledgers import BadRow, Beside, Model, front_matter, plain_text, refuse_formula
from jiyue.registry.site import REVIEW_STEPS

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
    "published": "发布时间",
    "review": "审核",
    "visibility": "公开",
}
"""The columns in order of writing, with the Chinese names that officers may use instead."""
KINDS = ("咨询", "投诉", "建议", "求助", "举报", "感谢", "其他")
REQUIRED = ("number", "received", "subject")
DATES = ("received", "transferred", "extended_to", "replied", "closed", "published")
_YES = {"": True, "是": True, "true": True, "yes": True, "1": True, "简单": True}
_NO = {"否": False, "false": False, "no": False, "0": False, "复杂": False}
_NUMBER = pattern(r"\w[\w.-]{0,39}")
_FILE = pattern(r"\w[\w-]*\.md")
"""A cell of the reply that names a Markdown file in the ledger's folder."""
_NAMED = pattern(
    r"(?:姓名|来信人|联系人|留言人)[:：]\s*[\u4e00-\u9fff·]{2,10}"
    r"|(?:我叫|本人叫|我的名字叫|我的名字是)[\u4e00-\u9fff·]{2,4}"
)
_WRITTEN = ("subject", "text", "reply", "extended", "unit")


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


LATE, VETOED = "逾期未答复", "三个月以上未答复"
"""Shown instead of the state of a letter that is unanswered after its deadline, or for VETO_MONTHS."""


class Wait(NamedTuple):
    """A pause for more information from the writer: days after since, up to until, don't count. until: None while it lasts."""

    since: date
    until: date | None


def _after(received: date, left: int, waits: list[tuple[date, date]]) -> date:
    """The working day that is `left` working days after a day; days within the waits don't count."""
    if not waits:
        return workdays.add_working_days(received, left).day
    day = received
    while left:
        day += timedelta(days=1)
        if workdays.is_working_day(day) and not any(since < day <= until for since, until in waits):
            left -= 1
    return day


@dataclass(frozen=True)
class Letter:
    """One letter. line: where it stands in its ledger. public: whether it is shown. review: (step, post, day) of each approval.

    terms: working days to reply to a simple matter, and to any other.
    """

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
    published: date | None = None
    review: tuple[tuple[str, str, str], ...] = ()
    public: bool = True
    line: int = 0
    terms: tuple[int, int] = (SIMPLE_DAYS, COMPLEX_DAYS)

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
        day = self._last(waits)
        return workdays.Deadline(day, workdays.working_days_between(self.received, day).provisional)

    def _last(self, waits: list[tuple[date, date]]) -> date:
        day = _after(self.received, self.terms[not self.simple], waits)
        return max(day, self.extended_to or day)

    def limits(self) -> set[date]:
        """The days after which it may be overdue (one for each number of ended waits) or vetoed."""
        ended = [(wait.since, wait.until) for wait in self.waits if wait.until]
        last = {self._last(ended[:n]) for n in range(len(ended) + 1)}
        return {*last, workdays.add_months(self.received, VETO_MONTHS)}

    def turns(self) -> list[date]:
        """The days, ascending, on which its state, or whether it is overdue or vetoed, may change."""
        days = {self.transferred, self.replied, self.closed, *(day for wait in self.waits for day in wait)}
        if (self.replied or self.closed) is None:
            days |= {day + timedelta(days=1) for day in self.limits()}
        return sorted(day for day in days if day)

    def is_overdue(self, today: date) -> bool:
        """Whether it is unanswered after its deadline."""
        return self.answered(today) is None and (due := self.due(today)) is not None and due.is_past(today)

    def was_in_time(self, today: date) -> bool:
        """Whether it was answered by its deadline."""
        done = self.answered(today)
        return done is not None and (due := self.due(today)) is not None and done <= due.day

    def is_vetoed(self, today: date) -> bool:
        """Whether it is unanswered for more than VETO_MONTHS (the same day of that month is still in time)."""
        return self.answered(today) is None and today > workdays.add_months(self.received, VETO_MONTHS)

    def status(self, today: date) -> str:
        """The state as readers see it: one of STATES, LATE or VETOED."""
        if self.is_vetoed(today):
            return VETOED
        return LATE if self.is_overdue(today) else STATES[self.state(today)]

    def days(self, today: date) -> int | None:
        """Working days from the day after receipt to the reply; None before it."""
        done = self.answered(today)
        return None if done is None else workdays.working_days_between(self.received, done).days


def letter_of(cells: Mapping[str, str], line: int = 0) -> Letter:
    """The letter in a row. Raises BadRow."""
    given = {name: cell.strip() for name, cell in cells.items()}
    refuse_formula(given, LEDGER)
    for name in REQUIRED:
        if not given.get(name):
            raise BadRow(f"没有写「{FIELDS[name]}」（{name}）", "补上；每封来信都要有编号、收到日期和标题")
    if not _NUMBER.fullmatch(given["number"]):
        raise BadRow(f"编号「{given['number'][:40]}」不能用", "编号只用字母、数字、汉字、点和横线，最多 40 个字")
    values: dict[str, Any] = {
        name: given.get(name, "") for name in ("number", "subject", "unit", "text", "reply", "extended")
    }
    values |= {name: _date(name, given.get(name, "")) for name in DATES}
    kind = given.get("kind") or "其他"
    if kind not in KINDS:
        raise BadRow(f"类别「{kind[:20]}」不对", "可以写：" + "、".join(KINDS))
    simple = (_YES | _NO).get(given.get("simple", "").lower())
    if simple is None:
        raise BadRow(f"简单事项「{given['simple'][:20]}」不对", "写 是（7 个工作日）或 否（15 个工作日）")
    shown = given.get("visibility", "") in ("", "public", "公开", "是")
    if not shown and given["visibility"] not in ("private", "不公开", "否"):
        raise BadRow(f"公开「{given['visibility'][:20]}」不对", "写 public（公开）或 private（不公开）")
    letter = Letter(**values, kind=kind, simple=simple, waits=waits_of(given.get("waits", "")),
                    review=_review(given.get("review", "")), public=shown, line=line)  # fmt: skip
    for name in DATES[1:]:
        day = getattr(letter, name)
        if day and day < letter.received:
            raise BadRow(f"「{FIELDS[name]}」{day} 早于收到的 {letter.received}", "核对两个日期")
    if letter.extended_to and not letter.extended:
        raise BadRow("延期没有写原因", "在「延期原因」（extended）里写明")
    if letter.reply and not letter.replied:
        raise BadRow("有答复，没有答复时间", "补上「答复时间」（replied）")
    for name in _WRITTEN:
        refuse_name(getattr(letter, name), FIELDS[name])
    return letter


def _date(name: str, text: str) -> date | None:
    if not text:
        return None
    moment = parse_date(text)
    if moment is None:
        raise BadRow(f"「{FIELDS[name]}」{text[:40]} 不是日期", "写成 2026-11-20，并且是真实存在的日期")
    return date.fromisoformat(moment[:10])


def refuse_name(text: str, where: str) -> None:
    """Raise BadRow if a text has the name of a person who wrote."""
    if _NAMED.search(text):
        raise BadRow(f"「{where}」里有人的姓名", "删去姓名，写「来信人」「当事人」")


def waits_of(text: str) -> tuple[Wait, ...]:
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


def _review(text: str) -> tuple[tuple[str, str, str], ...]:
    """Parse approvals such as `初审 初审岗 2026-11-18; 终审 终审岗 2026-11-20` into (step, post, day). Raises BadRow."""
    records: list[tuple[str, str, str]] = []
    for part in (p.strip() for p in text.replace("；", ";").split(";")):
        if part:
            name, _, more = part.partition(" ")
            post, _, day = more.strip().rpartition(" ")
            step = next((key for key, role in REVIEW_STEPS.items() if name in (key, role)), "")
            if not step or not post.strip() or step in (known for known, _, _ in records):
                hint = "写 步骤 岗位 日期，用分号隔开，如 初审 初审岗 2026-11-18; 终审 终审岗 2026-11-20"
                raise BadRow(f"「审核」{part[:60]} 不对", hint)
            records.append((step, post.strip(), str(_date("review", day))))
    return tuple(records)


def article_of(cells: Mapping[str, str], beside: Beside) -> tuple[str, Mapping[str, str]]:
    """See Model.article."""
    letter = letter_of(cells)
    whole = cells_of(letter)
    if not letter.public:
        return "", whole
    approved = {step: {"by": post, "date": day} for step, post, day in letter.review}
    values = {
        "title": letter.subject,
        "date": letter.published or letter.replied or letter.received,
        "kind": "letter",
        "number": letter.number,
        "category": letter.kind,
        "unit": letter.unit,
        "simple": "" if letter.simple else "false",
        **{name: getattr(letter, name) for name in ("received", "transferred", "extended", "extended_to", "replied", "closed")},
        "waits": _waits_text(letter.waits),
        "review": approved,
    }  # fmt: skip
    text = f"## {ASKED}\n\n{plain_text(letter.text)}\n\n" if letter.text else ""
    if letter.reply:
        reply = _reply(letter.reply, beside)
        text += f"## {REPLY}\n\n{reply or plain_text(letter.reply)}\n"
        whole["reply"] = reply or letter.reply
    return f"{front_matter(values)}\n{text}", whole


ASKED, REPLY = "来信内容", "答复"
"""The headings of a letter's text."""


def _reply(cell: str, beside: Beside) -> str:
    """The Markdown of the file that a cell names; '' if it names none. Raises BadRow."""
    if not _FILE.fullmatch(cell):
        return ""
    data = beside(cell)
    if data is None:
        raise BadRow(f"答复文件 {cell} 不存在", "放在台账旁边，核对文件名；或者把答复直接写在单元格里")
    try:
        text = decode(data).strip()
    except NotUtf8 as problem:
        raise BadRow(f"答复文件 {cell} {problem.message}", problem.hint) from None
    if text.startswith("---"):
        raise BadRow(f"答复文件 {cell} 开头有 ---", "答复文件只写正文，编号、时间等写在台账里")
    refuse_name(text, cell)
    return text


def letter_of_article(row: Article) -> Letter:
    """A letter of the catalogue; without its texts, which are not in the row."""
    extra = row.extra

    def day(name: str) -> date | None:
        return date.fromisoformat(extra[name][:10]) if extra.get(name) else None

    return Letter(
        str(extra.get("number", "")), day("received") or date.min, row.title, extra.get("category") or "其他",
        extra.get("unit") or "", extra.get("simple", True), "", "", day("transferred"), waits_of(extra.get("waits", "")),
        extra.get("extended") or "", day("extended_to"), day("replied"), day("closed"),
    )  # fmt: skip


def letter_moments(row: Article) -> list[str]:
    """The moments 'YYYY-MM-DD 00:00' at which the page of a letter may change without an edit, ascending; [] for other kinds."""
    if row.kind != "letter":
        return []
    return [f"{day} 00:00" for day in letter_of_article(row).turns()]


def letter_mark(row: Article, now: str) -> str:
    """A key that changes when the clock changes what a page shows of a letter; '' for other kinds."""
    return str(bisect_right(letter_moments(row), now)) if row.kind == "letter" else ""


def cells_of(letter: Letter) -> dict[str, str]:
    """The inverse of letter_of."""
    days = {name: str(getattr(letter, name) or "") for name in DATES}
    words = {name: getattr(letter, name) for name in ("number", "kind", "unit", "subject", "text", "reply", "extended")}
    review = "; ".join(f"{REVIEW_STEPS[step]} {post} {day}" for step, post, day in letter.review)
    yes = {"simple": "是" if letter.simple else "否", "visibility": "" if letter.public else "private"}
    yes |= {"waits": _waits_text(letter.waits), "review": review}
    return {name: {**days, **words, **yes}[name] for name in FIELDS}


def _waits_text(waits: tuple[Wait, ...]) -> str:
    return "; ".join(f"{one.since}/{one.until or ''}" for one in waits)


LEDGER = Model(FIELDS, "number", ROW, article_of)
