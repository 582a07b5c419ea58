"""Report-up between clusters: signed files that converge in whatever order they come, a round trip, refusals."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from jiyue.base.clock import BEIJING
from jiyue.catalogue.frontmatter import split
from jiyue.catalogue.schemas import schemas
from jiyue.catalogue.summary import Decision
from jiyue.cli.app import application
from jiyue.linkage.exchange import (
    adopted_ids,
    copy_name,
    copy_text,
    decided,
    newest,
    receipt_of,
    report_of,
    sent,
    withdraw_copy,
)
from jiyue.linkage.report_up import latest, state_of
from jiyue.publish.exchange import Refused, pack, unpack
from jiyue.publish.release.manifest import canonical
from jiyue.publish.release.signing import new_key, private_key
from jiyue.registry.load import load_registry
from jiyue.registry.site import Partner
from tests.support.cluster import ClusterFolder, new_cluster
from tests.support.samples import png

UP, HOME = "https://www.jl.example", "https://www.cc.example"
KEYS = [new_key() for _ in range(2)]
SIGNERS = [private_key(None, {"JIYUE_SIGNING_KEY": private.decode()}) for private, _ in KEYS]
BELOW = Partner("cc", "长春市网站群", HOME, above=False, inbox="jilin", keys=((KEYS[0][1], ""),))
ABOVE = Partner("jl", "吉林省网站群", UP, above=True, inbox="changchun", keys=((KEYS[1][1], ""),))


class Sides:
    """Both sides of an exchange, and all that is under way between them."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.time = chance, datetime(2026, 11, 20, 9, tzinfo=BEIJING)
        self.articles: dict[str, dict[str, Any]] = {}
        self.decisions: list[Decision] = []
        self.above, self.below = b"", b""
        self.mail: list[bytes] = []

    @property
    def now(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M}"

    def report(self, name: str) -> None:
        fields = {"title": f"{name} {self.chance.random()}", "date": "2026-11-20 08:00", "updated": self.now}
        self.articles[name] = {
            "type": "article", "id": name, "url": f"{HOME}/yw/{name}.html", "site": "长春", "source": "长春", "unit": "办公室",
            "wanted": ["yw"], "fields": fields, "body": "正文", "files": [], "links": {},
        }  # fmt: skip

    def withdraw(self, name: str) -> None:
        self.articles.pop(name, None)

    def decide(self, name: str) -> None:
        if name in sent(self.above).articles:
            adopted = self.chance.random() < 0.5
            line = len(self.decisions)
            self.decisions.append(
                Decision(f"cc/{name}", adopted, "yw", self.now, "" if adopted else "重复", "终审岗", line)
            )

    def send_up(self) -> bytes:
        self.mail.append(pack(HOME, UP, self.time, self.articles.values(), SIGNERS[0]))  # type: ignore[arg-type]
        return self.mail[-1]

    def send_down(self) -> bytes:
        receipts = [line for line in map(receipt_of, self.inbox()) if line]
        self.mail.append(pack(UP, HOME, self.time, receipts, SIGNERS[1]))  # type: ignore[arg-type]
        return self.mail[-1]

    def inbox(self) -> list[Any]:
        rows = self.chance.sample(self.decisions, len(self.decisions))  # as git merges the ledger
        return [report_of(BELOW, record, latest(rows)) for record in sent(self.above).articles.values()]

    def deliver(self, message: bytes) -> None:
        if json.loads(message.splitlines()[0])["receiver"] == UP:
            assert unpack(message, UP, [BELOW], self.time) == BELOW
            self.above = newest(self.above, message)
        else:
            assert unpack(message, HOME, [ABOVE], self.time) == ABOVE
            self.below = newest(self.below, message)

    def step(self) -> None:
        self.time += timedelta(seconds=self.chance.choice([1, 1, 40, 200]))
        name = self.chance.choice("abc")
        what = self.chance.choice(
            ["report", "withdraw", "decide", "decide", "send_up", "send_down", "deliver", "deliver"]
        )
        if what == "deliver":
            if self.mail:
                self.deliver(self.chance.choice(self.mail))  # late, repeated, or never
        elif what in ("send_up", "send_down"):
            getattr(self, what)()
        else:
            getattr(self, what)(name)


@pytest.mark.parametrize("group", range(4))
def test_both_sides_converge_over_any_interleaving(group: int) -> None:
    """50 interleavings each, 200 in all."""
    for seed in range(50):
        sides = Sides(random.Random(1000 * group + seed))
        for _ in range(sides.chance.randrange(5, 40)):
            sides.step()
        sides.time += timedelta(seconds=1)
        last = sides.send_up()
        sides.deliver(last)
        answer = sides.send_down()
        sides.deliver(answer)
        for message in sides.chance.sample(sides.mail, len(sides.mail)):
            sides.deliver(message)
        assert (sides.above, sides.below) == (last, answer), "older never overwrites newer"
        told = decided(sent(sides.below).receipts, "changchun")
        here = {
            name: state_of(told.get(f"changchun/{name}"), record["fields"]["updated"])
            for name, record in sides.articles.items()
        }
        assert {one.article.id: one.state for one in sides.inbox()} == here
        assert {name: dict(record) for name, record in sent(sides.above).articles.items()} == sides.articles


COLUMNS = "columns: [{path: yw, name: 要闻, type: 工作动态}]\n"
PARTNER = "partners:\n  - id: {}\n    name: {}\n    url: {}\n    role: {}\n    keys: [{{public: '{}'}}]\n"
BODY = "![图](a.png) 见 [表](/files/b.txt)、[乙](b.md) 和 [丙](c.md)。\n\n> 引文  \n"
ARTICLE = (
    f"---\ntitle: 甲地新事\ndate: 2026-11-20 09:30\nid: a\nsummary: 摘要\nreport_up: yw\npicture: a.png\n---\n\n{BODY}"
)


@pytest.fixture
def clusters(tmp_path: Path) -> tuple[ClusterFolder, ClusterFolder]:
    """The cluster above and the one below."""
    for n, (private, _) in enumerate(KEYS):
        (tmp_path / f"key{n}.pem").write_bytes(private)
    above = {
        "sites/cluster.yaml": "name: 省\nroot: jilin\n",
        "sites/jilin.yaml": f"name: 吉林省人民政府\nkind: province\nurl: {UP}\n{COLUMNS}",
        "sites/partners.yaml": PARTNER.format("cc", "长春市网站群", HOME, "subordinate", KEYS[0][1]),
    }
    below = {
        "sites/cluster.yaml": "name: 市\nroot: changchun\n",
        "sites/changchun.yaml": f"name: 长春市人民政府\nkind: prefecture\nurl: {HOME}\n{COLUMNS}",
        "sites/partners.yaml": PARTNER.format("jl", "吉林省网站群", UP, "superior", KEYS[1][1]),
        "content/changchun/yw/a.md": ARTICLE,
        "content/changchun/yw/b.md": "---\ntitle: 乙\ndate: 2026-11-20\nid: b\n---\n正文。\n",
        "content/changchun/yw/a.png": png("a"),
        "content/changchun/files/b.txt": "表\n",
    }
    return new_cluster(tmp_path / "above", above), new_cluster(tmp_path / "below", below)


def run(folder: ClusterFolder, *args: object, today: str = "2026-11-21T12:00") -> str:
    words = ["inbox", *map(str, args), "--root", str(folder.root), "--today", today]
    return CliRunner().invoke(application("inbox"), words).output


def test_an_article_goes_up_and_its_receipt_comes_back(
    clusters: tuple[ClusterFolder, ClusterFolder], tmp_path: Path
) -> None:
    above, below = clusters
    (above.root / "sites/changchun.yaml").unlink(missing_ok=True)
    up, down, keys = tmp_path / "up.jsonl", tmp_path / "down.jsonl", [tmp_path / f"key{n}.pem" for n in range(2)]
    assert "写出 1 篇" in run(below, "export", "jl", up, "--key", keys[0])
    schema = json.loads(schemas()["exchange.schema.json"])
    for line in up.read_bytes().splitlines():
        jsonschema.validate(json.loads(line), schema)
    record = sent(up.read_bytes()).articles["a"]
    assert record["body"] == split(ARTICLE).body
    assert record["fields"] == {key: value for key, value in split(ARTICLE).values.items() if key != "report_up"}, (
        "nothing that is public is lost"
    )
    assert record["links"] == {"b.md": f"{HOME}/yw/b.html", "c.md": ""}

    older = up.read_bytes()
    assert "新增 1，更新 0，撤下 0" in run(above, "import", up)
    assert (above.root / "sites/exchange/cc.jsonl").read_bytes() == older
    assert "没有变化" in run(above, "import", up)
    assert "jilin ← cc/a　甲地新事" in run(above, "list")
    assert "cc--a.md" in run(above, "adopt", "jilin", "cc/a", "--by", "终审岗")
    built = above.build()
    assert built.rules() == ["link-missing"]
    page = built.html("jilin", "yw/cc--a.html")
    assert f'<link rel="canonical" href="{HOME}/yw/a.html">' in page
    assert '<meta name="ContentSource" content="长春市人民政府">' in page
    assert f'href="{HOME}/yw/b.html"' in page
    assert built.files()["jilin/yw/cc--a-a.png"] == png("a")
    assert built.files()["jilin/yw/cc--a-b.txt"] == "表\n".encode()
    (row,) = map(json.loads, built.files()["_cluster/reports.jsonl"].splitlines())
    assert (row["state"], row["shown"]) == ("adopted", f"{UP}/yw/cc--a.html")
    assert "写出 1 条回执" in run(above, "export", "cc", down, "--key", keys[1])
    assert "新增 1" in run(below, "import", down)
    assert f"changchun/a　甲地新事 → jl　采用　2026-11-21 12:00　终审岗　{UP}/yw/cc--a.html" in run(below, "receipts")

    stored = above.root / "sites/exchange/cc.jsonl"
    stored.write_bytes(older.replace("摘要".encode(), "要摘".encode()))
    broken = CliRunner().invoke(application("check"), ["check", "--root", str(above.root), "--today", "2026-11-22"])
    assert "sites/exchange/cc.jsonl: 错误 [report-stored] 不是导入时的样子，读不出来" in broken.output
    below.write({"content/changchun/yw/a.md": ARTICLE.replace("summary", "updated: 2026-11-22 10:00\nsummary")})
    run(below, "export", "jl", up, "--key", keys[0], today="2026-11-22T10:30")
    assert "新增 1，更新 0，撤下 0" in run(above, "import", up, today="2026-11-22T10:31"), (
        "what can't be read is replaced"
    )
    assert "已采用，原文有更新" in run(above, "list", today="2026-11-22T10:31")
    assert "cc--a.md" in run(above, "adopt", "jilin", "cc/a", "--by", "终审岗", today="2026-11-22T10:31")
    assert "0 篇等待决定" in run(above, "list", today="2026-11-22T10:31")

    below.write(
        {
            "content/changchun/yw/a.md": ARTICLE.replace(
                "report_up", "withdraw: {at: 2026-11-21, reason: 有误}\nreport_up"
            )
        }
    )
    run(below, "export", "jl", up, "--key", keys[0], today="2026-11-22T11:00")
    assert "新增 0，更新 0，撤下 1" in run(above, "import", up, today="2026-11-22T11:05")
    late = tmp_path / "late.jsonl"
    late.write_bytes(older)
    assert "已有更新的文件" in run(above, "import", late, today="2026-11-22T11:06")
    after = above.build()
    assert after.exit_code == 0
    assert not any(
        "甲地新事".encode() in data or "cc--a" in name
        for name, data in after.files().items()
        if name.startswith("jilin/")
    )
    assert not any((above.root / "sites/exchange/files").iterdir())


def test_a_partner_never_brings_approvals_or_names_of_its_own_cluster() -> None:
    record = {
        "type": "article", "id": "a", "url": f"{HOME}/yw/a.html", "site": "长春", "source": "长春", "unit": "办公室", "wanted": [],
        "fields": {"title": "题", "date": "2026-11-20", "id": "a", "slug": "s", "x_y": "z", "review": {"final": {"by": "终审岗"}},
                   "push_down": "all", "repost_of": {"name": "新华社", "url": "https://www.news.cn/1"}, "picture": "tu.png"},
        "body": "![a](tu.png) ![b](<tu.png>) xtu.png [c](tu.png#p)\n\n[d]: tu.png\n", "links": {},
        "files": [{"address": "tu.png", "name": "tu.png", "size": 1, "sha256": "0" * 64}],
    }  # fmt: skip
    long = [copy_name(BELOW, "x" * 63 + end) for end in "ab"]
    assert len(set(long)) == 2
    assert max(map(len, long)) <= 64
    text, files = copy_text(BELOW, record, "2026-11-21 12:00")
    assert split(text).values == {
        "title": "题", "date": "2026-11-21 12:00", "id": "cc--a", "source": "长春", "picture": "cc--a-tu.png",
        "repost_of": {"name": "新华社", "url": "https://www.news.cn/1"},
    }  # fmt: skip
    assert (
        split(text).body == "![a](cc--a-tu.png) ![b](<cc--a-tu.png>) xtu.png [c](cc--a-tu.png#p)\n\n[d]: cc--a-tu.png\n"
    )
    assert files == {"cc--a-tu.png": "0" * 64}


def test_a_copy_that_was_broken_goes_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "content/jilin/zt/cc--a.md"
    path.parent.mkdir(parents=True)
    assert not withdraw_copy(tmp_path, BELOW, "a", "2026-11-21 12:00", "撤下")
    path.write_text("---\ntitle: 题\n---\n正文\n\n---\n", "utf-8")
    assert withdraw_copy(tmp_path, BELOW, "a", "2026-11-21 12:00", "撤下")
    assert split(path.read_text("utf-8")).values["withdraw"] == {"at": "2026-11-21 12:00", "reason": "撤下"}
    assert not withdraw_copy(tmp_path, BELOW, "a", "2026-11-22 12:00", "撤下"), "once"
    for broken in ("没有开头".encode(), "题".encode("gb18030"), b""):
        path.write_bytes(broken)
        assert withdraw_copy(tmp_path, BELOW, "a", "2026-11-21 12:00", "撤下")
        assert not path.exists()


def test_a_wrong_entry_of_partners_is_named_and_costs_no_other(tmp_path: Path) -> None:
    entry = "  - {{id: {}, name: 甲, url: https://{}.example, role: {}, keys: [{{public: '" + KEYS[0][1] + "'}}]{}}}\n"
    rows = [("a", "a", "superior", ""), ("b", "b", "superior", ""), ("a", "c", "subordinate", ""), ("jilin", "d", "subordinate", ""),
            ("e", "e", "subordinate", ", inbox: jilim"), ("f", "f", "subordinate", "")]  # fmt: skip
    new_cluster(tmp_path, {"sites/partners.yaml": "partners:\n" + "".join(entry.format(*row) for row in rows)})
    registry = load_registry(tmp_path)
    assert [one.id for one in registry.partners] == ["a", "f"]
    assert adopted_ids(registry, "jilin") == ("f--",)
    assert [(one.path, one.line, one.message) for one in registry.diagnostics] == [
        ("sites/partners.yaml", 3, "已经有上级「a」"),
        ("sites/partners.yaml", 4, "编号「a」已经有了"),
        ("sites/partners.yaml", 5, "编号「jilin」已经有了"),
        ("sites/partners.yaml", 6, "inbox: 没有名为「jilim」的站点"),
    ]


def test_an_altered_file_is_refused_whole(clusters: tuple[ClusterFolder, ClusterFolder], tmp_path: Path) -> None:
    above, below = clusters
    up = tmp_path / "up.jsonl"
    run(below, "export", "jl", up, "--key", tmp_path / "key0.pem")
    good = up.read_bytes()
    manifest, signature, article = good.splitlines(keepends=True)
    later = manifest.replace(b"T12:00:00", b"T12:00:01")
    ahead = pack(HOME, UP, datetime(2026, 11, 21, 13, tzinfo=BEIJING), [], SIGNERS[0])  # type: ignore[arg-type]
    untitled = json.loads(article)
    del untitled["fields"]["title"]
    wrong = {
        "第 3 行：「fields」不合格式": manifest + signature + canonical(untitled),
        "第 3 行：被改动过": manifest + signature + article.replace("甲地".encode(), "乙地".encode()),
        "第 1 行：清单与签名不符": later + signature + article,
        "清单有 1 行，文件里有 0 行": manifest + signature,
        "第 4 行：不是这种文件的一行": good + b"{}\n",
        "第 3 行：不是规定的写法": manifest + signature + article.replace(b'":', b'": ', 1),
        "第 2 行：由没有登记的密钥": pack(HOME, UP, datetime(2026, 11, 21, tzinfo=BEIJING), [], SIGNERS[1]),  # type: ignore[arg-type]
        "没有登记。核对 sites/partners.yaml": pack(
            "https://x.example", UP, datetime(2026, 11, 21, tzinfo=BEIJING), [], SIGNERS[0]
        ),  # type: ignore[arg-type]
        "是给 https://y.example 的": pack(
            HOME, "https://y.example", datetime(2026, 11, 21, tzinfo=BEIJING), [], SIGNERS[0]
        ),  # type: ignore[arg-type]
        "还没有到": ahead,
        "开头应是清单和签名": article,
    }
    for message, data in wrong.items():
        up.write_bytes(data)
        assert message in run(above, "import", up), message
        assert not (above.root / "sites/exchange").exists(), "nothing is stored"
    up.write_bytes(good)
    (file,) = [path for path in (tmp_path / "up.jsonl.files").iterdir() if path.read_bytes() == png("a")]
    file.write_bytes(png("b"))
    assert "附件「a.png」被改动过" in run(above, "import", up)
    file.unlink()
    assert "缺少附件「a.png」" in run(above, "import", up)
    assert not (above.root / "sites/exchange/cc.jsonl").exists()
    retired = BELOW._replace(keys=((KEYS[0][1], "2026-11-01"),))
    with pytest.raises(Refused, match="已停用"):
        unpack(good, UP, [retired], datetime(2026, 11, 21, 13, tzinfo=BEIJING))
