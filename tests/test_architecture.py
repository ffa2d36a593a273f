"""Imports run one way, each outside library has one home, and importing a module does nothing.

Every check is a function from a module's place and source to what is wrong with it, so that a test can show it a
wrong module too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "bot": {"bot", "handlers", "faq", "storage"},
    "handlers": {"handlers", "faq", "storage"},
    "faq": {"faq"},
    "storage": {"storage"},
}
HOMES: dict[str, tuple[str, ...]] = {
    "telegram": ("bot/channels/telegram/",),
    "aiohttp": ("bot/",),
    "click": ("bot/",),
    "fastapi": ("bot/",),
    "starlette": ("bot/",),
    "uvicorn": ("bot/",),
    "prometheus_client": ("bot/metrics.py",),
    "platformdirs": ("bot/settings.py",),
    "dotenv": ("bot/settings.py",),
    "pydantic": ("bot/settings.py", "bot/api/fields.py", "bot/api/models.py"),
    "pydantic_core": ("bot/settings.py", "bot/api/fields.py", "bot/api/models.py"),
    "pydantic_settings": ("bot/settings.py",),
    "sqlalchemy": ("storage/",),
    "alembic": ("storage/",),
    "numpy": ("faq/",),
    "rapidfuzz": ("faq/",),
    "jinja2": ("faq/", "bot/channels/webchat/"),
    "markupsafe": ("faq/", "bot/channels/webchat/"),
    "openpyxl": ("bot/proposals/",),
    "fpdf": ("handlers/eligibility/document.py",),
    "icalendar": ("handlers/calendar.py",),
    "PIL": ("handlers/status/picture.py",),
    "structlog": ("bot/", "handlers/"),
}
CLOCK = "bot/clock.py"
SETTINGS = "bot/settings.py"
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
READS_TIME = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    *(
        ("time", name)
        for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime")
    ),
}
READS_ENVIRONMENT = {("os", "environ"), ("os", "environb"), ("os", "getenv"), ("os", "getenvb")}
AUDIT = "storage/audit.py"
AUDIT_AT_HOME = ("storage/schema.py", "storage/retention.py")
REWRITES = {"update", "delete", "text", "exec_driver_sql", "on_conflict_do_update"}
RUN_BY_ALEMBIC = "storage.migrations.env"  # Alembic runs it, inside a migration; nobody imports it

Check = Callable[[str, str], set[str]]


def imported(source: str) -> Iterator[tuple[str, str]]:
    """Yield (module, name) of every import, wherever in the module it stands; the name is empty for a plain one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((module, alias.name) for alias in node.names)


def packages(source: str) -> set[str]:
    return {module.partition(".")[0] for module, _ in imported(source)}


def wrong_ways(path: str, source: str) -> set[str]:
    """Return which of our packages a module imports and may not; "" stands for a relative import."""
    ours = packages(source) & {"", *MAY_IMPORT}
    return ours - MAY_IMPORT[path.partition("/")[0]]


def strangers(path: str, source: str) -> set[str]:
    """Return the outside libraries that a module imports and that do not live there, or nowhere."""
    outside = packages(source) - {"", *MAY_IMPORT} - sys.stdlib_module_names
    return {name for name in outside if not path.startswith(HOMES.get(name, ()))}


def used(source: str) -> set[tuple[str, str]]:
    """Return (module or class, attribute) of what a module uses of others, imports under other names followed."""
    tree = ast.parse(source)
    meant: dict[str, str] = {}
    found: set[tuple[str, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            meant |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            meant |= {alias.asname or alias.name: alias.name for alias in node.names}
            found |= {(node.module or "", alias.name) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            if isinstance(owner, ast.Name) and owner.id in meant:
                found.add((meant[owner.id], node.attr))
            elif isinstance(owner, ast.Attribute):
                found.add((owner.attr, node.attr))
    return found


def reads_time(path: str, source: str) -> set[str]:
    """Return how a module reads the time, unless it is the clock."""
    return set() if path == CLOCK else {f"{owner}.{name}" for owner, name in used(source) & READS_TIME}


def reads_environment(path: str, source: str) -> set[str]:
    """Return how a module reads the environment, unless it is the settings."""
    return set() if path == SETTINGS else {f"{owner}.{name}" for owner, name in used(source) & READS_ENVIRONMENT}


def says_nothing(path: str, _source: str) -> set[str]:
    """Return the parts of a module's name that say nothing."""
    return set(path.removesuffix(".py").split("/")) & NAMES_THAT_SAY_NOTHING


def changes_audit(path: str, source: str) -> set[str]:
    """Return how a module gets at the table of acts, or at what is written there already.

    Acts are only ever added and read; their period over, retention deletes them. No trigger in the database can tell
    the one from the other, so this is where it is held.
    """
    if path in AUDIT_AT_HOME:
        return set()
    if path == AUDIT:
        return {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)} & REWRITES
    by_name = {
        node.slice.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    }
    imported = {f"{owner}.{name}" for owner, name in used(source) & {("storage.schema", "audit"), ("schema", "audit")}}
    return imported | {str(name) for name in by_name if name == "audit"}


CHECKS: list[Check] = [wrong_ways, strangers, reads_time, reads_environment, says_nothing, changes_audit]


def modules() -> list[Path]:
    return sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_all_four_packages_are_looked_at() -> None:
    assert {place(path).partition("/")[0] for path in modules()} == set(MAY_IMPORT)


@pytest.mark.parametrize("path", modules(), ids=place)
def test_a_module_keeps_to_its_place(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert {check.__name__: check(place(path), source) for check in CHECKS} == {
        check.__name__: set() for check in CHECKS
    }


@pytest.mark.parametrize(
    ("check", "path", "source", "wrong"),
    [
        (wrong_ways, "storage/a.py", "from handlers import inbox", {"handlers"}),
        (wrong_ways, "storage/a.py", "import faq.library", {"faq"}),
        (wrong_ways, "faq/a.py", "import storage.outbox as o", {"storage"}),
        (wrong_ways, "handlers/a.py", "def f():\n    from bot import app", {"bot"}),
        (wrong_ways, "handlers/a.py", "if TYPE_CHECKING:\n    from bot.app import Assistant", {"bot"}),
        (wrong_ways, "bot/a.py", "from . import app", {""}),
        (strangers, "handlers/a.py", "import sqlalchemy as sa", {"sqlalchemy"}),
        (strangers, "bot/web.py", "from telegram import Bot", {"telegram"}),
        (strangers, "bot/app.py", "from pydantic import BaseModel", {"pydantic"}),
        (strangers, "bot/channels/telegram/a.py", "import jinja2", {"jinja2"}),
        (strangers, "storage/a.py", "import asyncpg, aiosqlite", {"asyncpg", "aiosqlite"}),
        (strangers, "bot/a.py", "import requests", {"requests"}),
        (strangers, "faq/a.py", "import structlog", {"structlog"}),
        (strangers, "handlers/a.py", "import numpy as np", {"numpy"}),
        (reads_time, "bot/a.py", "from datetime import datetime\ndatetime.now()", {"datetime.now"}),
        (reads_time, "bot/a.py", "import datetime as dt\ndt.datetime.now(dt.UTC)", {"datetime.now"}),
        (reads_time, "bot/a.py", "from datetime import date as day\nday.today()", {"date.today"}),
        (reads_time, "faq/a.py", "import time\ntime.monotonic()", {"time.monotonic"}),
        (reads_time, "faq/a.py", "from time import perf_counter as now", {"time.perf_counter"}),
        (reads_environment, "bot/a.py", "import os\nos.environ['A']", {"os.environ"}),
        (reads_environment, "bot/a.py", "from os import getenv", {"os.getenv"}),
        (says_nothing, "bot/utils.py", "", {"utils"}),
        (says_nothing, "handlers/common/a.py", "", {"common"}),
        (changes_audit, "storage/a.py", "from storage.schema import audit as acts", {"storage.schema.audit"}),
        (changes_audit, "storage/a.py", "from storage import schema\nsa.delete(schema.audit)", {"schema.audit"}),
        (changes_audit, "storage/a.py", "import storage.schema as s\ns.audit.c.id", {"storage.schema.audit"}),
        (changes_audit, "bot/a.py", "metadata.tables['audit']", {"audit"}),
        (changes_audit, AUDIT, "sa.update(audit)\naudit.delete()", {"update", "delete"}),
        (changes_audit, AUDIT, "tx.execute(sa.text('DELETE FROM audit'))", {"text"}),
    ],
)
def test_a_module_that_does_not_would_be_seen(check: Check, path: str, source: str, wrong: set[str]) -> None:
    assert check(path, source) == wrong


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (CLOCK, "import time\ntime.monotonic()"),
        (SETTINGS, "import os\nos.environ\nimport pydantic"),
        (
            "bot/a.py",
            "import os\nos.getpid()\nself.clock.now()\nfrom datetime import datetime\ndatetime.fromisoformat(a)",
        ),
        ("bot/channels/telegram/a.py", "import telegram\nfrom bot import clock\nfrom faq.library import Library"),
        ("handlers/a.py", "from storage.outbox import add\nfrom faq import language\nimport structlog, re"),
        ("bot/a.py", "from storage import audit\naudit.record(tx, act)"),
        (AUDIT, "from storage.schema import audit\nsa.insert(audit)\nsa.select(audit)"),
        ("storage/retention.py", "from storage.schema import audit\nsa.delete(audit)"),
    ],
)
def test_a_module_in_its_place_is_left_in_peace(path: str, source: str) -> None:
    assert [check(path, source) for check in CHECKS] == [set()] * len(CHECKS)


IMPORT_ALL = """
import importlib, os, sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
FORBIDDEN = {
    "socket.connect", "socket.bind", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen", "os.system",
    "os.mkdir", "os.rename", "os.remove", "os.putenv",
}

def guard(event, arguments):
    if not watching:
        return
    if event in FORBIDDEN:
        raise AssertionError(f"{event} {arguments}")
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
        raise AssertionError(f"open for writing: {arguments[0]}")

watching = False
sys.addaudithook(guard)
for library in LIBRARIES:  # what they do when imported is their affair
    importlib.import_module(library)
watching = True
sys.path.insert(0, FOLDER)
for module in MODULES:
    importlib.import_module(module)
print(len(MODULES))
"""


def import_all(folder: Path, names: Sequence[str], libraries: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Import these modules in a Python of their own, in which opening anything raises."""
    given = f"FOLDER, MODULES, LIBRARIES = {str(folder)!r}, {names!r}, {libraries!r}"
    command = [sys.executable, "-B", "-c", given + IMPORT_ALL]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def module_name(path: Path) -> str:
    return place(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_importing_every_module_opens_nothing() -> None:
    names = [name for path in modules() if (name := module_name(path)) != RUN_BY_ALEMBIC and "versions" not in name]

    done = import_all(ROOT, names, sorted(HOMES))

    assert (done.returncode, done.stdout) == (0, f"{len(names)}\n"), done.stderr


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("open('a.txt', 'w')", "open for writing: a.txt"),
        ("import pathlib; pathlib.Path('a').mkdir()", "os.mkdir"),
        ("import sqlite3; sqlite3.connect('a.db')", "sqlite3.connect"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "socket."),
        ("import os; os.environ['A'] = 'b'", "os.putenv"),
    ],
)
def test_a_module_that_opens_something_would_be_seen(tmp_path: Path, source: str, complaint: str) -> None:
    (tmp_path / "opens_something.py").write_text(source, encoding="utf-8")

    done = import_all(tmp_path, ["opens_something"])

    assert done.returncode == 1
    assert f"AssertionError: {complaint}" in done.stderr


def test_a_service_without_a_token_loads_nothing_of_telegram() -> None:
    """They would take a fifth of the time of a start."""
    late = {"telegram", "aiohttp", "httpx", "alembic", "PIL", "icalendar"}
    code = f"import sys, bot.service; print(sorted({late} & sys.modules.keys()))"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout == "[]\n"
