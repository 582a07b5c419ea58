"""For the server of an old site that moved in: its notice page, and its redirects for nginx, Apache and IIS.

The old server keeps its name; whoever asks it for an old address is led to the page on the platform, and anything else gets
the notice. No address is served from the old files any more, so nothing there can change.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from jiyue.publish.webserver.policy import LONGEST, quotable, quoted

NOTICE = "jiyue-notice.html"
_SAFE = "/~!&'()*+,;=:@-._%"
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>网站迁移公告</title><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1.125rem/1.8 sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}}
a{{color:#0b4a82}}table{{border-collapse:collapse}}th,td{{border:1px solid #767676;padding:.25rem .75rem;text-align:left}}</style></head>
<body><main><h1>网站迁移公告</h1>
<p>按照政府网站集约化的要求，本网站的内容已经整合到<a href="{url}">{name}</a>（{url}）。自 {since} 起，本网站不再更新。</p>
<p>原来的网址会自动转到新的网页；没有转过去的，请到新网站查找。</p>
{columns}</main></body></html>
"""


class Frozen(NamedTuple):
    """An old host. redirects: its addresses, as browsers send them, query included -> complete new ones; gone: those of what
    was not taken over. columns: (old list, its new name, new address), for the notice."""

    host: str
    redirects: Mapping[str, str]
    gone: Sequence[str]
    columns: Sequence[tuple[str, str, str]]


def sent_forms(address: str) -> list[str]:
    """How browsers may send an address of the ledger: in UTF-8, and in GBK as from old pages."""
    path, mark, query = address.partition("?")
    forms = []
    for encoding in ("utf-8", "gb18030"):
        try:
            forms.append(quote(path, _SAFE.replace("%", ""), encoding) + mark + quote(query, _SAFE + "?/[]", encoding))
        except UnicodeEncodeError:
            continue
    return [form for form in dict.fromkeys(forms) if len(form) <= LONGEST]


def frozen_files(old: Frozen, name: str, url: str, since: str) -> dict[str, bytes]:
    """File name -> bytes: the notice, and a snippet for each server. name, url: of the new site; since: a day."""
    rows = "".join(
        f'<tr><td>{html.escape(was)}</td><td><a href="{html.escape(to)}">{html.escape(now)}</a></td></tr>\n'
        for was, now, to in old.columns
    )
    head = "<tr><th>原栏目</th><th>新栏目</th></tr>\n"
    columns = f"<h2>栏目对照</h2>\n<table>\n{head}{rows}</table>\n" if rows else ""
    page = _PAGE.format(url=html.escape(url), name=html.escape(name), since=since, columns=columns)
    return {
        NOTICE: page.encode(), "nginx.conf": _nginx(old).encode(), "apache.conf": _apache(old).encode(),
        "web.config": _iis(old).encode(),
    }  # fmt: skip


def _nginx(old: Frozen) -> str:
    """Included inside `http {}`; it replaces the server block of the old host."""
    keys = Counter(sent.lower() for sent in (*old.redirects, *old.gone))
    moved = [(sent, to) for sent, to in old.redirects.items() if quotable(sent + to)]
    longest = max((len(sent) for sent in (*old.redirects, *old.gone)), default=0) + 32
    lines = [
        "# 由 jiyue 生成：旧站的服务器只答复跳转和公告。放进 http { } 里，代替旧站的 server。",
        f"map_hash_bucket_size {_power(longest)};", f"map_hash_max_size {_power(2 * len(keys) + 2048)};",
        "map $request_uri $jiyue_moved {", '    default "";', *(f"    {_key(sent, keys)} {quoted(to)};" for sent, to in moved), "}",
        "map $request_uri $jiyue_gone {", '    default "";',
        *(f'    {_key(sent, keys)} "1";' for sent in old.gone if quotable(sent)), "}",
        "server {", "    listen 80;", f"    server_name {old.host};", "    root jiyue-frozen;  # 改成放公告网页的目录",
        "    charset utf-8;", f"    error_page 404 410 /{NOTICE};", f"    location = /{NOTICE} {{ }}",
        "    location / {", "        if ($jiyue_moved) { return 301 $jiyue_moved; }", "        if ($jiyue_gone) { return 410; }",
        "        return 404;", "    }", "}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _key(sent: str, keys: Mapping[str, int]) -> str:
    return quoted(sent) if keys[sent.lower()] == 1 else f'"~^{_escaped(sent)}$"'


def _escaped(text: str) -> str:
    return re.sub(r"[\\^$.|?*+()\[\]{}\"' ]", lambda match: f"\\x{ord(match[0]):02x}", text)


def _apache(old: Frozen) -> str:
    """Included inside the old host's `<VirtualHost>`; needs mod_rewrite. %{THE_REQUEST} is what the browser sent."""
    lines = [
        "# 由 jiyue 生成：旧站的服务器只答复跳转和公告。放进旧站的 <VirtualHost> 里。",
        "RewriteEngine On", f"ErrorDocument 404 /{NOTICE}", f"ErrorDocument 410 /{NOTICE}", f"RewriteRule ^/{re.escape(NOTICE)}$ - [L]",
    ]  # fmt: skip
    for sent, to in old.redirects.items():
        lines += [_requested(sent), f'RewriteRule ^ "{_apache_target(to)}" [R=301,L,NE,QSD]']
    for sent in old.gone:
        lines += [_requested(sent), "RewriteRule ^ - [G]"]
    return "\n".join([*lines, "RewriteRule ^ - [R=404,L]"]) + "\n"


def _requested(sent: str) -> str:
    asked = _escaped(sent).replace("%", r"\x25")  # a bare one names a variable
    return rf'RewriteCond %{{THE_REQUEST}} "^[A-Z]+\s{asked}\sHTTP" [NC]'


def _apache_target(to: str) -> str:
    return to.replace("%", r"\%").replace("$", r"\$")


def _iis(old: Frozen) -> str:
    """The web.config of the old site's root; needs the URL Rewrite module. Keys are compared without regard to case."""
    seen: set[str] = set()
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>', "<!-- 由 jiyue 生成：旧站的服务器只答复跳转和公告。需要 IIS 的 URL Rewrite 模块。 -->",
        "<configuration><system.webServer><rewrite>", "<rewriteMaps>",
        '<rewriteMap name="moved" defaultValue="">', *_adds(old.redirects.items(), seen), "</rewriteMap>",
        '<rewriteMap name="gone" defaultValue="">', *_adds(((sent, "1") for sent in old.gone), seen), "</rewriteMap>",
        "</rewriteMaps>", "<rules>",
        '<rule name="moved" stopProcessing="true"><match url=".*" /><conditions><add input="{moved:{UNENCODED_URL}}" pattern="(.+)" />'
        '</conditions><action type="Redirect" url="{C:1}" appendQueryString="false" redirectType="Permanent" /></rule>',
        '<rule name="gone" stopProcessing="true"><match url=".*" /><conditions><add input="{gone:{UNENCODED_URL}}" pattern="1" />'
        '</conditions><action type="CustomResponse" statusCode="410" statusReason="Gone" statusDescription="Gone" /></rule>',
        f'<rule name="notice" stopProcessing="true"><match url="^{re.escape(NOTICE)}$" negate="true" />'
        '<action type="CustomResponse" statusCode="404" statusReason="Not Found" statusDescription="Not Found" /></rule>',
        "</rules>", "</rewrite>",
        '<httpErrors errorMode="Custom" existingResponse="Replace"><remove statusCode="404" /><remove statusCode="410" />',
        f'<error statusCode="404" path="{NOTICE}" responseMode="File" /><error statusCode="410" path="{NOTICE}" responseMode="File" />',
        "</httpErrors>", "</system.webServer></configuration>",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _adds(rows: Iterable[tuple[str, str]], seen: set[str]) -> list[str]:
    made = []
    for sent, value in rows:
        if sent.lower() not in seen:  # a second key of the same letters stops IIS
            seen.add(sent.lower())
            made.append(f"<add key={quoteattr(sent)} value={quoteattr(value)} />")
    return made


def _power(least: int) -> int:
    size = 64
    while size < least:
        size *= 2
    return size
