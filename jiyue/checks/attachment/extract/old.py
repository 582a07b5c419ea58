"""Reads old office formats by converting them with LibreOffice, if installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jiyue.checks.attachment.extract.pieces import Active, Piece, Reader, Reading, Unreadable

_MACROS = "_VBA_PROJECT".encode("utf-16-le")
"""The stream with the macros of such a file ([MS-OVBA] 2.2.1); a converted copy has none."""


def converter() -> str:
    """The path of LibreOffice, '' if it isn't installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def converted(ending: str, target: str) -> Reader:
    """A reader that converts the file with LibreOffice to a format we can read."""

    def reader(data: bytes, reading: Reading) -> Iterator[Piece]:
        if _MACROS in data:
            yield Active("文档带有宏程序（VBA）")
        program = converter()
        if not program:
            raise Unreadable(f"读取 {ending} 文件需要 LibreOffice，本机没有安装；请另存为 .{target}")
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, f"source{ending}")
            source.write_bytes(data)
            command = [
                program,
                f"-env:UserInstallation=file://{folder}/profile",
                "--headless",
                "--norestore",
                "--convert-to",
                target,
                "--outdir",
                f"{folder}/out",
                str(source),
            ]
            subprocess.run(command, capture_output=True, timeout=reading.limits.seconds, check=False)
            result = Path(folder, "out", f"source.{target}")
            if not result.exists():
                raise Unreadable("LibreOffice 打不开该文件（损坏或者加了密码）")
            content = result.read_bytes()
        yield from reading.readers[f".{target}"](content, reading)

    return reader
