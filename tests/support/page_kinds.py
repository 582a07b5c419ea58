"""A small cluster with every kind of page, and titles that try to break them."""

from __future__ import annotations

from io import BytesIO

from tests.support.samples import VIDEO, pdf

HOSTILE = {
    "long": "关于" + "进一步加强和规范" * 14 + "工作的通知",
    "nospace": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
    "rtl": "إعلان هام جدا للمواطنين حول الخدمات الإلكترونية",
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈 通知 🇨🇳 ﷽﷽﷽",
    "markup": "<b onclick=alert(1)>&amp; \"引号\" 'x' </title><script>alert(1)</script>",
    "zalgo": "通̷̢̛̗知̴̨̛͔ ꧁༺ 公告 ༻꧂",
}
"""Slug of an article -> its title."""


def _article(title: str, body: str = "正文。", **fields: str) -> str:
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    lines = "".join(f"{key}: {value}\n" for key, value in {"date": "2026-11-20 09:30", **fields}.items())
    return f'---\ntitle: "{quoted}"\n{lines}---\n{body}\n'


def picture(suffix: str = "png", size: tuple[int, int] = (1400, 700), **options: object) -> bytes:
    """A picture with some content."""
    from PIL import Image  # noqa: PLC0415

    out = BytesIO()
    image = Image.radial_gradient("L").resize(size)
    Image.merge("RGB", (image, image.rotate(90), image.rotate(180))).save(out, suffix, **options)
    return out.getvalue()


_BODY = """第一段，有[中国政府网](https://www.gov.cn/)和`code`。

## 一、小标题

- 甲
- 乙

| 列一 | 列二 | 列三 | 列四 | 列五 | 列六 | 列七 | 列八 |
|---|---|---|---|---|---|---|---|
| 一二三四五 | 一二三四五 | 一二三四五 | 一二三四五 | 一二三四五 | 一二三四五 | 一二三四五 | 一二三四五 |

![一张图：左边亮，右边暗](tu.jpeg "图的说明")

```
代码很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长
```

附件：[统计表](biao.csv)、[文件](wenjian.pdf)

某某办公室

2026年11月20日
"""

SITE = """name: 长白朝鲜族自治县人民政府
kind: county
superior: jilin
url: https://www.cb.example
site_id_code: "9922062301"
sponsor: 长白朝鲜族自治县人民政府办公室
operator: 政务公开科
contact: 演示电话 0000-0000
icp: 演示备案0000001号
police_no: 演示公安备案00000000000001号
conac_id: 0123456789ABCDEF0123456789ABCDEF
accent: blue
profile: unreviewed
columns:
  - {path: zt, name: 专题专栏, type: 专题专栏}
  - {path: yw/sub, name: 下级栏目, type: 工作动态}
  - {path: badaogou/tz, name: 镇里的通知, owner: 八道沟镇人民政府}
channels:
  - path: badaogou
    name: 八道沟镇
    owner: 八道沟镇人民政府
    contact: 演示电话 0000-0001
    intro: 一个镇的频道。
    officers: [{post: 镇信息员, role: 信息联络员}]
  - {path: jyj, name: 教育局, type: department}
"""

KINDS = {
    "news": ("yw/news", _article("一篇新闻", _BODY, updated="2026-11-21 08:00", ai_generated="summarized")),
    "document": (
        "zcwj/document",
        _article(
            "某某办法",
            _BODY,
            kind="document",
            doc_number="演示〔2026〕1号",
            issuer="某某办公室",
            created="2026-11-19",
            validity="废止",
        ),
    ),
    "interpretation": (
        "zcjd/interpretation",
        _article(
            "《某某办法》解读", kind="interpretation", interprets="cb/zcwj/document.md", summary="一句话。", form="图解"
        ),
    ),
    "response": (
        "hygq/response",
        _article("一件事的回应", kind="response", topic_asked="为什么？", responding_unit="某局"),
    ),
    "rebuttal": (
        "hygq/rebuttal",
        _article(
            "一条辟谣",
            kind="rebuttal",
            claim="某说法",
            verdict="不实",
            facts="事实是这样",
            responding_unit="某局",
            evidence="[{name: 通报, url: https://www.tb.example/1}, 运行记录]",
            updates="[{at: 2026-11-20 10:00, text: 已受理}, {at: 2026-11-21, text: 已查明}]",
        ),
    ),
    "letter": (
        "zxts/letter",
        _article("一封来信", kind="letter", received="2026-11-10", replied="2026-11-12", category="咨询", unit="某局"),
    ),
    "survey": (
        "zjdc/survey",
        _article(
            "一次征集",
            kind="survey",
            opens="2026-10-01",
            closes="2026-10-31",
            opinions_received="12",
            adopted="7",
            result="采纳 7 条",
            opinions="[{text: 一条意见, adopted: 不采纳, reason: 理由}, {text: 另一条, adopted: 部分采纳, reason: 理由, count: 2}]",
        ),
    ),
    "interview": (
        "zxft/interview",
        _article(
            "一次访谈",
            kind="interview",
            guests="[甲岗, 乙岗]",
            held="2026-11-10 14:00",
            transcript="[{by: 甲岗, text: 问。}]",
            questions="[{text: 问, reply: 答}]",
        ),
    ),
    "guide": (
        "bsfw/guide",
        _article(
            "一份指南",
            kind="guide",
            conditions="[条件一]",
            materials="[材料一, 材料二]",
            steps="[申请, 受理, 办结]",
            fee="不收费",
            phone="0000",
            apply="https://zwfw.example/",
            forms="[{name: 申请表, url: https://zwfw.example/a.docx}]",
        ),
    ),
    "leaders": (
        "jgzn/leaders",
        _article(
            "岗位和职责",
            layout="leaders",
            functions="[一项职能]",
            posts="[{post: 甲岗, name: 某某, resume: 一段, duties: 主持工作, phone: '0000'}, {post: 乙岗}]",
        ),
    ),
    "photos": (
        "yw/photos",
        _article("图集", "![第一张图的内容](tu.jpeg '说明')\n\n![第二张图的内容](xiao.png)", layout="photos"),
    ),
    "video": (
        "yw/video",
        _article("视频", "文字稿。", layout="video", video="{src: v.mp4, poster: tu.jpeg, captions: v.vtt}"),
    ),
    "topic": ("zt/topic", _article("专题", "导语。", layout="topic", keywords="[甲]")),
    "page": ("about", _article("关于本站", kind="page")),
    "channel article": ("badaogou/one", _article("镇里的一件事", keywords="[甲]")),
    "department article": ("jyj/one", _article("局里的一件事")),
    "child": ("yw/sub/one", _article("下级栏目的一件事")),
}
"""Kind -> (place without suffix in content/cb, source)."""

PAGES = {
    **{kind: f"{place}.html" for kind, (place, _) in KINDS.items()},
    "home": "index.html",
    "column": "yw/index.html",
    "second page": "yw/index_2.html",
    "channel": "badaogou/index.html",
    "site map": "sitemap.html",
    "missing": "404.html",
    "search": "search/index.html",
}
"""Page kind -> path on the county's site."""

ROOT_PAGES = {"root home": "index.html", "members": "sites.html"}
"""Page kinds of the root site only."""


def files() -> dict[str, str | bytes]:
    """The cluster's files."""
    found: dict[str, str | bytes] = {
        "sites/profiles/unreviewed.yaml": "name: 不审核的方案\nextends: province\nreview: []\n",
        "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nnotice: 演示站点\nrecommended: yw\n",
        "sites/cb.yaml": SITE,
        "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nprofile: unreviewed\n",
        "sites/jt.yaml": "name: 吉林省交通运输厅\nkind: department\nsuperior: jilin\nurl: https://jt.jl.example\n",
        "sites/lj.yaml": "name: 临江市人民政府\nkind: county\nsuperior: jilin\nurl: https://lj.jl.example\naccent: green\n",
        "content/jilin/yw/one.md": _article("省里的要闻", slug="one"),
        "content/jt/a.md": _article("厅里的一页"),
        "content/lj/yw/a.md": _article("市里的要闻"),
    }
    for place, source in KINDS.values():
        name = place.rpartition("/")[2]
        found[f"content/cb/{place}.md"] = (
            source if place == "about" else source.replace("date:", f"slug: {name}\ndate:", 1)
        )
    for folder in ("yw", "zcwj"):
        found[f"content/cb/{folder}/tu.jpeg"] = picture("jpeg")
        found[f"content/cb/{folder}/biao.csv"] = "列一,列二\n1,2\n"
        found[f"content/cb/{folder}/wenjian.pdf"] = pdf()
    found["content/cb/yw/xiao.png"] = picture("png", (300, 200))
    found["content/cb/yw/v.mp4"] = VIDEO
    found["content/cb/yw/v.vtt"] = "WEBVTT\n\n00:00.000 --> 00:01.000\n字幕\n"
    for n, (slug, title) in enumerate(HOSTILE.items()):
        found[f"content/cb/tzgg/h{n}.md"] = _article(title, slug=slug)
    for n in range(25):
        found[f"content/cb/yw/n{n:02}.md"] = _article(f"第 {n} 条动态", keywords="[甲]")
    for n in range(3):
        found[f"content/cb/badaogou/tz/n{n}.md"] = _article(f"镇里的第 {n} 个通知", date=f"2026-11-1{n} 09:30")
    return found
