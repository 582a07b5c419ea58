"""`jiyue new`: writes a minimal site, channel, column or article, so that officers start from something that builds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from jiyue.base.diagnostics import did_you_mean
from jiyue.catalogue.index_numbers import next_number
from jiyue.catalogue.kinds import KINDS
from jiyue.catalogue.scan import RESERVED_FOLDERS
from jiyue.registry.load import load_registry
from jiyue.registry.site import REVIEW_STEPS, SITE_KINDS, Column, Registry, Site, site_ids


class Refused(Exception):
    """Nothing was written; str() says why, in Chinese."""


ARTICLE_KINDS = {kind.name: kind.title for kind in KINDS.values() if kind.name != "page"}
"""The kinds that `new article` can create: name → Chinese name."""


def init(folder: Path, *, name: str, url: str, now: str) -> list[str]:
    """Create a cluster of one site with one column and one article. Returns the paths written. Raises Refused."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} 已经有内容，请换一个空目录")
    _write_new(folder / "sites" / "cluster.yaml", f"name: {_quoted(name + '网站群')}\nroot: menhu\n")
    made = ["sites/cluster.yaml"]
    made += create("site", ["menhu"], folder, name=name, kind="province", url=url, now=now)
    made += create("column", ["menhu", "tzgg"], folder, name="通知公告", now=now)
    made += create("article", ["menhu", "tzgg"], folder, name="网站开通", now=now)
    article = folder / made[-1]
    article.write_text(article.read_text("utf-8") + f"{name}网站开通。这篇文章可以修改，也可以删去。\n", "utf-8")
    return list(dict.fromkeys(made))


def create(
    what: str,
    names: list[str],
    root: Path,
    *,
    name: str = "",
    kind: str = "",
    superior: str = "",
    url: str = "",
    now: str,
) -> list[str]:
    """Create a site, channel, column or article. Returns the paths written, relative to root. Raises Refused."""
    makers = {"site": (1, _site), "channel": (2, _entry), "column": (2, _entry), "article": (2, _article)}
    if what not in makers:
        raise Refused(f"不能新建「{what}」，可以是：{'、'.join(makers)}。{did_you_mean(what, makers)}".rstrip("。"))
    count, make = makers[what]
    if len(names) != count:
        example = {"site": "site nanguan --kind county --superior changchun --name 南关区人民政府 --url https://…",
                   "channel": "channel nanguan mingzhu --name 明珠街道", "column": "column changchun tzgg --name 通知公告",
                   "article": "article changchun tzgg --name 关于……的通知"}[what]  # fmt: skip
        raise Refused(f"写法：jiyue new {example}")
    for word in names:
        if not re.fullmatch(r"[^\W_][\w-]*(/[^\W_][\w-]*)*", word):
            raise Refused(f"「{word}」只能用字母、数字、汉字、横线和下划线")
    made = make(what, names, root, {"name": name, "kind": kind, "superior": superior, "url": url, "now": now})
    return [path.relative_to(root).as_posix() for path in made]


def _site(_what: str, names: list[str], root: Path, given: dict[str, str]) -> list[Path]:
    site = names[0]
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", site):
        raise Refused(f"站点编号「{site}」只能用小写字母、数字和横线，以字母开头")
    for key in ("name", "kind", "url"):
        if not given[key]:
            raise Refused(f"请给出 --{key}")
    if given["kind"] not in SITE_KINDS:
        raise Refused(f"没有「{given['kind']}」这种站点，可以是：{'、'.join(SITE_KINDS)}")
    if given["superior"] and not (root / "sites" / f"{given['superior']}.yaml").is_file():
        known = _site_ids(root)
        hint = did_you_mean(given["superior"], known)
        raise Refused(f"没有上级站点 {given['superior']}（sites/{given['superior']}.yaml）。{hint}".rstrip("。"))
    if not re.fullmatch(r"https?://[a-z0-9.:-]+(/[\w./~-]*)?", given["url"], re.ASCII):
        raise Refused(f"网址「{given['url']}」不完整，应如 https://www.jl.example")
    lines = [f"name: {_quoted(given['name'])}", f"kind: {given['kind']}"]
    lines += [f"superior: {given['superior']}"] if given["superior"] else []
    lines += [f"url: {given['url']}"]
    path = root / "sites" / f"{site}.yaml"
    _write_new(path, "\n".join(lines) + "\n")
    folder = root / "content" / site
    folder.mkdir(parents=True, exist_ok=True)
    keep = folder / ".gitkeep"
    keep.touch()
    return [path, keep]


def _site_ids(root: Path) -> set[str]:
    return site_ids(path.name for path in (root / "sites").glob("*.yaml"))


def _entry(what: str, names: list[str], root: Path, given: dict[str, str]) -> list[Path]:
    site, folder = names
    path = root / "sites" / f"{site}.yaml"
    if not path.is_file():
        raise Refused(_no_site(site, _site_ids(root)))
    if not given["name"]:
        raise Refused("请给出 --name")
    if folder.partition("/")[0] in RESERVED_FOLDERS:
        raise Refused(f"目录名「{folder}」由平台保留，换一个")
    key = f"{what}s"
    text = path.read_text("utf-8")
    if re.search(rf"^\s*-?\s*{{?\s*-?\s*path:\s*[\"']?{re.escape(folder)}[\"']?\s*[,}}]?\s*$", text, re.MULTILINE):
        raise Refused(f"站点 {site} 已经有目录名为 {folder} 的栏目或频道")
    match = re.search(rf"^{key}:[ \t]*(\[\])?[ \t]*(#.*)?$", text, re.MULTILINE)
    items = re.match(r"(?:[ \t]*(?:#.*)?\n)*( *)- ", text[match.end() :]) if match else None
    indent = items[1] if items else "  "
    entry = f"{indent}- path: {folder}\n{indent}  name: {_quoted(given['name'])}\n"
    if match:
        text = text[: match.start()] + f"{key}:\n{entry}" + text[match.end() :].lstrip("\n")
    elif re.search(rf"^{key}:", text, re.MULTILINE):
        raise Refused(f"sites/{site}.yaml 的 {key} 写在一行里，请手工加上这一项")
    else:
        text = text.rstrip("\n") + f"\n{key}:\n{entry}"
    path.write_text(text, "utf-8")
    (root / "content" / site / folder).mkdir(parents=True, exist_ok=True)
    return [path]


def column_names(site: Site) -> dict[str, str]:
    """The columns and channels of a site: folder -> name."""
    return {column.path: column.name for column in site.columns}


def chosen_site(registry: Registry, name: str) -> Site:
    """The site of that id. Raises Refused, with the closest known id."""
    if name in registry.broken:
        raise Refused(f"站点 {name} 的配置（sites/{name}.yaml）有错，先运行 jiyue check {name}，改好后再写文章")
    if name not in registry.sites:
        raise Refused(_no_site(name, registry.sites))
    return registry.sites[name]


def chosen_column(root: Path, site: Site, folder: str) -> Column:
    """The column of a folder: a declared one, or a folder in use. Raises Refused, with the closest known column."""
    for column in sorted(site.columns, key=lambda column: -len(column.path)):
        if folder == column.path or folder.startswith(f"{column.path}/"):
            return column
    if (root / "content" / site.id / folder).is_dir():
        return Column(folder.partition("/")[0], folder)
    known = column_names(site)
    by_name = next((path for path, name in known.items() if name == folder), "")
    near = f"是否想写 {by_name}？" if by_name else did_you_mean(folder, known)
    listed = "、".join(f"{path}（{name}）" for path, name in known.items())
    listed = f"已有的栏目：{listed}" if known else "这个站点还没有栏目"
    more = f"新建栏目：jiyue new column {site.id} {folder} --name 名称"
    raise Refused("\n".join(line for line in (f"站点 {site.id} 没有栏目「{folder}」。{near}", listed, more) if line))


def _no_site(name: str, known: Iterable[str]) -> str:
    return f"没有站点 {name}（sites/{name}.yaml）。{did_you_mean(name, known)}".rstrip("。")


def _article(_what: str, names: list[str], root: Path, given: dict[str, str]) -> list[Path]:
    site = chosen_site(load_registry(root), names[0])
    column = chosen_column(root, site, names[1])
    kind = given["kind"] or "news"
    if kind not in ARTICLE_KINDS:
        near = did_you_mean(kind, ARTICLE_KINDS)
        raise Refused(f"没有「{kind}」这种文章，可以是：{'、'.join(ARTICLE_KINDS)}。{near}".rstrip("。"))
    if not given["name"].strip():
        raise Refused("请用 --name 给出标题")
    day = given["now"][:10]
    folder = root / "content" / site.id / names[1]
    taken = {p.stem for p in folder.glob("*.md")} if folder.is_dir() else set()
    stem = next(s for n in range(1, 1000) if (s := f"{day.replace('-', '')}-{n:02}") not in taken)
    path = folder / f"{stem}.md"
    _write_new(path, starting_text(root, site, column, kind, given["name"], given["now"]))
    return [path]


def starting_text(root: Path, site: Site, column: Column, kind: str, title: str, now: str) -> str:
    """What a new article begins with: its front matter, and no body."""
    head = _front_matter(site, column, kind, title, now)
    if kind == "document":
        number = next_number(site, root / "content" / site.id, now[:4])
        head = head.replace("issuer: ", f"index_no: {number}\nissuer: ", 1)
    return f"---\n{head}---\n\n"


def _front_matter(site: Site, column: Column, kind: str, title: str, now: str) -> str:
    """Front matter with known values filled in, and empty fields for officers and reviewers to complete."""
    rows = [
        f"title: {_quoted(title)}",
        f"date: {now}",
        f"source: {_quoted(site.facts.get('sponsor') or site.name)}",
        f"author: {_quoted(_post(site, '信息联络员', now))}",
        "summary: ",
        "keywords: ",
    ]
    rows += [f"kind: {kind}", KINDS[kind].starter.format(day=now[:10]).rstrip("\n")] if kind != "news" else []
    return "\n".join([*rows, *review_rows(site, column.path, now)]) + "\n"


def review_rows(site: Site, column: str, now: str) -> list[str]:
    """The lines of front matter in which the reviewers that a column requires enter the date; [] if it requires none."""
    steps = [step for step in ("first", "second", "secrecy", "final") if step in site.review_steps(column)]
    rows = [f"  {step}: {{by: {_quoted(_post(site, REVIEW_STEPS[step], now))}, date: }}" for step in steps]
    return ["review:", *rows] if rows else []


def _post(site: Site, role: str, now: str) -> str:
    """The post that holds a role at a site today; '' if none is registered."""
    day = now[:10]
    holders = [o for o in site.officers if o.get("role") == role]
    return next((o["post"] for o in holders if o.get("since", "") <= day <= o.get("until", "9999")), "")


def _quoted(text: str) -> str:
    """A YAML scalar that reads back as the same text."""
    if not text:
        return ""
    plain = re.fullmatch(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^:#\n\"',\[\]{}]*", text) and text == text.strip()
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise Refused(f"{path.name} 已经存在，没有改动") from None
