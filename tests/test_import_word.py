"""Word files and the clipboard's HTML: what is carried, what is told (jiyue/importers/word/)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from jiyue.base.list_numbers import counted
from jiyue.importers.word.completeness import page_text, squeezed
from jiyue.importers.word.converted import Converted
from jiyue.importers.word.document import convert_docx
from tests.support.word import Word, level, picture

REAL = Path(os.environ.get("JIYUE_REAL_TEXTS", "/nowhere"), "documents/office")
real = pytest.mark.skipif(not REAL.is_dir(), reason="needs JIYUE_REAL_TEXTS")
office = pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice (tools/ensure-test-tools.sh)")


def convert(word: Word) -> Converted:
    return convert_docx(word.data(), "a.docx")


def told(converted: Converted) -> list[str]:
    return [f"{one.place}：{one.message}" for one in converted.losses]


# --- A document of GB/T 9704-2012 with everything in it

LEVELS = (
    level(0, "chineseCounting", "%1、") + level(1, "chineseCounting", "（%2）")
    + level(2, "decimal", "%3.") + level(3, "decimal", "（%4）")
)  # fmt: skip


def official_document() -> Word:
    word = Word()
    word.list(1, LEVELS)
    title = {"font": "方正小标宋简体", "size": 22, "center": True}
    word.paragraph("吉林省人民政府办公厅文件", font="方正小标宋简体", size=40, red=True, center=True)
    word.paragraph()
    word.paragraph("吉政办发〔2026〕12号", center=True, size=16)
    word.paragraph("吉林省人民政府办公厅关于", **title)
    word.paragraph("进一步规范公文格式的通知", **title)
    word.paragraph("各市（州）人民政府，省政府各厅委办、各直属机构：", size=16)
    opening = word.paragraph("　　为规范公文格式", size=16)
    word.note(opening, "依据《党政机关公文格式》。")
    opening.add_run("，现就有关事项通知如下：")
    word.paragraph("总体要求", number=1, font="黑体", size=16)
    word.paragraph("指导思想", number=1, level=1, font="楷体_GB2312", size=16)
    word.paragraph("坚持依法行政。", number=1, level=2)
    word.paragraph("坚持 *公开* 透明。", number=1, level=2)
    word.paragraph("第一项。", number=1, level=3)
    word.paragraph("重点任务", number=1, font="黑体", size=16)
    table = word.document.add_table(4, 4)
    cells = {(0, 0): "地区", (0, 1): "数量", (0, 3): "备注", (1, 1): "甲", (1, 2): "乙", (2, 0): "长春", (2, 1): "1",
             (2, 2): "2", (2, 3): "无", (3, 0): "合计", (3, 1): "3"}  # fmt: skip
    for first, last in (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (1, 3)), ((3, 1), (3, 2))):
        table.cell(*first).merge(table.cell(*last))
    for place, text in cells.items():
        table.cell(*place).paragraphs[0].add_run(text)
    word.note(table.cell(3, 3).paragraphs[0], "表中的注。")
    table = word.document.add_table(2, 2)
    for at, text in enumerate(("项", "值", "a|b", "*")):
        table.cell(at // 2, at % 2).text = text
    word.note(table.cell(1, 1).paragraphs[0], "尾注的话。", "endnote")
    word.add_picture(picture(), "柱状图：逐年增长")
    word.paragraph("附件：1.格式样本", size=16)
    word.paragraph("吉林省人民政府办公厅", right=True, size=16)
    word.paragraph("2026年11月20日", right=True, size=16)
    return word


OFFICIAL = """\
各市（州）人民政府，省政府各厅委办、各直属机构：

为规范公文格式[^1]，现就有关事项通知如下：

## 一、总体要求

### （一）指导思想

1\\. 坚持依法行政。

2\\. 坚持 \\*公开\\* 透明。

（1）第一项。

## 二、重点任务

<table>
<tr>
<th rowspan="2">地区</th>
<th colspan="2">数量</th>
<th rowspan="2">备注</th>
</tr>
<tr>
<th>甲</th>
<th>乙</th>
</tr>
<tr>
<td>长春</td>
<td>1</td>
<td>2</td>
<td>无</td>
</tr>
<tr>
<td>合计</td>
<td colspan="2">3</td>
<td><sup>注1</sup></td>
</tr>
</table>

注1：表中的注。

| 项 | 值 |
| --- | --- |
| a\\|b | \\*[^2] |

![柱状图：逐年增长](5d6037dec4dc.png)

附件：1.格式样本

吉林省人民政府办公厅

2026年11月20日

[^1]: 依据《党政机关公文格式》。

[^2]: 尾注的话。"""


def test_an_official_document_arrives_whole() -> None:
    converted = convert(official_document())
    assert converted.markdown == OFFICIAL
    assert converted.fields == {
        "title": "吉林省人民政府办公厅关于进一步规范公文格式的通知", "doc_number": "吉政办发〔2026〕12号",
        "issuer": "吉林省人民政府办公厅", "genre": "通知", "created": "2026-11-20", "kind": "document", "form": "red",
    }  # fmt: skip
    assert converted.files == {"5d6037dec4dc.png": picture()}
    assert converted.losses == ()


# --- Numbers

FORMATS = {
    "decimal": "1 2 9 10 21 100", "decimalZero": "01 02 09 10 21 100", "upperLetter": "A B I J U VVVV",
    "lowerLetter": "a b i j u vvvv", "upperRoman": "I II IX X XXI C", "lowerRoman": "i ii ix x xxi c",
    "chineseCounting": "一 二 九 十 二十一 一○○", "chineseCountingThousand": "一 二 九 十 二十一 一百",
    "taiwaneseCountingThousand": "一 二 九 十 二十一 一百", "taiwaneseCounting": "一 二 九 十 二十一 一○○",
    "japaneseCounting": "一 二 九 十 二十一 百", "chineseLegalSimplified": "壹 贰 玖 壹拾 贰拾壹 壹佰",
    "ideographLegalTraditional": "壹 貳 玖 壹拾 貳拾壹 壹佰", "ideographTraditional": "甲 乙 壬 癸 21 100",
    "ideographZodiac": "子 丑 申 酉 21 100", "decimalEnclosedCircle": "① ② ⑨ ⑩ ㉑ 100",
    "decimalEnclosedCircleChinese": "① ② ⑨ ⑩ ㉑ 100", "ordinal": "1st 2nd 9th 10th 21st 100th",
    "ideographDigital": "一 二 九 一〇 二一 一〇〇", "taiwaneseDigital": "一 二 九 一○ 二一 一○○",
    "decimalFullWidth": "１ ２ ９ １０ ２１ １００", "decimalEnclosedParen": "⑴ ⑵ ⑼ ⑽ 21 100",
    "decimalEnclosedFullstop": "⒈ ⒉ ⒐ ⒑ 21 100", "numberInDash": "-1- -2- -9- -10- -21- -100-",
    "ideographZodiacTraditional": "甲子 乙丑 壬申 癸酉 甲申 癸卯", "ideographEnclosedCircle": "㈠ ㈡ ㈨ ㈩ 21 100",
    "japaneseLegal": "壱 弐 九 壱拾 弐拾壱 壱百", "hex": "1 2 9 A 15 64",
}  # fmt: skip
"""What 1, 2, 9, 10, 21 and 100 are in each format: as Word shows them ([MS-DOCX] 2.4)."""
STARTS = (1, 2, 9, 10, 21, 100)
OTHERWISE_IN_LIBREOFFICE = {
    ("chineseCounting", 100), ("taiwaneseCounting", 100), ("japaneseCounting", 100), ("ideographDigital", 10),
    ("ideographDigital", 21), ("ideographDigital", 100),
    *((kind, at) for at in STARTS for kind in (
        "taiwaneseDigital", "decimalFullWidth", "decimalEnclosedParen", "decimalEnclosedFullstop", "numberInDash",
        "ideographZodiacTraditional", "ideographEnclosedCircle", "japaneseLegal", "hex",
    )),
}  # fmt: skip
"""What LibreOffice knows no format for and writes in another; all else was compared with it."""


def numbers_of_all_formats() -> Word:
    word = Word()
    for at, kind in enumerate(FORMATS):
        word.list(100 * (at + 1), level(0, kind, "%1、"))
        for more, start in enumerate(STARTS):
            change = f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{start}"/></w:lvlOverride>'
            word.list(100 * (at + 1) + more + 1, "", change, of=100 * (at + 1))
            word.paragraph(f"={kind}={start}", number=100 * (at + 1) + more + 1)
    return word


def test_numbers_of_every_format_stand_in_the_text() -> None:
    text = page_text(convert(numbers_of_all_formats()).markdown)
    for kind, numbers in FORMATS.items():
        for number, start in zip(numbers.split(), STARTS, strict=True):
            assert f"{number}、={kind}={start}" in text


def test_large_numbers() -> None:
    assert [counted(at, "chineseCountingThousand") for at in (101, 110, 1005)] == ["一百零一", "一百一十", "一千零五"]
    assert [counted(at, "chineseLegalSimplified") for at in (10, 101)] == ["壹拾", "壹佰零壹"]
    assert [counted(7, "unknown"), counted(10000, "chineseCountingThousand"), counted(3, "none")] == ["7", "10000", ""]


def numbers_of_several_levels() -> tuple[Word, list[str]]:
    """A document, and its paragraphs with their numbers; None where LibreOffice doesn't do what the standard says."""
    word = Word()
    word.list(1, level(0, "chineseCounting", "第%1章", '<w:suff w:val="space"/>') + level(1, "decimal", "%1.%2")
              + level(2, "lowerLetter", "%3)", '<w:suff w:val="nothing"/>'))  # fmt: skip
    word.list(2, "", of=1)
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    word.list(3, "", again, of=1)
    other = f'<w:lvlOverride w:ilvl="0">{level(0, "upperRoman", "%1.", start=4)}</w:lvlOverride>'
    word.list(4, "", other, of=1)
    word.style("chapter", '<w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr>')
    word.style("chapter2", based_on="chapter")
    word.style("section", '<w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="5"/></w:numPr></w:pPr>')
    word.list(5, level(0, "japaneseCounting", "第%1条", '<w:pStyle w:val="chapter"/>')
              + level(1, "decimalEnclosedCircle", "%2", '<w:pStyle w:val="section"/>'))  # fmt: skip
    word.style("listed", '<w:pPr><w:numPr><w:numId w:val="6"/></w:numPr></w:pPr>', kind="numbering")
    word.list(6, level(0, "ideographTraditional", "%1："), more='<w:styleLink w:val="listed"/>')
    word.list(7, "", more='<w:numStyleLink w:val="listed"/>')
    wanted = []

    def put(shown: str, text: str, **more: object) -> None:
        word.paragraph(text, **more)  # type: ignore[arg-type]
        wanted.append(shown + text)

    put("第一章", "甲", number=1)
    put("一.1", "乙", number=1, level=1)
    put("一.2", "丙", number=1, level=1)
    put("a)", "丁", number=1, level=2)
    put("第二章", "戊", number=2)
    put("二.1", "己", number=2, level=1)
    put("a)", "庚", number=2, level=2)
    put("第一章", "辛", number=3)
    put("第二章", "壬", number=1)
    put("第一条", "子", style="chapter")
    put("①", "丑", style="section")
    put("②", "寅", style="section")
    put("第二条", "卯", style="chapter2")
    put("①", "辰", style="section")
    put("", "巳", style="chapter", number=0)
    put("甲：", "午", number=7)
    put("乙：", "未", number=6)
    put("III.", "申", number=4)
    return word, wanted


def test_numbers_of_several_levels_restart_and_come_from_styles() -> None:
    word, wanted = numbers_of_several_levels()
    text = page_text(convert(word).markdown)
    assert text == "".join(squeezed(one) for one in wanted)


def test_legal_numbers_and_levels_that_never_restart() -> None:
    word = Word()
    word.list(1, level(0, "chineseCounting", "%1、") + level(1, "chineseCounting", "%1.%2", "<w:isLgl/>")
              + level(2, "decimal", "（%3）", '<w:lvlRestart w:val="0"/>')
              + level(3, "decimal", "[%4]", '<w:lvlRestart w:val="1"/>'))  # fmt: skip
    for at in (0, 1, 2, 3, 1, 2, 3, 0, 1, 2, 3):
        word.paragraph("。", number=1, level=at)
    assert page_text(convert(word).markdown) == "一、。1.1。（1）。[1]。1.2。（2）。[2]。二、。2.1。（3）。[1]。"


def test_marks_become_lists() -> None:
    word = Word()
    word.list(1, level(0, "bullet", "") + level(1, "bullet", "o"))
    for at, text in ((0, "甲"), (1, "乙"), (0, "丙")):
        word.paragraph(text, number=1, level=at)
    assert convert(word).markdown == "- 甲\n\n    - 乙\n\n- 丙"


@pytest.fixture(scope="module")
def by_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Name of a document -> its lines as LibreOffice shows them, squeezed; one start for all."""
    folder = tmp_path_factory.mktemp("libreoffice")
    documents = {
        "formats": numbers_of_all_formats(),
        "levels": numbers_of_several_levels()[0],
        "official": official_document(),
    }
    for name, word in documents.items():
        (folder / f"{name}.docx").write_bytes(word.data())
    paths = [str(folder / f"{name}.docx") for name in documents]
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "txt:Text (encoded):UTF8",
        "--outdir",
        str(folder),
        *paths,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {
        name: [squeezed(line) for line in (folder / f"{name}.txt").read_text("utf-8-sig").split("\n") if line.strip()]
        for name in documents
    }


@office
def test_numbers_are_those_that_libreoffice_shows(by_libreoffice: dict[str, list[str]]) -> None:
    ours = page_text(convert(numbers_of_all_formats()).markdown)
    compared = 0
    for line in by_libreoffice["formats"]:
        _, kind, start = line.rsplit("=", 2)
        if (kind, int(start)) not in OTHERWISE_IN_LIBREOFFICE:
            assert line in ours
            compared += 1
    assert compared == len(FORMATS) * len(STARTS) - len(OTHERWISE_IN_LIBREOFFICE)
    assert by_libreoffice["levels"] == [squeezed(one) for one in numbers_of_several_levels()[1]]


@office
def test_a_page_shows_all_that_libreoffice_shows(by_libreoffice: dict[str, list[str]]) -> None:
    converted = convert(official_document())
    ours = squeezed("吉林省人民政府办公厅文件" + "".join(converted.fields.values())) + page_text(converted.markdown)
    marks = re.compile(
        r"^[12](?=[依表])|(?<=格式)1(?=，)|(?<=\*)i$|^i(?=尾注)|^2$"
    )  # those of notes, which Markdown counts itself
    assert [line for line in by_libreoffice["official"] if marks.sub("", line) not in ours] == []
