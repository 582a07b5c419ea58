"""Which files go out: a file beside the articles goes with those that refer to it, and hides with them.

In a column's folder a file is public as long as a public article of its site refers to it. What lies in `images/`, `files/` or
in the site's own folder is there for the whole site: it is public unless all that refer to it are hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.references import local_path, references
from jiyue.catalogue.scan import FILE_FOLDERS, SiteScan
from jiyue.catalogue.summary import HARDEST, Hidden
from jiyue.diagnostics import Diagnostic, warning
from jiyue.encoding import NotUtf8
from jiyue.registry.site import Site

UNUSED = warning(
    "file-unused",
    "附件没有文章引用，不发布",
    "栏目目录里的附件随引用它的文章发布、撤下。没有文章引用的附件没有人审过，也没有页面指向它，所以不发布。",
    "《中华人民共和国政府信息公开条例》；本平台",
)
RULES = (UNUSED,)

_STAYING = ("privacy", "error")
"""Of an article; the files that it alone uses stay with its last published page."""
_NAMED = 5
"""So many files of a folder are named in a finding."""


def hidden_files(
    scan: SiteScan, site: Site, withheld: Mapping[str, str], now: str, read: Callable[[str], str]
) -> dict[str, str]:
    """Source path -> why a file must not go out now: the reason of what hides it, '' where nothing refers to it.

    A file that only an article with an error of form refers to gets '' as well: a release carries it with the page.
    withheld: what may not go out, with reasons; read: source path -> text.
    """
    if not scan.attachments:
        return {}
    public = {site.facts.get("logo", ""), site.facts.get("banner", "")}
    hidden: dict[str, set[str]] = defaultdict(set)
    for row in scan.rows:
        kept_back = withheld.get(row.source_path, "")
        reason = Hidden(row.source_path, row.path, kept_back, row.publish_at, row.expires, row.withdrawn_at).why(now)
        for path in _referred(row.folder, row.extra):
            if reason:
                hidden[path].add(reason)
            else:
                public.add(path)
    base = f"content/{scan.site}/"
    left = [a.path for a in scan.attachments if a.path not in public and base + a.path not in withheld]
    if not left:
        return {}
    for path in _of_unfinished(scan, withheld, read):
        hidden[path].add("embargo")
    found = {}
    for path in left:
        reasons = hidden.get(path)
        if reasons:
            hardest = min(reasons, key=HARDEST.index)
            found[base + path] = "" if hardest in _STAYING else hardest
        elif "/" in path and path.partition("/")[0] not in FILE_FOLDERS:
            found[base + path] = ""
    return found


def unused_findings(scan: SiteScan, hidden: Mapping[str, str], read: Callable[[str], str]) -> list[Diagnostic]:
    """A warning for each folder with files that no article refers to, hidden ones included."""
    if "" not in hidden.values():
        return []
    base = f"content/{scan.site}/"
    referred = {path for row in scan.rows for path in _referred(row.folder, row.extra)}
    referred.update(_of_unfinished(scan, {}, read))
    folders: dict[str, list[str]] = defaultdict(list)
    for source, reason in hidden.items():
        if not reason and source.removeprefix(base) not in referred:
            folder, _, name = source.rpartition("/")
            folders[folder].append(name)
    hint = "在文章里链接它；全站共用的文件放到 files/ 或 images/；不需要的删去"
    return [
        UNUSED.at(folder, 0, f"{len(names)} 个文件没有文章引用，不发布：{_listed(names)}", hint, site=scan.site)
        for folder, names in sorted(folders.items())
    ]


def _listed(names: list[str]) -> str:
    return "、".join(sorted(names)[:_NAMED]) + (" 等" if len(names) > _NAMED else "")


def _referred(folder: str, extra: Mapping[str, Any]) -> Iterator[str]:
    """Paths below the site's that an article's body and fields refer to."""
    for key in ("pictures", "files", "others"):
        for address in extra.get(key, ()):
            path = local_path(folder, address if isinstance(address, str) else address[0])
            if path:
                yield path
    video = extra.get("video") or {}
    for key in ("src", "poster", "captions"):
        if video.get(key):
            yield local_path(folder, video[key])


def _of_unfinished(scan: SiteScan, withheld: Iterable[str], read: Callable[[str], str]) -> Iterator[str]:
    """What drafts, and articles that gave no row, refer to; they are few, and read anew."""
    rows = {row.source_path for row in scan.rows}
    unread = {d.path for d in scan.diagnostics} | set(withheld)
    for source in sorted({*scan.drafts, *unread} - rows):
        if not source.endswith((".md", ".markdown")):
            continue
        folder = source.removeprefix(f"content/{scan.site}/").rpartition("/")[0]
        with suppress(OSError, NotUtf8):
            text = read(source)
            values: dict[str, Any] = {}
            with suppress(NoFrontMatter):
                values, _, text, _ = split(text)
            video = values.get("video")
            video = video if isinstance(video, dict) else {}
            yield from _referred(folder, {**references(text, video), "video": video})
