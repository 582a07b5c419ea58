"""What is wrong, where, and how to mend it: the one shape in which every room reports to officers and machines."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from jiyue.base.reason import Reason


class Severity(enum.StrEnum):
    """error withholds the article or the site; warning and info never do."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


LABELS = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.INFO: "提示"}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    path is relative to the cluster's root, with `/`; line and col count from 1, 0 = not known.
    message says what is wrong, hint how to mend it, both in Chinese, for an officer.
    """

    rule: str
    severity: Severity
    site: str
    path: str
    line: int
    message: str
    hint: str
    col: int = 0

    def as_json(self) -> dict[str, Any]:
        """The public JSON form: {rule, severity, site, path, line, message, hint} and col where it is known."""
        data = asdict(self)
        if not self.col:
            del data["col"]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Diagnostic:
        """The inverse of as_json."""
        return cls(**{**data, "severity": Severity(data["severity"])})

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        if self.col:
            where += f":{self.col}"
        return f"{where}: {LABELS[self.severity]} [{self.rule}] {self.message}\n    处理办法：{self.hint}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can fire: its id, its severity, what it guards and where it comes from.

    Declared as a module constant beside the code that applies it; docs/rules/ holds a page for each.
    title and why are Chinese; source names document and article, or 「本平台」 for our own. reason: for which an error
    of this rule keeps an article from the public.
    """

    id: str
    severity: Severity
    title: str
    why: str
    source: str = "本平台"
    reason: Reason = Reason.ERROR

    @property
    def verified(self) -> bool:
        """Whether every document that source names was read for this rule; others are named from memory, without article."""
        return not any(name in self.source for name in _UNREAD)

    def __post_init__(self) -> None:
        if RULES.setdefault(self.id, self) is not self:
            raise ValueError(f"rule {self.id} is declared twice")

    def at(self, path: str, line: int, message: str, hint: str, *, site: str = "", col: int = 0) -> Diagnostic:
        """A finding of this rule."""
        return Diagnostic(
            self.id, self.severity, encodable(site), encodable(path), line, encodable(message), encodable(hint), col
        )


def encodable(text: str) -> str:
    """Text with what UTF-8 can't hold (a file name's stray bytes) written out, so that it can be kept and shown."""
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


_UNREAD = ("《中华人民共和国", "GB/T", "GB 1", "ISO/", "《第一批异形词整理表》")
"""Beginnings of documents of which no text was at hand: laws, standards, word lists."""

RULES: dict[str, Rule] = {}
"""Every rule by its id, filled by the declarations themselves."""


def error(rule_id: str, title: str, why: str, source: str = "本平台", reason: Reason = Reason.ERROR) -> Rule:
    """Declare a rule whose findings withhold, for that reason."""
    return Rule(rule_id, Severity.ERROR, title, why, source, reason)


def warning(rule_id: str, title: str, why: str, source: str = "本平台") -> Rule:
    """Declare a rule whose findings are only reported."""
    return Rule(rule_id, Severity.WARNING, title, why, source)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """「是否想写 x？」 for the known word nearest to a misspelt one, else an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"是否想写 {near[0]}？" if near else ""


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The same findings in the order in which they are always shown: by place, then rule."""
    return sorted(found, key=lambda d: (d.path, d.line, d.col, d.rule, d.message))


def has_errors(found: Iterable[Diagnostic]) -> bool:
    """Whether anything here withholds an article or a site."""
    return any(d.severity is Severity.ERROR for d in found)
