"""Brings the search index of one site up to date, as part of its output."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from jiyue.render import search

if TYPE_CHECKING:
    from jiyue.render.output import Output
    from jiyue.render.pages.view import SiteView
    from jiyue.render.result import SiteResult
    from jiyue.render.written import Memory, Remembered


def bring_index(
    view: SiteView, memory: Memory, output: Output, before: Remembered, texts: search.Texts, result: SiteResult
) -> str:
    """Bring the index up to date and return the digest of its inputs, '' where search is off.

    texts: of articles converted in this build. result: receives the site's own documents.
    """
    job = view.job
    ours = memory.folder is None
    whole = job.cluster.search and job.cluster.root == view.site.id
    if ours and not whole:
        search.remove(output, search.CLUSTER)
    if not job.cluster.search:
        if ours:
            search.remove(output, search.INDEX)
        return ""
    began = time.perf_counter()
    rows = search.search_rows(view)
    result.search_rows = [row for row in rows if not row.pushed]
    options = search.index_options(job.site, job.cluster, search.INDEX)
    searched = search.digest(rows, options)
    if not (before.unchanged and searched == before.searched):
        from jiyue.search.token_cache import Tokens, tokens_path  # noqa: PLC0415  (only where there is something to do)

        tokens = Tokens(tokens_path(memory.cache.folder, view.site.id))
        search.remember(texts, tokens)
        search.make(rows, job.root, output, search.INDEX, before.unchanged, tokens, options, ours)
        tokens.close(len(rows))
    if ours and whole:
        # made now: later it would change the parent folder's modification time, which is about to be recorded
        Path(output.folder, search.CLUSTER).mkdir(parents=True, exist_ok=True)
    result.add_seconds("搜索索引", began)
    return searched
