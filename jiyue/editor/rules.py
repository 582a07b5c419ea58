"""What the main branch's commit says about who may do what: the rights, the sites, their posts. A draft has no say in it."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from jiyue.base.diagnostics import Diagnostic, Severity
from jiyue.base.git import Change, Git, GitError
from jiyue.catalogue.scan import FILE_FOLDERS, column_of, place_problem
from jiyue.checks.repository.commits import change_findings
from jiyue.checks.repository.path_names import name_problem
from jiyue.checks.repository.rights import Account, PolicyError, Rights, rights_at
from jiyue.editor.model import Person, Refused
from jiyue.editor.objects import FOLDER, Entry
from jiyue.editor.repository import Repository
from jiyue.registry.site import REVIEW_STEPS, ClusterBroken, Registry, Site

ARTICLES = (".md", ".markdown")


@dataclass(frozen=True, eq=False)
class Rules:
    """The rights and sites at a commit. reserved: see jiyue.build.changed_check.reserved_paths. day: today, on which whoever acts has to
    have rights."""

    rights: Rights
    registry: Registry
    reserved: Mapping[str, Collection[str]]
    day: str = ""

    def account(self, who: Person) -> Account:
        """The account of a person. Raises Refused."""
        account = self.rights.of(who.account)
        if account is None:
            raise Refused(f"账号 {who.account or '（空）'} 没有登记；请管理员在 sites/rights.yaml 登记该账号")
        if self.day and not account.has_rights(self.day):
            raise Refused(f"账号 {account.name} 的合同或者期限已经结束，不能再改")
        return account

    def site(self, path: str) -> Site:
        """The site that a path of content belongs to. Raises Refused."""
        parts = path.split("/")
        site = self.registry.sites.get(parts[1]) if len(parts) > 2 and parts[0] == "content" else None
        if site is None:
            raise Refused(f"「{path}」不在任何站点的目录里", 404)
        return site

    def steps(self, path: str) -> tuple[str, ...]:
        """The review steps that an article needs, in the order in which the editor asks for them."""
        site = self.site(path)
        return site.review_steps(column_of(path.split("/", 2)[2].rpartition("/")[0], site.columns))

    def posts(self, who: Person, site: Site, step: str, day: str) -> list[str]:
        """The posts for a review step that a person holds, or deputizes for, on a day."""
        account = self.rights.of(who.account, day)
        if account is None:
            return []
        posts = []
        for officer in site.officers:
            if officer["role"] == REVIEW_STEPS[step] and officer.get("since", "") <= day <= officer.get(
                "until", "9999"
            ):
                pairs = (
                    (officer["post"], officer.get("account")),
                    (officer.get("deputy"), officer.get("deputy_account")),
                )
                posts += [post for post, name in pairs if post and name and self.rights.of(name) is account]
        return posts

    def is_officer(self, who: Person, site: Site, day: str) -> bool:
        """Whether a person holds a post of review at a site."""
        return any(self.posts(who, site, step, day) for step in REVIEW_STEPS)

    def demand(self, who: Person, path: str, entry: Entry | None = None) -> None:
        """Raise Refused, in the words of `check`, where a person may not change a path (to this entry)."""
        mode = entry.mode if entry else "100644"
        change = Change(path, "000000", mode, "", entry.id if entry else "0" * 40, "A", path)
        refuse(change_findings(self.rights, who.account, [change], self.reserved, self.day))


def demand_place(path: str) -> None:
    """Raise Refused, in the words of `check`, where a file of content would not be read: it would be published nowhere."""
    if problem := place_problem(path.split("/", 2)[2]):
        raise Refused(f"{path} {'。'.join(problem)}", 400)


def refuse(findings: list[Diagnostic], intro: str = "") -> None:
    """Raise Refused if there is an error among findings."""
    errors = [one for one in findings if one.severity is Severity.ERROR]
    if errors:
        raise Refused(intro + "\n".join(told(one) for one in errors[:20]))


def told(one: Diagnostic) -> str:
    """A finding as a line."""
    where = f"{one.path}:{one.line}" if one.line else one.path
    return f"{where} {one.message}。{one.hint}" if one.hint else f"{where} {one.message}"


def is_article(path: str) -> bool:
    """Whether a path of content is where an article may lie."""
    parts = path.split("/")
    return len(parts) > 2 and path.endswith(ARTICLES) and parts[2] not in FILE_FOLDERS


class RulesReader:
    """The rules at any commit, read once for each state of `sites/`."""

    def __init__(self, repository: Repository, now: Callable[[], str]) -> None:
        self.repository, self.now = repository, now
        self._read = lru_cache(maxsize=4)(self._rules)
        self._reading = threading.Lock()

    def at(self, commit: str) -> Rules:
        """The rules at a commit. Raises Refused where they can't be read: then nothing may be done."""
        sites = self.repository.entry(commit, "sites") if commit else None
        if sites is None or sites.mode != FOLDER:
            raise Refused("主分支上没有 sites/，不知道有哪些站点、谁可以改什么", 500)
        content = self.repository.entry(commit, "content")
        folders = self.repository.objects.tree(content.id) if content and content.mode == FOLDER else {}
        with self._reading:  # many ask at once when `sites/` has changed; one reads
            return self._read(sites.id, tuple(sorted(folders)), self.now()[:10], commit_of_sites=_Ignored(commit))

    def _rules(self, sites: str, folders: tuple[str, ...], day: str, commit_of_sites: _Ignored) -> Rules:
        from jiyue.build.changed_check import reserved_paths  # noqa: PLC0415  (the build is heavy)
        from jiyue.registry.load import load_registry  # noqa: PLC0415  (pydantic)

        objects = self.repository.objects
        try:
            with Git(self.repository.root) as git:
                rights = rights_at(git, commit_of_sites.value)
            with tempfile.TemporaryDirectory(prefix="jiyue-sites-") as there:
                for path, entry in objects.files(sites, "sites/"):
                    if entry.mode.startswith("100") and path.endswith((".yaml", ".yml")) and not name_problem(path):
                        file = Path(there, path)
                        file.parent.mkdir(parents=True, exist_ok=True)
                        file.write_bytes(objects.blob(entry.id))
                for name in (name for name in folders if not name_problem(name)):
                    Path(there, "content", name).mkdir(parents=True, exist_ok=True)
                registry = load_registry(Path(there))
        except (PolicyError, GitError) as problem:
            raise Refused(str(problem), 500) from problem
        except ClusterBroken as problem:
            _broken(problem)
        return Rules(rights, registry, reserved_paths(registry, f"{day} 23:59"), day)


class _Ignored:
    """An argument that does not count for a cache."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ignored)

    def __hash__(self) -> int:
        return 0


def _broken(problem: ClusterBroken) -> NoReturn:
    said = "\n".join(told(one) for one in problem.diagnostics[:5])
    raise Refused(f"主分支上的站群文件读不出来：\n{said}", 500) from problem
