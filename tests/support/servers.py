"""Real nginx and real Caddy on the loopback address, with their generated configurations."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import quote

from jiyue.publish.webserver.caddy import caddy_config
from jiyue.publish.webserver.nginx import nginx_config, path_links
from jiyue.publish.webserver.policy import Policy, Served
from tests.support.nginx import nginx_command, program, running


@dataclass
class Asked:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    port: int

    def get(
        self, path: str, encoding: str | None = "identity", host: str = "www.cc.example", *, method: str = "GET",
        raw: bool = False, **headers: str,
    ) -> Asked:  # fmt: skip
        """Request a path, quoted unless raw. encoding: the Accept-Encoding, None for no such header."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        target = path if raw else quote(path)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": host, "Accept-Encoding": encoding, **more}.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        answer: HTTPResponse = connection.getresponse()
        asked = Asked(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return asked


def configured(name: str, sites: Sequence[Served], policy: Policy, folder: Path) -> list[str]:
    """Write the configuration of nginx or caddy for these sites and return the command that starts the server."""
    folder.mkdir(exist_ok=True)
    if name == "nginx":
        links = folder / "paths"
        for link, target in path_links(sites, links).items():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        (folder / "sites.conf").write_text(nginx_config(sites, policy, links), "utf-8")
        return nginx_command(folder)
    (folder / "Caddyfile").write_text(caddy_config(sites, policy), "utf-8")
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def approved(name: str, sites: Sequence[Served], policy: Policy, folder: Path) -> str:
    """The output of the server's own configuration check, "" if it passes."""
    command = configured(name, sites, policy, folder)
    command = [*command, "-t"] if name == "nginx" else [command[0], "validate", *command[2:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"HOME": str(folder)})
    return done.stderr if done.returncode else ""


@contextmanager
def started(name: str, sites: Sequence[Served], policy: Policy, folder: Path) -> Iterator[None]:
    """Run nginx or caddy with the configuration for these sites."""
    command = configured(name, sites, policy, folder)
    with running(command, folder, policy.https_port if policy.tls else policy.http_port):
        yield
