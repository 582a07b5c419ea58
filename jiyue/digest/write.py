"""Makes the digests of the chosen sites and writes them into a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.build.linking import link_sites
from jiyue.build.options import Options
from jiyue.build.planning import make_tasks
from jiyue.build.registry_cache import recall_registry
from jiyue.build.scanning import scan_all
from jiyue.build.site import site_view
from jiyue.digest.mail import mail
from jiyue.digest.markup import as_wechat, picture_list
from jiyue.digest.select import Digest, Period, Wanted, digest
from jiyue.registry.mail import MailSettings

MAIL, WECHAT, PICTURES = "mail.eml", "wechat.html", "pictures.txt"


def digests(options: Options, period: Period, wanted: Wanted) -> list[Digest]:
    """A digest for each of options.sites that has something new, of what is public at options.now. Raises ClusterBroken."""
    cache = Cache(options.root / ".jiyue" / "store")
    registry = recall_registry(options.root, cache)
    registry, summaries = scan_all(options, registry, cache, lambda *_: None)
    linkage = link_sites(options.root, registry, summaries, cache, options.now)
    tasks = {task.job.site.id: task for task in make_tasks(options, linkage.registry, summaries, linkage, cache)}
    made = (digest(site_view(tasks[site]), period, wanted) for site in linkage.registry.sites if site in tasks)
    return [one for one in made if one.size]


def write_digests(made: Iterable[Digest], folder: Path, settings: MailSettings | None, now: str) -> list[Path]:
    """Write each digest's files into a folder named after its site; the files."""
    written = []
    for one in made:
        files = {
            MAIL: mail(one, settings, now).as_bytes(),
            WECHAT: as_wechat(one).encode("utf-8", "replace"),
            PICTURES: picture_list(one).encode("utf-8", "replace"),
        }
        (folder / one.site).mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / one.site / name).write_bytes(data)
            written.append(folder / one.site / name)
    return written
