"""The finished pages that lie in the output, looked at for `jiyue check --pages` as they are before a release."""

from __future__ import annotations

from jiyue.build.options import Options
from jiyue.checks.output import verify_site
from jiyue.diagnostics import Diagnostic
from jiyue.registry.site import Registry
from jiyue.store import Store


def page_findings(options: Options, registry: Registry) -> list[Diagnostic]:
    """What is wrong with every page of the chosen sites; a page that did not change since is not read again."""
    store = Store(options.root / ".jiyue" / "store")
    found: list[Diagnostic] = []
    for site in registry.sites.values():
        folder = options.output / site.id
        if (options.sites and site.id not in options.sites) or not folder.is_dir():
            continue
        name = f"pages/{site.id}.json"
        kept = store.get(name)
        seen = verify_site(folder, site.id, site.base_path, kept)
        if seen.kept != kept:
            store.put(name, seen.kept)
        found += seen.found
    return found
