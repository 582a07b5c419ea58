"""Write docs/rules/: a page for each rule that can fire, and their list (`make docs`).

A page is generated from the rule's declaration and names the module that declares it. Text added below the page's marker
is kept.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "rules"
INDEX = "README.md"
MARKER = "<!-- 以上由 make docs 生成；以下由人编写，不会被改动 -->"

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from jiyue.base.diagnostics import LABELS, RULES, Rule, Severity  # noqa: E402

EFFECTS = {
    Severity.ERROR: "有错误的文章或站点不发布，其余照常发布",
    Severity.WARNING: "只提醒，不影响发布",
    Severity.INFO: "只说明情况，不影响发布",
}


def declared_rules(*packages: str) -> dict[str, Rule]:
    """Id -> rule, after importing all modules of these packages."""
    for package in packages:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith(".__main__"):
                importlib.import_module(module.name)
    return dict(sorted(RULES.items()))


def product_rules() -> dict[str, Rule]:
    """The rules of jiyue/ and, if present, of the plugins."""
    return declared_rules("jiyue", *(["jiyue_plugins"] if (ROOT / "jiyue_plugins").is_dir() else []))


_DECLARED = re.compile(r"\b(?:error|warning|Rule)\(\s*\"([a-z0-9-]+)\"")


def find_modules(root: Path = ROOT) -> dict[str, str]:
    """Rule id -> file that declares it, relative to the root; found by reading the sources."""
    return {
        rule: path.relative_to(root).as_posix()
        for folder in ("jiyue", "jiyue_plugins")
        for path in sorted((root / folder).rglob("*.py"))
        for rule in _DECLARED.findall(path.read_text(encoding="utf-8"))
    }


def rule_page(rule: Rule, module: str = "", before: str = "") -> str:
    """The page of a rule. module: the file that declares it. before: the present page, whose part below the marker is kept."""
    declared = f"\n- 程序：[`{module}`](../../{module})" if module else ""
    return f"""# {rule.title}

- 编号：`{rule.id}`
- 级别：{LABELS[rule.severity]}（{EFFECTS[rule.severity]}）
- 依据：{rule.source}{"" if rule.verified else "（未核对原文）"}{declared}

## 为什么

{rule.why}

## 怎样处理

先看诊断里「处理办法」一行，它针对的是那一处；改好后用 `jiyue check` 复查。

{MARKER}
{before.partition(MARKER)[2].lstrip(chr(10))}"""


def index_page(rules: Iterable[Rule], modules: Mapping[str, str]) -> str:
    """The list of all rules, grouped by the room that declares them, errors first."""
    order = list(Severity)
    rooms: dict[str, list[Rule]] = {}
    for rule in sorted(rules, key=lambda rule: (order.index(rule.severity), rule.id)):
        rooms.setdefault(modules.get(rule.id, "").rpartition("/")[0], []).append(rule)
    sections = "\n".join(_section(room, some, modules) for room, some in sorted(rooms.items()))
    return f"""# 检查规则

诊断方括号里的编号就是规则的编号。错误：{EFFECTS[Severity.ERROR]}。警告：{EFFECTS[Severity.WARNING]}。
规则按所在的程序目录分组；增加一条规则的步骤见 [CONTRIBUTING](../../CONTRIBUTING.md#add-a-rule)。

{sections}"""


def _section(room: str, rules: Iterable[Rule], modules: Mapping[str, str]) -> str:
    rows = "".join(
        f"| [`{rule.id}`]({rule.id}.md) | {LABELS[rule.severity]} | {rule.title} | {rule.source} "
        f"| `{modules.get(rule.id, '').rpartition('/')[2]}` |\n"
        for rule in rules
    )
    return f"## {room or '其他'}\n\n| 编号 | 级别 | 内容 | 依据 | 程序 |\n|---|---|---|---|---|\n{rows}"


def rule_pages(
    rules: Mapping[str, Rule], before: Mapping[str, str], modules: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Name -> text of each file of docs/rules/. before: the present files; modules: read from the sources if not given."""
    modules = find_modules() if modules is None else modules
    pages = {
        f"{rule.id}.md": rule_page(rule, modules.get(rule.id, ""), before.get(f"{rule.id}.md", ""))
        for rule in rules.values()
    }
    return {INDEX: index_page(rules.values(), modules), **pages}


def pages_now(folder: Path = FOLDER) -> dict[str, str]:
    """Name -> text of the pages in the folder."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    before = pages_now()
    pages = rule_pages(product_rules(), before)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in before.keys() - pages.keys():
        (FOLDER / name).unlink()
    for name, text in pages.items():
        if before.get(name) != text:
            (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"docs/rules/：{len(pages) - 1} 条规则。")


if __name__ == "__main__":
    main()
