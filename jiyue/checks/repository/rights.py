"""Who may change what: accounts, their keys, and the sites and columns that they may change.

`sites/rights.yaml`:

    accounts:
      wang@cc.example:                 # the name at the forge or in commits
        role: editor                   # editor (content) or admin (everything); default: editor
        sites: [changchun]             # whole sites, and the alerts that they issue
        columns: [jilin/tzgg]          # or single columns
        aliases: [wang-cc]             # other names of the same account: the forge's user name
        keys: ["ssh-ed25519 AAAA…"]    # for signed commits; a retired one stays, with its last day:
                                       # {key: "ssh-ed25519 AAAA…", until: 2026-06-30}; OpenPGP: "gpg:" and 40 digits
        since: 2026-01-01              # the first and last day of its rights; either may be left out
        until: 2026-12-31

An account that contracts name (jiyue.checks.repository.contracts) has its rights while one of them runs.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from jiyue.base import clock
from jiyue.base.git import FILES, Git
from jiyue.base.patterns import pattern
from jiyue.catalogue import alerts, migrated
from jiyue.catalogue.alerts import FOLDER
from jiyue.checks.repository.path_names import INVISIBLE, printable
from jiyue.registry.site import REGISTERS, register_site, site_ids

POLICY = "sites/rights.yaml"
_CONTRACTS = pattern(rf"{REGISTERS}/(?:[^/]+/)?contracts\.(?:csv|yaml)")


class ColumnLike(Protocol):
    """The part of a column that is used here: its folder."""

    @property
    def path(self) -> str: ...


def of_site(path: str) -> str:
    """The site whose own file a path in `sites/` is: an alert, the approval of a migrated batch, a register; '' for any other.

    Contracts are no site's own: the rights of those who work under them end with them.
    """
    return alerts.site_of(path) or migrated.site_of(path) or ("" if _CONTRACTS.fullmatch(path) else register_site(path))


class SiteLike(Protocol):
    """The part of a registered site that is used here."""

    @property
    def id(self) -> str: ...

    @property
    def columns(self) -> Sequence[ColumnLike]: ...


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key: `ssh-… base64` or `gpg:` and a fingerprint; since, until: its first and last valid day, '' for any."""

    text: str
    since: str = ""
    until: str = ""

    @property
    def fingerprint(self) -> str:
        """The fingerprint as git prints it: `SHA256:…`, or 40 hexadecimal digits for OpenPGP."""
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
    """An account and its rights: sites by id, columns as `site/folder`. It has them on a day that lies in `since` to `until` ('' for
    any) and, if contracts name it, in one of their terms (first and last day)."""

    name: str
    role: str = "editor"
    sites: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()
    keys: tuple[Key, ...] = ()
    since: str = ""
    until: str = ""
    terms: tuple[tuple[str, str], ...] = ()

    def has_rights(self, day: str) -> bool:
        """Whether it has its rights on a day."""
        own = self.since <= day <= (self.until or "9999")
        return own and (not self.terms or any(since <= day <= until for since, until in self.terms))

    def may_change(self, path: str) -> bool:
        """Whether a path of the repository is within these rights: whoever has a whole site also issues its alerts and
        approves what was migrated to it."""
        if self.role == "admin" or of_site(path) in self.sites:
            return True
        top, _, inner = path.partition("/")
        site, _, rest = inner.partition("/")
        if top != "content" or not rest:
            return False
        return site in self.sites or any(inner.startswith(column + "/") for column in self.columns)

    def key_is_valid(self, fingerprint: str, at: int) -> bool:
        """Whether the key was valid, and the account had its rights, at a time in seconds. Days are in Beijing time."""
        day = clock.minute(at)[:10]
        return self.has_rights(day) and any(
            k.fingerprint == fingerprint and k.since <= day <= (k.until or "9999") for k in self.keys
        )


class PolicyError(ValueError):
    """The rights file is invalid; str() is Chinese."""


class NoPolicyError(PolicyError):
    """There is no rights file."""


@dataclass(frozen=True)
class Rights:
    """All accounts, and the ids of the registered sites."""

    accounts: Mapping[str, Account] = field(default_factory=dict)
    sites: frozenset[str] = frozenset()

    def of(self, name: str, day: str = "") -> Account | None:
        """The account of a name or alias; case is ignored. day: None unless it has its rights on that day."""
        account = self.accounts.get(name.strip().casefold())
        return account if account and (not day or account.has_rights(day)) else None

    def under(self, contracts: Mapping[str, bytes]) -> Rights:
        """The same, each account held to its contracts. contracts: path -> bytes of their registers."""
        if not contracts:
            return self
        from jiyue.checks.repository.contracts import terms_of  # noqa: PLC0415  (pydantic: only where there are contracts)

        terms = terms_of(contracts, {name: account.name for name, account in self.accounts.items()})
        held = {one: replace(one, terms=tuple(terms.get(one.name, ()))) for one in set(self.accounts.values())}
        return replace(self, accounts={name: held[account] for name, account in self.accounts.items()})

    def signers(self) -> str:
        """The lines of an allowed signers file (ssh-keygen(1)) for all registered keys; never empty."""
        accounts = sorted(set(self.accounts.values()), key=lambda account: account.name)
        keys = ((a.name, key) for a in accounts for key in a.keys if not key.text.startswith("gpg:"))
        return "# name key\n" + "".join(key.signer(name) + "\n" for name, key in keys)

    def by_fingerprint(self, fingerprint: str) -> Account | None:
        """The account for which a key is registered."""
        return self._fingerprints.get(fingerprint)

    @cached_property
    def _fingerprints(self) -> dict[str, Account]:
        return {key.fingerprint: account for account in self.accounts.values() for key in account.keys}


def parse_rights(policy: object, sites: Iterable[str]) -> Rights:
    """Build Rights from the parsed rights file and the ids of the registered sites. Raises PolicyError."""
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
        key = Key(text, _day(since), _day(until))
        key.fingerprint  # noqa: B018  (raises for invalid base64)
    except ValueError:
        raise PolicyError(f"账号 {name}：{_KEY_FORM}") from None
    return key


def _account(name: str, entry: Mapping[str, Any]) -> Account:
    unknown = sorted(set(map(str, entry)) - {"role", "sites", "columns", "aliases", "keys", "since", "until"})
    if unknown:
        raise PolicyError(f"账号 {name}：不认识的字段 {unknown[0]}")
    if INVISIBLE.search(name):
        raise PolicyError(f"账号 {printable(name)}：名字含有看不见的字符")
    role = entry.get("role", "editor")
    if role not in ("editor", "admin"):
        raise PolicyError(f"账号 {name}：role 只能是 editor 或者 admin")
    lists: dict[str, list[str]] = {}
    for key in ("sites", "columns", "aliases"):
        value = entry.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise PolicyError(f"账号 {name}：{key} 是文字的列表")
        if any(INVISIBLE.search(item) for item in value):
            raise PolicyError(f"账号 {name}：{key} 含有看不见的字符")
        lists[key] = value
    given = entry.get("keys") or []
    if not isinstance(given, list) or (given and re.search(r"[\s,*?!\"]", name)):
        raise PolicyError(f"账号 {name}：{_KEY_FORM}")
    keys = tuple(_key(name, key) for key in given)
    columns = frozenset(column.strip("/") for column in lists["columns"])
    if any("/" not in column or ".." in column.split("/") for column in columns):
        raise PolicyError(f"账号 {name}：columns 写成“站点/栏目”")
    try:
        since, until = (_day(entry.get(part)) for part in ("since", "until"))
    except ValueError:
        raise PolicyError(f"账号 {name}：since、until 写成日期，如 2026-12-31") from None
    return Account(name, role, frozenset(lists["sites"]), columns, frozenset(lists["aliases"]), keys, since, until)


def _day(value: object) -> str:
    return datetime.date.fromisoformat(str(value)).isoformat() if value else ""


def _mapping(value: object, what: str) -> Mapping[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise PolicyError(f"{what} 应当是“字段: 值”的形式")
    return value


def rights_at(git: Git, rev: str) -> Rights:
    """The rights at a commit. Raises PolicyError, GitError."""
    import yaml  # noqa: PLC0415  (10 ms, most builds read none)

    there = git.files(rev, "sites")
    files = {path: file for path, file in there.items() if re.fullmatch(r"sites/[^/]+\.yaml", path)}
    if POLICY not in files or files[POLICY].mode not in FILES:
        raise NoPolicyError(f"基准提交里没有 {POLICY}，谁可以改什么无从判断")
    content = git.blob(files[POLICY].blob)
    if re.search(
        rb"(?m)(?:^|[\s\[{,:-])[&*][^\s,\]}]", content
    ):  # aliases can grow exponentially, and rights do not need them
        raise PolicyError(f"{POLICY} 里不用 YAML 的锚点和别名")
    try:
        policy = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise PolicyError(f"{POLICY} 读不出来") from problem
    contracts = [(path, file) for path, file in there.items() if _CONTRACTS.fullmatch(path) and file.mode in FILES]
    rights = parse_rights(policy, site_ids(path.removeprefix("sites/") for path in files))
    return rights.under({path: git.blob(file.blob) for path, file in contracts})


def contract_files(root: Path) -> list[Path]:
    """The registers of contracts in the work tree."""
    folder = root / REGISTERS
    found = [*folder.glob("contracts.*"), *folder.glob("*/contracts.*")] if folder.is_dir() else []
    return sorted(path for path in found if _CONTRACTS.fullmatch(path.relative_to(root).as_posix()) and path.is_file())


def load_rights(root: Path, sites: Iterable[str]) -> Rights:
    """The rights in the work tree, for CODEOWNERS. Raises PolicyError."""
    import yaml  # noqa: PLC0415  (10 ms, most builds read none)

    try:
        rights = parse_rights(yaml.safe_load((root / POLICY).read_text(encoding="utf-8")), sites)
        return rights.under({str(path): path.read_bytes() for path in contract_files(root)})
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as problem:
        raise PolicyError(f"{POLICY} 读不出来") from problem


def codeowners(rights: Rights, sites: Iterable[SiteLike]) -> str:
    """The rights as a CODEOWNERS file (GitHub and GitLab). Later lines win, so columns follow their site."""
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
        if whole:
            lines.append(f"/{FOLDER}/{_escaped(site.id)}-????????-??*.yaml {_owners(whole)}")
            lines.append(f"/{migrated.FOLDER}/{_escaped(site.id)}.*yaml {_owners(whole)}")
            lines.append(f"/{REGISTERS}/{_escaped(site.id)}/ {_owners(whole)}")
            lines.append(f"/{REGISTERS}/{_escaped(site.id)}/contracts.* {admins}".rstrip())
    return "\n".join(lines) + "\n"


def _owners(accounts: Iterable[Account]) -> str:
    return " ".join(sorted({a.name if "@" in a.name else f"@{a.name}" for a in accounts}))


def _escaped(path: str) -> str:
    return re.sub(r"([\\ #\[\]*?!])", r"\\\1", path)
