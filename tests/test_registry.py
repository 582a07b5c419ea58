"""The registry: messages about a broken site file, what it withholds, and what a site inherits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jiyue.base.diagnostics import Diagnostic
from jiyue.registry.inspection import Threshold
from jiyue.registry.load import load_registry
from jiyue.registry.site import ClusterBroken, Registry
from tests.support.cluster import Built, new_cluster

CLUSTER = "name: 吉林省政府网站群\nroot: jilin\n"
SITE = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
COUNTY = "name: 南关区人民政府\nkind: county\nsuperior: changchun\nurl: https://www.ng.example\n"


def registry(folder: Path, files: dict[str, str | bytes]) -> Registry:
    new_cluster(folder, files)
    return load_registry(folder)


def shown(finding: Diagnostic) -> tuple[str, str, int, str, str]:
    return finding.rule, finding.path, finding.line, finding.message, finding.hint


@pytest.mark.parametrize(
    ("text", "rule", "line", "message", "hint"),
    [
        (f"{SITE}sponser: 长春\n", "site-field", 5, "不认识的键「sponser」", "是否想写 sponsor？"),
        (SITE.replace("prefecture", "prefectures"), "site-field", 2, "「kind」不能是「prefectures」", "是否想写 prefecture？"),
        ("kind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n", "site-field", 1, "缺少「name」", "加一行 name: …"),
        (f"{SITE}columns: tzgg\n", "site-field", 5, "「columns」应是一个列表",
         "写成 columns: [甲, 乙]，或每项一行、以「- 」开头"),
        (f"{SITE}columns:\n  - path: tzgg\n    max_age_days: 多\n", "site-field", 7, "「columns.1.max_age_days」的值「多」不是允许的整数",
         "写一个正整数，如 14"),
        (f"{SITE}columns:\n  - path: tzgg\n    ower: 文旅局\n", "site-field", 7, "不认识的键「columns.1.ower」", "是否想写 owner？"),
        (f"{SITE}columns:\n  - path: ../etc\n", "site-field", 6, "「columns.1.path」的值「../etc」不对",
         "栏目路径只能用字母、数字、汉字、横线和下划线，下级栏目用 / 分隔"),
        (SITE.replace("https://www.cc.example", "www.cc.example"), "site-field", 4, "「url」的值「www.cc.example」不对",
         "应为完整网址，如 https://www.jl.example"),
        (SITE.replace("https://www.cc.example", "https://[oops"), "site-field", 4, "「url」的值「https://[oops」不对",
         "应为完整网址，如 https://www.jl.example"),
        (f"{SITE}site_id_code: 12\n", "site-field", 5, "「site_id_code」的值「12」格式不对", "应符合 ^(\\d{10}|bm\\d{8})$"),
        (SITE.replace("superior: jilin", "superior: jilan"), "site-superior", 3, "superior: 没有名为「jilan」的上级站点",
         "是否想写 jilin？"),
        (SITE.replace("superior: jilin\n", ""), "site-superior", 1, "没有写上级站点 superior", "加一行 superior: jilin"),
        (f"{SITE}profile: provinse\n", "site-profile", 5, "profile: 没有名为「provinse」的指标方案", "是否想写 province？"),
        (f"{SITE}profile: ../../etc/passwd\n", "site-profile", 5, "profile: 没有名为「../../etc/passwd」的指标方案", "改为已有的指标方案"),
        (f"{SITE}url: https://www.dd.example\n", "site-file", 5, "「url」写了两次", "只保留一个"),
        (f"{SITE}columns:\n\t- path: a\n", "site-file", 6, "用了制表符（Tab）缩进", "把 Tab 换成空格"),
        (f"{SITE}promoted:\n  - {{queries: [社保], title: 社保, url: 'javascript:alert(1)'}}\n", "site-field", 6,
         "「promoted.1.url」的值「javascript:alert(1)」不对", "应为完整网址，或本站网页的路径，如 /bsfw/shebao.html"),
        (f"{SITE}promoted:\n  - {{queries: [], title: 社保, url: /shebao/}}\n", "site-field", 6, "「promoted.1.queries」的项数不对",
         "应有 1 至 … 项"),
        ("", "site-file", 1, "文件是空的或不是「键: 值」的形式", "至少写 name、kind 和 url 三行"),
        (SITE.encode("gb18030"), "site-file", 1, "不是 UTF-8 编码，看起来是 GB18030", "用编辑器「另存为」，编码选 UTF-8"),
        (f"{SITE}channels:\n  - {{path: mz, name: 明珠}}\n  - {{path: MZ, name: 民主}}\n", "site-field", 5, "栏目或频道「MZ」写了两次",
         "改其中一个的 path"),
    ],
)  # fmt: skip
def test_a_broken_site_file_is_named_and_withholds_only_itself(
    tmp_path: Path, text: str | bytes, rule: str, line: int, message: str, hint: str
) -> None:
    found = registry(tmp_path, {"sites/changchun.yaml": text, "sites/nanguan.yaml": COUNTY})
    assert [shown(d) for d in found.diagnostics] == [(rule, "sites/changchun.yaml", line, message, hint)]
    assert found.broken == ("changchun",)
    assert set(found.sites) == {"jilin", "nanguan"}
    assert found.sites["nanguan"].superiors == ("jilin",), "its subordinates hang one step higher"
    assert [site.id for site in found.below(found.sites["jilin"])] == ["nanguan"]


@pytest.mark.parametrize("name", ["chang chun.yaml", "Changchun.yaml", "长春.yaml", "1st.yaml", f"{'a' * 41}.yaml"])
def test_a_site_id_is_a_plain_word(tmp_path: Path, name: str) -> None:
    found = registry(tmp_path, {f"sites/{name}": SITE})
    stem = name.removesuffix(".yaml")
    message = f"站点编号「{stem}」只能用小写字母、数字和横线，以字母开头，不超过 40 个字符"
    expected = ("site-id", f"sites/{name}", 0, message, "改文件名和 content/ 下的目录名，如 changchun.yaml")
    assert [shown(d) for d in found.diagnostics] == [expected]
    assert list(found.sites) == ["jilin"]


def test_superiors_may_not_go_in_a_circle(tmp_path: Path) -> None:
    files = {
        "sites/aa.yaml": SITE.replace("jilin", "bb"),
        "sites/bb.yaml": SITE.replace("jilin", "aa").replace("cc.example", "bb.example"),
    }
    found = registry(tmp_path, files)
    message = "上级关系绕成了圈：aa → bb → aa"
    assert [shown(d) for d in found.diagnostics] == [
        ("site-superior", "sites/aa.yaml", 3, message, "改正其中一个站点的 superior")
    ]
    assert "jilin" in found.sites


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("url: https://www.cc.example", "网址 https://www.cc.example 与站点 changchun（sites/changchun.yaml）相同", "两个站点各用各的网址"),
        ("url: HTTPS://www.cc.example/", "网址 https://www.cc.example 与站点 changchun（sites/changchun.yaml）相同",
         "两个站点各用各的网址"),
        ("url: http://www.cc.example", "网址 http://www.cc.example 与站点 changchun（sites/changchun.yaml）相同", "两个站点各用各的网址"),
        ('url: https://x.example\nsite_id_code: "2201000001"', "网站标识码 2201000001 与站点 changchun（sites/changchun.yaml）相同",
         "两个站点各用各的网站标识码"),
    ],
)  # fmt: skip
def test_an_address_or_a_code_belongs_to_one_site(tmp_path: Path, line: str, message: str, hint: str) -> None:
    files = {
        "sites/changchun.yaml": SITE + 'site_id_code: "2201000001"\n',
        "sites/siping.yaml": f"name: 四平市人民政府\nkind: prefecture\nsuperior: jilin\n{line}\n",
        "sites/lishu.yaml": COUNTY.replace("changchun", "siping"),
    }
    found = registry(tmp_path, files)
    where = 4 + line.count("\n")
    assert [shown(d) for d in found.diagnostics] == [("site-twice", "sites/siping.yaml", where, message, hint)]
    assert set(found.sites) == {"jilin", "changchun", "lishu"}
    assert found.sites["lishu"].superiors == ("jilin",)


def test_sites_may_share_a_host_under_different_paths(tmp_path: Path) -> None:
    files = {"sites/changchun.yaml": SITE.replace("https://www.cc.example", "https://www.jl.example/cc")}
    found = registry(tmp_path, files)
    assert not found.diagnostics
    assert found.sites["changchun"].base_path == "/cc"


def test_a_site_inherits_from_its_kind_and_the_cluster(tmp_path: Path) -> None:
    files = {
        "sites/cluster.yaml": CLUSTER
        + "defaults: {icp: 全省, contact: 全省电话, profile: province}\nkinds: {county: {contact: 县级电话, sponsor: 县政府}}\n",
        "sites/changchun.yaml": SITE,
        "sites/nanguan.yaml": COUNTY + "sponsor: 南关区政府\n",
    }
    facts = {site.id: site.facts for site in registry(tmp_path, files).sites.values()}
    assert (facts["nanguan"]["icp"], facts["nanguan"]["contact"], facts["nanguan"]["sponsor"]) == (
        "全省",
        "县级电话",
        "南关区政府",
    )
    assert (facts["changchun"]["icp"], facts["changchun"]["contact"], facts["changchun"]["sponsor"]) == (
        "全省",
        "全省电话",
        "",
    )
    assert facts["changchun"]["domain"] == "www.cc.example"


def test_columns_come_from_the_profile_and_a_site_renames_adds_and_closes_them(tmp_path: Path) -> None:
    files = {
        "sites/profiles/small.yaml": "name: 小方案\ncolumns:\n  all: [{path: yw, name: 要闻, type: 工作动态}, {path: gk, name: 概况}]\n"
        "  county: [{path: bs, name: 办事, type: 办事服务}]\n",
        "sites/profiles/more.yaml": "name: 大方案\nextends: small\ncolumns: {all: [{path: tzgg, name: 公告, type: 通知公告}]}\n",
        "sites/changchun.yaml": SITE + "profile: more\noperator: 市政府办\n",
        "sites/nanguan.yaml": COUNTY
        + "profile: more\ncolumns:\n  - {path: yw, name: 南关要闻}\n  - {path: gk, off: true}\n  - {path: ts, name: 特色, owner: 文旅局}\n"
        "channels: [{path: mz, name: 明珠街道}]\n",
    }  # fmt: skip
    sites = registry(tmp_path, files).sites
    assert [(c.path, c.name, c.owner) for c in sites["changchun"].columns] == [
        ("yw", "要闻", "市政府办"), ("gk", "概况", "市政府办"), ("tzgg", "公告", "市政府办"),
    ]  # fmt: skip
    assert {c.path: (c.name, c.type, c.owner) for c in sites["nanguan"].columns} == {
        "yw": ("南关要闻", "工作动态", "南关区人民政府"), "bs": ("办事", "办事服务", "南关区人民政府"),
        "tzgg": ("公告", "通知公告", "南关区人民政府"), "ts": ("特色", "其他", "文旅局"), "mz": ("明珠街道", "频道", "明珠街道"),
    }  # fmt: skip


def test_columns_given_to_all_or_to_a_kind_add_up_with_the_sites_own(tmp_path: Path) -> None:
    files = {
        "sites/cluster.yaml": CLUSTER + "defaults:\n  columns: [{path: aa, name: 全省栏目}, {path: bb, name: 待改名}]\n"
        "kinds:\n  county:\n    columns: [{path: cc, name: 县级栏目}]\n",
        "sites/changchun.yaml": SITE,
        "sites/nanguan.yaml": COUNTY + "columns: [{path: dd, name: 自有栏目}, {path: bb, name: 改了名}]\n",
    }
    sites = registry(tmp_path, files).sites
    assert [c.name for c in sites["nanguan"].columns] == ["全省栏目", "改了名", "县级栏目", "自有栏目"]
    assert [c.name for c in sites["changchun"].columns] == ["全省栏目", "待改名"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sites/cluster.yaml": "name: 甲\nroot: jilan\n"},
         ("site-superior", "sites/cluster.yaml", 2, "root: 没有名为「jilan」的省级门户站点", "是否想写 jilin？")),
        ({"sites/cluster.yaml": "name: 甲\nroot: jilin\nserch: on\n"},
         ("site-field", "sites/cluster.yaml", 3, "不认识的键「serch」", "是否想写 search？")),
        ({"sites/cluster.yaml": f"{CLUSTER}recommended: yaowen\n"},
         ("site-field", "sites/cluster.yaml", 3, "recommended: 没有名为「yaowen」的省级门户的栏目", "改为已有的省级门户的栏目")),
        ({"sites/cluster.yaml": f"{CLUSTER}defaults:\n  sponser: 甲\n"},
         ("site-field", "sites/cluster.yaml", 4, "不认识的键「defaults.sponser」", "是否想写 sponsor？")),
        ({"sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nsuperior: changchun\n"},
         ("site-superior", "sites/jilin.yaml", 4, "省级门户不能有上级", "删除 superior 这一行，或改 cluster.yaml 的 root")),
    ],
)  # fmt: skip
def test_without_its_cluster_file_or_portal_nothing_can_be_built(
    build_site: Callable[..., Built], files: dict[str, str], expected: tuple[str, str, int, str, str]
) -> None:
    built = build_site(files)
    assert built.exit_code == 1
    (found,) = built.diagnostics
    assert (found["rule"], found["path"], found["line"], found["message"], found["hint"]) == expected
    assert not built.output.exists()


def test_a_folder_without_a_site_is_named(tmp_path: Path) -> None:
    found = registry(tmp_path, {"content/jiling/tzgg/a.md": "x", "sites/changchun.yaml": SITE})
    assert [shown(d) for d in found.diagnostics] == [
        ("site-orphan", "content/jiling", 0, "没有名为「jiling」的站点", "是否想写 jilin？")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", None),
        ("name: !!python/object/apply:os.system ['true']\n", "不允许使用标签 tag:yaml.org,2002:python/object/apply:os.system"),
        ("name: !evil x\n", "不允许使用标签 !evil"),
        ("name: [" * 5000, None),
        ("[" * 100_000, None),
        ("- " * 100_000, None),
        ("a: &x [*x]\n", None),
        ('name: "a\\x1eb"\n', "含有不可见的控制字符"),
        ("name: a\n---\nname: b\n", None),
    ],
)  # fmt: skip
def test_yaml_made_to_harm_is_refused(tmp_path: Path, text: str, message: str | None) -> None:
    found = registry(tmp_path, {"sites/changchun.yaml": text, "sites/nanguan.yaml": COUNTY})
    assert found.diagnostics[0].rule in ("site-file", "site-field")
    assert message is None or found.diagnostics[0].message == message
    assert found.broken == ("changchun",)
    assert "nanguan" in found.sites


def test_a_yaml_bomb_ends_early(tmp_path: Path) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "\n".join(["a0: &a0 [x]", *levels]) + "\n"
    with pytest.raises(ClusterBroken) as broken:
        registry(tmp_path, {"sites/cluster.yaml": text})
    assert broken.value.diagnostics[0].rule == "site-file"
    assert "内容过大或嵌套过深" in broken.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("sites/cc/about.md", "目录「cc」不是站点，里面的内容不会发布", "站点写成文件 sites/cc.yaml"),
        ("sites/cc.yml", "文件「cc.yml」的名字不以 .yaml 结尾，不会读取", "改名为 cc.yaml"),
        ("sites/CC.YAML", "文件「CC.YAML」的名字不以 .yaml 结尾，不会读取", "改名为 CC.yaml"),
        ("sites/通知.docx", "文件「通知.docx」不是站点文件，不会读取", "站点文件以 .yaml 结尾"),
        ("sites/notes.md", "文件「notes.md」不是站点文件，不会读取", "站点文件以 .yaml 结尾"),
    ],
)
def test_what_lies_among_the_sites_and_is_none_is_named(tmp_path: Path, name: str, message: str, hint: str) -> None:
    found = registry(tmp_path, {name: "x", "sites/changchun.yaml": SITE})
    [told] = found.diagnostics
    assert (told.rule, told.message) == ("site-stray", message)
    assert told.path == "/".join(name.split("/")[:2])
    assert told.hint.startswith(hint)
    assert set(found.sites) == {"jilin", "changchun"}


def test_what_belongs_beside_the_sites_is_not_named(tmp_path: Path) -> None:
    files = {
        "sites/cluster.yaml": "name: 群\nroot: jilin\nterms: [sites/词表.txt]\n", "sites/词表.txt": "甲\t乙\n",
        "sites/README.md": "x", "sites/.gitkeep": "", "sites/cc.yaml~": "x", "sites/ledger/jilin.txt": "",
        "sites/profiles/own.yaml": "name: 方案\n", "sites/migrated/a.csv": "path,sha256\n", "sites/waivers.yaml": "[]\n",
        "sites/rights.yaml": "{}\n", "sites/release-keys.yaml": "keys: []\n",
    }  # fmt: skip
    assert registry(tmp_path, files).diagnostics == ()


def test_a_site_states_what_its_profile_asks_for(tmp_path: Path) -> None:
    own = "name: 方案\nrequired: [site_id_code, sponsor, icp]\n"
    files = {"sites/profiles/own.yaml": own, "sites/profiles/more.yaml": "name: 更多\nextends: own\n"}
    for profile in ("own", "more"):
        [told] = registry(
            tmp_path / profile, {**files, "sites/changchun.yaml": f"{SITE}profile: {profile}\n"}
        ).diagnostics
        assert (told.rule, told.path, told.line, told.site) == ("site-required", "sites/changchun.yaml", 1, "changchun")
        assert told.message == "缺少网站标识码（site_id_code）、主办单位（sponsor）、ICP 备案编号（icp）"
    stated = "profile: own\nsite_id_code: 9922010001\nsponsor: 办公室\nicp: 备1号\n"
    assert registry(tmp_path / "stated", {**files, "sites/changchun.yaml": SITE + stated}).diagnostics == ()
    assert registry(tmp_path / "basic", {"sites/changchun.yaml": SITE}).diagnostics == ()


def test_a_site_that_is_said_to_be_closed_without_the_days_of_closing_is_told(tmp_path: Path) -> None:
    found = registry(tmp_path, {"sites/changchun.yaml": SITE + "status: closed\n"})
    [told] = found.diagnostics
    assert (told.rule, told.line, told.severity) == ("site-closed", SITE.count("\n") + 1, "warning")
    assert "changchun" in found.sites


def test_a_stray_is_told_though_nothing_else_changed(build_site: Callable[..., Built], tmp_path: Path) -> None:
    folder = new_cluster(tmp_path / "cluster", {"sites/changchun.yaml": SITE})
    assert folder.build().rules() == []
    folder.write({"sites/erdao.yml": "x"})
    assert folder.build().rules() == ["site-stray"]
    folder.remove("sites/erdao.yml")
    (folder.root / "sites/erdao.yaml").mkdir()
    built = folder.build()
    assert built.rules() == ["site-file"]
    assert "Traceback" not in built.stderr


RULE = "{name: 首页, text: 首页不更新, source: 某文, level: veto, decided_by: build, thresholds: {days: {value: 14, text: 天数, unit: 天}}}"


def test_a_profile_changes_single_thresholds_of_the_rules_it_extends(tmp_path: Path) -> None:
    """National → province → site: each gives only what it changes; a changed figure is not verified by its old source."""
    files = {
        "sites/profiles/national.yaml": f"name: 国家\nrules:\n  V3: {RULE}\n",
        "sites/profiles/own.yaml": "name: 省\nextends: national\nrules: {V3: {thresholds: {days: 7}}}\n",
        "sites/profiles/cc.yaml": "name: 市\nextends: own\nrules: {V3: {thresholds: {warn: {value: 5, text: 提醒}}}}\n",
        "sites/changchun.yaml": SITE + "profile: cc\n",
        "sites/nanguan.yaml": COUNTY + "profile: own\n",
    }
    found = registry(tmp_path, files)
    assert not found.diagnostics
    for known in (found, Registry.from_json(found.as_json())):
        rules = {site: known.rules(known.sites[site]) for site in known.sites}
        assert rules["jilin"] == {}
        assert rules["nanguan"]["V3"].thresholds["days"] == Threshold(7, "天数", "天", "省", verified=False)
        assert {name: one.value for name, one in rules["changchun"]["V3"].thresholds.items()} == {"days": 7, "warn": 5}


@pytest.mark.parametrize(
    ("rules", "line", "message", "hint"),
    [
        ("V33: {thresholds: {days: 7}}", 4, "rules: 基础方案没有检查指标「V33」，新增的又缺 name、text、source、level、decided_by",
         "是否想写 V3？"),
        ("V3: {thresholds: {dais: 7}}", 4, "rules: V3 没有限值「dais」", "是否想写 days？"),
    ],
)  # fmt: skip
def test_a_rule_that_no_base_has_is_told(tmp_path: Path, rules: str, line: int, message: str, hint: str) -> None:
    files = {
        "sites/profiles/own.yaml": f"name: 国家\nrules:\n  V3: {RULE}\n",
        "sites/profiles/cc.yaml": f"name: 市\nextends: own\nrules:\n  {rules}\n",
        "sites/changchun.yaml": SITE + "profile: cc\n",
    }
    [told] = registry(tmp_path, files).diagnostics
    assert shown(told) == ("site-profile", "sites/profiles/cc.yaml", line, message, hint)


def test_a_broken_profile_is_told_once_however_many_sites_use_it(tmp_path: Path) -> None:
    files = {
        "sites/profiles/cc.yaml": "name: 市\nrules: {V3: {thresholds: {days: 多}}}\n",
        "sites/profiles/ng.yaml": "name: 区\nextends: cc\n",
        "sites/changchun.yaml": SITE + "profile: cc\n",
        "sites/nanguan.yaml": COUNTY + "profile: ng\n",
    }
    found = registry(tmp_path, files)
    assert {one.path for one in found.diagnostics} == {"sites/profiles/cc.yaml"}
    assert len(found.diagnostics) == len(set(found.diagnostics))
    assert set(found.broken) == {"changchun", "nanguan"}


def test_posts_of_a_channel_are_posts_of_its_site(tmp_path: Path) -> None:
    posts = "officers: [{post: 县信息员, unit: 政务公开科, role: 信息联络员}]\nchannels:\n  - path: mz\n    name: 明珠街道\n"
    posts += "    officers: [{post: 街道信息员, role: 信息联络员}, {post: 街道初审岗, role: 初审, unit: 党政办}]\n"
    officers = registry(tmp_path, {"sites/changchun.yaml": SITE + posts}).sites["changchun"].officers
    assert [(one["post"], one["unit"]) for one in officers] == [
        ("县信息员", "政务公开科"), ("街道信息员", "明珠街道"), ("街道初审岗", "党政办"),
    ]  # fmt: skip
