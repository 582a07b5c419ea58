"""Turns pydantic validation errors into diagnostics: file, line, cause and remedy in Chinese, with 「是否想写」 hints."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from jiyue.base.diagnostics import Diagnostic, Rule, did_you_mean
from jiyue.base.patterns import pattern
from jiyue.base.yamlfile import Lines

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_ELSEWHERE = {
    "draft": "status: draft",
    "题目": "title",
    "名称": "title",
    "日期": "date",
    "时间": "date",
    "发布日期": "date",
    "信息来源": "source",
    "作者": "author",
    "编辑": "author",
    "责任编辑": "author",
    "简介": "summary",
    "关键字": "keywords",
    "标签": "keywords",
    "类型": "kind",
    "文章类型": "kind",
    "更新时间": "updated",
    "状态": "status",
    "审核": "review",
    "定时发布": "publish_at",
    "到期": "expires",
    "有效期": "expires",
    "推送": "push_down",
    "报送": "report_up",
    "转载": "repost_of",
    "AIGC": "ai_generated",  # written by tools of generation at the head of their texts
    "解读": "interprets",
    "文号": "doc_number",
    "网址": "url",
    "上级": "superior",
    "栏目": "columns",
    "域名": "domain",
}
"""Keys that officers or other programs use -> our key, or `key: value`. The Chinese field names come from the models."""

_CHINESE = pattern("[\u4e00-\u9fff]{2,}")

MAX_REPORTED = 50
"""Problems listed one by one for each file. Guessing what an unknown key was meant to be is slow."""

M = TypeVar("M", bound="BaseModel")


def findings(
    model: type[M], data: Any, lines: Lines, path: str, rule: Rule, site: str = "", first_line: int = 0
) -> tuple[M | None, list[Diagnostic]]:
    """Validate data against a model.

    Returns (model, []) or (None, one diagnostic per problem). first_line is added to each line number: front matter
    does not start on the first line of its file.
    """
    try:
        return model.model_validate(data), []
    except ValueError as problem:
        from pydantic import ValidationError  # noqa: PLC0415  (1 µs where it is loaded already, in each article that is right)

        if not isinstance(problem, ValidationError):
            raise
        all_errors = problem.errors()
    errors = all_errors[:MAX_REPORTED]
    misspelt = {_meant(model, e).partition(":")[0] for e in errors if e["type"] == "extra_forbidden"}
    reported = [e for e in errors if e["type"] != "missing" or str(e["loc"][-1]) not in misspelt]
    diagnostics = [_diagnostic(model, e, data, lines, path, rule, site, first_line) for e in reported]
    if len(all_errors) > MAX_REPORTED:
        more = f"还有 {len(all_errors) - MAX_REPORTED} 处不对，未逐一列出"
        diagnostics.append(
            rule.at(path, diagnostics[-1].line if diagnostics else 1 + first_line, more, "先改正前面的", site=site)
        )
    return None, diagnostics


def _diagnostic(
    model: type[BaseModel], problem: ErrorDetails, data: Any, lines: Lines, path: str, rule: Rule, site: str,
    first_line: int,
) -> Diagnostic:  # fmt: skip
    loc = _source_path(tuple(problem["loc"]), data)
    context = problem.get("ctx", {})
    # an error on a whole mapping may concern one of its keys
    if key := context.get("key") or str(context.get("discriminator", "")).strip("'"):
        loc += (key,)
    line = next((lines[loc[:n]] for n in range(len(loc), 0, -1) if loc[:n] in lines), 1)
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    of_mapping = problem["type"] in _OF_MAPPINGS
    message, hint = _of_mapping(problem, key, loc) if of_mapping else _explain(model, problem, key, loc)
    return rule.at(path, line + first_line, message, hint, site=site)


def _source_path(loc: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    """The path of a problem in the file. pydantic adds the name of the chosen union member, which is no key there."""
    path: list[Any] = []
    for part in loc[:-1]:
        if isinstance(data, dict) and part not in data:
            continue
        path.append(part)
        data = data[part] if isinstance(data, (dict, list)) else None
    return (*path, *loc[-1:])


def _meant(model: type[BaseModel], problem: ErrorDetails) -> str:
    """The likely intended key for an unknown one: `title`, or a whole line (`title: 通知`); '' if nothing is close."""
    loc = problem["loc"]
    word, known = str(loc[-1]), _keys(model, loc)
    here = _ELSEWHERE.get(word, "")
    if here.partition(":")[0] in known:
        near = here
    else:
        near = next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.6)), "")
        near = known.get(near, near)
    given = problem.get("input")
    plain = not word.isascii() and ":" not in near and isinstance(given, str)
    return f"{near}: {given[:40]}" if near and plain else near


def _explain(model: type[BaseModel], problem: ErrorDetails, key: str, loc: tuple[Any, ...]) -> tuple[str, str]:  # noqa: PLR0911
    kind, context, given = problem["type"], problem.get("ctx", {}), problem.get("input")
    shown = str(given)[:40]
    if kind == "extra_forbidden":
        near = _meant(model, problem)
        known = [name for name in _keys(model, problem["loc"]).values() if name]
        return f"不认识的键「{key}」", f"是否想写 {near}？" if near else "可用的键：" + "、".join(dict.fromkeys(known))
    if kind == "missing":
        return f"缺少「{key}」", f"加一行 {loc[-1]}: …"
    if kind == "literal_error":
        expected = [w.strip("'") for w in str(context.get("expected", "")).replace(" or ", ", ").split(", ")]
        return f"「{key}」不能是「{shown}」", did_you_mean(shown, expected) or "可以写：" + "、".join(expected)
    if kind == "value_error":
        contradict = isinstance(given, dict)  # the parts of a whole, not one of them
        where = f"「{key}」" if key else ""
        return f"{where}各项互相矛盾" if contradict else f"{where}的值「{shown}」不对", str(context.get("error", ""))
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
        word = {"是": "true", "否": "false"}.get(shown, "")
        return f"「{key}」的值「{shown}」不对", f"写成 {loc[-1]}: {word}" if word else "写 true（on）或 false（off）"
    if kind in ("list_type", "tuple_type"):
        return f"「{key}」应是一个列表", f"写成 {loc[-1]}: [甲, 乙]，或每项一行、以「- 」开头"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"「{key}」应是「键: 值」的形式", "缩进两格，每行写一个「键: 值」，冒号用英文半角，后面空一格"
    if kind == "string_type":
        return f"「{key}」应是一段文字", "只写一个值，不要写成列表或多层；以 [ 或 { 开头的文字，整个用英文双引号括起来"
    return f"「{key}」的值「{shown}」不对", problem["msg"]


_OF_MAPPINGS = ("union_tag_invalid", "union_tag_not_found", "secret", "excluded")


def _of_mapping(problem: ErrorDetails, key: str, loc: tuple[Any, ...]) -> tuple[str, str]:
    """Message and hint for a key of a tagged union. Never shows the value of a secret."""
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


def _keys(model: type[BaseModel], loc: tuple[Any, ...]) -> dict[str, str]:
    """The valid keys at the place of an unknown one, and their Chinese names, each -> the key. Walks the model along loc."""
    current: Any = model
    for part, member in pairwise(loc):
        if isinstance(part, str) and hasattr(current, "model_fields") and part in current.model_fields:
            models = list(_models(current.model_fields[part].annotation))
            current = next((m for m in models if len(models) > 1 and member in _tags(m)), models[0] if models else None)
    fields = getattr(current, "model_fields", {})
    keys = {field.alias or name: field.alias or name for name, field in fields.items()}
    for name, field in fields.items():
        chinese = _CHINESE.match(field.description or "")
        if chinese:
            keys.setdefault(chinese[0], field.alias or name)
    return keys


def _models(annotation: Any) -> Iterator[Any]:
    """The models in an annotation: list[X], X | None and dict[str, X] give X; a union gives each member."""
    if hasattr(annotation, "model_fields"):
        yield annotation
    for arg in get_args(annotation):
        yield from _models(arg)


def _tags(model: Any) -> tuple[Any, ...]:
    """The literal values that identify one model of a tagged union."""
    return tuple(tag for field in model.model_fields.values() for tag in get_args(field.annotation))
