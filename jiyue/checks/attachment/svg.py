"""Checks that an SVG contains only a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from jiyue.base.patterns import pattern

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS_NAMES = """
svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textPath title desc metadata image
linearGradient radialGradient stop clipPath mask pattern marker filter switch style view feBlend feColorMatrix
feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow
feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight
feSpecularLighting feSpotLight feTile feTurbulence
"""
_ELEMENTS = frozenset(_ELEMENTS_NAMES.split())
_EDITORS_NAMES = """
http://sodipodi. http://www.inkscape.org/ http://ns.adobe.com/ http://www.w3.org/1999/02/22-rdf-syntax-ns#
http://purl.org/dc/ http://creativecommons.org/ns# http://web.resource.org/cc/ http://www.bohemiancoding.com/
"""
_EDITORS = tuple("{" + name for name in _EDITORS_NAMES.split())
"""Namespaces of drawing programs; browsers ignore their elements."""
_OUTWARD = pattern(r"url\s*+\(\s*+['\"]?+\s*+(?!#)|@import|expression\s*\(|javascript:|\\", re.I)
_LINK = pattern(r"#[\w.\-:]+$|data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$")


def svg_problem(data: bytes) -> str:
    """Why an SVG must not be published, in Chinese; '' if it is only a picture.

    An element, attribute or address that is not known to be harmless is refused, not removed.
    """
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", data.replace(b"\0", b""), re.I) and not _harmless_doctype(data):
        return "含有实体声明"
    if b"<?xml-stylesheet" in data.replace(b"\0", b""):
        return "引用了样式表"
    try:
        return _Reader().problem(data)
    except (expat.ExpatError, ValueError, LookupError):
        return "不是正确的 XML"


class _Refused(Exception):
    """What is wrong, in Chinese."""


class _Reader:
    """Reads a drawing as a stream: however deep it nests, no tree is built."""

    def __init__(self) -> None:
        self._depth = 0
        self._style: list[str] = []
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def problem(self, data: bytes) -> str:
        """The first problem; empty where there is none. Raises ExpatError."""
        try:
            self._parser.Parse(data, True)
        except _Refused as refused:
            return str(refused)
        return ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _braced(name)
        if not self._depth and tag != f"{_SVG}svg":
            raise _Refused("不是 SVG 图形")
        self._depth += 1
        problem = _element_problem(tag, {_braced(key): value for key, value in attributes.items()})
        if problem:
            raise _Refused(problem)
        if tag == f"{_SVG}style":
            self._parser.CharacterDataHandler = self._style.append

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name.endswith("}style"):
            self._parser.CharacterDataHandler = None
            if _OUTWARD.search("".join(self._style)):
                raise _Refused("样式里引用了外部资源")
            self._style.clear()


def _braced(name: str) -> str:
    return "{" + name if "}" in name else name


def _harmless_doctype(data: bytes) -> bool:
    """The line that old drawing programs write: a public identifier and no declarations of its own."""
    declarations = re.findall(rb"<![A-Za-z][^>]*>", data)
    return len(declarations) == 1 and bool(
        re.fullmatch(rb'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG [\w. ]+//EN"\s+"[^"\[]*"\s*>', declarations[0])
    )


def _element_problem(tag: str, attributes: Mapping[str, str]) -> str:
    if not tag.startswith(_SVG):
        return "" if tag.startswith(_EDITORS) else f"含有元素 {tag.rpartition('}')[2]}"
    name = tag[len(_SVG) :]
    if name not in _ELEMENTS:
        return f"含有元素 {name}"
    for key, value in attributes.items():
        plain = key.rpartition("}")[2].lower()
        if plain.startswith("on"):
            return f"含有事件 {plain}"
        if plain in ("href", "src", "base") and not _LINK.match(value.strip()):
            return "引用了外部资源"
        if plain not in ("href", "id", "d") and _OUTWARD.search(value) and not key.startswith(_EDITORS):
            return f"属性 {plain} 引用了外部资源"
    return ""
