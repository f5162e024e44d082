"""What labels and descriptions remember, so that the next deployment skips what did not change."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def of_text(text: str) -> str:
    return _of(text.encode())


def of_lines(lines: Iterable[str]) -> str:
    return of_text("".join(f"{line}\n" for line in lines))


def of_files(root: Path, *names: str) -> str:
    """Of the names and contents of files, and of all files in folders."""
    files = {
        path.relative_to(root).as_posix().encode(): path
        for name in names
        for path in (root / name, *(root / name).rglob("*"))
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
    }
    return _of(b"".join(name + b"\n" + path.read_bytes() for name, path in sorted(files.items())))


def _of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:40]
