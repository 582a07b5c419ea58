"""What the web servers have to know of every site that has readers: present, broken, or removed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from jiyue import ledger
from jiyue.diagnostics import Diagnostic
from jiyue.golive.cluster import Cluster, published_urls
from jiyue.serving.csp import inline_of
from jiyue.serving.policy import Served
from jiyue.serving.stubs import farewell


def served_sites(cluster: Cluster) -> tuple[list[Served], list[Diagnostic]]:
    """Every live site and every removed one, and what is wrong with their pages or ledgers.

    A site is served from its folder or rsync target's path where it has one, else from the store. One whose file is
    broken is served as before; of a removed one only the answers of its ledger are left, and a page
    that says so (written below .jiyue/serving).
    """
    found: list[Served] = []
    former: list[Served] = []
    problems: list[Diagnostic] = []
    for name in cluster.names(()):
        url = cluster.site(name).url
        if not url or not cluster.store.live_id(name):
            continue
        tree = cluster.store.live_link(name)
        inline, broken = inline_of(tree, name)
        urls, unread = ledger.read(cluster.root, name)
        problems += [*broken, *unread]
        answers = ledger.answers(urls, published_urls(cluster, name))
        live = _folder(cluster, name) / "live" / name
        here = Served(name, url, live.absolute(), answers, inline, (tree / "410.html").exists())
        former += _former_hosts(here)
        own = {old: to for old, to in answers.redirects.items() if not old.startswith("//")}
        found.append(replace(here, answers=ledger.Answers(own, answers.gone)))
    present = cluster.registry.urls
    hosts = {urlsplit(url).hostname for url in present.values()}
    for site in former:
        if site.host not in hosts:
            found.append(replace(site, live=_farewell(cluster)))
    for name in ledger.removed_sites(cluster.root, present):
        urls, unread = ledger.read(cluster.root, name)
        problems += unread
        url = ledger.site_url(cluster.root, name)
        if url and url not in present.values():
            folder = _farewell(cluster)
            found.append(Served(name, url, folder, ledger.answers(ledger.closed(urls), ()), has_410=True))
    return found, problems


def _former_hosts(site: Served) -> list[Served]:
    """The hosts that a site had once (`//old.example/a.aspx` in its ledger), each with what it answers and no file."""
    moved: dict[str, dict[str, str]] = {}
    for url, to in site.answers.redirects.items():
        if url.startswith("//"):
            host, slash, path = url[2:].partition("/")
            target = to if urlsplit(to).scheme else f"{site.url.rstrip('/')}{quote(to)}"
            moved.setdefault(host, {})[slash + path] = target
    scheme = urlsplit(site.url).scheme
    return [
        Served(f"{site.id}-was-{number}", f"{scheme}://{host}", site.live, ledger.Answers(redirects, ()), has_410=True)
        for number, (host, redirects) in enumerate(sorted(moved.items()))
    ]


def _farewell(cluster: Cluster) -> Path:
    root = cluster.registry.sites[cluster.registry.cluster.root]
    folder = (cluster.work / "serving" / "removed").absolute()
    farewell(folder, root.name, root.url)
    return folder


def _folder(cluster: Cluster, name: str) -> Path:
    """Where a site's `live/` link lies."""
    site = cluster.registry.sites.get(name)
    if site is None:
        kept = cluster.store.read_json(f"state/{name}.json") or {}
        return Path(kept.get("served") or cluster.store.root)
    return Path(str(site.deploy["path"])) if site.deploy.get("kind") in ("folder", "rsync") else cluster.store.root
