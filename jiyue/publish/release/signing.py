"""Ed25519 signatures of releases: who may publish is a list of public keys in the cluster's repository.

`sites/release-keys.yaml`:

    keys:
      - name: 省级发布密钥 2026        # for people
        public: 6rV0…=                 # base64 of the 32 bytes
        until: 2028-01-01              # may be left out; a release made later with this key is refused

The private key is never in the repository: a PEM file (`--key FILE`) or the variable JIYUE_SIGNING_KEY (PEM text).
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jiyue.publish.release.manifest import Manifest, ReleaseError, canonical, sha256_hex

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEYS_FILE = "sites/release-keys.yaml"
VARIABLE = "JIYUE_SIGNING_KEY"
_DOMAIN = b"jiyue-release-v1\n"
"""Signed before what is signed, so that a signature of one use never counts in another."""
UNKNOWN, RETIRED, WRONG = "unknown", "retired", "wrong"
"""Why a signature doesn't count: not of a listed key, of a key after its last day, not of these bytes."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that may sign releases; until is the first day on which it may no longer."""

    public: bytes
    name: str = ""
    until: date | None = None

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that name the key."""
        return sha256_hex(self.public)[:16]


def read_keys(root: Path) -> tuple[PublicKey, ...]:
    """The cluster's public keys, () when the file does not exist. ReleaseError when it can't be read as such."""
    import yaml  # noqa: PLC0415  (heavy, and only for clusters with keys)

    path = root / KEYS_FILE
    if not path.is_file():
        return ()
    try:
        return tuple(
            PublicKey(_public(row["public"]), str(row.get("name", "")), _day(row.get("until")))
            for row in yaml.safe_load(path.read_text("utf-8"))["keys"]
        )
    except (ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as cause:
        raise ReleaseError(
            f"{KEYS_FILE} 写法不正确（{cause}）。应为 keys 列表，每项有 public（32 字节公钥的 base64）；"
            "jiyue key new 会打印该写的几行。"
        ) from cause


def private_key(file: Path | None, environ: Mapping[str, str] = os.environ) -> Ed25519PrivateKey | None:
    """The signing key from a PEM file, else from JIYUE_SIGNING_KEY, else None. ReleaseError when it is no such key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  (heavy, only with keys)
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415  (heavy, only with keys)

    if file is None and not environ.get(VARIABLE):
        return None
    try:
        pem = file.read_bytes() if file else environ[VARIABLE].encode()
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("not Ed25519")
    except (OSError, ValueError, TypeError) as cause:
        where = str(file) if file else f"环境变量 {VARIABLE}"
        raise ReleaseError(
            f"签名密钥无法读取：{where} 应是未加密的 Ed25519 PEM 私钥，由 jiyue key new 生成。"
        ) from cause
    return key


def new_key() -> tuple[bytes, str]:
    """A fresh key: the private PEM text and the base64 of its public half, for `sites/release-keys.yaml`."""
    from cryptography.hazmat.primitives import serialization as s  # noqa: PLC0415  (heavy, only with keys)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  (heavy, only with keys)

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    return pem, base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    """The signature file's text for a manifest."""
    return canonical(signature_of(manifest, key))


def signature_of(data: bytes, key: Ed25519PrivateKey, domain: bytes = _DOMAIN) -> dict[str, str]:
    """{"key": its id, "signature": base64} for these bytes."""
    public = key.public_key().public_bytes_raw()
    return {"key": PublicKey(public).id, "signature": base64.b64encode(key.sign(domain + data)).decode()}


def problem_of(
    data: bytes, named: str, value: bytes, keys: Sequence[PublicKey], day: date, domain: bytes = _DOMAIN
) -> str:
    """Why a signature of these bytes doesn't count, '' if it does. named: the key's id; day: on which it was made."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  (heavy, only with keys)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415  (heavy, only with keys)

    key = next((k for k in keys if k.id == named), None)
    if key is None:
        return UNKNOWN
    if key.until and day >= key.until:
        return RETIRED
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, domain + data)
    except InvalidSignature:
        return WRONG
    return ""


def trusted_manifest(manifest: bytes, signature: bytes | None, keys: Sequence[PublicKey]) -> Manifest:
    """The manifest, trusted. ReleaseError when it is malformed or not signed by one of the keys.

    Without any key in the cluster's repository nothing can be verified: an unsigned manifest is accepted.
    """
    made = Manifest.from_bytes(manifest)
    if not keys:
        return made
    if signature is None:
        raise ReleaseError(
            f"站点 {made.site} 的版本 {made.id} 没有签名。请用发布密钥（--key 或变量 JIYUE_SIGNING_KEY）重新生成版本。"
        )
    try:
        data = json.loads(signature)
        named, value = str(data["key"]), base64.b64decode(data["signature"], validate=True)
    except (ValueError, TypeError, KeyError) as cause:
        raise ReleaseError(f"站点 {made.site} 的签名文件格式不正确，版本不可信。") from cause
    problem = problem_of(manifest, named, value, keys, datetime.fromisoformat(made.created).date())
    if problem == UNKNOWN:
        raise ReleaseError(f"站点 {made.site} 的版本由未登记的密钥 {named} 签名。核对 {KEYS_FILE} 或查明来源。")
    if problem == RETIRED:
        key = next(k for k in keys if k.id == named)
        raise ReleaseError(
            f"站点 {made.site} 的版本由已停用的密钥 {key.name or key.id} 签名（{key.until} 起停用）。"
            "换用在册的密钥重新发布。"
        )
    if problem:
        raise ReleaseError(
            f"站点 {made.site} 的版本清单与签名不符：清单被改动过，拒绝使用。"
            "查明谁改过后，运行 jiyue publish --every 重新生成。"
        )
    return made


def _public(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if len(raw) != 32:
        raise ValueError("32 bytes")
    return raw


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))
