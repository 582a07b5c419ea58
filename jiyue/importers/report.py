"""The report of an import: every file that became an article, and a diagnostic for every other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic


class Imported(NamedTuple):
    """One article that was written, or already existed with the same bytes.

    source is relative to the imported folder, target to the cluster's root, both with `/`; date is naive local time in
    Asia/Shanghai, midnight if only the day is known, None of a page without one.
    """

    source: str
    target: str
    title: str
    date: datetime | None


@dataclass(slots=True)
class ImportReport:
    """The imported articles in the order of their sources. Paths of diagnostics are relative to the imported folder.

    Every source file is in `written` or has at least one diagnostic; a file in `written` may also have warnings or infos.
    listed: the path of the list of migrated files, '' if none was written. fields: of official documents, how many have each
    field.
    """

    written: list[Imported] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    listed: str = ""
    fields: Counter[str] = field(default_factory=Counter)
