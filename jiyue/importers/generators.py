"""`jiyue import hexo`, `hugo`, `jekyll`, `vuepress`: the sources of a site made by one of these generators.

The texts are read as `jiyue import markdown` reads them, without looking for the clutter of web pages; the old addresses are
those that the generator makes by its settings, as far as these are plain.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from jiyue.importers import front, tags
from jiyue.importers.article import Note
from jiyue.importers.dates import date_in_name, read_date
from jiyue.importers.markdown import NO_SOURCE, finder, read_text, shown_path
from jiyue.importers.reading import clean_lines, text_files
from jiyue.importers.report import ImportReport
from jiyue.importers.texts import MARKUP, Old, Place, import_texts

GENERATORS = ("hexo", "hugo", "jekyll", "vuepress")
_NO_PAGES = frozenset(
    [
        "node_modules",
        "vendor",
        "themes",
        "archetypes",
        "layouts",
        "scaffolds",
        "_site",
        "_layouts",
        "_includes",
        "_sass",
        "public",
    ]
)
"""Folders of a generator's own files."""
_SETTINGS = {
    "hexo": ("_config.yml", "_config.yaml"), "jekyll": ("_config.yml", "_config.yaml"),
    "hugo": ("hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config.yaml", "config/_default/hugo.toml",
             "config/_default/config.toml"),
    "vuepress": (),
}  # fmt: skip
_CONTENT = {"hexo": "source", "hugo": "content", "jekyll": "", "vuepress": "docs"}
_FILES = {
    "hexo": ("source",),
    "hugo": ("static", "assets", "content"),
    "jekyll": ("",),
    "vuepress": (".vuepress/public", ""),
}
_JEKYLL = {
    "date": "/:categories/:year/:month/:day/:title.html", "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html", "none": "/:categories/:title.html",
}  # fmt: skip
_DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})-(.+)")
_TOKEN = re.compile(r":(\w+)")


def import_generator(source: Path, generator: str, place: Place, url: str = "") -> ImportReport:
    """Turn the texts of a generator's site into articles. url: the old site's address, where its settings don't say it.

    Raises ValueError if site or column are not plain folder names.
    """
    report = ImportReport()
    if not source.is_dir():
        hint = "请检查路径；导入需要旧站的源文件夹。"
        report.diagnostics.append(NO_SOURCE.at(shown_path(source), 0, "这个文件夹不存在", hint, site=place.site))
        return report
    old = _Site(source.resolve(), generator, url, place.columns)
    leave_out = place.root.resolve() / "content"
    readings = (
        (shown_path(path.relative_to(old.content)), 0, partial(old.text, path))
        for path in text_files(old.content, leave_out)
        if path.suffix.lower() != ".txt" and not _NO_PAGES.intersection(path.relative_to(old.content).parts[:-1])
    )
    import_texts(readings, place, report)
    return report


class _Site:
    def __init__(self, source: Path, generator: str, url: str, columns: Mapping[str, str]) -> None:
        self.generator, self.columns = generator, columns
        self.top = source
        inner = source / _CONTENT[generator]
        self.content = inner if _CONTENT[generator] and inner.is_dir() else source
        self.settings = _settings(source, generator) or _settings(source.parent, generator)
        given = self.settings.get("url") or self.settings.get("baseURL") or self.settings.get("baseurl") or ""
        base = url or str(given)
        base = base if urlsplit(base).scheme in ("http", "https") else ""
        if generator == "jekyll" and not url:
            base += str(self.settings.get("baseurl") or "")
        if generator == "hexo" and not url and base:
            root = str(self.settings.get("root") or "/").strip("/")
            base += f"/{root}" if root and not urlsplit(base).path.strip("/").endswith(root) else ""
        self.base = base.rstrip("/")

    def text(self, path: Path) -> Old:
        """One text. Raises NotImportedError."""
        decoded, relative = read_text(path), path.relative_to(self.content)
        lines = clean_lines(decoded.text or "")
        try:
            values, taken = front.read(lines)
        except front.BadFrontMatter:
            values, taken = {}, 0  # read_article says where
        fields = {str(key).lower(): value for key, value in values.items()}
        body = tags.plain(lines[taken:], self.generator) if taken or not values else tags.Converted(lines, [])
        is_post = self.is_post(relative)
        return Old(
            relative.as_posix(), [*lines[:taken], *body.lines], self.row(fields, relative, taken=taken), path.stem, False,
            relative.parent.parts, decoded.encoding, addresses=self.addresses(fields, relative, is_post=is_post),
            column=self.column(fields, relative), whole=True, page=not is_post,
            find=finder(self.top, path, [self.content / f if f else self.content for f in _FILES[self.generator]]
                        + [self.top / f for f in _FILES[self.generator]]),
            names=self.names(relative),
            visible=tags.without(lines[taken:]),
            notes=tuple(
                Note(MARKUP, f"标签 {name} 照原样留作文字", "改写成文字、图片或链接，或者删去") for name in body.left
            ),
        )  # fmt: skip

    def is_post(self, relative: Path) -> bool:
        """Whether a text is dated by nature; a single page need not have a date."""
        return self.generator == "hugo" or "_posts" in relative.parts

    def row(self, fields: Mapping[str, Any], relative: Path, *, taken: int) -> dict[str, str]:
        """What the file's name and place say."""
        row: dict[str, str] = {}
        match = _DATED.fullmatch(relative.stem)
        if match and self.generator in ("hexo", "jekyll"):
            row["date"] = match[1]
        if not taken and "title" not in fields and self.generator == "jekyll" and match:
            row["title"] = match[2].replace("-", " ")
        return row

    def names(self, relative: Path) -> tuple[str, ...]:
        """How other texts may call it."""
        plain = relative.with_suffix("").as_posix()
        short = {
            relative.stem,
            _slug(relative.stem),
            plain,
            plain.removesuffix("/index"),
            relative.as_posix(),
            relative.name,
        }
        bundle = {relative.parent.name} if relative.stem in ("index", "_index") and relative.parent.name else set()
        names = {name for one in short | bundle for name in (one, one.removeprefix("_posts/"), f"/{one}")}
        return tuple(sorted(names - {"index", "_index", "README", "index.md", "README.md", "/index", "/README"}))

    def column(self, fields: Mapping[str, Any], relative: Path) -> str:
        given = [*_listed(fields.get("categories")), *_listed(fields.get("category")), *relative.parent.parts]
        return next((self.columns[one] for one in given if one in self.columns), "")

    def addresses(self, fields: Mapping[str, Any], relative: Path, *, is_post: bool) -> tuple[str, ...]:
        """The old addresses, the present one first; () if the settings are not plain."""
        make = {"hexo": self.hexo, "hugo": self.hugo, "jekyll": self.jekyll, "vuepress": self.vuepress}[self.generator]
        present = "" if "_drafts" in relative.parts else make(fields, relative, is_post=is_post)
        former = [one for key in ("aliases", "alias", "redirect_from") for one in _listed(fields.get(key))]
        found = [self.whole(one) for one in (present, *former) if one]
        return tuple(dict.fromkeys(found))

    def whole(self, path: str) -> str:
        if urlsplit(path).scheme:
            return path
        return self.base + quote(path if path.startswith("/") else f"/{path}", safe="/%~!&'()*+,;=:@-._")

    def hexo(self, fields: Mapping[str, Any], relative: Path, *, is_post: bool) -> str:
        if given := str(fields.get("permalink") or ""):
            return given
        if not is_post:
            pretty = re.sub(r"(?:^|/)index$", "/", relative.with_suffix("").as_posix())
            return f"/{pretty.lstrip('/')}" + ("" if pretty.endswith("/") else ".html")
        inner = relative.relative_to(Path(*relative.parts[: relative.parts.index("_posts") + 1]))
        pattern = str(self.settings.get("permalink") or ":year/:month/:day/:title/")
        return self.filled(pattern, fields, inner, inner.with_suffix("").as_posix())

    def jekyll(self, fields: Mapping[str, Any], relative: Path, *, is_post: bool) -> str:
        given = str(fields.get("permalink") or "")
        if given and not given.startswith(":") and given not in _JEKYLL:
            return given
        if not is_post:
            stem = relative.with_suffix("").as_posix()
            if stem.rpartition("/")[2] == "index":
                return f"/{stem.removesuffix('index')}"
            return f"/{stem}/" if self.settings.get("permalink") == "pretty" else f"/{stem}.html"
        pattern = given or str(self.settings.get("permalink") or "date")
        match = _DATED.fullmatch(relative.stem)
        slug = str(fields.get("slug") or (match[2] if match else relative.stem))
        return self.filled(_JEKYLL.get(pattern, pattern), fields, relative, slug)

    def hugo(self, fields: Mapping[str, Any], relative: Path, *, is_post: bool) -> str:
        if given := str(fields.get("url") or ""):
            return given
        stem = relative.parent if relative.stem in ("index", "_index") else relative.with_suffix("")
        section = relative.parts[0] if len(relative.parts) > 1 else ""
        permalinks = self.settings.get("permalinks")
        permalinks = permalinks.get("page", permalinks) if isinstance(permalinks, dict) else {}
        slug = str(fields.get("slug") or stem.name)
        if section in permalinks and relative.stem != "_index":
            return self.filled(str(permalinks[section]), fields, relative, slug)
        path = f"{stem.parent.as_posix()}/{slug}".removeprefix("./") if stem.name else ""
        path = _slug(path) if not self.settings.get("disablePathToLower") else path
        return (
            f"/{path}.html"
            if self.settings.get("uglyURLs") and relative.stem != "_index"
            else f"/{path}/".replace("//", "/")
        )

    def vuepress(self, fields: Mapping[str, Any], relative: Path, *, is_post: bool) -> str:
        if given := str(fields.get("permalink") or ""):
            return given
        stem = relative.with_suffix("").as_posix()
        if relative.stem.lower() in ("readme", "index"):
            return f"/{stem.rpartition('/')[0]}/".replace("//", "/")
        return f"/{stem}.html"

    def filled(self, pattern: str, fields: Mapping[str, Any], relative: Path, slug: str) -> str:
        """A pattern of addresses with its parts, '' if one of them is not known."""
        date = read_date(str(fields.get("date") or "")) or date_in_name(relative.stem)
        parts = {
            "title": slug, "name": relative.stem, "slug": slug, "post_title": slug, "filename": relative.stem,
            "contentbasename": relative.stem, "slugorfilename": slug, "slugorcontentbasename": slug,
            "categories": "/".join(_listed(fields.get("categories")) or _listed(fields.get("category"))),
            "category": "/".join(_listed(fields.get("categories"))) or "uncategorized", "section": relative.parts[0],
            "id": str(fields.get("id") or ""), "abbrlink": str(fields.get("abbrlink") or ""),
            **(_of_date(date) if date else {}),
        }  # fmt: skip
        if any(name not in parts or (not parts[name] and name != "categories") for name in _TOKEN.findall(pattern)):
            return ""
        made = _TOKEN.sub(lambda match: parts[match[1]], pattern)
        return re.sub("/{2,}", "/", made if made.startswith("/") else f"/{made}")


def _of_date(date: datetime) -> dict[str, str]:
    return {
        "year": f"{date:%Y}", "month": f"{date:%m}", "day": f"{date:%d}", "i_month": str(date.month), "i_day": str(date.day),
        "hour": f"{date:%H}", "minute": f"{date:%M}", "second": f"{date:%S}", "y_day": f"{date:%j}",
        "yearday": str(date.timetuple().tm_yday), "short_year": f"{date:%y}",
    }  # fmt: skip


def _slug(text: str) -> str:
    """As Hugo makes an address of a name."""
    return re.sub(r"\s+", "-", text.strip()).lower()


def _listed(value: object) -> list[str]:
    """One or several, categories of Hexo within each other included."""
    if isinstance(value, list):
        return [one for inner in value for one in _listed(inner)]
    return [str(value)] if isinstance(value, str | int) and str(value).strip() else []


def _settings(folder: Path, generator: str) -> dict[str, Any]:
    """A generator's settings; {} if there are none that can be read."""
    for name in _SETTINGS[generator]:
        path = folder / name
        try:
            if path.is_file() and path.stat().st_size < 1 << 20:
                text = path.read_text("utf-8")
                data = tomllib.loads(text) if path.suffix == ".toml" else yaml.load(text, Loader=yaml.BaseLoader)
                return data if isinstance(data, dict) else {}
        except (OSError, ValueError, yaml.YAMLError, RecursionError):
            return {}
    return {}
