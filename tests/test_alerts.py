"""Emergency alerts: on every page of their area until they end, are replaced or cancelled; as CAP 1.2, JSON and Atom."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from jiyue.catalogue.alert_file import read_alert
from jiyue.catalogue.alerts import Alert, category_of
from jiyue.linkage.alerts import alert_spans, in_force
from jiyue.registry.site import Cluster, Registry, Site
from tests.checks.test_gate import SECRET
from tests.support import feeds
from tests.support.browser import axe, served
from tests.support.cluster import Built, ClusterFolder, new_cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCHEMA = Path(__file__).parent / "support" / "schemas" / "CAP-v1.2.xsd"
CAP = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}
PAGE = "---\ntitle: 通知\ndate: 2026-11-20 09:30\nslug: a\n---\n正文。\n"
SITES = {
    "jilin": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nsite_id_code: '2200000001'\n",
    "cc": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\nsite_id_code: '2201000001'\n",
    "ng": "name: 南关区人民政府\nkind: county\nsuperior: cc\nurl: https://www.ng.example/x\n",
    "sp": "name: 四平市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.sp.example\n",
}
FILES = {f"sites/{name}.yaml": text for name, text in SITES.items()}
FILES |= {f"content/{name}/tzgg/a.md": PAGE for name in SITES}
STORM = "sent: 2026-11-23 08:00\nevent: 暴雨\nseverity: Severe\nheadline: 今天夜间有暴雨\nexpires: 2026-11-24 08:00\n"


def alert(name: str, text: str = STORM, **fields: str) -> dict[str, str]:
    """The file of an alert: a text in which some fields are replaced."""
    kept = "".join(line for line in text.splitlines(keepends=True) if line.partition(":")[0] not in fields)
    return {f"sites/alerts/{name}.yaml": kept + "".join(f"{key}: {value}\n" for key, value in fields.items() if value)}


def where(built: Built, text: str) -> dict[str, bool]:
    """Site -> whether all of its pages show a text in their banner; a site of which only some do fails."""
    shown: dict[str, set[bool]] = {}
    for name, data in built.files().items():
        if name.endswith(".html"):
            banner = data.decode().partition('class="emergency"')[2].partition("</section>")[0]
            shown.setdefault(name.partition("/")[0], set()).add(text in banner)
    assert all(len(one) == 1 for one in shown.values()), shown
    return {site: one.pop() for site, one in shown.items()}


def public(built: Built) -> dict[str, bytes]:
    return {name: data for name, data in built.files().items() if not name.startswith("_cluster/")}


def test_alerts_are_on_every_page_of_their_area_until_they_are_over(new_folder: Callable[..., ClusterFolder]) -> None:
    """Begin, update, cancel and end; a build in between equals a clean one, and at the end all is as before the first."""
    folder = new_folder(FILES)
    without = public(folder.build())
    assert not [name for name in without if "/alerts/" in name]
    folder.write(alert("jilin-20261123-01", area="cc"))
    folder.write(alert("jilin-20261123-02", msgType="Update", references="jilin-20261123-01", sent="2026-11-23 12:00",
                       headline="雨势加强", severity="红色", area="'220100'"))  # fmt: skip
    folder.write(alert("jilin-20261123-03", "sent: 2026-11-23 18:00\nmsgType: 解除\nreferences: [jilin-20261123-02]\n"))
    here, nowhere = {"cc": True, "ng": True, "jilin": False, "sp": False}, dict.fromkeys(SITES, False)
    for today, first, second, listed in (
        ("2026-11-23T07:59", nowhere, nowhere, []),
        ("2026-11-23T08:00", here, nowhere, ["jilin-20261123-01"]),
        ("2026-11-23T12:00", nowhere, here, ["jilin-20261123-02"]),
        ("2026-11-23T18:00", nowhere, nowhere, ["jilin-20261123-03"]),
        ("2026-11-24T08:00", nowhere, nowhere, []),
    ):
        built = folder.build(today=today)
        assert (where(built, "今天夜间有暴雨"), where(built, "雨势加强")) == (first, second), today
        files = public(built)
        for site, is_here in here.items():
            index = json.loads(files[f"{site}/alerts/index.json"])
            assert [one["identifier"] for one in index["alerts"]] == (listed if is_here else []), (today, site)
            assert len(feeds.read(files[f"{site}/alerts/index.atom"])) == len(index["alerts"])
            assert sorted(n for n in files if n.startswith(f"{site}/alerts/") and n.endswith(".cap.xml")) == [
                f"{site}/alerts/{name}.cap.xml" for name in (listed if is_here else [])
            ]
        if today == "2026-11-23T12:00":
            clean = folder.build("--no-cache", today=today, output=folder.root / "clean")
            assert files == public(clean)
    assert {name: data for name, data in files.items() if "/alerts/" not in name} == without


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A cluster with alerts of all kinds, good and bad, built once."""
    files = {
        **FILES,
        "sites/sp.yaml": SITES["sp"]
        + "notice: {level: yellow, text: 本站今晚维护, url: /tzgg/a.html, until: 2026-11-25}\n",
        **alert("jilin-20261123-01", area="all", instruction="请减少外出。", web="/tzgg/a.html", contact="政府值班室"),
        **alert("cc-20261123-01", status="演练", severity="Extreme", event="防空警报", headline="下午试鸣 <防空> & 警报",
                description="演练的说明", responseType="[None, 做好准备]", area="[cc, ng]", onset="2026-11-23 14:00"),
        **alert("sp-20261123-01", severity="Minor", headline="道路结冰", event="道路结冰"),
        **alert("sp-20261123-02", status="Test", headline="不该看到的测试"),
        **alert("sp-20261123-03", status="Draft", headline="不该看到的草稿"),
        **alert("sp-20261123-04", headline=f"含有身份证号 {SECRET} 的信息"),
        **alert("sp-20261123-05", area="cc", headline="别处的信息"),
        **alert("sp-20261123-06", web="/tzgg/none.html", headline="链接失效的信息"),
        **alert("sp-20261123-07", msgType="Update", references="sp-20261123-99", headline="代替不存在的信息"),
        **alert("sp-20261123-08", severity="purple"),
        **alert("storm"),
        "sites/alerts/cc-20261123-02.yml": STORM,
        "sites/alerts/README.md": "说明",
        **alert("xx-20261123-01"),
    }  # fmt: skip
    return new_cluster(tmp_path_factory.mktemp("alerts") / "cluster", files).build(today="2026-11-23T20:00")


def banner(built: Built, site: str, page: str = "tzgg/a.html") -> list[list[str]]:
    """The lines of a page's banner as a reader sees them."""
    lines = re.findall(r"<div class=\"([^\"]*)\" data-until[^>]*>(.*?)</div>", built.html(site, page), re.DOTALL)
    return [[level, *filter(None, re.sub(r"<[^>]*>", "\n", html).split("\n"))] for level, html in lines]


def test_the_gravest_stands_first_an_exercise_last_and_says_so(built: Built) -> None:
    since, own = "吉林省人民政府 2026-11-23 08:00", "长春市人民政府 2026-11-23 08:00"
    storm = ["orange", "橙色预警", " ", "今天夜间有暴雨。请减少外出。", " ", since, " ", "查看详情"]
    assert banner(built, "ng") == [
        storm,
        ["red exercise", "【演练】红色预警", " ", "下午试鸣 &lt;防空&gt; &amp; 警报", " ", own],
    ]
    assert banner(built, "jilin") == [storm]
    assert [line[3] for line in banner(built, "sp")] == [
        "今天夜间有暴雨。请减少外出。", "链接失效的信息", "代替不存在的信息", "本站今晚维护", "道路结冰",
    ]  # fmt: skip
    assert 'href="https://www.jl.example/tzgg/a.html"' in built.html("sp", "tzgg/a.html")
    assert not [name for name, data in public(built).items() if b"none.html" in data]


def test_a_slip_withholds_its_alert_or_its_link_and_is_told(built: Built) -> None:
    found = {(d["rule"], d["site"], d["path"].removeprefix("sites/alerts/"), d["line"]): d for d in built.diagnostics}
    assert sorted(found) == [
        ("alert-area", "", "xx-20261123-01.yaml", 0),
        ("alert-area", "sp", "sp-20261123-05.yaml", 0),
        ("alert-file", "", "cc-20261123-02.yml", 0),
        ("alert-file", "", "storm.yaml", 0),
        ("alert-file", "sp", "sp-20261123-08.yaml", 5),
        ("alert-reference", "sp", "sp-20261123-07.yaml", 0),
        ("link-promoted", "sp", "sp-20261123-06.yaml", 5),
        ("privacy-id-number", "sp", "sp-20261123-04.yaml", 5),
    ]
    told = [f"{d['message']}——{d['hint']}" for d in found.values() if d["rule"].startswith("alert")]
    assert sorted(told) == [
        "「cc-20261123-02.yml」不是 .yaml 文件，不会读取——每条紧急信息是这里的一个 .yaml 文件；不用了就删除",
        "「cc」不是站点 sp 自己或者它的下级，那里不显示——请上级站点发布，或者改 area",
        "「severity」不能是「purple」——可以写：Extreme、Severe、Moderate、Minor、Unknown",
        "文件名不是紧急信息的编号——文件名写成 <站点>-<年月日>-<序号>.yaml，如 jilin-20261128-01.yaml；用 jiyue alert new 新建就不会错",
        "没有站点「xx」，这一条不发布——文件名以发布站点的编号开头",
        "没有编号为「sp-20261123-99」的紧急信息，这一处引用不起作用——是否想写 sp-20261123-07？",
    ]
    assert built.exit_code == 1
    words = ("不该看到", SECRET, "别处的信息")
    assert not [name for name, data in public(built).items() for word in words if word.encode() in data]


def test_cap_messages_are_valid_and_say_what_the_file_says(built: Built) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    messages = {name: data for name, data in public(built).items() if name.endswith(".cap.xml")}
    assert len(messages) == 9
    for name, data in messages.items():
        schema.assertValid(etree.fromstring(data))
        assert f"<identifier>{name.rpartition('/')[2].removesuffix('.cap.xml')}</identifier>" in data.decode()
    tree = etree.fromstring(messages["ng/alerts/cc-20261123-01.cap.xml"])

    def texts(path: str) -> list[str]:
        return [str(element.text) for element in tree.findall(path, CAP)]

    assert texts("c:status") + texts("c:note") + texts("c:sender") == [
        "Exercise", "演练信息，不是实际发生的事件", "www.cc.example",
    ]  # fmt: skip
    assert texts(".//c:headline") + texts(".//c:description") == [
        "【演练】下午试鸣 <防空> & 警报",
        "【演练】演练的说明",
    ]
    assert texts(".//c:responseType") == ["None", "Prepare"]
    assert texts(".//c:onset") + texts(".//c:expires") == ["2026-11-23T14:00:00+08:00", "2026-11-24T08:00:00+08:00"]
    assert texts(".//c:areaDesc") == ["长春市", "南关区"]
    assert texts(".//c:geocode/c:valueName") + texts(".//c:geocode/c:value") == ["GB/T 2260", "220100"]
    assert messages["ng/alerts/cc-20261123-01.cap.xml"] == messages["cc/alerts/cc-20261123-01.cap.xml"]


def test_indexes_lead_to_the_messages(built: Built) -> None:
    for site, url in (("ng", "https://www.ng.example/x"), ("sp", "https://www.sp.example")):
        data = public(built)[f"{site}/alerts/index.atom"]
        assert feeds.faults("index.atom", data, f"{url}/alerts/index.atom") == []
        index = json.loads(public(built)[f"{site}/alerts/index.json"])
        listed = [(one["cap"], one["headline"], one["sent"]) for one in index["alerts"]]
        assert [(address, title, time) for _, address, title, time in feeds.read(data)] == listed
        assert all(f"{site}/{address.removeprefix(url + '/')}" in public(built) for address, *_ in listed)
        assert b'type="application/cap+xml"' in data
        assert len(data) < 100_000


def test_the_banner_reads_well_with_two_alerts_and_drops_each_at_its_end(browser: Browser, built: Built) -> None:
    with served(built.output / "ng") as base:
        for moment, lines in (("2026-11-23T20:00:00+08:00", 2), ("2026-11-24T08:00:00+08:00", 0)):
            page = browser.new_page()
            page.clock.set_fixed_time(moment)
            page.goto(base)
            page.locator("[data-do=announced]").wait_for(state="attached")
            assert page.locator(".emergency > div").count() == lines
            assert page.locator(".emergency").count() == bool(lines)
            if lines:
                assert axe(page) == []
            page.close()


# -- which messages are in force --------------------------------------------------------------------------------------


def registry() -> Registry:
    """jilin above cc above ng, and sp beside cc."""
    above = {"jilin": (), "cc": ("jilin",), "ng": ("cc", "jilin"), "sp": ("jilin",)}
    sites = {
        name: Site(
            name, name, name, "county", f"https://{name}.example", chain, {"domain": name, "site_id_code": ""}, ()
        )
        for name, chain in above.items()
    }
    return Registry(Cluster("x", "jilin"), sites, (), ())


def message(name: str, **fields: Any) -> Alert:
    """A message in force from hour 1 until hour 9 of its day."""
    site = name.partition("-")[0]
    usual = Alert(
        name, site, "2026-11-23 01:00", "Actual", "Alert", (), "zh-CN", ("Met",), "雨", (), "Unknown", "Severe", "Unknown",
        "2026-11-23 01:00", "", "2026-11-23 09:00", "", "雨", "", "", "", "", (), {}, "",
    )  # fmt: skip
    made = usual._replace(**fields)
    return made._replace(begins=fields.get("begins", made.sent))


def shown(alerts: Iterable[Alert], hour: int, withheld: Iterable[str] = ()) -> dict[str, list[str]]:
    """Site -> identifiers in force at an hour of the day."""
    spans, _ = alert_spans(alerts, registry(), frozenset(withheld))
    return {
        site: [one.alert.identifier for one in messages]
        for site, messages in in_force(spans, f"2026-11-23 {hour:02}:00").items()
    }


def at(hour: int) -> str:
    return f"2026-11-23 {hour:02}:00"


FIRST = message("cc-20261123-01")
SECOND = message("cc-20261123-02", sent=at(3), msg_type="Update", references=("cc-20261123-01",), area=("ng",))


def test_an_update_replaces_from_its_beginning_and_what_it_replaced_never_comes_back() -> None:
    both = [FIRST, SECOND]
    assert shown(both, 2) == {"cc": ["cc-20261123-01"], "ng": ["cc-20261123-01"]}
    assert shown(both, 3) == {"ng": ["cc-20261123-02"]}
    short = SECOND._replace(expires=at(5))
    assert shown([FIRST, short], 6) == {}, "the first does not come back after the second ended"
    assert shown(both, 3, ["cc-20261123-02"]) == shown([FIRST], 3), "a withheld update replaces nothing"
    later = SECOND._replace(begins=at(4))
    assert shown([FIRST, later], 3) == shown([FIRST], 3), "nor one that has not begun"


def test_a_cancel_ends_the_whole_chain_and_is_itself_known_until_its_end() -> None:
    cancel = message(
        "cc-20261123-03", sent=at(5), msg_type="Cancel", references=("cc-20261123-02",), expires="", headline=""
    )
    every = [FIRST, SECOND, cancel]
    assert shown(every, 5) == {"cc": ["cc-20261123-03"], "ng": ["cc-20261123-03"]}
    assert shown(every, 9) == {}
    assert shown(every, 5, ["cc-20261123-02"])["cc"] == ["cc-20261123-03"], "also what stood before a withheld update"
    assert shown(every, 5, ["cc-20261123-03"]) == {}, "a withheld cancel is not shown, but what it ends is gone"
    said = alert_spans(every, registry())[0][-1].message
    assert (said.alert.headline, said.alert.event, said.alert.expires) == ("雨警报解除", "雨", at(9))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"sent": at(0)}, "「cc-20261123-01」不早于这一条"),
        ({"status": "Exercise"}, "「cc-20261123-01」的性质（status）是 Actual，这一条是 Exercise"),
        ({"identifier": "ng-20261123-09", "site": "ng"}, "「cc-20261123-01」是站点 cc 发布的"),
        ({"references": ("cc-20261123-11",)}, "没有编号为「cc-20261123-11」的紧急信息"),
        ({"identifier": "jilin-20261123-01", "site": "jilin"}, ""),
    ],
)  # fmt: skip
def test_only_the_issuer_and_its_superiors_end_an_alert_by_a_later_message_of_the_same_status(
    fields: Mapping[str, Any], why: str
) -> None:
    cancel = message("cc-20261123-02", sent=at(3), msg_type="Cancel", references=("cc-20261123-01",), expires="")
    cancel = cancel._replace(**{"begins": fields.get("sent", at(3)), **fields})
    spans, findings = alert_spans([FIRST, cancel], registry())
    assert [finding.message for finding in findings] == ([f"{why}，这一处引用不起作用"] if why else [])
    stays = "cc-20261123-01" in [one.alert.identifier for one in in_force(spans, at(4)).get("cc", [])]
    assert stays == bool(why)


NAMES = [f"{site}-20261123-{n:02}" for site in ("jilin", "cc", "ng") for n in (1, 2, 3)]


@st.composite
def messages(draw: st.DrawFn) -> list[Alert]:
    """Any messages, with references to anything: cycles, themselves, unknown ones."""
    made = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6)):
        kind = draw(st.sampled_from(["Alert", "Update", "Cancel"]))
        some = draw(st.lists(st.sampled_from(NAMES), max_size=3)) if kind != "Alert" else []
        sent = draw(st.integers(0, 8))
        ends = "" if kind == "Cancel" else at(draw(st.integers(sent + 1, 9)))
        made.append(message(name, sent=at(sent), msg_type=kind, references=tuple(some), expires=ends,
                            status=draw(st.sampled_from(["Actual", "Actual", "Exercise", "Test"]))))  # fmt: skip
    return made


@given(messages(), st.integers(0, 10), st.sets(st.sampled_from(NAMES)))
def test_nothing_over_is_ever_in_force(alerts: list[Alert], hour: int, withheld: set[str]) -> None:
    """Whatever refers to whatever: what is in force has begun, has not ended, and nothing that counts has ended it."""
    spans, _ = alert_spans(alerts, registry(), withheld)
    known = {one.identifier: one for one in alerts}
    now = at(hour)
    for here in in_force(spans, now).values():
        for one in here:
            name = one.alert.identifier
            assert known[name].begins <= now < one.alert.expires
            assert known[name].status in ("Actual", "Exercise")
            assert name not in withheld
            for other in alerts:
                later = (other.sent, other.identifier) > (known[name].sent, name)
                mine = other.site == known[name].site or other.site in registry().sites[known[name].site].superiors
                acts = other.msg_type == "Cancel" or (other.msg_type == "Update" and other.identifier not in withheld)
                ends = name in other.references and later and mine and acts and other.begins <= now
                assert not (ends and other.status == known[name].status)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"expires": ""}, "还要写 expires（结束时间）"),
        ({"headline": "", "event": ""}, "还要写 event（事件）、headline（标题）"),
        ({"expires": "2026-11-23 07:00"}, "expires 要晚于开始的时间"),
        ({"msgType": "Update"}, "更新、解除要写 references：原信息的编号"),
        ({"references": "cc-20261123-01"}, "有 references 的是更新（msgType: Update）或者解除（Cancel）"),
        ({"area": "长春"}, "写站点编号（如 changchun）、六位行政区划代码（如 220100），或者 all"),
        ({"scope": "Public"}, "可用的键"),
    ],
)
def test_what_an_alert_lacks_is_told(fields: Mapping[str, str], told: str) -> None:
    [(path, text)] = alert("cc-20261123-01", **fields).items()
    found, [problem] = read_alert(path, text.encode(), "")
    assert found is None
    assert told in problem.message + problem.hint


def test_the_category_follows_from_the_event() -> None:
    assert [category_of(event) for event in ("暴雨", "地震", "森林火险", "停电", "试鸣")] == [
        "Met", "Geo", "Fire", "Infra", "Other",
    ]  # fmt: skip


def jiyue(root: Path, *words: str, today: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jiyue", "alert", *words, "--root", str(root), "--today", today]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_officer_writes_updates_and_cancels_by_command(new_folder: Callable[..., ClusterFolder]) -> None:
    root = new_folder(FILES).root
    new = (
        "new",
        "--site",
        "cc",
        "--event",
        "暴雨",
        "--severity",
        "橙色",
        "--text",
        "今夜有暴雨：请减少外出",
        "--area",
        "ng",
    )
    done = jiyue(root, *new, "--until", "6h", "--final", "终审岗", today="2026-11-23T08:00")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "已写入 sites/alerts/cc-20261123-01.yaml（发布）"
    jiyue(
        root, "update", "cc-20261123-01", "--severity", "red", "--until", "2026-11-23 20:00", today="2026-11-23T09:00"
    )
    jiyue(root, "cancel", "cc-20261123-02", today="2026-11-23T10:00")
    written = {p.stem: p.read_text("utf-8").split("\n", 1)[1] for p in sorted((root / "sites/alerts").iterdir())}
    assert written == {
        "cc-20261123-01": "sent: 2026-11-23 08:00\nevent: 暴雨\nseverity: Severe\nheadline: 今夜有暴雨：请减少外出\n"
        "expires: 2026-11-23 14:00\narea: [ng]\nreview: {final: {by: 终审岗, date: '2026-11-23 08:00'}}\n",
        "cc-20261123-02": "sent: 2026-11-23 09:00\nmsgType: Update\nreferences: [cc-20261123-01]\nevent: 暴雨\n"
        "severity: Extreme\nheadline: 今夜有暴雨：请减少外出\nexpires: 2026-11-23 20:00\narea: [ng]\n",
        "cc-20261123-03": "sent: 2026-11-23 10:00\nmsgType: Cancel\nreferences: [cc-20261123-02]\n",
    }
    listed = json.loads(jiyue(root, "list", "--format", "json", today="2026-11-23T10:30").stdout)
    assert [(one["identifier"], one["state"], one["sites"]) for one in listed] == [
        ("cc-20261123-03", "解除通知", 1), ("cc-20261123-02", "已被代替或解除", 0), ("cc-20261123-01", "已被代替或解除", 0),
    ]  # fmt: skip
    wrong = jiyue(root, *new, "--until", "昨天", today="2026-11-23T08:00")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "昨天" in wrong.stderr
