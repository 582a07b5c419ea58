"""What happens to a draft besides writing: handing in, review, comments, discarding; comparison, history, withdrawal, conflicts."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jiyue.base.encoding import NotUtf8, decode
from jiyue.editor import heads
from jiyue.editor.comparing import compare
from jiyue.editor.desk import Desk
from jiyue.editor.merging import resolved
from jiyue.editor.model import Conflict, Draft, Person, Refused, State
from jiyue.editor.web.pages import address, form_of, note, page, to
from jiyue.editor.web.workshop import workshop
from jiyue.registry.site import REVIEW_STEPS

ACTIONS = {
    "begun": "起草",
    "saved": "保存",
    "merged": "并入主分支的修改",
    "submitted": "送审",
    "approved": "通过",
    "returned": "退回",
    "commented": "意见",
    "published": "发布",
    "withdrawn": "撤稿",
}
DONE = {
    "submit": "已送审。",
    "approve": "已通过这一步。",
    "publish": "审核都已通过，稿件已定，按发布时间上线。",
    "return": "已退回，作者会看到意见。",
    "comment": "意见已记下。",
    "withdraw": "已撤稿。下一次发布后，读者就看不到了。",
    "save": "已保存。",
}
CHANGED = "这份草稿刚才又有人改过，这一步没有做。请重新打开看一遍，再决定"
_LONGEST_COMMENT = 2000


def _desk(request: Request) -> tuple[Desk, Person]:
    return request.app.state.desk, request.state.person


def _draft(request: Request) -> Draft:
    desk, who = _desk(request)
    return desk.draft(who, request.path_params["id"])


def review(request: Request) -> Response:
    """The page of a reviewer: the text that an approval would cover, what came before it, and what may be done now."""
    desk, who = _desk(request)
    draft = _draft(request)
    version = desk.text(who, draft.path, draft.id)
    return page(
        request, "review.html", draft=draft, text=_text(version.data), digest=_digest(version.data),
        files=[(v.path, _digest(v.data), len(v.data)) for v in desk.files(who, draft.id)],
        steps=[(step, REVIEW_STEPS[step]) for step in desk.steps(who, draft)], step_names=REVIEW_STEPS,
        mine=desk.may(who, draft.path), waiting=draft.state is State.WAITING, events=desk.history(who, draft.path, draft.id),
        signed=workshop(request).site(draft.site).review_proof == "signed", actions=ACTIONS,
        done=DONE.get(request.query_params.get("done", ""), ""),
    )  # fmt: skip


def submit(request: Request) -> Response:
    """Hand in."""
    desk, who = _desk(request)
    before = _draft(request)
    after = desk.submit(who, before.id, form_of(request)["head"])
    note(request, "submit", before.path, after.head)
    return _after(request, before, after, "submit")


def approve(request: Request) -> Response:
    """Approve a step. The form names the step, the commit and the digest of the text that was on the page."""
    desk, who = _desk(request)
    form, before = form_of(request), _draft(request)
    if form["digest"] != _digest(desk.text(who, before.path, before.id).data):
        raise Refused(CHANGED, 409)
    after = desk.approve(who, before.id, form["head"], form["step"], _comment(form.get("comment")))
    note(request, "approve", before.path, after.head, form["step"])
    return _after(request, before, after, "approve")


def send_back(request: Request) -> Response:
    """Return with a comment."""
    desk, who = _desk(request)
    form, before = form_of(request), _draft(request)
    comment = _comment(form.get("comment"))
    if not comment:
        raise Refused("退回要写明意见，作者才知道改什么", 422)
    after = desk.send_back(who, before.id, form["head"], comment)
    note(request, "return", before.path, after.head)
    return _after(request, before, after, "return")


def comment(request: Request) -> Response:
    """Add a comment."""
    desk, who = _desk(request)
    before, said = _draft(request), _comment(form_of(request).get("comment"))
    if not said:
        raise Refused("还没有写意见", 422)
    after = desk.comment(who, before.id, said)
    note(request, "comment", before.path, after.head)
    return _after(request, before, after, "comment")


def discard(request: Request) -> Response:
    """Throw the draft away, after the page has asked once more."""
    desk, who = _desk(request)
    form, draft = form_of(request), _draft(request)
    if form.get("sure") != "yes":
        return page(request, "discard.html", draft=draft)
    desk.discard(who, draft.id, form["head"])
    note(request, "discard", draft.path, draft.head)
    return to("/")


def comparison(request: Request) -> Response:
    """A draft beside what the main branch has, or two commits of an article: in two columns or in one."""
    desk, who = _desk(request)
    draft = _draft(request)
    old, new = (request.query_params.get(name, "") for name in ("from", "to"))
    try:
        before = desk.at(who, draft.path, old) if old else desk.text(who, draft.path)
        was = _wording(before.data)
    except Refused as refused:
        if old or refused.status != 404:
            raise
        was = ""  # a new article
    now = desk.at(who, draft.path, new) if new else desk.text(who, draft.path, draft.id)
    return _compared(request, draft.path, was, _wording(now.data), draft, old, new)


def history(request: Request) -> Response:
    """All that happened to an article of the main branch; with two commits chosen, their comparison."""
    desk, who = _desk(request)
    path = request.path_params["path"]
    old, new = (request.query_params.get(name, "") for name in ("from", "to"))
    if old:
        was = _wording(desk.at(who, path, old).data)
        now = _wording((desk.at(who, path, new) if new else desk.text(who, path)).data)
        return _compared(request, path, was, now, None, old, new)
    events = desk.history(who, path)
    done = DONE.get(request.query_params.get("done", ""), "")
    return page(request, "history.html", article=path, events=events, actions=ACTIONS, step_names=REVIEW_STEPS,
                mine=desk.may(who, path), done=done)  # fmt: skip


def _compared(request: Request, path: str, was: str, now: str, draft: Draft | None, old: str, new: str) -> Response:
    inline = request.query_params.get("view") == "inline"
    rows = compare(was, now)
    return page(request, "compare.html", article=path, rows=rows, inline=inline, draft=draft, old=old, new=new,
                is_new=not was)  # fmt: skip


def withdraw_page(request: Request) -> Response:
    """Ask for the reason of a withdrawal."""
    desk, who = _desk(request)
    path = request.path_params["path"]
    version = desk.text(who, path)
    if not desk.may(who, path):
        raise Refused("这篇稿件不归你管", 403)
    return page(request, "withdraw.html", article=path, text=_text(version.data))


def withdraw(request: Request) -> Response:
    """Withdraw a published article."""
    desk, who = _desk(request)
    path, reason = request.path_params["path"], _comment(form_of(request).get("reason"))
    if not reason:
        raise Refused("写明撤稿的原因", 422)
    desk.withdraw(who, path, reason)
    note(request, "withdraw", path, detail=reason)
    return to(f"/history/{address(path)}?done=withdraw")


def conflict_page(request: Request, conflict: Conflict) -> Response:
    """Both wordings side by side, and three ways on. What was sent stays in the page's form, so nothing is lost."""
    base, theirs, mine = (_text(data) for data in (conflict.base.data, conflict.theirs.data, conflict.mine))
    return page(
        request, "conflict.html", 409, draft=conflict.draft, base=base, theirs=theirs, mine=mine,
        blob=conflict.theirs.blob, hunks=conflict.hunks, rows=compare(theirs, mine),
        merged=resolved(base, theirs, mine, "both"), with_mine=resolved(base, theirs, mine, "mine"),
    )  # fmt: skip


def merge(request: Request) -> Response:
    """Save what was made of a conflict; if somebody was quicker again, the page comes again."""
    desk, who = _desk(request)
    form, draft = form_of(request), _draft(request)
    text = form["with_mine"] if form.get("take") == "mine" else form["text"]
    answer = desk.save(who, draft.id, form["base"], text.encode("utf-8"))
    if isinstance(answer, Conflict):
        return conflict_page(request, answer)
    note(request, "save", draft.path, answer.draft.head, "merged")
    return to(f"/draft/{draft.id}/")


def _after(request: Request, before: Draft, after: Draft, what: str) -> Response:
    """Where to go on: a draft that became part of the main branch is a draft no longer."""
    if after.state in (State.PUBLISHED, State.SCHEDULED, State.EXPIRED, State.WITHHELD, State.WITHDRAWN):
        return to(f"/history/{address(before.path)}?done=publish")
    return to(f"/draft/{before.id}/review?done={what}")


def _comment(text: str) -> str:
    text = text.strip()
    if len(text) > _LONGEST_COMMENT:
        raise Refused(f"意见太长：最多 {_LONGEST_COMMENT} 字", 422)
    return text


def _text(data: bytes) -> str:
    try:
        return decode(data)
    except NotUtf8:
        return data.decode("utf-8", "replace")


def _wording(data: bytes) -> str:
    """A text without its records of review: they come and go with each wording, and are no part of one."""
    return _text(heads.with_fields(data, {"review": None}) or data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


routes = [
    Route("/draft/{id}/review", review, methods=["GET"]),
    Route("/draft/{id}/submit", submit, methods=["POST"]),
    Route("/draft/{id}/approve", approve, methods=["POST"]),
    Route("/draft/{id}/return", send_back, methods=["POST"]),
    Route("/draft/{id}/comment", comment, methods=["POST"]),
    Route("/draft/{id}/discard", discard, methods=["POST"]),
    Route("/draft/{id}/merge", merge, methods=["POST"]),
    Route("/draft/{id}/compare", comparison, methods=["GET"]),
    Route("/history/{path:path}", history, methods=["GET"]),
    Route("/withdraw/{path:path}", withdraw_page, methods=["GET"]),
    Route("/withdraw/{path:path}", withdraw, methods=["POST"]),
]
