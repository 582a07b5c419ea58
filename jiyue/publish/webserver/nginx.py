"""nginx ≥ 1.18, no extra module: compressed copies are chosen by maps, so brotli and zstd need nothing compiled in.

The result is included inside `http { … }`. Redirects and 410s are asked only where no file answers: a published page
always wins. After the ledger or the policy changed: write the files, `nginx -t`, `nginx -s reload`.
A release needs no reload.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from jiyue.publish.release.manifest import SIDECARS
from jiyue.publish.release.media_types import NAMED, TEXTS, TYPES, UNKNOWN
from jiyue.publish.webserver.policy import (
    EMBEDDED,
    FOLDER,
    FRESH,
    HASHED,
    OPEN,
    OVER,
    Policy,
    Served,
    all_headers,
    by_host,
    exactly,
    quotable,
    quoted,
    raw_answers,
)


def nginx_config(sites: Sequence[Served], policy: Policy, links: Path) -> str:
    """The configuration of all sites; links is the folder of path_links(), for sites whose url carries a path."""
    hosts = by_host(sites)
    keys = [len((s.base + u).encode()) for s in sites for u in (*s.answers.redirects, *s.answers.gone, *raw_answers(s))]
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
    endings = "|".join(TEXTS)
    suffixes = "|".join(s[1:] for s in SIDECARS)
    wanted = [
        (rf"~*(?:^|[,\s]){SIDECARS[suffix]}(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))(?:[,;\s]|$)", suffix)
        for suffix in policy.encodings
    ]
    encoded = [(rf"~\.(?:{endings})\{suffix}$", name) for suffix, name in SIDECARS.items()]
    cached = [
        (f"~{HASHED}(?:\\.(?:{suffixes}))?$", policy.hashed),
        (rf"~{FRESH}(?:\.(?:{suffixes}))?$", policy.pages),
        (f"~{EMBEDDED}", policy.pages),
    ]
    return [
        *_map("$http_accept_encoding", "suffix", wanted, ".identity"),
        *_map("$uri", "index", [("~/$", "index.html")]),
        *_map("$request_uri", "folder", [("~" + FOLDER, "$1/$2")]),
        *_map("$uri", "encoding", encoded),
        *_map("$uri", "cache", cached, policy.others),
        *_map("$uri", "frame", [(f"~{EMBEDDED}", "")], policy.headers.get(_FRAME, "")),
        *_map("$uri", "origin", [(f"~{EMBEDDED}", "*"), (f"~{OPEN}", "*")]),
    ]


def _map(source: str, name: str, rows: Iterable[tuple[str, str]], default: str = "") -> list[str]:
    """A variable $jiyue_<name> that follows another one, also through the server's own redirects."""
    lines = [f'    "{key}" "{value}";' for key, value in rows]
    return [f"map {source} $jiyue_{name} {{", "    volatile;", f'    default "{default}";', *lines, "}"]


def _answers(site: Served) -> list[str]:
    var = site.id.replace("-", "_")
    lines: list[str] = []
    for variable, kind in (("$uri", ""), ('"$uri?$args"', "query_")):
        redirects = {u: to for u, to in site.answers.redirects.items() if ("?" in u) == bool(kind)}
        gone = [u for u in site.answers.gone if ("?" in u) == bool(kind)]
        if kind and not redirects and not gone:
            continue
        # a map compares plain keys without regard to case, as many old servers did; only where two differ by it alone are
        # they compared exactly, one after the other
        folded = Counter((site.base + u).lower() for u in (*redirects, *gone))
        keys = {
            u: site.base + u if quotable(u) and folded[(site.base + u).lower()] == 1 else f"~{exactly(site.base + u)}"
            for u in (*redirects, *gone)
        }
        lines += _map(variable, f"{kind}go_{var}", [(keys[u], site.target(to)) for u, to in redirects.items()])
        lines += _map(variable, f"{kind}gone_{var}", [(keys[u], "1") for u in gone])
    if raw := raw_answers(site):
        lines += _map("$request_uri", f"raw_go_{var}", [(u, site.target(to)) for u, to in raw.items() if to])
        lines += _map("$request_uri", f"raw_gone_{var}", [(u, "1") for u, to in raw.items() if not to])
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
            f"    ssl_certificate {quoted(policy.tls.certificate.format(host=host))};",
            f"    ssl_certificate_key {quoted(policy.tls.key.format(host=host))};",
            "    ssl_protocols TLSv1.2 TLSv1.3;",
        ]
    else:
        lines.append(f"    listen {_listen(policy, policy.http_port)};")
    lines += [
        "    server_tokens off;",
        "    absolute_redirect off;",
        "    etag on;",
        "    gzip off;",
        *(
            f"    add_header {name} {quoted(value)} always;"
            for name, value in all_headers(policy).items()
            if name != _FRAME
        ),
        f"    add_header {_FRAME} $jiyue_frame always;",
        "    add_header Access-Control-Allow-Origin $jiyue_origin always;",
        "    add_header Content-Security-Policy $jiyue_csp always;",
        "    add_header Cache-Control $jiyue_cache always;",
        "    add_header Content-Encoding $jiyue_encoding always;",
        "    add_header Vary Accept-Encoding always;",
    ]
    default = next((s for s in group if not s.base), None)
    lines += [f"    {line}" for line in _security(default or group[0], policy)]
    for site in group:
        lines += [f"    {line}" for line in _location(site, policy, links)]
    if default is None:
        lines.append("    location / { return 404; }")
    return [*lines, "}"]


_FRAME = "X-Frame-Options"


def _security(site: Served, policy: Policy) -> list[str]:
    """Set the Content-Security-Policy: an empty X-Frame-Options is not sent, and frame-ancestors says who may frame."""
    return [
        f"set $jiyue_csp {quoted(site.security(policy))};",
        f"if ($jiyue_origin) {{ set $jiyue_csp {quoted(site.embedded_security(policy))}; }}",
    ]


def _location(site: Served, policy: Policy, links: Path) -> list[str]:
    var, base = site.id.replace("-", "_"), site.base
    root = f"root {quoted(str(links / site.id if base else site.live))};"
    errors = [f"error_page {code} {base}{site.error_page(code)};" for code in (404, 410)]
    errors += [f"error_page 403 =404 {base}/404.html;"]
    inside = [root, *errors, *(_security(site, policy) if base else [])]
    # no captures: looking up a map by regular expressions, as $jiyue_index is, forgets them
    serve = [
        "if (-f $document_root$uri$jiyue_index$jiyue_suffix) { rewrite ^ $uri$jiyue_index$jiyue_suffix last; }",
        f"try_files $uri$jiyue_index @lost_{var};",
    ]
    copies = [_typed(f"{end}{_COPY}", kind, "internal;") for end, kind in NAMED.items()]
    copies += [_typed(rf"\.{ending}{_COPY}", TYPES[ending], "internal;") for ending in TEXTS]
    named = [_typed(f"{end}$", kind, *serve) for end, kind in NAMED.items()]
    types = [f"default_type {UNKNOWN};", "types {", *(f'    "{kind}" {ending};' for ending, kind in TYPES.items()), "}"]
    lost = [
        f"location @lost_{var} {{",
        *(f"    {line}" for line in inside),
        '    set $jiyue_to "";',
        "    if (-f $document_root$uri/index.html) { set $jiyue_to $jiyue_folder; }",
        "    if ($jiyue_to) { return 301 $jiyue_to; }",
        *(_asked(var, "query_") if any("?" in u for u in (*site.answers.redirects, *site.answers.gone)) else ()),
        *_asked(var, ""),
        *(_asked(var, "raw_") if raw_answers(site) else ()),
        f'    if ($uri ~ "{OVER}$") {{ return 410; }}',
        "    return 404;",
        "}",
    ]
    if not base:
        return [*inside, *types, *copies, *named, "location / {", *(f"    {line}" for line in serve), "}", *lost]
    body = [*inside, *types, *copies, *named, *serve]
    moved = f'location = {base} {{ return 301 "{site.target("/")}"; }}'
    return [moved, f"location ^~ {base}/ {{", *(f"    {line}" for line in body), "}", *lost]


def _asked(var: str, kind: str) -> list[str]:
    """An answer by the whole address, query included (kind `query_`), goes before that of its path."""
    return [
        f"    if ($jiyue_{kind}go_{var}) {{ return 301 $jiyue_{kind}go_{var}; }}",
        f"    if ($jiyue_{kind}gone_{var}) {{ return 410; }}",
    ]


_COPY = r"\.(?:" + "|".join(s[1:] for s in SIDECARS) + ")$"


def _typed(ending: str, kind: str, *inside: str) -> str:
    """A location for addresses with this ending (a regular expression), with one media type."""
    return f'location ~ "{ending}" {{ types {{ }} default_type "{kind}"; {" ".join(inside)} }}'


def _listen(policy: Policy, port: int) -> str:
    return f"{policy.address}:{port}" if policy.address else str(port)


def _power(least: int) -> int:
    size = 64
    while size < least:
        size *= 2
    return size
