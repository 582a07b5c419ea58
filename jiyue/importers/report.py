"""What an import did: every file that became an article, and a diagnostic for every one that did not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic


class Imported(NamedTuple):
    """One article written (or found already written, byte for byte).

    source is relative to the imported folder, target to the cluster's root, both with `/`; date is local time in
    Asia/Shanghai without zone, at midnight where only the day is known.
    """

    source: str
    target: str
    title: str
    date: datetime


@dataclass(slots=True)
class ImportReport:
    """The articles in the order of their sources. Diagnostics' paths are relative to the imported folder.

    Every source file is either in `written` or has at least one diagnostic; a file in `written` may have
    diagnostics of severity warning or info as well. listed: the list of migrated files that was written, '' for none.
    """

    written: list[Imported] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    listed: str = ""
