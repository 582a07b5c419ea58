"""Decides whether git proves a review record, given `sites/<id>.yaml` (posts and their accounts) and the rights.

A record introduced by a squash, rebase or rewriting merge counts as written by whoever made that commit. 终审 and 保密审查
approve the text and every file of the site that it refers to. The writers of a text are all who introduced a line that
is still there. A withdrawal is a record, too: only holders of 终审 or 保密审查 may make an article visible again, under
the same name or another.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from jiyue.base.clock import BEIJING
from jiyue.base.git import Signature
from jiyue.checks.article.review import LIFTED
from jiyue.checks.repository.article_version import Version
from jiyue.checks.repository.evidence import NOT_COMMITTED, SHALLOW, WRITTEN, Facts, Origin
from jiyue.checks.repository.history import COVERING
from jiyue.checks.repository.rights import Account, Rights
from jiyue.registry.site import REVIEW_STEPS, Site


class Shown(NamedTuple):
    """A version of an article with the blobs of the files it refers to. there: whether it counted as an article."""

    version: Version = Version()
    files: tuple[tuple[str, str], ...] = ()
    exists: bool = False

    @property
    def approved(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The part that an approval covers."""
        return self.version.text, self.files


def rejected_records(
    records: Mapping[str, Mapping[str, Any]], author: str, facts: Facts | None, site: Site, rights: Rights
) -> dict[str, str]:
    """Step -> why its record does not count, in Chinese; valid records are omitted.

    The key LIFTED gives why an article is still withdrawn.
    """
    if facts is None or facts.trouble:
        return dict.fromkeys(records, _trouble(facts))
    wrote = _writers(site, author, facts, rights)
    problems: dict[str, str] = {}
    used: dict[str, str] = {}
    for step, record in records.items():
        holders = _accounts(site, record["by"], REVIEW_STEPS[step], record["date"][:10])
        faults = [_problem(origin, step, record["by"], holders, rights) for origin in facts.origins.get(step, ())]
        if "" not in faults:
            problems[step] = faults[0] if faults else "没有查到是哪次提交写入的"
            continue
        origin = facts.origins[step][faults.index("")]
        account = _signer(origin, rights)
        assert account is not None
        if account.name in wrote:
            problems[step] = f"账号 {account.name} 也是撰稿的账号，不能审核自己的稿件"
        elif used.setdefault(account.name, step) != step:
            problems[step] = (
                f"账号 {account.name} 已经做了{REVIEW_STEPS[used[account.name]]}，同一个人不能再做{REVIEW_STEPS[step]}"
            )
    if facts.withdrawn:
        steps = _may_lift(site, facts, rights)
        renewed = any(
            o.commit in facts.renewed for s in steps if s in records and s not in problems for o in facts.origins[s]
        )
        if not renewed and not any(
            _lifts(site, _signer(o, rights), o, steps, rights) for o in facts.origins[LIFTED] if _in_time(o, rights)
        ):
            problems[LIFTED] = _still(facts, steps)
    return problems


def still_withdrawn(
    facts: Facts, site: Site, rights: Rights, recent: Collection[str], who: Callable[[Origin], Account | None]
) -> str:
    """Why incoming commits may not make an article visible again; '' if they may.

    recent: the incoming commits; earlier ones were checked on arrival. who: origin -> the responsible account.
    """
    if facts.trouble not in ("", *_TROUBLE):
        return facts.trouble  # git failed: nothing may be concluded
    origins = facts.origins.get(LIFTED, [])
    steps = _may_lift(site, facts, rights)
    if not facts.withdrawn or not steps or any(o.commit not in recent for o in origins):
        return ""
    return "" if any(_lifts(site, who(o), o, steps, rights) for o in origins) else _still(facts, steps)


def _still(facts: Facts, steps: Iterable[str]) -> str:
    roles = "或者".join(REVIEW_STEPS[step] for step in steps)
    commit = facts.origins[LIFTED][0].commit[:10]
    return f"稿件自 {facts.withdrawn[:10]} 起撤下，提交 {commit} 让它重新公开，没有{roles}岗位批准"


def _may_lift(site: Site, facts: Facts, rights: Rights) -> tuple[str, ...]:
    """The steps whose holders may end a withdrawal: those of its setters, else both; () if the site has no such post."""
    held = tuple(step for step in COVERING if any(o["role"] == REVIEW_STEPS[step] for o in site.officers))
    setters = [account for origin in facts.setters if (account := _signer(origin, rights))]
    theirs = tuple(s for s in held if any(_holds(site, account, s, rights) for account in setters))
    return theirs or held


def _lifts(site: Site, account: Account | None, origin: Origin, steps: Iterable[str], rights: Rights) -> bool:
    """Whether an account held one of the posts at the time. If no account is registered for them, an admin counts."""
    roles = {REVIEW_STEPS[step] for step in steps}
    if not any(o.get(key) for o in site.officers if o["role"] in roles for key in ("account", "deputy_account")):
        return account is not None and account.role == "admin"
    day = datetime.datetime.fromtimestamp(origin.at, BEIJING).date().isoformat()
    return account is not None and any(_holds(site, account, step, rights, day) for step in steps)


def _holds(site: Site, account: Account, step: str, rights: Rights, day: str = "") -> bool:
    """Whether an account holds, or deputizes for, a post with a step's role."""
    posts = {post for o in site.officers for post in (o["post"], o.get("deputy", ""))} - {""}
    return any(rights.of(name) is account for post in posts for name in _accounts(site, post, REVIEW_STEPS[step], day))


def rejected_records_of_push(
    records: Mapping[str, Mapping[str, Any]], author: str, before: Shown, after: Shown, pusher: Account | None,
    facts: Facts | None, site: Site, rights: Rights,
) -> dict[str, str]:  # fmt: skip
    """rejected_records() for one article in a push authenticated by a forge: new records must be for the pusher's posts.

    before: the article at the start of the push; Shown() if it did not count as an article then. Records that counted
    before were checked by an earlier push.
    """
    old, new = before.version, after.version
    wrote = _writers(site, author, facts, rights)
    changed = before.approved != after.approved
    if pusher and (not before.exists or new.lines - old.lines or before.files != after.files):
        wrote.add(pusher.name)
    problems: dict[str, str] = {}
    fresh = []
    for step, record in records.items():
        unchanged = old.records.get(step) == new.records.get(step)
        if unchanged and (step not in COVERING or not changed):
            continue
        holders = _accounts(site, record["by"], REVIEW_STEPS[step], record["date"][:10])
        fresh += [] if unchanged else [step]
        if pusher is None:
            problems[step] = "没有给出代码平台认证的推送人"
        elif not any(rights.of(holder) is pusher for holder in holders):
            who = f"{REVIEW_STEPS[step]}之后又改了稿件或者附件，推送人" if unchanged else "记录的推送人"
            problems[step] = f"{who} {pusher.name} 不是岗位「{record['by']}」登记的账号"
        elif facts is None or facts.trouble:
            problems[step] = _trouble(facts)
        elif pusher.name in wrote:
            problems[step] = f"账号 {pusher.name} 也是撰稿的账号，不能审核自己的稿件"
    mine = [s for s in records if s not in fresh and pusher and _holds_post(site, records[s], s, pusher, rights)]
    for number, step in enumerate(step for step in fresh if step not in problems):
        if number or mine:
            first = mine[0] if mine else next(s for s in fresh if s not in problems)
            problems[step] = f"同一个账号不能既做{REVIEW_STEPS[first]}又做{REVIEW_STEPS[step]}"
    return problems


def hidden_writer(facts: Facts, recent: Collection[str], pusher: Account | None, site: Site, rights: Rights) -> str:
    """The finding's message if a pusher who may approve on this site pushes a change under someone else's address; else ''.

    A push proves who pushes, but git stores only what a commit claims. So whoever may approve must commit the
    changes that they push under their own address.
    """
    if pusher is None or not any(_holds(site, pusher, step, rights) for step in REVIEW_STEPS):
        return ""
    for origin in facts.origins.get(WRITTEN, ()):
        if origin.commit in recent and not any(rights.of(person) is pusher for person in origin.people):
            return f"提交 {origin.commit[:10]} 改了稿件，署名不是推送人 {pusher.name}"
    return ""


_TROUBLE = {
    NOT_COMMITTED: "稿件还没有提交，或者提交以后又改过",
    SHALLOW: "提交历史不完整（浅克隆），查不到是谁写入的",
}


def _trouble(facts: Facts | None) -> str:
    return _TROUBLE.get(facts.trouble, facts.trouble) if facts else "没有查到提交记录"


def _writers(site: Site, author: str, facts: Facts | None, rights: Rights) -> set[str]:
    """The names of accounts that wrote a text, by key or else by commit address, and of the holders of the author's post."""
    writers = {account.name for name in _accounts(site, author, "", "") if (account := rights.of(name))}
    for origin in facts.origins.get(WRITTEN, ()) if facts else ():
        signer = _signer(origin, rights)
        named = [signer] if signer else [rights.of(person) for person in origin.people]
        writers |= {account.name for account in named if account}
    return writers


def _accounts(site: Site, post: str, role: str, day: str) -> set[str]:
    """The accounts of a post's holders and deputies; role and day '' match any."""
    accounts = set()
    for officer in site.officers:
        if (role and officer["role"] != role) or (
            day and not officer.get("since", "") <= day <= officer.get("until", "9999")
        ):
            continue
        if officer["post"] == post:
            accounts.add(officer.get("account", ""))
        if officer.get("deputy") == post:
            accounts.add(officer.get("deputy_account", ""))
    return accounts - {""}


def _holds_post(site: Site, record: Mapping[str, Any], step: str, account: Account, rights: Rights) -> bool:
    return any(
        rights.of(name) is account for name in _accounts(site, record["by"], REVIEW_STEPS[step], record["date"][:10])
    )


def _signer(origin: Origin, rights: Rights) -> Account | None:
    signature = Signature(origin.state, origin.fingerprint)
    return rights.by_fingerprint(origin.fingerprint) if signature.holds else None


def _in_time(origin: Origin, rights: Rights) -> bool:
    account = _signer(origin, rights)
    return account is not None and account.key_is_valid(origin.fingerprint, origin.at)


def _problem(  # noqa: PLR0911  (one return per problem)
    origin: Origin, step: str, post: str, holders: set[str], rights: Rights
) -> str:
    """Why a record's origin does not prove it; '' if it does."""
    commit = f"（提交 {origin.commit[:10]}）"
    if not holders:
        return f"岗位「{post}」没有登记账号，无从核对"
    if origin.state == "N":
        return f"写入记录的提交没有签名{commit}"
    account = _signer(origin, rights)
    if account is None:
        bad = origin.state not in ("G", "U")
        return f"写入记录的提交签名无效{commit}" if bad else f"写入记录的提交由没有登记的密钥签名{commit}"
    if not any(rights.of(holder) is account for holder in holders):
        return f"记录是账号 {account.name} 写入的，不是岗位「{post}」的账号{commit}"
    if not account.key_is_valid(origin.fingerprint, origin.at):
        return f"签名的密钥当时已经停用或者还没有启用{commit}"
    if step in COVERING and not origin.covers:
        return f"{REVIEW_STEPS[step]}之后又改了稿件或者附件{commit}"
    return ""
