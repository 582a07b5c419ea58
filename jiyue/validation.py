"""pydantic's complaints -> diagnostics with file, line, cause and remedy in Chinese, with 「是否想写」."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from jiyue.diagnostics import Diagnostic, Rule, did_you_mean
from jiyue.yamlfile import Lines

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_ELSEWHERE = {"draft": "status: draft"}
"""A key that other programs have -> what says the same here, where no spelling is near enough to tell."""

M = TypeVar("M", bound="BaseModel")


def findings(
    model: type[M], data: Any, lines: Lines, path: str, rule: Rule, site: str = "", first_line: int = 0
) -> tuple[M | None, list[Diagnostic]]:
    """Validate data; the model, or None and one diagnostic a problem. first_line shifts the lines (front matter)."""
    from pydantic import ValidationError  # noqa: PLC0415  (heavy)

    try:
        return model.model_validate(data), []
    except ValidationError as problem:
        return None, [_diagnostic(model, e, data, lines, path, rule, site, first_line) for e in problem.errors()]


def _diagnostic(
    model: type[BaseModel], problem: ErrorDetails, data: Any, lines: Lines, path: str, rule: Rule, site: str,
    first_line: int,
) -> Diagnostic:  # fmt: skip
    loc = _written(tuple(problem["loc"]), data)
    context = problem.get("ctx", {})
    # an error of a whole mapping may be about one of its keys
    if key := context.get("key") or str(context.get("discriminator", "")).strip("'"):
        loc += (key,)
    line = next((lines[loc[:n]] for n in range(len(loc), 0, -1) if loc[:n] in lines), 1)
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    of_mapping = problem["type"] in _OF_MAPPINGS
    message, hint = _of_mapping(problem, key, loc) if of_mapping else _explain(model, problem, key, loc)
    return rule.at(path, line + first_line, message, hint, site=site)


def _written(loc: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    """The place of a problem as it is in the file: pydantic names the chosen member of a union in between."""
    found: list[Any] = []
    for part in loc[:-1]:
        if isinstance(data, dict) and part not in data:
            continue
        found.append(part)
        data = data[part] if isinstance(data, (dict, list)) else None
    return (*found, *loc[-1:])


def _meant(word: str, known: set[str]) -> str:
    here = _ELSEWHERE.get(word, "")
    return f"是否想写 {here}？" if here.partition(":")[0] in known else did_you_mean(word, known)


def _explain(model: type[BaseModel], problem: ErrorDetails, key: str, loc: tuple[Any, ...]) -> tuple[str, str]:  # noqa: PLR0911
    kind, context, given = problem["type"], problem.get("ctx", {}), problem.get("input")
    shown = str(given)[:40]
    if kind == "extra_forbidden":
        known = _keys(model, tuple(problem["loc"]))
        return f"不认识的键「{key}」", _meant(str(loc[-1]), known) or "可用的键：" + "、".join(sorted(known)[:30])
    if kind == "missing":
        return f"缺少「{key}」", f"加一行 {loc[-1]}: …"
    if kind == "literal_error":
        expected = [w.strip("'") for w in str(context.get("expected", "")).replace(" or ", ", ").split(", ")]
        return f"「{key}」不能是「{shown}」", did_you_mean(shown, expected) or "可以写：" + "、".join(expected)
    if kind == "value_error":
        return f"「{key}」的值「{shown}」不对", str(context.get("error", ""))
    if kind == "string_pattern_mismatch":
        return f"「{key}」的值「{shown}」格式不对", "应符合 " + str(context.get("pattern", ""))
    if kind in ("too_long", "too_short") and not isinstance(given, str):
        least, most = context.get("min_length", 0), context.get("max_length", "…")
        return f"「{key}」的项数不对", f"应有 {least} 至 {most} 项"
    if kind.endswith(("too_long", "too_short")):
        return (
            f"「{key}」太长或为空",
            f"长度应在 {context.get('min_length', 1)} 至 {context.get('max_length', '…')} 个字符之间",
        )
    if kind.startswith(("int", "greater", "less")):
        return f"「{key}」的值「{shown}」不是允许的整数", "写一个正整数，如 14"
    if kind.startswith("bool"):
        return f"「{key}」的值「{shown}」不对", "写 true（on）或 false（off）"
    if kind in ("list_type", "tuple_type"):
        return f"「{key}」应是一个列表", f"写成 {loc[-1]}: [甲, 乙]，或每项一行、以「- 」开头"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"「{key}」应是「键: 值」的形式", "缩进两格，每行写一个「键: 值」"
    if kind == "string_type":
        return f"「{key}」应是一段文字", "只写一个值，不要写成列表或多层"
    return f"「{key}」的值「{shown}」不对", problem["msg"]


_OF_MAPPINGS = ("union_tag_invalid", "union_tag_not_found", "secret", "excluded")


def _of_mapping(problem: ErrorDetails, key: str, loc: tuple[Any, ...]) -> tuple[str, str]:
    """What is wrong with one key of a mapping that has several forms; a secret is not shown."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "secret":
        return f"「{key}」含有密码或密钥", "删除它并更换该密钥，改由环境变量或 ssh、git 自己的凭据提供"
    if kind == "excluded":
        return problem["msg"], f"去掉 {loc[-1]}，或改用别的写法"
    if kind == "union_tag_not_found":
        return f"缺少「{key}」", f"加上 {loc[-1]}，写明是哪一种"
    expected = [w.strip("'") for w in str(context.get("expected_tags", "")).split(", ")]
    shown = str(context.get("tag", ""))[:40]
    return f"「{key}」不能是「{shown}」", did_you_mean(shown, expected) or "可以写：" + "、".join(expected)


def _keys(model: type[BaseModel], loc: tuple[Any, ...]) -> set[str]:
    """The keys that may stand where the unknown one stands: walks the model along the path."""
    current: Any = model
    for part, member in pairwise(loc):
        if isinstance(part, str) and hasattr(current, "model_fields") and part in current.model_fields:
            found = list(_models(current.model_fields[part].annotation))
            current = next((m for m in found if len(found) > 1 and member in _tags(m)), found[0] if found else None)
    fields = getattr(current, "model_fields", {})
    return {field.alias or name for name, field in fields.items()}


def _models(annotation: Any) -> Iterator[Any]:
    """list[X], X | None, dict[str, X] -> X, of a union each X, where X is a model."""
    if hasattr(annotation, "model_fields"):
        yield annotation
    for arg in get_args(annotation):
        yield from _models(arg)


def _tags(model: Any) -> tuple[Any, ...]:
    """What tells a model of a union from the others."""
    return tuple(tag for field in model.model_fields.values() for tag in get_args(field.annotation))
