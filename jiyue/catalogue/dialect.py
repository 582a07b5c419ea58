"""The platform's Markdown dialect: Python-Markdown's `extra`, as Pelican users expect it, and the allowed HTML.

It belongs to the catalogue because an article's references are read from the same conversion as its page: a second
parser would only resemble the first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.catalogue.complexity import too_complex

_NAMES = """
a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup data dd del details dfn div dl
dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p picture pre q rp rt
ruby s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr track u ul var
video audio wbr
"""
TAGS = frozenset(_NAMES.split())
"""Elements allowed in a body."""

EMPTIED = frozenset(
    "script style iframe object embed noscript template svg math textarea select xmp noembed noframes title plaintext".split()  # noqa: SIM905
)
"""Elements that are removed together with their content."""

CONTROL = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that a character reference may introduce (`&#x1e;`). As bytes they are rejected when the file is read."""

BACKLINK = "回到正文第 {} 处脚注"
"""Title of the link from a footnote back to the text."""

_ATTRIBUTE = r"""(?:\.[a-z][\w-]*|#[^\s{}.#="']+|[A-Za-z][\w:-]*=(?:"[^"{}\n]*"|'[^'{}\n]*'|[^\s{}"']+))"""
_LIST = rf"\{{:?[ ]*({_ATTRIBUTE}(?:[ ]+{_ATTRIBUTE})*[ ]*)\}}"


@lru_cache(maxsize=1)
def _converter() -> Any:
    import markdown  # noqa: PLC0415  (20 ms, most builds convert nothing anew)

    configs = {"footnotes": {"BACKLINK_TITLE": BACKLINK}}
    made = markdown.Markdown(
        extensions=["extra", "sane_lists"], extension_configs={"extra": configs}, output_format="html"
    )
    # braces are an attribute list only if every word in them is .class, #id or name=value; otherwise they are text
    attributes: Any = made.treeprocessors["attr_list"]
    attributes.HEADER_RE = re.compile(rf"[ ]+{_LIST}[ ]*$")
    attributes.BLOCK_RE = re.compile(rf"\n[ ]*{_LIST}[ ]*$")
    attributes.INLINE_RE = re.compile(rf"^{_LIST}")
    return made


@lru_cache(maxsize=128)
def python_markdown(text: str) -> str:
    """A text as unsanitized HTML by Python-Markdown; '' if it is too complex.

    The limit holds for every caller. An article beyond it is withheld (`article-complex`), so no page loses its text.
    Cached, because an article's references are read from the same HTML, and an article pushed to a hundred sites is
    converted for each of them (their parent process does it once, build.rendering._warm_up).
    """
    if too_complex(text) is not None:
        return ""
    html: str = _converter().reset().convert(text)
    return html
