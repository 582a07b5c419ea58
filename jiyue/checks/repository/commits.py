"""Checks that the commits of a range stay within their authors' rights.

The rights at the base of the range count, so nobody can grant rights to themselves. Only admins may change anything
but the content of a registered site. Whatever can't be verified is rejected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from jiyue.base import clock
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.git import Change, Commit, Git, GitError
from jiyue.checks.repository.path_names import NAME, name_problem, normalize, printable, twin_findings
from jiyue.checks.repository.rights import POLICY, Account, NoPolicyError, PolicyError, Rights, of_site, rights_at

_SOURCE = "吉政办发〔2015〕5号（九）内容保障主体、（十二）信息联络员；本平台"

OUTSIDE = error(
    "rights-outside",
    "改动了职责以外的内容",
    "每个栏目有责任单位，谁负责谁改。别的站点、栏目的稿件由它的责任单位改，需要时提建议。",
    _SOURCE,
)
PROTECTED = error(
    "rights-protected",
    "改动了平台或者权限文件",
    "站点登记、权限、模板、程序和流水线配置决定全部站点的安全，只由管理员改。",
    _SOURCE,
)
UNKNOWN = error(
    "rights-unknown-account",
    "提交人没有登记",
    "没有登记的账号无从判断权限，按没有权限处理。",
    _SOURCE,
)
ENDED = error(
    "rights-ended",
    "提交人的权限已经到期",
    "外包人员的权限随合同结束：合同到期的次日起，它的账号不能再改任何内容。",
    "吉政办发〔2015〕5号（十八）外包关系",
)
LINK = error(
    "rights-link",
    "提交了符号链接或者子模块",
    "符号链接能把服务器上或者别的站点的文件带进来发布，子模块能引入没有审查过的内容。",
)
MODE = error(
    "rights-mode",
    "文件带有执行权限",
    "稿件和附件是数据，不是程序。带执行权限的文件可能在服务器上被运行。",
)
UNJUDGED = error(
    "rights-unjudged",
    "无法核对权限",
    "找不到基准提交、权限文件读不出来的时候，宁可拦下，不放过。",
)
RULES = (OUTSIDE, PROTECTED, UNKNOWN, ENDED, LINK, MODE, NAME, UNJUDGED)


NOTHING: Mapping[str, Collection[str]] = MappingProxyType({})

_MAKE_POLICY = (
    f"由管理员直接在受保护的主分支上提交 {POLICY}，先写管理员自己的账号，如 accounts: {{guanli@jl.example: {{role: admin}}}}，"
    "再给各单位的账号写 sites 或 columns（docs/checks.md「Rights」）"
)


def commit_findings(
    repo: Path,
    base: str,
    head: str,
    actor: str = "",
    *,
    signed: bool = False,
    reserved: Mapping[str, Collection[str]] = NOTHING,
    day: str = "",
) -> list[Diagnostic]:
    """Findings for changes in base..head that the rights at base forbid. Never raises: a failure is a finding.

    actor: the account that the forge authenticated for this push or merge request; all changes are checked as theirs.
    signed: each commit is checked as the account whose key (registered at base) signed it; an unsigned one has no account.
    The actor, or else the signer of the last commit, is responsible for all commits: a commit by someone else must be
    within the rights of both.
    With neither, each commit is checked by its committer's address. Anyone can forge that, so it only catches mistakes.
    reserved: paths of content that only admins and these accounts may change. day: of the push, on which the actor has to have
    their rights; '' for any. Whoever signed or committed has to have had them at the commit's time.
    """
    try:
        with Git(repo) as git:
            base_id, head_id = git.commit(base), git.commit(head)
            fork = git.merge_base(base_id, head_id)
            rights = rights_at(git, base_id)
            commits = git.commits(base_id, head_id)
            signers = signers_of(git, rights, commits, head_id) if signed else {}
            times = {} if actor or signed else git.graph(head_id)[1]
            total = git.changes(fork, head_id)
            paths = list(git.files(head_id))
    except NoPolicyError as problem:
        return [UNJUDGED.at(POLICY, 0, str(problem), _MAKE_POLICY)]
    except (GitError, PolicyError) as problem:
        return [UNJUDGED.at(POLICY, 0, str(problem), "CI 里取完整历史（fetch-depth: 0），并由管理员核对权限文件")]
    pusher = actor or (signers.get(head_id, "") if signed else commits[0].committer if commits else "")
    findings: dict[Diagnostic, None] = {}
    checked: set[str] = set()
    for commit in commits:
        responsible = [pusher] if actor or signed else [commit.committer]
        if signed:
            responsible.append(signers[commit.id])
        findings.update(dict.fromkeys(_unsafe_changes(rights, commit.changes, commit)))
        for who in dict.fromkeys(responsible):
            on = day if who == pusher and (actor or signed) else "" if signed else clock.minute(times[commit.id])[:10]
            findings.update(dict.fromkeys(_changes_without_right(rights, who, commit.changes, commit, reserved, on)))
        checked.update(change.path for change in commit.changes)
    # Changes of a merge that no commit of the range contains, such as reverting the work of others.
    rest = [change for change in total if change.path not in checked]
    findings.update(dict.fromkeys(_unsafe_changes(rights, rest, None)))
    findings.update(dict.fromkeys(_changes_without_right(rights, pusher, rest, None, reserved, day)))
    findings.update(dict.fromkeys(twin_findings({c.path for c in total if c.new_mode != "000000"} | checked, paths)))
    return [replace(d, path=printable(d.path), message=printable(d.message)) for d in findings]


def change_findings(
    rights: Rights,
    who: str,
    changes: Iterable[Change],
    reserved: Mapping[str, Collection[str]] = NOTHING,
    day: str = "",
) -> list[Diagnostic]:
    """Findings for changes that an account wants to commit on a day, '' for any."""
    changes = list(changes)
    without = _changes_without_right(rights, who, changes, None, reserved, day)
    return [*_unsafe_changes(rights, changes, None), *without]


def signers_of(git: Git, rights: Rights, commits: Sequence[Commit], head: str) -> dict[str, str]:
    """Commit -> the account whose key signed it; '' without a registered key valid at that time. Raises GitError.

    A commit's time counts as no earlier than that of its ancestors.
    """
    _, times = git.graph(head)
    signers = {}
    for commit, signature in git.signatures([commit.id for commit in commits]).items():
        account = rights.by_fingerprint(signature.fingerprint) if signature.holds else None
        valid = account is not None and account.key_is_valid(signature.fingerprint, times[commit])
        signers[commit] = account.name if account and valid else ""
    return signers


def _unsafe_changes(rights: Rights, changes: Iterable[Change], commit: Commit | None) -> Iterable[Diagnostic]:
    """Findings for changes that nobody may make, not even admins."""
    where = f"（提交 {commit.id[:10]}）" if commit else ""
    for change in changes:
        path = change.path
        site = _site_of(path, rights)
        unsafe = name_problem(path) if change.new_mode != "000000" else ""
        if unsafe:
            yield NAME.at(path, 0, f"文件名{unsafe}{where}", "改用普通的汉字、字母、数字和连字符命名", site=site)
        if change.new_mode == "120000":
            yield LINK.at(path, 0, f"提交了符号链接{where}", "放文件本身", site=site)
        elif change.new_mode == "160000":
            yield LINK.at(path, 0, f"提交了子模块{where}", "放文件本身", site=site)
        elif change.new_mode == "100755" and path.startswith(("content/", "sites/")):
            yield MODE.at(path, 0, f"文件带有执行权限{where}", "去掉执行权限：git update-index --chmod=-x", site=site)


def _changes_without_right(
    rights: Rights,
    who: str,
    changes: Iterable[Change],
    commit: Commit | None,
    reserved: Mapping[str, Collection[str]],
    day: str,
) -> Iterable[Diagnostic]:
    """Findings for changes beyond an account's rights on a day, '' for any."""
    account = rights.of(who)
    where = f"（提交 {commit.id[:10]}）" if commit else ""
    for number, change in enumerate(changes):
        path = change.path
        site = _site_of(path, rights)
        unsafe = change.new_mode != "000000" and name_problem(path)
        if account is None:
            if number == 0:
                hint = f"请管理员在 {POLICY} 登记该账号"
                yield UNKNOWN.at(path, 0, f"账号 {who or '（空）'} 没有登记{where}", hint, site=site)
        elif day and not account.has_rights(day):
            if number == 0:
                hint = f"续签的由管理员登记新合同或者改 {POLICY} 里的日期；不再续签的，请责任单位改"
                yield ENDED.at(
                    path, 0, f"账号 {account.name} 在 {day} 没有权限：合同或者期限不包括这一天{where}", hint, site=site
                )
        elif account.role != "admin" and path in reserved and account not in map(rights.of, reserved[path]):
            what, who_may = ("采用台账", "终审岗位") if reserved[path] else ("全站显示的图片", "管理员")
            yield PROTECTED.at(path, 0, f"{account.name} 不能改动{what}{where}", f"请{who_may}改", site=site)
        elif not account.may_change(path) or (unsafe and account.role != "admin"):
            yield _refusal(rights, account, path, site, where)
        elif account.role != "admin" and site not in rights.sites:
            yield OUTSIDE.at(
                path, 0, f"没有登记站点“{of_site(path) or path.split('/')[1]}”{where}", "请管理员先登记站点", site=site
            )


def _refusal(rights: Rights, account: Account, path: str, site: str, where: str) -> Diagnostic:
    top, _, inner = path.partition("/")
    if top != "content" and not of_site(path):
        return PROTECTED.at(path, 0, f"{account.name} 不能改动平台文件{where}", "请管理员改")
    folder = inner.split("/")[0]
    if top == "content" and folder not in rights.sites and normalize(folder) in {normalize(s) for s in rights.sites}:
        return NAME.at(path, 0, f"“{folder}”是已有站点名的变体{where}", "照站点登记的写法", site=site)
    return OUTSIDE.at(
        path,
        0,
        f"{account.name} 不负责这里{where}",
        "请责任单位改；确由本人负责的，请管理员在权限文件里登记",
        site=site,
    )


def _site_of(path: str, rights: Rights) -> str:
    parts = path.split("/")
    site = parts[1] if len(parts) > 2 and parts[0] == "content" else of_site(path)
    return site if site in rights.sites else ""
