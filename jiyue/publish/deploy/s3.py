"""S3-compatible storage (OSS, COS, OBS, MinIO …) by boto3.

layout `prefix`: every release under its own prefix and one pointer object, `<site>/live.json` = {id, prefix, sequence};
the gateway or CDN in front reads the pointer. Unchanged objects are copied inside the storage. The pointer is written on
condition that it is still the one that was read (If-Match), so that of two deployments at once one is refused; where
the storage has no conditional writes, that is detected and reported.
layout `flat`: the site's objects at one place, for storage that serves a bucket by itself; that can't be atomic.
Credentials come from the environment only: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from jiyue.publish.deploy.target import Bundle, DeployError, NetworkError, TargetContext, file_changes
from jiyue.publish.release.manifest import MANIFEST, SIGNATURE, FileEntry, Manifest, canonical
from jiyue.publish.release.media_types import TYPES, media_type
from jiyue.publish.webserver.policy import Policy, cache_of
from jiyue.publish.webserver.stubs import Stub, stub_pages
from jiyue.registry.deploy import S3Deploy
from jiyue.registry.url_ledger import Answers
from jiyue.render.offline import STATE

Item = TypeVar("Item")
_JOBS = 16
_GONE = ("NoSuchKey", "404", "NotFound")
_TAKEN = (409, 412)
_UNKNOWN = (400, 405, 501)
"""HTTP states of a conditional write: someone else wrote; the storage does not know conditions."""


def open_target(deploy: S3Deploy, context: TargetContext) -> S3Target:
    """The target of `kind: s3`."""
    return S3Target(
        deploy.bucket, prefix=deploy.prefix, endpoint=deploy.endpoint, region=deploy.region, layout=deploy.layout,
        keep=deploy.keep, environ=context.environ, answers=context.answers,
    )  # fmt: skip


class S3Target:
    """bucket and prefix: where; endpoint: address of the service ("" = AWS); layout: `prefix` or `flat`."""

    holds_more = False

    def __init__(self, bucket: str, *, prefix: str = "", endpoint: str = "", region: str = "", layout: str = "prefix",
                 keep: int = 5, environ: Mapping[str, str] = os.environ, answers: Answers | None = None) -> None:  # fmt: skip
        if layout not in ("prefix", "flat"):
            raise DeployError(f"S3 目标的 layout 应为 prefix 或 flat，不是 {layout}。")
        self.bucket, self.layout, self.keep = bucket, layout, keep
        self.prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self.client = _client(endpoint, region, environ)
        self.answers = answers
        self.conditional = True
        """Whether the storage has conditional writes, as far as it is known."""

    @property
    def caveat(self) -> str:
        """Why the layout `flat` is not atomic; what a storage without conditional writes can't prevent."""
        if self.layout == "prefix":
            return (
                ""
                if self.conditional
                else (
                    "该存储不支持条件写入：切换仍是原子的，但两个发布同时进行时，后写入的生效，旧版本可能盖过新版本。"
                    "请保证同一站点同时只有一个发布。"
                )
            )
        return "flat 布局逐个替换对象，切换期间读者可能看到新旧混合的页面；需要原子切换请用 prefix 布局。"

    def live(self, site: str) -> tuple[bytes, bytes | None] | None:
        place = self._place(site)
        if place is None:
            return None
        raw = self._get(place + MANIFEST)
        return None if raw is None else (raw, self._get(place + SIGNATURE))

    def send(self, bundle: Bundle, old: Manifest | None) -> None:
        self._prefixed(bundle, old) if self.layout == "prefix" else self._flat(bundle, old)

    def _prefixed(self, bundle: Bundle, old: Manifest | None) -> None:
        site, (before, tag) = bundle.site, self._pointer(bundle.site)
        place = f"{self.prefix}{site}/{bundle.manifest.id}/"
        there = dict(self._list(place))  # of an upload that was cut
        source = str(before["prefix"]) if before and old and before["id"] == old.id else ""
        bring, _ = file_changes(bundle, old if source else None, packed=False)
        todo = [(p, e) for p, e in bundle.manifest.files.items() if there.get(place + p) != e.size]

        def move(item: tuple[str, FileEntry]) -> None:
            path, _ = item
            if path in bring:
                self._put(place + path, (bundle.tree / path).read_bytes(), path)
            else:
                self._copy(source + path, place + path, path)

        self._all(move, todo)
        self._redirects(place, bundle)
        for path, data in bundle.own().items():
            self._put(place + path, data, path)
        pointer = {"id": bundle.manifest.id, "prefix": place, "sequence": bundle.manifest.sequence}
        self._switch(site, canonical(pointer), tag, probe=place + MANIFEST)
        self._prune(site, bundle.manifest.id, before)

    def _switch(self, site: str, pointer: bytes, tag: str, *, probe: str) -> None:
        """Write the pointer if it still is the one with this tag ("" = there was none).

        probe: an object that is there. A storage that lets it be written "only if it is not there" ignores conditions.
        """
        key, taken = f"{self.prefix}{site}/live.json", f"站点 {site} 的线上版本刚被另一个发布改变。"
        self.conditional = not self._put_if(probe, self._get(probe) or b"", IfNoneMatch="*")
        if self.conditional:
            condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
            if not self._put_if(key, pointer, **condition):
                raise NetworkError(taken)
        elif self._pointer(site)[1] != tag:
            raise NetworkError(taken)
        else:
            self._put(key, pointer, "live.json")

    def _put_if(self, key: str, data: bytes, **condition: str) -> bool:
        """Write an object on a condition; whether it was written, also where the storage refuses to know conditions."""
        from botocore.exceptions import ClientError  # noqa: PLC0415  (optional)

        kind, cache = _kind(key)

        def write() -> bool:
            try:
                self.client.put_object(
                    Bucket=self.bucket, Key=key, Body=data, ContentType=kind, CacheControl=cache, **condition
                )
            except ClientError as cause:
                state = cause.response["ResponseMetadata"]["HTTPStatusCode"]
                if state not in (*_TAKEN, *_UNKNOWN):
                    raise
                return state in _UNKNOWN
            return True

        return bool(self._call(write))

    def _flat(self, bundle: Bundle, old: Manifest | None) -> None:
        place = f"{self.prefix}"
        bring, take = file_changes(bundle, old, packed=False)
        # assets before the pages that need them, pages before the lists that name them, deletions last
        for pages in (False, True):
            chosen = [p for p in bring if p.endswith(".html") == pages and p != STATE]
            self._all(lambda p: self._put(place + p, (bundle.tree / p).read_bytes(), p), chosen)
        self._redirects(place, bundle)
        for path, data in bundle.own().items():
            self._put(place + path, data, path)
        self._all(lambda p: self._delete(place + p), take)
        if STATE in bring:  # last: whoever reads the new state finds nothing of the old one
            self._put(place + STATE, (bundle.tree / STATE).read_bytes(), STATE)

    def _redirects(self, place: str, bundle: Bundle) -> None:
        """An object at every moved address: a redirect where the bucket is served as a web site, else a page that leads on."""

        def put(stub: Stub) -> None:
            self._call(
                lambda: self.client.put_object(
                    Bucket=self.bucket, Key=place + stub.path, Body=stub.data, ContentType=TYPES["html"],
                    CacheControl=cache_of(f"/{stub.path}.html", Policy()), WebsiteRedirectLocation=stub.to,
                )
            )  # fmt: skip

        if self.answers:
            self._all(put, stub_pages(bundle.manifest.url, self.answers, bundle.manifest.files))

    def forget(self, site: str) -> str:
        pointer, _ = self._pointer(site)
        if self.layout == "prefix" and pointer:
            self._delete_all(site, [name for name in self._releases(site) if name != pointer["id"]])
        return "桶若开启了版本控制，请在存储控制台删除这些对象的历史版本。"

    def _prune(self, site: str, live: str, before: Mapping[str, Any] | None) -> None:
        names = self._releases(site)
        keep = {*names[-self.keep :], live, str(before["id"]) if before else live}
        self._delete_all(site, [name for name in names if name not in keep])

    def _releases(self, site: str) -> list[str]:
        root = f"{self.prefix}{site}/"
        pages = self._call(lambda: self.client.list_objects_v2(Bucket=self.bucket, Prefix=root, Delimiter="/"))
        return sorted(p["Prefix"][len(root) :].strip("/") for p in pages.get("CommonPrefixes", ()))

    def _delete_all(self, site: str, names: Iterable[str]) -> None:
        for name in names:
            self._all(self._delete, [key for key, _ in self._list(f"{self.prefix}{site}/{name}/")])

    def _place(self, site: str) -> str | None:
        if self.layout == "flat":
            return self.prefix
        pointer, _ = self._pointer(site)
        return str(pointer["prefix"]) if pointer else None

    def _pointer(self, site: str) -> tuple[dict[str, Any] | None, str]:
        """(content of the pointer or None, its tag or "")."""
        raw, tag = self._read(f"{self.prefix}{site}/live.json")
        try:
            data = json.loads(raw) if raw is not None else None
        except ValueError:
            data = None
        return (data if isinstance(data, dict) and {"id", "prefix"} <= data.keys() else None), tag

    def _get(self, key: str) -> bytes | None:
        return self._read(key)[0]

    def _read(self, key: str) -> tuple[bytes | None, str]:
        from botocore.exceptions import ClientError  # noqa: PLC0415  (optional)

        def read() -> tuple[bytes | None, str]:
            try:
                answer = self.client.get_object(Bucket=self.bucket, Key=key)
                return bytes(answer["Body"].read()), str(answer["ETag"])
            except ClientError as cause:
                if cause.response["Error"]["Code"] in _GONE:
                    return None, ""
                raise

        answer_and_tag: tuple[bytes | None, str] = self._call(read)
        return answer_and_tag

    def _put(self, key: str, data: bytes, path: str) -> None:
        kind, cache = _kind(path)
        self._call(
            lambda: self.client.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType=kind, CacheControl=cache)
        )

    def _copy(self, source: str, key: str, path: str) -> None:
        self._call(
            lambda: self.client.copy_object(
                Bucket=self.bucket, Key=key, CopySource={"Bucket": self.bucket, "Key": source}
            )
        )

    def _delete(self, key: str) -> None:
        self._call(lambda: self.client.delete_object(Bucket=self.bucket, Key=key))

    def _list(self, prefix: str) -> Iterable[tuple[str, int]]:
        pages = self._call(
            lambda: list(self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix))
        )
        return [(row["Key"], int(row["Size"])) for page in pages for row in page.get("Contents", ())]

    def _all(self, work: Callable[[Item], None], items: Iterable[Item]) -> None:
        with ThreadPoolExecutor(_JOBS) as pool:
            for _ in pool.map(work, items):
                pass

    def _call(self, action: Callable[[], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (optional)

        try:
            return action()
        except ClientError as cause:
            status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            failure = NetworkError if status >= 500 or status in (408, 429) else DeployError
            raise failure(f"对象存储 {self.bucket} 拒绝了操作（{cause}）。线上仍是原版本。") from cause
        except (BotoCoreError, OSError) as cause:
            raise NetworkError(f"与对象存储 {self.bucket} 的连接失败（{cause}）。") from cause


def _client(endpoint: str, region: str, environ: Mapping[str, str]) -> Any:
    try:
        import boto3  # noqa: PLC0415  (optional)
        from botocore.config import Config  # noqa: PLC0415  (optional)
    except ImportError as cause:
        raise DeployError("S3 目标需要 boto3：pip install 'jiyue[s3]'。") from cause
    if not environ.get("AWS_ACCESS_KEY_ID") or not environ.get("AWS_SECRET_ACCESS_KEY"):
        raise DeployError("请在环境变量 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY 中给出对象存储的密钥。")
    # other services than AWS don't know the newer checksums
    config = Config(
        retries={"max_attempts": 2}, max_pool_connections=_JOBS, connect_timeout=10, read_timeout=60,
        request_checksum_calculation="when_required", response_checksum_validation="when_required",
    )  # fmt: skip
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environ.get("AWS_SESSION_TOKEN"),
        config=config,
    )


def _kind(path: str) -> tuple[str, str]:
    return media_type(path), cache_of("/" + path, Policy())
