"""Imports run one way, and each outside library has one home."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "bot": {"bot", "handlers", "faq", "storage"},
    "handlers": {"handlers", "faq", "storage"},
    "faq": {"faq"},
    "storage": {"storage"},
}
HOMES = {
    "telegram": ("bot/channels/telegram/",),
    "aiohttp": ("bot/",),
    "click": ("bot/",),
    "fastapi": ("bot/",),
    "starlette": ("bot/",),
    "uvicorn": ("bot/",),
    "prometheus_client": ("bot/metrics.py",),
    "pydantic": ("bot/settings.py",),
    "pydantic_core": ("bot/settings.py",),
    "pydantic_settings": ("bot/settings.py",),
    "sqlalchemy": ("storage/",),
    "alembic": ("storage/",),
    "rapidfuzz": ("faq/",),
    "jinja2": ("faq/", "bot/channels/webchat/"),
}


def imported(source: str) -> set[str]:
    """Return the top-level packages that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def wrong_imports(path: str, source: str) -> set[str]:
    """Return what a module at this path imports and may not."""
    names = imported(source)
    ours = (names & set(MAY_IMPORT)) - MAY_IMPORT[path.partition("/")[0]]
    return ours | {name for name in names & set(HOMES) if not path.startswith(HOMES[name])}


def modules() -> list[Path]:
    return sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_place_allows(path: Path) -> None:
    assert wrong_imports(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("path", "source", "wrong"),
    [
        ("storage/a.py", "from handlers import inbox", {"handlers"}),
        ("faq/a.py", "import storage.outbox", {"storage"}),
        ("handlers/a.py", "def f():\n    from bot import app", {"bot"}),
        ("handlers/a.py", "import sqlalchemy as sa", {"sqlalchemy"}),
        ("bot/web.py", "from telegram import Bot", {"telegram"}),
    ],
)
def test_a_wrong_import_is_seen(path: str, source: str, wrong: set[str]) -> None:
    assert wrong_imports(path, source) == wrong


def test_only_the_clock_reads_the_time() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in modules()
        if any(call in path.read_text(encoding="utf-8") for call in ("datetime.now(", "time.time(", "time.monotonic("))
    ]

    assert readers == ["bot/clock.py"]
