"""nginx ≥ 1.18, no extra module: compressed copies are chosen by maps, so brotli and zstd need nothing compiled in.

The result is included inside `http { … }`. Redirects and 410s are asked only where no file answers: a published page
always wins. After the ledger or the policy changed: write the files, `nginx -t`, `nginx -s reload`.
A release needs no reload.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jiyue.release.manifest import SIDECARS
from jiyue.serving.policy import HASHED, TYPES, Policy, Served, all_headers, by_host


def nginx_config(sites: Sequence[Served], policy: Policy, links: Path) -> str:
    """The configuration of all sites; links is the folder of path_links(), for sites whose url carries a path."""
    hosts = by_host(sites)
    keys = [len(_key(s.base + u)) for s in sites for u in (*s.answers.redirects, *s.answers.gone)]
    lines = [
        "# 由 jiyue 生成，请勿手工修改。",
        f"map_hash_bucket_size {_power(max(keys, default=0) + 32)};",
        f"map_hash_max_size {_power(2 * len(keys) + 2048)};",
        "server_names_hash_bucket_size 128;",
        *_maps(policy),
    ]
    for site in sites:
        lines += _answers(site)
    lines += ["server {", f"    listen {_listen(policy, policy.http_port)} default_server;", "    return 444;", "}"]
    for host, group in hosts:
        lines += _server(host, group, policy, links)
    return "\n".join(lines) + "\n"


def path_links(sites: Sequence[Served], links: Path) -> dict[Path, Path]:
    """Symbolic links to make once (link → live link), so that `/sub/x` is a file below one root."""
    return {links / s.id / s.base.strip("/"): s.live for s in sites if s.base}


def _maps(policy: Policy) -> list[str]:
    endings = "|".join(TYPES)
    suffixes = "|".join(s[1:] for s in SIDECARS)
    lines = ["map $http_accept_encoding $jiyue_suffix {", '    default ".identity";']
    for suffix in policy.encodings:
        name = SIDECARS[suffix]
        lines.append(rf'    "~*(?:^|[,\s]){name}(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))(?:[,;\s]|$)" "{suffix}";')
    lines += ["}", "map $uri $jiyue_index {", "    volatile;", '    default "";', '    "~/$" "index.html";', "}"]
    lines += ["map $uri $jiyue_encoding {", "    volatile;", '    default "";']
    lines += [rf'    "~\.(?:{endings})\{s}$" "{name}";' for s, name in SIDECARS.items()]
    lines += ["}", "map $uri $jiyue_cache {", "    volatile;", f'    default "{policy.others}";']
    lines += [f'    "~{HASHED}(?:\\.(?:{suffixes}))?$" "{policy.hashed}";']
    lines += [rf'    "~(?:/|\.html(?:\.(?:{suffixes}))?)$" "{policy.pages}";', "}"]
    return lines


def _answers(site: Served) -> list[str]:
    var = site.id.replace("-", "_")
    lines: list[str] = []
    for variable, kind in (("$uri", ""), ('"$uri?$args"', "query_")):
        redirects = [(u, to) for u, to in site.answers.redirects.items() if ("?" in u) == bool(kind)]
        gone = [u for u in site.answers.gone if ("?" in u) == bool(kind)]
        if kind and not redirects and not gone:
            continue
        lines += [f"map {variable} $jiyue_{kind}go_{var} {{", "    volatile;", '    default "";']
        lines += [f"    {_key(site.base + u)} {_value(site.target(to))};" for u, to in redirects]
        lines += ["}", f"map {variable} $jiyue_{kind}gone_{var} {{", "    volatile;", '    default "";']
        lines += [*(f"    {_key(site.base + u)} 1;" for u in gone), "}"]
    return lines


def _server(host: str, group: Sequence[Served], policy: Policy, links: Path) -> list[str]:
    lines = []
    if policy.tls:
        lines += ["server {", f"    listen {_listen(policy, policy.http_port)};", f"    server_name {host};"]
        port = "" if policy.https_port == 443 else f":{policy.https_port}"
        lines += [f"    return 301 https://$host{port}$request_uri;", "}"]
    lines += ["server {", f"    server_name {host};"]
    if policy.tls:
        lines += [
            f"    listen {_listen(policy, policy.https_port)} ssl;",
            f"    ssl_certificate {_value(policy.tls.certificate.format(host=host))};",
            f"    ssl_certificate_key {_value(policy.tls.key.format(host=host))};",
            "    ssl_protocols TLSv1.2 TLSv1.3;",
        ]
    else:
        lines.append(f"    listen {_listen(policy, policy.http_port)};")
    lines += [
        "    server_tokens off;",
        "    absolute_redirect off;",
        "    etag on;",
        "    charset utf-8;",
        "    charset_types text/css text/javascript application/json application/jsonl application/xml text/plain"
        " text/csv image/svg+xml application/manifest+json;",
        *(f"    add_header {name} {_value(value)} always;" for name, value in all_headers(policy).items()),
        "    add_header Content-Security-Policy $jiyue_csp always;",
        "    add_header Cache-Control $jiyue_cache always;",
        "    add_header Content-Encoding $jiyue_encoding always;",
        "    add_header Vary Accept-Encoding always;",
    ]
    default = next((s for s in group if not s.base), None)
    lines.append(f"    set $jiyue_csp {_value((default or group[0]).security(policy))};")
    for site in group:
        lines += [f"    {line}" for line in _location(site, policy, links)]
    if default is None:
        lines.append("    location / { return 404; }")
    return [*lines, "}"]


def _location(site: Served, policy: Policy, links: Path) -> list[str]:
    var, base = site.id.replace("-", "_"), site.base
    root = f"root {_value(str(links / site.id if base else site.live))};"
    errors = [f"error_page {code} {base}{site.error_page(code)};" for code in (404, 410)]
    errors += [f"error_page 403 =404 {base}/404.html;"]
    inside = [root, *errors, *([f"set $jiyue_csp {_value(site.security(policy))};"] if base else [])]
    serve = [
        "if (-f $document_root$uri$jiyue_index$jiyue_suffix) { rewrite ^(.*)$ $1$jiyue_index$jiyue_suffix last; }",
        f"try_files $uri$jiyue_index @lost_{var};",
    ]
    copies = [
        rf'location ~ "\.{ending}\.(?:br|zst|gz)$" {{ internal; types {{ }} default_type "{kind}"; }}'
        for ending, kind in TYPES.items()
    ]
    types = ["types {", *(f"    {_plain(kind)} {ending};" for ending, kind in TYPES.items()), *_PICTURES, "}"]
    lost = [
        f"location @lost_{var} {{",
        *(f"    {line}" for line in inside),
        "    if (-f $document_root$uri/index.html) { rewrite ^(.*[^/])$ $1/ permanent; }",
        *(_asked(var, "query_") if any("?" in u for u in (*site.answers.redirects, *site.answers.gone)) else ()),
        *_asked(var, ""),
        "    return 404;",
        "}",
    ]
    if not base:
        return [*inside, *types, *copies, "location / {", *(f"    {line}" for line in serve), "}", *lost]
    body = [*inside, *types, *copies, *serve]
    moved = f'location = {base} {{ return 301 "{site.target("/")}"; }}'
    return [moved, f"location ^~ {base}/ {{", *(f"    {line}" for line in body), "}", *lost]


def _asked(var: str, kind: str) -> list[str]:
    """An answer by the whole address, query included (kind `query_`), goes before that of its path."""
    return [
        f"    if ($jiyue_{kind}go_{var}) {{ return 301 $jiyue_{kind}go_{var}; }}",
        f"    if ($jiyue_{kind}gone_{var}) {{ return 410; }}",
    ]


_PICTURES = [
    "    image/png png; image/jpeg jpg jpeg; image/gif gif; image/webp webp; image/avif avif; image/x-icon ico;",
    "    font/woff2 woff2; font/woff woff; application/pdf pdf; application/zip zip; video/mp4 mp4; audio/mpeg mp3;",
    "    application/msword doc; application/vnd.ms-excel xls; application/wasm wasm; application/gzip gz;",
    "    application/vnd.openxmlformats-officedocument.wordprocessingml.document docx;",
    "    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx;",
]


def _listen(policy: Policy, port: int) -> str:
    return f"{policy.address}:{port}" if policy.address else str(port)


def _key(url: str) -> str:
    # map compares plain keys without regard to case; addresses are exact
    special = set('\\^$.|?*+()[]{}"')
    return (
        '"~^' + "".join(f"\\x{ord(c):02x}" if c in special else c for c in url) + '$"' if _cased(url) else _value(url)
    )


def _cased(url: str) -> bool:
    return url != url.lower() or url.startswith("~")


def _value(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(kind: str) -> str:
    return kind.partition(";")[0]


def _power(least: int) -> int:
    size = 64
    while size < least:
        size *= 2
    return size
