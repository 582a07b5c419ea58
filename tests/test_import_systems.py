"""`jiyue import hexo`, `hugo`, `jekyll`, `vuepress`, `wxr` and `sql`: real exports, and small ones of each shape."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from jiyue.catalogue.dialect import python_markdown
from jiyue.importers import tags
from jiyue.importers.export import BadExport
from jiyue.importers.generators import import_generator
from jiyue.importers.html import parse, visible_text
from jiyue.importers.markdown import import_markdown
from jiyue.importers.moves import Move, path_of, read_moves
from jiyue.importers.relink import Target, relink
from jiyue.importers.report import ImportReport
from jiyue.importers.sqldump import dump_rows
from jiyue.importers.table import Map, import_dump, import_table, load_map
from jiyue.importers.texts import Place
from jiyue.importers.wxr import import_wxr, read_items

NOW = datetime(2026, 11, 28, 9, 30)


def place(root: Path, **more: str) -> Place:
    return Place(root, "cc", "tzgg", NOW, more)


def moves(root: Path) -> dict[str, Move]:
    return {move.path: move for move in read_moves(path_of(root, "cc.tzgg"))}


def article(root: Path, path: str) -> tuple[dict[str, object], str]:
    """(front matter, body)."""
    head, _, body = (root / path).read_text("utf-8").removeprefix("---\n").partition("---\n")
    return yaml.safe_load(head), body.strip()


def words(markdown: str) -> Counter[str]:
    page = visible_text(parse(f"<div>{python_markdown(markdown)}</div>"))
    return Counter(c for c in page if c.isalnum())


def share(had: Counter[str], has: Counter[str]) -> float:
    return sum((had & has).values()) / max(1, had.total())


# -- real exports


@pytest.mark.parametrize(("generator", "count", "refused"), [("hexo", 43, {"index.md"}), ("hugo", 25, set())])
def test_every_text_of_a_real_site_arrives(
    tmp_path: Path, real_texts: Path, generator: str, count: int, refused: set[str]
) -> None:
    source = real_texts / "migration" / f"{generator}-zh"
    report = import_generator(source, generator, place(tmp_path), "https://old.example")
    record = {path: move for path, move in moves(tmp_path).items() if move.kind == "page"}
    assert len(record) == count == len(list(source.rglob("*.md")))
    assert {path for path, move in record.items() if move.status != "imported"} == refused
    assert len(report.written) == count - len(refused)
    had, has = Counter[str](), Counter[str]()
    for path, move in record.items():
        if move.status != "imported":
            continue  # the home page of the documentation has neither a title nor a date
        head, _, body = (source / path).read_text("utf-8").removeprefix("---").partition("\n---\n")
        given = yaml.safe_load(head)
        fields, text = article(tmp_path, move.article)
        assert fields["title"] == " ".join(str(given["title"]).split()), path
        if "date" in given:
            assert str(fields["date"])[:10] == str(given["date"])[:10], path
        else:
            assert (fields["kind"], "date" in fields) == ("page", False)
        assert move.addresses[0].startswith("https://old.example/")
        had += words(tags.without(body.split("\n")))
        has += words(text)
        assert move.share is not None
        assert move.share >= 0.97, path
    assert share(had, has) >= 0.99


def test_every_item_of_a_real_wordpress_export_arrives(tmp_path: Path, real_texts: Path) -> None:
    source = real_texts / "migration/wxr/a11y-theme-unit-test-data.xml"
    report = import_wxr(source, place(tmp_path))
    record = moves(tmp_path)
    items = list(read_items(source))
    assert len(record) == len(items) == 154
    texts = {f"{item.kind}/{item.id}": item for item in items if item.kind in ("post", "page")}
    refused = {move.reason for move in record.values() if move.status != "imported" and ".xml:" in move.path}
    assert refused == {
        "来源标明不公开（status: future）", "来源标明不公开（status: draft）", "来源设了密码（post_password）",
        "文件头、目录表、正文开头和文件名中都没有标题", "文件没有正文",
    }  # fmt: skip
    had, has = Counter[str](), Counter[str]()
    for path, move in record.items():
        if path not in texts or move.status != "imported":
            continue
        values = texts[path].values
        fields, body = article(tmp_path, move.article)
        assert fields["title"] == " ".join(values["title"].split())
        assert str(fields["date"])[:10] == values["post_date"][:10]
        content = re.sub(r"\[/?(?:caption|gallery|audio|video|embed|playlist)[^\[\]]*\]", " ", values["content"])
        had += Counter(c for c in visible_text(parse(f"<div>{content}</div>")) if c.isalnum())
        has += words(body)
    assert len(report.written) == len(texts) - 5 == 60
    assert share(had, has) >= 0.99
    comments = next(d.message for d in report.diagnostics if d.rule == "import-other")
    assert comments == "没有导入：菜单项 50 个、附件 39 个、评论 29 条"


# -- tags


@pytest.mark.parametrize(
    ("generator", "text", "made", "left"),
    [
        ("hexo", "{% note warning 停水 %}\n明天停水。\n{% endnote %}", "> **停水**\n>\n> 明天停水。", []),
        ("hexo", "{% blockquote 张某, 某书 %}\n话。\n{% endblockquote %}", "> 话。\n>\n> —— 张某, 某书", []),
        ("hexo", "{% codeblock lang:js %}\na*b*c\n{% endcodeblock %}", "```js\na*b*c\n```", []),
        ("hexo", "{% raw %}{{ a }}{% endraw %}", "{{ a }}", ["a"]),
        ("hexo", "{% asset_img a.png 图一 %}", "![图一](<a.png>)", []),
        ("hexo", "{% post_link 2019-tz 通知 %}", "[通知](<name:2019-tz>)", []),
        ("hexo", "{% youtube abc %}", "[视频](<https://www.youtube.com/watch?v=abc>)", []),
        ("hexo", "{% mystery a %}文{% endmystery %}", "{% mystery a %}文{% endmystery %}", ["mystery"]),
        ("hexo", "```\n{% note %}\n```", "```\n{% note %}\n```", []),
        ("hexo", "用 `{% note %}` 写", "用 `{% note %}` 写", []),
        ("jekyll", "{% highlight ruby %}\nputs 1\n{% endhighlight %}", "```ruby\nputs 1\n```", []),
        ("jekyll", "见 {% include a.html %}{{ site.url }}", "见 {% include a.html %}{{ site.url }}", ["include", "site.url"]),
        ("jekyll", "[一]({% post_url 2019-01-01-a %})", "[一](name:2019-01-01-a)", []),
        ("hugo", '{{< figure src="/a.png" alt="图" caption="说明" >}}', "![图](</a.png>)\n\n说明", []),
        ("hugo", '{{% notice tip "提醒" %}}\n带伞。\n{{% /notice %}}', "> **提醒**\n>\n> 带伞。", []),
        ("hugo", '[乙]({{< ref "b.md" >}})', "[乙](name:b.md)", []),
        ("hugo", "写作 {{</* figure */>}}", "写作 {{< figure >}}", ["figure"]),
        ("hugo", "{{< mystery >}}", "{{< mystery >}}", ["mystery"]),
        ("vuepress", "::: tip 办事提醒\n带证件。\n:::", "> **办事提醒**\n>\n> 带证件。", []),
        ("vuepress", "::: warning\n小心\n:::\n后面", "> **注意**\n>\n> 小心\n\n\n后面", []),
        ("vuepress", ":::: code-group\n::: tip\n甲\n:::\n::::", "> **提示**\n>\n> 甲", []),
        ("vuepress", "::: tip\n没有结束", "::: tip\n没有结束", []),
        ("vuepress", '新 <Badge text="已废止"/>\n[[toc]]', "新 （已废止）", []),
    ],
)  # fmt: skip
def test_a_tag_with_a_plain_meaning_is_written_plainly_and_any_other_stays_and_is_told(
    generator: str, text: str, made: str, left: list[str]
) -> None:
    found = tags.plain(text.split("\n"), generator)
    assert ("\n".join(found.lines).strip(), found.left) == (made, left)


# -- addresses and links of generators


def test_a_hexo_site_keeps_its_addresses_links_and_files(tmp_path: Path) -> None:
    old, root = tmp_path / "old", tmp_path / "root"
    for name, text in {
        "_config.yml": "url: https://www.old.example\nroot: /blog/\npermalink: :year/:month/:title.html\n",
        "source/_posts/tingshui.md": "---\ntitle: 停水\ndate: 2019-03-04 08:00\ncategories: 通知公告\n---\n\n"
        "见[去年](/blog/2018/05/qunian.html)、{% post_link qunian %}、[无](/blog/none.html)、[外](https://b.example/)。\n\n"
        "![图](/images/a.png) ![丢](lost.png)\n",
        "source/_posts/qunian.md": "---\ntitle: 去年\ndate: 2018-05-06\n---\n\n旧文。\n",
        "source/_drafts/x.md": "---\ntitle: 未发布\ndate: 2018-05-06\n---\n\n不公开。\n",
        "source/about/index.md": "---\ntitle: 关于\n---\n\n本站。\n",
        "themes/a/README.md": "# 主题\n",
    }.items():
        (old / name).parent.mkdir(parents=True, exist_ok=True)
        (old / name).write_text(text, "utf-8")
    (old / "source/images").mkdir()
    (old / "source/images/a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    report = import_generator(old, "hexo", place(root, 通知公告="gg"))
    record = moves(root)
    assert {path: (move.status, move.addresses) for path, move in record.items() if move.kind == "page"} == {
        "_posts/tingshui.md": ("imported", ("https://www.old.example/blog/2019/03/tingshui.html",)),
        "_posts/qunian.md": ("imported", ("https://www.old.example/blog/2018/05/qunian.html",)),
        "_drafts/x.md": ("skipped", ()),
        "about/index.md": ("imported", ("https://www.old.example/blog/about/",)),
    }
    water, before = record["_posts/tingshui.md"], record["_posts/qunian.md"]
    fields, body = article(root, water.article)
    assert water.article.startswith("content/cc/gg/20190304-")
    assert fields["migrated"] == {"from": water.addresses[0], "at": "2026-11-28 09:30"}
    assert fields["aliases"] == list(water.addresses)
    link = f"../tzgg/{Path(before.article).name}"
    [picture] = [move for move in record.values() if move.kind == "file"]
    assert body == (
        f"见[去年]({link})、[qunian]({link})、[无](https://www.old.example/blog/none.html)、[外](https://b.example/)。\n\n"
        f"![图]({Path(picture.copy).name}) [图片：丢](https://www.old.example/blog/2019/03/lost.png)"
    )
    assert (root / picture.copy).read_bytes() == b"\x89PNG\r\n\x1a\n"
    assert [(one.address.rpartition("/")[2], one.leads) for one in water.links] == [
        ("qunian.html", "article"), ("name:qunian", "article"), ("none.html", "nowhere"), ("", "outside"), ("a.png", "file"),
        ("lost.png", "nowhere"),
    ]  # fmt: skip
    assert [d.message for d in report.diagnostics if d.rule == "import-file"] == [
        "没有找到 https://www.old.example/blog/2019/03/lost.png"
    ]

    # again, at another time: the same bytes; what changed at the source comes, what was edited here stays
    everything = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    later = place(root, 通知公告="gg")._replace(now=datetime(2026, 12, 1))
    import_generator(old, "hexo", later)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == everything
    edited, source = root / water.article, old / "source/_posts/qunian.md"
    edited.write_text(edited.read_text("utf-8") + "\n改过。\n", "utf-8")
    source.write_text(source.read_text("utf-8") + "\n又写了一段。\n", "utf-8")
    again = import_generator(old, "hexo", later)
    assert [d.rule for d in again.diagnostics if d.rule == "import-exists"] == ["import-exists"]
    assert "改过。" in edited.read_text("utf-8")
    assert "又写了一段。" in (root / before.article).read_text("utf-8")


@pytest.mark.parametrize(
    ("generator", "files", "addresses"),
    [
        ("hugo", {"hugo.toml": 'baseURL = "https://o.example/"\n', "content/Blog/My Post.md": "slug: hi", "content/b/index.md": ""},
         {"Blog/My Post.md": ("https://o.example/blog/hi/",), "b/index.md": ("https://o.example/b/",)}),
        ("hugo", {"config.toml": '[permalinks]\nblog = "/:year/:slug/"\n', "content/blog/a.md": "aliases: [/x.html, /y/]"},
         {"blog/a.md": ("/2019/a/", "/x.html", "/y/")}),
        ("jekyll", {"_config.yml": "url: https://o.example\nbaseurl: /b\n", "_posts/2019-03-04-water.md": "categories: [gg]",
          "about.md": ""},
         {"_posts/2019-03-04-water.md": ("https://o.example/b/gg/2019/03/04/water.html",), "about.md": ("https://o.example/b/about.html",)}),
        ("jekyll", {"_config.yml": "permalink: pretty\n", "_posts/2019-03-04-water.md": "redirect_from: /w.asp?id=5"},
         {"_posts/2019-03-04-water.md": ("/2019/03/04/water/", "/w.asp%3Fid=5")}),
        ("vuepress", {"docs/README.md": "", "docs/a/中文.md": "", "docs/b.md": "permalink: /c/"},
         {"README.md": ("/",), "a/中文.md": ("/a/%E4%B8%AD%E6%96%87.html",), "b.md": ("/c/",)}),
        ("hexo", {"_config.yml": "permalink: :abbrlink/\n", "source/_posts/a.md": "", "source/_posts/b.md": "abbrlink: 4a17b156"},
         {"_posts/a.md": (), "_posts/b.md": ("/4a17b156/",)}),
    ],
)  # fmt: skip
def test_the_old_addresses_are_those_that_the_generator_makes(
    tmp_path: Path, generator: str, files: dict[str, str], addresses: dict[str, tuple[str, ...]]
) -> None:
    for name, text in files.items():
        (tmp_path / "old" / name).parent.mkdir(parents=True, exist_ok=True)
        head = f"---\ntitle: 标题\ndate: 2019-03-04\n{text}\n---\n\n正文。\n"
        (tmp_path / "old" / name).write_text(head if name.endswith(".md") else text, "utf-8")
    import_generator(tmp_path / "old", generator, place(tmp_path))
    assert {path: move.addresses for path, move in moves(tmp_path).items()} == addresses


# -- WordPress

_ITEM = """<item><title>{title}</title><link>https://w.example/{id}/</link>
<content:encoded><![CDATA[{content}]]></content:encoded><wp:post_id>{id}</wp:post_id>
<wp:post_date>{date}</wp:post_date><wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>
<wp:post_password>{password}</wp:post_password>{more}</item>
"""
_RSS = """<?xml version="1.0" encoding="UTF-8"?><rss xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>
{items}</channel></rss>
"""


def wxr(tmp_path: Path, *items: dict[str, str], uploads: Path | None = None) -> ImportReport:
    usual = {
        "title": "题",
        "content": "文",
        "date": "2019-01-01 08:00:00",
        "status": "publish",
        "kind": "post",
        "password": "",
        "more": "",
    }
    text = _RSS.format(items="".join(_ITEM.format(**{"id": str(n), **usual, **one}) for n, one in enumerate(items, 1)))
    (tmp_path / "a.xml").write_text(text, "utf-8")
    return import_wxr(tmp_path / "a.xml", place(tmp_path, 公告="gg"), uploads)


def test_the_text_of_a_wordpress_post_reads_as_before(tmp_path: Path) -> None:
    (tmp_path / "up/2019").mkdir(parents=True)
    (tmp_path / "up/2019/a.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "up/2019/b.pdf").write_bytes(b"%PDF-1.4")
    up = "https://w.example/wp-content/uploads/2019"
    report = wxr(
        tmp_path,
        {"content": f'第一段\n第二行\n\n[caption id="x"]<img src="{up}/a-300x200.jpg" alt="甲" /> 图说[/caption]\n'
                    f'<a href="{up}/b.pdf">附件</a>[gallery ids="9"][[audio]] [form id="7"]\n<h3>小标题</h3>\n<pre>a\n\nb</pre>',
         "more": "<wp:is_sticky>1</wp:is_sticky><category domain='category'>公告</category><category domain='post_tag'>水</category>"},
        {"content": '<!-- wp:paragraph --><p>见<a href="https://w.example/?p=1">上文</a></p><!-- /wp:paragraph -->', "kind": "page",
         "date": "0000"},
        {"id": "9", "kind": "attachment", "status": "inherit", "more": f"<wp:attachment_url>{up}/a.jpg</wp:attachment_url>"},
        uploads=tmp_path / "up",
    )  # fmt: skip
    record = moves(tmp_path)
    fields, body = article(tmp_path, record["post/1"].article)
    key = Path(record["post/1"].article).stem.partition("-")[2]
    assert body == (
        f"第一段<br>\n第二行\n\n![甲]({key}-1.jpg) 图说\n\n[附件]({key}-2.pdf)\n\n![题]({key}-1.jpg)\n\n"
        f'\\[audio] \\[form id="7"]\n\n### 小标题\n\n```\na\n\nb\n```'
    )
    assert record["post/1"].article.startswith("content/cc/gg/20190101-")
    assert (fields["pinned"], fields["keywords"]) == (True, ["水"])
    assert record["post/1"].addresses == ("https://w.example/1/", "https://w.example/?p=1")
    assert [d.message for d in report.diagnostics if d.rule == "import-markup"] == ["短代码 [form] 照原样留作文字"]
    fields, body = article(tmp_path, record["page/2"].article)
    assert ("date" in fields, fields["kind"]) == (False, "page")
    assert body == f"见[上文](../gg/{Path(record['post/1'].article).name})"
    files = {move.addresses[0].rpartition("/")[2]: move.copy for move in record.values() if move.kind == "file"}
    assert files == {"a-300x200.jpg": f"content/cc/gg/{key}-1.jpg", "b.pdf": f"content/cc/gg/{key}-2.pdf"}


def test_hostile_exports_are_refused_and_read_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("机密", "utf-8")
    bomb = f'<!DOCTYPE rss [<!ENTITY s SYSTEM "file://{tmp_path}/secret"><!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
    text = _RSS.format(
        items=_ITEM.format(
            id=1, title="题&s;&b;", content="文", date="2019-01-01", status="publish", kind="post", password="", more=""
        )
    )
    (tmp_path / "a.xml").write_text(text.replace("?><rss", f"?>{bomb}<rss"), "utf-8")
    import_wxr(tmp_path / "a.xml", place(tmp_path))
    assert "机密" not in "".join(path.read_text("utf-8") for path in (tmp_path / "content").rglob("*.md"))
    for data in (b"", b"<html></html>", b"\x00\xff", b"PK\x03\x04"):
        (tmp_path / "b.xml").write_bytes(data)
        with pytest.raises(BadExport):
            import_wxr(tmp_path / "b.xml", place(tmp_path))
    assert wxr(
        tmp_path,
        {"content": f'<img src="https://w.example/wp-content/uploads/../../secret.pdf">[gallery ids="{"9," * 999}"]'},
    )


# -- what is not public


@pytest.mark.parametrize(
    "state", ["draft", "pending", "private", "future", "trash", "inherit", "auto-draft", "unheard-of"]
)
def test_a_wordpress_post_that_is_not_public_stays_out(tmp_path: Path, state: str) -> None:
    report = wxr(tmp_path, {"status": state}, {"status": "publish", "password": "x"})
    assert [d.rule for d in report.diagnostics] == ["import-draft"] * 2
    assert not (tmp_path / "content").exists()


def test_the_eleven_ways_to_say_that_a_text_is_not_public(tmp_path: Path, real_texts: Path) -> None:
    source = real_texts / "cases/69/src"
    for made in (
        import_markdown(source, tmp_path, "cc", "tzgg", today=NOW),
        *(import_generator(source, generator, place(tmp_path)) for generator in ("hexo", "hugo", "jekyll", "vuepress")),
    ):
        assert len(made.diagnostics) == 11
        assert {d.rule for d in made.diagnostics} == {"import-draft", "import-expired"}
    assert not (tmp_path / "content").exists()


def test_the_rows_of_a_table_are_public_by_the_values_that_the_map_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "编号,标题,正文,日期,STATUS,状态\n1,甲,文,2019-01-01,10,\n2,乙,文,2019-01-01,1,\n3,丙,文,2019-01-01,10,草稿\n",
        "utf-8",
    )
    given = Map(public={"STATUS": frozenset({"10"})})
    report = import_table([tmp_path / "a.csv"], given, place(tmp_path))
    assert [one.title for one in report.written] == ["甲"]
    assert [d.message for d in report.diagnostics] == ["来源标明不公开（STATUS: 1）", "来源标明不公开（状态: 草稿）"]


# -- tables and dumps

DUMP = r"""
/*!40101 SET NAMES gbk */;
DROP TABLE IF EXISTS `news`;
CREATE TABLE `news` (
  `id` int(11) NOT NULL AUTO_INCREMENT, `title` varchar(200) DEFAULT '(', `body` longtext, `t` datetime, `url` text,
  `ch` varchar(20), `att` text, `st` tinyint, PRIMARY KEY (`id`), KEY `t` (`t`)
) ENGINE=InnoDB DEFAULT CHARSET=gbk;
LOCK TABLES `news` WRITE;
INSERT INTO `news` VALUES
(5,'供水''通知\'; DROP','<p>明天\n停水</p><p>见<img src=\"/up/a.png\"></p>','2019-03-04 08:00:00','/show.asp?id=5',
'通知','up/b.doc;up/c.doc',1),
(6,'第二件; 诚','正文\\里\r\n第二行 -- 不是注释 /* 也不是 */','2019-03-05','/show.asp?id=6','其他',NULL,1);
INSERT INTO `log` VALUES (1,'x');
INSERT INTO `db`.`news` (`id`, `title`, `body`, `t`, `st`) VALUES (7, 0xE794B2, NOW(), '2019-03-06', 0), (8,'丁','文 # 内','2019-03-07',1);
"""
COLUMNS = {"text": "body", "title": "title", "publish_date": "t", "url": "url", "category": "ch", "attachments": "att"}


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
@pytest.mark.parametrize("chunk", [7, 1 << 20])
def test_the_rows_of_a_dump_become_articles(
    tmp_path: Path, encoding: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes(DUMP.encode(encoding))
    if chunk < 100:
        path.write_bytes(DUMP.replace("gbk", {"gbk": "gbk", "utf-8": "utf8mb4"}[encoding]).encode(encoding))
        encoding_line = len(DUMP.split("\n")[1]) + 2
        monkeypatch.setattr("jiyue.importers.sqldump.CHUNK", max(chunk, encoding_line * 20))
    (tmp_path / "up").mkdir()
    for name, data in {"a.png": b"\x89PNG\r\n\x1a\n", "b.doc": b"\xd0\xcf\x11\xe0"}.items():
        (tmp_path / "up" / name).write_bytes(data)
    report = import_dump(path, Map(COLUMNS, {"st": frozenset({"1"})}), place(tmp_path, 通知="gg"))
    record = moves(tmp_path)
    assert [(one.title, one.source) for one in report.written] == [
        ("供水'通知'; DROP", "a.sql"), ("第二件; 诚", "a.sql"), ("丁", "a.sql"),
    ]  # fmt: skip
    first = record["5"]
    key = Path(first.article).stem.partition("-")[2]
    assert first.article.startswith("content/cc/gg/20190304-")
    assert article(tmp_path, first.article)[1] == f"明天 停水\n\n见![]({key}-1.png)\n\n- [b.doc]({key}-2.doc)"
    assert first.addresses == ("/show.asp?id=5",)
    assert [d.message for d in report.diagnostics] == ["来源标明不公开（st: 0）", "没有找到 /up/c.doc"]
    assert article(tmp_path, record["6"].article)[1] == "正文\\\\里\n\n第二行 -- 不是注释 /\\* 也不是 \\*/"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INSERT INTO a VALUES (1,'没有结束);\n", "第 1 行起引号没有配对"),
        ("CREATE TABLE a (id int, body text);\nINSERT INTO a VALUES (1);\n", "第 2 行有 1 个值，表 a 有 2 列"),
        ("INSERT INTO a (body) VALUES ('文');\nINSERT INTO b (body) VALUES ('文');\n", "a 和 b 两个表都有正文列"),
        ("INSERT INTO a (x) VALUES ('文');\n", "里没有要导入的表；有数据的表：a"),
        ("", "有数据的表：没有"),
    ],
)
def test_a_dump_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.sql").write_text(text, "utf-8")
    with pytest.raises(BadExport, match=re.escape(said)):
        list(dump_rows(tmp_path / "a.sql", "", ("body",)))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("[甲](a)和`[乙](a)`", "[甲](b)和`[乙](a)`"),
        ("[![图](p)](a)", "[![图](q)](b)"),
        ("[![图](p)甲](gone)后", "![图](q)甲后"),
        ("![图](gone)", "图片：图"),
        ("[甲](<a> '题')", "[甲](b '题')"),
        ("[甲]: a", "[甲]: b"),
        ("```\n[甲](a)\n```", "```\n[甲](a)\n```"),
        ('<a class="x" href="a">甲</a><img src="p" alt="图">', '<a class="x" href="b">甲</a><img src="q" alt="图">'),
        ('<img alt="图" src="gone">', "图片：图"),
        (r"\[甲](a) [乙](other)", r"\[甲](a) [乙](other)"),
    ],
)
def test_links_are_led_on_and_code_is_left_alone(text: str, made: str) -> None:
    to = {"a": Target("b"), "p": Target("q", shown=True), "gone": Target("")}
    assert relink(text, lambda target, _: to.get(target)) == made


def test_a_ready_map_takes_the_columns_that_an_export_has(tmp_path: Path) -> None:
    rows = ("DocId,DOCTITLE,DOCHTMLCON,DOCRELTIME,DOCSTATUS,DOCCHANNEL", "7,供水,<p>明天停水</p>,2019-03-04,10,3",
            "8,未签,<p>文</p>,2019-03-04,1,3")  # fmt: skip
    (tmp_path / "a.csv").write_text("\n".join(rows), "utf-8")
    report = import_table([tmp_path / "a.csv"], load_map(Path("trs")), place(tmp_path, **{"3": "gg"}))
    assert [one.target.rpartition("/")[0] for one in report.written] == ["content/cc/gg"]
    assert [d.message for d in report.diagnostics] == ["来源标明不公开（DOCSTATUS: 1）"]
    (tmp_path / "b.csv").write_text("DOCID,DOCHTMLCON,DOCSTATUS\n7,文,10\n", "utf-8")
    with pytest.raises(BadExport, match="没有「DOCTITLE」这一列"):
        import_table([tmp_path / "b.csv"], load_map(Path("trs")), place(tmp_path))


@pytest.mark.parametrize(
    ("column", "value", "public"),
    [
        ("下线时间", "2026-01-01", False), ("expires", "2027-01-01", True), ("INVALIDTIME", "2020-01-01 00:00:00", False),
        ("INVALIDTIME", "0000-00-00 00:00:00", True), ("expires", "9999-12-31", True),
        ("is_deleted", "1", False), ("is_deleted", "0", True), ("del_flag", "1", False), ("是否显示", "否", False),
        ("is_show", "1", True), ("publish_at", "2027-01-01", False), ("状态", "待审", False), ("状态", "已发布", True),
        ("公开方式", "依申请公开", False), ("password", "x", False),
    ],
)  # fmt: skip
def test_what_a_column_says_of_a_row_keeps_it_out(tmp_path: Path, column: str, value: str, public: bool) -> None:
    (tmp_path / "a.csv").write_text(f"编号,标题,正文,日期,{column}\n1,甲,文,2019-01-01,{value}\n", "utf-8")
    report = import_table([tmp_path / "a.csv"], Map(), place(tmp_path))
    assert bool(report.written) is public, report.diagnostics
    assert {d.rule for d in report.diagnostics} <= {"import-draft", "import-expired"}
