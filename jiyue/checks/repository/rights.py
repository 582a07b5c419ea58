"""Who may change what, and whether a range of commits kept to it.

`sites/rights.yaml` says it:

    accounts:
      wang@cc.example:                 # the name that the forge or the commit gives
        role: editor                   # editor (content) or admin (everything); editor if left out
        sites: [changchun]             # whole sites
        columns: [jilin/tzgg]          # or single columns
        aliases: [wang-cc]             # other names of the same account: the forge's user name
        keys: ["ssh-ed25519 AAAA…"]    # for signed commits; one that is no longer used stays, with the day it ended:
                                       # {key: "ssh-ed25519 AAAA…", until: 2026-06-30}; OpenPGP: "gpg:" and 40 digits

The rights that count are those at the base of the range, so nobody grants themselves anything. Everything else than the
content of a registered site belongs to admins. Whatever is not understood is refused.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from jiyue.base import clock
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.git import FILES, Change, Commit, Git, GitError
from jiyue.base.patterns import pattern
from jiyue.registry.site import site_ids

POLICY = "sites/rights.yaml"
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
NAME = error(
    "rights-name",
    "文件名不安全",
    "看不见的字符、大小写或者全角半角的变体、“..”和反斜杠，会让两个不同的文件看起来一样，或者在别的系统上落到别的文件夹。",
)
UNJUDGED = error(
    "rights-unjudged",
    "无法核对权限",
    "找不到基准提交、权限文件读不出来的时候，宁可拦下，不放过。",
)
RULES = (OUTSIDE, PROTECTED, UNKNOWN, LINK, MODE, NAME, UNJUDGED)


class ColumnLike(Protocol):
    """What is needed of a column: its folder in the site's tree."""

    @property
    def path(self) -> str: ...


class SiteLike(Protocol):
    """What is needed of a registered site."""

    @property
    def id(self) -> str: ...

    @property
    def columns(self) -> Sequence[ColumnLike]: ...


@dataclass(frozen=True, slots=True)
class Key:
    """A key that signs commits: `ssh-… base64` or `gpg:` and a fingerprint; the first and last day it counts, '' for any."""

    text: str
    since: str = ""
    until: str = ""

    @property
    def fingerprint(self) -> str:
        """As git shows it: `SHA256:…`, or the 40 hexadecimal digits of an OpenPGP key."""
        if self.text.startswith("gpg:"):
            return self.text[4:].upper()
        blob = base64.b64decode(self.text.split()[1])
        return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")

    def signer(self, name: str) -> str:
        """Its line of an allowed signers file (ssh-keygen(1))."""
        bounds = [f'valid-after="{self.since.replace("-", "")}"'] if self.since else []
        if self.until:
            after = datetime.date.fromisoformat(self.until) + datetime.timedelta(days=1)
            bounds.append(f'valid-before="{after:%Y%m%d}"')
        return " ".join([name, *([",".join(bounds)] if bounds else []), self.text])


@dataclass(frozen=True, slots=True)
class Account:
    """One who may change things: sites by id, columns as `site/folder`."""

    name: str
    role: str = "editor"
    sites: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()
    keys: tuple[Key, ...] = ()

    def may_change(self, path: str) -> bool:
        """Whether a path of the repository, in its plain form, is within these rights."""
        if self.role == "admin":
            return True
        top, _, inner = path.partition("/")
        site, _, rest = inner.partition("/")
        if top != "content" or not rest:
            return False
        return site in self.sites or any(inner.startswith(column + "/") for column in self.columns)

    def key_is_valid(self, fingerprint: str, at: int) -> bool:
        """Whether one of its keys counted at a time in seconds; days are Beijing's."""
        day = datetime.datetime.fromtimestamp(at, clock.BEIJING).date().isoformat()
        return any(k.fingerprint == fingerprint and k.since <= day <= (k.until or "9999") for k in self.keys)


class PolicyError(ValueError):
    """Rights that can't be used; str() is Chinese."""


class NoPolicyError(PolicyError):
    """There is no file of rights at all."""


@dataclass(frozen=True)
class Rights:
    """All accounts, and the ids of the registered sites."""

    accounts: Mapping[str, Account] = field(default_factory=dict)
    sites: frozenset[str] = frozenset()

    def of(self, name: str) -> Account | None:
        """The account of a name or alias, which count without regard to case."""
        return self.accounts.get(name.strip().casefold())

    def signers(self) -> str:
        """The lines of an allowed signers file (ssh-keygen(1)) for all registered keys; never empty."""
        accounts = sorted(set(self.accounts.values()), key=lambda account: account.name)
        keys = ((a.name, key) for a in accounts for key in a.keys if not key.text.startswith("gpg:"))
        return "# name key\n" + "".join(key.signer(name) + "\n" for name, key in keys)

    def by_fingerprint(self, fingerprint: str) -> Account | None:
        """The account that a key is registered for."""
        return self._fingerprints.get(fingerprint)

    @cached_property
    def _fingerprints(self) -> dict[str, Account]:
        return {key.fingerprint: account for account in self.accounts.values() for key in account.keys}


def parse_rights(policy: object, sites: Iterable[str]) -> Rights:
    """Rights from the parsed rights file and the ids of the registered sites. Raises PolicyError."""
    entries = _mapping(_mapping(policy, "权限文件").get("accounts"), "accounts")
    accounts: dict[str, Account] = {}
    owners: dict[str, Account] = {}
    for name, entry in entries.items():
        account = _account(str(name), _mapping(entry, f"账号 {name}"))
        for key in account.keys:
            if owners.setdefault(key.fingerprint, account) is not account:
                raise PolicyError(f"账号 {name} 和 {owners[key.fingerprint].name} 登记了同一个密钥")
        for known_as in (account.name, *account.aliases):
            if accounts.setdefault(known_as.strip().casefold(), account) is not account:
                raise PolicyError(f"名字 {known_as} 属于两个账号")
    return Rights(accounts, frozenset(sites))


_KEY = pattern(r"(?:ssh|ecdsa|sk)-[\w@.\-]+ [A-Za-z0-9+/]{8,}={0,2}(?: [^\n]*)?|gpg:[0-9A-Fa-f]{40}")
_KEY_FORM = "keys 写成“ssh-ed25519 AAAA…”，停用的写成 {key: …, until: 2026-06-30}"


def _key(name: str, entry: object) -> Key:
    fields = entry if isinstance(entry, dict) else {"key": entry}
    text, since, until = (str(fields.get(part, "")) for part in ("key", "since", "until"))
    try:
        if not _KEY.fullmatch(text) or fields.keys() - {"key", "since", "until"}:
            raise ValueError
        key = Key(text, *(datetime.date.fromisoformat(day).isoformat() if day else "" for day in (since, until)))
        key.fingerprint  # noqa: B018  (raises for base64 that is none)
    except ValueError:
        raise PolicyError(f"账号 {name}：{_KEY_FORM}") from None
    return key


def _account(name: str, entry: Mapping[str, Any]) -> Account:
    unknown = sorted(set(map(str, entry)) - {"role", "sites", "columns", "aliases", "keys"})
    if unknown:
        raise PolicyError(f"账号 {name}：不认识的字段 {unknown[0]}")
    if _INVISIBLE.search(name):
        raise PolicyError(f"账号 {_shown(name)}：名字含有看不见的字符")
    role = entry.get("role", "editor")
    if role not in ("editor", "admin"):
        raise PolicyError(f"账号 {name}：role 只能是 editor 或者 admin")
    lists: dict[str, list[str]] = {}
    for key in ("sites", "columns", "aliases"):
        value = entry.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise PolicyError(f"账号 {name}：{key} 是文字的列表")
        if any(_INVISIBLE.search(item) for item in value):
            raise PolicyError(f"账号 {name}：{key} 含有看不见的字符")
        lists[key] = value
    given = entry.get("keys") or []
    if not isinstance(given, list) or (given and re.search(r"[\s,*?!\"]", name)):
        raise PolicyError(f"账号 {name}：{_KEY_FORM}")
    keys = tuple(_key(name, key) for key in given)
    columns = frozenset(column.strip("/") for column in lists["columns"])
    if any("/" not in column or ".." in column.split("/") for column in columns):
        raise PolicyError(f"账号 {name}：columns 写成“站点/栏目”")
    return Account(name, role, frozenset(lists["sites"]), columns, frozenset(lists["aliases"]), keys)


def _mapping(value: object, what: str) -> Mapping[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise PolicyError(f"{what} 应当是“字段: 值”的形式")
    return value


def rights_at(git: Git, rev: str) -> Rights:
    """The rights as they stand at a commit. Raises PolicyError, GitError."""
    import yaml  # noqa: PLC0415

    files = {path: file for path, file in git.files(rev, "sites").items() if re.fullmatch(r"sites/[^/]+\.yaml", path)}
    if POLICY not in files or files[POLICY].mode not in FILES:
        raise NoPolicyError(f"基准提交里没有 {POLICY}，谁可以改什么无从判断")
    content = git.blob(files[POLICY].blob)
    if re.search(rb"(?m)(?:^|[\s\[{,:-])[&*][^\s,\]}]", content):  # aliases grow without end; names have no use for one
        raise PolicyError(f"{POLICY} 里不用 YAML 的锚点和别名")
    try:
        policy = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise PolicyError(f"{POLICY} 读不出来") from problem
    return parse_rights(policy, site_ids(path.removeprefix("sites/") for path in files))


def load_rights(root: Path, sites: Iterable[str]) -> Rights:
    """The rights as they stand in the working tree, to write CODEOWNERS from. Raises PolicyError."""
    import yaml  # noqa: PLC0415

    try:
        return parse_rights(yaml.safe_load((root / POLICY).read_text(encoding="utf-8")), sites)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as problem:
        raise PolicyError(f"{POLICY} 读不出来") from problem


_MAKE_POLICY = (
    f"由管理员直接在受保护的主分支上提交 {POLICY}，先写管理员自己的账号，如 accounts: {{guanli@jl.example: {{role: admin}}}}，"
    "再给各单位的账号写 sites 或 columns（docs/checks.md「Rights」）"
)


def judge(
    repo: Path, base: str, head: str, actor: str = "", *, signed: bool = False, reserved: Collection[str] = ()
) -> list[Diagnostic]:
    """What the commits of base..head may not do, by the rights at base. Never raises: what fails is a finding.

    actor: the account that the forge authenticated for this push or merge request; all changes are judged as theirs.
    signed: each commit is judged as the account whose key (registered at base) signed it; an unsigned one is nobody's.
    Whoever brings in commits answers for all of them: the actor, else who signed the last one; a commit of somebody
    else's has to be within the rights of both.
    With neither, each is judged by the address of its committer, which anyone can write: it guards against slips only.
    reserved: paths of content that belong to admins all the same.
    """
    try:
        with Git(repo) as git:
            base_id, head_id = git.commit(base), git.commit(head)
            fork = git.merge_base(base_id, head_id)
            rights = rights_at(git, base_id)
            commits = git.commits(base_id, head_id)
            signers = signers_of(git, rights, commits, head_id) if signed else {}
            total = git.changes(fork, head_id)
            paths = list(git.files(head_id))
    except NoPolicyError as problem:
        return [UNJUDGED.at(POLICY, 0, str(problem), _MAKE_POLICY)]
    except (GitError, PolicyError) as problem:
        return [UNJUDGED.at(POLICY, 0, str(problem), "CI 里取完整历史（fetch-depth: 0），并由管理员核对权限文件")]
    pusher = actor or (signers.get(head_id, "") if signed else commits[0].committer if commits else "")
    found: dict[Diagnostic, None] = {}
    judged: set[str] = set()
    for commit in commits:
        responsible = [pusher] if actor or signed else [commit.committer]
        if signed:
            responsible.append(signers[commit.id])
        found.update(dict.fromkeys(_unsafe(rights, commit.changes, commit)))
        for who in dict.fromkeys(responsible):
            found.update(dict.fromkeys(_beyond(rights, who, commit.changes, commit, reserved)))
        judged.update(change.path for change in commit.changes)
    # What a merge changed without any commit of the range touching it, such as taking back the work of others.
    rest = [change for change in total if change.path not in judged]
    found.update(dict.fromkeys(_unsafe(rights, rest, None)))
    found.update(dict.fromkeys(_beyond(rights, pusher, rest, None, reserved)))
    found.update(dict.fromkeys(_twins({c.path for c in total if c.new_mode != "000000"} | judged, paths)))
    return [replace(d, path=_shown(d.path), message=_shown(d.message)) for d in found]


def signers_of(git: Git, rights: Rights, commits: Sequence[Commit], head: str) -> dict[str, str]:
    """Whose key signed each commit, '' where nobody's did that was registered and counted then. Raises GitError.

    A commit counts as no earlier than those that it stands on, whatever it says of itself.
    """
    _, times = git.graph(head)
    signers = {}
    for commit, signature in git.signatures([commit.id for commit in commits]).items():
        account = rights.by_fingerprint(signature.fingerprint) if signature.holds else None
        valid = account is not None and account.key_is_valid(signature.fingerprint, times[commit])
        signers[commit] = account.name if account and valid else ""
    return signers


def _shown(text: str) -> str:
    """Text with what can't be seen, and the bytes that are no UTF-8, written out, so that it can be printed."""
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    number = ord(char)
    if 0xDC80 <= number <= 0xDCFF:  # a byte that is no UTF-8
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def name_findings(paths: Iterable[str]) -> list[Diagnostic]:
    """A finding for each path that is not safe to read or to publish."""
    return [
        NAME.at(_shown(path), 0, f"文件名{problem}", "改用普通的汉字、字母、数字和连字符命名")
        for path in paths
        if (problem := name_problem(path))
    ]


def _unsafe(rights: Rights, changes: Iterable[Change], commit: Commit | None) -> Iterable[Diagnostic]:
    """What nobody may bring in, whoever they are."""
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


def _beyond(
    rights: Rights, who: str, changes: Iterable[Change], commit: Commit | None, reserved: Collection[str]
) -> Iterable[Diagnostic]:
    """What goes beyond an account's rights."""
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
        elif account.role != "admin" and path in reserved:
            yield PROTECTED.at(path, 0, f"{account.name} 不能改动全站显示的图片{where}", "请管理员改", site=site)
        elif not account.may_change(path) or (unsafe and account.role != "admin"):
            yield _refusal(rights, account, path, site, where)
        elif account.role != "admin" and site not in rights.sites:
            yield OUTSIDE.at(path, 0, f"没有登记站点“{path.split('/')[1]}”{where}", "请管理员先登记站点", site=site)


def _refusal(rights: Rights, account: Account, path: str, site: str, where: str) -> Diagnostic:
    top, _, inner = path.partition("/")
    if top != "content":
        return PROTECTED.at(path, 0, f"{account.name} 不能改动平台文件{where}", "请管理员改")
    folder = inner.split("/")[0]
    if folder not in rights.sites and _folded(folder) in {_folded(s) for s in rights.sites}:
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
    return parts[1] if len(parts) > 2 and parts[0] == "content" and parts[1] in rights.sites else ""


_INVISIBLE = pattern(
    r"[\x00-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_DEVICE = pattern(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I)


def name_problem(path: str) -> str:  # noqa: PLR0911  (one return a problem)
    """Why a path is not safe on every system, in Chinese; empty where it is."""
    for part in path.split("/"):
        if part in ("", ".", ".."):
            return f"含有“{part}”一级"
        if "\\" in part or ":" in part:
            return "含有反斜杠或者冒号"
        if _INVISIBLE.search(part) or any(0xDC80 <= ord(c) <= 0xDCFF for c in part):
            return "含有看不见的字符或者不是 UTF-8"
        if part != unicodedata.normalize("NFC", part):
            return "不是标准的 Unicode 写法（NFC）"
        if part != part.strip() or part.endswith("."):
            return "首尾有空格或者句点"
        if (
            part.casefold() in (".git", ".gitmodules", ".gitattributes")
            or unicodedata.normalize("NFKC", part).casefold() == ".git"
        ):
            return "与 git 的内部文件同名"
        if _DEVICE.fullmatch(part):
            return "与 Windows 的设备同名"
    return ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", path).casefold()


def _twins(changed: Iterable[str], paths: Iterable[str]) -> Iterable[Diagnostic]:
    """Changed paths, folders included, that another path equals but for case or the form of its letters."""
    wanted = {_folded(prefix) for path in changed for prefix in _prefixes(path)}
    seen: dict[str, set[str]] = {}
    for path in paths:
        for prefix in _prefixes(path):
            folded = _folded(prefix)
            if folded in wanted:
                seen.setdefault(folded, set()).add(prefix)
    for same in seen.values():
        if len(same) > 1:
            first, *others = sorted(same)
            yield NAME.at(others[-1], 0, f"与“{first}”只差大小写或者字形", "改成不同的名字")


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


def codeowners(rights: Rights, sites: Iterable[SiteLike]) -> str:
    """A CODEOWNERS file (GitHub and GitLab) that says the same: later lines win, so columns follow their site."""
    admins = _owners(a for a in rights.accounts.values() if a.role == "admin")
    lines = ["# Made by `jiyue` from sites/rights.yaml. Edit that.", f"* {admins}".rstrip()]
    for site in sorted(sites, key=lambda s: s.id):
        whole = [a for a in rights.accounts.values() if site.id in a.sites]
        lines.append(f"/content/{_escaped(site.id)}/ {_owners(whole) or admins}".rstrip())
        known = {f"{site.id}/{column.path}" for column in site.columns}
        named = {c for a in rights.accounts.values() for c in a.columns if c.startswith(site.id + "/")}
        for column in sorted(known | named):
            owners = [a for a in rights.accounts.values() if column in a.columns]
            if owners:
                lines.append(f"/content/{_escaped(column)}/ {_owners([*owners, *whole])}")
    return "\n".join(lines) + "\n"


def _owners(accounts: Iterable[Account]) -> str:
    return " ".join(sorted({a.name if "@" in a.name else f"@{a.name}" for a in accounts}))


def _escaped(path: str) -> str:
    return re.sub(r"([\\ #\[\]*?!])", r"\\\1", path)
