"""The documents say what the program really has: settings, commands, tables, metrics, log events, links, examples."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from bot.cli import cli
from bot.metrics import Metrics
from bot.settings import PREFIX, Settings
from faq import edition, model
from faq.library import CONTENT, Library
from storage import retention, schema
from tests.conftest import LEARNED

ROOT = Path(__file__).parents[1]
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
OPERATIONS, PRIVACY = ROOT / "docs/operations.md", ROOT / "docs/privacy.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PACKAGES = ("bot", "handlers", "faq", "storage")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
WORD = re.compile(r"[a-z][a-z_]*")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Return the text without its fenced blocks."""
    return FENCE.sub("", text)


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of the language."""
    return [body for _, named, body in FENCE.findall(text) if named == language]


def code(text: str) -> list[str]:
    """Return what a reader may type: the lines of shell blocks, and code within a sentence."""
    typed = [line.strip() for block in blocks(text, "sh") for line in block.splitlines()]
    return typed + re.findall(r"`([^`\n]+)`", prose(text))


def section(text: str, heading: str) -> str:
    """Return what stands below the heading, up to the next of its level."""
    _, found, rest = text.partition(f"\n## {heading}\n")
    assert found, f"there is no section {heading!r}"
    return rest.partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of all table rows but headings."""
    lines = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    rules = {number for number, cells in enumerate(lines) if set("".join(cells).strip()) <= set("-: ")}
    headings = {number - 1 for number in rules}
    return [[cell.strip() for cell in cells] for number, cells in enumerate(lines) if number not in rules | headings]


def names(cell: str) -> list[str]:
    """Return what stands in code marks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def first_names(text: str) -> list[str]:
    return [name for row in rows(text) for name in names(row[0])]


def commands(command: click.Command, path: str = "upakarti") -> Iterator[str]:
    """Return the full names of all commands that do something."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, inner in command.commands.items():
        yield from commands(inner, f"{path} {name}")


def events(source: str) -> set[str]:
    """Return the event words that a module logs."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        given = node.args[:1] if node.func.attr in LEVELS else []
        if node.func.attr == "update":  # how bot/logs.py names what libraries log
            given = [keyword.value for keyword in node.keywords if keyword.arg == "event"]
        found |= {each.value for each in given if isinstance(each, ast.Constant) and WORD.fullmatch(str(each.value))}
    return found


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    """Return the relative links of a Markdown file that lead nowhere."""
    broken = []
    for link in LINK.findall(prose(read(path))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(read(target))):
            broken.append(link)
    return broken


def unknown_commands(typed: Iterable[str]) -> list[str]:
    """Return what is typed as a command of ours and is none."""
    known = set(commands(cli)) | {f"upakarti {name}" for name in cli.commands}
    called = [re.search(r"(?:^|\| |bin/)upakarti ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", line) for line in typed]
    found = []
    for first, second in (call.groups() for call in called if call):
        inner = cli.commands.get(first)
        wanted = f"upakarti {first} {second}" if isinstance(inner, click.Group) and second else f"upakarti {first}"
        if wanted not in known:
            found.append(wanted)
    return found


def make_targets(typed: Iterable[str]) -> set[str]:
    """Return the targets that are called by make."""
    calls = (re.match(r"(?:sudo )?make((?: [^#|]+)?)", line) for line in typed)
    return {word for call in calls if call for word in call[1].split() if re.fullmatch(r"[a-z]+", word)}


def test_the_readme_names_every_setting_with_its_default() -> None:
    table = {names(row[0])[0]: row[1] for row in rows(section(read(README), "Settings"))}

    assert table == {
        f"{PREFIX}{name}".upper(): "none" if field.default is None else f"`{field.default}`"
        for name, field in Settings.model_fields.items()
        if field.default_factory is None
    } | {f"{PREFIX}CACHE_DIR": "`upakarti` in the user's cache folder"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_setting_that_is_none(path: Path) -> None:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}

    assert set(re.findall(rf"\b{PREFIX}[A-Z][A-Z_]*", read(path))) <= known


def test_the_readme_has_a_line_for_every_command() -> None:
    assert sorted(first_names(section(read(README), "Commands"))) == sorted(commands(cli))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_shows_a_command_that_is_none(path: Path) -> None:
    assert unknown_commands(code(read(path))) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_shows_a_make_target_that_is_none(path: Path) -> None:
    known = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))

    assert make_targets(code(read(path))) <= known


def test_privacy_names_every_table_and_no_other() -> None:
    table = section(read(PRIVACY), "What is kept, and for how long")

    assert sorted(first_names(table)) == sorted(schema.metadata.tables)
    assert set(first_names(table)) >= retention.covered()


@pytest.mark.parametrize(
    ("table", "period"),
    [
        ("inbound", retention.INBOUND),
        ("outbox", retention.OUTBOX),
        ("transcript", retention.TRANSCRIPT),
        ("people", retention.PERSON),
        ("conversations", retention.CONVERSATION),
        ("unanswered", retention.UNANSWERED),
        ("feedback", retention.FEEDBACK),
        ("attempts", retention.ATTEMPTS),
        ("alarms", retention.ALARMS),
        ("audit", retention.AUDIT),
    ],
)
def test_privacy_tells_the_period_that_is_enforced(table: str, period: timedelta) -> None:
    kept = {names(row[0])[0]: row[2] for row in rows(section(read(PRIVACY), "What is kept, and for how long"))}

    assert re.search(rf"\b{period.days:,} days\b", kept[table])


def test_operations_tells_every_metric() -> None:
    exported = {
        f"{family.name}_total" if family.type == "counter" else family.name for family in Metrics().registry.collect()
    }

    assert set(first_names(section(read(OPERATIONS), "Metrics"))) == exported


def test_operations_tells_every_log_event() -> None:
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    logged = set().union(*(events(read(path)) for path in modules))

    assert set(first_names(section(read(OPERATIONS), "Log events"))) == logged


def test_operations_tells_what_every_end_of_a_message_means() -> None:
    told = set(first_names(section(read(OPERATIONS), "What became of a message")))

    assert told | {"claimed", "sending"} >= set(schema.OUTBOX_STATUSES)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path) == []


@pytest.mark.drill
def test_the_example_of_an_article_can_be_loaded_and_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(model.train.__kwdefaults__, "epochs", 1)  # enough to find it, and soon over
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)
    (article,) = blocks(read(CONTRIBUTING), "toml")
    assert not (folder / "decree_number.toml").exists()

    (folder / "decree_number.toml").write_text(article, encoding="utf-8")
    library = Library.load(folder, cache=LEARNED)

    assert library.match("nmr sk menteri upakarti").ids == ("decree_number",)
    assert "3137" in library.render("decree_number", "id", datetime(2026, 11, 24, tzinfo=UTC), "0800")


def test_the_example_of_an_edition_can_be_imported() -> None:
    (example,) = blocks(read(OPERATIONS), "toml")
    sourced = {name for name, fact in Library.load(cache=LEARNED).facts.items() if fact.sourced}

    found = edition.parse(example, "operations.md", sourced)

    assert found.year == 2026
    assert all((found.opens, found.closes, found.announced, found.results, found.ceremony, found.figures))


# The checks themselves must be able to fail.


def test_a_missing_file_and_a_missing_heading_are_broken_links(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Here it is\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md) [b](other.md#here-it-is) [c](gone.md) ![d](gone.png) [e](other.md#gone) [f](https://x.example)\n"
        "```sh\n[g](not-a-link.md)\n```\n",
        encoding="utf-8",
    )

    assert broken_links(page) == ["gone.md", "gone.png", "other.md#gone"]


def test_commands_that_do_not_exist_are_seen() -> None:
    typed = ["upakarti run", ".venv/bin/upakarti edition erase", "echo x | .venv/bin/upakarti shout --all"]

    assert unknown_commands(typed) == ["upakarti edition erase", "upakarti shout"]


def test_make_targets_are_seen() -> None:
    typed = [
        "make install   # sets up",
        "sudo make -C /opt/upakarti clean install",
        "make PYTHON=python3.12 run",
        "made up",
    ]

    assert make_targets(typed) == {"install", "clean", "run"}


def test_event_words_are_found_in_every_form() -> None:
    source = 'log.info("a_b", x=1)\nstructlog.get_logger().warning("c")\nlog.exception("d")\nevent.update(event="e")\n'

    assert events(source) == {"a_b", "c", "d", "e"}


def test_table_rows_come_without_headings() -> None:
    assert rows("| name | is |\n|---|---|\n| `a` | b |\n\n| other |\n| --- |\n| `c` |\n") == [["`a`", "b"], ["`c`"]]
