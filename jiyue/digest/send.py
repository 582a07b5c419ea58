"""Sends a digest by SMTP: one mail a recipient, encrypted unless the server is this machine."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from jiyue.digest.mail import mail
from jiyue.digest.select import Digest
from jiyue.registry.mail import PASSWORD, MailSettings, Server

PATIENCE = 30.0
"""Seconds that a server has for an answer."""


class NotSent(Exception):
    """Nothing (more) can be sent; its text is Chinese."""


def connect(server: Server, folder: Path, environ: Mapping[str, str] = os.environ) -> smtplib.SMTP:
    """A session with the server, encrypted and logged in as the settings say. folder: of the settings. Raises NotSent."""
    with ExitStack() as undo:
        try:
            context = ssl.create_default_context(cafile=str(folder / server.ca) if server.ca else None)
            if server.tls == "implicit":
                session: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
            else:
                session = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
            undo.callback(session.close)
            if server.tls == "starttls":
                session.starttls(context=context)
            if server.user:
                _log_in(session, server, environ)
        except smtplib.SMTPNotSupportedError:
            raise NotSent(f"{server.host} 不支持要求的加密或登录方式，没有发送") from None
        except ssl.SSLError as problem:
            raise NotSent(f"{server.host} 的证书没有通过验证：{problem.reason or type(problem).__name__}") from None
        except (OSError, smtplib.SMTPException) as problem:
            raise NotSent(f"连不上 {server.host}:{server.port}：{type(problem).__name__}") from None
        undo.pop_all()
    return session


def _log_in(session: smtplib.SMTP, server: Server, environ: Mapping[str, str]) -> None:
    if not environ.get(PASSWORD):
        raise NotSent(f"没有设置环境变量 {PASSWORD}（{server.user} 的口令）")
    try:
        session.login(server.user, environ[PASSWORD])
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected):
        raise NotSent(f"{server.host} 不认登录名或口令：核对 user 和环境变量 {PASSWORD}") from None


def send(
    session: smtplib.SMTP, digest: Digest, settings: MailSettings, now: str, addresses: Iterable[str]
) -> tuple[int, dict[str, str]]:
    """(how many were accepted, address -> why it was not). After a lost connection the rest isn't tried."""
    accepted, left = 0, {}
    lost = ""
    for address in addresses:
        if lost:
            left[address] = lost
            continue
        try:
            session.send_message(
                mail(digest, settings, now, address), from_addr=settings.sender.address, to_addrs=[address]
            )
        except smtplib.SMTPRecipientsRefused as problem:
            left[address] = f"服务器拒收（{next(iter(problem.recipients.values()))[0]}）"
        except smtplib.SMTPResponseException as problem:
            left[address] = f"服务器没有接收（{problem.smtp_code}）"
        except (OSError, smtplib.SMTPException):
            left[address] = lost = "连接断开"
        else:
            accepted += 1
    return accepted, left
