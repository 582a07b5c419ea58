"""The sources of `jiyue sync`: sites/upstream/<name>.yaml, a file each. A slip in one stops that source alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jiyue.base import yamlfile
from jiyue.base.diagnostics import Diagnostic, did_you_mean, error
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.validation import findings
from jiyue.base.verified_read import digest

if TYPE_CHECKING:
    from jiyue.registry.site import Registry
    from jiyue.registry.upstream import UpstreamFile

FOLDER = "sites/upstream"
SOURCE = error(
    "sync-source",
    "同步来源写得不对",
    "来源文件写错，就不知道从哪里取、放到哪里；只有这一个来源停下，站点和其他来源不受影响。",
)


@dataclass(frozen=True)
class Source:
    """A valid source. id: the name of its file; path: relative to the cluster's root; digest: of the file's bytes."""

    id: str
    path: str
    file: UpstreamFile
    digest: str
    lines: yamlfile.Lines

    def line(self, key: str) -> int:
        """The line of a key, 1 if it is not written."""
        return self.lines.get((key,), 1)


def read_sources(root: Path, registry: Registry, names: Sequence[str] = ()) -> tuple[list[Source], list[Diagnostic]]:
    """The chosen sources (all if none are named) in the order of their names, and what is wrong with the others."""
    sources, problems = [], []
    for path in sorted((root / FOLDER).glob("*.yaml")):
        if not names or path.stem in names:
            source, found = read_source(path, f"{FOLDER}/{path.name}", registry)
            sources += [source] if source else []
            problems += found
    return sources, problems


def known_sources(root: Path) -> list[str]:
    """The names of all sources."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.yaml"))


def read_source(path: Path, name: str, registry: Registry) -> tuple[Source | None, list[Diagnostic]]:  # noqa: PLR0911
    """The source in a file, or what is wrong with it. name: its path relative to the cluster's root."""
    from jiyue.registry.upstream import UpstreamFile  # noqa: PLC0415  (pydantic: 90 ms, only where there is a source)

    try:
        data = path.read_bytes()
        values, lines = yamlfile.parse(decode(data))
    except OSError as problem:
        return None, [SOURCE.at(name, 0, f"读不出来：{problem.strerror}", "检查文件权限")]
    except (NotUtf8, yamlfile.YamlProblem) as problem:
        return None, [SOURCE.at(name, problem.line, problem.message, problem.hint)]
    if not isinstance(values, dict):
        return None, [SOURCE.at(name, 1, "文件是空的或不是「键: 值」的形式", "写法见 docs/linkage.md")]
    file, problems = findings(UpstreamFile, values, lines, name, SOURCE)
    if file is None:
        return None, problems
    if file.site not in registry.sites:
        hint = did_you_mean(file.site, registry.sites) or "写一个已有的站点编号"
        return None, [SOURCE.at(name, lines.get(("site",), 1), f"没有名为「{file.site}」的站点", hint)]
    columns = [column.path for column in registry.sites[file.site].columns]
    if columns and not any(file.column == column or file.column.startswith(f"{column}/") for column in columns):
        hint = did_you_mean(file.column, columns) or "写一个已有的栏目：" + "、".join(columns[:20])
        message = f"站点 {file.site} 没有栏目「{file.column}」"
        return None, [SOURCE.at(name, lines.get(("column",), 1), message, hint, site=file.site)]
    return Source(path.stem, name, file, digest(data), lines), []
