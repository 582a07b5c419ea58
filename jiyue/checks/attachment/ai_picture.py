"""The rule on pictures that say they are generated, by itself: judging an article needs it, but none of what reads attachments."""

from __future__ import annotations

from jiyue.base.diagnostics import warning

AI_PICTURE = warning(
    "ai-picture",
    "图片由人工智能生成，没有标识",
    "图片的信息里有人工智能生成合成的隐式标识，显示它的文章要有读者看得见的标识；任何人不得删去标识。",
    "《人工智能生成合成内容标识办法》；GB 45438—2025；IPTC Digital Source Type",
)
