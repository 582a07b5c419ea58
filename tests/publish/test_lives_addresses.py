"""Of a site that closed, moved to another host, changed its id or was merged into another, every address still answers."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

from jiyue.publish.release.manifest import SIDECARS
from jiyue.registry.url_ledger import IGNORED
from tests.support.cluster import new_cluster
from tests.support.nginx import Get, served_by_nginx
from tests.support.publication import ARTICLE, Live

SITES = {"kj": "科学技术局", "da": "档案局", "cc": "长春市人民政府", "mz": "民政局", "yb": "延边州人民政府"}
"""kj closes, its content becomes a channel of the portal; da closes and is archived; cc gets another id; mz is merged into
the portal and its file removed; yb gets another host."""
CHANNELS = (
    "channels:\n  - {path: kjj, name: 科学技术局, type: department}\n  - {path: mzj, name: 民政局, type: department}\n"
)
CLOSING = "closing: {announced: 2026-10-20, closes: 2026-11-24, moved_to: %s}\n"
NOW = "2026-11-24T10:00"
FORMER = "formerly:\n  - {id: mz, name: 民政局, until: 2026-11-23, to: mzj}\n"


def addresses(tree: Path) -> list[str]:
    """Every address that readers may have kept: all files but those that only pages use."""
    names = (path.relative_to(tree).as_posix() for path in sorted(tree.rglob("*")) if path.is_file())
    return [
        "/" + name.removesuffix("index.html")
        for name in names
        if not f"/{name}".startswith(IGNORED) and name != "404.html" and not name.endswith(tuple(SIDECARS))
    ]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Live, dict[str, list[str]]]:
    """The cluster after all of it, and the addresses of each site before."""
    root = tmp_path_factory.mktemp("lives") / "c"
    deploy = f"deploy: {{kind: folder, path: {root / 'www'}}}\n"
    jilin = f"name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n{CHANNELS}{deploy}"
    files: dict[str, str | bytes] = {
        "sites/cluster.yaml": "name: 站群\nroot: jilin\nsearch: off\n", "sites/jilin.yaml": jilin,
    }  # fmt: skip
    for site, name in SITES.items():
        more = CLOSING % {"kj": "jilin/kjj", "da": "archived"}[site] if site in ("kj", "da") else ""
        kind = "prefecture" if site in ("cc", "yb") else "department"
        url = f"https://{site}.example"
        files[f"sites/{site}.yaml"] = f"name: {name}\nkind: {kind}\nsuperior: jilin\nurl: {url}\n{more}{deploy}"
        for n in (1, 2):
            files[f"content/{site}/tzgg/n{n}.md"] = ARTICLE.format(n=n, more="") + f"\n{site}，见[附件](a{n}.csv)。\n"
            files[f"content/{site}/tzgg/a{n}.csv"] = f"{site},{n}\n1,2\n"
    files["content/kj/tzgg/n3.md"] = ARTICLE.format(n=3, more="slug: broken\n")
    live = Live(new_cluster(root, files))
    live.go()
    before = {site: addresses(live.tree(site)) for site in SITES}
    texts = {site: (root / f"sites/{site}.yaml").read_text() for site in SITES}
    content = root / "content"
    # n2 of kj and mz is taken over, n1 is not
    for site, channel in (("kj", "kjj"), ("mz", "mzj")):
        (content / "jilin" / channel / "tz").mkdir(parents=True)
        for name in ("n2.md", "a2.csv"):
            shutil.move(content / site / "tzgg" / name, content / "jilin" / channel / "tz" / name)
    (content / "kj/tzgg/n3.md").write_text(
        "---\ntitle: [坏\n---\n"
    )  # its published version would stay on a site that is open
    (content / "cc").rename(content / "changchun")
    live.folder.remove("sites/cc.yaml", "sites/mz.yaml", "content/mz")
    live.folder.write({
        "sites/jilin.yaml": jilin + FORMER,
        "sites/changchun.yaml": texts["cc"] + "formerly: [{id: cc}]\n",
        "sites/yb.yaml": texts["yb"].replace("yb.example", "yanbian.example") + 'formerly: [{url: "https://yb.example"}]\n',
    })  # fmt: skip
    live.go(today=NOW)
    return live, before


@pytest.fixture(scope="module")
def get(moved: tuple[Live, dict[str, list[str]]], tmp_path_factory: pytest.TempPathFactory) -> Get:
    with served_by_nginx(moved[0].root, tmp_path_factory.mktemp("nginx") / "n") as get:
        yield get  # type: ignore[misc]


def test_every_address_of_each_site_answers(moved: tuple[Live, dict[str, list[str]]], get: Get) -> None:
    before = moved[1]
    answers = {site: {path: get(f"{site}.example", quote(path)) for path in paths} for site, paths in before.items()}
    unanswered = [
        (s, path) for s, some in answers.items() for path, one in some.items() if one[0] not in (200, 301, 410)
    ]
    assert unanswered == []
    for site, some in answers.items():
        for path, (status, location, _) in some.items():
            if status == 301:
                host, _, there = location.removeprefix("https://").partition("/")
                assert get(host or f"{site}.example", f"/{there}")[0] == 200, (path, location)
    assert all(len(some) > 10 for some in answers.values())


def test_a_closed_site_shows_its_notice_and_leads_to_what_took_its_content_over(
    moved: tuple[Live, dict[str, list[str]]], get: Get
) -> None:
    live, _ = moved
    home = get("kj.example", "/")
    assert home[0] == 200
    assert "科学技术局网站已于2026年11月24日关停，内容并入吉林省人民政府网站“科学技术局”频道。" in home[2].decode()
    assert get("kj.example", "/tzgg/")[:2] == (301, "https://www.jl.example/kjj/")
    ledger = live.ledger("kj")
    assert "/tzgg/a2.csv -> https://www.jl.example/kjj/tz/a2.csv" in ledger
    assert "/tzgg/a1.csv gone 2026-11-24 关停" in ledger
    [page] = [line for line in ledger if line.startswith("/tzgg/") and ".html -> " in line]
    assert page.endswith(live.url(2, "jilin"))
    assert get("kj.example", "/tzgg/broken.html")[0] == 410
    status, _, body = get("kj.example", "/tzgg/a1.csv")
    assert status == 410
    assert "已于2026年11月24日关停" in body.decode()
    assert get("da.example", "/tzgg/")[:2] == (301, "/")
    assert "内容归档保存" in get("da.example", "/")[2].decode()


def test_a_site_that_was_renamed_or_merged_leads_on_from_its_old_names(
    moved: tuple[Live, dict[str, list[str]]], get: Get
) -> None:
    live, before = moved
    assert not (live.root / "sites/ledger/cc.txt").exists()
    old = next(path for path in before["cc"] if path.startswith("/tzgg/") and path.endswith(".html"))
    status, location, _ = get("cc.example", old)
    assert (status, get("cc.example", location)[0]) == (301, 200)
    assert get("yb.example", "/tzgg/a1.csv")[:2] == (301, "https://yanbian.example/tzgg/a1.csv")
    assert get("mz.example", "/tzgg/a2.csv")[:2] == (301, "https://www.jl.example/mzj/tz/a2.csv")
    assert get("mz.example", "/")[:2] == (301, "https://www.jl.example/mzj/")
    assert get("mz.example", "/tzgg/a1.csv")[0] == 410
    assert "url-lost" not in live.run("check", code=1)  # nothing of it is lost, now or at the next publication
    before_again = {site: live.ledger(site) for site in ("kj", "da", "changchun", "mz", "yb", "jilin")}
    live.run("publish", "--every", today=NOW)
    assert {site: live.ledger(site) for site in before_again} == before_again


def test_a_site_that_gets_another_host_without_saying_so_is_told(moved: tuple[Live, dict[str, list[str]]]) -> None:
    live, _ = moved
    text = (live.root / "sites/da.yaml").read_text()
    live.folder.write({"sites/da.yaml": text.replace("da.example", "dang.example")})
    told = live.go(code=1, today=NOW)
    assert "[url-lost] 网址由 https://da.example 改为 https://dang.example" in told
    assert "formerly: [{url: https://da.example}]" in told
    live.folder.write({"sites/da.yaml": text})
