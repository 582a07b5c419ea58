"""How every site of the cluster is served, whatever the server: headers, caching, encodings, TLS, error pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, urlsplit

from jiyue.ledger import Answers
from jiyue.serving.csp import Inline, content_security_policy

TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "webmanifest": "application/manifest+json; charset=utf-8",
}
"""File ending → media type of all that is served compressed; both servers must say the same."""

HASHED = r"^(?:/[^/]+)*/theme/.*\.[0-9a-f]{8,64}\.[a-z0-9]+"
"""Assets of the theme whose name carries a digest of their content: they never change."""


@dataclass(frozen=True, slots=True)
class TLS:
    """Certificate and key files; {host} in them is replaced."""

    certificate: str = "/etc/jiyue/tls/{host}.crt"
    key: str = "/etc/jiyue/tls/{host}.key"
    hsts: str = "max-age=31536000"


@dataclass(frozen=True, slots=True)
class Policy:
    """The one policy. Cache texts are Cache-Control values; encodings the suffixes of copies made at release time.

    Pages fit every screen, so search engines may not transcode them: no-transform is declared as a response header, the
    first of the two ways in Baidu's rules; the other, `<meta http-equiv="Cache-Control">`, is no valid HTML.
    """

    pages: str = "no-cache, no-transform, no-siteapp"
    hashed: str = "public, max-age=31536000, immutable"
    others: str = "public, max-age=3600"
    encodings: Sequence[str] = (".zst", ".br", ".gz")
    headers: Mapping[str, str] = field(
        default_factory=lambda: {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "SAMEORIGIN",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
    )
    csp: Mapping[str, str] = field(default_factory=dict)
    tls: TLS | None = field(default_factory=TLS)
    address: str = ""
    http_port: int = 80
    https_port: int = 443


@dataclass(frozen=True, slots=True)
class Served:
    """A site as the server needs it: live is the symbolic link that the releases move."""

    id: str
    url: str
    live: Path
    answers: Answers = field(default_factory=lambda: Answers({}, ()))
    inline: Inline = field(default_factory=Inline)
    has_410: bool = False

    @property
    def host(self) -> str:
        """The host name, without a port."""
        return urlsplit(self.url).hostname or ""

    @property
    def base(self) -> str:
        """The path below the host, "" or "/sub"."""
        return urlsplit(self.url).path.rstrip("/")

    def target(self, to: str) -> str:
        """Where a redirect of the ledger leads, as it is written in a Location header."""
        return to if urlsplit(to).scheme else quote(self.base + to, safe="/~!$&'()*+,;=:@-._#?")

    def error_page(self, code: int) -> str:
        """The page that tells of an error, below the site's document root."""
        return "/410.html" if code == 410 and self.has_410 else "/404.html"

    def security(self, policy: Policy) -> str:
        """The site's Content-Security-Policy."""
        return content_security_policy(self.inline, policy.csp)


def by_host(sites: Iterable[Served]) -> list[tuple[str, list[Served]]]:
    """Host name → its sites, the longest path first, so that the first that fits is the right one."""
    ordered = sorted(sites, key=lambda s: (s.host, -len(s.base), s.base))
    return [(host, list(group)) for host, group in groupby(ordered, key=lambda s: s.host)]


def cache_of(url: str, policy: Policy) -> str:
    """The Cache-Control of an address."""
    if re.fullmatch(HASHED, url):
        return policy.hashed
    return policy.pages if url.endswith(("/", ".html")) else policy.others


def all_headers(policy: Policy) -> dict[str, str]:
    """The headers that are the same on every answer."""
    more = {"Strict-Transport-Security": policy.tls.hsts} if policy.tls else {}
    return {**policy.headers, **more}
