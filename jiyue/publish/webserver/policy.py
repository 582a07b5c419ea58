"""How every site of the cluster is served, whatever the server: headers, caching, encodings, TLS, error pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, urlsplit

from jiyue.base.patterns import pattern
from jiyue.linkage.recommended import FOLDER as RECOMMENDED
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.webserver.csp import Inline, content_security_policy
from jiyue.registry.site import SCREENS
from jiyue.registry.url_ledger import Answers

HASHED = r"^(?:/[^/]+)*/theme/.*\.[0-9a-f]{8,64}\.[a-z0-9]+"
"""Assets of the theme whose name carries a digest of their content: they never change."""

OVER = r"\.(?:cap\.xml|poster\.png)"
"""How addresses end that answer 410 where no file answers: an emergency alert is published only as long as it holds, a poster
as long as its article."""
SCREEN = rf"/{SCREENS}(?:playlist\.json|bundle\.(?:zip|htz))"
"""How the addresses end that a display polls, and from which its offline bundle comes."""
WORKER = r"/sw\.js|/theme/offline\.json|/theme/manifest\.webmanifest"
"""What the service worker lives by (jiyue/render/offline.py)."""
FRESH = rf"(?:/|\.html|/alerts/index\.(?:json|atom)|{OVER}|{SCREEN}|{WORKER})"
"""How addresses end that every use asks for anew: pages, and what screens and service workers poll."""
OPEN = rf"^(?:/[^/]+)*/{SCREENS}playlist\.json"
"""What pages of any origin may fetch: a bundle on a display's own disk asks its site for the playlist."""

EMBEDDED = rf"^(?:/[^/]+)*/{RECOMMENDED}/"
"""The portal's recommended column for sites outside: a list of public links without controls, so any page may frame or
fetch it. All else may be framed by its own site only."""

FOLDER = r"^(/[^/\x5c?](?:[^?]*[^/?])?)(\?.*)?$"
"""A request as it was sent that may be one for a folder without the slash at its end: its path, its query.

It is answered in its own spelling, so that no name has to be encoded again; two slashes at its start would lead the
reader to another host.
"""


@dataclass(frozen=True, slots=True)
class TLS:
    """Certificate and key files; {host} in them is replaced."""

    certificate: str = "/etc/jiyue/tls/{host}.crt"
    key: str = "/etc/jiyue/tls/{host}.key"
    hsts: str = "max-age=31536000"


@dataclass(frozen=True, slots=True)
class Policy:
    """The one policy. Cache texts are Cache-Control values; encodings the suffixes of copies made at release time,
    the first that a reader takes: brotli is the smallest, and only large files have zstd.

    Pages fit every screen, so search engines may not transcode them: no-transform is declared as a response header, the
    first of the two ways in Baidu's rules; the other, `<meta http-equiv="Cache-Control">`, is no valid HTML.
    """

    pages: str = "no-cache, no-transform, no-siteapp"
    hashed: str = "public, max-age=31536000, immutable"
    others: str = "public, max-age=3600"
    encodings: Sequence[str] = (".br", ".gz", ".zst")
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
        """The target of a redirect in the ledger, as written in a Location header: ASCII only.

        On this site it is a decoded address, in which `?` and `#` are part of a name.
        """
        return quote(self.base + to, safe=_SAFE) if to.startswith("/") else quote(to, safe=_SAFE + "?#%[]")

    def error_page(self, code: int) -> str:
        """The error page, below the site's document root."""
        return "/410.html" if code == 410 and self.has_410 else "/404.html"

    def security(self, policy: Policy) -> str:
        """The site's Content-Security-Policy."""
        return content_security_policy(self.inline, policy.csp)

    def embedded_security(self, policy: Policy) -> str:
        """The same for what EMBEDDED matches."""
        return content_security_policy(self.inline, {**policy.csp, "frame-ancestors": "*"})


_SAFE = "/~!&'()*+,;=:@-._"
_ACTIVE = pattern(r"""["`\\${}\x00-\x1f\x7f]""")
"""Characters with a special meaning in the syntax of one of the servers, quoted or not."""
_SPECIAL = frozenset("\\^$.|?*+()[]{}\"'` ")
LONGEST = 1000
"""The most bytes of an address that is answered without a file; nginx accepts no word of more than 4 kB."""


def quotable(text: str) -> bool:
    """Whether both servers read a text in double quotes as nothing but itself."""
    return not _ACTIVE.search(text)


def quoted(text: str) -> str:
    """A text as one word of a configuration. ReleaseError where a server would read more into it."""
    if not quotable(text):
        raise ReleaseError(f"“{text}”不能写进服务器的配置：请去掉引号、反斜线、花括号、$ 和控制字符。")
    return f'"{text}"'


def answerable(url: str) -> bool:
    """Whether an address of the ledger can be written into a configuration at all."""
    return len(url.encode("utf-8", "surrogatepass")) <= LONGEST and not any("\ud800" <= c <= "\udfff" for c in url)


def exactly(url: str) -> str:
    """A regular expression for one address (decoded), the same for PCRE and RE2, that both configurations can quote."""
    return "^" + "".join(f"\\x{ord(c):02x}" if c in _SPECIAL or ord(c) < 32 else c for c in url) + r"\z"


def raw_answers(site: Served) -> dict[str, str]:
    """Redirects (target) and 410s ('') by the address as a browser sends it, where it encodes Chinese in GBK.

    Pages of old systems are in GBK, so browsers and search engines know their addresses in that form. An address whose
    query has Chinese in it is sent in UTF-8, too.
    """
    answers = {**dict.fromkeys(site.answers.gone, ""), **site.answers.redirects}
    found: dict[str, str] = {}
    for url, to in answers.items():
        if url.isascii():
            continue
        path, mark, query = (site.base + url).partition("?")
        for encoding in ("gb18030", "utf-8") if not query.isascii() else ("gb18030",):
            try:
                sent = quote(path, _SAFE, encoding) + mark + quote(query, _SAFE + "?/%[]", encoding)
            except UnicodeEncodeError:
                continue
            if len(sent) <= LONGEST:
                found.setdefault(sent, to)
    folded = Counter(sent.lower() for sent in found)
    return {sent: to for sent, to in found.items() if folded[sent.lower()] == 1}


def by_host(sites: Iterable[Served]) -> list[tuple[str, list[Served]]]:
    """Host name → its sites, the longest path first, so that the first that fits is the right one."""
    ordered = sorted(sites, key=lambda s: (s.host, -len(s.base), s.base))
    return [(host, list(group)) for host, group in groupby(ordered, key=lambda s: s.host)]


def cache_of(url: str, policy: Policy) -> str:
    """The Cache-Control of an address."""
    if re.fullmatch(HASHED, url):
        return policy.hashed
    return policy.pages if re.search(f"{FRESH}$", url) or re.match(EMBEDDED, url) else policy.others


def all_headers(policy: Policy) -> dict[str, str]:
    """The headers common to all answers."""
    more = {"Strict-Transport-Security": policy.tls.hsts} if policy.tls else {}
    return {**policy.headers, **more}
