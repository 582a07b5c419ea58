"""A digest as text, as HTML for mail, and as HTML to paste into a WeChat article. Inline styles only, no scripts, no pictures loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from jiyue.digest.select import Digest
from jiyue.render.pages.news import Item

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069]+")
_FONT = "font-family:-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif"


def plain(text: str) -> str:
    """A text on one line, without control characters and marks that turn the direction of writing."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def heading(digest: Digest) -> str:
    """What a digest is called, in its subject and title. Without spaces, which Python loses where it folds a Chinese header."""
    return f"{plain(digest.name)}：{digest.period.text}新发布{digest.size}条"


def as_text(digest: Digest, end: str = "") -> str:
    """The plain text of a mail. end: below it."""
    lines = [heading(digest), ""]
    for text, url in digest.alerts:
        lines += [plain(text), *([url] if url else []), ""]
    for section in digest.sections:
        lines += [f"【{plain(section.name)}】", ""]
        for item, _ in section.items:
            lines += [
                f"{item.date[:10]}　{plain(item.title)}",
                *([plain(item.summary)] if item.summary else []),
                item.url,
                "",
            ]
    return "\n".join([*lines, *_foot(digest), *([end] if end else [])]) + "\n"


def as_mail(digest: Digest, end: str = "") -> str:
    """The HTML of a mail: a whole document."""
    body = [
        f'<h1 style="margin:0 0 16px;font-size:22px;line-height:1.4;color:#1a1a1a">{escape(heading(digest))}</h1>',
    ]
    for text, url in digest.alerts:
        link = f' <a href="{escape(url)}" style="color:#8c1d18">{escape(url)}</a>' if url else ""
        body.append(
            '<p style="margin:0 0 12px;padding:8px 12px;border-left:4px solid #b3261e;background:#fdecea;font-size:16px;'
            f'line-height:1.6;color:#8c1d18">{escape(plain(text))}{link}</p>'
        )
    for section in digest.sections:
        body.append(
            '<h2 style="margin:24px 0 8px;padding-bottom:6px;border-bottom:2px solid #b3261e;font-size:18px;'
            f'line-height:1.4;color:#1a1a1a">{escape(plain(section.name))}</h2>'
        )
        for item, _ in section.items:
            body.append(
                f'<p style="margin:12px 0 0;font-size:16px;line-height:1.6"><a href="{escape(item.url)}" '
                f'style="color:#0b57a4;text-decoration:underline"{_lang(item)}>{escape(plain(item.title))}</a> '
                f'<span style="color:#595959;font-size:14px;white-space:nowrap">{item.date[:10]}</span></p>'
            )
            if item.summary:
                body.append(
                    f'<p style="margin:4px 0 0;font-size:15px;line-height:1.7;color:#404040"{_lang(item)}>'
                    f"{escape(plain(item.summary))}</p>"
                )
    foot = [*_foot(digest), *([end] if end else [])]
    body += [
        f'<p style="margin:{24 if not n else 4}px 0 0;font-size:14px;line-height:1.6;color:#595959">{escape(line)}</p>'
        for n, line in enumerate(foot)
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{digest.lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(heading(digest))}</title>\n</head>\n"
        f'<body style="margin:0;padding:16px;background:#ffffff;{_FONT}">\n<div style="max-width:640px;margin:0 auto">\n'
        + "\n".join(body)
        + "\n</div>\n</body>\n</html>\n"
    )


def as_wechat(digest: Digest) -> str:
    """HTML to paste into the editor of a WeChat official account.

    Its editor keeps inline styles and drops classes, ids, scripts and sheets; a link to another site does not work in an
    article, so that each address is written out. Pictures are put in by hand from `picture_list`.
    """
    parts = ['<section style="padding:0 8px;font-size:16px;line-height:1.75;color:#333333">']
    parts += [
        '<p style="margin:0 0 12px;padding:8px 12px;border-left:4px solid #b3261e;color:#8c1d18">'
        f"<strong>{escape(plain(text))}</strong></p>"
        for text, _ in digest.alerts
    ]
    for section in digest.sections:
        parts.append(
            '<p style="margin:24px 0 8px;padding-left:8px;border-left:4px solid #b3261e;font-size:18px;line-height:1.4">'
            f"<strong>{escape(plain(section.name))}</strong></p>"
        )
        for item, _ in section.items:
            parts.append(f'<p style="margin:16px 0 0"><strong>{escape(plain(item.title))}</strong></p>')
            parts.append(
                f'<p style="margin:0;font-size:14px;color:#595959">{item.date[:10]}　{escape(plain(item.source))}</p>'
            )
            if item.summary:
                parts.append(f'<p style="margin:4px 0 0">{escape(plain(item.summary))}</p>')
            parts.append(
                f'<p style="margin:4px 0 0;font-size:13px;color:#595959;word-break:break-all">{escape(item.url)}</p>'
            )
    parts += [f'<p style="margin:24px 0 0;font-size:13px;color:#595959">{escape(line)}</p>' for line in _foot(digest)]
    return "\n".join([*parts, "</section>"]) + "\n"


def picture_list(digest: Digest) -> str:
    """The pictures of all items, one a line: its complete address, a tab, the title of its article."""
    return "".join(
        f"{address}\t{plain(item.title)}\n"
        for section in digest.sections
        for item, pictures in section.items
        for address in pictures
    )


def _foot(digest: Digest) -> Iterator[str]:
    yield f"{plain(digest.name)}　{digest.url}/"
    if digest.notice:
        yield plain(digest.notice)


def _lang(item: Item) -> str:
    return f' lang="{escape(item.lang)}"' if item.lang else ""
