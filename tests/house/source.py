"""What the source says of itself: files, and what each imports."""

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules(folder: str) -> list[Path]:
    """Every Python file in the folder and below it."""
    return sorted((ROOT / folder).rglob("*.py"))


def from_root(path: Path) -> str:
    """Where the file is, from the root."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    """What the file is imported as."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@functools.cache
def imports(path: Path) -> frozenset[str]:
    """Every module that the file imports, wherever it does; ``from a import b`` counts as ``a`` and as ``a.b``."""
    return imports_of(path.read_text(encoding="utf-8"), path.name)


def imports_of(source: str, name: str = "") -> frozenset[str]:
    """The same of a file's text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def importers(package: str, *folders: str) -> set[str]:
    """The files that import the package or anything in it, by their paths from the root."""
    return {
        from_root(path)
        for folder in folders
        for path in modules(folder)
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    }
