"""All registers of a cluster (sites/registers/): which there are, what is wrong with their files, rows and words, their schemas.

A register belongs to the room that uses it, which may stand above this one; so the list names them and they are imported when a
cluster has registers. No build reads one: what is internal can't come into an output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jiyue.base.diagnostics import Diagnostic, did_you_mean, error
from jiyue.registry.site import REGISTERS as FOLDER
from jiyue.registry.site import Registry, register_site

if TYPE_CHECKING:
    from jiyue.base.cache import Cache
    from jiyue.catalogue.registers import Register
    from jiyue.catalogue.summary import Summary
    from jiyue.checks.runner import Inspector

REGISTERS = {
    "guarantee": "jiyue.responsibility.entries:GUARANTEE",
    "tasks": "jiyue.responsibility.entries:TASKS",
    "roster": "jiyue.responsibility.entries:ROSTER",
    "reading_log": "jiyue.responsibility.entries:READING_LOG",
    "exceptions": "jiyue.build.exceptions:EXCEPTIONS",
    "contracts": "jiyue.checks.repository.contracts:CONTRACTS",
    "costs": "jiyue.resources.entries:COSTS",
    "fee_rates": "jiyue.resources.entries:FEE_RATES",
    "courses": "jiyue.resources.entries:COURSES",
    "exercises": "jiyue.resources.entries:EXERCISES",
}
"""Name of a register, as of its files -> `module:attribute` of its Register."""

_ACROSS = ("jiyue.responsibility.collect:lost_names",)
"""Functions that compare what registers name with the catalogue: (root, registry, summaries, cache, day) -> findings."""

STRAY = error(
    "register-file",
    "不认识的登记簿文件",
    "文件名或者文件夹写错的登记簿不会有人读，里面的任务、期限都不算数。",
    "吉政办发〔2015〕5号（九）（十二）",
)
_JUDGED = ("secrecy-mark", "privacy-id-number", "privacy-bank-card", "privacy-mobile", "privacy-home-address")
"""The rules that hold for internal words too: a register may say 内部, but a repository may hold no secret and nobody's numbers."""


def register(name: str) -> Register[Any]:
    """The register of that name. Raises KeyError."""
    module, _, attribute = REGISTERS[name].partition(":")
    found: Register[Any] = getattr(import_module(module), attribute)
    return found


def register_findings(root: Path, registry: Registry, now: str) -> list[Diagnostic]:
    """What is wrong below sites/registers/. A cluster without that folder pays for one look."""
    folder = root / FOLDER
    if not folder.is_dir():
        return []
    files = [path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()]
    from jiyue.checks.repository.contract_ends import contract_findings  # noqa: PLC0415  (only where there is a register)

    found = findings_in(root, registry, sorted(path.relative_to(root).as_posix() for path in files), now)
    return [*found, *contract_findings(root, registry.urls, now[:10])]


def findings_across(
    root: Path, registry: Registry, summaries: Mapping[str, Summary], cache: Cache, now: str
) -> list[Diagnostic]:
    """What the rows name in vain: sites, columns, articles."""
    if not (root / FOLDER).is_dir():
        return []
    found: list[Diagnostic] = []
    for place in _ACROSS:
        module, _, name = place.partition(":")
        found += getattr(import_module(module), name)(root, registry, summaries, cache, now[:10])
    return found


def findings_in(
    root: Path, registry: Registry, paths: Iterable[str], now: str, files: Path | None = None
) -> list[Diagnostic]:
    """The same for some files of the folder. files: where the versions to judge lie, if not in the cluster itself."""
    found: list[Diagnostic] = []
    for path in paths:
        if path.rpartition("/")[2].lower().startswith((".", "~", "readme")):
            continue
        name, problem = _name(path, registry)
        if problem:
            found.append(problem)
            continue
        try:
            data = ((files or root) / path).read_bytes()
        except OSError as error_:
            found.append(STRAY.at(path, 0, f"读不出来：{error_.strerror}", "检查文件权限", site=register_site(path)))
            continue
        found += _of_file(root, registry, path, data, register(name), now)
    return found


def _name(path: str, registry: Registry) -> tuple[str, Diagnostic | None]:
    """The name of the register that a file is; what is wrong where it is none."""
    *folders, name = path.removeprefix(f"{FOLDER}/").split("/")
    stem, _, suffix = name.rpartition(".")
    site = folders[0] if len(folders) == 1 else ""
    if len(folders) > 1:
        why, hint = "登记簿放得太深", f"放在 {FOLDER}/（全站群的）或 {FOLDER}/站点编号/（一个站点的）"
    elif site and site not in registry.urls:
        why, hint = f"没有站点「{site}」", did_you_mean(site, registry.urls) or "文件夹的名字是站点的编号"
    elif suffix not in ("csv", "yaml"):
        why, hint = f"「{name}」不是登记簿：登记簿是 .csv 或 .yaml 文件", "Excel 表另存为 CSV（UTF-8）"
    elif stem not in REGISTERS:
        known = "、".join(f"{one}（{register(one).title}）" for one in REGISTERS)
        why, hint = f"没有叫「{stem}」的登记簿", did_you_mean(stem, REGISTERS) or f"可以有：{known}"
    else:
        return stem, None
    return "", STRAY.at(path, 0, why, hint, site=site if site in registry.sites else "")


def _of_file(root: Path, registry: Registry, path: str, data: bytes, kind: Register[Any], now: str) -> list[Diagnostic]:
    from jiyue.catalogue.registers import rows_of  # noqa: PLC0415  (pydantic: only where there is a register)
    from jiyue.checks.runner import Inspector  # noqa: PLC0415  (all rules: only where there is a register)

    site = register_site(path)
    found = rows_of(data, path, kind, site)[1]
    judge = registry.sites.get(site) or registry.sites[registry.cluster.root]
    with Inspector(root, judge, registry.cluster, now) as inspector:
        for line, text in _texts(data, path, kind):
            found += [replace(one, site=site) for one in _words(inspector, path, text, line)]
    return found


def _words(inspector: Inspector, path: str, text: str, line: int) -> Iterable[Diagnostic]:
    for one in inspector.site_file(path, text, line):
        if one.rule in _JUDGED:
            yield replace(one, line=line, col=0)


def _texts(data: bytes, path: str, kind: Register[Any]) -> Iterable[tuple[int, str]]:
    """(line, words) of every row, also of those that are wrong."""
    from jiyue.catalogue.ledgers import BadRow, table  # noqa: PLC0415  (only where there is a register)
    from jiyue.catalogue.registers import model_of  # noqa: PLC0415  (pydantic: only where there is a register)

    lines = data.decode("utf-8", "replace").splitlines()
    for row in table(data, path, model_of(kind)):
        if not isinstance(row, BadRow):
            yield row.line, "\n".join(row.cells.values())
        elif 0 < row.line <= len(lines):
            yield row.line, lines[row.line - 1].replace(",", "\n")


def register_schemas() -> dict[str, str]:
    """File name -> JSON Schema of each register as a YAML list of rows. Deterministic."""
    from jiyue.catalogue.schemas import schema_text  # noqa: PLC0415  (for the documentation alone)

    made = {}
    for name in REGISTERS:
        one = register(name)
        items = one.entry.model_json_schema()
        for key, title in one.columns.items():
            items["properties"][key]["description"] = title
        rows = {"type": "array", "items": items, **({"$defs": items.pop("$defs")} if "$defs" in items else {})}
        made[f"register-{name}.schema.json"] = schema_text(one.title, rows)
    return made
