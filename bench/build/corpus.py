"""A corpus of government-style Chinese articles for Hugo and Jiyue; the same seed gives the same bytes.

Bodies of 1 to 4.5 kB (median 2 kB) with headings and lists, a table in 10 %, a link in 30 %, a picture in 5 % of them.
Raw text: the Markdown laws below $JIYUE_REAL_TEXTS/documents/regulations, else a vocabulary of our own.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import random
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COLUMNS = [  # id, name, share
    ("tzgg", "通知公告", 18),
    ("gzdt", "工作动态", 25),
    ("zcwj", "政策文件", 10),
    ("zcjd", "政策解读", 6),
    ("xxgk", "信息公开", 8),
    ("rsxx", "人事信息", 4),
    ("czxx", "财政信息", 4),
    ("zfcg", "政府采购", 8),
    ("msss", "民生实事", 6),
    ("hygq", "回应关切", 4),
    ("djgz", "党建工作", 5),
    ("ghjh", "规划计划", 2),
]
BUREAUS = [
    "教育局",
    "科学技术局",
    "公安局",
    "民政局",
    "司法局",
    "财政局",
    "人力资源和社会保障局",
    "自然资源局",
    "生态环境局",
    "住房和城乡建设局",
    "交通运输局",
    "水利局",
    "农业农村局",
    "商务局",
    "文化和旅游局",
    "卫生健康委员会",
    "退役军人事务局",
    "应急管理局",
    "审计局",
    "市场监督管理局",
    "统计局",
    "医疗保障局",
    "林业局",
    "信访局",
    "综合行政执法局",
]
TOWNS = [
    "青溪",
    "白石",
    "云岭",
    "临江",
    "南浦",
    "东湖",
    "龙门",
    "石桥",
    "凤凰",
    "望海",
    "长乐",
    "清泉",
    "金山",
    "柳林",
    "双河",
    "桃源",
]
TOPICS = [
    "安全生产",
    "防汛抗旱",
    "招商引资",
    "营商环境优化",
    "乡村振兴",
    "义务教育招生",
    "城乡居民医保",
    "老旧小区改造",
    "森林防火",
    "食品安全",
    "数字政府建设",
    "政务公开",
    "重大项目",
    "就业服务",
    "养老服务",
    "秋粮收购",
    "污染防治",
    "知识产权保护",
    "交通秩序整治",
    "文明城市创建",
]
ACTS = [
    "部署推进会",
    "专题会议",
    "现场办公会",
    "督导检查",
    "业务培训班",
    "集中宣传活动",
    "座谈会",
    "联合执法行动",
    "调研活动",
    "新闻发布会",
]
HEADS = [
    "总体要求",
    "工作目标",
    "主要任务",
    "适用范围",
    "组织领导",
    "保障措施",
    "办理条件",
    "办理流程",
    "监督管理",
    "时间安排",
    "有关要求",
    "附则",
]
NUM = "一二三四五六七八九十"
PORTAL = [  # the block every site must carry: links up to the superior portals
    (
        "国务院部门网站",
        [
            "外交部",
            "国防部",
            "发展改革委",
            "教育部",
            "科技部",
            "工业和信息化部",
            "公安部",
            "民政部",
            "司法部",
            "财政部",
            "人力资源社会保障部",
            "自然资源部",
        ],
    ),
    (
        "省政府部门网站",
        ["省发展改革委", "省教育厅", "省科技厅", "省公安厅", "省民政厅", "省财政厅", "省自然资源厅", "省交通运输厅"],
    ),
    (
        "市政府部门网站",
        ["市发展改革委", "市教育局", "市公安局", "市民政局", "市财政局", "市交通运输局", "市水利局", "市商务局"],
    ),
]
SHARE = [("wechat", "微信"), ("weibo", "微博"), ("qq", "QQ"), ("print", "打印"), ("mail", "邮件")]
BAD = set("<>{}[]|*_`\\#~$^@&\"'=!")
SENTENCES = (
    (
        "各有关单位要提高政治站位，压实工作责任，细化工作措施，确保各项任务落到实处。"
        "现将有关事项通知如下，请结合实际认真贯彻执行。"
        "申请人应当按照规定提交申请材料，并对材料的真实性、合法性和有效性负责。"
        "主管部门应当自受理之日起二十个工作日内作出决定；情况复杂的，经批准可以延长十个工作日。"
        "任何单位和个人有权对违反本办法的行为进行投诉和举报。"
        "要坚持问题导向，聚焦群众反映强烈的突出问题，建立台账、销号管理。"
        "本办法自发布之日起施行，有效期五年。"
        "加强部门协同和信息共享，推动政务服务事项网上办、掌上办、就近办。"
        "对工作推进不力、造成不良影响的，依规依纪依法追究责任。"
        "项目资金实行专款专用，任何单位和个人不得截留、挤占、挪用。"
    )
    .replace("。", "。\n")
    .split()
)


def raw_texts(limit: int = 1500) -> tuple[list[str], list[list[str]]]:
    """(titles of laws, documents); a document is a list of clean paragraphs."""
    titles, docs = [], []
    root = os.environ.get("JIYUE_REAL_TEXTS")
    for path in sorted((Path(root) / "documents" / "regulations").rglob("*.md")) if root else []:
        lines = [line.strip(" \t\u3000\r") for line in path.read_text("utf-8").split("\n")]
        head = re.fullmatch(r"# *([一-鿿（）、]{6,40})", lines[0])
        good = [line for line in lines[1:] if 12 <= len(line) <= 320 and not BAD & set(line) and not line[0].isascii()]
        if head and len(good) >= 12:
            titles.append(head[1].replace("中华人民共和国", ""))
            docs.append(good)
    if docs:
        keep = random.Random(0).sample(range(len(docs)), min(limit, len(docs)))
        return [titles[i] for i in keep], [docs[i] for i in keep]
    rng = random.Random(0)
    return [f"{t}管理办法" for t in TOPICS], [
        ["".join(rng.choices(SENTENCES, k=rng.randint(1, 4))) for _ in range(60)] for _ in TOPICS
    ]


def make_sites(n: int, seed: int) -> dict[str, Any]:
    """The data that every theme needs: sites, the block of superior portals, share targets."""
    rng = random.Random(f"{seed}-sites")
    sites = []
    for i in range(1, n + 1):
        town = TOWNS[i % len(TOWNS)]
        name = f"{town}区{BUREAUS[i // 2 % len(BUREAUS)]}" if i % 3 else f"{town}镇人民政府"
        sites.append(
            {
                "id": f"s{i:03d}",
                "name": name,
                "domain": f"s{i:03d}.example.gov.cn",
                "code": f"33{rng.randint(0, 99999999):08d}",
                "icp": f"浙ICP备{rng.randint(10000000, 99999999)}号-1",
                "police": f"33{rng.randint(10**11, 10**12 - 1)}",
                "phone": f"0570-{rng.randint(1000000, 8999999)}",
                "columns": [{"id": c, "name": nm} for c, nm, _ in COLUMNS],
            }
        )
    portal = [
        {
            "group": g,
            "links": [{"name": n, "url": f"https://www.example.gov.cn/portal/{gi}-{li}/"} for li, n in enumerate(ns)],
        }
        for gi, (g, ns) in enumerate(PORTAL)
    ]
    return {"sites": sites, "portal": portal, "share": [{"id": a, "name": b} for a, b in SHARE]}


def make_title(rng: random.Random, site: dict[str, Any], col: str, laws: list[str]) -> str:
    """A title in the usual wording of that column."""
    law, topic = rng.choice(laws), rng.choice(TOPICS)
    forms = {
        "tzgg": [f"关于做好{rng.randint(2019, 2026)}年{topic}工作的通知", f"关于《{law}》公开征求意见的公告"],
        "gzdt": [f"{site['name']}召开{topic}{rng.choice(ACTS)}", f"{rng.choice(TOWNS)}镇开展{topic}{rng.choice(ACTS)}"],
        "zcwj": [f"关于印发《{site['name']}{topic}工作实施方案》的通知", f"关于贯彻落实《{law}》的实施意见"],
        "zcjd": [f"《{law}》政策解读", f"一图读懂{topic}新政策（第{rng.randint(1, 40)}期）"],
        "zfcg": [
            f"{site['name']}{topic}项目（第{rng.randint(1, 30)}标段）中标结果公告",
            f"{topic}服务采购项目竞争性磋商公告",
        ],
    }.get(
        col,
        [
            f"{site['name']}{rng.randint(2019, 2026)}年{topic}情况公示",
            f"关于{topic}有关问题的答复",
            f"{site['name']}贯彻《{law}》工作情况",
        ],
    )
    return rng.choice(forms)


def make_body(rng: random.Random, docs: list[list[str]]) -> str:
    """A body in Markdown."""
    target = int(min(4096, max(1024, rng.lognormvariate(math.log(1900), 0.45))))
    doc = rng.choice(docs)
    pos, blocks, size, heads, since = rng.randrange(len(doc)), [], 0, 0, 0
    extras = [k for k, p in (("table", 0.10), ("link", 0.30), ("image", 0.05)) if rng.random() < p]
    for kind in extras:
        if kind == "image":
            blocks.append(f"![{rng.choice(TOPICS)}现场](/images/p{rng.randrange(20):02d}.png)")
        elif kind == "table":
            rows = [
                f"| {i} | {rng.choice(BUREAUS)} | {rng.choice(TOPICS)} | {rng.randint(1, 999)}.{rng.randint(0, 99):02d} |"
                for i in range(1, rng.randint(5, 10))
            ]
            blocks.append("\n".join(["| 序号 | 单位 | 事项 | 金额（万元） |", "| --- | --- | --- | --- |", *rows]))
    size = sum(len(b.encode()) for b in blocks)
    tail, blocks = blocks, []
    listed = False
    while size < target:
        if since >= rng.randint(2, 4) and heads < 10 and target - size > 300:
            block, heads, since = f"## {NUM[heads]}、{rng.choice(HEADS)}", heads + 1, 0
        else:
            para = doc[pos % len(doc)]
            pos, since = pos + 1, since + 1
            bits = [b for b in re.split(r"[；。，]", para) if len(b) > 5]
            if since > 1 and 3 <= len(bits) <= 6 and rng.random() < (0.15 if listed else 0.35):
                mark = "1." if rng.random() < 0.6 else "-"
                block, listed = "\n".join(f"{mark} {b.strip('（）() ')}；" for b in bits), True
            else:
                block = para
                if "link" in extras and blocks:
                    extras.remove("link")
                    block += f"详见[政策原文](https://www.example.gov.cn/zcwj/t{rng.randint(2019, 2026)}_{rng.randint(1, 99999)}.html)。"
        room = target + 150 - size  # clip the last paragraph, do not overshoot
        if len(block.encode()) > room and "\n" not in block and "](" not in block:
            block = block.encode()[: max(room, 60)].decode("utf-8", "ignore").rstrip("，、；：（“《") + "。"
        blocks.append(block)
        size += len(block.encode()) + 2
        if tail and len(blocks) in (2, 3):
            blocks.append(tail.pop())
    return "\n\n".join(blocks + tail + [f"（联系单位：{rng.choice(BUREAUS)}，编号{rng.randint(100000, 999999)}）"])


def make_articles(
    site: dict[str, Any], count: int, seed: int, laws: list[str], docs: list[list[str]]
) -> Iterator[dict[str, str]]:
    """The articles of a site, oldest first."""
    shares = [w for *_, w in COLUMNS]
    step = dt.timedelta(days=2700) / max(count, 1)
    for i in range(count):
        rng = random.Random(f"{seed}-{site['id']}-{i}")
        col = COLUMNS[i][0] if i < len(COLUMNS) else rng.choices(COLUMNS, shares)[0][0]
        when = dt.datetime(2019, 1, 2, 8) + step * i + dt.timedelta(seconds=rng.randrange(40))
        body = make_body(rng, docs)
        plain = re.sub(r"[#|\-\s]|!?\[|\]\([^)]*\)|\d\. ", "", body)
        yield {
            "site": site["id"],
            "column": col,
            "slug": f"t{when:%Y%m%d}_{i + 1:06d}",
            "title": make_title(rng, site, col, laws),
            "date": f"{when:%Y-%m-%dT%H:%M:%S}+08:00",
            "source": rng.choice((site["name"], "新华社", "省政府网站", "市政府办公室", rng.choice(BUREAUS))),
            "summary": plain[:90] + "……",
            "body": body,
        }


def source_text(article: dict[str, str]) -> str:
    """The Markdown file; both generators read YAML front matter."""
    head = {"title": article["title"], "source": article["source"], "summary": article["summary"]}
    lines = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in head.items())
    return f"---\n{lines}date: {article['date']}\n---\n\n{article['body']}\n"


def png(seed: int, width: int = 64, height: int = 48) -> bytes:
    """A picture of noise."""
    rng = random.Random(seed)
    raw = b"".join(b"\0" + bytes(rng.randrange(256) for _ in range(width * 3)) for _ in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    sides = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", sides) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def write(folder: Path, sites: int, articles: int, seed: int = 7) -> dict[str, Any]:
    """Write `content/<site>/<column>/<slug>.md` and `images/` below folder and return the result of make_sites."""
    laws, docs = raw_texts()
    meta = make_sites(sites, seed)
    (folder / "images").mkdir(parents=True)
    for n in range(20):
        (folder / "images" / f"p{n:02}.png").write_bytes(png(n))
    for site in meta["sites"]:
        for column, *_ in COLUMNS:
            (folder / "content" / site["id"] / column).mkdir(parents=True)
        for article in make_articles(site, articles, seed, laws, docs):
            place = folder / "content" / site["id"] / article["column"] / f"{article['slug']}.md"
            place.write_text(source_text(article), "utf-8")
    return meta
