"""The content rules as the scan applies them: to each file whose content is new, once."""

from __future__ import annotations

import datetime
import functools
import time
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.checks.article import markup
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
_TOLD_BY_THE_SCAN = "别的网站上的图片"
"""Pictures of other hosts have a rule of their own (article-picture)."""


_MOMENT = pattern(r"(?<![\w-])\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?(?![\w-])")


def _without_moments(body: str) -> str:
    """The text with the dates of its front matter blanked, place for place: their digits are no one's number."""
    end = body.find("\n---", 3) if body.startswith("---") else -1
    return _MOMENT.sub(lambda m: " " * len(m[0]), body[:end]) + body[end:] if end > 0 else body


class Inspector:
    """A site's content rules; a context, because attachments are read by a child process that has to be ended.

    files: the folder below which the site's files lie, where that is not the cluster's root (what is staged for a commit).
    version: as long as it stays, what was found in a file of the same bytes stays true. seconds: spent so far.
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
        """What the content rules ask of a site."""
        return CheckSettings(allowed_mobiles(self.site, self.cluster), ready_terms(self.terms, self.day)[0])

    def article(self, source_path: str, data: bytes) -> list[Diagnostic]:
        """Everything wrong with an article's words, links and raw HTML, its front matter and file name included."""
        began = time.perf_counter()
        try:
            body = decode(data)
        except NotUtf8:
            return []  # told by the scan, and withheld
        text = Text(self.site.id, source_path, _without_moments(body) if numbers_may_be_in(data) else body)
        found = content_findings(text, self.settings)
        if "\\" in body and _ESCAPE.search(body):
            # YAML in double quotes may write any character as an escape
            shown = Text(self.site.id, source_path, _ESCAPE.sub(lambda e: chr(int(e[0][2:], 16)), body))
            found += [d for d in content_findings(shown, self.settings) if d not in found]
        found += link_findings(text, self.cluster.blocked_hosts)
        found += draft_findings(text)
        found += [d for d in markup.find(text) if not d.message.startswith(_TOLD_BY_THE_SCAN)]
        found += self.name(source_path)
        self.seconds += time.perf_counter() - began
        return found

    def attachment(self, source_path: str) -> list[Diagnostic]:
        """Everything wrong with a file that would be published as it is."""
        began = time.perf_counter()
        from jiyue.checks.attachment.attachments import attachment_findings  # noqa: PLC0415  (heavy)
        from jiyue.checks.attachment.sandbox import BoundedReader  # noqa: PLC0415

        self._reader = self._reader or BoundedReader()
        found = attachment_findings(self.files, source_path, self.site.id, self.settings, self._reader)
        self.seconds += time.perf_counter() - began
        return found

    def name(self, source_path: str) -> list[Diagnostic]:
        """What a file's name, and the folders below the site's, give away."""
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
    terms, found = usable_terms(paths, today)
    return terms, tuple(found)


def ready_terms(paths: tuple[Path, ...], today: datetime.date) -> tuple[Terms, tuple[Diagnostic, ...]]:
    """The terms of the shipped and the cluster's lists, and what is wrong with the latter; read once a process."""
    return _terms(paths, today, lists_version(paths, today))
