"""What releases cost: `python bench/release_cost.py SITES ARTICLES` prints seconds, files and bytes as JSON lines.

Makes an output of SITES × ARTICLES pages, publishes all of it, deploys it to a folder, changes one article, publishes
and deploys again, and rolls that site back. Needs about 25 kB of disk a page.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiyue.deploy.folder import FolderTarget
from jiyue.deploy.target import bundle, deploy
from jiyue.release.maker import Maker, Site
from jiyue.release.publish import Options, publish, roll_back
from jiyue.release.sbom import sbom
from jiyue.release.signing import PublicKey
from jiyue.release.store import Store
from jiyue.release.verify import verify

TEXT = "各县（市）区人民政府，各有关单位：经市政府同意，现将有关事项通知如下，请认真贯彻执行。" * 30


@contextmanager
def timed(name: str, **more: object) -> Iterator[dict[str, object]]:
    start = time.perf_counter()
    yield more
    print(json.dumps({"step": name, "seconds": round(time.perf_counter() - start, 3), **more}), flush=True)


def put(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def page(site: str, n: int, text: str) -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{site} {n}</title></head><body><h1>{site} {n}</h1><p>{text}{n}</p></body>\n"
    )


def main(sites: int, articles: int) -> None:
    key = Ed25519PrivateKey.generate()
    keys = (PublicKey(key.public_key().public_bytes_raw()),)
    now = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        output, store = root / "output", Store(root / "store")
        all_sites = [Site(f"s{n}", f"https://s{n}.example") for n in range(sites)]
        for site in all_sites:
            (output / site.id / "tzgg").mkdir(parents=True)
            for n in range(articles):
                (output / site.id / f"tzgg/{n}.html").write_text(page(site.id, n, TEXT), "utf-8")
        maker = Maker(now, "c0ffee", key, keys, sbom("c0ffee"))
        target = FolderTarget(root / "www", keys, now)
        with timed("first publish", sites=sites, articles=articles):
            assert all(o.well for o in publish(store, all_sites, output, maker, Options()))
        with timed("first deploy") as said:
            said["bytes"] = sum(deploy(target, bundle(store, s.id, keys), keys).moved for s in all_sites)
        put(output / "s0/tzgg/7.html", page("s0", 7, "更正。" + TEXT))
        later = replace(maker, now=now + timedelta(minutes=5))
        with timed("publish one changed article") as said:
            outcomes = publish(store, all_sites, output, later, Options())
            said["new releases"] = sum(bool(o.made and o.made.new) for o in outcomes)
            said["changed"] = [p for o in outcomes if o.made for p in (*o.made.added, *o.made.changed, *o.made.removed)]
        with timed("deploy one changed article") as said:
            sent = [deploy(target, bundle(store, s.id, keys), keys) for s in all_sites]
            said["files"] = [p for s in sent for p in (*s.added, *s.changed, *s.removed)]
            said["bytes"] = sum(s.moved for s in sent)
        with timed("verify one site") as said:
            said["findings"] = len(verify(store.live_link("s0"), keys))
        with timed("roll one site back") as said:
            said["well"] = roll_back(store, "s0", replace(maker, now=now + timedelta(minutes=6))).well


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
