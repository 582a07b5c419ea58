"""Applies the rules on one file's content. The scan calls it for each file with new bytes.

A new check of an article's text is called in `Inspector.article`, of an attachment in `attachment_findings`; what needs
other files or the clock is called in verdict.py.
"""

from __future__ import annotations

import datetime
import functools
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.catalogue.sources import overlay
from jiyue.checks.article import markup
from jiyue.checks.article.ai_labels import label_findings
from jiyue.checks.article.data_blocks import block_findings
from jiyue.checks.article.drafting import draft_findings
from jiyue.checks.article.links import link_findings
from jiyue.checks.text.cache_keys import allowed_mobiles, inspection_version, lists_version, term_lists
from jiyue.checks.text.content import CheckSettings, content_findings, name_findings
from jiyue.checks.text.model import Text
from jiyue.checks.text.prefilter import numbers_may_be_in
from jiyue.checks.text.wording import Terms, usable_terms
from jiyue.registry.site import Cluster, Site

if TYPE_CHECKING:
    from jiyue.checks.attachment.sandbox import BoundedReader

_ESCAPE = pattern(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})")
_REPORTED_BY_THE_SCAN = "别的网站上的图片"
"""Pictures of other hosts have a rule of their own (article-picture)."""
_MOMENT = pattern(r"(?<![\w-])\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?(?![\w-])")


def _without_moments(body: str) -> str:
    """The text with the dates of its front matter replaced by spaces, because their digits are no personal number."""
    end = body.find("\n---", 3) if body.startswith("---") else -1
    return _MOMENT.sub(lambda m: " " * len(m[0]), body[:end]) + body[end:] if end > 0 else body


@dataclass(frozen=True)
class _Article(Text):
    """An article's text for the rules; written: as it is in the file."""

    written: str = ""


def _markup(text: Text) -> list[Diagnostic]:
    return [d for d in markup.find(text) if not d.message.startswith(_REPORTED_BY_THE_SCAN)]


class Inspector:
    """A site's content rules. A context manager, because attachments are read by a child process that has to be ended.

    files: the folder that holds `content/`, if not the cluster's root (for staged files). version: while it stays the same,
    findings for the same bytes are valid. seconds: elapsed so far.
    """

    def __init__(self, root: Path, site: Site, cluster: Cluster, today: str, files: Path | None = None) -> None:
        self.root, self.site, self.cluster = root, site, cluster
        self.files = files or root
        self.terms = term_lists(root, cluster)
        self.day = datetime.date.fromisoformat(today[:10])
        self.seconds = 0.0
        self._reader: BoundedReader | None = None

    @cached_property
    def version(self) -> str:
        """See jiyue.checks.text.cache_keys.inspection_version."""
        return inspection_version(self.root, self.site, self.cluster, self.day)

    @cached_property
    def settings(self) -> CheckSettings:
        """The site's settings of the content rules."""
        return CheckSettings(allowed_mobiles(self.site, self.cluster), ready_terms(self.terms, self.day)[0])

    def article(self, source_path: str, data: bytes) -> list[Diagnostic]:
        """Every check of an article's text (front matter included) and of its file name."""
        return self.articles([(source_path, data)])[0]

    def articles(self, sources: Iterable[tuple[str, bytes]]) -> list[list[Diagnostic]]:
        """The same for several, each rule for all of them: code and data of one stay in the processor's caches."""
        began = time.perf_counter()
        texts = [self._text(*source) for source in sources]
        findings: list[list[Diagnostic]] = [[] for _ in texts]
        rules_on_articles = (
            self._article_words, self._links, draft_findings, block_findings, label_findings, _markup, self._file_name,
        )  # fmt: skip
        for rules in rules_on_articles:
            for text, found in zip(texts, findings, strict=True):
                if text is not None:
                    found.extend(rules(text))
        self.seconds += time.perf_counter() - began
        return findings

    def _text(self, source_path: str, data: bytes) -> _Article | None:
        try:
            body = decode(data)
        except NotUtf8:
            return None  # reported by the scan, and withheld
        text = _without_moments(body) if numbers_may_be_in(data) else body
        return _Article(self.site.id, source_path, text, written=body)

    def _article_words(self, text: _Article) -> list[Diagnostic]:
        return self._words(text, text.written)

    def _links(self, text: Text) -> list[Diagnostic]:
        return link_findings(text, self.cluster.blocked_hosts)

    def _file_name(self, text: Text) -> list[Diagnostic]:
        return self.name(text.path)

    def site_file(self, source_path: str, body: str, first_line: int = 1) -> list[Diagnostic]:
        """The rules on words for a YAML text below `sites/` that readers will see, or for a part of one."""
        text = _MOMENT.sub(lambda m: " " * len(m[0]), body)
        return self._words(Text(self.site.id, source_path, text, first_line), body)

    def _words(self, text: Text, body: str) -> list[Diagnostic]:
        findings = content_findings(text, self.settings)
        if "\\" in body and _ESCAPE.search(body):
            # double-quoted YAML can escape any character
            unescaped = _ESCAPE.sub(lambda e: chr(int(e[0][2:], 16)), body)
            again = Text(self.site.id, text.path, unescaped, text.first_line)
            findings += [d for d in content_findings(again, self.settings) if d not in findings]
        return findings

    def attachment(self, source_path: str) -> list[Diagnostic]:
        """All findings for a file that would be published unchanged."""
        began = time.perf_counter()
        from jiyue.checks.attachment.attachments import attachment_findings  # noqa: PLC0415  (only where attachments are new)
        from jiyue.checks.attachment.sandbox import BoundedReader  # noqa: PLC0415  (only where attachments are new)

        self._reader = self._reader or BoundedReader()
        files = overlay().get(source_path, self.files)
        findings = attachment_findings(files, source_path, self.site.id, self.settings, self._reader)
        self.seconds += time.perf_counter() - began
        return findings

    def name(self, source_path: str) -> list[Diagnostic]:
        """What a file's name, and the folders below the site's, reveal."""
        return name_findings(self.site.id, source_path, self.settings)

    def __enter__(self) -> Inspector:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader:
            self._reader.__exit__(kind, value, trace)
            self._reader = None


@functools.lru_cache(maxsize=4)
def _terms(paths: tuple[Path, ...], today: datetime.date, version: str) -> tuple[Terms, tuple[Diagnostic, ...]]:
    terms, findings = usable_terms(paths, today)
    return terms, tuple(findings)


def ready_terms(paths: tuple[Path, ...], today: datetime.date) -> tuple[Terms, tuple[Diagnostic, ...]]:
    """The terms of the shipped and the cluster's lists, and findings about the latter. Read once per process."""
    return _terms(paths, today, lists_version(paths, today))
