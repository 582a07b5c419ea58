"""Random clusters with mistakes and withdrawals, published repeatedly in this process, and what their readers can get.

Every published text (title, body, attachment) has a unique token, so that a test can tell of any live text whether it
should be live.
"""

from __future__ import annotations

import random
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from jiyue.base import clock
from jiyue.build.cluster import build
from jiyue.build.options import Options, Report
from jiyue.publish.cluster import PublishedCluster, maker_of
from jiyue.publish.publisher import PublishOptions, PublishReport, publish_cluster, publish_rollback
from jiyue.publish.release.maker import Guard
from jiyue.registry.load import load_registry
from jiyue.search import fragments
from tests.support.cluster import ClusterFolder

ID_NUMBER = "11010519491231002X"
"""The example of GB 11643-1999, with a valid check digit."""
BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=clock.BEIJING)
GONE = {
    "withdrawn": "withdraw: {at: 2026-11-23, reason: 有误}\n",
    "expired": "expires: 2026-11-22\n",
    "embargo": "publish_at: 2027-11-23 12:00\n",
    "draft": "status: draft\n",
    "secret": "",
    "privacy": "",
}
"""Reason why an article must not be live -> the line of its front matter for it."""
SLIPS = ("front", "column", "twice", "both")
"""Unreadable front matter; a link to an empty column; a duplicate id; a withdrawal in unreadable front matter."""


@dataclass
class Item:
    """An article: its site and number, the number of edits, the reason why it must not be live, and its mistake."""

    site: str
    number: int
    version: int = 0
    gone: str = ""
    slip: str = ""
    pushed: bool = False
    headline: bool = False
    attached: bool = False
    link: str = ""
    deleted: bool = False

    @property
    def path(self) -> str:
        return f"content/{self.site}/{'gzdt' if self.headline else 'tzgg'}/n{self.number}.md"

    @property
    def title(self) -> str:
        return f"关于T{self.number:04}z事项的通知"

    def body(self, version: int | None = None) -> str:
        return f"B{self.number:04}v{self.version if version is None else version}z"

    @property
    def attachment(self) -> str:
        return f"A{self.number:04}z"

    def text(self) -> str:
        more = GONE[self.gone] if self.gone else ""
        head = f"title: {self.title}\ndate: 2026-11-{self.number % 20 + 1:02} 09:30\n{more}"
        head += "push_down: [all]\n" if self.pushed else ""
        head += "title: [坏\n" if self.slip == "front" else ""
        body = f"正文{self.body()}。\n"
        body += f"\n见[附件](n{self.number}.csv)。\n" if self.attached else ""
        body += f"\n另见[这里]({self.link})。\n" if self.link else ""
        body += "\n秘密★1年\n" if self.gone == "secret" else ""
        body += f"\n身份证号：{ID_NUMBER}\n" if self.gone == "privacy" else ""
        body += "\n见[空栏目](../kong/)。\n" if self.slip == "column" else ""
        body += '\n<div id="main">甲</div>\n\n<div id="main">乙</div>\n' if self.slip == "twice" else ""
        return f"---\n{head}---\n{body}"


@dataclass
class World:
    """A cluster, its articles, and those that were live. Every site is deployed to a folder."""

    root: Path
    random: random.Random
    sites: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    superior: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    now: datetime = BEGIN
    pages: set[tuple[str, int]] = field(default_factory=set)
    log: list[str] = field(default_factory=list)

    # -- the cluster --------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Create two to six sites with some articles each."""
        self.sites = ["s0", *(f"s{n}" for n in range(1, self.random.randint(2, 6)))]
        self.superior = {site: self.random.choice(self.sites[:n]) for n, site in enumerate(self.sites) if n}
        ClusterFolder(self.root).write({"sites/cluster.yaml": "name: 站群\nroot: s0\n"})
        for site in self.sites:
            self.settle(site)
            for _ in range(self.random.randint(2, 4)):
                self.add(site)
        self.write_all()

    def settle(self, site: str, *, broken: bool = False) -> None:
        """Write a site's file."""
        kind = "kind: province\n" if site == "s0" else f"kind: county\nsuperior: {self.superior[site]}\n"
        columns = "".join(
            f"  - {{path: {p}, name: {p}, type: {t}}}\n"
            for p, t in (("tzgg", "通知公告"), ("gzdt", "工作动态"), ("kong", "其他"))
        )
        text = f"name: 站点{site}\nurl: https://www.{site}.example\n{kind}"
        text += f"deploy: {{kind: folder, path: {self.root / 'www'}}}\ncolumns:\n{columns}"
        ClusterFolder(self.root).write({f"sites/{site}.yaml": text + ("name: [坏\n" if broken else "")})
        (self.broken.add if broken else self.broken.discard)(site)

    def add(self, site: str) -> Item:
        """Add an article."""
        chance = self.random.random
        item = Item(site, len(self.items))
        item.pushed, item.headline, item.attached = chance() < 0.3, chance() < 0.3, chance() < 0.3
        others = [one for one in self.items if one.site == site and one.headline == item.headline]
        item.link = f"n{self.random.choice(others).number}.md" if others and chance() < 0.3 else ""
        self.items.append(item)
        return item

    def write_all(self) -> None:
        """Write all articles; unchanged files are left alone."""
        for item in (one for one in self.items if not one.deleted):
            files = {item.path: item.text()}
            if item.attached:
                files[item.path.replace(".md", ".csv")] = f"事项\n{item.attachment}\n"
            for path, text in files.items():
                file = self.root / path
                if not file.is_file() or file.read_text() != text:
                    ClusterFolder(self.root).write({path: text})

    def receivers(self, item: Item) -> list[str]:
        """The receivers of a pushed article. While a site's file is broken, its subordinates belong to the root."""
        below: list[str] = []
        for site in self.sites[1:]:
            above = site
            while above in self.superior and above not in self.broken:
                above = self.superior[above]
                if above == item.site:
                    below.append(site)
        return below if item.pushed else []

    # -- publishing ---------------------------------------------------------------------------------------------------

    def cluster(self) -> PublishedCluster:
        """The cluster for publishing."""
        return PublishedCluster(self.root, load_registry(self.root), self.root / "output")

    def build(self, *sites: str) -> Report:
        """Build the chosen sites, or all."""
        return build(Options(self.root, self.root / "output", sites, jobs=1, now=f"{self.now:%Y-%m-%d %H:%M}"))

    def publish(self, *sites: str) -> PublishReport:
        """Publish the chosen sites, or all, ten minutes later."""
        self.now += timedelta(minutes=10)
        cluster = self.cluster()
        maker = replace(maker_of(cluster, self.now), guard=Guard(share=0.5, least=4))
        return publish_cluster(cluster, cluster.names(sites), maker, PublishOptions())

    def roll_back(self, site: str) -> PublishReport:
        """Roll back to the previous release."""
        self.now += timedelta(minutes=1)
        cluster = self.cluster()
        return publish_rollback(cluster, site, maker_of(cluster, self.now))

    # -- what readers get ---------------------------------------------------------------------------------------------

    def live(self, site: str) -> str:
        """All texts served for a site, locally and at its target, decompressed."""
        trees = [self.root / ".jiyue/releases/live" / site, self.root / "www/live" / site]
        return "\n".join(text for tree in trees for text in texts_of(tree))

    def look(self) -> set[tuple[str, int]]:
        """(site, number) of all articles with any version live at the target."""
        numbers = {f"<h1>{item.title}</h1>": item.number for item in self.items}
        found = set()
        for site in self.sites:
            for page in (self.root / "www/live" / site).rglob("*.html"):
                text = page.read_text()
                head = text.find("<h1>")
                number = numbers.get(text[head : text.find("</h1>", head) + len("</h1>")])
                if number is not None:
                    found.add((site, number))
        return found

    def current(self, item: Item, site: str = "") -> bool:
        """Whether the live page is the present version."""
        tree = self.root / "www/live" / (site or item.site)
        return any(
            f"<h1>{item.title}</h1>" in text and item.body() in text
            for text in (p.read_text() for p in tree.rglob("*.html"))
        )


def texts_of(tree: Path) -> Iterator[str]:
    """Every file of a tree as text, decompressed, including search fragments."""
    for path in sorted(tree.rglob("*")):
        if not path.is_file() or path.suffix in (".br", ".zst"):  # same content as .gz, which is read
            continue
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = zlib.decompress(data, 31)
        elif "/search/" in path.as_posix() and not path.suffix:
            with suppress(ValueError, zlib.error):
                yield fragments.plain(data)
            continue
        yield data.decode("utf-8", "replace")


def tokens_of(items: Iterable[Item]) -> dict[str, Item]:
    """Token -> item, for titles, bodies of all versions and attachments."""
    found: dict[str, Item] = {}
    for item in items:
        found[f"T{item.number:04}z"] = item
        found |= {item.body(version): item for version in range(item.version + 1)}
        found[item.attachment] = item
    return found


HURTS = ("file", "output", "theme", "link", "loss")
"""What stops a site's new release: a broken site file; output that is missing, lacks the theme or contains a link; many
articles deleted at once."""


def hurt(world: World, site: str, kind: str) -> None:
    """Apply one of HURTS to a site; all but the first and the last come after the build."""
    output = world.root / "output" / site
    if kind == "file":
        world.settle(site, broken=True)
    elif kind == "loss":
        for item in [one for one in world.items if one.site == site and not one.gone][1:]:
            item.deleted = True
            (world.root / item.path).unlink(missing_ok=True)
    elif kind == "output":
        shutil.rmtree(output, ignore_errors=True)
    elif kind == "theme":
        for path in output.glob("theme/*.css"):
            path.unlink()
    elif output.is_dir():
        (output / "index.html").unlink(missing_ok=True)
        (output / "index.html").symlink_to("/etc/hostname")


def mend(world: World, site: str) -> None:
    """Repair the damage."""
    world.settle(site)
    home = world.root / "output" / site / "index.html"
    if home.is_symlink():
        home.unlink()
