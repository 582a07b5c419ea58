"""Registers (登记簿): what the offices of a cluster write down for themselves, as tables that no output ever holds.

Tasks, duty, contracts, courses …: `sites/registers/<name>.csv` for the whole cluster, in its administrators' rights, and
`sites/registers/<site>/<name>.csv` for one site, in the rights of that site (YAML with the same columns too). Nothing below
`sites/` is copied into an output; what a page or an export may show of a register is the decision of whoever reads it here.

A register is one `Register`: a model of its rows. A wrong row is told with its line, counts for nothing and affects no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern
from jiyue.base.validation import findings
from jiyue.catalogue.ledgers import TYPES, BadRow, Model, table
from jiyue.registry.site import REGISTERS

INVALID = error(
    "register-row",
    "登记簿的一行写错",
    "写错的一行不算数，其余各行不受影响。登记簿是内部资料，不发布。",
    "吉政办发〔2015〕5号（九）（十二）",
)


_AMOUNT = pattern(r"\d{1,12}(\.\d{1,2})?")
_IN_AMOUNTS = {ord(mark): None for mark in ",，元¥￥ "}


def _day(value: str) -> str:
    parsed = parse_date(value)
    if parsed is None:
        raise ValueError("不是有效的日期，应写作 2026-11-20")
    return parsed[:10]


def _moment(value: str) -> str:
    parsed = parse_date(value)
    if parsed is None:
        raise ValueError("不是有效的时间，应写作 2026-11-20 09:30")
    return parsed


def _words(value: object) -> object:
    if not isinstance(value, str):
        return value
    for mark in "；;，,":
        value = value.replace(mark, "、")
    return tuple(word for word in (part.strip() for part in value.split("、")) if word)


def _amount(value: object) -> object:
    text = str(value).translate(_IN_AMOUNTS)
    if not _AMOUNT.fullmatch(text):
        raise ValueError("写成以元为单位的数，最多两位小数，如 12000 或 80.50")
    return Decimal(text)


Day = Annotated[str, AfterValidator(_day)]
"""'YYYY-MM-DD'"""
Moment = Annotated[str, AfterValidator(_moment)]
"""'YYYY-MM-DD HH:MM'"""
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
"""Several words in one cell, divided by 、"""
Amount = Annotated[Decimal, BeforeValidator(_amount)]
"""Of money, in yuan, exact; not negative, at most two decimals. 「12,000.50 元」 is read as well."""


class Entry(BaseModel):
    """What a row says. A field's `title` is its Chinese name, which officers may use as the heading of its column."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


E = TypeVar("E", bound=Entry)


class Register(NamedTuple, Generic[E]):
    """A kind of register. name: of its file, without suffix; title: in Chinese; key: the column that names a row, '' if none does."""

    name: str
    title: str
    entry: type[E]
    key: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """The columns and their Chinese names, in the order of the model."""
        return {name: field.title or name for name, field in self.entry.model_fields.items()}


class Row(NamedTuple, Generic[E]):
    """A valid row. site: whose register it stands in, '' for the cluster's. path, line: where."""

    site: str
    path: str
    line: int
    entry: E


def paths(root: Path, register: Register[Any], sites: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(site, path) of the files of a register that are there; site is '' for the cluster's own."""
    folder = root / REGISTERS
    if not folder.is_dir():
        return
    for site in ("", *sorted(sites)):
        for suffix in TYPES:
            path = f"{REGISTERS}/{site}/{register.name}.{suffix}" if site else f"{REGISTERS}/{register.name}.{suffix}"
            if (root / path).is_file():
                yield site, path


def read_register(root: Path, register: Register[E], sites: Iterable[str]) -> tuple[list[Row[E]], list[Diagnostic]]:
    """The valid rows of a register, and a finding for each wrong one. A cluster without registers costs one look at a folder."""
    rows: list[Row[E]] = []
    found: list[Diagnostic] = []
    for site, path in paths(root, register, sites):
        try:
            data = (root / path).read_bytes()
        except OSError as problem:
            found.append(INVALID.at(path, 0, f"读不出来：{problem.strerror}", "检查文件权限", site=site))
            continue
        valid, problems = rows_of(data, path, register, site)
        rows += valid
        found += problems
    return rows, found


def rows_of(data: bytes, path: str, register: Register[E], site: str = "") -> tuple[list[Row[E]], list[Diagnostic]]:
    """The same of one file's bytes."""
    rows: list[Row[E]] = []
    found: list[Diagnostic] = []
    model = model_of(register)
    for row in table(data, path, model):
        if isinstance(row, BadRow):
            found.append(INVALID.at(path, row.line, row.message, row.hint, site=site))
            continue
        cells = {name: cell for name, cell in row.cells.items() if cell}  # an empty cell is a field that is left out
        entry, problems = findings(register.entry, cells, {}, path, INVALID, site)
        found += [replace(one, line=row.line) for one in problems]
        if entry is not None:
            rows.append(Row(site, path, row.line, entry))
    return rows, found


def model_of(register: Register[Any]) -> Model:
    """A register as a table: its columns and its key."""
    return Model(register.columns, register.key, INVALID, lambda cells, _: ("", cells))


def in_force(since: str, until: str, day: str) -> bool:
    """Whether a day lies from one to another, both counted; '' is without a limit."""
    return (not since or since <= day) and (not until or day <= until)
