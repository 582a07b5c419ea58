"""A file is public or hidden together with the articles that refer to it, checked on every byte of the output."""

from __future__ import annotations

from pathlib import Path

from tests.checks.test_attachments import picture
from tests.checks.test_gate import SECRET, article, nowhere
from tests.support.cluster import Built, ClusterFolder, new_cluster

LIST = "名单的内容甲乙丙\n"
SITE = "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n"
HIDING = {
    "draft": ("status: draft\n", ""),
    "embargo": ("publish_at: 2026-11-24 08:00\n", ""),
    "expired": ("expires: 2026-11-22 08:00\n", ""),
    "withdrawn": ("withdraw: {at: 2026-11-22, reason: 有误}\n", ""),
    "unapproved": ("", ""),
    "secret": ("", f"身份证号：{SECRET}"),
    "error": ("titel: 写错的键\n", ""),
}
WAYS = {
    "link": "[名单](list.csv)",
    "picture": "![图](list.png)",
    "reference": "见[名单][1]。\n\n[1]: list.csv",
    "tag": '<a href="list.csv">名单</a>',
    "empty": "[](list.csv)",
    "film": '<video src="list.mp4" controls></video>',
    "parent": "[名单](../parent/list.csv)",
    "top": "[名单](/top/list.csv)",
}
PLACES = ("tzgg/list.csv", "files/list.csv", "list.csv")


def public(built: Built) -> set[str]:
    return {name for name in built.files() if name.startswith("jilin/") and "list" in name.rpartition("/")[2]}


def cluster(root: Path, text: str, site: str = SITE, where: str = "tzgg/list.csv") -> ClusterFolder:
    return new_cluster(
        root,
        {
            "sites/jilin.yaml": site,
            "content/jilin/tzgg/hidden.md": text,
            f"content/jilin/{where}": picture(kind="PNG") if where.endswith(".png") else LIST,
            "content/jilin/yw/other.md": article("另一篇。", "别的文章"),
        },
    )


def test_what_hides_an_article_hides_its_files(tmp_path: Path) -> None:
    """Each reason on a site of its own, whose article refers to a file in its column, in files/ and at the top."""
    links = " ".join(f"[名单](/{where})" for where in PLACES)
    below = SITE.replace("province", "department") + "superior: jilin\n"
    plain = {f"sites/{why}.yaml": below.replace("www.jl", f"{why}.jl") for why in HIDING}
    shown = {f"content/{why}/tzgg/hidden.md": article(links, "藏着的文章") for why in HIDING}
    hidden = {
        f"content/{why}/tzgg/hidden.md": article(f"{links}\n\n{body}", "藏着的文章", more)
        for why, (more, body) in HIDING.items()
    }
    folder = new_cluster(
        tmp_path,
        {"sites/jilin.yaml": SITE} | plain | hidden
        | {f"content/{why}/{where}": LIST for why in HIDING for where in PLACES}
        | {f"content/{why}/yw/other.md": article("另一篇。", "别的文章") for why in HIDING}
        | {"sites/unapproved.yaml": plain["sites/unapproved.yaml"] + "columns: [{path: tzgg, name: 通知, review: required}]\n"},
    )  # fmt: skip
    built = folder.build()
    nowhere(built, "名单的内容甲乙丙", "藏着的文章")
    folder.write(shown | plain)
    files = folder.build().files()
    missing = {f"{why}/{where}" for why in HIDING for where in PLACES} - set(files)
    assert not missing


def test_however_it_is_referred_to(tmp_path: Path) -> None:
    """Each way in a column of its own."""
    embargo = "publish_at: 2026-11-24 08:00\n"
    kinds = {"picture": ("list.png", picture(kind="PNG")), "film": ("list.mp4", LIST)}
    files = {way: kinds.get(way, ("list.csv", LIST)) for way in WAYS}
    folder = new_cluster(
        tmp_path,
        {"sites/jilin.yaml": SITE, "content/jilin/yw/other.md": article("另一篇。", "别的文章")}
        | {f"content/jilin/{way}/hidden.md": article(text, "以后", embargo) for way, text in WAYS.items()}
        | {f"content/jilin/{way}/{name}": data for way, (name, data) in files.items()},
    )
    assert public(folder.build()) == set()
    later = folder.build(today="2026-11-24T08:00")
    assert {f"jilin/{way}/{name}" for way, (name, _) in files.items()} <= public(later)
    assert later.files() == folder.build("--no-cache", today="2026-11-24T08:00", output=tmp_path / "clean").files()
    assert public(folder.build(today="2026-11-24T07:59")) == set()


def test_one_public_article_is_enough_and_none_too_few(tmp_path: Path) -> None:
    folder = cluster(tmp_path, article("[名单](list.csv)", "草稿", "status: draft\n"))
    folder.write({"content/jilin/yw/other.md": article("[名单](../tzgg/list.csv)", "别的文章")})
    assert public(folder.build()) == {"jilin/tzgg/list.csv"}
    folder.remove("content/jilin/yw/other.md", "content/jilin/tzgg/hidden.md")
    built = folder.build()
    assert public(built) == set()
    [finding] = built.diagnostics
    assert (finding["rule"], finding["path"]) == ("file-unused", "content/jilin/tzgg")
    assert finding["message"] == "1 个文件没有文章引用，不发布：list.csv"


def test_files_of_the_whole_site_need_no_article(tmp_path: Path) -> None:
    folder = cluster(tmp_path, article("正文。"), where="files/list.csv")
    folder.write({"content/jilin/list.txt": "baidu-site-verification", "content/jilin/images/list.csv": LIST})
    built = folder.build()
    assert public(built) == {"jilin/files/list.csv", "jilin/list.txt", "jilin/images/list.csv"}
    assert built.diagnostics == []


def test_a_file_of_a_withdrawn_article_is_buried_like_its_page(tmp_path: Path) -> None:
    folder = cluster(tmp_path, article("[名单](list.csv)", "撤下的", HIDING["withdrawn"][0]))
    rows = (folder.build().output / "_cluster/withheld.json").read_text()
    assert '"path": "content/jilin/tzgg/list.csv"' in rows
    assert '"url": "/tzgg/list.csv"' in rows


def test_a_shared_file_of_a_reviewed_site_needs_an_approved_article(tmp_path: Path) -> None:
    places = ("files/list.csv", "images/list.png", "list.csv")
    links = " ".join(f"[名单](/{where})" for where in places)
    reviewed = SITE + "profile: strict\n"
    officers = "officers:\n" + "".join(
        f"  - {{post: {role}岗, unit: 办公室, role: {role}}}\n" for role in ("初审", "复审", "终审", "保密审查")
    )
    folder = cluster(tmp_path, article("没有提到它们。", "一篇"), reviewed + officers, places[0])
    folder.write({
        "sites/profiles/strict.yaml": "name: x\nextends: basic\nreview: [final]\n",
        "content/jilin/images/list.png": picture(kind="PNG"),
        "content/jilin/list.csv": LIST,
    })  # fmt: skip
    built = folder.build()
    assert public(built) == set()
    assert "file-unused" in built.rules()
    approved = "review:\n  final: {by: 终审岗, date: 2026-11-19}\n"
    folder.write({"content/jilin/tzgg/hidden.md": article(links, "一篇", approved)})
    assert {f"jilin/{where}" for where in places} <= public(folder.build())
    folder.write({"content/jilin/tzgg/hidden.md": article(links, "一篇")})
    assert public(folder.build()) == set()
