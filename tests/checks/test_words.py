"""The rules on words: each fires where it must, and only there, on made and on real texts."""

from __future__ import annotations

import csv
import datetime
import io
import os
import random
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.base.diagnostics import Severity
from jiyue.base.validation import MAX_REPORTED
from jiyue.catalogue.read import read_article
from jiyue.checks.text import privacy, secrecy, wording
from jiyue.checks.text.cache_keys import SHIPPED, inspection_version
from jiyue.checks.text.content import CheckSettings, content_findings, name_findings
from jiyue.checks.text.model import MOST_PER_RULE, Text, View
from jiyue.registry.site import Cluster, Site
from tests.support.cases import case_cluster, security_cluster
from tests.support.letters import letters
from tests.support.planted import PLACES, SENTENCES, buried, secrets, ways

TODAY = datetime.date(2026, 11, 23)
SETTINGS = CheckSettings(terms=wording.load_terms([SHIPPED], TODAY))

ID = "220102199003074516"
CARD = "6222021234567890128"

MUST_FIRE: dict[str, list[str]] = {
    "secrecy-mark": [
        "机密★10年", "绝　密★启用前", "秘密*1年", "# 通知\n\n秘密\n\n正文", "密级：机密", "【秘密】", "保密期限：长期",
        "| 密级 | 机密 |",
        "绝\n密★10年", "密级：\n机密", "机密★\n10年", "内容（机\n  密）", "title: 机密",
        'title: "绝密★10年"', "绝&ZeroWidthSpace;密★", "绝[密](x)★",
        "机<script>x</script>密★", "机<b title=\"a>b\">密</b>★", "【工作秘密】", "核心商密★3年", "> 绝\n> 密★10年",
        "秘<b>密</b>★3年", "<!-- 机密★ -->", "机\u200b密★", "機密★20年",
        "机&shy;密★", "机密&starf;", "![机密★](a.png)", "```\n机密★\n```", "[x](/a/机密★.pdf)", "    机密★", "机\u3164密★",
        "机**密**★", "机\\密★", "机<!-- " + "长" * 90 + " -->密★",
    ],
    "secrecy-not-public": ["（此件不主动公开）", "公开属性：暂不公开", "（此件不予\n公开）", "（此件不予公开）", "此件不公开",
        "公开属性：不予公开", "正文。\n\n不予公开\n", "公开方式：　不公开", "| 1 | 某方案 | 不予公开 |", "| 不予公开 | |",
        "| 不予公开 | 某单位 | 3 |"],
    "secrecy-internal": ["内部资\n料，注意保存", "内部明电", "（内部讲话）", "仅供领导参阅", "会后销毁", "不得扩散",
        "title: 内部资料", "勿外传！",
        "内部资料 注意保存", "内部文件，请勿外传", "（内部资料）", "内部资料\n注意保管", "仅供内部参考",
        "（会后收回）", "严禁外传！"],
    "secrecy-on-request": ["（此件依申请公开）", "公开属性：依申请公开"],
    "privacy-id-number": [
        f"二二〇{ID[3:]}", f"{ID[:17]}六", "二二〇一〇二一九九〇〇三〇七四五一六", "贰贰零壹零贰壹玖玖零零叁零柒肆伍壹陆",
        "②②⓪①⓪②①⑨⑨⓪⓪③⓪⑦④⑤①⑥",
        "٢٢٠١٠٢١٩٩٠٠٣٠٧٤٥١٦", "二 二 〇 102199003074516", f"{ID[:6]}&ZeroWidthSpace;{ID[6:]}", f"{ID[:6]}     {ID[6:14]}     {ID[14:]}",
        f"{ID[:9]}<span title=\"{'长' * 900}\">{ID[9:]}</span>", f"{ID[:9]}<b title=\"a>b\">{ID[9:]}</b>", f"\u202e{ID[::-1]}\u202c",
        f"<bdo dir=\"rtl\">{ID[::-1]}</bdo>", f"[{ID[:6]}](a.html){ID[6:]}", f"{ID[:6]}[{ID[6:]}](a.html)", f"{ID[:6]}[{ID[6:]}][a]",
        f"<table><tr><td>{ID[:6]}</td><td>{ID[6:14]}</td><td>{ID[14:]}</td></tr></table>", f"{ID[:6]}<script>x</script>{ID[6:]}",
        f"<details><summary>x</summary>{ID}</details>", f"**{ID[:6]}**{{: .x}}{ID[6:]}", f"{ID[:6]}&Tab;{ID[6:]}",
        f"{ID[:6]}<a b=\"<i>{ID[6:]}",
        "<table><tr>" + "".join(f"<td>{digit}</td>" for digit in ID) + "</tr></table>", "&#x0000000032;20102199003074516",
        f"<ruby>{ID[:6]}<rt>abc</rt></ruby>{ID[6:]}", f"{ID[:6]}\u2003{ID[6:]}",
        ID, f"张某，{ID}", "220102 19900307 4516", "220102-1990-0307-4516", "２２０１０２１９９００３０７４５１６",
        "220102\u200b199003074516",
        "2201021990\n03074516", "身份证 220102900307451", "11010519491231002x", "<p title='220102199003074516'>",
        "&#50;20102199003074516",
        f"{ID[:9]}<!-- {'长' * 90} -->{ID[9:]}", "2\u03322\u03320\u03321\u033202199003074516",
        f"{ID[:12]}\n> {ID[12:]}", f"{ID[:12]}\n          {ID[12:]}", f"{ID[:6]}&nbsp;{ID[6:14]}&nbsp;{ID[14:]}",
        f"{ID[:6]}**{ID[6:14]}**{ID[14:]}",
        "".join(digit + "\ufe0f\u20e3" for digit in ID), f"![{ID}](a.png)", f"[x](/a/{ID}.pdf)", f"```\n{ID}\n```",
        f"{ID[:9]}\u2800{ID[9:]}",
    ],
    "privacy-bank-card": [f"银行卡号：{CARD}", "卡号 6222 0212 3456 7890 128", "账号：６２２２０２１２３４５６７８９０１２８"],
    "privacy-mobile": [
        "13812345678", "手机：138 1234 5678", "138-1234-5678", "+8613812345678", "一三八一二三四五六七八", "138**1234**5678",
        "电话13812345678（微信同号）", "[拨打](tel:13812345678)", "https://x.example/?mobile=13812345678", "张三13812345678\n人社局",
    ],
    "privacy-home-address": ["家庭住址：某某镇某某村3组12号", "现住某某小区", "3号楼2单元501室", "幸福花园12栋301室"],
    "wording-wrong": ["吉林省人民正府", "吉林省人民<b>正</b>府", "吉林省人民\u200b正府", "吉林省人民\n正府", "人民&#x6b63;府"],
    "wording-advice": ["截止目前，已完成。", "请登陆网站办理。", "因该是这样。", "把安全做为重点。", "引进人材。", "关健环节",
        "复盖面广",
        "全面布署", "既使下雨，也要去。", "房屋座落", "工作计画", "请登录帐\n号。", "请登录帐\n  号。"],
    "wording-document-number": ["国发[2021]3号", "国发（2021）3号", "吉政发【2021】3号", "吉政办发〔2021〕03号",
        "吉政办发〔2021〕第3号"],
    "wording-date": ["2026年2月30日", "2026年13月1日", "2026年5月1号"],
    "wording-punctuation": ["会议强调,要抓好落实", "完成任务。，下一步", "全面落实。。要抓好"],
}  # fmt: skip
MUST_NOT_FIRE: dict[str, list[str]] = {
    "secrecy-mark": ["依法保守国家秘密、商业秘密", "绝密级不超过三十年，机密级不超过二十年", "**国家秘密**的范围",
        "机密文件的管理", "泄露秘密的，依法处理"],
    "secrecy-not-public": ["依法不予公开的除外。", "此件公开发布", "（此件主动公开）", "有下列情形之一的，不予公开：",
        "| 结果 | 件数 |\n| --- | ---: |\n| 予以公开 | 12 |\n| 不予公开 | 3 |", "三、办理结果\t不予公开\t3\t0\t-\t100.0%"],
    "secrecy-internal": ["接受委托印刷内部资料性出版物的", "内部使用的有价票证", "供内部使用的法规汇集", "加强内部控制"],
    "secrecy-on-request": ["依申请公开的办理流程", "申请人可以依申请公开政府信息"],
    "privacy-id-number": [
        ",".join("220102199003074516" * 3), "1" * 900, "①13812345678",
        "220102199003074517", "22*************516", "220102********4516", "912201017561234567", "220102199013074518",
        "11220000013544357T/2015-00123", "900102199003074516",
    ],
    "privacy-bank-card": [f"编号 {CARD}", "卡号 6222021234567890127", "账号 62220212****0128", f"财政专户账号：{CARD}"],
    "privacy-mobile": [
        "138****1234", "0431-88901234", "400-123-4567", "投资13812345678元", "https://x.example/art/13812345678.html",
        "证书编号：13812345678", "13:45,00001234", "2026-11-20 13:45,20261120",
        "| 电话 | 时间 | 编号 |\n|---|---|---|\n| 0431 | 13:45 | 2026120 |",
        "一、381234567", "一、3 8 1 2 3 4 5 6 7 8", "电话 13:45 1234567",
        "a13812345678f", "0.13812345678", "12345", "157 2024 3913 3541 9138 915", "19860312-405，档案号",
    ],
    "privacy-home-address": ["居住地的居民小区", "由其居住地在农村的", "户籍地为农村", "住所地的村、组",
        "居住地的居民委员会、村民委员会",
        "户籍所在地第3组人民调解", "申请人的姓名、住址和联系方式", "地址：长春市人民大街9999号", "以一个网站为基本单元",
        "住址：某某镇"],
    "wording-wrong": ["吉林省人民政府", "基层国务员工"],
    "wording-advice": ["截至目前", "登录网站", "一直叫做为民服务", "进行相关健康检查",
        "因该法另有规定", "不因该从权利未办理转移登记手续", "因该数份遗嘱内容相抵触", "因该会议改期", "因该做法有效",
        "因该有限公司注销",
        "缓和和平衡", "调和和化解", "法人材料", "海关健康申明卡", "机关健全制度", "反复盖章", "批复盖章后生效", "公布署名文章",
        "攻克苦难",
        "既使群众受益，又使企业减负", "既使用电子签名，也使用印章", "排泄药物", "一家俱乐部", "每座落差不同", "设计画册", "用水份额",
        "拼凑和虚报", "喜欢渡船",
    ],
    "wording-document-number": ["国发〔2021〕3号", "（2019）吉01民终12号", "吉政办发〔2021〕30号"],
    "wording-date": ["2026年2月28日", "2月29日", "2026年5月1号楼", "截至11月底"],
    "wording-punctuation": ["会议强调，要抓好落实", "1,234万元", "a,b", "等等……"],
}  # fmt: skip
WORD_RULES = {rule.id for rule in (*secrecy.RULES, *privacy.RULES, *wording.RULES)} - {wording.LIST.id}


def fired(text: str, settings: CheckSettings = SETTINGS) -> set[str]:
    return {finding.rule for finding in content_findings(Text("cc", "content/cc/a/b.md", text), settings)}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in MUST_FIRE.items() for text in texts])
def test_fires(rule: str, text: str) -> None:
    assert rule in fired(text)
    assert rule in fired("\n\n".join([SENTENCES[0], text, SENTENCES[1]]))


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in MUST_NOT_FIRE.items() for text in texts])
def test_stays_quiet(rule: str, text: str) -> None:
    assert rule not in fired(text)


def test_a_head_of_many_slips_is_told_in_few_lines() -> None:
    head = "".join(f"k{n}: a\n" for n in range(500))
    data = f"---\ntitle: 标题\ndate: 2026-11-20\n{head}---\n正文。\n".encode()
    _, findings = read_article(data, "cc", "a", "a", "b.md", "content/cc/a/b.md")
    assert len(findings) == MAX_REPORTED + 1
    assert findings[-1].message == f"还有 {500 - MAX_REPORTED} 处不对，未逐一列出"


def test_every_word_rule_has_both() -> None:
    assert set(MUST_FIRE) == set(MUST_NOT_FIRE) == WORD_RULES


def test_a_finding_tells_place_and_hides_the_number() -> None:
    text = f"标题\n\n第一段。\n姓名：张某 {ID}\n"
    (finding,) = content_findings(Text("cc", "content/cc/a/b.md", text, first_line=8), SETTINGS)
    assert (finding.site, finding.path, finding.line, finding.col) == ("cc", "content/cc/a/b.md", 11, 7)
    assert finding.message == "出现公民身份号码 22*************516"
    assert finding.severity is Severity.ERROR
    assert ID not in finding.message + finding.hint


def test_the_place_is_that_of_the_source_where_the_view_is_shorter() -> None:
    text = "甲<b>乙</b>\u200b丙\n丁<i>220102</i>\u200b199003074516"
    (finding,) = content_findings(Text("cc", "p", text), SETTINGS)
    assert (finding.line, finding.col) == (2, 5)


def test_office_mobiles_may_be_allowed() -> None:
    allowed = CheckSettings(allowed_mobiles=frozenset({"13812345678"}))
    assert fired("电话：138-1234-5678", allowed) == set()
    assert fired("电话：138-1234-5679", allowed) == {"privacy-mobile"}


def test_a_leaked_table_gives_few_findings_and_the_count() -> None:
    table = "\n".join(f"| 张某 | 138{n:08} |" for n in range(1000))
    findings = content_findings(Text("cc", "p", table), SETTINGS)
    assert len(findings) == MOST_PER_RULE + 1
    assert findings[-1].message == f"同类问题还有 {1000 - MOST_PER_RULE} 处，未逐一列出"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("content/cc/a/机密.docx", "secrecy-mark"),
        ("content/cc/a/通知（秘密）.pdf", "secrecy-mark"),
        ("content/cc/内部资料/a.pdf", "secrecy-internal"),
        ("content/cc/a/名单-不予公开.xlsx", "secrecy-not-public"),
        (f"content/cc/a/张某{ID}.jpg", "privacy-id-number"),
        ("content/cc/a/13812345678.jpg", "privacy-mobile"),
    ],
)
def test_a_name_may_give_it_away(path: str, rule: str) -> None:
    assert rule in {finding.rule for finding in name_findings("cc", path, SETTINGS)}


@pytest.mark.parametrize(
    "name",
    [
        "保守国家秘密法.docx",
        "内部审计工作规定.pdf",
        "20261120-notice.md",
        "政府信息不予公开告知书格式.docx",
        "19860312-405b12fd.md",
    ],
)
def test_ordinary_names_are_quiet(name: str) -> None:
    assert name_findings("cc", f"content/cc/a/{name}", SETTINGS) == []


def test_version_changes_with_what_a_result_depends_on(tmp_path: Path) -> None:
    def version(site: Site, cluster: Cluster, day: datetime.date = TODAY) -> str:
        return inspection_version(tmp_path, site, cluster, day)

    own = tmp_path / "own.yaml"
    own.write_text("- {wrong: 甲乙, right: 乙甲, source: 测试, until: 2026-12-01}\n", "utf-8")
    site, cluster = Site("cc", "长春", "", "prefecture", "https://cc.example", (), {}, ()), Cluster("群", "cc")
    listed = replace(cluster, terms=("own.yaml",))
    versions = {
        version(site, cluster),
        version(site, replace(cluster, mobiles=("13812345678",))),
        version(site, replace(cluster, blocked_hosts=("bad.example",))),
        version(site, listed),
        version(site, listed, datetime.date(2026, 12, 2)),
    }
    assert len(versions) == 5
    assert version(site, cluster) == version(site, cluster)


@given(st.text(st.sampled_from("1380 -\u200b<b>&#5;密机★\n\u3000内部资料公开不予〔〕年月日x，")))
def test_any_text_is_judged_and_places_lie_in_it(text: str) -> None:
    for finding in content_findings(Text("cc", "p", text), SETTINGS):
        lines = text.split("\n")
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.col <= len(lines[finding.line - 1]) + 1


@given(st.text(st.sampled_from("ab1\u200b<>/b &#4;59x-!")))
def test_a_view_keeps_origins(source: str) -> None:
    view = View.of(source)
    origins = [view.origin(at) for at in range(len(view.text))]
    assert origins == sorted(set(origins))
    for at, origin in enumerate(origins):
        assert source[origin] == view.text[at] or source.startswith("&#", origin)


def _missed(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [
        f"{secret.rule} ({secret.disguise}): {secret.line!r}"
        for secret in secrets(count, seed)
        if secret.rule not in fired(buried(secret, rng))
    ]


def test_planted_secrets_are_found() -> None:
    assert len(_missed(1000, 1)) <= 5


@pytest.mark.long
def test_ten_thousand_planted_secrets_are_found() -> None:
    assert len(_missed(10_000, 2)) <= 50


def _not_found(step: int) -> tuple[int, list[str]]:
    """How many were planted, every step-th of all ways in all places, and those that no rule found."""
    planted = [(secret, place) for secret in ways(7) for place in PLACES][::step]
    missed = [
        f"{secret.rule} ({secret.disguise}) in {place}: {secret.line!r}"
        for secret, place in planted
        if secret.rule not in fired("\n\n".join([SENTENCES[0], PLACES[place](secret.line), SENTENCES[1]]))
    ]
    return len(planted), missed


def test_every_way_of_writing_is_found_in_some_place() -> None:
    count, missed = _not_found(23)
    assert count > 200
    assert len(missed) <= count // 100, missed


@pytest.mark.long
def test_every_way_of_writing_is_found_in_every_place() -> None:
    count, missed = _not_found(1)
    assert count > 5000
    assert len(missed) <= count // 100, missed[:20]


def test_texts_without_a_secret_are_quiet() -> None:
    rng = random.Random(3)
    for _ in range(200):
        text = "\n\n".join(rng.choice(SENTENCES) for _ in range(10))
        assert fired(text) == set()


def _as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


LETTER_FORMS: dict[str, Callable[[list[list[str]]], str]] = {
    "CSV": _as_csv,
    "cells by tabs": lambda rows: "\n".join("\t".join(row) for row in rows),
    "Markdown": lambda rows: "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows
    ),
    "HTML": lambda rows: "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    ),
    "columns by blanks": lambda rows: "\n".join("  ".join(cell.ljust(20) for cell in row) for row in rows),
}


@pytest.mark.parametrize("form", LETTER_FORMS)
def test_no_error_on_two_thousand_letters(form: str) -> None:
    """A time and a serial number in neighbouring cells are no telephone number."""
    findings = content_findings(Text("cc", "p", LETTER_FORMS[form](letters(2000))), SETTINGS)
    assert [str(f) for f in findings if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize("gap", ["", ",", " ", "\t", "|"])
def test_many_digits_are_no_numbers_of_persons(gap: str) -> None:
    """Of many numbers some pass the check digit by chance."""
    rng = random.Random(9)
    digits = gap.join(rng.choice("0123456789") for _ in range(400_000))
    assert fired(digits) == set()
    assert fired(f"{digits}\n\n{ID}\n") == {"privacy-id-number"}


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        ("id18__digits-mixcn.md", "privacy-id-number"),
        ("id18__nament-ZeroWidthSpace.md", "privacy-id-number"),
        ("id18__spaces5.md", "privacy-id-number"),
        ("id18__tag-long.md", "privacy-id-number"),
        ("redos-brackets-20kB.md", "article-complex"),
        ("slow-1digit-columns.csv", ""),
    ],
)
def test_cases_of_attackers(file: str, rule: str, tmp_path: Path) -> None:
    """The article is withheld, its neighbour is not."""
    built = security_cluster(file, tmp_path).build()
    findings = [d["rule"] for d in built.diagnostics if d["severity"] == "error"]
    assert findings == ([rule] if rule else [])
    pages = [path for path in built.files() if path.startswith("cc/tzgg/") and path.endswith(".html")]
    assert len(pages) == (2 if rule else 3)


def test_a_case_of_words_over_line_ends(tmp_path: Path) -> None:
    built = case_cluster("51", tmp_path).build()
    findings = {(d["path"].rpartition("-")[2], d["rule"]) for d in built.diagnostics}
    assert findings >= {
        ("00.md", "secrecy-mark"), ("01.md", "secrecy-internal"), ("02.md", "privacy-id-number"), ("03.md", "wording-advice"),
        ("05.md", "secrecy-mark"), ("06.md", "secrecy-internal"),
    }  # fmt: skip


def real_documents() -> list[Path]:
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder:
        pytest.skip("JIYUE_REAL_TEXTS names no folder of real documents")
    root = Path(folder, "documents")
    return sorted([*root.rglob("*.md"), *root.rglob("*.txt")])


def test_no_error_on_real_documents() -> None:
    documents = real_documents()
    assert len(documents) > 200
    settings, with_words, warnings = SETTINGS, 0, 0
    for document in documents:
        text = document.read_text(encoding="utf-8")
        findings = content_findings(Text("cc", document.name, text), settings)
        assert [str(f) for f in findings if f.severity is Severity.ERROR] == []
        assert name_findings("cc", f"content/cc/a/{document.name}", settings) == []
        warnings += len(findings)
        with_words += any(word in text for word in ("绝密", "机密", "秘密", "内部资料", "不予公开", "不公开"))
    assert with_words > 50  # so the quiet means something
    assert warnings < 100
