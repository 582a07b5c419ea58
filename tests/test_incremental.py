"""Promise 3: after any sequence of edits, the incremental output equals that of a clean build, byte for byte."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.support.edits import EXTRA, FOLDERS, PROFILES, Cluster, png

PICK = st.integers(0, 10_000)
WORD = st.sampled_from(["甲", "乙", "丙", "丁"])
MOMENTS = st.sampled_from(["2026-11-10 09:00", "2026-11-20 09:00", "2026-11-25 12:30", "2026-12-01 00:00"])
BODIES = st.sampled_from([
    "另一段正文。", "- 甲\n\n- 乙", "![图](p.png)", "[附件](p.pdf)", "[另一篇](b.md)", "<b>粗</b>", "![图](../yw/p.png)",
    "[首页](/)", "# 标题\n\n| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |",
])  # fmt: skip
TEMPLATES = {
    "shell.html": "</body>", "article.html": "</article>", "home.html": "{% block main %}", "column.html": "{% block main %}",
    "404.html": "{% block main %}", "sitemap.html": "{% block main %}", "components/footer/template.html": "</footer>",
}  # fmt: skip


class Edits(RuleBasedStateMachine):
    """Whatever officers, designers, operators and accidents do to a cluster between two builds."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="jiyue-edits-"))
        self.cluster = Cluster(self.base)
        self.count = 0

    def teardown(self) -> None:
        try:
            if self.count:
                self.cluster.compare()
        finally:
            shutil.rmtree(self.base, ignore_errors=True)

    @initialize()
    def first_build(self) -> None:
        self.cluster.build()

    def unique(self) -> int:
        self.count += 1
        return self.count

    def pick(self, n: int, pattern: str = "*.md") -> Path | None:
        found = self.cluster.files(pattern)
        return found[n % len(found)] if found else None

    def site(self, n: int) -> str:
        names = sorted(self.cluster.sites)
        return names[n % len(names)]

    # -- articles -----------------------------------------------------------------------------------------------------

    @rule(n=PICK, folder=st.sampled_from(FOLDERS), body=BODIES, day=st.integers(1, 28), push=st.booleans())
    def add(self, n: int, folder: str, body: str, day: int, push: bool) -> None:
        more = {"push_down": "all"} if push else {}
        name = f"n{self.unique()}"
        self.cluster.article(self.site(n), folder, name, f"新文章{name}", body, f"2026-11-{day:02} 08:00", **more)

    @rule(n=PICK, kind=st.sampled_from(["document", "interpretation", "survey"]))
    def add_kind(self, n: int, kind: str) -> None:
        more = {"opens": "2026-11-01", "closes": "2026-11-30"} if kind == "survey" else {}
        more |= {"interprets": f"{self.site(n)}/tzgg/c.md"} if kind == "interpretation" else {}
        self.cluster.article(self.site(n), "tzgg", f"k{self.unique()}", "各类文章", kind=kind, **more)

    @rule(n=PICK, body=BODIES)
    def edit_body(self, n: int, body: str) -> None:
        if path := self.pick(n):
            path.write_text(path.read_text("utf-8", "replace") + f"\n{body}\n", "utf-8")
            self.unique()

    @rule(n=PICK)
    def edit_and_set_the_time_back(self, n: int) -> None:
        if path := self.pick(n):
            stat, data = path.stat(), path.read_bytes()
            path.write_bytes(data[:-2] + (b"X\n" if data[-2:] != b"X\n" else b"Y\n"))
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            self.unique()

    @rule(n=PICK)
    def touch(self, n: int) -> None:
        for path in self.cluster.files() if n % 3 == 0 else [self.pick(n, "*")]:
            path.touch() if path else None

    @rule(n=PICK, field=st.sampled_from(["title", "date", "pinned", "keywords", "summary", "updated"]), word=WORD)
    def edit_field(self, n: int, field: str, word: str) -> None:
        values = {
            "title": f"改过的标题{word}", "date": f"2026-11-{n % 28 + 1:02} 07:00", "pinned": "true",
            "keywords": f"[{word}]", "summary": f"摘要{word}", "updated": "2026-11-20 08:00",
        }  # fmt: skip
        self.set_field(n, field, values[field])

    @rule(n=PICK, moment=MOMENTS, field=st.sampled_from(["publish_at", "expires", "withdraw"]))
    def embargo(self, n: int, moment: str, field: str) -> None:
        self.set_field(n, field, f"{{at: {moment}, reason: 有误}}" if field == "withdraw" else moment)

    @rule(n=PICK, who=st.sampled_from(["all", "county", "nong", "nowhere"]))
    def push(self, n: int, who: str) -> None:
        self.set_field(n, "push_down", who)

    def set_field(self, n: int, field: str, value: str) -> None:
        path = self.pick(n)
        text = path.read_text("utf-8", "replace") if path else ""
        if path and text.startswith("---\n"):
            head, _, body = text[4:].partition("---\n")
            kept = "".join(line + "\n" for line in head.splitlines() if not line.startswith(f"{field}:"))
            path.write_text(f"---\n{kept}{field}: {value}\n---\n{body}", "utf-8")
            self.unique()

    @rule(n=PICK, folder=st.sampled_from(FOLDERS), rename=st.booleans())
    def move(self, n: int, folder: str, rename: bool) -> None:
        if path := self.pick(n):
            site = self.cluster.root / "content" / path.relative_to(self.cluster.root / "content").parts[0]
            target = site / folder / (f"r{self.unique()}.md" if rename else path.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)

    @rule(n=PICK, pattern=st.sampled_from(["*.md", "*.png", "*.pdf"]))
    def delete(self, n: int, pattern: str) -> None:
        if path := self.pick(n, pattern):
            path.unlink()
            self.unique()

    @rule(n=PICK, pattern=st.sampled_from(["*.png", "*.pdf"]))
    def change_file(self, n: int, pattern: str) -> None:
        if path := self.pick(n, pattern):
            path.write_bytes(png(self.unique()))

    @rule(n=PICK, name=st.sampled_from(["p.png", "p.pdf", "q.csv"]), folder=st.sampled_from(["yw", "tzgg", "images"]))
    def add_file(self, n: int, name: str, folder: str) -> None:
        self.cluster.write(f"content/{self.site(n)}/{folder}/{name}", png(self.unique()))

    @rule(
        n=PICK,
        how=st.sampled_from(
            [b"---\ntitle: [\n---\n", b"no head", b"\xff\xfe", b"---\ntitle: t\ndtae: 2026-11-01\n---\n"]
        ),
    )
    def break_article(self, n: int, how: bytes) -> None:
        if path := self.pick(n):
            path.write_bytes(how)
            self.unique()

    @rule(n=PICK)
    def mend_article(self, n: int) -> None:
        if path := self.pick(n):
            path.write_text("---\ntitle: 改好了\ndate: 2026-11-11\n---\n\n好。\n", "utf-8")
            self.unique()

    # -- sites, theme, clock ------------------------------------------------------------------------------------------

    @rule(moment=MOMENTS)
    def clock(self, moment: str) -> None:
        self.cluster.now = moment

    @rule(template=st.sampled_from(sorted(TEMPLATES)))
    def edit_template(self, template: str) -> None:
        mark = TEMPLATES[template]
        text = f"<p>第{self.unique()}版</p>"
        new = text + mark if mark.startswith("</") else mark + text
        self.cluster.replace(f"themes/gov/templates/{template}", mark, new)

    @rule()
    def edit_style(self) -> None:
        path = self.cluster.root / "themes/gov/static/base.css"
        path.write_text(path.read_text("utf-8") + f"\np {{ order: {self.unique()} }}\n", "utf-8")

    @rule(n=PICK, key=st.sampled_from(["name", "url", "column", "profile", "channel", "sponsor"]), word=WORD)
    def edit_site(self, n: int, key: str, word: str) -> None:
        site = self.site(n)
        data = self.cluster.sites[site]
        if key == "column":
            data["columns"] = [{"path": ["yw", "zhuanti"][n % 2], "name": f"栏目{word}"}]
        elif key == "channel":
            data["channels"] = [{"path": "zhuanti", "name": f"街道{word}"}]
        elif key == "profile":
            data["profile"] = sorted([*PROFILES, "basic"])[n % 3]
        else:
            data[key] = f"https://u{self.unique()}.jl.example" if key == "url" else f"改名{word}{n % 2}"
        self.cluster.write_site(site)
        self.unique()

    @rule(suffix=WORD)
    def edit_profile(self, suffix: str) -> None:
        self.cluster.write_profiles(suffix)
        self.unique()

    @rule(notice=WORD, search=st.booleans(), recommended=st.sampled_from(["", "recommended: tzgg\n"]))
    def edit_cluster_file(self, notice: str, search: bool, recommended: str) -> None:
        mode = "on" if search else "off"
        self.cluster.write(
            "sites/cluster.yaml", f"name: 站群\nroot: jilin\nnotice: {notice}\nsearch: {mode}\n{recommended}"
        )
        self.unique()

    @rule(n=PICK, moment=MOMENTS, kind=st.sampled_from(["Alert", "Update", "Cancel", "gone"]), word=WORD)
    def issue_an_alert(self, n: int, moment: str, kind: str, word: str) -> None:
        """It may refer to one that is not there or to itself, or have ended before it began."""
        names = [f"{site}-20261120-0{number}" for site in sorted(self.cluster.sites) for number in (1, 2)]
        path = f"sites/alerts/{names[n % len(names)]}.yaml"
        if kind == "gone":
            (self.cluster.root / path).unlink(missing_ok=True)
            return
        more = f"msgType: {kind}\nreferences: [{names[n // 2 % len(names)]}]\n" if kind != "Alert" else ""
        text = f"sent: 2026-11-20 08:00\nevent: 暴雨\nheadline: 警报{word}\nexpires: {moment}\n{more}"
        self.cluster.write(path, text)

    @rule()
    def add_or_remove_a_site(self) -> None:
        self.unique()
        if "dehui" in self.cluster.sites:
            del self.cluster.sites["dehui"]
            (self.cluster.root / "sites/dehui.yaml").unlink()
            return
        self.cluster.sites["dehui"] = dict(EXTRA)
        self.cluster.write_site("dehui")
        self.cluster.article("dehui", "yw", "a", "新站第一篇")

    @rule(n=PICK, how=st.sampled_from(["name: [", "name: 甲\nkindd: county\n", "superior"]))
    def break_site_file(self, n: int, how: str) -> None:
        site = self.site(n)
        if site != "jilin":
            text = (
                f"name: 甲\nkind: county\nsuperior: nobody\nurl: https://{site}.example\n" if how == "superior" else how
            )
            self.cluster.write(f"sites/{site}.yaml", text)
            self.unique()

    @rule()
    def mend_site_files(self) -> None:
        for site in self.cluster.sites:
            self.cluster.write_site(site)

    # -- accidents ----------------------------------------------------------------------------------------------------

    @rule(n=PICK, how=st.sampled_from(["delete", "replace", "add"]))
    def meddle_with_the_output(self, n: int, how: str) -> None:
        files = sorted(p for p in self.cluster.output.rglob("*") if p.is_file() and p.parent.name != "_cluster")
        if not files:
            return
        time.sleep(0.02)  # beyond the tick of the file system's clock
        path = files[n % len(files)]
        if how == "delete":
            path.unlink()
        else:
            strange = path.with_name("strange.html")
            strange.write_bytes(b"strange")
            if how == "replace":
                strange.replace(path)
        self.unique()

    @rule(n=PICK, how=st.sampled_from(["delete", "truncate", "flip", "garbage"]))
    def damage_the_store(self, n: int, how: str) -> None:
        entries = sorted(p for p in (self.cluster.root / ".jiyue").rglob("*") if p.is_file() and p.name != "lock")
        if not entries:
            return
        path = entries[n % len(entries)]
        data = path.read_bytes()
        if how == "delete":
            path.unlink()
        elif how == "truncate":
            path.write_bytes(data[: n % (len(data) + 1)])
        elif how == "flip" and data:
            at = n % len(data)
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        else:
            path.write_bytes(b"\x00\xff" * 9)
        self.unique()

    @rule(event=st.integers(0, 60), half=st.booleans())
    def kill_the_build(self, event: int, half: bool) -> None:
        self.cluster.kill(event, half)
        self.unique()

    @rule(settle=st.booleans())
    def build(self, settle: bool) -> None:
        if settle:
            time.sleep(0.06)  # so that files are known by their stamps, not by their bytes
        self.cluster.build()

    @rule()
    def compare(self) -> None:
        self.cluster.compare()


def run(number: int, sequences: int) -> None:
    machine: Any = seed(number)(Edits)
    quiet = {"deadline": None, "database": None, "print_blob": False, "suppress_health_check": list(HealthCheck)}
    # JIYUE_QUICK: report the first failing sequence unshrunk; shrinking takes minutes
    phases = [Phase.generate] if "JIYUE_QUICK" in os.environ else list(Phase)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=sequences, stateful_step_count=16, phases=phases, **quiet)
    )


@pytest.mark.parametrize("number", range(8))
def test_incremental_equals_clean(number: int) -> None:
    run(number, 2)


@pytest.mark.long
@pytest.mark.parametrize("number", range(100, 140))
def test_incremental_equals_clean_long(number: int) -> None:
    run(number, 6)


def test_a_build_that_ends_before_the_search_of_all_sites_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its finished sites aren't built again, whatever is edited elsewhere before the next build."""
    cluster = Cluster(tmp_path)
    cluster.write("sites/cluster.yaml", "name: 站群\nroot: jilin\nsearch: on\n")
    cluster.build()
    sites = sorted({path.relative_to(cluster.root / "content").parts[0] for path in cluster.files()} - {"jilin"})
    one, other = (next(p for p in cluster.files() if f"/content/{site}/" in str(p)) for site in sites[:2])
    one.write_text("---\ntitle: 没有赶上的标题\ndate: 2026-11-11\n---\n\n没有赶上的正文。\n", "utf-8")

    def ends(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("jiyue.build.cluster_search.build_cluster_search", ends)
        cluster.build()
    other.write_text("---\ntitle: 别处的标题\ndate: 2026-11-12\n---\n\n别处的正文。\n", "utf-8")
    cluster.compare()
