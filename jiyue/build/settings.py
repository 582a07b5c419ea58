"""Pelican's settings for one site, the same for `pelicanconf.py` and the cluster's build, so that both make the same bytes."""

from __future__ import annotations

import importlib
from typing import Any

from jiyue.build.task import HOST_PLUGIN, OWN_PLUGINS, SiteTask
from jiyue.render.templates import environment_options, filters


def pelican_settings(task: SiteTask) -> dict[str, Any]:
    """The settings. They leave Pelican's own generators nothing to do: jiyue_plugins.host builds the pages."""
    job = task.job
    content = job.root / "content" / job.site.id
    decided = {"SITENAME": job.site.name, "SITEURL": job.site.url, "TIMEZONE": "Asia/Shanghai", "DEFAULT_LANG": "zh"}
    return {
        **decided,
        "JIYUE_DECIDED": decided,
        "PELICAN_CLASS": importlib.import_module(HOST_PLUGIN).SitePelican,
        "PATH": str(content if content.is_dir() else job.root),
        "OUTPUT_PATH": str(job.output / job.site.id),
        "DELETE_OUTPUT_DIRECTORY": False,
        "THEME": str(job.theme),
        "THEME_STATIC_PATHS": [],
        "STATIC_PATHS": [],
        "ARTICLE_PATHS": [],
        "PAGE_PATHS": [],
        "ARTICLE_EXCLUDES": [str(content)],
        "DIRECT_TEMPLATES": [],
        "PAGINATED_TEMPLATES": {},
        "FEED_ALL_ATOM": None,
        "FEED_ALL_RSS": None,
        "CATEGORY_FEED_ATOM": None,
        "TRANSLATION_FEED_ATOM": None,
        "AUTHOR_FEED_ATOM": None,
        "AUTHOR_FEED_RSS": None,
        "AUTHOR_SAVE_AS": "",
        "CATEGORY_SAVE_AS": "",
        "CATEGORY_URL": "{slug}/",
        "TAG_SAVE_AS": "",
        "READERS": {"rst": None, "html": None},
        "SLUGIFY_USE_UNICODE": True,
        "CACHE_CONTENT": False,
        "LOAD_CONTENT_CACHE": False,
        "JINJA_ENVIRONMENT": environment_options(job.theme, task.bytecode, job.site.lang),
        "JINJA_FILTERS": filters(),
        # modules, not names: Pelican would look for the last part of a dotted name in PLUGIN_PATHS first
        "PLUGINS": [*(importlib.import_module(name) for name in (*OWN_PLUGINS, HOST_PLUGIN)), *job.plugins],
        "PLUGIN_PATHS": [str(job.root / "plugins")] if (job.root / "plugins").is_dir() else [],
        "JIYUE_TASK": task,
    }
