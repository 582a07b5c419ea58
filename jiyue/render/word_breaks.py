"""Line breaks in the name of a Chinese government body: between its words, never inside one.

No browser segments Chinese (`word-break: auto-phrase` is Japanese only), but these names use few words: a place, its
kind, the body's field and its form.
"""

from __future__ import annotations

from itertools import pairwise

from markupsafe import Markup, escape

from jiyue.base.patterns import pattern

_WORD = pattern(
    r"(?<=..)(?<![和与及])(?=国有|自治[州县区旗]|人民政府|办公[厅室]|委员会|监督|管理|服务|保障|安全|信息化|技术|事务|资源|规划|建设|交通|文化|旅游|"
    r"农业|农村|卫生|健康|生态|退役|住房|城乡|市场监督|发展|工业|和|与|及)|(?<=.[省市县区旗州盟])(?=..)(?!场)"
)
"""Words that may begin a line, and what may end one: the place name in front. 城市管理 and 市场 stay whole."""
_WHOLE = pattern(r"城市管理|公安|开发区|高新区|保护区|州区|和平|和龙")


def word_breaks(name: str) -> Markup:
    """A name with `<wbr>` between its words, for elements with `word-break: keep-all`."""
    closed = {at for match in _WHOLE.finditer(name) for at in range(match.start() + 1, match.end())}
    cuts = [0, *(match.start() for match in _WORD.finditer(name) if match.start() not in closed), len(name)]
    return Markup("<wbr>").join(escape(name[a:b]) for a, b in pairwise(cuts) if a < b)
