"""Lists of articles, and the page on which one is written: its form, files, findings and preview."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jiyue.base.diagnostics import Severity
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.catalogue import scaffold
from jiyue.catalogue.frontmatter import FrontMatter
from jiyue.catalogue.kinds import KINDS
from jiyue.catalogue.scan import ATTACHMENT_TYPES, column_of
from jiyue.editor import uploads
from jiyue.editor.forms import fields, values
from jiyue.editor.forms.front_matter import Unchangeable, read, write
from jiyue.editor.forms.page import Told, nodes, told
from jiyue.editor.listing import found
from jiyue.editor.model import Conflict, Draft, Person, Refused, Saved, State, Version
from jiyue.editor.previewing import POLICY
from jiyue.editor.web.pages import content, data, form_of, note, page, sandboxed, to
from jiyue.editor.web.review import conflict_page
from jiyue.editor.web.security import Form
from jiyue.editor.web.workshop import workshop
from jiyue.registry.site import REVIEW_STEPS, Site

_STEM = pattern(r"[^\W_][\w-]{0,79}")
MOST_FILES = 20


# -- lists --


def sites(request: Request) -> Response:
    """The sites in which this person may see something."""
    return page(request, "sites.html", sites=workshop(request).sites_of(request.state.person))


def articles(request: Request) -> Response:
    """The articles of a site or a column: filter by state, words of the title, pages."""
    shop, who = workshop(request), request.state.person
    site = shop.site(request.path_params["site"])
    column = request.path_params.get("column", "").strip("/")
    if site not in shop.sites_of(who):
        raise Refused("没有这个站点，或者不归你管", 404)
    query = request.query_params
    state, words = query.get("state", ""), query.get("q", "")[:100]
    number = query.get("page", "1")
    rows = found(
        shop.listings.of(site.id, shop.now()), shop.desk.drafts(who, site.id), lambda paths: shop.desk.seen(who, paths), site,
        column=column, state=state if state in set(State) else "", words=words, page=int(number) if number.isdecimal() else 1,
    )  # fmt: skip
    names = scaffold.column_names(site)
    folders = [one.path for one in shop.columns_to_write(who, [site]).get(site.id, ())]
    may = shop.desk.writable(who, (row.path for row in rows.rows))
    return page(
        request, "articles.html", site=site, column=column, names=names, found=rows, state=state, words=words,
        step_names=REVIEW_STEPS, may=may, folders=folders,
    )  # fmt: skip


# -- begin --


def new(request: Request) -> Response:
    """Choose where a new article goes and what kind it is."""
    return _new_page(request, request.query_params)


def _new_page(request: Request, given: Mapping[str, str], problem: str = "", status: int = 200) -> Response:
    shop, who = workshop(request), request.state.person
    known = shop.columns_to_write(who, shop.registry.sites.values())
    return page(
        request, "new.html", status, sites=[(shop.registry.sites[site], columns) for site, columns in known.items()],
        kinds=[(name, kind.title) for name, kind in KINDS.items() if name != "page"], problem=problem,
        place=given.get("place") or "/".join(filter(None, (given.get("site"), given.get("column")))),
        kind=given.get("kind") or "news", title=given.get("title", ""), name=given.get("name", ""),
    )  # fmt: skip


def create(request: Request) -> Response:
    """Begin the draft of a new article."""
    shop, who, form = workshop(request), request.state.person, form_of(request)
    site_id, _, folder = form["place"].partition("/")
    site, title, kind = shop.site(site_id), " ".join(form.get("title").split()), form.get("kind") or "news"
    stem = form.get("name").strip()
    problem = ""
    if not title:
        problem = "还没有写标题"
    elif kind not in scaffold.ARTICLE_KINDS:
        problem = f"没有「{kind}」这种文章"
    elif stem and not _STEM.fullmatch(stem):
        problem = "文件名只能用字母、数字、汉字、横线和下划线"
    if problem:
        return _new_page(request, dict(form.fields), problem, 422)
    try:
        column = scaffold.chosen_column(shop.root, site, folder)
    except scaffold.Refused as refused:
        raise Refused(str(refused), 404) from None
    now = shop.now()
    text = scaffold.starting_text(shop.root, site, column, kind, title, now).encode()
    draft = shop.begin(who, f"content/{site.id}/{folder}", stem, text)
    note(request, "save", draft.path, draft.head, "new")
    return to(f"/draft/{draft.id}/")


def begin(request: Request) -> Response:
    """Begin to change an article of the main branch, or go on with its draft."""
    shop = workshop(request)
    draft = shop.desk.begin(request.state.person, form_of(request)["path"])
    return to(f"/draft/{draft.id}/")


# -- the form --


class _Sheet:
    """What stands on the page of a draft: its text, the fields of its form, what was sent."""

    def __init__(self, request: Request, form: Form | None = None) -> None:
        """form: what was sent; it stands on the page as it is, saved or not."""
        self.request, self.shop = request, workshop(request)
        self.who: Person = request.state.person
        self.draft: Draft = self.shop.desk.draft(self.who, request.path_params["id"])
        self.form = form
        self.whole = "source" in dict(form.fields) if form else request.query_params.get("source") == "1"
        """Whether the whole file is written as text, its fields too."""
        if form and form.get("base"):
            self.base = self.shop.base(self.who, self.draft, form["base"])
        else:
            self.base = self.shop.desk.text(self.who, self.draft.path, self.draft.id)
        self.site: Site = self.shop.site(self.draft.site)
        self.folder = self.draft.path.split("/", 2)[2].rpartition("/")[0]
        self.column = column_of(self.folder, self.site.columns)

    def fields(self, head: FrontMatter) -> dict[str, list[fields.Field]]:
        """The form of an article with this front matter, in groups."""
        kind = str(head.values.get("kind") or ("news" if self.folder else "page"))
        if kind not in KINDS:
            kind = "news"
        return fields.groups(
            kind, self.site, self.column, self.shop.registry, present=tuple(head.values), now=self.shop.now(),
            topics=self.shop.topics(self.site.id),
        )  # fmt: skip

    def sent(self) -> bytes:
        """The text that was sent: changed fields, the body, descriptions of pictures. Raises Unchangeable, Refused."""
        form = self.form
        assert form is not None
        if self.whole:
            return form["source"].encode("utf-8", "surrogatepass")
        head = read(self.base.data)
        known = [one for group in self.fields(head).values() for one in group]
        sent = {name: value for name, value in form.fields if name.startswith(values.PREFIX)}
        body = _described(form["body"], form) if "body" in dict(form.fields) else None
        return write(self.base.data, values.changes(known, head.values, sent.get), body)

    def files(self) -> dict[str, Version]:
        """Name or path below the site's folder → file beside the article."""
        found: dict[str, Version] = {}
        for one in self.shop.desk.files(self.who, self.draft.id):
            folder, _, name = one.path.rpartition("/")
            found[name if folder == self.draft.path.rpartition("/")[0] else one.path] = one
        return found

    def told(self, text: bytes, files: Mapping[str, Version]) -> list[Told]:
        """The findings about a text."""
        head, known = None, []
        try:
            head = read(text)
            known = [one for group in self.fields(head).values() for one in group]
        except Unchangeable:
            pass
        findings = self.shop.judge.findings(self.draft.path, text, {one.path: one.data for one in files.values()})
        return told(findings, self.draft.path, head, known)

    def page(
        self, status: int = 200, problem: str = "", done: str = "", losses: Sequence[tuple[str, str, bool]] = (), brought: str = "",
    ) -> Response:  # fmt: skip
        """The page, with what was sent where something was."""
        files = self.files()
        text, source, why = self.base.data, "", ""
        flat: dict[str, str] = {}
        groups: dict[str, list[fields.Field]] = {}
        body = ""
        try:
            if self.form:
                text = self.sent()
        except Unchangeable as refused:
            problem = problem or str(refused)
        try:
            head = read(self.base.data)
            groups = {} if self.whole else self.fields(head)
            flat = values.as_sent([one for group in groups.values() for one in group], head.values)
            body = head.body
        except Unchangeable as refused:
            why = str(refused)
        if not groups:
            source = _text(self.base.data)
        if self.form and groups:
            flat |= {name: value for name, value in self.form.fields if name in flat or name.startswith(values.PREFIX)}
            body = self.form.get("body", body)
        elif self.form:
            source = self.form.get("source", source)
        found = self.told(text, files)
        return page(
            self.request, "draft.html", status, draft=self.draft, site=self.site, column=self.column, base=self.base.blob,
            names=scaffold.column_names(self.site), groups={name: nodes(group, flat, found) for name, group in groups.items()},
            body=body, source=source, why=why, told=found, pictures=self.pictures(files, body or source), problem=problem,
            files=[(name, len(one.data)) for name, one in files.items() if not _is_picture(name)], done=done,
            errors=sum(one.severity == Severity.ERROR for one in found), mine=self.shop.desk.may(self.who, self.draft.path),
            kind=KINDS[str(head.values.get("kind") or "news")].title if groups and head.values.get("kind", "news") in KINDS else "",
            owner=self.draft.owner, at=self.shop.now(), visual=(_STATIC / "visual.js").is_file(), losses=losses, brought=brought,
        )  # fmt: skip

    def pictures(self, files: Mapping[str, Version], body: str) -> list[dict[str, Any]]:
        """The pictures beside the article: name, size in bytes, description in the text, whether the text shows it."""
        shown = {unescape(quoted or address): alt for alt, quoted, address in _IMAGE.findall(body)}
        return [
            {"name": name, "size": len(one.data), "alt": shown.get(name, ""), "shown": name in shown}
            for name, one in files.items()
            if _is_picture(name)
        ]

    def names(self, there: Mapping[str, Version]) -> set[str]:
        """The names that files in the article's folder have."""
        return {*(one.path.rpartition("/")[2] for one in there.values()), *self.shop.names_in(self.draft.path)}

    def taken_in(self, there: Mapping[str, Version]) -> list[tuple[str, uploads.Upload]]:
        """The files that were sent, (name as sent, as it is saved), after the gates. Raises Refused."""
        sent = form_of(self.request).uploads("file")
        if not sent:
            raise Refused("还没有选择文件", 422)
        if len(sent) > MOST_FILES:
            raise Refused(f"一次最多上传 {MOST_FILES} 个文件", 413)
        made: list[tuple[str, uploads.Upload]] = []
        taken = self.names(there)
        for one in sent:
            made.append((one.name, uploads.taken_in(one.data, one.name, taken)))
            taken.add(made[-1][1].name)
        self.shop.gates(self.site, self.folder, [upload for _, upload in made])
        return made

    def stay(self, refused: Unchangeable | Refused) -> Response:
        """The page with what was sent, and why it was not saved."""
        status = refused.status if isinstance(refused, Refused) else 422
        if status in (403, 404):
            raise refused
        return self.page(status, str(refused))

    def save(self, text: bytes, brought: Mapping[str, bytes | None]) -> Saved | Conflict:
        """Save, and note it."""
        answer: Saved | Conflict = self.shop.desk.save(self.who, self.draft.id, self.base.blob, text, brought)
        if isinstance(answer, Saved):
            names = "、".join(brought)
            note(self.request, "save", self.draft.path, answer.draft.head, names)
        return answer


_STATIC = Path(__file__).parents[1] / "static"
_DONE = {
    "saved": "已保存。",
    "merged": "已保存，并且并入了别人刚才的修改。",
    "uploaded": "已上传并保存。",
    "removed": "文件已删去，并已保存。",
    "cropped": "图片已裁剪，并已保存。",
    "word": "Word 文件的内容已放进正文，并已保存。",
}


def draft(request: Request) -> Response:
    """The page of a draft."""
    sheet = _Sheet(request)
    if not sheet.shop.desk.may(sheet.who, sheet.draft.path):
        return to(f"/draft/{sheet.draft.id}/review")
    return sheet.page(done=_DONE.get(request.query_params.get("done", ""), ""))


def save(request: Request) -> Response:
    """Save the form. What can't be saved stays on the page."""
    sheet = _Sheet(request, form_of(request))
    try:
        answer = sheet.save(sheet.sent(), {})
    except (Unchangeable, Refused) as refused:
        return sheet.stay(refused)
    if isinstance(answer, Conflict):
        return conflict_page(request, answer)
    if sheet.form and sheet.form.get("then") == "review":
        return to(f"/draft/{sheet.draft.id}/review")
    return to(f"/draft/{sheet.draft.id}/?done={'merged' if answer.merged else 'saved'}")


def bring(request: Request) -> Response:
    """Save the form together with files that are brought or removed. A script that brings files alone is told their names."""
    form = form_of(request)
    if request.headers.get("accept", "").startswith("application/json"):
        return _bring_alone(_Sheet(request))
    sheet = _Sheet(request, form)
    there, brought, done = sheet.files(), dict[str, bytes | None](), "uploaded"
    try:
        text = sheet.sent()
        if name := form.get("remove") or form.get("insert"):
            if name not in there:
                raise Refused("没有这个文件", 404)
            if form.get("remove"):
                brought[name], done = None, "removed"
            else:
                text, done = _inserted(text, form, [(name, name, _is_picture(name))]), "saved"
        else:
            made = sheet.taken_in(there)
            brought = {upload.name: upload.data for _, upload in made}
            text = _inserted(text, form, [(name, upload.name, upload.is_picture) for name, upload in made])
        answer = sheet.save(text, brought)
    except (Unchangeable, Refused) as refused:
        return sheet.stay(refused)
    if isinstance(answer, Conflict):
        return conflict_page(request, answer)
    return to(f"/draft/{sheet.draft.id}/?done={done}#files")


def _bring_alone(sheet: _Sheet) -> Response:
    made = sheet.taken_in(sheet.files())
    answer = sheet.save(sheet.base.data, {upload.name: upload.data for _, upload in made})
    if isinstance(answer, Conflict):
        raise Refused("稿件刚才又有人改过；重新打开再上传", 409)
    return data({"files": [{"name": upload.name, "picture": upload.is_picture} for _, upload in made]})


def word(request: Request) -> Response:
    """Put the words of a Word file into the form, save, and say what was not carried."""
    from jiyue.editor import converting  # noqa: PLC0415  (readers of many formats, only where one is brought)

    form = form_of(request)
    sheet = _Sheet(request, form)
    there = sheet.files()
    try:
        sent = form.uploads("file")
        if len(sent) != 1 or not converting.is_convertible(sent[0].name):
            raise Refused("选一个 Word 文件（.docx、.doc、.wps，或者 .xlsx、.pdf），再放进正文", 422)
        made = converting.filled(sheet.sent(), sent[0].data, sent[0].name, sheet.names(there))
        sheet.shop.gates(sheet.site, sheet.folder, [uploads.Upload(name, one) for name, one in made.files.items()])
        answer = sheet.save(made.text, dict(made.files))
    except (Unchangeable, Refused) as refused:
        return sheet.stay(refused)
    if isinstance(answer, Conflict):
        return conflict_page(request, answer)
    return _Sheet(request).page(done=_DONE["word"], losses=made.losses, brought=sent[0].name)


def file(request: Request) -> Response:
    """A file beside the article."""
    shop, who, name = workshop(request), request.state.person, request.path_params["name"]
    draft: Draft = shop.desk.draft(who, request.path_params["id"])
    if name.rpartition(".")[2].lower() not in ATTACHMENT_TYPES:
        raise Refused("没有这个文件", 404)
    one = shop.desk.text(who, name if "/" in name else f"{draft.path.rpartition('/')[0]}/{name}", draft.id)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return content(one.data, kind, name.rpartition("/")[2])


def crop_page(request: Request) -> Response:
    """A picture, and which part of it is to stay."""
    sheet, name = _Sheet(request), request.path_params["name"]
    one = sheet.files().get(name)
    if one is None or not _is_picture(name):
        raise Refused("没有这张图片", 404)
    width, height = uploads.size_of(one.data, name)
    return page(request, "crop.html", draft=sheet.draft, name=name, width=width, height=height, blob=one.blob)


def crop(request: Request) -> Response:
    """Cut a picture."""
    sheet, form = _Sheet(request), form_of(request)
    name = form["name"]
    one = sheet.files().get(name)
    if one is None or not _is_picture(name):
        raise Refused("没有这张图片", 404)
    if form["blob"] != one.blob:
        raise Refused("这张图片刚才换过了；重新打开再裁剪", 409)
    numbers = [form[key] for key in ("left", "top", "width", "height")]
    if not all(re.fullmatch(r"\d{1,6}", number) for number in numbers):
        raise Refused("四个数都要写成整数", 422)
    left, top, width, height = map(int, numbers)
    made = uploads.cropped(one.data, name, (left, top, width, height))
    answer = sheet.save(sheet.base.data, {name: made})
    if isinstance(answer, Conflict):
        return conflict_page(request, answer)
    return to(f"/draft/{sheet.draft.id}/?done=cropped#files")


def findings(request: Request) -> Response:
    """What is wrong with the text that is being written, for the script: `{findings: […], errors: n}`."""
    sheet = _Sheet(request, form_of(request))
    try:
        text = sheet.sent()
    except Unchangeable as refused:
        raise Refused(str(refused), 422) from None
    found_ = sheet.told(text, sheet.files())
    errors = sum(one.severity == Severity.ERROR for one in found_)
    return data({"findings": [one.as_json() for one in found_], "errors": errors})


def preview(request: Request) -> Response:
    """The page as readers will see it, of what is saved or of what was sent."""
    form = form_of(request) if request.method == "POST" else None
    sheet = _Sheet(request, form)
    text, files = sheet.base.data, sheet.files()
    if form:
        try:
            text = sheet.sent()
        except Unchangeable as refused:
            raise Refused(str(refused), 422) from None
    beside = {one.path: one.data for one in files.values()}
    found_ = sheet.shop.judge.findings(sheet.draft.path, text, beside)
    return sandboxed(sheet.shop.previews.page(sheet.draft.path, text, beside, found_), POLICY)


# -- parts --

_IMAGE = pattern(r"!\[([^\[\]\n]*)\]\((?:<([^<>\n]+)>|([^)>\s]+))")  # takes a time linear in any text


def _described(body: str, form: Form) -> str:
    """The body with the descriptions of pictures that were changed beside it."""
    said: dict[str, str] = {}
    for name, alt in form.fields:
        picture = name.removeprefix("alt-")
        if name.startswith("alt-") and alt != form.get(f"was-alt-{picture}"):
            said[picture] = " ".join(alt.replace("[", "［").replace("]", "］").split())
    if not said:
        return body

    def picture_of(one: re.Match[str]) -> str:
        return f"![{said.get(one[2] or one[3], one[1])}{one[0][one.end(1) - one.start() :]}"

    return _IMAGE.sub(picture_of, body)


def _inserted(text: bytes, form: Form, files: list[tuple[str, str, bool]]) -> bytes:
    """The text with files of (name as sent, name as saved, whether a picture) set in at the cursor, else at its end."""
    rows = []
    alt = " ".join(form.get("alt").replace("[", "［").replace("]", "］").split())
    for sent, name, picture in files:
        address = f"<{name}>" if re.search(r"[\s()]", name) else name
        said = sent.replace("\\", "/").rpartition("/")[2].replace("[", "［").replace("]", "］")
        rows.append(f"![{alt}]({address})" if picture else f"[{said.rpartition('.')[0] or said}]({address})")
    try:
        body = read(text).body
    except Unchangeable:
        return text
    at = form.get("at")
    place = min(int(at), len(body)) if at.isdecimal() else len(body)
    before, after = body[:place].rstrip("\n"), body[place:].lstrip("\n")
    made = "\n\n".join(part for part in (before, "\n\n".join(rows), after) if part)
    return write(text, {}, made if made.endswith("\n") else f"{made}\n")


def _is_picture(name: str) -> bool:
    return name.rpartition(".")[2].lower() in uploads.SHOWN


def _text(text: bytes) -> str:
    try:
        return decode(text)
    except NotUtf8:
        return text.decode("utf-8", "replace")


routes = [
    Route("/sites/", sites, methods=["GET"]),
    Route("/sites/{site}/", articles, methods=["GET"]),
    Route("/sites/{site}/{column:path}/", articles, methods=["GET"]),
    Route("/new", new, methods=["GET"]),
    Route("/new", create, methods=["POST"]),
    Route("/begin", begin, methods=["POST"]),
    Route("/draft/{id}/", draft, methods=["GET"]),
    Route("/draft/{id}/", save, methods=["POST"]),
    Route("/draft/{id}/files", bring, methods=["POST"]),
    Route("/draft/{id}/files/{name:path}", file, methods=["GET"]),
    Route("/draft/{id}/crop/{name:path}", crop_page, methods=["GET"]),
    Route("/draft/{id}/crop", crop, methods=["POST"]),
    Route("/draft/{id}/word", word, methods=["POST"]),
    Route("/draft/{id}/findings", findings, methods=["POST"]),
    Route("/draft/{id}/preview", preview, methods=["GET", "POST"]),
]
