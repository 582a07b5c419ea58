"""Whether an SVG is a picture and nothing else."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from jiyue.patterns import pattern

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
"""Namespaces of drawing programs; no browser gives their elements a meaning."""
_OUTWARD = pattern(r"url\s*+\(\s*+['\"]?+\s*+(?!#)|@import|expression\s*\(|javascript:|\\", re.I)
_LINK = pattern(r"#[\w.\-:]+$|data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$")


def svg_problem(data: bytes) -> str:
    """Why an SVG must not be published, in Chinese; empty where it is only a picture.

    Refused rather than mended: an element, attribute or address that is not known to be harmless.
    """
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", data.replace(b"\0", b""), re.I) and not _harmless_doctype(data):
        return "含有实体声明"
    if b"<?xml-stylesheet" in data.replace(b"\0", b""):
        return "引用了样式表"
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        return "不是正确的 XML"
    if root.tag != f"{_SVG}svg":
        return "不是 SVG 图形"
    return next(filter(None, map(_element_problem, root.iter())), "")


def _harmless_doctype(data: bytes) -> bool:
    """The line that old drawing programs write: a public identifier and no declarations of its own."""
    found = re.findall(rb"<![A-Za-z][^>]*>", data)
    return len(found) == 1 and bool(
        re.fullmatch(rb'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG [\w. ]+//EN"\s+"[^"\[]*"\s*>', found[0])
    )


def _element_problem(element: ElementTree.Element) -> str:  # noqa: PLR0911  (one return a problem)
    tag = str(element.tag)
    if not tag.startswith(_SVG):
        return "" if tag.startswith(_EDITORS) else f"含有元素 {tag.rpartition('}')[2]}"
    name = tag[len(_SVG) :]
    if name not in _ELEMENTS:
        return f"含有元素 {name}"
    if name == "style" and _OUTWARD.search("".join(element.itertext())):
        return "样式里引用了外部资源"
    for key, value in element.attrib.items():
        plain = key.rpartition("}")[2].lower()
        if plain.startswith("on"):
            return f"含有事件 {plain}"
        if plain in ("href", "src", "base") and not _LINK.match(value.strip()):
            return "引用了外部资源"
        if plain not in ("href", "id", "d") and _OUTWARD.search(value) and not key.startswith(_EDITORS):
            return f"属性 {plain} 引用了外部资源"
    return ""
