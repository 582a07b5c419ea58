"""The anchors of search results are one rule in two languages: a page's ids, and those derived from its text."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape

from jiyue.render.markdown import convert
from jiyue.render.places import with_places
from jiyue.render.search import plain_text
from tests.support.search import MODULES, real_texts

SCRIPT = """
import { createInterface } from "node:readline";
const { partsOf } = await import(process.argv[1]);
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(partsOf(JSON.parse(line)).map(({ name }) => name).filter(Boolean)));
}
"""


def compared(texts: list[str]) -> list[tuple[list[str], list[str]]]:
    """For each Markdown text the ids of its headings and 条 in the page, and those that the browser makes of its plain text."""
    pages = [convert(text)[0] for text in texts]
    asked = "".join(json.dumps(plain_text(page)) + "\n" for page in pages)
    command = ["node", "--input-type=module", "-e", SCRIPT, (MODULES / "places.mjs").as_uri()]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, encoding="utf-8", check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    ids = [[unescape(one) for one in re.findall(r'<(?:h[1-6]|p) id="([^"]*)"', with_places(page))] for page in pages]
    return list(zip(ids, found, strict=True))


HEADINGS = (
    """## 一、总体要求

## 第一章　总 则

**第一条** 甲

第 二 条 乙

第三条之一　丙

第四条规定的，丁

第五条、戊

第六章 不是条

### （一）“加快”*建设*——《办法》2.0 版

### （一）“加快”建设——《办法》2.0 版

## 第七条 题

## ！！！

## Ünïcode ß Ⅳ ② 〇 ㈠ x_y é

## {}

# 大标题

第〇条 己
"""
    + "## "
    + "很长的标题" * 20
)


def test_the_ids_are_those_of_the_page() -> None:
    ((ids, made),) = compared([HEADINGS])
    assert made == ids and len(ids) == 13 and ids[2:5] == ["第一条", "第二条", "第三条之一"]


def test_and_in_real_documents() -> None:
    """Only a 条 that begins a line inside a paragraph has an id in the text alone: such a link opens the page at its top."""
    pairs = compared([text for _, text in real_texts()[::4]])
    assert sum(len(ids) for ids, _ in pairs) > 1000
    wrong = [(ids, made) for ids, made in pairs if not set(ids) <= set(made)]
    assert not wrong and sum(ids != made for ids, made in pairs) <= len(pairs) // 20
