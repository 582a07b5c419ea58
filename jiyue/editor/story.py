"""What the commits of a draft's branch say about it. Nothing about a draft is stored anywhere else.

A commit that this gateway made (sealed) says what it did. Any other one came by git, and counts by what it changed.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.git import GitError
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.checks.repository.article_version import Version
from jiyue.editor.model import Refused, State
from jiyue.editor.repository import CommitObject, Repository
from jiyue.editor.rules import is_article

OF_APPROVAL = frozenset(["review", "withdraw", "date", "updated"])
"""The fields that an approval may change."""


class Approval(NamedTuple):
    """A step of review. sealed: whether it was given to this gateway, and so by who it says."""

    step: str
    account: str
    commit: str
    sealed: bool


class Story(NamedTuple):
    """A draft after a commit. base: the commit of the main branch that it has; steps: since it was last submitted.

    state: DRAFT, RETURNED or WAITING; versions: every blob of the article that was on the branch or in a base of it;
    saved: the seconds of the last save; writers: the accounts that saved here.
    """

    head: str
    path: str
    owner: str
    base: str
    state: State = State.DRAFT
    submitted: str = ""
    approvals: tuple[Approval, ...] = ()
    versions: frozenset[str] = frozenset()
    saved: int = 0
    writers: frozenset[str] = frozenset()


class Stories:
    """Reads drafts, and remembers what it has read: the story of a commit never changes."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._known: dict[str, Story | None] = {}

    def of(self, head: str, site: str) -> Story | None:
        """The draft that ends with a commit; None if its branch is not about one article of the site."""
        with suppress(KeyError):
            return self._known[head]
        commits: list[CommitObject] = []
        story: Story | None = None
        commit = head
        for _ in range(50):  # most often the last ones are new, and the rest known
            if earlier := self._known.pop(commit, None):
                story = earlier
                break
            one = self.repository.commit(commit)
            commits.append(one)
            if len(one.parents) == 0 or (one.sealed and one.trailers.get("Action") == "begin"):
                break
            commit = one.parents[0]
        if story is None and not (commits and commits[-1].sealed and commits[-1].trailers.get("Action") == "begin"):
            commits = self._branch(head)
        for one in reversed(commits):
            story = self._after(story, one, site, head)
        if len(self._known) > 20_000:
            self._known.clear()
        self._known[head] = story
        return story

    def _branch(self, head: str) -> list[CommitObject]:
        """The commits of a branch that the main branch lacks, newest first."""
        repository = self.repository
        try:
            out = repository.git(
                "rev-list", "--first-parent", "--max-count=2000", head, f"^{repository.head(repository.main)}"
            )
        except GitError:
            return []
        return [repository.commit(line) for line in out.decode().split()]

    def _after(  # noqa: PLR0911  (one return per kind of commit)
        self, before: Story | None, commit: CommitObject, site: str, head: str
    ) -> Story | None:
        repository = self.repository
        action = commit.trailers.get("Action", "") if commit.sealed else ""
        if action == "begin":
            path = commit.trailers.get("Path", "")
            story = Story(commit.id, path, commit.author, commit.parents[0], saved=commit.at)
            story = story._replace(versions=self._blobs(story, commit.id, commit.parents[0]))
            if repository.commit(commit.parents[0]).tree != commit.tree:
                story = story._replace(writers=frozenset({commit.author}))
            return story if path else None
        if before is None:
            before = self._found(commit, site, head)
            if before is None:
                return None
        story = before._replace(head=commit.id)
        if len(commit.parents) > 1 and (action or self._is_on_main(commit.parents[1])):
            story = story._replace(base=commit.parents[1])
        story = story._replace(versions=story.versions | self._blobs(story, commit.id, *commit.parents[1:2]))
        parent = commit.parents[0] if commit.parents else ""
        if action == "submit":
            return story._replace(state=State.WAITING, submitted=commit.id, approvals=())
        if action == "return":
            return story._replace(state=State.RETURNED, approvals=())
        if action == "approve":
            return self._approved(story, commit, [commit.trailers.get("Step", "")], sealed=True)
        if parent and repository.commit(parent).tree == commit.tree:
            return story
        if parent and not action and story.state is State.WAITING and (steps := self._added(story, parent, commit)):
            return self._approved(story, commit, steps, sealed=False)
        writers = story.writers | {commit.author}
        return story._replace(state=State.DRAFT, approvals=(), saved=commit.at, writers=writers)

    def _approved(self, story: Story, commit: CommitObject, steps: list[str], *, sealed: bool) -> Story:
        """The draft after steps of review; those whose records the text has no longer have to be taken again."""
        there = Version.of(self.repository.objects.blob(self.repository.blob(commit.id, story.path))).records
        before = (one for one in story.approvals if one.step in there and one.step not in steps)
        return story._replace(
            approvals=(*before, *(Approval(step, commit.author, commit.id, sealed) for step in steps))
        )

    def _found(self, commit: CommitObject, site: str, head: str) -> Story | None:
        """The beginning of a draft that came by git: it is about the only article that its branch changes."""
        repository = self.repository
        base = repository.merge_base(repository.head(repository.main), head)
        if not base:
            return None
        trees = (repository.commit(one).tree for one in (base, head))
        paths = [path for path, *_ in repository.objects.differences(*trees)]
        articles = [path for path in paths if is_article(path) and path.startswith(f"content/{site}/")]
        if len(articles) != 1:
            return None
        story = Story(commit.id, articles[0], commit.author, base)
        return story._replace(versions=self._blobs(story, base))

    def _added(self, story: Story, parent: str, commit: CommitObject) -> list[str]:
        """The steps whose records a commit adds to the article, if it changes nothing else."""
        repository = self.repository
        changes = list(repository.objects.differences(repository.commit(parent).tree, commit.tree))
        if [path for path, *_ in changes] != [story.path]:
            return []
        before, after = changes[0][1:]
        if not before or not after or before.mode != after.mode:
            return []
        was, now = (repository.objects.blob(one.id) for one in (before, after))
        old, new = Version.of(was).records, Version.of(now).records
        added = [step for step in new if old.get(step) != new[step]]
        return added if _without_records(was) == _without_records(now) else []

    def _blobs(self, story: Story, *commits: str) -> frozenset[str]:
        return frozenset(filter(None, (self.repository.blob(commit, story.path) for commit in commits)))

    def _is_on_main(self, commit: str) -> bool:
        main = self.repository.head(self.repository.main)
        return bool(main) and self.repository.merge_base(main, commit) == commit


def _without_records(data: bytes) -> object:
    """What an approval leaves as it was. It may move the date of publication to its own, and end a withdrawal."""
    try:
        head = split(decode(data))
    except (NotUtf8, NoFrontMatter):
        return data
    return {key: str(value) for key, value in head.values.items() if key not in OF_APPROVAL}, head.body


def site_of_branch(branch: str) -> tuple[str, str]:
    """(site, id) of a draft's branch. Raises Refused."""
    parts = branch.split("/")
    if len(parts) != 3 or len(parts[2]) != 12 or parts[2].strip("0123456789abcdef"):
        raise Refused("没有这份草稿", 404)
    return parts[1], parts[2]
