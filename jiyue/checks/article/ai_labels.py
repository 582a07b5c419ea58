"""What is made by artificial intelligence has to say so (《人工智能生成合成内容标识办法》, GB 45438-2025): field `ai_generated`.

A text that says in its own words that it is made so, or a picture whose metadata say it, without the field is told. Nothing here
guesses from a text's style who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.base.patterns import pattern
from jiyue.catalogue.references import body_of, local_path
from jiyue.catalogue.scan import SiteScan
from jiyue.checks.attachment.ai_picture import AI_PICTURE
from jiyue.checks.text.model import Text
from jiyue.checks.text.prefilter import AI_WORDS

AI_TEXT = warning(
    "ai-text",
    "写着由人工智能生成，没有标识",
    "人工智能生成、合成的文字、图片、译文要有显式标识，读者才知道；任何人不得删去标识。",
    "《人工智能生成合成内容标识办法》；GB 45438—2025",
)
RULES = (AI_TEXT,)
_FIELD = pattern(r"(?m)^ai_generated[ \t]*:")
_BY = "AI|ＡＩ|人工智能|大(?:语言)?模型|DeepSeek|ChatGPT|文心一言|豆包|通义千问|讯飞星火|智谱清言|Kimi"
_SAYS = pattern(
    r"(?:本文|本稿|全文|以上内容|以下内容|部分(?:内容|文字|图片)|(?:文中|文内)?(?:图片|配图|插图|译文|摘要))"
    rf"[^。；\n]{{0,8}}(?:由|经|系|用|使用|利用|借助)[^。；\n]{{0,6}}(?:{_BY})[^。；，\n]{{0,8}}"
    r"(?:生成|创作|撰写|写作|翻译|合成|制作|绘制|整理|润色)"
    rf"|作为(?:一个|一名|一款)?(?:{_BY})(?:语言模型|助手|模型)"
    rf"|[（(【](?:{_BY})(?:辅助)?(?:生成|翻译|合成|绘制|制图)[)）】]",
    0,
)
_HINT = "在文章开头写 ai_generated: text（文字）、image（图片）、text-image、translated（翻译）或 summarized（摘要）；不是的写 none"


def label_findings(text: Text) -> list[Diagnostic]:
    """A finding where an article says that it is made by artificial intelligence and has no field that says so."""
    source = text.text
    if not text.signs & AI_WORDS:
        return []
    body = body_of(source)
    start = len(source) - len(body)
    match = _SAYS.search(body)
    if match is None or _FIELD.search(source, 0, start):
        return []
    return [text.at(AI_TEXT, start + match.start(), f"正文写着「{match[0][:40]}」，文章没有标识", _HINT)]


def labelled_findings(scan: SiteScan, findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings, those about pictures that say so replaced by one for each article that shows them without the field."""
    findings = list(findings)
    marked = {one.path: one for one in findings if one.rule == AI_PICTURE.id}
    if not marked:
        return findings
    told = [one for one in findings if one.rule != AI_PICTURE.id]
    for row in scan.rows:
        if row.extra.get("ai_generated") in ("image", "text-image"):
            continue
        for address in row.extra.get("pictures", ()):
            path = f"content/{scan.site}/{local_path(row.folder, address)}"
            if path in marked:
                message = f"图片 {address} 的信息写着由人工智能生成，文章没有标识"
                told.append(AI_PICTURE.at(row.source_path, 1, message, marked[path].hint, site=scan.site))
    return list(dict.fromkeys(told))
