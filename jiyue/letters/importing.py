"""Imports a platform's export of letters into a ledger: maps columns, refuses personal data, never sets a state back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from jiyue.base.diagnostics import Diagnostic, Severity, did_you_mean, error, warning
from jiyue.base.patterns import pattern
from jiyue.catalogue.ledgers import FORMULA, BadRow
from jiyue.catalogue.letters import DATES, FIELDS, REQUIRED, Letter, State, cells_of, letter_of, refuse_name
from jiyue.checks.text.content import CheckSettings, content_findings
from jiyue.checks.text.model import Text
from jiyue.importers.export import BadExport, column_map, rows
from jiyue.letters.ledger import NAMES, read, write

REFUSED = error(
    "letter-refused",
    "导出的一行没有导入",
    "台账随网站公开，来信人的姓名、电话、证件号和住址一律不进台账；写错的行也不进。其余各行照常导入。",
    "《中华人民共和国个人信息保护法》；吉政办发〔2015〕5号（四）互动交流",
)
OLDER = warning(
    "letter-older",
    "导出的一行比台账里的旧",
    "台账里的来信已经走得更远（例如已经答复），旧的导出不会把它改回去。",
)
RULES = (REFUSED, OLDER)

_PERSONAL = pattern(r"姓名|名字|来信人|写信人|留言人|联系人|电话|手机|身份证|证件|住址|地址|邮箱|微信|QQ")
_WRITTEN = ("subject", "text", "reply", "extended", "unit")


@dataclass
class Imported:
    """The numbers of new, changed, unchanged and refused rows, and the findings about them."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    findings: list[Diagnostic] = field(default_factory=list)


def load_map(path: Path) -> dict[str, str]:
    """Field -> column of the export. Raises BadExport."""
    columns = column_map(path, FIELDS, "{number: 留言编号, subject: 标题, received: 收到日期, …}")
    for name in REQUIRED:
        if name not in columns:
            raise BadExport(f"{path}：columns 缺少 {name}（{FIELDS[name]}）")
    return columns


def import_letters(
    source: Path, columns: dict[str, str], root: Path, site: str, column: str, settings: CheckSettings, today: date
) -> Imported:
    """Merge an export into content/<site>/<column>/letters.csv. Raises BadExport. A bad row is refused and reported alone."""
    path = root / "content" / site / column / NAMES[0]
    shown = path.relative_to(root).as_posix()
    if (yaml_ledger := path.with_name(NAMES[1])).is_file():
        raise BadExport(
            f"{yaml_ledger.relative_to(root).as_posix()} 已经是这个栏目的台账，导入只写 CSV；先把它改成 {NAMES[0]}"
        )
    ledger = read(path.read_bytes() if path.is_file() else b"", site, shown)
    if ledger.findings:
        first = ledger.findings[0]
        raise BadExport(f"{shown} 第 {first.line} 行有错（{first.message}），先改正再导入，以免丢失这一行")
    result = Imported()
    known = dict(ledger.letters)
    seen: set[str] = set()
    for line, cells in rows(source):
        missing = [name for name in columns.values() if name not in cells]
        if missing:
            raise BadExport(f"{source} 没有「{missing[0]}」这一列。{did_you_mean(missing[0], cells)}")
        findings = list(_refusals(cells, columns, source, line, site, settings))
        given = {name: _dated(name, cells[at]) for name, at in columns.items()}
        old = known.get(given.get("number", ""))
        letter: Letter | None = None
        if not findings:
            try:
                letter = _merged(old, given)
            except BadRow as problem:
                findings.append(REFUSED.at(str(source), line, problem.message, problem.hint, site=site))
        if letter is None:
            result.refused += 1
        elif old and _progress(letter, today) < _progress(old, today):
            message = f"编号 {letter.number} 在台账里更新，保留台账里的"
            findings.append(
                OLDER.at(str(source), line, message, "重新从平台导出；要改回旧的内容，直接改台账", site=site)
            )
            result.same += 1
        elif old and cells_of(old) == cells_of(letter):
            result.same += 1
        else:
            result.new += old is None
            result.changed += old is not None
            known[letter.number] = letter
        if letter and letter.number in seen:
            hint = "核对导出的文件；台账里是走得更远的一行"
            findings.append(OLDER.at(str(source), line, f"编号 {letter.number} 在这个文件里出现过", hint, site=site))
        seen.add(letter.number if letter else "")
        result.findings += findings
    if result.new or result.changed:
        write(path, known.values())
    return result


def _merged(old: Letter | None, given: dict[str, str]) -> Letter:
    """The letter of a row, with what the ledger has besides. A change ends the approvals of the old row. Raises BadRow."""
    before = cells_of(old) if old else {}
    letter = letter_of({**before, **given})
    if old and cells_of(letter) != before:
        letter = letter_of({**before, "review": "", "published": "", **given})
    return letter


def _refusals(
    cells: dict[str, str], columns: dict[str, str], source: Path, line: int, site: str, settings: CheckSettings
) -> Iterator[Diagnostic]:
    """Why a row must not be in a ledger: it has personal data of the writer, or a cell that a spreadsheet would run."""

    def refuse(message: str, hint: str) -> Diagnostic:
        return REFUSED.at(str(source), line, message, hint, site=site)

    written = {name: cells[columns[name]] for name in _WRITTEN if name in columns}
    for name, text in written.items():
        where = f"「{columns[name]}」"
        if text.startswith(FORMULA):
            yield refuse(f"{where}是公式", "改为文字再导出")
        for finding in content_findings(Text(site, str(source), text), settings):
            if finding.severity is Severity.ERROR:
                yield refuse(f"{where}：{finding.message}", finding.hint)
        try:
            refuse_name(text, columns[name])
        except BadRow as problem:
            yield refuse(problem.message, problem.hint)
        for other, value in cells.items():
            if other not in columns.values() and len(value) > 1 and _PERSONAL.search(other) and value in text:
                yield refuse(f"{where}里有「{other}」一列的内容", "删去来信人的姓名、电话、证件号和住址")


def _dated(name: str, cell: str) -> str:
    """The ISO date of a workbook's serial number (days since 1899-12-30); other cells stay as they are."""
    serial = cell.partition(".")[0]
    if name in DATES and serial.isdecimal() and len(serial) == 5:
        return str(date(1899, 12, 30) + timedelta(days=int(serial)))
    return cell


def _progress(letter: Letter, today: date) -> tuple[int, Any]:
    """Sort key of a letter's progress: its state after all its dates, then the last of them."""
    dates = [d for d in (letter.transferred, letter.replied, letter.closed, letter.extended_to) if d]
    dates += [d for wait in letter.waits for d in wait if d]
    last = max([letter.received, *dates])
    state = letter.state(max(last, today))
    return int(State.EXTENDED if state is State.WAITING else state), last
