"""Makes what is shown of docs/handbook.md elsewhere: the officers' handbook in the demonstration, and its pictures.

make docs         writes the articles of content/jilin/ywpx/ from its chapters, with the pictures that are there
make handbook     follows it in Chromium first (a few minutes) and takes the pictures of docs/pictures/
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

ROOT = Path(__file__).resolve().parents[1]
HANDBOOK = ROOT / "docs" / "handbook.md"
PICTURES = ROOT / "docs" / "pictures"
COLUMN = ROOT / "content" / "jilin" / "ywpx"
NOW = "2026-11-28 10:30"
"""What the clock shows on the pictures."""
COLOURS = 96
SCREEN: ViewportSize = {"width": 1280, "height": 860}
PHONE = "-shouji.png"
EDITOR = "10-xiaoguo.png"
"""The picture that stands for the editor in the README, too."""


@dataclass(frozen=True, slots=True)
class Part:
    """An article: its file, front matter, the words before its first chapter, its chapters, and the pictures that come with it."""

    name: str
    head: str
    words: str
    chapters: str
    pictures: frozenset[str]


_HEAD = """---
title: 信息联络员手册（{number}）：{title}
date: 2026-11-{day} 09:00
source: 吉林省人民政府办公厅（演示）
author: 省政府办公厅信息员·演示一
summary: {summary}
keywords: [{keywords}]
review:
  first: {{by: 省政府办公厅初审岗·演示二, date: 2026-11-{before}}}
  second: {{by: 省政府办公厅复审岗·演示三, date: 2026-11-{before}}}
  secrecy: {{by: 省政府办公厅保密审查岗·演示五, date: 2026-11-{day}}}
  final: {{by: 省政府办公厅终审岗·演示四, date: 2026-11-{day}}}
---

"""
PARTS = (
    Part(
        "20261126-bianji-xiegao.md",
        _HEAD.format(number=22, title="在浏览器里写稿", day=26, before=25, keywords="编辑系统, 写稿, 送审",
                     summary="不用记命令，在浏览器里写一篇带表格、图片和附件的通知，看网页效果，送审。"),
        "给从来没有用过 git 的人看。照着做一遍，大约半小时。「」里是屏幕上的字，或者要您写的字。审核和发布见手册（23）。",
        "一二三四五六",
        frozenset({"01-wode-gongzuo.png", "04-jiancha.png", "06-zhengwen.png", "10-xiaoguo.png"}),
    ),
    Part(
        "20261127-bianji-shenhe.md",
        _HEAD.format(number=23, title="在浏览器里审核、发布、撤下", day=27, before=26, keywords="编辑系统, 审核, 发布, 撤下",
                     summary="换着账号过四道审核，发布，再改，看经过，撤下，用 Word 文件写。"),
        "接着手册（22）的稿件往下做。",
        "七八九十",
        frozenset({"12-dengwo.png", "14-jueding.png", "17-bijiao.png", "18-jingguo.png"}),
    ),
)  # fmt: skip


def article(part: Part) -> str:
    """An article as it should be."""
    chapters = re.split(r"(?m)^(?=## )", HANDBOOK.read_text("utf-8"))
    wanted = [one for one in chapters if one.startswith(tuple(f"## {number}、" for number in part.chapters))]
    text = "".join(wanted).rstrip("\n") + "\n"
    text = re.sub(r"(?m)\n *!\[([^\]]*)\]\(pictures/handbook/([^)]*)\)\n", lambda found: _picture(part, found), text)
    text = re.sub(r"(?<!!)\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = text.replace("（见第十一章）", "")  # which is for administrators and stays in docs/
    return f"{part.head}{part.words}\n\n{text}"


def _picture(part: Part, found: re.Match[str]) -> str:
    return found[0].replace("pictures/handbook/", "bianji-") if found[2] in part.pictures else ""


def written() -> dict[Path, bytes]:
    """The articles and the pictures beside them."""
    made: dict[Path, bytes] = {COLUMN / part.name: article(part).encode() for part in PARTS}
    for part in PARTS:
        made |= {COLUMN / f"bianji-{name}": (PICTURES / "handbook" / name).read_bytes() for name in part.pictures}
    return made


def take_pictures() -> None:
    """Follow the handbook in Chromium and look at it at its pictures."""
    from tests.support.browser import chromium  # noqa: PLC0415  (articles need no browser)
    from tests.support.handbook import Walk  # noqa: PLC0415
    from tests.support.newcomer import PASTES, copied, environment, files, program  # noqa: PLC0415

    with TemporaryDirectory() as folder, chromium() as browser:
        room = Path(folder)
        root = copied(room / "jiyue", "2026-11-28T09:00:00+08:00")
        page = browser.new_context(viewport=SCREEN, locale="zh-CN").new_page()

        def picture(name: str) -> None:
            if name.endswith(PHONE):
                page.set_viewport_size({"width": 390, "height": 760})
                page.evaluate("document.activeElement.scrollIntoView({block: 'center'})")
            page.wait_for_timeout(800)  # for what is shown a moment later, as the preview
            page.evaluate("document.querySelector('.problem[role=status]')?.scrollIntoView({block: 'center'})")
            data = _small(page.screenshot())
            page.set_viewport_size(SCREEN)
            (ROOT / "docs" / name).parent.mkdir(exist_ok=True)
            (ROOT / "docs" / name).write_bytes(data)
            if name.endswith(EDITOR):
                (PICTURES / "editor.png").write_bytes(data)
            print(f"{name}  {len(data) / 1000:.0f} kB", flush=True)

        walk = Walk(page, root, program(NOW), environment(room / "home"), files(room / "files"), PASTES, picture)
        walk.follow(HANDBOOK.read_text("utf-8"))


def _small(data: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415

    out = BytesIO()
    shown = Image.open(BytesIO(data)).convert("RGB")
    shown.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if "--pictures" in sys.argv:
        take_pictures()
    for path, content in written().items():
        path.write_bytes(content)
