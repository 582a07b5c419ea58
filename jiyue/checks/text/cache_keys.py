"""Cache keys of findings: digests of the settings and word lists that the content rules read.

The rules' own code is in the engine's digest (jiyue.version). Every build computes them for every site, so this module
imports nothing heavy.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from jiyue.base.patterns import pattern
from jiyue.registry.site import Cluster, Site

SHIPPED = Path(__file__).with_name("data") / "terms.yaml"
"""The neutral word list of the product."""

_MOBILE = pattern(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_UNTIL = pattern(rb"\buntil:\s*[\"']?(\d{4}-\d\d-\d\d)")


def inspection_version(root: Path, site: Site, cluster: Cluster, today: datetime.date) -> str:
    """A digest of the word lists and this site's settings, without parsing the lists."""
    own = [*sorted(allowed_mobiles(site, cluster)), "", *sorted(cluster.blocked_hosts)]
    return hashlib.sha256("\n".join([lists_version(term_lists(root, cluster), today), *own]).encode()).hexdigest()[:16]


def allowed_mobiles(site: Site, cluster: Cluster) -> frozenset[str]:
    """The mobile numbers that a site may publish: its officers', its contact's, and the cluster's list."""
    published = [site.facts.get("contact", ""), *(o.get("phone", "") for o in site.officers), *cluster.mobiles]
    return frozenset(re.sub(r"\D", "", number) for text in published for number in _MOBILE.findall(text))


def term_lists(root: Path, cluster: Cluster) -> tuple[Path, ...]:
    """The cluster's own lists; a path may be outside the repository (`~` is the home of the user who runs the checks)."""
    return tuple(root / Path(path).expanduser() for path in cluster.terms)


def lists_version(paths: Iterable[Path], today: datetime.date) -> str:
    """A digest of word lists and of which dates in them have passed."""
    state = hashlib.sha256()
    for path in (SHIPPED, *paths):
        try:
            data = path.read_bytes()
        except OSError:
            data = b"unreadable"
        passed = [until for until in _UNTIL.findall(data) if until.decode() < today.isoformat()]
        state.update(hashlib.sha256(data).digest() + b"".join(passed))
    return state.hexdigest()
