"""Decides which files are published: a file is public or hidden together with the articles that refer to it.

A file in a column's folder is public while a public article of its site refers to it. Files in `images/`, `files/` or
the site's own folder serve the whole site: they are public unless all articles that refer to them are hidden. On a site
with review these files, too, are approved with an article, and are public only with a public article.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.base.encoding import NotUtf8
from jiyue.base.reason import Reason, hardest
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.references import local_path, references
from jiyue.catalogue.scan import FILE_FOLDERS, SiteScan, only_of
from jiyue.catalogue.summary import Hidden
from jiyue.catalogue.unread import meant_hidden
from jiyue.registry.site import PICTURES, Site

UNUSED = warning(
    "file-unused",
    "附件没有文章引用，不发布",
    "附件随引用它的文章审核、发布、撤下。没有文章引用的附件没有人审过，也没有页面指向它，所以不发布。",
    "《中华人民共和国政府信息公开条例》；本平台",
)
PICTURE = warning(
    "site-picture",
    "站点的标识图或者横幅没有发布",
    "logo、banner、conac_mark、error_mark、elder_mark 写的是本站目录下的图片，如 images/logo.png。"
    "图片不存在、没有通过检查或者只属于没有发布的文章时，网页上没有它。",
)
RULES = (UNUSED, PICTURE)

_KIND_OF = dict.fromkeys(("doc", "docx", "wps"), " Word 文件") | {"txt": "纯文本文件"}
"""Suffix -> name of file types that an officer may mistake for articles."""
_REMEDIES = {
    "": "在文章里链接它；不需要的删去。不要求审核的站点，全站共用的文件可以放到 files/ 或 images/",
    " Word 文件": "Word 文件不会变成文章：运行 jiyue new article 新建一篇，把文字贴进去；是附件就在文章里链接它；不需要的删去",
    "纯文本文件": "是文章就用 jiyue import markdown 导入，或改成 .md 文件并写上标题和日期；是附件就在文章里链接它；不需要的删去",
}
_NAMED = 5
"""Maximum number of files of a folder that a finding names."""


def hidden_files(
    scan: SiteScan, site: Site, withheld: Mapping[str, Reason], now: str, read: Callable[[str], str]
) -> dict[str, Reason]:
    """Source path -> why a file is hidden now: the reason of the articles that hide it, or NONE if nothing refers to it.

    A file of an article withheld for a format or privacy error gets NONE, too: a release carries it with the page.
    withheld: source path -> reason; read: source path -> text.
    """
    if not scan.attachments:
        return {}
    public = {site.facts.get(name, "") for name in PICTURES}
    hidden: dict[str, set[Reason]] = defaultdict(set)
    for row in scan.rows:
        reason_withheld = withheld.get(row.source_path, Reason.NONE)
        reason = Hidden(row.source_path, row.path, reason_withheld, row.publish_at, row.expires, row.withdrawn_at).why(
            now
        )
        for path in _referred(row.folder, row.extra):
            if reason:
                hidden[path].add(reason)
            else:
                public.add(path)
    base = f"content/{scan.site}/"
    left = [a.path for a in scan.attachments if a.path not in public and base + a.path not in withheld]
    if not left:
        return {}
    for path, reason in _of_unfinished(scan, withheld, now, read):
        hidden[path].add(reason)
    result = {}
    for path in left:
        reasons = hidden.get(path)
        if reasons:
            worst = hardest(*reasons)  # if the last published page stays, so do its files
            result[base + path] = Reason.NONE if worst.stays else worst
        elif site.review or _in_column(path):
            result[base + path] = Reason.NONE
    return result


def unused_findings(scan: SiteScan, hidden: Mapping[str, Reason], read: Callable[[str], str]) -> list[Diagnostic]:
    """A warning for each folder with files that no article refers to, hidden ones included."""
    base = f"content/{scan.site}/"
    unused = {source for source, reason in hidden.items() if not reason}
    # an unreadable file is withheld anyway, but may be meant as an article
    unused |= {base + a.path for a in scan.attachments if _kind(a.path) and _in_column(a.path)} - hidden.keys()
    if not unused:
        return []
    referred = {path for row in scan.rows for path in _referred(row.folder, row.extra)}
    referred.update(path for path, _ in _of_unfinished(scan, {}, "", read))
    folders: dict[str, list[str]] = defaultdict(list)
    for source in unused:
        if source.removeprefix(base) not in referred:
            folder, _, name = source.rpartition("/")
            folders[folder].append(name)
    findings = []
    for folder, names in sorted(folders.items()):
        kinds: dict[str, list[str]] = defaultdict(list)
        for name in sorted(names):
            kinds[_kind(name)].append(name)
        for kind, group in sorted(kinds.items()):
            path = f"{folder}/{group[0]}" if kind and len(group) == 1 else folder
            message = f"{len(group)} 个{kind or '文件'}没有文章引用，不发布：{_listed(group)}"
            findings.append(UNUSED.at(path, 0, message, _REMEDIES[kind], site=scan.site))
    return findings


def _in_column(path: str) -> bool:
    """Whether a file is in a column's folder, rather than serving the whole site."""
    return "/" in path and path.partition("/")[0] not in FILE_FOLDERS


def _kind(name: str) -> str:
    return _KIND_OF.get(name.rpartition(".")[2].lower(), "")


def picture_findings(
    scan: SiteScan, site: Site, withheld: Iterable[str], now: str, read: Callable[[str], str]
) -> list[Diagnostic]:
    """A warning for each of the site's own pictures (PICTURES) that is not published."""
    named = {name: path for name in PICTURES if (path := site.facts.get(name))}
    if not named:
        return []
    shown = scan.without(withheld)
    public = [row for row in shown.rows if row.is_public(now)]
    hidden = only_of((row for row in shown.rows if not row.is_public(now)), public)
    missing = set(named.values()) - ({a.path for a in shown.attachments} - hidden)
    if not missing:
        return []
    file = f"sites/{site.id}.yaml"
    lines = read(file).splitlines()
    hint = "写本站目录下已有的图片，如 images/logo.png；全站用的图片放在 images/"
    return [
        PICTURE.at(
            file,
            next((n for n, line in enumerate(lines, 1) if line.startswith(f"{name}:")), 0),
            f"{name}「{path[:80]}」没有这张图片，或者它没有发布",
            hint,
            site=site.id,
        )
        for name, path in named.items()
        if path in missing
    ]


def _listed(names: list[str]) -> str:
    return "、".join(sorted(names)[:_NAMED]) + (" 等" if len(names) > _NAMED else "")


def _referred(folder: str, extra: Mapping[str, Any]) -> Iterator[str]:
    """Paths, relative to the site's, of files that an article's body and fields refer to."""
    for key in ("pictures", "files", "others"):
        for address in extra.get(key, ()):
            path = local_path(folder, address if isinstance(address, str) else address[0])
            if path:
                yield path


def _of_unfinished(
    scan: SiteScan, withheld: Iterable[str], now: str, read: Callable[[str], str]
) -> Iterator[tuple[str, Reason]]:
    """(path, reason) of files that drafts and unreadable articles refer to. These are few, so they are read again."""
    rows = {row.source_path for row in scan.rows}
    unread = {d.path for d in scan.diagnostics} | set(withheld)
    for source in sorted({*scan.drafts, *unread} - rows):
        if not source.endswith((".md", ".markdown")):
            continue
        folder = source.removeprefix(f"content/{scan.site}/").rpartition("/")[0]
        with suppress(OSError, NotUtf8):
            text = read(source)
            reason = Reason.DRAFT if source in scan.drafts else meant_hidden(text, now) or Reason.ERROR
            values: dict[str, Any] = {}
            with suppress(NoFrontMatter):
                values, _, text, _ = split(text)
            for path in _referred(folder, references(text, values)):
                yield scan.respelled.get(path, path), reason
