"""The finished HTML of a site, looked at as a stranger would before a release: it stops a release, never a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from jiyue.diagnostics import Diagnostic, error

_SOURCE = "国办秘函〔2019〕19号（链接准确性：空链、错链）"
TARGET = error(
    "link-output",
    "网页里的链接指向不存在的文件",
    "成品网页里站内链接、图片、附件的文件必须都在，缺一个说明生成有误，这一版不发布。",
    _SOURCE,
)
ANCHOR = error(
    "link-anchor",
    "网页里的链接指向不存在的位置",
    "「#」后面的位置在目标网页里没有，读者点了不会跳到那里。",
    _SOURCE,
)
RULES = (TARGET, ANCHOR)

_REFERENCE = re.compile(rb"""<[a-zA-Z][^<>]*?\s(?:href|src|poster)=(?:"([^"]*)"|'([^']*)')""")
_ID = re.compile(rb"""<[^<>]*?\s(?:id|name)=(?:"([^"]*)"|'([^']*)')""")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
MOST = 50
"""Findings of one site that are listed; more say nothing new."""


def verify_site(folder: Path, site: str = "", base_path: str = "") -> list[Diagnostic]:
    """Relative links, pictures and anchors of every HTML page below a site's document root that lead nowhere.

    base_path is the path that the site's address carries ('' or '/cc'): what begins with it means the root.
    """
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    known: dict[str, frozenset[str]] = {}
    found: list[Diagnostic] = []
    for page in sorted(name for name in files if name.endswith(".html")):
        for address, line in _references(folder / page):
            path, anchor = _meaning(page, address, base_path)
            if path is None:
                continue
            if path not in files:
                hint = "重新构建；仍然如此请报告。发布前会再查"
                found.append(TARGET.at(f"{site}/{page}", line, f"「{address}」没有对应的文件", hint, site=site))
            elif anchor and path.endswith(".html"):
                if path not in known:
                    known[path] = _ids(folder / path)
                if anchor not in known[path] and anchor != "top":
                    hint = "核对「#」后面的名字；标题改过的，链接也要改"
                    found.append(ANCHOR.at(f"{site}/{page}", line, f"「{address}」的位置不存在", hint, site=site))
            if len(found) >= MOST:
                return found
    return found


def _references(path: Path) -> Iterator[tuple[str, int]]:
    data = path.read_bytes()
    for match in _REFERENCE.finditer(data):
        address = unescape((match[1] or match[2] or b"").decode("utf-8", "replace")).strip()
        if not _ELSEWHERE.match(address):
            yield address, data.count(b"\n", 0, match.start()) + 1


def _meaning(page: str, address: str, base_path: str) -> tuple[str | None, str]:
    """The file below the root and the anchor that an address on a page means; None for one outside the root."""
    bare, _, anchor = address.partition("#")
    bare = unquote(bare.partition("?")[0])
    if bare.startswith("/"):
        if base_path and not f"{bare}/".startswith(base_path + "/"):
            return None, ""
        steps: list[str] = []
        bare = bare[len(base_path) :]
    else:
        steps = page.split("/")[:-1] if bare else []
    if not bare:
        return page, unquote(anchor)
    for step in bare.split("/"):
        if step == "..":
            if not steps:
                return None, ""
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    path = "/".join(steps)
    if bare.endswith(("/", "/.", "/..")) or bare in (".", "..") or not path:
        path = f"{path}/index.html" if path else "index.html"
    return path, unquote(anchor)


def _ids(path: Path) -> frozenset[str]:
    found = _ID.finditer(path.read_bytes())
    return frozenset(unescape((m[1] or m[2] or b"").decode("utf-8", "replace")) for m in found)
