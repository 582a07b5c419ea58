"""Word files and the clipboard's HTML: what is carried, what is told (jiyue/importers/word/)."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from cn_gov_docx import CnGovDocx
from docx.opc.constants import RELATIONSHIP_TYPE as KIND
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.base.list_numbers import counted
from jiyue.importers.word import bounded, legacy, ole
from jiyue.importers.word.bounded import convert_bounded
from jiyue.importers.word.clipboard import convert_html
from jiyue.importers.word.completeness import page_text, squeezed
from jiyue.importers.word.converted import BadDocument, Converted
from jiyue.importers.word.document import convert_docx
from jiyue.importers.word.files import import_files
from jiyue.importers.word.formats import convert_file
from jiyue.importers.word.pdf import paragraphs
from tests.support.cluster import ClusterFolder
from tests.support.samples import pdf
from tests.support.word import SPACES, Word, level, packaged, picture, xml

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


@pytest.mark.parametrize(
    ("promulgation", "created", "effective"),
    [
        (["（《某市条例》已于2019年12月26日由某会议通过，2020年3月26日公告第15号公布，自公布之日起施行）"], "2020-03-26", "2020-03-26"),
        (["（2020年4月21日某市人民代表大会常务委员会", "第二十五次会议通过 2020年5月15日某省人大",
          "常委会第二十一次会议批准）"], "2020-05-15", None),
    ],
)  # fmt: skip
def test_dates_of_a_regulation(promulgation: list[str], created: str, effective: str | None) -> None:
    word = Word()
    for line in ("某市文明行为促进条例", *promulgation, "第一条 甲。", "第二条 本条例自公布之日起施行。"):
        word.paragraph(line, center=line.startswith("某市"), size=22 if line.startswith("某市") else 16)
    converted = convert(word)
    assert (converted.fields["created"], converted.fields.get("effective")) == (created, effective)
    assert converted.losses == ()


def test_a_letterhead_with_who_signed_and_one_in_a_text_box() -> None:
    word = Word()
    word.text_box(word.paragraph(), "长春市人民政府文件")
    for run in word.document.element.body.iter(qn("w:r")):
        if run.find(qn("w:t")) is not None:
            run.insert(0, xml('<w:rPr><w:color w:val="FF0000"/><w:sz w:val="80"/></w:rPr>'))
    word.paragraph("长府文〔2026〕3号　　　签发人：王某")
    word.paragraph("关于甲事项的请示", style="Title")
    word.paragraph("省人民政府：")
    converted = convert(word)
    assert converted.markdown == "长府文〔2026〕3号　　　签发人：王某\n\n省人民政府："
    assert converted.fields == {
        "title": "关于甲事项的请示", "doc_number": "长府文〔2026〕3号", "genre": "请示", "issuer": "长春市人民政府",
        "kind": "document", "form": "red",
    }  # fmt: skip
    assert [one.lost for one in converted.losses] == [False]


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


def test_a_document_of_cn_gov_docx(tmp_path: Path) -> None:
    made = CnGovDocx()
    (tmp_path / "a.png").write_bytes(picture())
    made.add_title("某市2026年工作要点")
    made.add_h1("一、总体要求")
    made.add_h2("（一）指导思想")
    made.add_h3("1.坚持依法行政")
    made.add_text("各地各部门要认真贯彻落实。")
    made.add_image_block(str(tmp_path / "a.png"))
    made.save(str(tmp_path / "a.docx"))
    converted = convert_docx((tmp_path / "a.docx").read_bytes(), "a.docx")
    assert converted.fields == {"title": "某市2026年工作要点"}
    assert converted.markdown == (
        "## 一、总体要求\n\n### （一）指导思想\n\n#### 1.坚持依法行政\n\n各地各部门要认真贯彻落实。![](5d6037dec4dc.png)"
    )
    assert told(converted) == ["第 5 段「各地各部门要认真贯彻落实」：图片没有说明文字（替代文字），请补上"]


# --- What is carried in another form, and what is not


def test_changes_hidden_words_and_comments_are_told() -> None:
    word = Word()
    one = word.paragraph("甲")
    word.put(one, '<w:ins w:id="1" w:author="x"><w:r><w:t>新</w:t></w:r></w:ins>')
    word.put(one, '<w:del w:id="2" w:author="x"><w:r><w:delText>旧</w:delText></w:r></w:del>')
    word.put(one, '<w:moveFrom w:id="3" w:author="x"><w:r><w:t>原处</w:t></w:r></w:moveFrom>')
    word.put(one, '<w:moveTo w:id="4" w:author="x"><w:r><w:t>移来</w:t></w:r></w:moveTo>')
    word.put(one, "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>")
    joined = word.paragraph("段首")
    word.put(joined, '<w:pPr><w:rPr><w:del w:id="5" w:author="x"/></w:rPr></w:pPr>')
    joined._p.insert(0, joined._p[-1])
    word.paragraph("段尾")
    comments = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:comments xmlns:w="{comments}"><w:comment w:id="0"><w:p><w:r><w:t>请核实</w:t></w:r></w:p></w:comment></w:comments>'
    word.part("comments.xml", KIND.COMMENTS, "application/xml", body.encode())
    converted = convert(word)
    assert converted.markdown == "甲新移来\n\n段首段尾"
    assert told(converted) == [
        "第 1 段「甲新移来隐藏」：隐藏的文字没有带入：隐藏",
        "全文：有修订痕迹：插入 2 处按已接受带入，删除 2 处没有带入",
        "批注：批注没有带入：请核实",
    ]
    assert [one.lost for one in converted.losses] == [True, False, True]


def test_headers_and_footers_are_told_but_page_numbers_go() -> None:
    word = Word()
    word.paragraph("甲")
    section = word.document.sections[0]
    section.header.paragraphs[0].text = "内部资料"
    section.footer.paragraphs[0].text = "— 1 —"
    assert told(convert(word)) == ["页眉：页眉没有带入：内部资料"]


def test_fields_leave_their_result() -> None:
    word = Word()

    def field(code: str, result: str, data: str = "") -> str:
        begin = f'<w:r><w:fldChar w:fldCharType="begin">{data}</w:fldChar></w:r>'
        middle = f'<w:r><w:instrText>{code}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        return f'<w:x>{begin}{middle}<w:r><w:t>{result}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:x>'

    def put(code: str, result: str, data: str = "") -> None:
        for one in re.findall(r"<w:r>.*?</w:r>", field(code, result, data)):
            word.put(paragraph, one)

    paragraph = word.paragraph("见")
    put(" REF a \\h ", "第三条")
    put(' HYPERLINK "https://www.gov.cn/a_b.htm" ', "国务院")
    word.put(paragraph, '<w:fldSimple w:instr=" DATE "><w:r><w:t>2026年</w:t></w:r></w:fldSimple>')
    put(" FORMCHECKBOX ", "", '<w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData>')
    put(
        " FORMDROPDOWN ",
        "",
        '<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="甲"/><w:listEntry w:val="乙"/></w:ddList></w:ffData>',
    )
    word.put(paragraph, "<w:sdt><w:sdtContent><w:r><w:t>控件</w:t></w:r></w:sdtContent></w:sdt>")
    word.put(paragraph, "<w:smartTag><w:r><w:t>标签</w:t></w:r></w:smartTag>")
    word.put(
        paragraph,
        '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:noBreakHyphen/><w:t>x</w:t><w:cr/><w:t>y</w:t></w:r>',
    )
    ruby = "<w:rt><w:r><w:t>jí</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>集</w:t></w:r></w:rubyBase>"
    word.put(paragraph, f"<w:r><w:ruby>{ruby}</w:ruby></w:r>")
    paragraph = word.paragraph()
    put(' TOC \\o "1-3" ', "第一章\t1")
    word.paragraph("正文")
    converted = convert(word)
    assert converted.markdown == (
        "见第三条[国务院](https://www.gov.cn/a%5Fb.htm)2026年☑乙控件标签☑-x<br>\ny集（jí）\n\n正文".replace("%5F", "_")
    )
    assert told(converted) == ["第 2 段「第一章1」：自动目录（第一章 1 等 1 行）没有带入，网页用不着页码"]


def test_formulas_text_boxes_and_words_of_shapes() -> None:
    word = Word()
    one = word.paragraph("按")
    fraction = "<m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    power = "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    word.put(one, f"<m:oMath>{fraction}<m:r><m:t>=</m:t></m:r>{power}</m:oMath>")
    word.text_box(one, "框里")
    art = word.paragraph("乙")
    word.put(art, '<w:r><w:pict><v:shape><v:textpath string="艺术字"/></v:shape></w:pict></w:r>')
    converted = convert(word)
    assert converted.markdown == "按(a+b)/2=x<sup>2</sup>\n\n框里\n\n乙艺术字"
    assert told(converted) == [
        "第 1 段「按」：公式按一行文字带入，请对照原文核对",
        "第 1 段「按」：文本框的文字放在这一段之后：框里",
    ]


def test_pictures_are_cropped_converted_or_told() -> None:
    word = Word()
    word.add_picture(picture(), "甲图", 'l="50000"')
    word.add_picture(picture(kind="BMP"), r"C:\Users\x\a.bmp")
    word.paragraph("乙")
    one = word.paragraph("丙")
    link = word.document.part.relate_to("http://example.invalid/a.png", KIND.IMAGE, is_external=True)
    word.put(one, f'<w:r><w:pict><v:shape><v:imagedata r:id="{link}"/></v:shape></w:pict></w:r>')
    emf = word.part("media/a.emf", KIND.IMAGE, "image/x-emf", b"\x01\0\0\0EMF")
    word.put(one, f'<w:r><w:pict><v:shape><v:imagedata r:id="{emf}" o:title="丁图"/></v:shape></w:pict></w:r>')
    converted = convert(word)
    from PIL import Image  # noqa: PLC0415

    sizes = [Image.open(io.BytesIO(data)).size for data in converted.files.values()]
    assert sizes == [(20, 20), (40, 20)]
    first, second = converted.files
    assert second.endswith(".png")
    assert converted.markdown == f"![甲图]({first})\n\n![]({second})\n\n乙\n\n丙"
    assert told(converted) == [
        "第 2 段「丙」：链接到别处的图片没有带入，请插入图片本身",
        "开头：图片没有说明文字（替代文字），请补上",
        "第 2 段「丙」：图片没有带入：这种格式（如 EMF、WMF 矢量图）网页不能显示。请另存为 PNG 再插入",
    ]


def test_objects_and_charts_are_told_by_name() -> None:
    word = Word()
    one = word.paragraph("甲")
    thing = word.part("embeddings/a.xlsx", KIND.PACKAGE, "application/xlsx", b"PK")
    word.put(one, f'<w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12" r:id="{thing}"/></w:object></w:r>')
    chart = '<wp:docPr id="3" name="c" descr="产值"/><a:graphic><a:graphicData uri="c"><c:chart r:id="x"/></a:graphicData></a:graphic>'
    word.put(one, f"<w:r><w:drawing><wp:inline>{chart}</wp:inline></w:drawing></w:r>")
    assert told(convert(word)) == [
        "第 1 段「甲」：图表「产值」没有带入，请另存为图片，或者把数据做成表格",
        "第 1 段「甲」：嵌入的对象（Excel.Sheet.12）没有带入，只带入了它的图；需要公开的，另存为附件",
    ]


@pytest.mark.parametrize("size", [30, 9000])
def test_attached_files_lie_beside_the_article(size: int) -> None:
    content = b"%PDF-" + bytes(range(256)) * (size // 256) + b"x" * size
    word = Word()
    one = word.paragraph("甲")
    for name in ("附件 1（样表）.pdf", "a.exe"):
        part = word.part(f"embeddings/{len(name)}.bin", KIND.OLE_OBJECT, "application/x", packaged(name, content))
        word.put(one, f'<w:r><w:object><o:OLEObject ProgID="Package" r:id="{part}"/></w:object></w:r>')
    converted = convert(word)
    (name,) = converted.files
    assert converted.files[name] == content
    assert re.fullmatch("附件-1（样表）-[0-9a-f]{8}[.]pdf", name)
    assert converted.markdown == f"甲[附件 1（样表）.pdf]({quote(name)})"
    assert told(converted) == [
        "第 1 段「甲」：附带的文件「附件 1（样表）.pdf」放在文章旁边，请看过再公开",
        "第 1 段「甲」：嵌入的对象（a.exe）没有带入，只带入了它的图；需要公开的，另存为附件",
    ]


def test_a_broken_object_is_told() -> None:
    whole = packaged("a.pdf", b"x" * 5000)
    for at in (0, 30, 100, 600, 700, len(whole) - 4000):
        assert ole.packaged(whole[:at]) is None
    assert ole.packaged(whole[:512] + bytes(512) + whole[1024:]) is None  # a chain that turns round


def test_inserted_documents_are_converted_too() -> None:
    inner = Word()
    inner.paragraph("内文")
    word = Word()
    word.paragraph("甲")
    for name, data in (("b.docx", inner.data()), ("c.html", "<p>网页</p>".encode()), ("d.rtf", b"{}")):
        link = word.part(name, KIND.A_F_CHUNK, "application/x", data)
        word.document.element.body[-1].addprevious(xml(f'<w:altChunk r:id="{link}"/>'))
    converted = convert(word)
    assert converted.markdown == "甲\n\n内文\n\n网页"
    assert told(converted) == ["第 1 段之后：整篇插入的文档没有带入：格式不能读"]


def test_old_merges_gaps_and_tables_in_tables() -> None:
    word = Word()
    table = word.document.add_table(3, 3)
    for at in range(9):
        table.cell(at // 3, at % 3).text = f"{at}"
    for cell, merge in ((table.cell(0, 0), 'w:val="restart"'), (table.cell(0, 1), "")):
        cell._tc.get_or_add_tcPr().append(xml(f"<w:hMerge {merge}/>"))
    row = table.rows[1]._tr
    row.remove(row.tc_lst[0])
    row.insert(0, xml('<w:trPr><w:gridBefore w:val="1"/></w:trPr>'))
    converted = convert(word)
    assert re.findall(r"<t[hd].*", converted.markdown) == [
        '<th colspan="2">0<br>1</th>', "<th>2</th>", "<td></td>", "<td>4</td>", "<td>5</td>", "<td>6</td>", "<td>7</td>", "<td>8</td>",
    ]  # fmt: skip
    assert converted.losses == ()
    word = Word()
    inner = word.document.add_table(2, 2).cell(1, 1).add_table(2, 2)
    inner.cell(1, 1).text = "里"
    converted = convert(word)
    assert converted.markdown == "|  |  |\n| --- | --- |\n|  | 里 |"
    assert told(converted) == ["第 1 个表格：表格里套着表格：外层的格子拆成段落，里层的表格保留"]


@real
@pytest.mark.parametrize(
    "name", ["山东省/2018_东营市文明行为促进条例.docx", "黑龙江省/2023_大庆市文明行为促进条例.docx"]
)
def test_a_real_document_arrives_whole(name: str) -> None:
    converted = convert_docx((REAL / name).read_bytes(), name)
    assert converted.fields["title"] == name.rpartition("_")[2].removesuffix(".docx")
    assert "## 第一章 总" in converted.markdown
    assert converted.losses == ()


@pytest.mark.parametrize(
    ("paragraphs", "headings"),
    [
        ([("一、总体要求", {"font": "黑体"}), ("（一）原则", {"font": "楷体"}), ("1.甲", {"bold": True}), ("（1）乙", {"bold": True})],
         ["## 一、总体要求", "### （一）原则", "#### 1.甲", "##### （1）乙"]),
        ([("（一）姓名", {}), ("1.甲", {}), ("一、总体要求。各地要", {"font": "黑体"}), ("附件1", {"font": "黑体"})], []),
        ([("目录", {}), ("第一章 总则", {}), ("第二章 附则", {}), ("", {}), ("第一章 总则", {}), ("第一条 甲。", {}), ("第二章 附则", {})],
         ["## 第一章 总则", "## 第二章 附则"]),
        ([("第一章 总则", {}), ("第一节 一般", {}), ("一、甲", {}), ("第二章 附则", {})],
         ["## 第一章 总则", "### 第一节 一般", "#### 一、甲", "## 第二章 附则"]),
        ([("第一条 为规范工作，制定本办法，现予以公布。", {"style": "Heading1"}), ("（一）领导。", {"style": "Heading2"})],
         ["## （一）领导。"]),
    ],
)  # fmt: skip
def test_headings_by_style_font_and_number(
    paragraphs: list[tuple[str, dict[str, object]]], headings: list[str]
) -> None:
    word = Word()
    for text, look in paragraphs:
        word.paragraph(text, **look)  # type: ignore[arg-type]
    word.paragraph("正文。")
    assert re.findall("^#.*", convert(word).markdown, re.MULTILINE) == headings


# --- Hostile files


def repacked(data: bytes, changes: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, changes.get(entry.filename, old.read(entry)))
    return out.getvalue()


def plain_document(inside: str = "<w:p/>", before: str = "") -> bytes:
    body = f"{before}<w:document {SPACES}><w:body>{inside}</w:body></w:document>"
    return repacked(Word().data(), {"word/document.xml": body.encode()})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: b"", "不是可以读的 Word 文档：压缩包损坏"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "文档加了密码，或者是旧格式改了扩展名"),
        (lambda: repacked(Word().data(), {"word/document.xml": b"<a"}), "文档损坏：word/document.xml 不是 XML，或者套了太多层"),
        (lambda: plain_document(before='<!DOCTYPE a [<!ENTITY b "c">]>'), "文档里有 XML 实体声明，疑似攻击文件"),
        (lambda: plain_document(inside="<w:tbl>" * 300 + "</w:tbl>" * 300), "文档损坏：word/document.xml 不是 XML，或者套了太多层"),
        (lambda: plain_document(inside="<w:p>" + " " * 40_000_000 + "</w:p>"), "不是可以读的 Word 文档：压缩比异常，疑似压缩炸弹"),
        (lambda: repacked(Word().data(), {"word/document.xml": f"<w:x {SPACES}/>".encode()}), "不是 Word 文档：里面没有正文"),
    ],
)  # fmt: skip
def test_a_hostile_or_broken_file_is_refused(data: Callable[[], bytes], message: str) -> None:
    with pytest.raises(BadDocument) as refused:
        convert_docx(data(), "a.docx")
    assert str(refused.value) == message


def test_nonsense_in_a_document_stops_nothing() -> None:
    inside = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="x"/><w:numId w:val="99"/></w:numPr><w:outlineLvl w:val="q"/></w:pPr>'
        '<w:r><w:t>甲</w:t><w:footnoteReference w:id="77"/><w:sym w:font="x" w:char="zz"/></w:r>'
        '<w:hyperlink r:id="none"><w:r><w:t>乙</w:t></w:r></w:hyperlink></w:p>'
        '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="-3"/><w:vMerge/></w:tcPr></w:tc></w:tr></w:tbl>'
        '<w:p><w:r><w:t>丙\ufdd0n5\ufdd1</w:t><w:fldChar w:fldCharType="end"/><w:drawing/></w:r></w:p>'
    )
    converted = convert_docx(plain_document(inside), "a.docx")
    assert converted.markdown == "甲乙\n\n丙n5"
    assert told(converted) == [
        "第 1 段「甲乙」：符号（x 字体）没有对应的通用字符，没有带入",
        "脚注：有一处脚注在文件里找不到内容",
    ]


# --- The clipboard

WORD_CLIPBOARD = """Version:1.0
StartHTML:0000000105
EndHTML:0000012345
StartFragment:0000000141
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p{}</style></head><body lang=ZH-CN>
<!--StartFragment-->
<p class=MsoListParagraph style='text-indent:-36.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
lang=EN-US style='font-family:黑体'><span style='mso-list:Ignore'>一、<span
style='font:7.0pt "Times New Roman"'>&nbsp; </span></span></span><![endif]><span
style='font-family:黑体'>总体要求</span><span lang=EN-US><o:p></o:p></span></p>
<p class=MsoListParagraph style='mso-list:l0 level3 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp;</span>
</span><![endif]>正文<a style='mso-footnote-id:ftn1' href="#_ftn1" name="_ftnref1" title=""><span
class=MsoFootnoteReference>[1]</span></a>内容，<b>重点</b>。<del class=msoDel>删掉</del><ins class=msoIns>加上</ins></p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span style='font-family:Wingdings'><span
style='mso-list:Ignore'>l<span>&nbsp;</span></span></span><![endif]>甲项</p>
<p class=MsoListParagraph style='mso-list:l1 level2 lfo2'><![if !supportLists]><span style='font-family:Wingdings'><span
style='mso-list:Ignore'>n<span>&nbsp;</span></span></span><![endif]>乙项</p>
<table class=MsoTableGrid><tr><td colspan=2><p class=MsoNormal>合并</p></td><td rowspan=2>右</td></tr><tr><td>1</td><td>2</td></tr>
<tr><td>3</td><td>4</td><td>5</td></tr></table>
<p><img src="data:image/png;base64,{picture}" alt="示意图"><img src="file:///C:/x.png"></p>
<!--EndFragment-->
<div style='mso-element:footnote-list'><br clear=all><hr align=left size=1 width="33%">
<div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText><a style='mso-footnote-id:ftn1' href="#_ftnref1" name="_ftn1"
title=""><span>[1]</span></a> 脚注的文字。</p></div></div>
</body></html>"""


def test_the_clipboard_of_word_keeps_numbers_notes_tables_and_pictures() -> None:
    converted = convert_html(WORD_CLIPBOARD.replace("{picture}", base64.b64encode(picture()).decode()))
    assert converted.markdown == (
        "## 一、总体要求\n\n1\\. 正文[^1]内容，**重点**。加上\n\n- 甲项\n\n    - 乙项\n\n"
        '<table>\n<tr>\n<th colspan="2">合并</th>\n<th rowspan="2">右</th>\n</tr>\n<tr>\n<th>1</th>\n<th>2</th>\n</tr>\n'
        "<tr>\n<td>3</td>\n<td>4</td>\n<td>5</td>\n</tr>\n</table>\n\n![示意图](5d6037dec4dc.png)\n\n[^1]: 脚注的文字。"
    )
    assert converted.files == {"5d6037dec4dc.png": picture()}
    assert told(converted) == [
        "剪贴板：修订中删除的文字没有带入：删掉",
        "剪贴板：图片没有随剪贴板过来，请另存为文件后插入",
    ]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("<p>甲</p><p>乙<br>丙</p>", "甲\n\n乙<br>\n丙"),
        ("甲", "甲"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<p style='mso-list:l0 level1'><span style='mso-list:Ignore;'>（一）</span>乙</p>", "（一）乙"),
        ("<p style='mso-list:l0 level1'><!--[if !x]--><span style='mso-list:Ignore'>第1条</span><!--[endif]-->乙</p>", "第1条 乙"),
        ("<p>a<span style='display:none'>b</span><span style='mso-hide:all'>c</span></p>", "a"),
        ("<h1>一</h1><h3>二</h3><p>三</p>", "## 一\n\n### 二\n\n三"),
        ("<p><a href='https://a.gov.cn/'>甲</a><a href='javascript:x'>乙</a></p>", "[甲](https://a.gov.cn/)乙"),
        ("<table><tr><td>甲<td>乙<tr><td>丙<td>丁</table>", "| 甲 | 乙 |\n| --- | --- |\n| 丙 | 丁 |"),
        ("", ""),
    ],
)  # fmt: skip
def test_pasted_html(text: str, markdown: str) -> None:
    assert convert_html(text or "<p></p>").markdown == markdown


def test_a_paste_says_its_title_and_keeps_it() -> None:
    converted = convert_html("<p align=center style='font-size:22pt'>关于甲的通知</p><p>各县：</p><p>乙。</p>")
    assert converted.markdown == "关于甲的通知\n\n各县：\n\n乙。"
    assert converted.fields["title"] == "关于甲的通知"


def test_a_deep_or_empty_paste_is_refused() -> None:
    for text in ("<div>" * 250 + "甲", ""):
        with pytest.raises(BadDocument):
            convert_html(text)


# --- Other files


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "统计"
    for row in (["地区", "数量", None, "备注"], [None, "甲", "乙", None], ["长春", 1, 0.5, "a\nb"], ["藏", 9, 9, 9]):
        sheet.append(row)
    for merged in ("A1:A2", "B1:C1"):
        sheet.merge_cells(merged)
    sheet["C3"].number_format = "0%"
    sheet.row_dimensions[4].hidden = True
    book.create_sheet("底稿").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_becomes_tables_without_what_is_hidden() -> None:
    converted = convert_file(workbook(), "一季度.xlsx")
    rows = re.findall(r"<tr>\n(.*?)\n</tr>", converted.markdown, re.DOTALL)
    assert [row.split("\n") for row in rows] == [
        ['<th rowspan="2">地区</th>', '<th colspan="2">数量</th>', "<th>备注</th>"],
        ["<th>甲</th>", "<th>乙</th>", "<th></th>"],
        ["<td>长春</td>", "<td>1</td>", "<td>50%</td>", "<td>a<br>b</td>"],
    ]
    assert converted.fields == {"title": "一季度"}
    assert told(converted) == [
        "工作表「底稿」：隐藏的工作表没有带入",
        "工作表「统计」：隐藏的行和列里的 4 个格子没有带入",
    ]


@real
def test_an_old_file_without_libreoffice_gives_its_text_and_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "converter", lambda: "")
    name = "浙江省/2019_金华市文明行为促进条例.doc"
    converted = convert_file((REAL / name).read_bytes(), name)
    assert converted.fields["title"] == "金华市文明行为促进条例"
    assert told(converted) == [
        "全文：本机没有安装 LibreOffice，只带入了文字：自动编号、表格、脚注和图片可能缺失，请逐段对照原文，或者另存为 .docx 再导入"
    ]
    assert "## 第一章" in converted.markdown


def test_words_that_libreoffice_loses_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    word = Word()
    word.paragraph("甲乙")
    monkeypatch.setattr(legacy, "_text", lambda data: ["甲乙", "- 1 -", "丢了的话"])
    converted = legacy.convert_old(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", word.data())
    assert converted.markdown == "甲乙"
    assert told(converted) == ["全文核对：转换时可能丢了下面的文字，请对照原文补上：丢了的话"]


def test_a_pdf_becomes_a_draft_of_paragraphs() -> None:
    converted = convert_file(pdf("Notice"), "a.pdf")
    assert (converted.markdown, converted.fields) == ("Notice", {"status": "draft"})
    assert [one.lost for one in converted.losses] == [True]
    lines = [
        "（2018 年 7 月 31 日某市第五届人民代表大会常", "务委员会通过）", "第一条 为了规范公文格式，促进公文写作，结合本",
        "市实际，制定本办法。", "第二条 本市适用本办法。", "（一）甲的要求很多很多很多很多很多很多很多", "很多；", "（二）乙。",
    ]  # fmt: skip
    assert paragraphs(lines) == [
        lines[0] + lines[1], lines[2] + lines[3], lines[4], lines[5] + lines[6], lines[7],
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a.doc", "a.wps", "a.xlsx", "a.pdf", "a.docx", "a.rtf"])
def test_a_file_that_is_nothing_is_refused(name: str) -> None:
    with pytest.raises(BadDocument):
        convert_file(b"nothing", name)


def test_a_child_process_converts_within_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    word = official_document().data()
    assert convert_bounded(word, "通知.docx") == convert_docx(word, "通知.docx")
    with pytest.raises(BadDocument, match="不是可以读的 Word 文档：压缩包损坏"):
        convert_bounded(b"PK", "a.docx")
    monkeypatch.setattr(bounded, "WAIT", 0.001)
    with pytest.raises(BadDocument, match="用了太多时间或者内存"):
        convert_bounded(word, "通知.docx")


# --- Articles


def test_files_become_articles_and_pages(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({})
    texts = folder.root / "旧文件"
    undated = Word()
    undated.document.add_heading("没有日期的说明", 0)
    undated.paragraph("正文。")
    folder.write({
        "旧文件/通知.docx": official_document().data(), "旧文件/说明.docx": undated.data(), "旧文件/统计(2026-04-02).xlsx": workbook(),
        "旧文件/坏的.docx": b"PK", "旧文件/~$通知.docx": b"x",
    })  # fmt: skip
    report = import_files([texts], folder.root, "jilin", "zcwj", today=datetime(2026, 11, 23))
    assert [(one.source, one.title, f"{one.date:%Y-%m-%d}") for one in report.written] == [
        ("统计(2026-04-02).xlsx", "统计(2026-04-02)", "2026-04-02"),
        ("通知.docx", "吉林省人民政府办公厅关于进一步规范公文格式的通知", "2026-11-20"),
    ]
    assert [f"{one.path} {one.rule} {one.message}" for one in report.diagnostics] == [
        "坏的.docx import-office 不是可以读的 Word 文档：压缩包损坏",
        "统计(2026-04-02).xlsx import-lost 工作表「底稿」：隐藏的工作表没有带入",
        "统计(2026-04-02).xlsx import-lost 工作表「统计」：隐藏的行和列里的 4 个格子没有带入",
        "说明.docx import-no-date 文件头、目录表、正文和文件名中都没有日期",
    ]
    assert report.listed == "sites/migrated/jilin.zcwj.csv"
    again = import_files([texts], folder.root, "jilin", "zcwj", today=datetime(2026, 11, 23))
    assert again.written == report.written
    (dated,) = import_files(
        [texts / "说明.docx"], folder.root, "jilin", "zcwj", today=datetime(2026, 11, 23), date="2026-11-01"
    ).written
    assert (dated.title, f"{dated.date:%Y-%m-%d}") == ("没有日期的说明", "2026-11-01")
    article = (folder.root / report.written[1].target).read_text("utf-8")
    assert article.startswith(
        "---\ntitle: 吉林省人民政府办公厅关于进一步规范公文格式的通知\ndate: 2026-11-20\n"
        "source: 吉林省人民政府办公厅\ndoc_number: 吉政办发〔2026〕12号\nkind: document\n"
    )
    built = folder.build()
    pages = {path: path.read_text("utf-8") for path in built.output.rglob("*.html")}
    page = next(text for path, text in pages.items() if "<h1>吉林省人民政府办公厅关于进一步规范公文格式的通知" in text)
    for shown in (
        'class="red-head"',
        '<th colspan="2">数量</th>',
        'id="fn:2"',
        'alt="柱状图：逐年增长"',
        ">（一）指导思想<",
    ):
        assert shown in page


@pytest.mark.long
@real
@office
def test_the_real_files_arrive_whole(tmp_path: Path) -> None:
    """Every line that LibreOffice shows of 30 files of people's congresses is on the page, and nothing has to be told."""
    files = sorted(path for path in REAL.rglob("*") if path.suffix in (".doc", ".docx"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "txt:Text (encoded):UTF8",
        "--outdir",
        str(tmp_path),
        *map(str, files),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    new = legacy.to_docx({path.name: path.read_bytes() for path in files if path.suffix == ".doc"})
    assert (len(files), len(new)) == (30, 16)
    page_number = re.compile(r"[\W\d_第页共]*")
    for path in files:
        converted = convert_file(path.read_bytes(), path.name, new.get(path.name))
        assert converted.losses == ()
        assert converted.fields["title"] == path.stem.partition("_")[2]
        assert converted.fields["created"][:4] <= path.stem[:4] or path.stem.startswith("2020_白城")
        shown = squeezed(converted.fields["title"]) + page_text(converted.markdown)
        lines = (tmp_path / f"{path.stem}.txt").read_text("utf-8-sig").split("\n")
        assert [line for line in lines if not page_number.fullmatch(line) and squeezed(line) not in shown] == []


# --- Promises


WORDS = st.text(
    st.sampled_from("甲乙丙一1.、（）()*_`#<>|[]!~&\\- 　\t+=:;\"'${}^@。，第章条附件："), min_size=1, max_size=12
)
RUN = st.tuples(WORDS, st.sampled_from(["", "b", "i", "superscript", "vanish", "del", "ins"]))


@settings(max_examples=25, deadline=None)
@given(
    blocks=st.lists(
        st.one_of(
            st.tuples(st.just("p"), st.lists(RUN, max_size=3), st.sampled_from([None, 0, 1, 2])),
            st.tuples(
                st.just("t"), st.lists(st.lists(WORDS, min_size=2, max_size=2), min_size=2, max_size=3), st.booleans()
            ),
            st.tuples(st.just("n"), WORDS, st.just(None)),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_character_arrives_or_is_told(blocks: list[tuple[str, Any, Any]]) -> None:
    """Counted by the test itself: the characters of all shown runs, cells, notes and numbers, against the page and the report."""
    word = Word()
    word.list(1, LEVELS)
    shown = ""
    counts = [0, 0, 0]
    marks = {"b": "<w:b/>", "i": "<w:i/>", "superscript": '<w:vertAlign w:val="superscript"/>', "vanish": "<w:vanish/>"}
    for kind, content, more in blocks:
        if kind == "p":
            paragraph = word.paragraph(number=None if more is None else 1, level=more or 0)
            if more is not None:
                counts[more] += 1
                counts = [max(one, 1) for one in counts[:more]] + [counts[more]] + [0] * (2 - more)
                number = counted(counts[more], "decimal" if more == 2 else "chineseCounting")
                shown += ("{}、", "（{}）", "{}.")[more].format(number)
            for text, look in content:
                tag = "delText" if look == "del" else "t"
                inside = f'<w:{tag} xml:space="preserve">{escape(text)}</w:{tag}>'
                run = f"<w:r><w:rPr>{marks.get(look, '')}</w:rPr>{inside}</w:r>"
                word.put(
                    paragraph, f'<w:{look} w:id="1" w:author="x">{run}</w:{look}>' if look in ("del", "ins") else run
                )
                shown += text if look not in ("vanish", "del") else ""
        elif kind == "t":
            table = word.document.add_table(len(content), 2)
            for at, row in enumerate(content):
                for cell, text in zip(table.rows[at].cells, row, strict=True):
                    cell.paragraphs[0].add_run(text)
                    shown += text
            if more:
                table.cell(0, 0).merge(table.cell(1, 0))
        else:
            word.note(word.paragraph("注"), escape(content))
            shown += "注" + content
    converted = convert(word)
    page = Counter(page_text(converted.markdown) + squeezed("".join(converted.fields.values())))
    assert not [one for one in converted.losses if one.place == "全文核对"], told(converted)
    assert not Counter(squeezed(shown)) - page
