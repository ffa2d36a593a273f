"""Keeps on disk what takes long to work out and follows from the content, the editions and the code alone."""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import jinja2
import rapidfuzz

from faq.edition import Edition

KEPT = 4  # files of one name: the newest ones, as several versions may run on one machine
CODE = Path(__file__).parent


class Cache:
    """A folder of files by name and key; in the folder None nothing is kept.

    It only ever saves time: a folder that cannot be written to, and a file that is damaged or not ours, are as good as
    none. What is kept is plain bytes, so that reading a file runs nothing that it brings along.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, name: str, key: str) -> bytes | None:
        """Return what was saved under this name and key, or None."""
        if self._folder is None:
            return None
        try:
            written = (self._folder / name / key).read_bytes()
        except OSError:
            return None
        size = hashlib.sha256().digest_size
        return written[size:] if written[:size] == _checksum(name, key, written[size:]) else None

    def save(self, name: str, key: str, content: bytes) -> None:
        """Keep the content under this name and key, and drop the oldest files of this name."""
        if self._folder is None:
            return
        try:
            _write(self._folder / name, key, _checksum(name, key, content) + content)
            _drop_oldest(self._folder / name)
        except OSError:
            return  # works without, only slower


def content_key(folder: Path, editions: Sequence[Edition]) -> str:
    """Return what stands for this content, these editions and the code that works with them.

    The code is that of this package, of the libraries that it uses, and of Python.
    """
    total = hashlib.sha256()
    for part in _parts(folder, editions):
        total.update(len(part).to_bytes(8, "big") + part)  # the length: "ab", "c" is not "a", "bc"
    return total.hexdigest()


def _parts(folder: Path, editions: Sequence[Edition]) -> Iterator[bytes]:
    yield from (version.encode() for version in (platform.python_version(), jinja2.__version__, rapidfuzz.__version__))
    yield repr(tuple(editions)).encode()
    for root, pattern in ((CODE, "*.py"), (folder, "*.toml")):
        for path in sorted(root.rglob(pattern)):
            yield path.relative_to(root).as_posix().encode()
            yield _bytes(path)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # whoever reads the content itself says so


def _checksum(name: str, key: str, content: bytes) -> bytes:
    return hashlib.sha256(f"{name}\n{key}\n".encode() + content).digest()


def _write(folder: Path, key: str, content: bytes) -> None:
    """Write the file beside its place and move it there, so that nobody ever sees half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f"{key}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(beside).replace(folder / key)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def _drop_oldest(folder: Path) -> None:
    # What a killed process left beside its place is among them, and gets old.
    newest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[KEPT:]:
        path.unlink(missing_ok=True)
