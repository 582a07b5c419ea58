"""Detects text encodings."""

from __future__ import annotations

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.pieces import Unreadable

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 4000
_ODD = pattern(
    r"[^\t\n\r -~\u00b7\u2010-\u203b\u2460-\u2473\u2500-\u257f\u2600-\u266f\u3000-\u303f\u4e00-\u9fa5\uff00-\uffef]"
)
"""Characters that are rare in Chinese texts, but frequent in wrongly decoded ones."""
_GB2312 = pattern(r"[^\x00-\x7f]")


def decodings(data: bytes) -> list[str]:
    """The possible decodings of a text, the most likely first: one, or two if both GBK and Big5 fit.

    Tries the byte-order mark, UTF-8, UTF-16, GB 18030 and Big5. Raises Unreadable.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return [data.decode(encoding, errors="replace")]
    sample = data[:_SAMPLE]
    if sample.count(0) > len(sample) // 8:
        even = sample[::2].count(0) > sample[1::2].count(0)
        return [data.decode("utf-16-be" if even else "utf-16-le", errors="replace")]
    candidates: list[tuple[float, str]] = []
    for encoding in ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8":
            return [text]
        candidates.append((_oddness(text[:_SAMPLE]), text))
    if not candidates:
        raise Unreadable("文字编码无法识别，请另存为 UTF-8")
    candidates.sort(key=lambda pair: pair[0])
    best = candidates[0][0]
    return [text for oddness, text in candidates[:2] if oddness <= best + 0.2]


def _oddness(text: str) -> float:
    """The share of rare letters and rare ideographs among a text's non-ASCII characters."""
    wide = _GB2312.findall(text)
    if not wide:
        return 0.0
    rare = sum(1 for char in wide if _ODD.match(char) or not _is_common(char))
    return rare / len(wide)


def _is_common(char: str) -> bool:
    """Whether a character is in level 1 of GB 2312 or Big5, as in ordinary texts."""
    for encoding, first, last in (("gb2312", 0xA1, 0xD7), ("big5", 0xA1, 0xC6)):
        try:
            if first <= char.encode(encoding)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False


def decode(data: bytes) -> str:
    """The most likely decoding of a text, see `decodings`. Raises Unreadable."""
    return decodings(data)[0]
