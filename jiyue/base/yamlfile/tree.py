"""Parses any YAML with PyYAML's C parser, without resolving types.

So `0431` keeps its zero, `no` stays 「no」 and a date stays as typed; the typed models decide what a text means. Tags
and duplicate keys are rejected; depth and size are limited, and an alias counts each time it is used. This keeps out
YAML bombs and Python objects.
"""

from __future__ import annotations

from typing import Any

import yaml

from jiyue.base.patterns import pattern
from jiyue.base.yamlfile.problem import Lines, YamlProblem

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_MAX_DEPTH = 12
_MAX_NODES = 20_000
_PLAINLY_SHALLOW = 4_000
"""A text shorter than this with few opening brackets and dashes can't nest deeply enough to exhaust the C stack."""
_CONTROL = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

_CAUSES = (
    ("mapping values are not allowed", "一行里多了一个冒号", "含冒号的内容请用英文双引号括起来"),
    ("could not find expected ':'", "缺少冒号", "每行写成「键: 值」，冒号用英文半角，后面空一格"),
    ("did not find expected key", "缩进不齐或引号不配对", "检查本行与上一行的缩进和引号"),
    ("found unexpected end of stream", "引号没有结束", "补上缺少的引号"),
    ("special characters are not allowed", "含有不可见的控制字符", "删除该字符"),
    ("cannot start any token", "值以特殊符号开头", "把这个值用英文双引号括起来"),
    ("found undefined", "引用了不存在的别名", "以 * 或 & 开头的内容请用英文双引号括起来"),
    ("undefined tag handle", "用了 YAML 标签", "以 ! 开头的内容请用英文双引号括起来"),
)


def _explain(error: yaml.YAMLError, source: str) -> YamlProblem:
    text = str(error)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if "unexpected end of stream" in text:  # the fix belongs where the quote begins
        mark = getattr(error, "context_mark", None) or mark
    line, col = (mark.line + 1, mark.column + 1) if mark else (1, 0)
    rows = source.split("\n")
    if mark and mark.line < len(rows) and "\t" in rows[mark.line][: mark.column + 1]:
        return YamlProblem(line, rows[mark.line].index("\t") + 1, "用了制表符（Tab）缩进", "把 Tab 换成空格")
    for needle, message, hint in _CAUSES:
        if needle in text:
            return YamlProblem(line, col, message, hint)
    return YamlProblem(line, col, "不是有效的 YAML", "对照示例检查缩进、冒号和引号")


class _Composer:
    """Converts nodes to plain values and counts them, so that a YAML bomb is stopped early."""

    def __init__(self) -> None:
        self.lines: Lines = {}
        self.count = 0

    def value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        self.count += 1
        if self.count > _MAX_NODES or len(path) > _MAX_DEPTH:
            raise YamlProblem(node.start_mark.line + 1, 1, "内容过大或嵌套过深", "拆分内容，不要使用 YAML 别名")
        if (node.tag and not node.tag.startswith("tag:yaml.org,2002:")) or node.tag.startswith(
            "tag:yaml.org,2002:python"
        ):
            raise YamlProblem(node.start_mark.line + 1, 1, f"不允许使用标签 {node.tag}", "删除以 ! 开头的标签")
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            if not node.value.isprintable() and _CONTROL.search(node.value):  # written as an escape: "\x1e"
                raise YamlProblem(node.start_mark.line + 1, 1, "含有不可见的控制字符", "删除该字符")
            return node.value
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, yaml.MappingNode)
        return self.mapping(node, path)

    def mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlProblem(line, 1, "键必须是一个词", "以 { [ ? 开头的内容请用英文双引号括起来")
            key = key_node.value
            if key in result:
                raise YamlProblem(line, 1, f"「{key}」写了两次", "只保留一个")
            result[key] = self.value(value_node, (*path, key))
            self.lines[(*path, key)] = line
        return result


def _refuse_bombs(text: str) -> None:
    """Reject deep or huge YAML by its events. The C composer recurses per level, which would crash, and holds all nodes."""
    if len(text) < _PLAINLY_SHALLOW and sum(map(text.count, "[{-?")) < 100:
        return
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH or count > 3 * _MAX_NODES:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise YamlProblem(line, 1, "内容过大或嵌套过深", "拆分内容，不要使用 YAML 别名")


def compose(text: str) -> tuple[Any, Lines]:
    """A YAML text -> its value of dicts, lists and strings (None if empty), and the lines. Raises YamlProblem."""
    composer = _Composer()
    loader = None
    try:
        _refuse_bombs(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        return (None if node is None else composer.value(node, ())), composer.lines
    except yaml.YAMLError as problem:
        raise _explain(problem, text) from None
    except RecursionError:
        raise YamlProblem(1, 1, "嵌套过深", "减少嵌套层数") from None
    finally:
        if loader is not None:
            loader.dispose()
