"""A small cluster published by commands, each in a process of its own, and what its readers get."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.support.cluster import ClusterFolder, new_cluster
from tests.support.commands import jiyue

ARTICLE = "---\ntitle: 关于第{n}件事项的通知\ndate: 2026-11-{n:02} 09:30\n{more}---\n正文{n}。\n"


@dataclass(frozen=True)
class Live:
    """A cluster and its commands. Every site is deployed to a folder."""

    folder: ClusterFolder

    @property
    def root(self) -> Path:
        return self.folder.root

    def run(self, *args: str, code: int | None = 0, today: str = "2026-11-23T10:00", **env: str) -> str:
        command = [*args, "--root", str(self.root)]
        command += ["--today", today] if args[0] in ("build", "release", "publish", "rollback", "schedule") else []
        done = jiyue(*command, env=env)
        output = done.stdout + done.stderr
        assert code is None or done.returncode == code, output
        return output

    def go(self, code: int = 0, today: str = "2026-11-23T10:00", **env: str) -> str:
        """Build, then publish. code: the expected exit status of `publish`."""
        jiyue("build", "--root", str(self.root), "--today", today, "--jobs", "1")
        return self.run("publish", code=code, today=today, **env)

    def write(self, name: str, n: int, more: str = "", site: str = "cc") -> None:
        self.folder.write({f"content/{site}/tzgg/{name}.md": ARTICLE.format(n=n, more=more)})

    def tree(self, site: str = "cc") -> Path:
        """The folder that readers get."""
        return self.root / "www" / "live" / site

    def texts(self, site: str = "cc") -> str:
        files = [
            p for p in sorted(self.tree(site).rglob("*")) if p.suffix in (".html", ".json", ".jsonl", ".xml", ".atom")
        ]
        return "\n".join(p.read_text() for p in files)

    def url(self, n: int, site: str = "cc") -> str:
        """The local address of the article with this number, from the live data."""
        for path in self.tree(site).glob("api/articles-*.jsonl"):
            for line in path.read_text().splitlines():
                row = json.loads(line)
                if f"第{n}件" in row["title"]:
                    return "/" + str(row["url"]).split("/", 3)[3]
        raise AssertionError(f"no article {n}")

    def ledger(self, site: str = "cc") -> list[str]:
        return (self.root / f"sites/ledger/{site}.txt").read_text().splitlines()


def two_sites(root: Path) -> Live:
    """Two sites of three articles each, built and live."""
    site = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
    deploy = f"deploy: {{kind: folder, path: {root / 'www'}}}\n"
    jilin = "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n"
    folder = new_cluster(root, {"sites/cc.yaml": site + deploy, "sites/jilin.yaml": jilin + deploy})
    made = Live(folder)
    for n in (1, 2, 3):
        made.write(f"n{n}", n)
        made.write(f"n{n}", n + 10, site="jilin")
    made.go()
    return made


def one_site(root: Path) -> Live:
    """One site without search, with three articles: the smallest cluster to publish, not built yet."""
    site = "name: 长春市人民政府\nkind: prefecture\nurl: https://www.cc.example\n"
    deploy = f"deploy: {{kind: folder, path: {root / 'www'}}}\n"
    folder = ClusterFolder(root)
    folder.write({"sites/cluster.yaml": "name: 站群\nroot: cc\nsearch: off\n", "sites/cc.yaml": site + deploy})
    made = Live(folder)
    for n in (1, 2, 3):
        made.write(f"n{n}", n)
    return made


def files_of(tree: Path) -> dict[str, bytes]:
    return {p.relative_to(tree).as_posix(): p.read_bytes() for p in sorted(tree.rglob("*")) if p.is_file()}


def new_keys(live: Live, *names: str) -> list[str]:
    """Fresh private keys; the public halves go into sites/release-keys.yaml."""
    made, rows = [], []
    for name in names:
        done = jiyue("key", "new")
        made.append(done.stdout)
        public = next(line.split()[1] for line in done.stderr.splitlines() if line.strip().startswith("public:"))
        rows.append(f"  - name: {name}\n    public: {public}\n")
    (live.root / "sites/release-keys.yaml").write_text("keys:\n" + "".join(rows))
    return made
