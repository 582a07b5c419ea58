"""pydantic models of `sites/cluster.yaml`, `sites/<id>.yaml` and `profiles/*.yaml`.

pydantic is used only here, where files are read; the rest of the project uses the resolved `Site` of jiyue.registry.site.
The descriptions go into the JSON Schemas in docs/schemas/, which editors show while typing.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from jiyue.base.clock import parse_date
from jiyue.registry.deploy import DeployField
from jiyue.registry.editions import EditionEntry, EditionLimits
from jiyue.registry.feeds import FeedsBy, Hub
from jiyue.registry.life_fields import ClosingEntry, FormerEntry
from jiyue.registry.offline import OfflineField
from jiyue.registry.screens import ScreensEntry

Kind = Literal["province", "prefecture", "county", "department"]

COLUMN_TYPES = (
    "概况信息", "机构职能", "负责人信息", "工作动态", "政策文件", "信息公开指南", "信息公开目录", "信息公开年报", "依申请公开",
    "数据发布", "数据开放", "政策解读", "回应关切", "办事服务", "咨询投诉", "征集调查", "在线访谈",
    "通知公告", "人事信息", "规划计划", "专题专栏", "业务培训", "频道", "其他",
)  # fmt: skip
"""ColumnType of 国办发〔2017〕47号 附件《网页设计规范》 (the first 17), then the types that sites need in addition."""


def _url(value: str) -> str:
    match = re.fullmatch(r"(https?://)([^/?#]+)(/[^?#]*)?", value, re.IGNORECASE)
    if not match or "[" in match[2]:
        raise ValueError("应为完整网址，如 https://www.jl.example")
    start, host, path = match[1].lower(), match[2].lower(), (match[3] or "").rstrip("/")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", host) or not re.fullmatch(
        r"(/[\w~-][\w.~-]*)*", path, re.ASCII
    ):
        raise ValueError("网址只能用小写字母、数字、点、横线和斜线")
    if len(start + host + path) > 100:
        raise ValueError("网址最多 100 个字符")
    return start + host + path


def _column_path(value: str) -> str:
    if not re.fullmatch(r"[^\W_][\w-]*(?:/[^\W_][\w-]*)*", value):
        raise ValueError("栏目路径只能用字母、数字、汉字、横线和下划线，下级栏目用 / 分隔")
    return value


def _page(value: str) -> str:
    if re.fullmatch(r"https?://[\w.:-]+(/[^\s\\]*)?", value, re.ASCII):
        return value
    path = value.removeprefix("/")
    if not re.fullmatch(r"[\w-][^\s\\:]*", path) or ".." in path or path.startswith("/"):
        raise ValueError("应为完整网址，或本站网页的路径，如 /bsfw/shebao.html")
    return path


def _moment(value: str) -> str:
    parsed = parse_date(value)
    if parsed is None:
        raise ValueError("不是有效的日期，应写作 2026-11-20 09:30")
    return parsed


def _end(value: str) -> str:
    """A last day without a time counts whole."""
    parsed = _moment(value)
    if ":" in value or "：" in value:
        return parsed
    return f"{datetime.fromisoformat(parsed) + timedelta(days=1):%Y-%m-%d %H:%M}"


Url = Annotated[str, AfterValidator(_url)]
End = Annotated[str, AfterValidator(_end)]
"""The moment from which something is over."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-\d{3})?$")]
"""A BCP 47 tag that hreflang accepts: language, optional script, optional region."""
ColumnPath = Annotated[str, AfterValidator(_column_path)]
ColumnType = Literal[COLUMN_TYPES]  # type: ignore[valid-type]
PageAddress = Annotated[str, AfterValidator(_page)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
SynonymGroup = Annotated[list[Name], Field(min_length=2, max_length=20)]
Accent = Literal["red", "blue", "green", "teal", "brown", "ink"]
"""The names of jiyue.render.theme.assets.ACCENTS (a test compares the two)."""


class Model(BaseModel):
    """Base model: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class GatherEntry(Model):
    """专题汇集：列出别的站点的文章，链接到原文，不复制。写了 columns 和 keywords 的，两样都符合才列出；articles 另外加上"""

    sites: list[str] = Field([], description="哪些站点：编号、一类站点（如 county）；省略时为全站群", max_length=500)
    columns: list[Name] = Field([], max_length=50, description="栏目类别（如 政策文件）或栏目目录")
    keywords: list[Name] = Field([], max_length=50, description="关键词：文章的 keywords 里有，或标题里有，有一个就算")
    articles: list[str] = Field([], max_length=500, description="逐篇指定：站点/文章编号，或 content 下的路径")
    count: int = Field(200, ge=1, le=1000, description="最多列出多少篇，新的在前")

    @model_validator(mode="after")
    def _says_what(self) -> GatherEntry:
        if not (self.columns or self.keywords or self.articles):
            raise ValueError("写明汇集什么：columns、keywords 或 articles")
        return self


class JointEntry(Model):
    """合办单位，如新闻媒体"""

    name: Name = Field(description="名称")
    url: PageAddress | None = Field(None, pattern="^https?://", description="网址")


class ColumnEntry(Model):
    """栏目"""

    path: ColumnPath = Field(description="目录名，也是网址的一段")
    name: Name | None = Field(None, description="栏目名称；省略时用上级给出的名称或目录名")
    type: ColumnType | None = Field(None, description="栏目类别（ColumnType）")
    owner: str | None = Field(None, description="责任单位；省略时为本站承办单位")
    max_age_days: int | None = Field(None, ge=1, description="最长多少天不更新")
    contact: str | None = Field(None, max_length=100, description="栏目的联系方式，如办公电话；省略时为本站联系方式")
    description: str | None = Field(None, description="栏目设置目的、内容（ColumnDescription）")
    keywords: list[str] = Field([], description="栏目特点词语（ColumnKeywords）")
    review: Literal["required", "none"] | None = Field(
        None, description="required 要求审核记录，none 不要求；省略时按方案"
    )
    pictures: bool | None = Field(None, description="列表带不带文章的图片；省略时只有工作动态（要闻）类栏目带")
    gather: GatherEntry | None = Field(None, description="专题汇集别的站点的文章")
    partner: JointEntry | None = Field(None, description="合办单位，显示在栏目页")
    off: bool = Field(False, description="true 表示本站不用这个默认栏目")


class OfficerEntry(Model):
    """信息联络员和审核岗位：只写岗位，不写姓名"""

    post: Name = Field(description="岗位名称，稿件的 author 和 review 用它")
    unit: str = Field(description="单位")
    role: str = Field(description="信息联络员、初审、复审、终审或保密审查")
    phone: str | None = Field(None, description="办公电话")
    since: str | None = Field(None, description="任期开始 YYYY-MM-DD")
    until: str | None = Field(None, description="任期结束 YYYY-MM-DD")
    deputy: str | None = Field(None, description="替岗")
    account: str | None = Field(None, description="任岗人的账号，即 sites/rights.yaml 里登记的名字；要求审核凭据时必填")
    deputy_account: str | None = Field(None, description="替岗人的账号")


class ChannelOfficerEntry(OfficerEntry):
    """频道的岗位；单位省略时为频道的责任单位"""

    unit: str | None = Field(None, description="单位；省略时为频道的责任单位")  # type: ignore[assignment]


class ChannelEntry(Model):
    """频道：乡镇、县直部门在本县站点里的一块，没有自己的站点（吉政办发〔2015〕5号 十四）"""

    path: ColumnPath = Field(description="目录名")
    name: Name = Field(description="频道名称，如 城郊街道")
    type: Literal["township", "department"] = Field("township", description="乡镇或县直部门")
    owner: str | None = Field(None, description="责任单位；省略时为频道名称")
    contact: str | None = Field(None, max_length=100, description="联系方式，如办公电话；省略时为本站联系方式")
    intro: str | None = Field(None, max_length=300, description="简介，显示在频道首页")
    officers: list[ChannelOfficerEntry] = Field([], description="频道的联络员与审核岗位，同本站的岗位一样用")


class PromotedEntry(Model):
    """推荐结果：读者这样查询时，排在搜索结果的最前面"""

    queries: list[Name] = Field(min_length=1, max_length=20, description="查询词，与读者输入的相同时才显示")
    title: Name = Field(description="显示的标题")
    url: PageAddress = Field(description="本站网页的路径，或完整网址")


BLOCKS = (
    "alert", "headline", "focus", "policy", "services", "interaction", "data", "columns", "topics", "links",
)  # fmt: skip
"""The blocks of a home page, by their names in `home.blocks` (docs/theme.md describes them)."""


class BlockOptions(Model):
    """首页区块的选项"""

    title: Name | None = Field(None, description="区块的标题；省略时用通常的")
    columns: list[ColumnPath] = Field([], description="取哪些栏目；省略时按栏目类别")
    count: int | None = Field(None, ge=1, le=20, description="最多几条；省略时用通常的")


def _block(value: object) -> object:
    """`policy` as well as `policy: {count: 8}`, as one key and its options."""
    name, options = (
        (value, {})
        if isinstance(value, str)
        else next(iter(value.items()))
        if isinstance(value, dict) and len(value) == 1
        else ("", {})
    )
    if name not in BLOCKS:
        raise ValueError(f"首页没有区块「{name or value}」，可以是 {'、'.join(BLOCKS)}，或「名称: {{count: 8}}」")
    return {name: options or {}}


Block = Annotated[dict[str, BlockOptions], BeforeValidator(_block)]


class HeroEntry(Model):
    """首页头部"""

    image: str | None = Field(None, description="横幅图：本站目录下的图片；省略时用 banner，都没有时是按主色画的图")
    hot: list[Name] = Field([], max_length=8, description="搜索框下的热门词；省略时取推荐结果的查询词")


class HomeEntry(Model):
    """首页：头部和各区块的次序；没有内容的区块不显示"""

    hero: HeroEntry = Field(HeroEntry(), description="首页头部")
    blocks: list[Block] | None = Field(None, max_length=20, description="区块，从上到下；省略时按方案")


class NoticeEntry(Model):
    """紧急提示：显示在本站每一页的顶部，到期自动消失"""

    level: Literal["red", "orange", "yellow", "blue", "info"] = Field(
        description="级别：red 红色预警、orange 橙色预警、yellow 黄色预警、blue 蓝色预警（突发事件应对法的一级至四级），info 提示"
    )
    text: str = Field(min_length=1, max_length=200, description="提示的文字")
    url: PageAddress | None = Field(None, description="详情：本站网页的路径，或完整网址")
    since: Annotated[str, AfterValidator(_moment)] | None = Field(
        None, description="开始时间 YYYY-MM-DD HH:MM；省略时立即显示"
    )
    until: End = Field(description="结束时间 YYYY-MM-DD HH:MM，从这时起不再显示；只写日期的，显示到当天结束")

    @model_validator(mode="after")
    def _in_order(self) -> NoticeEntry:
        if self.since and self.since >= self.until:
            raise ValueError("until 要晚于 since")
        return self


class FriendlyLink(Model):
    """友情链接"""

    name: Name = Field(description="名称")
    url: Annotated[str, Field(pattern=r"^https?://[\w.-]+(:\d{1,5})?([/?#][^\s<>\"\\]*)?$")] = Field(
        description="完整的网址"
    )
    group: Name | None = Field(None, description="所在的一组，如 省内媒体；省略时为友情链接")


Leaving = Literal["notice", "none"]


class SiteFields(Model):
    """What a site may inherit from cluster.yaml (`defaults`, `kinds`)."""

    short: str | None = Field(None, max_length=20, description="简称")
    domain: str | None = Field(None, description="主域名；省略时取自 url")
    site_id_code: str | None = Field(
        None, pattern=r"^(\d{10}|bm\d{8})$", description="网站标识码：10 位数字，部委为 bm+8 位"
    )
    index_prefix: str | None = Field(
        None, pattern=r"^[A-Za-z0-9]{1,20}$", description="公文索引号的前缀，如组织机构代码；省略时为网站标识码"
    )
    sponsor: str | None = Field(None, description="主办单位")
    operator: str | None = Field(None, description="承办单位")
    contact: str | None = Field(None, description="联系方式")
    service_platform: Url | None = Field(None, description="政务服务平台的网址，办事指南链接到它；网站本身不收材料")
    application_platform: Url | None = Field(None, description="依申请公开平台的网址；网站本身不收申请")
    icp: str | None = Field(None, description="ICP 备案编号")
    police_no: str | None = Field(None, description="公安机关备案号")
    conac_id: str | None = Field(None, description="党政机关网站标识编号（32 位）")
    security_level: int | None = Field(None, ge=1, le=5, description="网络安全等级保护的级别，1 至 5；不公开")
    accent: Accent | None = Field(None, description="主色：red 朱红、blue 蓝、green 绿、teal 青、brown 棕、ink 墨")
    logo: str | None = Field(None, description="页头标识图：本站目录下的图片，如 images/logo.png")
    banner: str | None = Field(None, description="首页横幅图：本站目录下的图片，如 images/banner.jpg")
    conac_mark: str | None = Field(None, description="党政机关网站标识的图片，在本站目录下；省略时是文字")
    error_mark: str | None = Field(None, description="「我为政府网站找错」的图片，在本站目录下；省略时是文字")
    elder_mark: str | None = Field(None, description="适老化和无障碍标识的图片，在本站目录下；省略时没有")
    profile: str | None = Field(None, description="指标方案，默认 basic")
    status: Literal["open", "closing", "closed"] = Field(
        "open", description="登记的状态；站点按 closing 里的日期自动转入公告、关停，不看这一项"
    )
    languages: list[Language] = Field(
        [], description="语种，第一个是站点自己的，其余是译文的，如 [zh-CN, en]；省略时为 zh-CN"
    )
    editions: dict[Language, EditionEntry] = Field({}, description="各译文版本的承诺：编辑、审校、更新期限、核心栏目")
    officers: list[OfficerEntry] = Field([], description="联络员与审核岗位")
    columns: list[ColumnEntry] = Field([], description="本站栏目：在方案给出的之外增加、改名或关闭")
    channels: list[ChannelEntry] = Field([], description="乡镇、县直部门频道")
    receives: dict[ColumnType, ColumnPath] = Field(
        {}, description="上级推送的文章进哪个栏目，如 {政策文件: zcwj/sj}；省略时进同一类别的第一个栏目"
    )
    home: HomeEntry | None = Field(None, description="首页；省略时按方案")
    menu: dict[Name, list[ColumnPath]] | None = Field(
        None, max_length=8, description="导航：最多八组，每组列出栏目；省略时按栏目类别分组"
    )
    screens: ScreensEntry | None = Field(None, description="触摸屏和显示屏（docs/screens.md）；省略时没有")
    links: list[FriendlyLink] = Field([], max_length=200, description="友情链接：显示在首页的网站群区块")
    leaving: Leaving | None = Field(
        None, description="点开非政府网站的链接时：notice 标明并提示，none 直接打开；省略时按方案"
    )
    plugins: list[str] = Field([], description="额外的 Pelican 插件（模块名）")
    plugin_files: list[str] = Field([], description="由插件写、平台不再写的文件，如 sitemap.xml；网页不能交给插件")
    deploy: DeployField = Field(None, description="发布到哪里（docs/operations.md）；省略时只在本机")
    offline: OfflineField = Field(None, description="离线阅读：on，或写明留存多少（docs/offline.md）；省略时没有")
    feeds: Literal["summary", "full"] = Field("summary", description="订阅源给出摘要（summary）还是全文（full）")
    feeds_by: FeedsBy = Field(FeedsBy(), description="按主题分类和关键词的订阅源")
    hub: Hub | None = Field(None, description="WebSub 中心的网址：写进订阅源，发布后通知它哪些有变化")
    indexnow_key: str | None = Field(
        None, pattern=r"^[A-Za-z0-9-]{8,128}$", description="IndexNow 密钥：8 到 128 个字母、数字或横线，随站点公开"
    )


class SiteFile(SiteFields):
    """站点文件 sites/<编号>.yaml"""

    name: Name = Field(description="规范名称")
    kind: Kind = Field(description="province 省、prefecture 市州、county 县区、department 部门")
    url: Url = Field(description="网址，可带路径")
    superior: str | None = Field(None, description="上级站点的编号；省级门户不写")
    promoted: list[PromotedEntry] = Field([], max_length=50, description="搜索的推荐结果")
    notice: NoticeEntry | None = Field(None, description="紧急提示，显示在本站每一页的顶部")
    closing: ClosingEntry | None = Field(
        None, description="关停：公告、关停的日期和内容的去向（docs/responsibility.md）"
    )
    formerly: list[FormerEntry] = Field([], max_length=50, description="曾用的编号、网址、名称，和并入本站的站点")


class PortalEntry(Model):
    """上级门户（站群之外）"""

    name: Name
    url: Url


class OutsideEntry(Model):
    """站群之外的网页"""

    name: Name = Field(description="网站名称")
    url: PageAddress = Field(pattern="^https?://", description="网页的完整网址")


class ClusterFile(Model):
    """站群文件 sites/cluster.yaml"""

    name: Name = Field(description="站群名称")
    root: str = Field(description="省级门户站点的编号")
    search: bool = Field(True, description="off 时不建搜索索引")
    synonyms: list[SynonymGroup] = Field(
        [], description="搜索的同义词，每组一行，如 [低保, 最低生活保障]；加在通用的之外"
    )
    notice: str | None = Field(None, description="每页顶部的提示，如「演示站点」")
    portal: PortalEntry = Field(PortalEntry(name="中国政府网", url="https://www.gov.cn"), description="国务院门户网站")
    recommended: str | None = Field(
        None, description="推荐栏目：省级门户的哪个栏目显示在每个站点首页；省略时为第一个工作动态栏目"
    )
    outside: list[OutsideEntry] = Field(
        [], max_length=500, description="站群之外、展示推荐栏目的网页，用 jiyue probe --recommended 核对"
    )
    terms: list[str] = Field([], description="本单位词表的路径，可在仓库之外；相对路径从站群目录算起")
    mobiles: list[str] = Field([], description="允许公开的办公手机号（11 位），站点的联系方式之外")
    blocked_hosts: list[str] = Field([], description="不得链接的外部网站的主机名，含其下级")
    government_hosts: list[Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$")]] = Field(
        [], description="gov.cn 之外也算政府网站的域名，含其下级，离开时不提示"
    )
    defaults: SiteFields = Field(SiteFields(), description="所有站点的默认值")
    kinds: dict[Kind, SiteFields] = Field({}, description="各类站点的默认值")


class PartnerKey(Model):
    """往来站群的公钥"""

    name: str = Field("", description="给人看的名称")
    public: str = Field(pattern=r"^[A-Za-z0-9+/]{43}=$", description="32 字节公钥的 base64，由对方给出")
    until: Annotated[str, AfterValidator(_moment)] | None = Field(None, description="从这天起不再用")


class PartnerEntry(Model):
    """往来站群：别的仓库发布的、与本站群互相报送的站群"""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="编号，台账里这样称呼它；不能与本站群的站点相同")
    name: Name = Field(description="名称")
    url: Url = Field(description="它的门户的网址")
    role: Literal["superior", "subordinate"] = Field(
        description="superior 是上级，我们报送给它；subordinate 是下级，它报送给我们"
    )
    inbox: str | None = Field(None, description="下级报送给本站群的哪个站点；省略时是门户")
    keys: list[PartnerKey] = Field(min_length=1, description="它签名用的公钥")


class PartnersFile(Model):
    """往来站群 sites/partners.yaml"""

    partners: list[PartnerEntry]


class ProfileColumns(Model):
    """方案给出的默认栏目"""

    all: list[ColumnEntry] = []
    province: list[ColumnEntry] = []
    prefecture: list[ColumnEntry] = []
    county: list[ColumnEntry] = []
    department: list[ColumnEntry] = []


class ProfileHome(Model):
    """方案给出的各类站点的首页"""

    all: HomeEntry | None = None
    province: HomeEntry | None = None
    prefecture: HomeEntry | None = None
    county: HomeEntry | None = None
    department: HomeEntry | None = None


class MediumEntry(Model):
    """稿源单位：转载可以取自它"""

    name: Name = Field(description="单位名称，如 新华社")
    hosts: list[Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = Field(
        [], description="它的网站的主机名，含其下级；写了的按转载的网址核对，没写的按名称核对"
    )
    kind: Literal["政府网站", "新闻单位", "政务发布平台"] = Field("新闻单位", description="类别")
    source: str | None = Field(None, description="依据")
    verified: bool = Field(False, description="是否与依据的原文核对过")
    off: bool = Field(False, description="true 表示不用基础方案里的这个单位")


def _expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as problem:
        raise ValueError("不是有效的正则表达式") from problem
    return value


def _threshold(value: object) -> object:
    """`14` as well as `{value: 14, …}`: a profile that changes a threshold gives its value alone."""
    return value if isinstance(value, dict) else {"value": value}


class ThresholdEntry(Model):
    """检查指标的一个限值"""

    value: int | float | list[str] = Field(description="限值：数，或者一组词")
    text: str | None = Field(None, description="限值的含义")
    unit: str | None = Field(None, description="单位，如 天、个、工作日")
    source: str | None = Field(None, description="出处：文件和条款；省略时为给出它的方案")
    verified: bool | None = Field(None, description="true 表示在出处的原文里核对过")


class RuleEntry(Model):
    """检查指标；在已有的指标上，只写要改的键"""

    name: Name | None = Field(None, description="指标名称")
    text: str | None = Field(None, description="指标的内容")
    source: str | None = Field(None, description="出处：文件和条款")
    verified: bool | None = Field(None, description="true 表示内容和分值在出处的原文里核对过")
    level: Literal["veto", "deduct", "bonus", "warn"] | None = Field(
        None, description="veto 单项否决、deduct 扣分、bonus 加分、warn 提醒"
    )
    decided_by: Literal["build", "ledger", "history", "probe", "none"] | None = Field(
        None, description="凭什么判定：build 构建、ledger 台账、history 提交历史、probe 探测记录、none 不能判定"
    )
    figure: str | None = Field(None, description="测的是什么数")
    unit: str | None = Field(None, description="这个数的单位")
    remedy: str | None = Field(None, description="怎样改正")
    why: str | None = Field(None, description="不能判定的原因")
    measure: str | None = Field(None, pattern=r"^[a-z][a-z_]*$", description="测量的函数")
    points: float | None = Field(None, ge=0, le=100, description="每一处的分值；不知道的不写")
    max_points: float | None = Field(None, ge=0, le=100, description="最多扣（加）多少分")
    kinds: list[Kind] | None = Field(None, description="适用的站点类别；省略时为全部")
    thresholds: dict[str, Annotated[ThresholdEntry, BeforeValidator(_threshold)]] = Field(
        {}, description="限值：名称，和一个数或 {value, unit, text, source, verified}"
    )


RequiredField = Literal[
    "site_id_code", "sponsor", "operator", "contact", "icp", "police_no", "conac_id", "security_level"
]


class ProfileFile(Model):
    """指标方案 profiles/<编号>.yaml"""

    name: Name = Field(description="方案名称")
    extends: str | None = Field(None, description="以哪个方案为基础")
    review: list[Literal["first", "second", "final", "secrecy"]] | None = Field(
        None, description="要求的审核：first 初审、second 复审、final 终审、secrecy 保密审查；省略时同基础方案"
    )
    review_proof: Literal["none", "signed", "forge"] | None = Field(
        None,
        description="审核记录凭什么算数：none 只看记录，signed 由任岗人签名的提交写入，"
        "forge 由代码平台认证的任岗人推送；省略时同基础方案",
    )
    required: list[RequiredField] | None = Field(
        None, description="站点必须写明的信息，如 [site_id_code, sponsor, icp]；缺少的给出警告；省略时同基础方案"
    )
    formats: dict[RequiredField, Annotated[str, AfterValidator(_expression)]] = Field(
        {}, description="登记的编号的格式：字段和正则表达式，整个值要符合；在基础方案之外增加或改写"
    )
    broken_links: Literal["warning", "error"] | None = Field(
        None, description="链接指向从未有过的文件：warning 只提示，error 不发布；省略时同基础方案"
    )
    sources: list[MediumEntry] = Field([], description="稿源单位名单：在基础方案之外增加，或用 off 去掉；空的不核对")
    unlisted_sources: Literal["warning", "error"] | None = Field(
        None, description="转载自名单之外：warning 只提示，error 不发布；省略时同基础方案"
    )
    leaving: Leaving | None = Field(
        None, description="点开非政府网站的链接时：notice 标明并提示，none 直接打开；省略时同基础方案"
    )
    editions: EditionLimits = Field(EditionLimits(), description="译文版本（外文版）开通的条件")
    columns: ProfileColumns = Field(ProfileColumns(), description="各类站点的默认栏目")
    home: ProfileHome = Field(ProfileHome(), description="各类站点的首页")
    rules: dict[str, RuleEntry] = Field(
        {}, description="检查指标，按编号；在基础方案的之上增加，或者改其中的限值，如 V3: {thresholds: {days: 7}}"
    )
