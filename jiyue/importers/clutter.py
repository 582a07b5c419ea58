"""Recognizes what copying a web page adds to a text: buttons, counters, and the labelled fields of its head.

This is the complete list of what an import removes from a text. Only whole lines count, and only in the head and at the
very end of a text: in the text itself 下载 or 关闭 may be a word in a table.
"""

from __future__ import annotations

import re

from jiyue.importers.dates import find_dates

LONGEST_FIELD = 300
LONGEST_VALUE = 80

TITLE, DATE, ISSUED, SOURCE, ISSUER, DOC_NUMBER = "title", "date", "issued", "source", "issuer", "doc_number"
INDEX, TOPIC, GENRE, EFFECTIVE, ENDED, VALIDITY = "index", "topic", "genre", "effective", "ended", "validity"
PAGE = "page"
"""Of the page, not of the text: counters, position, font size."""
OTHER = "other"

# Labels in page heads and in Pelican's metadata -> their meaning.
FIELDS = {
    **dict.fromkeys(("标题", "信息名称", "名称", "title"), TITLE),
    **dict.fromkeys(("发布日期", "发布时间", "发文日期", "公开日期", "日期", "date"), DATE),
    **dict.fromkeys(("成文日期", "生成日期", "印发日期"), ISSUED),
    **dict.fromkeys(("信息来源", "来源", "source"), SOURCE),
    **dict.fromkeys(("发布机构", "发文机关", "发文单位", "author"), ISSUER),
    **dict.fromkeys(("发文字号", "文号", "doc_number"), DOC_NUMBER),
    **dict.fromkeys(("索引号",), INDEX),
    **dict.fromkeys(("主题分类",), TOPIC),
    **dict.fromkeys(("体裁分类", "公文种类"), GENRE),
    **dict.fromkeys(("施行日期", "实施日期", "生效日期"), EFFECTIVE),
    **dict.fromkeys(("失效日期", "废止日期"), ENDED),
    **dict.fromkeys(("有效性", "效力状态"), VALIDITY),
    **dict.fromkeys(
        (
            *("浏览次数", "浏览量", "阅读次数", "点击数", "点击次数", "访问量"),
            *("当前位置", "您的位置", "字号", "字体", "字体大小", "视力保护色"),
        ),
        PAGE,
    ),
    **dict.fromkeys(
        (
            *("组配分类", "主题词", "文件登记号", "公开方式", "公开范围", "公开主体", "责任编辑"),
            *("category", "tags", "slug", "authors", "summary", "modified"),
        ),
        OTHER,
    ),
}
_DAYS = frozenset({DATE, ISSUED, EFFECTIVE, ENDED})
_LABEL = "|".join(sorted(FIELDS, key=len, reverse=True))
_FIELD = re.compile(
    rf"[【\[]?({_LABEL})[】\]]?\s?[:：][ \t\u3000]*(.*?)[\s|]*(?=(?<=[\s|:：])[【\[]?(?:{_LABEL})[】\]]?\s?[:：]|$)",
    re.IGNORECASE,
)

_BUTTONS = (
    *("打印本页", "打印页面", "打印", "关闭窗口", "关闭本页", "关闭", "返回顶部", "返回列表", "返回首页", "返回"),
    *("放大字体", "缩小字体", "我要纠错", "纠错", "收藏本页", "收藏", "下载", "全屏", "分享到", "分享", "字号", "字体"),
    *("微信", "微博", "新浪微博", "QQ空间", "QQ好友", "加大", "减小", "还原", "超大", "标准", "大", "中", "小", "默认"),
)
_BUTTON_LINE = re.compile(rf"(?:(?:{'|'.join(_BUTTONS)})[\s\[\]【】()（）|:：]*){{1,12}}")
_BRACKETS = re.compile(r"^[\s\[\]【】()（）|]+")
_TOO_LITTLE = frozenset("大中小")  # alone in a line they may be a table cell

_PHRASES = re.compile(
    r"扫一扫(?:在|分享|关注|，)?(?:手机|本页|微信|打开|当前页|公众号|到朋友圈|把|分享)*"
    r"|(?:上一篇|下一篇|上一条|下一条)[:：].{0,80}"
    r"|(?:首页|网站首页)\s*[>›»].{0,80}"
)
ATTACHMENT = re.compile(r".{1,120}\.(?:docx?|xlsx?|pptx?|pdf|wps|et|ofd|zip|rar)", re.IGNORECASE)
"""A line that names an attached file. It is never removed: it is all that remains of the attachment."""


def is_clutter(line: str) -> bool:
    """Whether a line consists only of buttons and phrases of a web page."""
    text = line.strip()
    line = _BRACKETS.sub("", text)
    if text and not line:
        return True  # the bracket that closed a row of buttons
    if not line or len(line) > LONGEST_VALUE or line in _TOO_LITTLE:
        return False
    return bool(_BUTTON_LINE.fullmatch(line) or _PHRASES.fullmatch(line))


def fields_of(line: str) -> list[tuple[str, str]]:
    """(meaning, value) of the labelled fields in a line that has nothing else; [] otherwise.

    索引号： 000014349 主题分类： 综合政务 → [("index", "000014349"), ("topic", "综合政务")]
    """
    line = line.strip()
    if len(line) > LONGEST_FIELD:
        return []
    fields: list[tuple[str, str]] = []
    position = 0
    while position < len(line):
        match = _FIELD.match(line, position)
        if match is None or match.end() == position:
            return []
        meaning, value = FIELDS[match[1].lower()], match[2].strip()
        if len(value) > LONGEST_VALUE and meaning != TITLE:
            return []
        if meaning in _DAYS and value and not find_dates(value):
            return []
        fields.append((meaning, value))
        position = match.end()
    return fields
