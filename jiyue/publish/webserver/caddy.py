"""Caddy ≥ 2.5: the same policy as a Caddyfile. After the ledger or the policy changed: `caddy reload`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from jiyue.base.patterns import pattern
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

_ESCAPE = pattern(r"%[0-9A-F]{2}")


def caddy_config(sites: Sequence[Served], policy: Policy) -> str:
    """The Caddyfile of all sites."""
    lines = ["# 由 jiyue 生成，请勿手工修改。", "{", "    admin off"]
    lines += [f"    http_port {policy.http_port}", f"    https_port {policy.https_port}"]
    lines += ["    auto_https off", "    skip_install_trust", "}"]
    for host, group in by_host(sites):
        if policy.tls:
            lines += _to_tls(host, policy)
        port = policy.https_port if policy.tls else policy.http_port
        lines.append(f"{'https' if policy.tls else 'http'}://{host}:{port} {{")
        if policy.address:
            lines.append(f"    bind {policy.address}")
        if policy.tls:
            certificate, key = (t.format(host=host) for t in (policy.tls.certificate, policy.tls.key))
            lines.append(f"    tls {quoted(certificate)} {quoted(key)}")
        lines += [f"    {line}" for site in group for line in _site(site, policy)]
        if all(site.base for site in group):
            lines.append("    respond 404")
        lines += [
            "    handle_errors {",
            *(f"        {line}" for site in group for line in _error(site, policy)),
            "    }",
        ]
        lines.append("}")
    return "\n".join(lines) + "\n"


def _to_tls(host: str, policy: Policy) -> list[str]:
    port = "" if policy.https_port == 443 else f":{policy.https_port}"
    bind = [f"    bind {policy.address}"] if policy.address else []
    return [f"http://{host}:{policy.http_port} {{", *bind, f"    redir https://{host}{port}{{uri}} 301", "}"]


def _site(site: Served, policy: Policy) -> list[str]:
    base = site.base
    lines = [f"redir {base} {site.target('/')} 301"] if base else []
    lines += [f"handle_path {base}/* {{" if base else "handle {"]
    inside = [
        *_common(site, policy),
        "@copy path " + " ".join(f"*.{ending}{suffix}" for ending in TEXTS for suffix in SIDECARS),
        "error @copy 404",
        "@other not method GET HEAD",
        "error @other 405",
        *_lost(site),
        _files(policy),
    ]
    return [*lines, *(f"    {line}" for line in inside), "}"]


def _error(site: Served, policy: Policy) -> list[str]:
    """The error pages. Here the path is the requested one, from before the site's prefix was stripped."""
    lines = [f"@{site.id} path_regexp ^{site.base}/", f"handle @{site.id} {{"]
    gone = site.error_page(410)
    inside = [
        *_common(site, policy, pages_only=True),
        "@gone expression {err.status_code} == 410",
        f"rewrite @gone {gone}",
        "@other expression {err.status_code} != 410",
        "rewrite @other /404.html",
        _files(policy),
    ]
    return [*lines, "    route {", *(f"        {line}" for line in inside), "    }", "}"]


def _common(site: Served, policy: Policy, *, pages_only: bool = False) -> list[str]:
    headers = {**all_headers(policy), "Content-Security-Policy": site.security(policy)}
    lines = [f"root * {quoted(str(site.live))}", "header -Server", "header ?Vary Accept-Encoding"]
    lines += [f"@guarded not path_regexp {EMBEDDED}"]
    framing = ("X-Frame-Options", "Content-Security-Policy")
    lines += [
        f"header {'@guarded ' if name in framing else ''}{name} {quoted(value)}" for name, value in headers.items()
    ]
    if pages_only:
        return [
            *lines,
            f"header Cache-Control {quoted(policy.pages)}",
            f"header Content-Type {quoted(TYPES['html'])}",
        ]
    lines += [
        f"@hashed path_regexp {HASHED}$",
        f"header @hashed Cache-Control {quoted(policy.hashed)}",
        f"@page path_regexp {FRESH}$",
        f"header @page Cache-Control {quoted(policy.pages)}",
        f"@embedded path_regexp {EMBEDDED}",
        f"header @embedded Cache-Control {quoted(policy.pages)}",
        f"header @embedded Content-Security-Policy {quoted(site.embedded_security(policy))}",
        "header @embedded Access-Control-Allow-Origin *",
        f"@open path_regexp {OPEN}",
        "header @open Access-Control-Allow-Origin *",
        "@rest {",
        f"    not path_regexp {HASHED}$",
        f"    not path_regexp {FRESH}$",
        f"    not path_regexp {EMBEDDED}",
        "}",
        f"header @rest Cache-Control {quoted(policy.others)}",
    ]
    for ending, kind in TYPES.items():
        lines += [f"@type_{ending} path *.{ending}", f"header @type_{ending} Content-Type {quoted(kind)}"]
    # in this order whatever the lengths of the paths: headers are set one after the other
    for number, (end, kind) in enumerate(NAMED.items()):
        lines += [f"@named_{number} path_regexp {end}$", f"header @named_{number} Content-Type {quoted(kind)}"]
    return [*lines, f"header ?Content-Type {UNKNOWN}"]


def _lost(site: Served) -> list[str]:
    """What to say where no file answers: a redirect, 410, or 404."""
    answers = [(u, f"{quoted(site.target(to))} 301") for u, to in site.answers.redirects.items()]
    answers += [(u, '"" 410') for u in site.answers.gone]
    rows = [(u, f"{_key(u)} {answer}") for u, answer in answers]
    # every key is compared in turn, so no regular expression: many old servers did not distinguish case, and links to them are
    # as they were written, or in small letters
    folded = Counter(u.lower() for u, _ in answers)
    rows += [(u, f"{_key(u.lower())} {answer}") for u, answer in answers if u != u.lower() and folded[u.lower()] == 1]
    queries = [row for u, row in rows if "?" in u]
    raw = [
        f"{quoted(sent)} {quoted(site.target(to)) if to else chr(34) * 2} {301 if to else 410}"
        for u, to in raw_answers(site).items()
        for sent in dict.fromkeys((u, _ESCAPE.sub(lambda match: match[0].lower(), u)))
    ]
    return [
        "@lost {",
        "    not {",
        "        path */",
        "        file {path}index.html",
        "    }",
        "    not {",
        "        not path */",
        "        file {path}",
        "    }",
        "}",
        "route @lost {",
        "    map {http.request.orig_uri} {jiyue_folder} {",
        f'        "~{FOLDER}" "$1/$2"',
        '        default ""',
        "    }",
        "    @folder {",
        "        file {path}/index.html",
        '        expression {jiyue_folder} != ""',
        "    }",
        "    redir @folder {jiyue_folder} 301",
        *(_asked("{path}?{query}", queries, "query_") if queries else ()),
        *_asked("{path}", [row for u, row in rows if "?" not in u], ""),
        *(_asked("{http.request.orig_uri}", raw, "raw_") if raw else ()),
        f"    @over path_regexp {OVER}$",
        "    error @over 410",
        "    error 404",
        "}",
    ]


def _asked(asked: str, rows: Sequence[str], kind: str) -> list[str]:
    """An answer by the whole address, query included (kind `query_`), goes before that of its path."""
    return [
        f"    map {asked} {{jiyue_{kind}to}} {{jiyue_{kind}state}} {{",
        *(f"        {row}" for row in rows),
        '        default "" 404',
        "    }",
        f'    @{kind}moved expression {{jiyue_{kind}state}} == "301"',
        f"    redir @{kind}moved {{jiyue_{kind}to}} 301",
        f'    @{kind}gone expression {{jiyue_{kind}state}} == "410"',
        f"    error @{kind}gone 410",
    ]


def _files(policy: Policy) -> str:
    names = " ".join({".br": "br", ".zst": "zstd", ".gz": "gzip"}[s] for s in policy.encodings)
    copies = f"    precompressed {names}\n" if names else ""
    return f"file_server {{\n    disable_canonical_uris\n{copies}}}"


def _key(url: str) -> str:
    return quoted(url) if quotable(url) else f'"~{exactly(url)}"'
