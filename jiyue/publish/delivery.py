"""After a release went live in the store: record its URLs in the ledger and deploy it to the site's target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jiyue.base.diagnostics import Diagnostic, error, has_errors, warning
from jiyue.publish.cluster import PublishedCluster, published_urls
from jiyue.publish.deploy.target import Deployment, TargetContext, bundle, deploy
from jiyue.publish.deploy.targets import target_of
from jiyue.publish.first_live import note_first_live
from jiyue.publish.first_live import path_of as first_live_path
from jiyue.publish.ledger_update import moved_state, note_addresses
from jiyue.publish.release.batch import FAILED, SiteOutcome, error_message
from jiyue.publish.release.maker import Maker
from jiyue.publish.release.store import Store
from jiyue.publish.state import stored_state, update_state
from jiyue.registry import url_ledger
from jiyue.registry.deploy import deploy_of

UNDEPLOYED = error("deploy-failed", "没有送到目标", "新版本已在本机备好，但读者看到的仍是原版本。")
CAVEAT = warning("deploy-not-atomic", "目标不能原子切换", "更新期间读者可能看到新旧混合的页面。")


def record_and_deploy(
    cluster: PublishedCluster,
    outcome: SiteOutcome,
    aliases: Mapping[str, str],
    maker: Maker,
    deployments: list[Deployment],
) -> SiteOutcome:
    """Record the URLs, deploy; the outcome with the diagnostics of both. Never raises: one site never stops another."""
    name = outcome.site
    live = cluster.store.live_id(name)
    stored = stored_state(cluster.store, name)
    if not live or (
        outcome.live is None
        and stored.get("sent", live) == live
        and moved_state(cluster, name, live) == stored.get("moved", "")
    ):
        return outcome
    urls: url_ledger.Ledger = {}
    published = (cluster.root / url_ledger.path_of(name)).is_file()
    try:
        if name in cluster.registry.former_ids - cluster.registry.urls.keys():
            urls, diagnostics = url_ledger.read(cluster.root, name)  # its heir says where they lead
        else:
            urls, diagnostics = note_addresses(cluster, name, aliases, maker)
        if name not in cluster.registry.urls:
            diagnostics = []  # check_removed() has reported the removed site
    except Exception as cause:
        message = f"网址台账没有写成：{error_message(cause)}"
        diagnostics = [FAILED.at(url_ledger.path_of(name), 0, message, "检查磁盘和权限后再发布。", site=name)]
    deployed = deploy_site(cluster, name, urls, maker, deployments)
    if not has_errors(deployed):  # else readers don't see it yet
        try:
            before = stored.get("sent") or (outcome.live.before if outcome.live else "")
            note_first_live(cluster, name, str(before), maker, published=published)
        except Exception as cause:
            message = f"转载时间台账没有写成：{error_message(cause)}"
            hint = "检查磁盘和权限后再发布。"
            deployed.append(FAILED.at(first_live_path(name), 0, message, hint, site=name))
    return replace(outcome, diagnostics=(*outcome.diagnostics, *diagnostics, *deployed))


def deploy_site(
    cluster: PublishedCluster,
    name: str,
    urls: url_ledger.Ledger,
    maker: Maker,
    deployments: list[Deployment],
    *,
    store: Store | None = None,
    release: str = "",
    dry: bool = False,
) -> list[Diagnostic]:
    """Deploy the live release to the site's target; where the site's file is broken or gone, to its last target."""
    settings = settings_of(cluster, name)
    if not settings:
        return []
    try:
        answers = url_ledger.answers(urls, published_urls(cluster, name))
        context = TargetContext(cluster.site(name), cluster.root, maker.keys, maker.now, answers, maker.jobs)
        target = target_of(deploy_of(settings), context)
        keys = () if dry else maker.keys
        what = bundle(store or cluster.store, name, keys, release)
        done = deploy(target, what, keys, dry=dry)
    except Exception as cause:
        hint = "处理后再运行 jiyue publish，会接着送。"
        if not dry:
            update_state(cluster, name, sent="")
        return [UNDEPLOYED.at(f"sites/{name}.yaml", 0, error_message(cause), hint, site=name)]
    deployments.append(done)
    if not dry:
        served = str(settings.get("path", ""))
        update_state(cluster, name, served=served, sent=what.manifest.id, deploy=dict(settings))
    if done.caveat:
        return [CAVEAT.at(f"sites/{name}.yaml", 0, done.caveat, "需要原子切换时换用别的目标。", site=name)]
    return []


def settings_of(cluster: PublishedCluster, name: str) -> Mapping[str, Any]:
    """The `deploy:` of a site; the last one that was used where its file is broken or gone. {} without."""
    site = cluster.registry.sites.get(name)
    if site is not None:
        return site.deploy
    stored = stored_state(cluster.store, name).get("deploy")
    return stored if isinstance(stored, dict) else {}
