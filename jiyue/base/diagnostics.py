"""Diagnostics: what is wrong, where, and how to fix it. Every room reports to officers and machines in this form."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
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

    path is relative to the cluster's root, with `/`; line and col count from 1, 0 = unknown.
    message: what is wrong; hint: how to fix it; both in Chinese, for an officer.
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
        """The public JSON form: {rule, severity, site, path, line, message, hint}, and col where known."""
        data = {name: getattr(self, name) for name in self.__slots__}  # asdict() takes 40 µs
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
    """A rule: its id, its severity, what it protects and where it comes from.

    Declared as a module constant next to the code that applies it; docs/rules/ has a page for each.
    title and why are Chinese. source names document and article, or 「本平台」 for our own rules. reason: why an error
    of this rule withholds an article.
    """

    id: str
    severity: Severity
    title: str
    why: str
    source: str = "本平台"
    reason: Reason = Reason.ERROR

    @property
    def verified(self) -> bool:
        """Whether all documents in source were read for this rule. The others are cited from memory, without article."""
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
    """Text in which characters that UTF-8 can't encode (stray bytes of a file name) are escaped, so that it can be stored."""
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


_UNREAD = ("《中华人民共和国", "GB/T", "GB 1", "ISO/", "《第一批异形词整理表》")
"""How the titles of documents begin that we could not read: laws, standards, word lists."""

RULES: dict[str, Rule] = {}
"""Every rule by its id; each declaration registers itself."""


def error(rule_id: str, title: str, why: str, source: str = "本平台", reason: Reason = Reason.ERROR) -> Rule:
    """Declare a rule whose findings withhold the article or site, for the given reason."""
    return Rule(rule_id, Severity.ERROR, title, why, source, reason)


def warning(rule_id: str, title: str, why: str, source: str = "本平台") -> Rule:
    """Declare a rule whose findings are only reported."""
    return Rule(rule_id, Severity.WARNING, title, why, source)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """「是否想写 x？」 with the known word closest to a misspelt one, or '' if none is close."""
    from difflib import get_close_matches  # noqa: PLC0415  (only where something is misspelt)

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"是否想写 {near[0]}？" if near else ""


def in_order(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings in the order in which they are always shown: by place, then by rule."""
    return sorted(findings, key=lambda d: (d.path, d.line, d.col, d.rule, d.message))


def has_errors(findings: Iterable[Diagnostic]) -> bool:
    """Whether any finding withholds an article or a site."""
    return any(d.severity is Severity.ERROR for d in findings)
