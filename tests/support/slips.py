"""Mistakes of officers, each with the rules that `check` reports; none may stop a publication."""

from __future__ import annotations

from tests.support.samples import png

COLUMNS = "columns: [{path: tzgg, name: 通知公告, type: 通知公告}, {path: bszn, name: 办事指南, type: 办事服务}]\n"
JILIN = f"name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n{COLUMNS}"
CC = f"name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n{COLUMNS}"


def article(body: str, title: str = "稿件一篇", **fields: str) -> str:
    more = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\ntitle: {title}\ndate: 2026-11-20 09:00\n{more}---\n{body}\n"


AROUND = {
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsearch: off\n",
    "sites/jilin.yaml": JILIN,
    "sites/cc.yaml": CC,
    "content/jilin/tzgg/20261119-first.md": article("省里的消息。", "省里的消息"),
    "content/cc/tzgg/20261119-neighbour.md": article("邻居。", "邻居的消息", slug="n"),
}

BODIES: dict[str, tuple[str, set[str]]] = {
    "lists": ("[a](/bszn/) [b](../none/) [c](/tzgg/) [d](./) [e](/) [f](index_2.html) [g](../bszn/index.html)", {"link-missing"}),
    "lists that are there": ("[c](/tzgg/) [d](./) [e](../) [f](/) [g](/tzgg/index.html) [h](index.html) [i](.) [j](..)", set()),
    "folders without a slash": ("[a](/tzgg) [b](../tzgg) [c](/bszn)", {"link-missing"}),
    "full-width schemes": ("[a](ｈｔｔｐ：//www.x.example) [b](www.x.example) [c](ｗｗｗ．x.example/a.html)", {"link-missing"}),
    "films without a file": ("<video src=no.mp4></video> <video><source src=no.mp4><track src=no.vtt></video>",
                             {"link-missing"}),
    "sounds, posters, sizes": (
        "<audio src=no.mp3>x</audio> <img srcset='no.png 2x' src=no.png alt=图一> <video poster=no.png></video>", {"link-missing"},
    ),
    "films from elsewhere": ("<video src='https://x.example/a.mp4'></video> <audio><source src='//x.example/a.mp3'></audio>",
                             {"article-picture"}),
    "ids twice": ("<p id=a>甲</p>\n\n<p id=a>乙</p>\n\n## 三 {#a}\n", {"link-id"}),
    "ids of the page": ("<p id=main>甲</p>\n\n## 检索 {#q}\n\n<p id=group-1 class=menu>乙</p>\n", {"link-id"}),
    "notes and ids": ("甲[^1]，乙[^1]。\n\n[^1]: 注。\n\n<p id='fn:1'>丙</p>\n", {"link-id"}),
    "jumps": ("[a](#none) [b](#there) <b id=there>甲</b> [c](#name) <a name=name>乙</a> [d](20261119-neighbour.md#none)", {"link-anchor"}),
    "files not there": ("[规划图](plan.dwg) [表格](biao.xlsx) ![示意图](tu.png) [说明](../x/a.pdf)", {"link-missing"}),
    "out of the site": ("[a](../../../x.pdf) [b](/../x.pdf) [c](../../)", {"link-missing"}),
    "the platform's own": (
        "[a](feed.atom) [b](/feed.rss) [c](/api/site.json) [d](/sitemap.html) [e](/404.html) [f](/robots.txt) [g](/sitemap.xml) "
        "[h](/api/articles-2026.jsonl) [i](/theme/icon.svg)", set(),
    ),
    "not the platform's": (
        "[a](/bszn/feed.atom) [b](/api/none.json) [c](/search/) [d](/theme/site.css) [e](/api/articles-1999.jsonl) [f](/_cluster/x.json)",
        {"link-missing"},
    ),
    "pages that nobody pushed": ("[a](/tzgg/abcdefghijkl.html) [b](/tzgg/abcdefghijkl/a.png) [c](/abcdefghijkl.html)", {"link-missing"}),
    "odd addresses": ("[a](x%zz.txt) [b](%) [c](%E4) [d](a\\\\b.txt) [e](</tzgg/ >) [f](...) [g](/TZGG/) [h](//tzgg/)",
                      {"link-missing"}),
    "odd HTML": ("<a href='\n/x.txt\n'>a</a> <a href='&#x1;x.txt'>b</a> <a href='x&#0;y.txt'>c</a> <img src='\\\\x\\a.png' alt=图一>",
                 {"link-missing", "draft-path"}),
    "elements that go": ("<title></title><main><h1>甲</h1></main><template><a href=z.txt>z</a></template><iframe src=x></iframe>",
                         {"markup-removed"}),
    "code is code": ("`<title></title>` `<p id=main>`\n\n    [x](y.txt) <p id=\"main\">\n\n```\n<img src=x.png>\n```\n", set()),
    "local paths": ("![图一](C:\\\\Users\\\\a\\\\图.png) [b](file:///C:/a.docx)", {"draft-path"}),
}  # fmt: skip
"""Name -> (body of an article in content/<site>/tzgg, rules that `check` reports)."""

FILES: dict[str, tuple[dict[str, str | bytes], set[str]]] = {
    "an attachment of another type": (
        {"content/cc/tzgg/20261120-a.md": article("[规划图](plan.dwg)"), "content/cc/tzgg/plan.dwg": b"AC1032"},
        {"link-withheld", "file-type"},
    ),
    "a site's pictures that are not there": (
        {"sites/cc.yaml": f"{CC}logo: images/no.png\nbanner: ../jilin/images/a.png\n", "content/jilin/images/a.png": png()},
        {"site-picture"},
    ),
    "a site's picture that is withheld": (
        {"sites/cc.yaml": f"{CC}logo: images/机密.png\n", "content/cc/images/机密.png": png()},
        {"site-picture", "secrecy-mark"},
    ),
    "a banner of an expired article": (
        {"sites/cc.yaml": f"{CC}banner: tzgg/b.png\n", "content/cc/tzgg/b.png": png(),
         "content/cc/tzgg/20261120-a.md": article("![示意图](b.png)", expires="2026-11-21")},
        {"site-picture"},
    ),
    "promoted pages": (
        {"sites/cc.yaml": f"{CC}promoted:\n  - {{queries: [办事], title: 办, url: /bszn/}}\n  - {{queries: [甲], title: 甲, url: tzgg}}\n"},
        {"link-promoted"},
    ),
    "a column's description": (
        {"sites/cc.yaml": CC.replace("type: 通知公告}", "type: 通知公告, description: '<main id=main></title>', keywords: ['<', 'null']}")},
        set(),
    ),
    "a film that is not there": (
        {"content/cc/tzgg/20261120-a.md": article("文字稿。", layout="video", video="{src: no.mp4, poster: no.png, captions: no.vtt}")},
        {"link-missing"},
    ),
    "a film on another host": (
        {"content/cc/tzgg/20261120-a.md": article("文字稿。", layout="video", video="{src: 'https://x.example/a.mp4', captions: no.vtt}")},
        {"link-missing"},
    ),
    "a link to what is withheld, and to a column of it": (
        {"content/cc/bszn/20261120-a.md": article("国家机密★", slug="gone"),
         "content/cc/tzgg/20261120-b.md": article("[a](/bszn/) [b](../bszn/20261120-a.md) [c](/bszn/gone.html) [d](https://www.cc.example/bszn/gone.html)"),
         "content/jilin/tzgg/20261120-c.md": article("[a](https://www.cc.example/bszn/) [b](https://www.cc.example/tzgg) [c](https://www.cc.example/tzgg/)")},
        {"link-missing", "link-withheld", "secrecy-mark"},
    ),
}  # fmt: skip
"""Name -> (files of a cluster, rules that `check` reports)."""
