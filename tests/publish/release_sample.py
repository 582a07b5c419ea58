"""A small cluster's output as the build writes it, for the tests of releases: files are replaced by rename."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release.make import Made, make_release
from jiyue.publish.release.maker import Maker, ReleaseSite
from jiyue.publish.release.signing import PublicKey
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import Switch, switch_live

CC = ReleaseSite("changchun", "https://www.cc.example")
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
KEYS = (PublicKey(KEY.public_key().public_bytes_raw(), "测试"),)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone(timedelta(hours=8)))
MAKER = Maker(now=NOW, commit="c0ffee", key=KEY, keys=KEYS, sbom=lambda: b"{}\n")


def put(path: Path, text: str | bytes) -> None:
    """Write as the build engine does: a new file, renamed into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".tmp")
    beside.write_bytes(text if isinstance(text, bytes) else text.encode())
    beside.replace(path)


LONG = "<p>长春。</p>\n" * 4000
"""Long enough for a copy in each encoding."""


def page(title: str, body: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="stylesheet" href="/theme/main.0123abcd.css"></head><body><h1>{title}</h1>\n{body}</body></html>\n'
    )


def write_site(output: Path, articles: Mapping[str, str], *, site: ReleaseSite = CC, assets: str = "0123abcd") -> None:
    """A whole site: articles (name → title) in the column tzgg, each with a picture; list, feed, records."""
    root = output / site.id
    wanted: dict[str, str | bytes] = {
        f"theme/main.{assets}.css": "body { background: url('bg.0a1b2c3d.png') }\n" + "/* x */\n" * 300,
        "theme/bg.0a1b2c3d.png": b"\x89PNG bg",
        "404.html": page("没有这个页面"),
        "index.html": page("长春市人民政府"),
        "robots.txt": "User-agent: *\n",
    }
    items, feed, rows = [], [], []
    for name, title in sorted(articles.items()):
        body = f'<p>正文：{title}。</p><img src="{name}/p.png" alt="图">' + LONG
        wanted[f"tzgg/{name}.html"] = page(title, body).replace("0123abcd", assets)
        wanted[f"tzgg/{name}/p.png"] = f"\x89PNG {name}".encode()
        items.append(f'<li class="item"><a href="/tzgg/{name}.html">{title}</a> <time>2026-11-20</time></li>\n')
        feed.append(f"<entry><title>{title}</title><link href='{site.url}/tzgg/{name}.html'/></entry>\n")
        row = {
            "id": f"id-{name}-0000", "url": f"{site.url}/tzgg/{name}.html", "title": title, "date": "2026-11-20",
            "column": "tzgg", "kind": "news", "source_path": f"content/{site.id}/tzgg/{name}.md",
        }  # fmt: skip
        rows.append(json.dumps(row, ensure_ascii=False) + "\n")
    wanted["tzgg/index.html"] = page("通知公告", "<ul>\n" + "".join(items) + "</ul>\n")
    wanted["feeds/all.atom.xml"] = "<feed>\n" + "".join(feed) + "</feed>\n"
    wanted["api/articles.jsonl"] = "".join(rows)
    wanted["search/index.json"] = json.dumps({"docs": [{"t": t} for t in articles.values()]}, ensure_ascii=False)
    for path, data in wanted.items():
        raw = data if isinstance(data, bytes) else data.encode()
        if not (root / path).is_file() or (root / path).read_bytes() != raw:
            put(root / path, raw)
    for file in sorted(p for p in root.rglob("*") if p.is_file()):
        if file.relative_to(root).as_posix() not in wanted:
            file.unlink()


def ship(
    store: Store, output: Path, withheld: Sequence[Withheld] = (), maker: Maker = MAKER, site: ReleaseSite = CC
) -> tuple[Made, Switch]:
    """Release and go live."""
    made = make_release(store, site, output / site.id, withheld, maker)
    return made, switch_live(store, site.id, made.id, maker.keys, maker.now)


def live_files(store: Store, site: str = "changchun") -> dict[str, bytes]:
    """What a reader can get: path → bytes, the manifest's own folder left out."""
    root = store.live_link(site)
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for p in sorted(root.rglob("*"))
        if p.is_file() and ".well-known" not in p.parts
    }


def later(maker: Maker, minutes: int) -> Maker:
    """The same maker with the clock moved."""

    return replace(maker, now=maker.now + timedelta(minutes=minutes))
