"""Whether a published page may stay while its source is in error, by today's rules on secrecy and privacy.

DESIGN, promise 8. The rules apply to the page's own text, not the frame around it, and to every file that it uses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from jiyue.base.diagnostics import RULES, Diagnostic, Severity
from jiyue.base.patterns import pattern
from jiyue.base.reason import Reason
from jiyue.checks.text.cache_keys import allowed_mobiles
from jiyue.publish.release.maker import RetentionPolicy
from jiyue.publish.release.manifest import sha256_hex
from jiyue.registry.site import Registry
from jiyue.version import engine_digest

_REFUSED = (Reason.SECRET, Reason.PRIVACY)
_OWN = pattern(r"<article\b.*</article>|<title>.*?</title>|<meta\b[^>]*>", re.DOTALL)
"""The parts of a page that come from its article."""


class PageRetention(RetentionPolicy):
    """See RetentionPolicy. now: 'YYYY-MM-DD HH:MM', for the waivers in force."""

    def __init__(self, root: Path, registry: Registry, now: str) -> None:
        self.root, self.registry, self.now = root, registry, now

    @cached_property
    def waived(self) -> frozenset[tuple[str, str]]:
        """(rule, path) of the waivers in force."""
        from jiyue.build.rules import WAIVERS, day  # noqa: PLC0415  (only needed where something is in error)
        from jiyue.checks.waivers import live, load_waivers  # noqa: PLC0415  (as above)

        waivers, _ = load_waivers(self.root, WAIVERS, day(self.now))
        return live(self.root, waivers, day(self.now))

    @cached_property
    def version(self) -> str:  # type: ignore[override]
        """A digest of the program and of all inputs of the rules."""
        mobiles = {site: sorted(self._mobiles(site)) for site in self.registry.sites}
        return sha256_hex(repr((engine_digest(), sorted(self.waived), mobiles)).encode())

    def __call__(self, site: str, source: str, tree: Path, page: str, files: Sequence[str]) -> bool:
        """Whether nothing secret or personal is in the page or in a file that it uses."""
        from jiyue.checks.text.content import CheckSettings, content_findings  # noqa: PLC0415  (30 ms, only where articles are checked)
        from jiyue.checks.text.model import Text  # noqa: PLC0415  (as above)

        settings = CheckSettings(self._mobiles(site))
        html = (tree / page).read_text("utf-8", "replace") if page else ""
        text = "\n".join(match[0] for match in _OWN.finditer(html))
        if self._refuses(content_findings(Text(site, source, text), settings), source):
            return False
        if not files:
            return True
        from jiyue.checks.attachment.attachments import attachment_findings  # noqa: PLC0415  (only where attachments are new)
        from jiyue.checks.attachment.sandbox import BoundedReader  # noqa: PLC0415  (as above)

        with BoundedReader() as reader:
            for path in files:
                findings = attachment_findings(tree, path, site, settings, reader)
                if self._refuses(findings, f"content/{site}/{path}"):
                    return False
        return True

    def _refuses(self, findings: Sequence[Diagnostic], path: str) -> bool:
        """Whether one of the findings is an error of secrecy or privacy that no waiver for this path lets pass."""
        return any(
            d.severity is Severity.ERROR and RULES[d.rule].reason in _REFUSED and (d.rule, path) not in self.waived
            for d in findings
        )

    def _mobiles(self, site: str) -> frozenset[str]:
        known = self.registry.sites.get(site) or self.registry.sites[self.registry.cluster.root]
        return allowed_mobiles(known, self.registry.cluster)
