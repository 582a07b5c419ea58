"""Marks links that lead to a site that is no government's (国办发〔2017〕47号: readers are told before they leave).

The mark is text in the link, so it is read without a script; with one, `leave.mjs` asks first. The question takes its address
from the page's own link, so there is no page that could be made to lead elsewhere.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jiyue.base.patterns import pattern
from jiyue.render.theme.translations import N_, Words

if TYPE_CHECKING:
    from jiyue.render.pages.view import SiteView

GOVERNMENT = ("gov.cn", "政务", "xn--zfr164b")
"""Domains that only public bodies get: gov.cn, and 政务 as it is written and in ASCII."""
NOTE = N_("（非政府网站）")

_LINK = pattern(
    r'<a(?:side class="share".*?</aside>|(\b[^>]*?\shref="([Hh][Tt][Tt][Pp][Ss]?://[^"]*)"[^>]*)>(.*?)</a>)', re.DOTALL
)
"""A link to another host; or the links for sharing, which say themselves where they lead. It begins with one literal for speed."""
_HOST = pattern(r"[\w-]+(\.[\w-]+)*")


def government_hosts(view: SiteView) -> tuple[str, ...]:
    """The domains, besides the hosts of the cluster, that a site's readers enter unasked; () where the site never asks."""
    if view.site.leaving != "notice":
        return ()
    portal = urlsplit(view.job.national.url).hostname or ""
    return (*GOVERNMENT, *view.job.cluster.government_hosts, *([portal] if portal else []))


@lru_cache(maxsize=4096)
def is_government(address: str, hosts: tuple[str, ...]) -> bool:
    """Whether an address leads to one of these domains or below. What browsers could read in two ways leads nowhere known."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return bool(_HOST.fullmatch(host)) and any(host == one or host.endswith(f".{one}") for one in hosts)


def marked(html: str, hosts: tuple[str, ...], words: Words) -> str:
    """HTML in which each link to a site that is no government's says so."""
    note = f"<span>{escape(words(NOTE))}</span>"

    def mark(match: re.Match[str]) -> str:
        if not match[1] or is_government(unescape(match[2]), hosts):
            return match[0]
        return f'<a{match[1]} data-do="leave">{match[3]}{note}</a>'

    return _LINK.sub(mark, html)
