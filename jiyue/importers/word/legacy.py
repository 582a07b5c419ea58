"""Converts old Word files (.doc) and those of WPS (.wps): by LibreOffice, whose result is compared with what office-oxide reads.

office-oxide gives the text alone, without automatic numbers, tables and notes; it is also what is left without LibreOffice.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from jiyue.base import clock
from jiyue.checks.attachment.extract.old import converter
from jiyue.importers.bodies import from_plain
from jiyue.importers.reading import clean_lines
from jiyue.importers.word import completeness
from jiyue.importers.word.converted import BadDocument, Converted, Loss
from jiyue.importers.word.document import convert_docx
from jiyue.importers.word.facts import read_facts
from jiyue.importers.word.headings import Block
from jiyue.importers.word.looks import Look

LARGEST = 50_000_000
"""Bytes of a file."""
START, EACH = 60.0, 20.0
"""Seconds that LibreOffice may take to start, and for each file."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PAGE_NUMBER = re.compile(r"[\W\d_第页共]*")
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
</item></oor:items>"""
"""No macro runs, and nothing is loaded from an address in the file."""


def convert_old(data: bytes, name: str, converted: bytes | None = None) -> Converted:
    """Convert a .doc or .wps file. converted: as .docx, if `to_docx` was asked for several already. Raises BadDocument."""
    check(data)
    text = _text(data)
    docx = converted if converted is not None else to_docx({name: data}).get(name)
    if docx is None:
        return _plain(text, "本机没有安装 LibreOffice" if not converter() else "LibreOffice 打不开这个文件")
    result = convert_docx(docx, name)
    shown = completeness.squeezed("".join(result.fields.values())) + completeness.page_text(result.markdown)
    told = completeness.squeezed("".join(one.message for one in result.losses))
    lost = [
        line for line in text
        if (words := completeness.squeezed(line)) and words not in shown and words not in told
        and not _PAGE_NUMBER.fullmatch(line)
    ]  # fmt: skip
    losses = [Loss("全文核对", f"转换时可能丢了下面的文字，请对照原文补上：{line.strip()[:80]}") for line in lost]
    return replace(result, losses=(*result.losses, *losses))


def check(data: bytes) -> None:
    """Raises BadDocument for what is no old Word file."""
    if len(data) > LARGEST:
        raise BadDocument(f"文件有 {len(data) // 1_000_000} MB，太大")
    if not data.startswith(_OLE):
        raise BadDocument("不是 Word 97—2003 或者 WPS 的文档")


def to_docx(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Name -> the file as .docx, of those that LibreOffice can read; {} where it isn't installed. One start for all."""
    program = converter()
    if not program or not files:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "profile", "user", "registrymodifications.xcu")
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        sources = {name: Path(folder, f"{at}.doc") for at, name in enumerate(files)}
        for name, path in sources.items():
            path.write_bytes(files[name])
        command = [
            program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", "--convert-to", "docx",
            "--outdir", f"{folder}/out", *map(str, sources.values()),
        ]  # fmt: skip
        child = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        with suppress(subprocess.TimeoutExpired):
            child.wait(START + EACH * len(files))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        paths = {name: Path(folder, "out", f"{path.stem}.docx") for name, path in sources.items()}
        made = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    return made


def _text(data: bytes) -> list[str]:
    """The lines that office-oxide reads. Raises BadDocument."""
    import office_oxide  # noqa: PLC0415  (a compiled module, only where there is an old file)

    try:
        text = str(office_oxide.Document.from_bytes(data, "doc").plain_text())
    except Exception:  # whatever a broken file leads to
        raise BadDocument("文件损坏，或者加了密码") from None
    return clean_lines(text)


def _plain(lines: list[str], why: str) -> Converted:
    """The text alone."""
    lines = [line.strip() for line in lines]
    facts = read_facts([Block(line, Look()) for line in lines], datetime.fromisoformat(clock.now()))
    message = f"{why}，只带入了文字：自动编号、表格、脚注和图片可能缺失，请逐段对照原文，或者另存为 .docx 再导入"
    return Converted(from_plain(lines, facts.used), facts.fields, {}, (Loss("全文", message),))
