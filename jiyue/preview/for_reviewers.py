"""What is not public as a folder of web pages for those who review it, below an unguessable path, not to be indexed.

The pages are complete: what they load of their own site is beside them, all else leads to the public sites. What may be
secret or personal is never copied, nor what was withdrawn: it is only named.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, unquote, urlsplit

from jiyue.base.git import FILES, Change, Git, GitError
from jiyue.base.patterns import pattern
from jiyue.base.reason import NAMES, Reason
from jiyue.build.options import Known, Options
from jiyue.build.source_check import check
from jiyue.build.unpublished import Unpublished, facts, is_article
from jiyue.catalogue.ledgers import Model
from jiyue.catalogue.sources import beside, model_of, sources
from jiyue.preview.marks import NOINDEX
from jiyue.preview.unpublished_pages import Shown, UnpublishedPages
from jiyue.registry.site import ClusterBroken, Registry
from jiyue.render.pages.page import File

_ADDRESS = pattern(r'(\s(?:href|src|poster|action)=")([^"]*)"')
_SET = pattern(r'(\ssrcset=")([^"]*)"')
_ELSEWHERE = pattern(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#")
_TOKEN = pattern(r"[0-9a-f]{32}")

_LIST = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{noindex}
<style>
body{{margin:0 auto;max-width:60rem;padding:1rem;color:#1a1a1a;background:#fff;font:1rem/1.7 system-ui,"Noto Sans SC",sans-serif}}
h1{{font-size:1.5rem}}h2{{font-size:1.25rem;border-bottom:2px solid #b45309}}ul{{list-style:none;margin:0 0 2rem;padding:0}}
li{{padding:.75rem 0;border-bottom:1px solid #ccc}}p{{margin:0;overflow-wrap:anywhere}}
a{{display:inline-block;padding:.6rem 0;font-size:1.125rem;color:#0b4f8a}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>仅供审核，请勿转发。网页顶端标明每篇为什么还没有公开。</p>
{sections}
</main>
</body>
</html>
"""


@dataclass
class Written:
    """A preview for reviewers: its folder (named by the token), its pages, and what was left out as sensitive or withdrawn."""

    folder: Path
    pages: list[Shown] = field(default_factory=list)
    left_out: list[Unpublished] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    """Articles that the branch deletes."""


def preview_unpublished(options: Options, to: Path, token: str) -> Written:
    """Write what is not public yet of the chosen sites to `to/<token>/`; expired articles are none of it. Raises ClusterBroken."""
    pages = _pages(options)
    chosen = options.sites or tuple(pages.known.registry.sites)
    known = [row for site in chosen if site in pages.known.registry.sites for row in pages.rows(site)]
    rows = [row for row in known if row.reason is not Reason.EXPIRED]
    return _write(pages, rows, to, token, "没有公开的稿件")


def preview_revision(options: Options, to: Path, token: str, rev: str, base: str = "HEAD") -> Written:
    """Write the articles that a branch or commit adds or changes since it left base. Raises GitError, ClusterBroken.

    They are judged in a checkout of their own, so this working tree and its cache stay as they are. The theme is that of
    this working tree: templates can run code, and a branch's are reviewed before they are run.
    """
    git = Git(options.root)
    commit = _commit(git, rev)
    changes = git.changes(git.merge_base(commit, git.commit(base)), commit, relative=True)
    with checkout(options.root, commit) as root:
        pages = _pages(
            Options(root, root / "output", options.sites, options.jobs, options.now, theme=options.theme_folder)
        )
        registry = pages.known.registry
        known = {row.path: row for site in registry.sites for row in pages.rows(site)}
        there = [one for one in changes if one.new_mode in FILES and _site_of(registry, options.sites, one.path)]
        with Git(options.root) as objects:
            brought = _brought(pages, objects, root, there)
        rows = [known.get(path) or _public(root, path) for path in sorted(brought)]
        written = _write(pages, rows, to, token, f"{rev} 带来的稿件")
    written.removed = sorted(
        one.path
        for one in changes
        if one.new_mode not in FILES and is_article(one.path) and _site_of(registry, options.sites, one.path)
    )
    return written


@contextmanager
def checkout(root: Path, commit: str) -> Iterator[Path]:
    """A copy of the cluster as of a commit, with its history, in a folder of its own that shares the repository's objects."""

    def run(*args: str) -> str:
        done = subprocess.run(["git", *args], capture_output=True, text=True, check=False, env=_environment())
        if done.returncode:
            raise GitError(done.stderr.strip().rpartition("\n")[2])
        return done.stdout.rstrip("\n")

    top, prefix = (run("-C", str(root), "rev-parse", f"--show-{what}") for what in ("toplevel", "prefix"))
    with TemporaryDirectory(prefix="jiyue-preview-") as folder:
        run("clone", "--quiet", "--shared", "--no-checkout", top, folder)
        run("-C", folder, "-c", "core.hooksPath=/dev/null", "checkout", "--quiet", "--detach", commit)
        yield Path(folder) / prefix


def to_branch(root: Path, folder: Path, branch: str) -> None:
    """Make a branch of this repository hold the folder, as its only commit. Raises GitError.

    Only a branch that holds nothing but previews is replaced.
    """
    git = Git(root)
    try:
        there = git.files(git.commit(f"refs/heads/{branch}"))
    except GitError:
        there = {}
    other = [
        path
        for path in there
        if not _TOKEN.fullmatch(path.partition("/")[0]) and path not in ("robots.txt", ".nojekyll")
    ]
    if other:
        raise GitError(f"分支 {branch} 里有别的文件（{other[0]}），不会覆盖；换一个只放预览的分支")
    command = [
        sys.executable,
        "-m",
        "ghp_import",
        "--branch",
        branch,
        "--message",
        "预览",
        "--no-jekyll",
        "--no-history",
    ]
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO}
    done = subprocess.run(
        [*command, str(folder.resolve())],
        cwd=root,
        env={**_environment(), **who},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GitError(done.stderr.strip().rpartition("\n")[2])


_WHO = (("NAME", "jiyue"), ("EMAIL", "jiyue@localhost"))


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def _commit(git: Git, rev: str) -> str:
    """The commit of a revision, also of a branch that only the remote has."""
    try:
        return git.commit(rev)
    except GitError:
        return git.commit(f"origin/{rev}")


def _pages(options: Options) -> UnpublishedPages:
    report = check(options)
    if not report.known:
        raise ClusterBroken(report.diagnostics)
    return UnpublishedPages(options, Known(report.known.registry, report.known.summaries), report.diagnostics)


def _site_of(registry: Registry, sites: Collection[str], path: str) -> str:
    """The site whose content a path belongs to, if it is one of the chosen; else ''."""
    parts = path.split("/")
    site = parts[1] if parts[0] == "content" and len(parts) > 2 else ""
    return site if site in registry.sites and (not sites or site in sites) else ""


def _brought(pages: UnpublishedPages, git: Git, root: Path, changes: Iterable[Change]) -> set[str]:
    """The sources of the articles that changes of files bring: articles, rows of ledgers, articles that show a file."""
    brought: set[str] = set()
    files: dict[str, set[str]] = {}
    for one in changes:
        model = model_of(one.path)
        if is_article(one.path):
            brought.add(one.path)
        elif model:
            file = root / one.path
            before = _rows(git.blob(one.old), file, model) if one.old else {}
            rows = _rows(file.read_bytes(), file, model)
            brought |= {f"{one.path}:{key}" for key, text in rows.items() if text and before.get(key) != text}
        else:
            _, site, path = one.path.split("/", 2)
            files.setdefault(site, set()).add(path)
    for site, paths in files.items():
        brought.update(pages.pages.referring(site, paths))
    return brought


def _rows(data: bytes, file: Path, model: Model) -> dict[str, bytes]:
    """The rows of a ledger: key -> text, b"" where it can't be read or is not shown."""
    return {one.key: one.data for one in sources(data, file.name, model, beside(file.parent)) if one.key}


def _public(root: Path, path: str) -> Unpublished:
    """An article that is public as soon as the branch is merged."""
    title, author, _ = facts(root, path)
    return Unpublished(path.split("/")[1], path, title, author, "", (Reason.NONE,))


def _write(pages: UnpublishedPages, rows: Iterable[Unpublished], to: Path, token: str, title: str) -> Written:
    folder = to / token
    if folder.is_dir():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    written = Written(folder)
    by_site: dict[str, list[Shown]] = {}
    for row in rows:
        one = pages.shown(row)
        if one.sensitive or Reason.WITHDRAWN in row.reasons:
            written.left_out.append(row)
        else:
            by_site.setdefault(row.site, []).append(one)
            written.pages.append(one)
    for site, shown in by_site.items():
        files = pages.pages.files(site, [one.article for one in shown if one.article])
        _write_site(folder / site, pages.known.registry.sites[site].url, shown, files)
    (to / "robots.txt").write_text("User-agent: *\nDisallow: /\n", "utf-8")
    (folder / "index.html").write_text(_list(pages.known.registry, written, by_site, title), "utf-8")
    return written


def _write_site(folder: Path, home: str, shown: list[Shown], files: Mapping[str, File]) -> None:
    """Write a site's pages with what they load. home: the site's address."""
    pages = {one.address for one in shown}
    wanted = {path for path in files if path.startswith("theme/")}
    for one in shown:
        html = _led(one.html, one.address, home, pages, files, wanted.add)
        _put(folder / one.address, html.encode())
    for path in sorted(wanted):
        _put(folder / path, files[path].make())


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _led(
    html: str, page: str, home: str, pages: set[str], files: Mapping[str, File], wanted: Callable[[str], None]
) -> str:
    """A page whose addresses lead to what is beside it, or else to the public site. wanted: called with each file it needs."""

    def address(written: str) -> str:
        text = unescape(written)
        if not text or _ELSEWHERE.match(text):
            return written
        parts = urlsplit(text)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(f"/{page}"), unquote(parts.path))).lstrip("/")
        if path in files:
            wanted(path)
        if path in files or path in pages:
            return written
        tail = "/" if path and parts.path.endswith(("/", "..")) else ""
        return escape(f"{home}/{quote(path)}{tail}" + text[len(parts.path) :])

    def several(match: re.Match[str]) -> str:
        choices = (one.strip().partition(" ") for one in match[2].split(","))
        return match[1] + ", ".join(f"{address(place)}{space}{size}" for place, space, size in choices) + '"'

    html = _ADDRESS.sub(lambda match: f'{match[1]}{address(match[2])}"', html)
    return _SET.sub(several, html)


def _list(registry: Registry, written: Written, by_site: Mapping[str, list[Shown]], title: str) -> str:
    sections = []
    for site, shown in by_site.items():
        items = "".join(_item(one) for one in shown)
        sections.append(f"<h2>{escape(registry.sites[site].name)}（{len(shown)}）</h2><ul>{items}</ul>")
    if written.left_out:
        items = "".join(f"<li><p>{escape(row.path)}</p></li>" for row in written.left_out)
        sections.append(
            f"<h2>疑似涉密、含个人信息或者已撤下，不写进预览（{len(written.left_out)}）</h2><ul>{items}</ul>"
        )
    if not sections:
        sections.append("<p>没有这样的稿件。</p>")
    return _LIST.format(
        title=escape(f"{title}：{len(written.pages)} 篇"), noindex=NOINDEX, sections="\n".join(sections)
    )


def _item(one: Shown) -> str:
    row = one.row
    state = "、".join(NAMES[reason] for reason in row.reasons if reason) or "合并后公开"
    lines = [f"【{state}】{row.path}", *(text for text in (row.when(), row.next()) if text)]
    link = f'<a href="{row.site}/{quote(one.address)}">{escape(row.title)}</a>'
    return f"<li>{link}{''.join(f'<p>{escape(line)}</p>' for line in lines)}</li>"
