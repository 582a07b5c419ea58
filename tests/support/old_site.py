"""Made-up old web sites as mirrored folders: five templates, mixed encodings, lists, copies of error pages, files, queries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path

from jiyue.importers.moves import Move
from jiyue.importers.site.folder import Folder
from jiyue.importers.site.proposals import as_yaml
from jiyue.importers.site.rules import parse_rules
from jiyue.importers.site.run import SiteReport, batch_of, import_site
from jiyue.importers.site.suggest import suggest

NOW = datetime(2026, 11, 28, 9, 30)
HOST = "www.old.example"
_WORDS = (
    "各县市区人民政府 市政府各委办局 认真贯彻落实 安全生产工作 供水管网改造 农村公路建设 城镇居民医疗保险 义务教育学校 春耕备耕 防汛抗旱"
    " 行政审批事项 政务公开 统计调查 食品安全监督 残疾人就业 老旧小区改造 重点项目建设 招商引资 进一步加强 切实做好 按照要求 结合实际"
    " 及时报送 统一部署 明确责任 扎实推进 完善机制 提高效率 现将有关事项通知如下"
)
WORDS = _WORDS.split()
COLUMNS = {"tzgg": "通知公告", "zwdt": "政务动态", "zcwj": "政策文件", "tjsj": "统计数据", "fantizi": "繁體版"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc00000000300010018dd8db00000000049454e44ae426082"
)
SITES = {
    "sites/cluster.yaml": "name: 站群\nroot: jl\n",
    "sites/jl.yaml": "name: 某市人民政府\nkind: prefecture\nurl: https://www.new.example\ncolumns:\n"
    + "".join(f"  - path: {path}\n    name: {name}\n" for path, name in COLUMNS.items()),
}
"""A cluster whose columns have the old ones' names."""
RULES = f"""\
host: {HOST}
site_name: 某市政府网
templates:
  - name: 列表页
    match: {{has: ul.newslist}}
    skip: 列表页
  - name: 通用
    match: {{has: [div.article, "meta[name=ArticleTitle]"]}}
    body: div.TRS_Editor
    remove: [.bdsharebuttonbox]
  - name: 表格布局
    match: {{has: td.zhengwen}}
    title: td.biaoti
    date: td.xinxi
    body: td.zhengwen
  - name: 动态
    match: {{path: show.asp*}}
    title: "#title"
    body: "#content"
  - name: 数据
    match: {{has: "#zoom"}}
    title: h1
    date: .pubtime
    source: .laiyuan
    crumbs: .position
    body: "#zoom"
  - name: 繁體
    match: {{path: fantizi/*}}
    title: h2
    body: div.nei
    column: fantizi
"""


@dataclass
class OldSite:
    """What was written. articles: path -> (title, text without white space); skipped: paths of what is no article."""

    articles: dict[str, tuple[str, str]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def cluster(root: Path) -> Path:
    """A new cluster in a folder."""
    for path, text in SITES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    (root / "content" / "jl").mkdir(parents=True)
    return root


def moved(
    source: Path, root: Path, rules: str = "", columns: dict[str, str] = COLUMNS, now: datetime = NOW, jobs: int = 1
) -> SiteReport:
    """Import with these rules, or with what is suggested."""
    text = rules or as_yaml(suggest(Folder(source), now), columns, "")
    made, problems = parse_rules(text.encode(), "rules.yaml", columns, "jl")
    assert made is not None, [str(one) for one in problems]
    folder = Folder(source, made.host)
    return import_site(folder, made, root, "jl", batch=batch_of("jl", folder), columns=columns, today=now, jobs=jobs)


def files_of(root: Path) -> dict[str, bytes]:
    """Path -> bytes of all files below a folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def body_of(root: Path, move: Move) -> str:
    """The Markdown of an article."""
    return (root / move.article).read_text("utf-8").split("\n---\n", 1)[1]


def write_old_site(folder: Path, pages: int, seed: int = 7) -> OldSite:
    """A folder as wget leaves it. pages: articles; about a tenth more are lists, copies, error pages."""
    rng, made, top = random.Random(seed), OldSite(), folder / HOST
    (top / "images").mkdir(parents=True)
    (top / "images" / "tu.png").write_bytes(PNG)
    (top / "images" / "style.css").write_text("body{}", "ascii")
    (top / "upload").mkdir()
    for number in range(0, pages, 10):
        (top / "upload" / f"{number}.pdf").write_bytes(b"%PDF-1.4 " + str(number).encode())
    lists: dict[str, list[tuple[str, str, str]]] = {name: [] for name in COLUMNS}
    for number in range(pages):
        path, column, title, date, html, text, encoding = _article(number, rng)
        target = top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(html.encode(encoding, "xmlcharrefreplace"))
        made.articles[f"{HOST}/{path}"] = (title, text)
        lists[column].append((path, title, date))
        if number % 50 == 7:
            copy = target.with_name(f"print_{number}.html")
            copy.write_bytes(html.encode(encoding, "xmlcharrefreplace"))
            made.skipped.append(copy.relative_to(folder).as_posix())
    for column, items in lists.items():
        for start in range(0, len(items), 50):
            path = f"{column}/index{f'_{start // 50}' if start else ''}.html"
            _write(top / path, _list(COLUMNS[column], items[start : start + 50]), "gbk")
            made.skipped.append(f"{HOST}/{path}")
    home = "".join(f"<li><a href='{name}/index.html'>{title}</a></li>" for name, title in COLUMNS.items()) * 3
    _write(
        top / "index.html", f"<html><head><title>某市政府网</title></head><body><ul>{home}</ul></body></html>", "gbk"
    )
    gone = "<html><head><title>404</title></head><body>您访问的页面不存在</body></html>"
    _write(top / "tzgg" / "gone.html", gone, "gbk")
    made.skipped += [f"{HOST}/index.html", f"{HOST}/tzgg/gone.html"]
    return made


def _write(path: Path, html: str, encoding: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(html.encode(encoding))


def _sentences(rng: random.Random, number: int) -> Iterator[str]:
    for at in range(rng.randint(4, 14)):
        yield f"{'，'.join(rng.choices(WORDS, k=rng.randint(5, 12)))}（第{number}件之{at + 1}）。"


def _table(rng: random.Random) -> list[list[str]]:
    rows = [[word, str(rng.randint(10, 999)), f"{rng.randint(1, 99)}%"] for word in rng.choices(WORDS, k=8)]
    return [["单位", "完成数", "比例"], *rows]


def _article(number: int, rng: random.Random) -> tuple[str, str, str, str, str, str, str]:
    """(path, column, title, date, HTML, the text's characters, encoding)."""
    kind = number % 5
    column = list(COLUMNS)[kind]
    day = f"20{10 + number % 8:02}-{1 + number % 12:02}-{1 + number % 28:02}"
    title = f"关于{rng.choice(WORDS)}的通知（{number}）"
    paragraphs = list(_sentences(rng, number))
    rows = _table(rng) if number % 3 == 0 else []
    title, body, text = _body(number, title, paragraphs, rows)
    nav = "".join(f"<li><a href='/{name}/index.html'>{label}</a></li>" for name, label in COLUMNS.items()) + "".join(
        f"<li><a href='/menu/{at}.html'>{WORDS[at]}</a></li>" for at in range(24)
    )
    if kind == 4:
        nav = "".join(f"<li><a href='/fantizi/m{at}.html'>項目{at}</a></li>" for at in range(24))
    owner = "版權所有" if kind == 4 else "主办：某市人民政府　地址：某市人民大街1号　备案号：00000000"
    foot = f"<div id='foot'>{owner}</div>"
    crumbs = f"您现在的位置：首页 > {COLUMNS[column]} > 正文"
    page = (
        "<html><head>{meta}<title>{title}-某市政府网</title>{tags}</head><body bgcolor=#ffffff><div class='top'><ul>"
        + nav + "</ul></div>{inner}" + foot + "</body></html>"
    )  # fmt: skip
    tags = ""
    if kind == 0:  # a system of the last years, with the page tags of 47号
        path = f"tzgg/{day[:4]}{day[5:7]}/t{day.replace('-', '')}_{number}.html"
        given = {"SiteName": "某市政府网", "ArticleTitle": title, "PubDate": f"{day} 10:3{number % 10}"}
        given |= {"ContentSource": "某市政府办公室", "ColumnName": "通知公告"}
        tags = "".join(f'<meta name="{name}" content="{value}">' for name, value in given.items())
        inner = (
            f"<div class='article'><div class='TRS_Editor'>{body}<div class='bdsharebuttonbox'>分享</div></div></div>"
        )
        meta, encoding = '<meta charset="utf-8">', "utf-8"
    elif kind == 1:  # tables for layout, GBK that calls itself gb2312
        path = f"zwdt/{number}.htm"
        inner = (
            "<table width=960 align=center><tr><td width=200><table><tr><td>便民服务</td></tr></table></td><td><table width='100%'>"
            f"<tr><td>{crumbs}</td></tr><tr><td class='biaoti' align=center><b>{title}</b></td></tr>"
            f"<tr><td class='xinxi'>发布时间：{day} 来源：市府办</td></tr>"
            f"<tr><td class='zhengwen'>{body}</td></tr></table></td></tr></table>"
        )
        meta, encoding = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gbk"
    elif kind == 2:  # a program whose pages differ by their query; no encoding declared
        path = f"show.asp?id={number}"
        crumbs = crumbs.replace(COLUMNS[column], "政策文件")
        inner = (
            f"<div>{crumbs}</div><div id='title'>{title}</div><div class='info'>日期：{day}　作者：佚名</div>"
            f"<div id='content'>{body}</div>"
        )
        meta, encoding = "", "gbk"
    elif kind == 3:  # says that it is UTF-8, and is not
        path = f"tjsj/{day[:4]}/{number}.shtml"
        inner = (
            f"<div class='position'>{crumbs}</div><h1>{title}</h1><span class='pubtime'>{day} 08:30</span>"
            f"<span class='laiyuan'>来源：统计局</span><div id='zoom'>{body}</div>"
        )
        meta, encoding = '<meta charset="utf-8">', "gb18030"
    else:  # in Big5
        path = f"fantizi/{number}.html"
        inner = f"<h2>{title}</h2><p>發佈時間：{day}</p><p>日期：{day}</p><div class='nei'>{body}</div>"
        meta, encoding = '<meta http-equiv="Content-Type" content="text/html; charset=big5">', "big5"
    return path, column, title, day, page.format(meta=meta, title=title, tags=tags, inner=inner), text, encoding


def _body(number: int, title: str, paragraphs: list[str], rows: list[list[str]]) -> tuple[str, str, str]:
    """(title, HTML of the text, its characters)."""
    other = number // 5 * 5 + 2
    links = number % 4 == 1 and number > 5
    extra = f"<p>相关：<a href='/show.asp?id={other}'>第{other}号</a></p>" if links else ""
    files = f"<p>附件：<a href='/upload/{number}.pdf'>表格{number}.pdf</a></p>" if number % 10 == 0 else ""
    picture = "<p><img src='/images/tu.png' alt='示意图'></p>" if number % 7 == 0 else ""
    if number % 5 == 4:
        title, rows = f"關於供水管網改造的通告（{number}）", []
        paragraphs = [f"各單位應認真辦理這項工作，請於期限內報送結果（第{number}件之{at}）。" for at in range(6)]
    ends = [f"附件：表格{number}.pdf"] * bool(files) + [f"相关：第{other}号"] * bool(extra)
    text = "".join([*paragraphs, *(cell for row in rows for cell in row), *ends])
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<table border=1>{cells}</table>" if rows else ""
    body = "".join(f"<p>　　{escape(one)}</p>\r\n" for one in paragraphs) + table + picture + files + extra
    return title, body, text


def _list(name: str, items: list[tuple[str, str, str]]) -> str:
    rows = "".join(
        f"<li><a href='/{path.replace('?', '%3F')}'>{title}</a><span>{date}</span></li>" for path, title, date in items
    )
    head = f"<html><head><meta charset=gbk><title>{name}-某市政府网</title></head><body>您现在的位置：首页 > {name} > "
    html = f"{head}<ul class='newslist'>{rows}</ul>下一页 尾页</body></html>"
    return html.encode("gbk", "xmlcharrefreplace").decode("gbk")
