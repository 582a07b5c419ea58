"""`jiyue serving`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Output, Root, show, usage
from jiyue.cli.publishing import cluster_at
from jiyue.publish.served_sites import served_sites
from jiyue.publish.webserver.caddy import caddy_config
from jiyue.publish.webserver.nginx import nginx_config, path_links
from jiyue.publish.webserver.policy import TLS, Policy


def serving(
    server: Annotated[str, typer.Argument(help="nginx 或 caddy")],
    to: Annotated[Path | None, typer.Option("--to", help="写到哪个文件，默认为标准输出")] = None,
    links: Annotated[Path | None, typer.Option("--links", help="网址带路径的站点在哪里建立链接（nginx）")] = None,
    address: Annotated[str, typer.Option("--address", help="监听地址")] = "",
    http_port: Annotated[int, typer.Option("--http-port")] = 80,
    https_port: Annotated[int, typer.Option("--https-port")] = 443,
    no_tls: Annotated[bool, typer.Option("--no-tls", help="只用 HTTP（前面另有 TLS 终结时）")] = False,
    certificate: Annotated[str, typer.Option("--certificate", help="证书文件，{host} 代表主机名")] = "",
    certificate_key: Annotated[str, typer.Option("--certificate-key", help="证书私钥文件")] = "",
    root: Root = Path(),
    output: Output = None,
) -> None:
    """生成 nginx 或 Caddy 的配置。"""
    if server not in ("nginx", "caddy"):
        usage(f"没有「{server}」的配置，可以是 nginx 或 caddy")
    cluster = cluster_at(root, output)
    usual = TLS()
    tls = None if no_tls else TLS(certificate or usual.certificate, certificate_key or usual.key)
    policy = Policy(tls=tls, address=address, http_port=http_port, https_port=https_port)
    served, problems = served_sites(cluster)
    show(problems, "text")
    if not served:
        usage("还没有上线的站点。先运行 jiyue build 和 jiyue publish。")
    if server == "nginx":
        folder = (links or cluster.work / "serving").resolve()
        for link, target in path_links(served, folder).items():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        text = nginx_config(served, policy, folder)
    else:
        text = caddy_config(served, policy)
    if to is None:
        print(text, end="")
        return
    new = to.with_name(f".{to.name}.new")
    new.write_text(text, "utf-8")
    new.replace(to)
    print(f"已写入 {to}：{len(served)} 个站点。请检查配置后重新加载服务器。")
