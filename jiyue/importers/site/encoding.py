"""Decodes the pages of old sites: what browsers do (WHATWG Encoding), then whether the outcome is Chinese.

Chinese pages declare gb2312 and use GBK, declare nothing, or declare what their template once was in. A declaration that
gives characters hardly anybody writes is not believed, and it is told when an encoding was guessed.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from jiyue.importers.reading import BIG5_EVERYDAY, PLAUSIBLE, everyday

PRESCAN = 4096
"""Bytes in which a page declares its encoding. Browsers look at 1,024 first, but at a later declaration, too."""
TORN = 0.01
"""Share of undecodable characters up to which a page is one in this encoding with cut characters, as systems leave them
where they shorten titles by bytes."""

_ASCII = re.compile("[\x00-\x7f]+")
"""ASCII, which says nothing."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]+encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_LABELS = {
    **dict.fromkeys(
        ("gb2312", "gbk", "gb18030", "x-gbk", "gb_2312", "gb_2312-80", "chinese", "csgb2312", "iso-ir-58", "cp936",
         "gb-2312", "gb2312-80", "936", "gb"),
        "gb18030",
    ),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "csbig5", "cn-big5", "cp950", "950"), "big5hkscs"),
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8", "utf_8", "unicode11utf8"), "utf-8"),
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16be", "unicode", "ucs-2"), "utf-8"),  # WHATWG: in a meta it can't be
    **dict.fromkeys(("iso-8859-1", "latin1", "us-ascii", "ascii", "windows-1252", "iso8859-1", "cp1252"), "cp1252"),
}  # fmt: skip
"""The labels of WHATWG that Chinese sites use, and what templates write instead of them."""
_NAMES = {
    "gb18030": "GB18030", "big5hkscs": "Big5", "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}  # fmt: skip
_SAMPLE = 1000
"""Characters of a page by which an encoding is judged."""
_CANDIDATES = ("utf-8", "gb18030", "big5hkscs")


class Text(NamedTuple):
    """A decoded page. encoding: by its usual name; declared: the label in the page, '' for none.

    note: what somebody should know, in Chinese: that the encoding was guessed, or characters are lost; '' for nothing.
    """

    text: str
    encoding: str
    declared: str = ""
    note: str = ""


def decode(data: bytes) -> Text:
    """A page's text, never an error: at worst it has replacement characters, which the note counts."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _noted(data[len(bom) :].decode(encoding, "replace"), encoding, "", "")
    match = _XML.match(data[:PRESCAN]) or _META.search(data[:PRESCAN])
    label = match[1].decode("ascii", "replace").lower() if match else ""
    declared = _LABELS.get(label, "") or _known(label)
    if data.isascii():
        return Text(data.decode("ascii"), _NAMES.get(declared, "") or "UTF-8", label)
    text = _strictly(data, declared) if declared else None
    if text is not None and declared in _CANDIDATES and _score(text, declared) >= PLAUSIBLE:
        return Text(text, _NAMES[declared], label)
    best, found = _best(data, declared)
    if not found:
        encoding = declared or "gb18030"
        return _noted(data.decode(encoding, "replace"), encoding, label, "编码无法辨认")
    if found == declared:
        return _noted(best, found, label, "")
    said = f"网页写的是 {label}，" if label else "网页没有写明编码，"
    return _noted(best, found, label, f"{said}按 {_NAMES.get(found, found)} 读")


def _best(data: bytes, declared: str) -> tuple[str, str]:
    """(text, encoding) by the most plausible reading; '' if none is. Ties go to what is declared, then to UTF-8."""
    rated: list[tuple[float, bool, int, str, str]] = []
    for encoding in dict.fromkeys((declared, *_CANDIDATES) if declared else _CANDIDATES):
        text = data.decode(encoding, "replace")
        torn = text.count("\ufffd") / max(1, len(_ASCII.sub("", text)))
        if torn > TORN:
            continue
        # UTF-8 has so much redundancy that a text in it is one, whatever it says; one or two characters prove nothing
        score = 1.0 if encoding == "utf-8" and not torn else _score(text, encoding)
        rated.append((score - torn, encoding == declared, -len(rated), text, encoding))
    if not rated:
        return "", ""
    score, _, _, text, encoding = max(rated, key=lambda one: one[:3])
    return (text, encoding) if score >= PLAUSIBLE / 2 or encoding == declared else ("", "")


def _score(text: str, encoding: str) -> float:
    """The share, 0..1, of common characters among those beyond ASCII."""
    if encoding == "big5hkscs":
        return everyday(text, "big5", BIG5_EVERYDAY, _SAMPLE)
    if encoding == "cp1252":
        return 0.5 if re.search(r"[\u2018-\u201d\u2013\u2014\xa9\xe9\xa0\xb7]", text) else 0.0
    return everyday(text, most=_SAMPLE)


def _noted(text: str, encoding: str, label: str, note: str) -> Text:
    lost = text.count("\ufffd")
    notes = [note] if note else []
    if lost:
        notes.append(f"{lost} 个字读不出来，成了 \ufffd")
    return Text(text, _NAMES.get(encoding, encoding), label, "；".join(notes))


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _known(label: str) -> str:
    """A label of Python's, of the encodings that pages have; '' for any other."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    return name if name in ("euc_jis_2004", "shift_jis", "euc_kr", "cp949", "koi8-r", "cp1251", "iso8859-5") else ""
