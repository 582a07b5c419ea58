"""What the web servers need of every served site: present, broken, or removed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern
from jiyue.build.options import Options
from jiyue.publish.cluster import PublishedCluster, published_urls
from jiyue.publish.deploy.target import absolute
from jiyue.publish.heirs import served_formerly
from jiyue.publish.release.batch import error_message
from jiyue.publish.state import stored_state
from jiyue.publish.webserver.csp import foreign_inline, theme_inline
from jiyue.publish.webserver.policy import Served, answerable, quotable
from jiyue.publish.webserver.stubs import write_removed_site
from jiyue.registry import url_ledger
from jiyue.registry.url_ledger import Answers

ADDRESS = error("serving-address", "网址太长，服务器不能答复", "服务器的配置里写不下的旧网址没有跳转，读者打开是 404。")
UNREAD = error("serving-unread", "站点的网址台账或版本读不出来", "读不出来时，旧网址的跳转没有写进服务器的配置。")
FOLDER = error(
    "serving-folder", "目录不能写进服务器的配置", "引号、反斜线、花括号、$ 在 nginx 或 Caddy 的配置里另有含义。"
)

_HOST = pattern(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")


def served_sites(cluster: PublishedCluster) -> tuple[list[Served], list[Diagnostic]]:
    """Every live site and every removed one, and the diagnostics of their pages and ledgers.

    A site is served from the `path` of its folder or rsync target, else from the store. A site whose file is broken is
    served as before. A removed site only answers by its ledger, with an error page written below .jiyue/serving.
    """
    served: list[Served] = []
    former: list[Served] = []
    inline, problems = theme_inline(Options(cluster.root, cluster.output).theme_folder)
    for name in cluster.names(()):
        url = cluster.site(name).url
        if not url or not cluster.store.live_id(name):
            continue
        tree = cluster.store.live_link(name)
        try:
            urls, unread = url_ledger.read(cluster.root, name)
            answers, unwritten = _written(url_ledger.answers(urls, published_urls(cluster, name)), name)
            problems += [*foreign_inline(tree, name, inline), *unread, *unwritten]
        except Exception as cause:  # its pages and the other sites are still served
            answers = Answers({}, ())
            hint = "运行 jiyue verify 核对，重新发布后再生成配置。"
            problems.append(UNREAD.at(f"sites/{name}.yaml", 0, error_message(cause), hint, site=name))
        live = (_folder(cluster, name) / "live" / name).absolute()
        if not quotable(str(live)):
            hint = "把站群或 deploy 的目录换成只有字母、数字、汉字、空格和 . _ - 的。"
            problems.append(FOLDER.at(f"sites/{name}.yaml", 0, f"站点的目录是 {live}。", hint, site=name))
            continue
        here = Served(name, url, live, answers, inline, (tree / "410.html").exists())
        former += _former_hosts(here)
        if (site := cluster.registry.sites.get(name)) and site.formerly:
            former += served_formerly(cluster, here, site, cluster.registry.urls.values())
        own = {old: to for old, to in answers.redirects.items() if not old.startswith("//")}
        served.append(replace(here, answers=Answers(own, [old for old in answers.gone if not old.startswith("//")])))
    present = cluster.registry.urls
    hosts = {urlsplit(url).hostname for url in present.values()}
    for one in former:
        if one.host not in hosts or one.base:
            served.append(replace(one, live=_removed_site_folder(cluster)))
    for name in url_ledger.removed_sites(cluster.root, present):
        urls, unread = url_ledger.read(cluster.root, name)
        problems += unread
        url = url_ledger.site_url(cluster.root, name)
        if url and url not in present.values():
            answers, unwritten = _written(url_ledger.answers(url_ledger.closed(urls), ()), name)
            problems += unwritten
            served.append(Served(name, url, _removed_site_folder(cluster), answers, has_410=True))
    return served, problems


def _written(answers: Answers, name: str) -> tuple[Answers, list[Diagnostic]]:
    """The answers that a configuration can hold, and a diagnostic for each other one."""
    redirects = {url: to for url, to in answers.redirects.items() if answerable(url) and answerable(to)}
    gone = [url for url in answers.gone if answerable(url)]
    unanswerable = [url for url in (*answers.redirects, *answers.gone) if url not in redirects and url not in gone]
    hint = "核对稿件的 aliases 和网址台账；没有人用的旧网址可以删去。"
    diagnostics = [
        ADDRESS.at(url_ledger.path_of(name), 0, f"{url[:60]}… 超过 1000 字节。", hint, site=name)
        for url in unanswerable
    ]
    return Answers(redirects, gone), diagnostics


def _former_hosts(site: Served) -> list[Served]:
    """Former hosts of a site (`//old.example/a.aspx` in its ledger), each with its answers and without files."""
    moved: dict[str, tuple[dict[str, str], list[str]]] = {}
    for url, to in (*site.answers.redirects.items(), *((url, "") for url in site.answers.gone)):
        host, slash, path = url[2:].partition("/")
        if not url.startswith("//") or not _HOST.fullmatch(host):
            continue
        redirects, gone = moved.setdefault(host, ({}, []))
        if to:
            redirects[slash + path] = to if urlsplit(to).scheme else f"{site.url.rstrip('/')}{quote(to)}"
        else:
            gone.append(slash + path)
    scheme = urlsplit(site.url).scheme
    return [
        Served(f"{site.id}-was-{number}", f"{scheme}://{host}", site.live, Answers(*answers), has_410=True)
        for number, (host, answers) in enumerate(sorted(moved.items()))
    ]


def _removed_site_folder(cluster: PublishedCluster) -> Path:
    root = cluster.registry.sites[cluster.registry.cluster.root]
    folder = (cluster.work / "serving" / "removed").absolute()
    write_removed_site(folder, root.name, root.url)
    return folder


def _folder(cluster: PublishedCluster, name: str) -> Path:
    """The path of a site's `live/` link."""
    site = cluster.registry.sites.get(name)
    path = site.deploy.get("path") if site else stored_state(cluster.store, name).get("served")
    return absolute(path, cluster.root) if path else cluster.store.root
