"""Rule on paths that are unsafe on some system: invisible characters, device names, names that differ only in form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern

NAME = error(
    "rights-name",
    "文件名不安全",
    "看不见的字符、大小写或者全角半角的变体、“..”和反斜杠，会让两个不同的文件看起来一样，或者在别的系统上落到别的文件夹。",
)

INVISIBLE = pattern(
    r"[\x00-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_DEVICE = pattern(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I)


def name_findings(paths: Iterable[str]) -> list[Diagnostic]:
    """A finding for each unsafe path."""
    return [
        NAME.at(printable(path), 0, f"文件名{problem}", "改用普通的汉字、字母、数字和连字符命名")
        for path in paths
        if (problem := name_problem(path))
    ]


def name_problem(path: str) -> str:  # noqa: PLR0911  (one return per problem)
    """Why a path is unsafe on some system, in Chinese; '' if it is safe."""
    for part in path.split("/"):
        if part in ("", ".", ".."):
            return f"含有“{part}”一级"
        if "\\" in part or ":" in part:
            return "含有反斜杠或者冒号"
        if INVISIBLE.search(part) or any(0xDC80 <= ord(c) <= 0xDCFF for c in part):
            return "含有看不见的字符或者不是 UTF-8"
        if part != unicodedata.normalize("NFC", part):
            return "不是标准的 Unicode 写法（NFC）"
        if part != part.strip() or part.endswith("."):
            return "首尾有空格或者句点"
        if (
            part.casefold() in (".git", ".gitmodules", ".gitattributes")
            or unicodedata.normalize("NFKC", part).casefold() == ".git"
        ):
            return "与 git 的内部文件同名"
        if _DEVICE.fullmatch(part):
            return "与 Windows 的设备同名"
    return ""


def twin_findings(changed: Iterable[str], paths: Iterable[str]) -> Iterable[Diagnostic]:
    """Findings for changed paths, folders included, that differ from another path only in case or Unicode form."""
    wanted = {normalize(prefix) for path in changed for prefix in _prefixes(path)}
    seen: dict[str, set[str]] = {}
    for path in paths:
        for prefix in _prefixes(path):
            folded = normalize(prefix)
            if folded in wanted:
                seen.setdefault(folded, set()).add(prefix)
    for same in seen.values():
        if len(same) > 1:
            first, *others = sorted(same)
            yield NAME.at(others[-1], 0, f"与“{first}”只差大小写或者字形", "改成不同的名字")


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


def normalize(path: str) -> str:
    return unicodedata.normalize("NFKC", path).casefold()


def printable(text: str) -> str:
    """Text with invisible characters and non-UTF-8 bytes escaped, so that it can be printed."""
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    number = ord(char)
    if 0xDC80 <= number <= 0xDCFF:  # surrogateescape of a non-UTF-8 byte
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
