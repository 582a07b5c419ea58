"""The browser's search engine, run in Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jiyue.render.theme.search_modules import client_files
from jiyue.search.build import build_index
from jiyue.search.model import SearchDoc
from jiyue.search.node import SearchFailed, ask, run_search
from tests.support.search import MODULES, made_docs


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built tree with one site."""
    folder = tmp_path_factory.mktemp("output")
    docs = made_docs(300)
    docs += [
        SearchDoc(
            "tax",
            "zc/tax.html",
            "个体工商户税收优惠政策",
            "减征个人所得税。",
            date="2024-05-01",
            kind="document",
            validity="现行有效",
        ),
        SearchDoc(
            "heat",
            "zc/heat.html",
            "冬季清洁取暖专项规划",
            "统筹热源布局。",
            date="2023-05-01",
            doc_number="吉能发〔2023〕15号",
        ),
        SearchDoc("month", "zc/month.html", "供热月报", "2023年15月的报表。", date="2020-01-01"),
        SearchDoc("low", "zc/low.html", "提高救助标准", "最低生活保障标准每月七百元。", date="2023-06-01"),
    ]
    build_index(docs, folder / "changchun" / "search" / "index")
    return folder


def first(output: Path, query: str, **options: object) -> str:
    """The first hit's address."""
    (answer,) = run_search(output, "changchun", [query], options=options)
    return answer["hits"][0]["url"] if answer["hits"] else ""


@pytest.mark.parametrize(
    ("query", "url"),
    [
        ("个体工商户税收优惠", "zc/tax.html"),
        ("个体工商户税收忧惠政策", "zc/tax.html"),
        ("個體工商戶稅收優惠", "zc/tax.html"),
        ("税收优惠怎么办理", "zc/tax.html"),
        ("税收优惠个体工商户", "zc/tax.html"),
        ("吉能发〔2023〕15号", "zc/heat.html"),
        ("吉能发[2023]15号", "zc/heat.html"),
        ("吉能发2023年15号", "zc/heat.html"),
        ("吉能发 2023 15", "zc/heat.html"),
        ("吉能发（2023）第15号", "zc/heat.html"),
        ("〔2023〕15", "zc/heat.html"),
        ("低保", "zc/low.html"),
        ("税", "zc/tax.html"),
    ],
)
def test_finds(output: Path, query: str, url: str) -> None:
    assert first(output, query) == url


def test_month_is_no_document_number(output: Path) -> None:
    assert first(output, "2023年15月") == "zc/month.html"


def test_shape_of_an_answer(output: Path) -> None:
    (answer,) = run_search(output, "changchun", ["住房公积金"], options={"limit": 3})
    assert {"query", "hits", "files", "bytes", "ms"} <= answer.keys()
    assert len(answer["hits"]) == 3 and {"url", "title", "site"} <= answer["hits"][0].keys()
    assert answer["files"] > 3 and answer["bytes"] > 1000


def test_order_by_date_and_pages(output: Path) -> None:
    options = {"order": "date", "all": True}
    pages = [run_search(output, "changchun", ["住房公积金"], options={**options, "page": page})[0] for page in (1, 2)]
    dates = [hit["date"] for page in pages for hit in page["hits"]]
    assert len(dates) == 20 and dates == sorted(dates, reverse=True)


@pytest.mark.parametrize(
    "filters", [{"kind": "document"}, {"year": "2024"}, {"validity": "已废止"}, {"column": "tzgg", "kind": "news"}]
)
def test_filters_are_exact(output: Path, filters: dict[str, str]) -> None:
    docs = made_docs(300)
    fields = {
        "kind": lambda doc: doc.kind,
        "year": lambda doc: doc.date[:4],
        "validity": lambda doc: doc.validity,
        "column": lambda doc: doc.column,
    }
    expected = sum(
        "道路" in doc.title + doc.text and all(fields[name](doc) == value for name, value in filters.items())
        for doc in docs
    )
    (answer,) = run_search(output, "changchun", ["道路"], options={"filters": filters, "all": True})
    assert answer["total"] == expected


def test_hostile_queries_do_no_harm(output: Path) -> None:
    queries = [
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "__proto__",
        "constructor",
        "../../etc/passwd",
        "〔",
        "9" * 500,
        "的" * 500,
        "\u0000",
        "(((",
        "*",
    ]
    answers = run_search(output, "changchun", queries)
    assert [answer["query"] for answer in answers] == queries


def test_a_missing_shard_keeps_the_other_results(tmp_path: Path) -> None:
    docs = made_docs(300)
    build_index(docs, tmp_path, suggestions=False)
    for path in list((tmp_path / "a" / "t").rglob("*")):
        if path.is_file() and int(path.name, 16) % 3 == 0:
            path.unlink()
    answers = list(ask(tmp_path, [doc.title for doc in docs[:20]]))
    assert any(answer["incomplete"] for answer in answers)
    assert (
        sum(doc.url in [hit["url"] for hit in answer["hits"]] for doc, answer in zip(docs, answers, strict=False)) >= 15
    )


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(SearchFailed, match="里没有搜索索引，请先构建站点，并确认没有关闭搜索。"):
        run_search(tmp_path, "changchun", ["税"])


def test_withdrawn_text_is_in_no_file(tmp_path: Path) -> None:
    docs = made_docs(60)
    secret = docs[0]._replace(id="s", title="绝密标题", text="绝密正文鸸鹋")
    build_index([*docs, secret], tmp_path)
    assert next(ask(tmp_path, ["鸸鹋"]))["total"] == 1
    build_index(docs, tmp_path)
    assert next(ask(tmp_path, ["鸸鹋"]))["total"] == 0
    assert all("绝密".encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_joined_client_is_one_module(tmp_path: Path) -> None:
    files = client_files(MODULES)
    assert b"\nimport" not in files["page.mjs"] and b"/**" not in files["page.mjs"]
    for name in ("page.mjs", "suggest.mjs", "combobox.mjs", "inflate.mjs", "tokenizer.mjs"):
        (tmp_path / name).write_bytes(files[name])
        subprocess.run(["node", "--check", str(tmp_path / name)], check=True)


def test_inflate_for_old_browsers(tmp_path: Path) -> None:
    script = (
        "import { deflateRawSync } from 'node:zlib'; import { randomBytes } from 'node:crypto';"
        f"const {{ inflate }} = await import('{(MODULES / 'inflate.mjs').as_uri()}');"
        "for (const text of ['', 'a', '通知'.repeat(9000), randomBytes(4000).toString('base64')])"
        " for (const level of [0, 1, 6, 9]) {"
        "  const back = Buffer.from(inflate(deflateRawSync(Buffer.from(text), { level }))).toString();"
        "  if (back !== text) throw new Error('differs at level ' + level); }"
    )
    subprocess.run(["node", "--input-type=module", "-e", script], check=True)


SOUNDS = """
import {{ readFileSync }} from "node:fs";
const {{ read, titlesBySound }} = await import({module});
const table = readFileSync({table}, "utf8");
const ask = titlesBySound({titles}, table);
const found = {asked}.map((letters) => ask(letters).map(({{ place, word }}) => [place, word]));
console.log(JSON.stringify([found, [...read(table).usual.keys()].join("")]));
"""


def by_sound(titles: list[str], *asked: str) -> tuple[list[list[list[Any]]], str]:
    """For each query in letters, the places of the titles that it spells, each with the words; and all characters of the table."""
    module, table = MODULES / "pinyin.mjs", MODULES / "pinyin.txt"
    names = {"module": module.as_uri(), "titles": titles, "table": str(table), "asked": asked}
    script = SOUNDS.format(**{name: json.dumps(value) for name, value in names.items()})
    command = ["node", "--input-type=module"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, encoding="utf-8", check=True)
    found, characters = json.loads(done.stdout)
    return found, characters


SPELT = {
    "gongjijin": "公积金", "gongjij": "公积金", "gjj": "公积金", "zfgjj": "住房公积金", "zhfgjj": "住房公积金", "changchun": "长春",
    "chongqing": "重庆", "chaoyang": "朝阳", "hunchun": "珲春", "yinhang": "银行", "kuaiji": "会计",
    "tiaozheng": "调整", "huankuan": "还款", "canjia": "参加", "lvse": "绿色", "12345": "12345", "xingzheng": "行政",
    "shizhang": "市长", "xiaolv": "效率", "shuaixian": "率先",
}  # fmt: skip
TITLES = [
    "长春市住房公积金提取管理办法", "个人参加朝阳区和珲春市绿色行政", "重庆银行会计调整还款", "市长12345", "率先提高效率", "啊" * 80,
]  # fmt: skip


def test_pinyin_spells_titles() -> None:
    found, _ = by_sound(TITLES, *SPELT)
    wanted = [[[place, word] for place, title in enumerate(TITLES) if word in title] for word in SPELT.values()]
    assert [hits[:1] for hits in found] == wanted
    found, _ = by_sound(TITLES, "gongjijinx", "q" * 60, "a" * 60)
    assert found == [[], [], [[5, "啊" * 60]]]


def test_words_spelt_in_full_come_before_initials() -> None:
    (found,), _ = by_sound(["四海", "同上", "上海", "教育"], "sh")
    assert found == [[2, "上"], [1, "上"], [0, "四海"]]


CUTS = {
    "为了加强统一领导，各级政府应当把信息公开列入议程。主管部门负责组织协调，推动*集约建设": "主管部门负责组织协调，推动集约建设",
    "为了加强统一领导和监督检查，各级政府应当把信息公开工作列入议程，并推动*集约建设": "各级政府应当把信息公开工作列入议程，并推动集约建设",
    "有人问：“怎样加强管理工作的统一领导和监督检查，并推动各地建设？” 答复*集约建设": "答复集约建设",
    "为了加强管理工作和监督检查并且持续推进各级人民政府在全省范围内开展*集约建设": "检查并且持续推进各级人民政府在全省范围内开展集约建设",
    "The quick brown fox jumps over the lazy dog near the *river bank": "the lazy dog near the river bank",
    "开头的*集约建设": "开头的集约建设",
}  # fmt: skip
"""A text with a * before the word that is looked for -> what an excerpt of it shows."""


def test_an_excerpt_begins_where_a_sentence_or_a_word_does() -> None:
    script = (
        f"const {{ cut }} = await import({json.dumps((MODULES / 'excerpt.mjs').as_uri())});"
        f"const shown = (text) => (([a, b]) => (a + b).slice(cut(a + b, a.length)))(text.split('*'));"
        f"console.log(JSON.stringify({json.dumps([*CUTS])}.map(shown)));"
    )
    command = ["node", "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert json.loads(done.stdout) == [*CUTS.values()]


def test_every_common_character_has_a_syllable() -> None:
    rows = ((high, low) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) if (high, low) < (0xD7, 0xFA))
    common = {bytes(row).decode("gb2312") for row in rows}
    assert len(common) == 3755 and not common - set(by_sound([])[1])


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree in which the news of three years quote what two documents are called."""
    folder = tmp_path_factory.mktemp("named")
    name = "吉林省公共数据管理办法"
    docs = made_docs(100)
    document = SearchDoc(
        "new", "zc/new.html", f"吉林省人民政府关于印发《{name}》的通知", "各市州人民政府：现将办法印发。", date="2015-01-02",
        kind="document", doc_number="吉政发〔2024〕7号", validity="现行有效", issuer="吉林省人民政府", created="2014-12-30",
    )  # fmt: skip
    docs += [
        document,
        document._replace(id="old", url="zc/old.html", doc_number="吉政发〔2012〕3号", validity="废止"),
        SearchDoc("same", "xw/same.html", name, f"{name}已经公布。", date="2025-01-01", kind="news"),
        SearchDoc(
            "read",
            "zc/read.html",
            f"《{name}》解读",
            f"{name}吉政发〔2024〕7号的解读。",
            date="2025-01-01",
            kind="interpretation",
        ),
    ]
    docs += [
        SearchDoc(
            f"n{at}",
            f"xw/{at}.html",
            f"全省学习{name}（吉政发〔2024〕7号）",
            f"{name}第{at}次学习。",
            date=f"2025-0{at % 9 + 1}-01",
            kind="news",
        )
        for at in range(60)
    ]
    build_index(docs, folder / "changchun" / "search" / "index")
    return folder


@pytest.mark.parametrize(
    ("query", "urls"),
    [
        ("吉林省公共数据管理办法", ["zc/new.html", "zc/old.html"]),
        ("《吉林省公共数据管理办法》", ["zc/new.html", "zc/old.html"]),
        ("公共数据管理办法", ["zc/new.html", "zc/old.html"]),
        ("吉林省公共数据管理办法全文", ["zc/new.html", "zc/old.html"]),
        ("吉林省人民政府关于印发《吉林省公共数据管理办法》的通知", ["zc/new.html", "zc/old.html"]),
        ("吉政发〔2024〕7号", ["zc/new.html"]),
        ("吉政发[2012]3号", ["zc/old.html"]),
        ("公共数据管理办法解读", ["zc/read.html"]),
    ],
)
def test_who_names_a_document_finds_it_before_its_news(named: Path, query: str, urls: list[str]) -> None:
    (answer,) = run_search(named, "changchun", [query])
    assert [hit["url"] for hit in answer["hits"]][: len(urls)] == urls
