"""The front matter of an article, by kind: what officers may write. Only `title` and `date` are needed for news.

Field names follow the exchange record of reference standards (国办发〔2017〕47号 page tags, 政府信息公开目录). Only this
boundary uses pydantic; inside, an article is the compact row of jiyue.catalogue.article.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from jiyue.base.clock import parse_date
from jiyue.catalogue.ledgers import BadRow
from jiyue.catalogue.letters import waits_of
from jiyue.catalogue.linked import linked
from jiyue.registry.models import ColumnPath, Language
from jiyue.registry.url_ledger import alias_problem


def _date(value: str) -> str:
    parsed = parse_date(value)
    if parsed is None:
        raise ValueError("写成 2026-11-20 或 2026-11-20 09:30，并且是真实存在的日期")
    return parsed


def _slug(value: str) -> str:
    if not re.fullmatch(r"[^\W_][\w-]{0,79}", value) or re.fullmatch(r"index(_\d+)?", value):
        raise ValueError("只能用字母、数字、汉字、横线和下划线，不能是 index，不能带 / 或 ..")
    return value


def _words(value: Any) -> Any:
    """A list, from a YAML list or a text such as 「甲，乙、丙」."""
    return [word for word in re.split(r"[,，、;；]\s*", value) if word] if isinstance(value, str) else value


def _status(value: Any) -> Any:
    """A status in lower case. Raises ValueError for Pelican's `hidden`, which doesn't exist here."""
    word = value.strip().lower() if isinstance(value, str) else value
    if word == "hidden":
        raise ValueError(
            "没有隐藏文章：不公开就写 status: draft；要有网址而不进列表，放到站点目录下作单页（kind: page）"
        )
    return word


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _alias(value: str) -> str:
    if problem := alias_problem(value):
        raise ValueError(f"{problem}；写本站的旧网址，如 /tzgg/old.html")
    return value


def _text(value: str) -> str:
    return " ".join(value.split())


def _waits(value: str) -> str:
    try:
        waits_of(value)
    except BadRow as problem:
        raise ValueError(problem.hint) from None
    return value


def _reports(value: Any) -> Any:
    """`yw` as well as [yw]; no column at all is no report."""
    if isinstance(value, str) and value.strip().lower() not in _BOOLEANS:
        value = [value]
    return False if isinstance(value, list | tuple) and not value else value


_BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off", "1", "0"})
"""How a switch may be written."""


def _needed(value: Any) -> Any:
    return {"state": value} if isinstance(value, str) else value


def _not_yet(value: Any) -> Any:
    """Ignore a record that `jiyue new` prepared but that has no date yet."""
    return None if isinstance(value, dict) and value.get("date") == "" else value


def _links(value: Any) -> Any:
    """One or several, each as `linked` reads it or as a mapping."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [linked(one) if isinstance(one, str) else one for one in values]


def _target(value: str) -> str:
    if "://" in value or value.startswith("//"):
        if not re.fullmatch(r"https?://[^\s<>\"]+", value):
            raise ValueError("写完整的网址（https://…），或者文章旁边的文件名")
    elif re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|#", value):
        raise ValueError("写完整的网址（https://…），或者文章旁边的文件名")
    return value


Date = Annotated[str, AfterValidator(_date)]
Line = Annotated[str, AfterValidator(_text)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
OneOrMore = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
Aliases = Annotated[tuple[Annotated[str, AfterValidator(_alias)], ...], BeforeValidator(_one_or_more)]
Link = Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$")]


class Model(BaseModel):
    """A frozen model that rejects unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Withdraw(Model):
    """撤稿"""

    at: Date = Field(description="撤下的时间")
    reason: str = Field(min_length=1, description="理由")


class Origin(Model):
    """转载来源"""

    name: Annotated[Line, Field(min_length=1, description="来源名称")]
    url: Link = Field(description="原文网址")
    published: Date | None = Field(None, description="原文发布时间")


class Synced(Model):
    """同步记录：由 jiyue sync 写入，不手工填写"""

    by: str = Field(description="来源文件的编号")
    at: Date = Field(description="取来的时间")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="取来的原文件的 SHA-256")
    share: float = Field(ge=0, le=1, description="取到的可见文字的比例")
    licence: Line | None = Field(None, description="许可")
    item: Line | None = Field(None, description="原文在订阅源里的编号，与网址不同时才有")
    claimed: Date | None = Field(None, description="原文自称的发布时间，晚于取来的时间时才有")
    text: str = Field(pattern=r"^[0-9a-f]{16}$", description="写下时的内容的摘要，据此知道有没有人改过")


class Migrated(Model):
    """从旧站迁来：由 jiyue import 写入，不手工填写"""

    address: str = Field("", alias="from", description="旧站的网址；没有网址的是来源文件夹里的路径")
    at: Date = Field(description="导入的时间")


class Signature(Model):
    """一次审核：谁、何时"""

    by: str
    role: str | None = None
    date: Date


class Linked(Model):
    """链接：名称和网址；也可以只写网址或文件名，没有网址的只写名称"""

    name: Annotated[Line, Field(min_length=1, description="名称")]
    url: Annotated[Line, AfterValidator(_target)] = Field(
        "", description="网址：文章旁边的文件、本站的文章（.md）或完整的网址"
    )


Links = Annotated[tuple[Linked, ...], BeforeValidator(_links)]


class Update(Model):
    """进展"""

    at: Date = Field(description="时间")
    text: Annotated[Line, Field(min_length=1, description="进展情况")]


Record = Annotated[Signature | None, BeforeValidator(_not_yet)]


class Review(Model):
    """三审和保密审查（吉政办发〔2015〕5号 十一）"""

    first: Record = Field(None, description="初审")
    second: Record = Field(None, description="复审")
    final: Record = Field(None, description="终审")
    secrecy: Record = Field(None, description="保密审查")


class Video(Model):
    """视频：文件放在文章旁边，正文写文字稿"""

    src: str = Field(pattern=r"\.(mp4|webm|mp3)$", description="视频文件，mp4 或 webm；声音，mp3")
    width: int = Field(1280, ge=1, description="宽（像素）")
    height: int = Field(720, ge=1, description="高（像素）")
    poster: str | None = Field(None, description="封面图")
    captions: str | None = Field(None, pattern=r"\.vtt$", description="字幕文件，WebVTT")


DataFile = Annotated[
    Line, Field(pattern=r"(?i)\.(csv|xlsx|ya?ml)$", description="数据文件：文章旁边的 CSV、XLSX 或 YAML")
]


class ChartOfFile(Model):
    """图表：数据在文章旁边的文件里，画在正文之后；写在正文中间的用 ```chart"""

    title: Annotated[Line, Field(min_length=1, description="标题")]
    file: DataFile
    type: Literal["bar", "grouped", "stacked", "line", "pie"] = Field(
        "bar", description="图型：bar 柱形、grouped 并列、stacked 堆积、line 折线、pie 饼图"
    )
    unit: Line = Field("", description="单位")
    description: Line = Field("", description="说明")


class Post(Model):
    """岗位或负责人：写职务和分工；姓名、简历、照片由本单位公开的才写，不写其他个人信息"""

    post: str = Field(description="岗位或机构名称")
    name: str | None = Field(None, description="姓名")
    picture: Line | None = Field(None, description="照片，文章旁边的图片")
    resume: str | None = Field(None, description="简历；空行分段")
    duties: str | None = Field(None, description="职责、分工")
    unit: str | None = Field(None, description="单位")
    phone: str | None = Field(None, description="办公电话")
    place: str | None = Field(None, description="办公地址")


class News(Model):
    """文章"""

    title: Annotated[Line, Field(min_length=1, max_length=300, description="标题")]
    date: Annotated[Date, Field(description="发布时间 YYYY-MM-DD HH:MM")]
    kind: Literal["news"] = "news"
    id: str | None = Field(
        None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="固定编号；省略时由站点、栏目和文件名算出"
    )
    slug: Annotated[str, AfterValidator(_slug)] | None = Field(None, description="网址中的名字；省略时为编号")
    status: Annotated[Literal["published", "draft"], BeforeValidator(_status)] = Field(
        "published", description="状态：published 发布、draft 不发布"
    )
    source: Line | None = Field(None, description="来源：首发的单位或者媒体，网页标签 ContentSource")
    author: Line | None = Field(None, description="责任编辑岗位")
    summary: Line | None = Field(None, max_length=500, description="摘要")
    keywords: Words = Field((), description="关键词")
    updated: Date | None = Field(None, description="修改时间")
    publish_at: Date | None = Field(None, description="定时发布：到这个时间才发布")
    expires: Date | None = Field(None, description="到期时间：到这个时间撤下")
    withdraw: Withdraw | None = Field(None, description="撤稿")
    push_down: OneOrMore = Field((), description="推送给下级：all、一类站点（如 county）或站点编号的列表")
    mandatory: bool = Field(False, description="必须登载：推送的文章下级不能谢绝")
    report_up: Annotated[bool | tuple[ColumnPath, ...], BeforeValidator(_reports)] = Field(
        False, description="报送上级：写 true，或者建议上级放进的栏目，如 [yw, tzgg]"
    )
    repost_of: Origin | None = Field(None, description="转载自")
    synced: Synced | None = Field(None, description="同步记录，由 jiyue sync 写入")
    interprets: OneOrMore = Field((), description="解读的文件：content 下的路径或编号")
    review: Review | None = Field(None, description="审核记录")
    emergency: bool = Field(False, description="应急信息：终审后先发，其余审核在 24 小时内补齐")
    aliases: Aliases = Field((), description="旧网址")
    lang: Language | None = Field(None, description="语种，如 en；省略时是站点的第一个语种")
    translation_of: str | None = Field(
        None, description="是哪篇的译文：本站文章的编号或 content 下的路径；首页写 /，栏目写 /tzgg/"
    )
    pinned: bool = Field(False, description="置顶")
    poster: bool = Field(False, description="海报：生成一张图片供分享，网页上可以下载（docs/offline.md）")
    updates: tuple[Update, ...] = Field(
        (), description="发布之后的进展，每条写时间；网页上新的在前，各有网址，进订阅源"
    )
    picture: Line | None = Field(None, description="列表里显示的图片，写法同正文里的图片；省略时是正文的第一张")
    layout: Literal["photos", "video", "leaders", "topic"] | None = Field(
        None, description="版式：photos 图集、video 视频、leaders 负责人和机构、topic 专题"
    )
    video: Video | None = Field(None, description="视频，layout: video 时使用")
    charts: tuple[ChartOfFile, ...] = Field((), description="图表，画在正文之后")
    functions: OneOrMore = Field((), description="机构的主要职能，layout: leaders 时使用")
    posts: tuple[Post, ...] = Field((), description="岗位和职责，layout: leaders 时使用")
    ai_generated: Literal["none", "translated", "summarized", "text", "image", "text-image"] = Field(
        "none",
        description="人工智能生成合成内容标识：none 没有、translated 翻译、summarized 摘要、text 文字、image 图片、text-image 文字和图片",
    )
    migrated: bool | Migrated = Field(
        False, description="旧站迁移的记录；旧日期和审核凭 sites/migrated/ 里经过审核的清单，不凭它"
    )
    # the catalogue of public documents (政府信息公开目录); any kind may carry them, documents should
    doc_number: Line | None = Field(None, description="发文字号，如 吉政办发〔2026〕1号")
    index_no: str | None = Field(None, description="索引号")
    issuer: Line | None = Field(None, description="发文机关")
    topic: Line | None = Field(None, description="主题分类")
    genre: Line | None = Field(None, description="公文种类")
    created: Date | None = Field(None, description="成文日期")
    effective: Date | None = Field(None, description="施行日期")
    valid_until: Date | None = Field(None, description="有效期至（含当日）")
    validity: Literal["现行有效", "失效", "废止", "已修改", "尚未施行"] | None = Field(
        None, description="有效性；省略时由日期和 replaces、replaced_by、amends 算出"
    )
    ended: Date | None = Field(None, description="废止或失效的日期：没有新文件代替的，与 validity: 废止 或 失效 一起写")
    normative: Literal["规章", "行政规范性文件"] | None = Field(
        None, description="文件性质：规章或者行政规范性文件，政府信息公开年度报告的表据此计数"
    )
    annual_report: int | None = Field(
        None, ge=1990, le=2200, description="政府信息公开年度报告的年份：正文上方给出由本站公文算出的第一张表"
    )
    catalogue: bool = Field(False, description="政府信息公开目录：正文下方按主题列出本站的公文")
    replaces: OneOrMore = Field((), description="代替的文件：content 下的路径、编号或文号；写一边就够")
    replaced_by: OneOrMore = Field((), description="由哪个文件代替，写法同 replaces；写一边就够")
    amends: OneOrMore = Field((), description="修改的文件，写法同 replaces")


class Needed(Model):
    """要不要解读"""

    state: Literal["required", "exempt"] = Field(description="要求：required 要解读、exempt 不作解读")
    reason: Line | None = Field(None, description="不作解读的理由")
    due: Date | None = Field(None, description="最迟哪天解读；省略时与文件同日")


class Document(News):
    """公文"""

    kind: Literal["document"]  # type: ignore[assignment]
    interpretation: Annotated[Needed | None, BeforeValidator(_needed)] = Field(
        None,
        description="要不要解读：只写 required，或者分开写 state 和 reason；解读写 interprets 指向本文件",
    )
    form: Literal["plain", "red"] = Field(
        "plain", description="公文版式：plain 不带红头、red 带红头；红头是发文机关标志、文号和红线，不带印章"
    )


class Interpretation(News):
    """政策解读"""

    kind: Literal["interpretation"]  # type: ignore[assignment]
    form: Literal["文字", "图解", "视频", "访谈", "问答"] | None = Field(None, description="解读形式")


class Response(News):
    """回应关切"""

    kind: Literal["response"]  # type: ignore[assignment]
    topic_asked: str | None = Field(None, description="回应的问题")
    responding_unit: str | None = Field(None, description="回应单位")


class Rebuttal(News):
    """辟谣"""

    kind: Literal["rebuttal"]  # type: ignore[assignment]
    claim: str = Field(description="不实信息")
    verdict: str = Field(description="结论，如 不实")
    facts: str | None = Field(None, description="事实")
    evidence: Links = Field((), description="证据：文件、网址或一句说明")
    responding_unit: str | None = Field(None, description="回应单位")


class Letter(News):
    """来信与答复：不写来信人的姓名、电话、证件号和住址"""

    kind: Literal["letter"]  # type: ignore[assignment]
    number: Line | None = Field(None, description="编号")
    received: Date = Field(description="收到时间")
    transferred: Date | None = Field(None, description="转办时间")
    waits: Annotated[str, AfterValidator(_waits)] | None = Field(
        None, description="等待来信人补充、不计时的期间，如 2026-11-03/2026-11-10; 2026-11-20/"
    )
    category: str | None = Field(None, description="来信类别：咨询、投诉、建议、求助")
    unit: str | None = Field(None, description="答复单位")
    replied: Date | None = Field(None, description="答复时间")
    simple: bool = Field(True, description="简单事项：7 个工作日内答复；不勾选的是复杂事项，15 个工作日")
    extended: str | None = Field(None, description="延期原因")
    extended_to: Date | None = Field(None, description="延期到")
    closed: Date | None = Field(None, description="办结时间")


class Opinion(Model):
    """一条意见，不写提意见人的姓名和联系方式"""

    text: Annotated[Line, Field(min_length=1, description="意见")]
    adopted: Literal["采纳", "部分采纳", "不采纳"] = Field(description="采纳情况")
    reason: Line | None = Field(None, description="理由；部分采纳和不采纳的应当写")
    count: int = Field(1, ge=1, description="同样的意见有几条")


class Speech(Model):
    """一段发言"""

    by: Annotated[Line, Field(min_length=1, description="谁在说：主持人或者嘉宾的岗位")]
    text: Annotated[str, Field(min_length=1, description="说了什么；空行分段")]


class Question(Model):
    """网友的一个提问，不写提问人的姓名"""

    text: Annotated[Line, Field(min_length=1, description="提问")]
    reply: str | None = Field(None, description="答复；空行分段")
    by: Line | None = Field(None, description="谁答复（岗位）")


class Survey(News):
    """征集调查"""

    kind: Literal["survey"]  # type: ignore[assignment]
    opens: Date = Field(description="开始")
    closes: Date = Field(description="结束")
    documents: Links = Field((), description="征求意见的草案、起草说明等文件")
    take_part: Links = Field((), description="参与方式：意见征集平台的网址、信箱等；网站本身不收意见")
    opinions_received: int | None = Field(None, ge=0, description="收到意见数；写了 opinions 的可以省略")
    adopted: int | None = Field(None, ge=0, description="采纳数；写了 opinions 的可以省略")
    opinions: tuple[Opinion, ...] = Field((), description="意见和采纳情况；意见多的放在 opinions_file 里")
    opinions_file: DataFile | None = Field(
        None, description="意见和采纳情况的文件：CSV、XLSX 或 YAML，表头如 意见、采纳情况、理由"
    )
    result: Links = Field((), description="结果：一段文字，或结果文章的路径")
    result_at: Date | None = Field(None, description="公布结果的时间")
    result_due: Date | None = Field(None, description="应当公布结果的日期；省略时为结束后 20 个工作日")


class Interview(News):
    """在线访谈"""

    kind: Literal["interview"]  # type: ignore[assignment]
    guests: OneOrMore = Field((), description="嘉宾（职务）")
    host: Line | None = Field(None, description="主持人（岗位）")
    held: Date | None = Field(None, description="访谈时间；还没有到的，网页上是预告")
    take_part: Links = Field((), description="提问方式：互动平台的网址；网站本身不收提问")
    transcript: tuple[Speech, ...] = Field((), description="文字实录；也可以写在正文里")
    questions: tuple[Question, ...] = Field((), description="网友提问和答复")


class Statistics(ChartOfFile):
    """办件统计：第一列写月份或季度，其余各列写件数"""

    title: Annotated[Line, Field(min_length=1, description="标题")] = "办件统计"
    unit: Line = Field("件", description="单位")
    until: Date = Field(description="数据截止日期，不超过 90 天前")


class Guide(News):
    """办事指南"""

    kind: Literal["guide"]  # type: ignore[assignment]
    basis: OneOrMore = Field((), description="设定依据")
    conditions: OneOrMore = Field((), description="申请条件")
    materials: OneOrMore = Field((), description="办理材料")
    place: str | None = Field(None, description="办理地点")
    hours: str | None = Field(None, description="办理时间")
    phone: str | None = Field(None, description="联系电话")
    steps: OneOrMore = Field((), description="办理流程")
    fee: str | None = Field(None, description="收费标准")
    time_limit: str | None = Field(None, description="办理时限")
    fee_basis: OneOrMore = Field((), description="收费依据")
    apply: Links = Field((), description="办理入口：政务服务平台的网址；省略时为站点文件的 service_platform")
    forms: Links = Field((), description="空白表格，文章旁边的文件")
    samples: Links = Field((), description="填写样表，文章旁边的文件")
    statistics: Statistics | None = Field(None, description="办件统计，数据在文章旁边的文件里，画成图")
    checked_at: Date | None = Field(None, description="核对时间")


class Page(News):
    """单页：直接放在站点目录下的文件"""

    kind: Literal["page"]  # type: ignore[assignment]
    date: Date = Field("", validate_default=False, description="发布时间，可省略")


KINDS: dict[str, type[News]] = {
    "news": News, "document": Document, "interpretation": Interpretation, "response": Response, "rebuttal": Rebuttal,
    "letter": Letter, "survey": Survey, "interview": Interview, "guide": Guide, "page": Page,
}  # fmt: skip
