"""Rules on attachments: allowed types, whether the content matches the type, and the content rules on all text inside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from jiyue.base.diagnostics import Diagnostic, error, warning
from jiyue.base.patterns import pattern
from jiyue.base.reason import Reason
from jiyue.checks.attachment.ai_picture import AI_PICTURE
from jiyue.checks.attachment.extract.encodings import decodings
from jiyue.checks.attachment.extract.picture import PICTURES, is_silent_picture
from jiyue.checks.attachment.extract.pieces import Active, Part, Position, TooLarge, Truncated, Unreadable
from jiyue.checks.attachment.sandbox import BoundedReader
from jiyue.checks.attachment.svg import svg_problem
from jiyue.checks.text.content import CheckSettings, content_findings, name_findings
from jiyue.checks.text.model import Text

TYPE = error(
    "attachment-type",
    "附件类型不允许",
    "能在浏览器里运行程序的文件（网页、脚本、带宏的文档）和可执行文件会被用来攻击读者，也可能是网站被篡改的痕迹。",
    "国办秘函〔2019〕19号 单项否决第1项（安全事故）",
)
MISMATCH = error(
    "attachment-mismatch",
    "附件内容与扩展名不符",
    "扩展名是图片而内容是别的东西，常见于伪装的木马；真是误改扩展名的，读者也打不开。",
)
UNREADABLE = error(
    "attachment-unreadable",
    "附件内容无法检查",
    "检查不了的附件等于没有检查：扫描件、加密文件、OFD 里的身份证号和密级标志照样会泄露。不跳过，由人看过后登记豁免。",
    "国办秘函〔2019〕19号 单项否决第1项（泄密事故）；《中华人民共和国个人信息保护法》",
)
TOO_LARGE = error(
    "attachment-too-large",
    "附件超过上限",
    "过大的附件基层群众下载不动；解开后异常膨胀的是压缩炸弹，会拖垮读者和检查程序。",
)
IMAGE_POSITION = error(
    "privacy-image-position",
    "图片带有拍摄位置",
    "手机照片的 EXIF 里有经纬度，会暴露当事人住址、工作人员行踪和涉密场所的位置。",
    "《中华人民共和国个人信息保护法》；《中华人民共和国保守国家秘密法》",
    Reason.PRIVACY,
)
SVG = error(
    "attachment-svg",
    "SVG 图片含有不安全的内容",
    "SVG 是网页的一种，里面可以写脚本、引用外部资源。只接受纯图形的 SVG。",
)
ACTIVE = error(
    "attachment-active",
    "附件里有会自己运行的内容",
    "宏、脚本、动态数据交换、远程模板和内嵌对象会在读者打开时运行程序或者向外联络，是攻击读者最常用的手段。不发布，确需的由人核实后登记豁免。",
    "国办秘函〔2019〕19号 单项否决第1项（安全事故）",
)
TRUNCATED = warning(
    "picture-truncated",
    "图片不完整",
    "上传或者转存中断的图片只显示一部分，其余是灰色或者空白。",
)
HEAVY = warning(
    "picture-heavy",
    "图片太大",
    "原图会一并发布，供读者点开。过大的照片基层群众用手机打不开，也占用仓库空间。",
)
RULES = (TYPE, MISMATCH, UNREADABLE, TOO_LARGE, IMAGE_POSITION, SVG, ACTIVE, TRUNCATED, HEAVY, AI_PICTURE)
HEAVY_FROM = 5_000_000
"""Size in bytes from which a picture is too heavy: that of a 24-megapixel photo in good quality."""

_BY_AI = pattern(
    rb"[tT]rainedAlgorithmicMedia|tc260\.org\.cn/ns/AIGC|TC260:AIGC|(?:tEXt|iTXt|zTXt)AIGC\0|\"AIGC\"\s*:\s*\{"
)
"""The marks of IPTC and C2PA (digitalSourceType) and of GB 45438 (field AIGC, in XMP, text chunks or comments)."""

_ZIP, _OLE = (b"PK\x03\x04", b"PK\x05\x06"), (b"\xd0\xcf\x11\xe0",)
ALLOWED: dict[str, tuple[bytes, ...]] = {
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".ofd", ".zip"), _ZIP),
    **dict.fromkeys((".doc", ".xls", ".ppt", ".wps", ".et", ".dps"), _OLE),
    ".pdf": (b"%PDF-",),
    ".rtf": (b"{\\rtf",),
    **dict.fromkeys((".jpg", ".jpeg"), (b"\xff\xd8\xff",)),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".gif": (b"GIF8",),
    ".webp": (b"RIFF",),
    ".ico": (b"\0\0\1\0",),
    **dict.fromkeys(
        (
            ".txt",
            ".csv",
            ".tsv",
            ".yaml",
            ".yml",
            ".json",
            ".geojson",
            ".vtt",
            ".svg",
            ".mp4",
            ".m4a",
            ".m4v",
            ".mp3",
            ".webm",
            ".ogg",
        ),
        (),
    ),
}
"""Allowed suffixes -> possible first bytes of such a file (none: the first bytes do not identify it)."""

_EXECUTABLE = pattern(rb"MZ.{58,}PE\0\0|\x7fELF|#!\s*/|\s*<(?:!doctype\s+html|html|script|\?php)", re.I | re.S)


def attachment_findings(
    root: Path, path: str, site: str, settings: CheckSettings, reader: BoundedReader
) -> list[Diagnostic]:
    """All findings for one attachment, including its name. path is relative to the cluster's root."""
    findings = name_findings(site, path, settings)
    file = root / path
    ending = PurePosixPath(path).suffix.lower()
    if file.is_symlink() or not file.is_file():
        return [*findings, TYPE.at(path, 0, "附件不是普通文件", "换成文件本身，不用链接", site=site)]
    if ending not in ALLOWED:
        hint = f"可用的类型：{'、'.join(sorted(e[1:] for e in ALLOWED))}；数据用 .csv，文稿用 .docx 或 .pdf"
        return [*findings, TYPE.at(path, 0, f"不允许发布 {ending or '没有扩展名的'} 文件", hint, site=site)]
    with file.open("rb") as stream:
        head = stream.read(2048)
    if not _is_what_it_says(ending, head):
        return [*findings, _mismatch(path, site, ending, head)]
    if ending == ".svg":
        return [*findings, *_svg_findings(file, path, site, settings)]
    size = file.stat().st_size
    if ending in PICTURES and size >= HEAVY_FROM:
        hint = "缩小到长边 2000 像素以内，或者提高压缩率后再上传"
        findings.append(HEAVY.at(path, 0, f"图片有 {size / 1e6:.0f} MB", hint, site=site))
    if ending in PICTURES:
        data = file.read_bytes()
        if is_silent_picture(head, data):
            return findings
        if _BY_AI.search(data):
            findings.append(_by_ai(path, site))
    return _unique([*findings, *_inner(root / path, path, site, settings, reader)])


def _by_ai(path: str, site: str) -> Diagnostic:
    hint = "在显示它的文章开头写 ai_generated: image（文字也是的写 text-image）"
    return AI_PICTURE.at(path, 0, "图片的信息写着由人工智能生成", hint, site=site)


def _mismatch(path: str, site: str, ending: str, head: bytes) -> Diagnostic:
    """The actual type of the file, if it is recognized."""
    what = next((what for begins, what in _LOOKS_LIKE if head.startswith(begins)), "")
    message = f"内容不是 {ending} 文件" + (f"，而是{what}" if what else "")
    return MISMATCH.at(path, 0, message, "用原来的程序打开后另存为该格式，不要只改扩展名", site=site)


_LOOKS_LIKE = (
    (b"\xd0\xcf\x11\xe0", "旧版或者加了密码的 Office 文档"),
    (b"PK\x03\x04", "压缩包或者新版 Office 文档"),
    (b"%PDF-", " PDF"),
    (b"{\\rtf", " RTF 文档"),
    (b"\xff\xd8\xff", " JPEG 图片"),
    (b"\x89PNG", " PNG 图片"),
    (b"<", "网页"),
)


def _svg_findings(file: Path, path: str, site: str, settings: CheckSettings) -> list[Diagnostic]:
    data = file.read_bytes() if file.stat().st_size < _LARGEST_SVG else b""
    problem = svg_problem(data) if data else "文件过大"
    hint = "用绘图软件导出为“普通 SVG”，或者换成 PNG"
    findings = [SVG.at(path, 0, f"SVG 不安全：{problem}", hint, site=site)] if problem else []
    try:
        texts = decodings(data)
    except Unreadable as unreadable:
        return [*findings, UNREADABLE.at(path, 0, str(unreadable), hint, site=site)]
    for text in texts:
        findings += content_findings(Text(site, path, text), settings)
    return findings


_LARGEST_SVG = 5_000_000


def _inner(file: Path, path: str, site: str, settings: CheckSettings, reader: BoundedReader) -> Iterable[Diagnostic]:
    for piece in reader.pieces(file):
        if isinstance(piece, Part):
            if piece.name.endswith("文件名"):
                yield from (replace(d, path=path) for d in name_findings(site, piece.text, settings))
            else:
                if piece.name == "图片信息" and _BY_AI.search(piece.text.encode("utf-8", "replace")):
                    yield _by_ai(path, site)  # what is compressed in the file
                text = Text(site, path, piece.text, piece.first_line, piece.name)
                yield from content_findings(text, settings)
        elif isinstance(piece, Position):
            where = f"{piece.name}：" if piece.name else ""
            yield IMAGE_POSITION.at(
                path, 0, f"{where}带有拍摄地点的经纬度", "去掉图片的位置信息（另存为，不保留元数据）", site=site
            )
        elif isinstance(piece, Active):
            hint = "去掉宏、脚本、外部链接和内嵌对象，另存为不带它们的格式（如 PDF）；确需的由人核实后登记豁免"
            yield ACTIVE.at(path, 0, piece.what, hint, site=site)
        elif isinstance(piece, Truncated):
            where = f"{piece.name}：" if piece.name else ""
            yield TRUNCATED.at(path, 0, f"{where}图片文件不完整，后面的部分缺失", "重新上传原图", site=site)
        elif isinstance(piece, TooLarge):
            yield TOO_LARGE.at(path, 0, str(piece), "拆分或者压缩后再上传；确需原样发布的登记豁免", site=site)
        else:
            hint = "换成能读出文字的版本（不加密的 docx、xlsx、带文字层的 PDF）；不能换的，由人逐页看过后登记豁免"
            yield UNREADABLE.at(path, 0, str(piece), hint, site=site)


def _is_what_it_says(ending: str, head: bytes) -> bool:
    begins = ALLOWED[ending]
    if not begins:
        return ending == ".svg" or not _EXECUTABLE.match(head)
    return head.startswith(begins) or (ending == ".pdf" and b"%PDF-" in head[:1024])


def _unique(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Remove duplicates for the same text in two parts of a package (a table and the body around it); keeps the first."""
    seen: dict[tuple[str, str], Diagnostic] = {}
    for diagnostic in findings:
        seen.setdefault((diagnostic.rule, diagnostic.message.rpartition("：")[2]), diagnostic)
    return list(seen.values())
