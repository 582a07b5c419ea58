"""Nothing faulty is published: the checks inside a build, from the command line to the last byte of the output."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from tests.support.cluster import Built, ClusterFolder

Build = Callable[..., Built]

HEAD = "---\ntitle: {title}\ndate: 2026-11-20 09:30\n{more}---\n\n{body}\n"
ID_NUMBER = "220102" + "19900307" + "8515"
COUNTY = {"sites/cc.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"}


def article(body: str, title: str = "一次普通的会议", more: str = "") -> str:
    return HEAD.format(title=title, body=body, more=more)


def valid_id_number() -> str:
    """An ID number of nobody, its check digit made here."""
    digits = "22010219900307851"
    weights = [2**i % 11 for i in range(17, 0, -1)]
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


SECRET = valid_id_number()


def nowhere(built: Built, *words: str) -> None:
    """None of the words is in any byte of what the public gets, in plain or escaped form."""
    public = {name: data for name, data in built.files().items() if not name.startswith("_cluster/")}
    assert public
    for word in words:
        forms = {word.encode(), word.encode("gb18030"), "".join(f"\\u{ord(c):04x}" for c in word).encode()}
        assert not [name for name, data in public.items() if any(form in data for form in forms)], word


def test_an_article_with_an_id_number_is_withheld_and_the_others_are_not(build_site: Build) -> None:
    built = build_site(
        {
            "content/jilin/tzgg/bad.md": article(f"第一段。\n\n身份证号：{SECRET}", "泄露了的名单"),
            "content/jilin/tzgg/good.md": article("见[名单](bad.md)。", "没有问题的通知"),
        }
    )
    assert built.exit_code == 1
    [finding] = [d for d in built.diagnostics if d["rule"] == "privacy-id-number"]
    assert (finding["path"], finding["line"], finding["severity"]) == ("content/jilin/tzgg/bad.md", 8, "error")
    assert [d["path"] for d in built.diagnostics if d["rule"] == "link-withheld"] == ["content/jilin/tzgg/good.md"]
    nowhere(built, SECRET, "泄露了的名单")
    assert "没有问题的通知" in built.html("jilin", "tzgg/")


def test_front_matter_is_read_too_escapes_included(build_site: Build) -> None:
    escaped = "".join(f"\\u{ord(c):04x}" for c in SECRET)
    built = build_site(
        {
            "content/jilin/tzgg/a.md": article("正文。", more=f"summary: 身份证号{SECRET}\n"),
            "content/jilin/tzgg/b.md": article("正文。", more=f'summary: "身份证号{escaped}"\n'),
        }
    )
    findings = [(d["path"][-4:], d["line"]) for d in built.diagnostics if d["rule"] == "privacy-id-number"]
    assert findings == [("a.md", 4), ("b.md", 4)]
    nowhere(built, SECRET)


def test_an_attachment_is_read_and_withheld_and_its_link_becomes_text(build_site: Build) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("a.txt", f"身份证号：{SECRET}")
    files = {
        "content/jilin/tzgg/list.csv": f"姓名,身份证号\n某人,{SECRET}\n",
        "content/jilin/tzgg/list.zip": packed.getvalue(),
        "content/jilin/tzgg/good.csv": "地区,数量\n长春,3\n",
        "content/jilin/tzgg/a.md": article("见[名单](list.csv)、[打包](list.zip)和[数量](good.csv)。"),
    }
    built = build_site(files)
    withheld = {d["path"] for d in built.diagnostics if d["rule"] == "privacy-id-number"}
    assert withheld == {"content/jilin/tzgg/list.csv", "content/jilin/tzgg/list.zip"}
    assert not (built.output / "jilin/tzgg/list.csv").exists()
    assert not (built.output / "jilin/tzgg/list.zip").exists()
    assert (built.output / "jilin/tzgg/good.csv").exists()
    [page] = [p for p in (built.output / "jilin/tzgg").glob("*.html") if "index" not in p.name]
    html = page.read_text("utf-8")
    assert "见名单、打包和<a" in html
    assert "list.csv" not in html
    assert sum(d["rule"] == "link-withheld" for d in built.diagnostics) == 2
    nowhere(built, SECRET)


def test_a_waiver_lets_one_file_pass_until_its_day(new_folder: Callable[[Mapping[str, str]], ClusterFolder]) -> None:
    path = "content/jilin/tzgg/a.md"
    waiver = (
        f"- {{rule: privacy-mobile, target: {path}, reason: 公开的值班电话, approved_by: 终审岗, until: 2026-11-30}}\n"
    )
    folder = new_folder({path: article("值班电话：13912345678。"), "sites/waivers.yaml": waiver})
    built = folder.build()
    assert (built.exit_code, built.rules()) == (0, [])
    assert "13912345678" in "".join(p.read_text("utf-8") for p in built.output.rglob("*.html"))
    later = folder.build(today="2026-12-01")
    assert later.rules().count("privacy-mobile") == 1
    assert "waiver-expired" in later.rules()
    nowhere(later, "13912345678")


def test_published_mobiles_are_allowed(build_site: Build) -> None:
    site = "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\ncontact: 值班 139 1234 5678\n"
    cluster = "name: 站群\nroot: jilin\nmobiles: ['13800001111']\n"
    built = build_site(
        {
            "sites/jilin.yaml": site,
            "sites/cluster.yaml": cluster,
            "content/jilin/tzgg/a.md": article("值班电话：13912345678、13800001111。"),
            "content/jilin/tzgg/b.md": article("联系手机：13912345670。"),
        }
    )
    assert [d["path"] for d in built.diagnostics] == ["content/jilin/tzgg/b.md"]


def test_private_terms_lie_outside_the_repository_and_a_changed_list_is_applied(
    new_folder: Callable[[Mapping[str, str]], ClusterFolder],
) -> None:
    folder = new_folder(
        {
            "sites/cluster.yaml": "name: 站群\nroot: jilin\nterms: [../words.yaml]\n",
            "content/jilin/tzgg/a.md": article("这里写着蓝莓大道。"),
        }
    )
    words = folder.root.parent / "words.yaml"
    words.write_text("- {wrong: 别的词儿, right: 词}\n", "utf-8")
    assert folder.build().rules() == []
    words.write_text("- {wrong: 蓝莓大道, right: 人民大街, severity: error}\n", "utf-8")
    built = folder.build()
    assert built.rules() == ["wording-wrong"]
    nowhere(built, "蓝莓大道")
    words.write_text("- {wrong: 蓝莓大道}\n", "utf-8")
    assert "wording-list" in folder.build().rules()


def test_what_is_withdrawn_embargoed_expired_or_not_approved_is_nowhere(build_site: Build) -> None:
    profile = "name: 严格\nextends: basic\nreview: [first, final]\ncolumns:\n  all: [{path: yw, name: 要闻, type: 工作动态}]\n"
    files = {
        **COUNTY,
        "sites/profiles/strict.yaml": profile,
        "sites/cluster.yaml": "name: 站群\nroot: jilin\ndefaults: {profile: strict}\n",
        "content/jilin/yw/1.md": article(
            "甲乙丙丁戊正文一", "撤回标题", "withdraw: {at: 2026-11-21, reason: 有误}\npush_down: all\n"
        ),
        "content/jilin/yw/2.md": article("甲乙丙丁戊正文二", "将来标题", "publish_at: 2027-01-01\npush_down: all\n"),
        "content/jilin/yw/3.md": article("甲乙丙丁戊正文三", "过期标题", "expires: 2026-11-22\npush_down: all\n"),
        "content/jilin/yw/4.md": article("甲乙丙丁戊正文四", "未审标题", "push_down: all\n"),
        "content/cc/yw/5.md": article(
            "见 [一](https://www.jl.example/yw/weishen.html)。", "市里的消息", "review: {}\n"
        ),
    }
    built = build_site(files)
    assert "review-missing" in built.rules()
    nowhere(built, "甲乙丙丁戊", "撤回标题", "将来标题", "过期标题", "未审标题", "市里的消息")


LEADING_NOWHERE = {
    "[文](没有.md)": "link-missing",
    "[表](没有.xlsx)": "link-missing",
    "![图](没有.png)": "link-missing",
    "[表](Data.CSV)": "link-case",
    "[稿](draft.md)": "link-withheld",
    "[空](#)": "link-placeholder",
    "[空](javascript:void(0))": "link-placeholder",
    "[本机](http://localhost:8000/a)": "link-host",
    "[内网](http://10.1.2.3/a)": "link-host",
    "[预览](https://staging.www.jl.example/)": "link-host",
    "[坏](https://a.bad.example/x)": "link-blocked",
    "[别站](https://www.cc.example/tzgg/none.html)": "link-missing",
    "[别站](https://www.cc.example/tzgg/later.html)": "link-withheld",
}


def test_a_link_that_leads_nowhere_is_told(build_site: Build) -> None:
    built = build_site(
        {
            **COUNTY,
            "sites/cluster.yaml": "name: 站群\nroot: jilin\nblocked_hosts: [bad.example]\n",
            "content/jilin/tzgg/data.csv": "a\n1\n",
            "content/jilin/tzgg/draft.md": article("草稿。", more="status: draft\n"),
            "content/cc/tzgg/later.md": article("以后。", more="slug: later\npublish_at: 2027-01-01\n"),
        }
        | {f"content/jilin/tzgg/{n}.md": article(f"第一段。\n\n见 {link}。") for n, link in enumerate(LEADING_NOWHERE)}
    )
    told = {(d["path"], d["line"], d["rule"]) for d in built.diagnostics if d["rule"].startswith("link-")}
    expected = {(f"content/jilin/tzgg/{n}.md", 8, rule) for n, rule in enumerate(LEADING_NOWHERE.values())}
    assert told == expected


def test_links_that_lead_somewhere_are_left_alone(build_site: Build) -> None:
    body = (
        "[文](b.md) [表](data.csv) [锚](#sec) [列表](../tzgg/) [首页](/) [接口](/api/columns.json) "
        "[市](https://www.cc.example/) [市表](https://www.cc.example/tzgg/) [市文](https://www.cc.example/tzgg/x.html) "
        "[外](https://www.gov.cn/a.html) [信](mailto:a@b.example) `[例](没有.md)`\n\n## 一节 {#sec}\n\n正文。"
    )
    built = build_site(
        {
            **COUNTY,
            "content/jilin/tzgg/a.md": article(body),
            "content/jilin/tzgg/b.md": article("正文。"),
            "content/jilin/tzgg/data.csv": "a\n1\n",
            "content/cc/tzgg/x.md": article("正文。", more="slug: x\n"),
        }
    )
    assert built.rules() == []


def test_a_profile_may_refuse_broken_links(build_site: Build) -> None:
    built = build_site(
        {
            "sites/profiles/strict.yaml": "name: 严格\nextends: basic\nbroken_links: error\n",
            "sites/cluster.yaml": "name: 站群\nroot: jilin\ndefaults: {profile: strict}\n",
            "content/jilin/tzgg/a.md": article("见 [文](没有.md)。", "有错链的稿件"),
            "content/jilin/tzgg/b.md": article("见 [文](a.md)。"),
        }
    )
    assert sorted(built.rules()) == ["link-broken", "link-withheld"][:1] or "link-broken" in built.rules()
    nowhere(built, "有错链的稿件")
