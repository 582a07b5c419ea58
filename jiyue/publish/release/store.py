"""The store: every file once by its content, and the release trees made of hard links to them.

    objects/ab/abcd…             bytes, read-only, named by their SHA-256
    packed/ab/abcd….br|.zst|.gz  the precompressed copies of an object
    releases/<site>/<id>/tree/   one release: the document root, its manifest and signature inside
    releases/<site>/<id>/record.json, sbom.json
    live/<site>                  symbolic link to the tree that is served
    journal/<site>.jsonl         what went live, when
    withdrawn.json               what must never come back (tombstones.py)
    seen/<site>.json             inode, size, time and digest of the output files read last: spares reading them again

A store is on one file system. Files are added as hard links if the output is on it, too, else as copies.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jiyue.publish.release.manifest import (
    CHUNK,
    FOLDER,
    MANIFEST,
    SIGNATURE,
    FileEntry,
    ReleaseError,
    file_digest,
    safe_path,
    sha256_hex,
)

Seen = dict[str, tuple[int, int, int, str]]
"""Output path → inode, size, mtime_ns, SHA-256."""

_COPY_INSTEAD = (errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EOPNOTSUPP)


class Store:
    """The folder of all releases of a cluster."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def releases(self, site: str) -> list[str]:
        """Ids of the site's whole releases, oldest first."""
        folder = self.root / "releases" / site
        return sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []

    def sites(self) -> list[str]:
        """Sites that have a release."""
        folder = self.root / "releases"
        return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []

    def release(self, site: str, name: str) -> Path:
        """The folder of a release, whole or not there."""
        return self.root / "releases" / site / name

    def tree(self, site: str, name: str) -> Path:
        """The document root of a release."""
        return self.release(site, name) / "tree"

    def live_link(self, site: str) -> Path:
        """The symbolic link that the web server follows."""
        return self.root / "live" / site

    def live_id(self, site: str) -> str:
        """The release that is served, "" when none is."""
        try:
            return self.live_link(site).readlink().parent.name
        except OSError:
            return ""

    def blob(self, sha: str) -> Path:
        """The path of the object with this digest."""
        return Path(f"{self.root}/objects/{sha[:2]}/{sha}")

    def read_json(self, name: str) -> Any:
        """A small state file's content, None when it is not there or was cut short."""
        try:
            return json.loads((self.root / name).read_bytes())
        except (OSError, ValueError):
            return None

    def write(self, path: Path, data: bytes) -> None:
        """Write a file atomically: a temporary file, flushed, then renamed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def flush(self) -> None:
        """Wait until all that was written to the store is on the disk.

        Only its own file system is flushed: os.sync() waits for whatever any program of the machine is writing.
        """
        import ctypes  # noqa: PLC0415  (only where something goes live)

        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "syncfs"):  # not Linux
            os.sync()
            return
        folder = os.open(self.root, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.syncfs(folder):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(self.root))
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def locked(self, wait: float = 0.0) -> Iterator[None]:
        """Lock this store; the kernel releases the lock of a process that died.

        wait: seconds to wait for the lock. ReleaseError when it is still taken after that, or the store is read-only.
        """
        until = time.monotonic() + wait
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = (self.root / ".lock").open("a")
        except OSError as cause:
            raise ReleaseError(f"发布目录 {self.root} 不可写（{cause.strerror}）。请检查权限和磁盘。") from cause
        with lock as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as cause:
                    if time.monotonic() >= until:
                        raise ReleaseError("另一个发布正在进行，请稍后再试（或用 --wait 等待）。") from cause
                    time.sleep(0.05)
            yield

    def put_bytes(self, data: bytes) -> FileEntry:
        """Store bytes as an object."""
        entry = FileEntry(len(data), sha256_hex(data))
        target = f"{self.root}/objects/{entry.sha256[:2]}/{entry.sha256}"
        # not flushed one by one: switch_live() flushes all before anything points here, and a wrong length reveals a loss
        if _size(target) != entry.size:
            with appearing(target) as handle:
                write_all(handle, data)
        return entry

    def take(self, site: str, output: Path) -> tuple[dict[str, FileEntry], Seen]:
        """Ingest every file of an output tree; the entries by path, and the stamps for remember().

        ReleaseError for a link, a name that can't be published, or a file rewritten in place or during the reading.
        """
        known = self._seen(site)
        objects = self.root / "objects"
        objects.mkdir(parents=True, exist_ok=True)
        (objects / f".{os.getpid()}").unlink(missing_ok=True)  # of a run that was killed and had the same number
        files: dict[str, FileEntry] = {}
        seen: Seen = {}
        for path, info in walk(output):
            row = known.get(path)
            same = row is not None and row[:3] == (info.st_ino, info.st_size, info.st_mtime_ns)
            if row is not None and not same and row[0] == info.st_ino and self._is_object(row[3], info.st_ino):
                raise ReleaseError(
                    f"{output.name}/{path} 被就地改写（应先写新文件再改名替换），旧版本可能已被破坏。"
                    "请运行 jiyue verify 核对线上版本，删除该文件后重新构建。"
                )
            sha = row[3] if same and row and self.blob(row[3]).exists() else self._take_one(f"{output}/{path}", info)
            files[path] = FileEntry(info.st_size, sha)
            seen[path] = (info.st_ino, info.st_size, info.st_mtime_ns, sha)
        return files, seen

    def remember(self, site: str, seen: Seen) -> None:
        """Store the stamps of take() for the next run."""
        self.write(self.root / "seen" / f"{site}.json", json.dumps(seen, ensure_ascii=False).encode())

    def plant(self, tree: Path, files: Mapping[str, FileEntry], packed: Mapping[str, FileEntry]) -> None:
        """Make a document root of hard links to objects."""
        tree.mkdir(parents=True)
        for folder in sorted({path.rpartition("/")[0] for path in (*files, *packed)}):
            (tree / folder).mkdir(parents=True, exist_ok=True)
        objects = f"{self.root}/objects"
        for path, entry in (*files.items(), *packed.items()):
            link_or_copy(f"{objects}/{entry.sha256[:2]}/{entry.sha256}", f"{tree}/{path}")

    def manifest_bytes(self, site: str, name: str) -> tuple[bytes, bytes | None]:
        """A release's manifest and signature as they lie there. ReleaseError when there is no such release."""
        tree = self.tree(site, name)
        try:
            raw = (tree / MANIFEST).read_bytes()
        except OSError as cause:
            existing = "、".join(self.releases(site)) or "无"
            raise ReleaseError(f"站点 {site} 没有版本 {name}。现有版本：{existing}。") from cause
        signature = tree / SIGNATURE
        return raw, signature.read_bytes() if signature.is_file() else None

    def record(self, site: str, name: str, sha: str) -> dict[str, Any]:
        """The record of a release (carried pages, what was withheld); {} where its digest is not the signed one."""
        path = self.release(site, name) / "record.json"
        raw = path.read_bytes() if path.is_file() else b""
        return dict(json.loads(raw)) if sha256_hex(raw) == sha else {}

    def _take_one(self, source: str, info: os.stat_result) -> str:
        """Make a file of an output an object; its SHA-256. info: its status when its folder was read.

        It is read once, under a name of ours: what the path means meanwhile does not matter.
        """
        mine = f"{self.root}/objects/.{os.getpid()}"
        kept = False
        try:
            link_or_copy(source, mine)
            sha = file_digest(mine)
            now = os.lstat(source)
            if (now.st_ino, now.st_size, now.st_mtime_ns) != (info.st_ino, info.st_size, info.st_mtime_ns):
                raise ReleaseError(f"{source} 在读取时被改动。构建结束后再发布。")
            target = f"{self.root}/objects/{sha[:2]}/{sha}"
            if not os.path.lexists(target):
                os.chmod(mine, 0o444)  # noqa: PTH101 (these four lines: fast path)
                os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
                os.rename(mine, target)  # noqa: PTH104
                kept = True
        finally:
            if not kept:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(mine)  # noqa: PTH108
        return sha

    def _is_object(self, sha: str, inode: int) -> bool:
        try:
            return self.blob(sha).stat().st_ino == inode
        except OSError:
            return False

    def _seen(self, site: str) -> Seen:
        data = self.read_json(f"seen/{site}.json")
        return {p: (r[0], r[1], r[2], r[3]) for p, r in data.items()} if isinstance(data, dict) else {}


def walk(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every file below root with its path and status, in the order of names. Links are refused: they lead outside."""
    if not root.is_dir():
        raise ReleaseError(f"没有输出目录 {root}。先运行 jiyue build。")
    queue = [""]
    while queue:
        folder = queue.pop()
        with os.scandir(root / folder) as rows:
            for row in sorted(rows, key=lambda r: r.name):
                path = folder + row.name
                info = row.stat(follow_symlinks=False)
                if stat.S_ISDIR(info.st_mode):
                    queue.append(path + "/")
                elif not stat.S_ISREG(info.st_mode):
                    raise ReleaseError(f"{root.name}/{path} 不是普通文件（链接或设备），不能发布。请删除。")
                else:
                    yield _published(path, root), info


def _published(path: str, root: Path) -> str:
    try:
        path.encode()
        return safe_path(path)
    except ValueError as cause:
        raise ReleaseError(f"{root.name} 中的文件名 {path!r} 不能发布，请改名。") from cause


def link_or_copy(source: Path | str, target: Path | str) -> None:
    """A hard link; a copy where the file system can't link these two. A copy appears whole or not at all."""
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except OSError as cause:
        if cause.errno not in _COPY_INSTEAD:
            raise
        with (
            Path(source).open("rb") as file,
            appearing(Path(target), stat.S_IMODE(Path(source).stat().st_mode)) as handle,
        ):
            copy_all(file.fileno(), handle)


@contextlib.contextmanager
def appearing(target: Path | str, mode: int = 0o444) -> Iterator[int]:
    """A descriptor to write a file that then appears at its place whole, or not at all. mode: read-only like all objects."""
    folder, _, name = str(target).rpartition("/")
    temporary = f"{folder}/.{name}.{os.getpid()}.{threading.get_ident()}"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        handle = os.open(temporary, flags, mode)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        handle = os.open(temporary, flags, mode)
    except FileExistsError:  # of a run that was killed and had the same number
        os.unlink(temporary)  # noqa: PTH108
        handle = os.open(temporary, flags, mode)
    try:
        try:
            yield handle
            os.fchmod(handle, mode)
        finally:
            os.close(handle)
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def write_all(handle: int, data: bytes) -> None:
    """Write all bytes to a descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def copy_all(source: int, target: int) -> None:
    """Copy a file from its beginning between descriptors, in the kernel, which shares the blocks where the file system can."""
    try:
        offset = 0
        while copied := os.copy_file_range(source, target, CHUNK << 10, offset):
            offset += copied
    except OSError as cause:
        if offset or cause.errno not in (*_COPY_INSTEAD, errno.EINVAL, errno.ENOSYS):
            raise
        os.lseek(source, 0, os.SEEK_SET)
        while piece := os.read(source, CHUNK):
            write_all(target, piece)


def _size(path: str) -> int:
    """A file's size, -1 if there is none."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 (fast path)
    except OSError:
        return -1


def without_folder(paths: Iterable[str]) -> list[str]:
    """The paths outside the manifest's own folder."""
    return [p for p in paths if not p.startswith(FOLDER)]
