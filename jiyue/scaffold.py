"""`jiyue new`: the least file for a site, channel, column or article, so that an officer starts from something that builds."""

from __future__ import annotations

import re
from pathlib import Path

from jiyue.catalogue.scan import RESERVED_FOLDERS


class Refused(Exception):
    """Nothing was written; the text says why, in Chinese."""


KINDS = ("province", "prefecture", "county", "department")
ARTICLE_EXTRAS = {
    "document": "doc_number: \nissuer: \ncreated: {day}\nvalidity: 现行有效\n",
    "interpretation": "interprets: \n",
    "response": "responding_unit: \n",
    "rebuttal": "claim: 不实信息的内容\nverdict: 不实\nresponding_unit: \n",
    "letter": "received: {day}\ncategory: 咨询\nunit: \nreplied: {day}\n",
    "survey": "opens: {day}\ncloses: {day}\n",
    "interview": "guests: \nheld: {day}\n",
    "guide": "basis: \nconditions: \nmaterials: \nplace: \nhours: \nphone: \nsteps: \nfee: \ntime_limit: \n",
}


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
    """Write what is asked for; the paths written, relative to root. Raises Refused."""
    makers = {"site": (1, _site), "channel": (2, _entry), "column": (2, _entry), "article": (2, _article)}
    if what not in makers:
        raise Refused(f"不能新建「{what}」，可以是：{'、'.join(makers)}")
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
    if given["kind"] not in KINDS:
        raise Refused(f"没有「{given['kind']}」这种站点，可以是：{'、'.join(KINDS)}")
    if given["superior"] and not (root / "sites" / f"{given['superior']}.yaml").is_file():
        raise Refused(f"没有上级站点 {given['superior']}（sites/{given['superior']}.yaml）")
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


def _entry(what: str, names: list[str], root: Path, given: dict[str, str]) -> list[Path]:
    site, folder = names
    path = root / "sites" / f"{site}.yaml"
    if not path.is_file():
        raise Refused(f"没有站点 {site}（sites/{site}.yaml）")
    if not given["name"]:
        raise Refused("请给出 --name")
    if folder.partition("/")[0] in RESERVED_FOLDERS:
        raise Refused(f"目录名「{folder}」由平台保留，换一个")
    key = f"{what}s"
    text = path.read_text("utf-8")
    if re.search(rf"^\s*-?\s*{{?\s*-?\s*path:\s*[\"']?{re.escape(folder)}[\"']?\s*[,}}]?\s*$", text, re.MULTILINE):
        raise Refused(f"站点 {site} 已经有目录名为 {folder} 的栏目或频道")
    found = re.search(rf"^{key}:[ \t]*(\[\])?[ \t]*(#.*)?$", text, re.MULTILINE)
    items = re.match(r"(?:[ \t]*(?:#.*)?\n)*( *)- ", text[found.end() :]) if found else None
    indent = items[1] if items else "  "
    entry = f"{indent}- path: {folder}\n{indent}  name: {_quoted(given['name'])}\n"
    if found:
        text = text[: found.start()] + f"{key}:\n{entry}" + text[found.end() :].lstrip("\n")
    elif re.search(rf"^{key}:", text, re.MULTILINE):
        raise Refused(f"sites/{site}.yaml 的 {key} 写在一行里，请手工加上这一项")
    else:
        text = text.rstrip("\n") + f"\n{key}:\n{entry}"
    path.write_text(text, "utf-8")
    (root / "content" / site / folder).mkdir(parents=True, exist_ok=True)
    return [path]


def _article(_what: str, names: list[str], root: Path, given: dict[str, str]) -> list[Path]:
    site, column = names
    if not (root / "sites" / f"{site}.yaml").is_file():
        raise Refused(f"没有站点 {site}（sites/{site}.yaml）")
    kind = given["kind"] or "news"
    if kind not in {"news", *ARTICLE_EXTRAS}:
        raise Refused(f"没有「{kind}」这种文章，可以是：news、{'、'.join(ARTICLE_EXTRAS)}")
    day = given["now"][:10]
    folder = root / "content" / site / column
    taken = {p.stem for p in folder.glob("*.md")} if folder.is_dir() else set()
    stem = next(s for n in range(1, 1000) if (s := f"{day.replace('-', '')}-{n:02}") not in taken)
    head = f"title: {_quoted(given['name'] or '标题')}\ndate: {given['now']}\nsource: \n"
    head += f"kind: {kind}\n{ARTICLE_EXTRAS[kind].format(day=day)}" if kind != "news" else ""
    path = folder / f"{stem}.md"
    _write_new(path, f"---\n{head}---\n\n正文\n")
    return [path]


def _quoted(text: str) -> str:
    """A YAML scalar that reads back as the same text."""
    plain = re.fullmatch(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^:#\n\"']*", text) and text == text.strip()
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise Refused(f"{path.name} 已经存在，没有改动") from None
