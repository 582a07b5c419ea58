"""The Markdown dialect of the platform: Python-Markdown's `extra`, as Pelican's users expect it, and the HTML that may stay.

It stands this low because what an article refers to is read from the same conversion as its page: there is one reading
of a text, never a second one that only resembles it.
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
"""The elements that may stay in a body."""

EMPTIED = frozenset(
    "script style iframe object embed noscript template svg math textarea select xmp noembed noframes title plaintext".split()  # noqa: SIM905
)
"""Elements that go together with all they hold."""

CONTROL = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""What a character reference may bring in (`&#x1e;`); as bytes of the file they are refused when it is read."""

BACKLINK = "回到正文第 {} 处脚注"
"""What the link from a footnote back to the text is called, in the language of the sources."""

_ATTRIBUTE = r"""(?:\.[a-z][\w-]*|#[^\s{}.#="']+|[A-Za-z][\w:-]*=(?:"[^"{}\n]*"|'[^'{}\n]*'|[^\s{}"']+))"""
_LIST = rf"\{{:?[ ]*({_ATTRIBUTE}(?:[ ]+{_ATTRIBUTE})*[ ]*)\}}"


@lru_cache(maxsize=1)
def _converter() -> Any:
    import markdown  # noqa: PLC0415  (20 ms, most builds convert nothing anew)

    configs = {"footnotes": {"BACKLINK_TITLE": BACKLINK}}
    made = markdown.Markdown(
        extensions=["extra", "sane_lists"], extension_configs={"extra": configs}, output_format="html"
    )
    # braces are an attribute list only if every word in them is .class, #id or name=value: other words are text
    attributes: Any = made.treeprocessors["attr_list"]
    attributes.HEADER_RE = re.compile(rf"[ ]+{_LIST}[ ]*$")
    attributes.BLOCK_RE = re.compile(rf"\n[ ]*{_LIST}[ ]*$")
    attributes.INLINE_RE = re.compile(rf"^{_LIST}")
    return made


@lru_cache(maxsize=128)
def python_markdown(text: str) -> str:
    """What Python-Markdown makes of a text, raw HTML included: nothing is safe yet. '' for one that is too complex for it.

    Whoever asks is behind this bound; an article beyond it is withheld (`article-complex`), so no page lacks anything.
    Kept for a while: what an article refers to is read from the same HTML, and an article pushed to a hundred sites is
    converted for each (the parent of their processes does it once, build.rendering._warm_up).
    """
    if too_complex(text) is not None:
        return ""
    html: str = _converter().reset().convert(text)
    return html
