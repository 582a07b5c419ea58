"""Review on the approver's own machine, where `review_proof: signed` asks for their key: what waits, and the signed commit."""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jiyue.base import clock
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.git import Git, GitError
from jiyue.editor import heads
from jiyue.editor.desk import Desk
from jiyue.editor.model import Draft, Person, Refused
from jiyue.editor.objects import Entry, environment
from jiyue.editor.rules import Rules, refuse
from jiyue.editor.workflow import Text, demand_post
from jiyue.registry.site import REVIEW_STEPS


@dataclass(frozen=True)
class Paper:
    """What an approver has to look at. post: theirs, for the step of the draft; diff: lines against the main branch's text;
    files: names of the pictures and attachments that come with it."""

    draft: Draft
    post: str
    diff: list[str]
    files: list[str]
    findings: list[Diagnostic]


class SigningDesk:
    """The drafts of a repository as their approver sees them in a clone of their own."""

    def __init__(self, root: Path, *, now: Callable[[], str] = clock.now) -> None:
        # seals are the gateway's; here nothing hangs on them, since the signature is what counts
        self.desk = Desk(root, now=now, trusting=True)
        self.root, self.now = root, now
        name, address = (self._config(key) for key in ("user.name", "user.email"))
        if not address:
            raise Refused("git 里没有登记你的账号：git config user.email 账号", 400)
        self.who = Person(address, name or address)
        self.desk.repository.refresh(now=True)

    def waiting(self, name: str = "") -> list[Draft]:
        """What waits for this person on sites whose reviews are signed; name: only the draft of this path or id."""
        rules = self._rules()
        mine = [one for one in self.desk.waiting(self.who) if rules.site(one.path).review_proof == "signed"]
        return [one for one in mine if name in ("", one.path, one.id)]

    def paper(self, one: Draft) -> Paper:
        """A draft that waits, as its approver has to see it."""
        rules = self._rules()
        post = demand_post(self.who, rules.site(one.path), one.step, rules, self.now()[:10])
        mine = self.desk.text(self.who, one.path, one.id).data
        theirs = b"" if one.new else self.desk.text(self.who, one.path).data
        old, new = ((heads.unreviewed(text) or text).decode("utf-8", "replace").splitlines() for text in (theirs, mine))
        diff = list(difflib.unified_diff(old, new, "主分支", "草稿", lineterm="", n=2))
        files = [file.path.rpartition("/")[2] for file in self.desk.files(self.who, one.id)]
        return Paper(one, post, diff, files, self.desk.findings(self.who, one.id))

    def approve(self, paper: Paper, comment: str = "") -> str:
        """Write the record, commit it signed with git's own key, and push it. Returns the commit. Raises Refused."""
        one, rules, now = paper.draft, self._rules(), self.now()
        repository, workflow = self.desk.repository, self.desk.workflow
        rules.demand(self.who, one.path)
        text = workflow.read(one.head, one.path, rules)
        if text.row is None:
            refuse(text.findings)
            raise Refused("稿件写着 status: draft，不会发布", 409)
        left = self.desk.left(one)
        lifts = left == [one.step] and bool(text.row.withdrawn_at)
        data, _ = workflow.approved(text, one.step, paper.post, now, new=one.new, lifts=lifts)
        commit = self._signed(one, {one.path: repository.write(data)}, comment)
        self._prove(one, workflow.parse(data, one.path, rules), commit, rules)
        if not repository.move({f"drafts/{one.site}/{one.id}": (one.head, commit)}):
            raise Refused("这份草稿刚才又有人改过；再看一遍", 409)
        return commit

    def _signed(self, one: Draft, changes: dict[str, Entry | None], comment: str) -> str:
        repository = self.desk.repository
        tree = repository.objects.changed(repository.commit(one.head).tree, changes)
        said = f"Jiyue-Comment: {heads.line(comment)}\n" if comment.strip() else ""
        message = f"{REVIEW_STEPS[one.step]}通过：{one.title}\n\nJiyue-Action: approve\nJiyue-Step: {one.step}\n{said}"
        done = subprocess.run(
            ["git", "-C", str(self.root), "commit-tree", "-S", "-p", one.head, tree],
            input=message.encode(), capture_output=True, check=False, env=environment(),
        )  # fmt: skip
        if done.returncode:
            how = "先让 git 会签名：git config gpg.format ssh，git config user.signingkey 你的公钥文件"
            raise Refused(f"git 没有签名：{done.stderr.decode(errors='replace').strip()}。{how}", 400)
        return done.stdout.decode().strip()

    def _prove(self, one: Draft, text: Text, commit: str, rules: Rules) -> None:
        """Raise Refused where the site would not count the record, before it is pushed."""
        with Git(self.root) as git:
            key = git.signatures([commit])[commit].fingerprint
        account = rules.rights.by_fingerprint(key) if key else None
        if account is None or account is not rules.rights.of(self.who.account):
            raise Refused(
                f"签名的密钥 {key or '（没有）'} 没有登记在账号 {self.who.account} 名下；请管理员登记在 sites/rights.yaml"
            )
        if text.row is None:
            refuse(text.findings)
        why = self.desk.workflow.unproven(text, commit, rules).get(one.step)
        if why:
            raise Refused(f"{REVIEW_STEPS[one.step]}的记录不算数：{why}")

    def _rules(self) -> Rules:
        return self.desk.rules_reader.at(self.desk.repository.head(self.desk.repository.main))

    def _config(self, key: str) -> str:
        try:
            return self.desk.repository.git("config", "--get", key).decode().strip()
        except GitError:
            return ""
