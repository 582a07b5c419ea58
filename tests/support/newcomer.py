"""What a newcomer has who follows docs/handbook.md: a copy of the repository, a photo, files, a table in Word's clipboard."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import docx
import numpy as np
from PIL import Image

from tests.support.repository import committed

PASTES = {
    "Word 里的表格": """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=ProgId content=Word.Document><meta name=Generator content="Microsoft Word 15"></head>
<body lang=ZH-CN><!--StartFragment-->
<table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0 style='border-collapse:collapse;mso-yfti-tbllook:1184'>
 <tr style='mso-yfti-irow:0;mso-yfti-firstrow:yes'>
  <td width=138 rowspan=2><p class=MsoNormal><b>入口<span lang=EN-US><o:p></o:p></span></b></p></td>
  <td width=277 colspan=2><p class=MsoNormal align=center><b>开放时间<span lang=EN-US><o:p></o:p></span></b></p></td>
 </tr>
 <tr style='mso-yfti-irow:1'>
  <td width=138><p class=MsoNormal>工作日</p></td><td width=138><p class=MsoNormal>周末</p></td>
 </tr>
 <tr style='mso-yfti-irow:2;mso-yfti-lastrow:yes'>
  <td width=138><p class=MsoNormal>东门</p></td>
  <td width=138><p class=MsoNormal><span lang=EN-US>6:30—18:00<o:p></o:p></span></p></td>
  <td width=138><p class=MsoNormal><span lang=EN-US>6:00—19:00<o:p></o:p></span></p></td>
 </tr>
</table>
<!--EndFragment--></body></html>""",
}


def copied(to: Path, when: str) -> Path:
    """A copy of the last commit as git cloned it, with an origin. when: of its commit, with an offset."""
    committed(to, ".")
    dated = {**os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    who = ["-c", "user.name=平台管理员", "-c", "user.email=guanli@jl.example"]
    for command in (
        ["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "start"],
        ["remote", "add", "origin", "https://git.example/jiyue.git"],
    ):  # fmt: skip
        subprocess.run(["git", *command], cwd=to, env=dated, check=True)
    return to


def files(to: Path) -> dict[str, Path]:
    """By their names in the handbook: a photo of 12 MB as a phone takes it, an attachment, an article in Word."""
    to.mkdir(parents=True, exist_ok=True)
    given = {name: to / name for name in ("公园照片.jpg", "停车位.docx", "安全提示.docx")}
    _photo().save(given["公园照片.jpg"], quality=100, exif=_turned())
    table = docx.Document()
    table.core_properties.author = ""
    table.add_paragraph("南湖公园停车位")
    table.save(str(given["停车位.docx"]))
    text = docx.Document()
    text.core_properties.author = ""
    text.add_heading("关于冰面安全的提示", 0)
    for line in (
        "一、不要走上冰面", "近期气温变化大，湖面结冰厚薄不一。", "二、看护好儿童", "请不要让儿童在湖边单独玩耍。",
    ):  # fmt: skip
        text.add_paragraph(line)
    text.save(str(given["安全提示.docx"]))
    return given


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    return exif


def _photo() -> Image.Image:
    """A winter evening over a lake, grainy like a night photo, lying on its side as the sensor saw it."""
    width, height = 4608, 3456
    across, down = np.linspace(0, 1, width), np.linspace(0, 1, height)[:, None]
    sky = np.stack([60 + 150 * down + 0 * across, 90 + 110 * down + 0 * across, 150 + 60 * down + 0 * across], axis=-1)
    hills = 0.55 + 0.06 * np.sin(across * 9) + 0.03 * np.sin(across * 23 + 1)
    sky[down > hills[None, :]] = (70, 84, 96)
    sky[(down > 0.68) & (across[None, :] >= 0)] = (196, 210, 222)
    grain = np.random.default_rng(20261128).normal(0, 11, (height, width, 1))
    return Image.fromarray(np.clip(sky + grain, 0, 255).astype(np.uint8)).rotate(90, expand=True)


def program(now: str = "") -> tuple[str, ...]:
    """What `jiyue` is. now: a minute at which its clock stands, so that pictures don't change with the day."""
    if not now:
        return (str(Path(sys.executable).parent / "jiyue"),)
    stopped = f"from jiyue.base import clock; clock.now = lambda: {now!r}; from jiyue.cli import main; main()"
    return (sys.executable, "-c", stopped)


def environment(home: Path) -> dict[str, str]:
    """A person's who has set nothing of git."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "JIYUE_", "DISPLAY"))}
    home.mkdir(exist_ok=True)
    return {**kept, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
