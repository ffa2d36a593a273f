"""The templates of answers: what may stand in one, what it is rendered with, and where a mistake in it is."""

from __future__ import annotations

import datetime as dt
import re
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

import jinja2
from jinja2 import nodes
from jinja2.runtime import Context

from faq import view
from faq.edition import Edition
from faq.language import Language
from faq.view import EditionView

_MONTHS: Mapping[Language, tuple[str, ...]] = {
    "id": (
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_BLANK_LINES = re.compile(r"\n\s*\n")


class Names(TypedDict):
    """Everything a template may name."""

    contact: str
    site: str
    language: Language
    today: dt.date
    current: EditionView | None
    last: EditionView | None
    edition: Callable[[int], EditionView | None]


def names(editions: Sequence[Edition], language: Language, today: dt.date, contact: str, site: str) -> Names:
    """Return what a template is rendered with on the day."""

    def look(edition: Edition | None) -> EditionView | None:
        return view.look(edition, language, today) if edition else None

    return Names(
        contact=contact,
        site=site,
        language=language,
        today=today,
        current=look(view.current(editions, today)),
        last=look(view.last(editions, today)),
        edition=lambda year: look(next((known for known in editions if known.year == year), None)),
    )


@jinja2.pass_context
def _day(context: Context, day: dt.date) -> str:
    language: Language = context["language"]
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


@jinja2.pass_context
def _weekday_day(context: Context, day: dt.date) -> str:
    language: Language = context["language"]
    return f"{_WEEKDAYS[language][day.weekday()]}, {_day(context, day)}"


def _known(value: object) -> object:
    """Let a value into a text, unless it says that we do not know it."""
    if value is None:
        raise jinja2.UndefinedError("a value is put into the text although it is not known")
    return value


def environment(sources: Mapping[str, str]) -> jinja2.Environment:
    """Return the environment of these templates by name. They are plain text: nothing is escaped.

    `get_template` compiles one when it is first asked for, and keeps it.
    """
    made = jinja2.Environment(
        loader=jinja2.DictLoader(sources),
        cache_size=-1,  # they all stay
        autoescape=False,  # noqa: S701 - plain text for chats; no channel reads HTML from it
        undefined=jinja2.StrictUndefined,
        finalize=_known,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(day=_day, weekday_day=_weekday_day)
    return made


def render(template: jinja2.Template, with_names: Names) -> str:
    """Return the text, with at most one blank line between paragraphs and none around it."""
    return _BLANK_LINES.sub("\n\n", template.render(with_names)).strip()


class Compiled(NamedTuple):
    """A template, None when it cannot be read; the figures it names; and (line, sentence) for each mistake seen."""

    template: jinja2.Template | None
    figures: frozenset[str]
    wrong: tuple[tuple[int, str], ...]


def compile_source(made: jinja2.Environment, source: str, figures: Collection[str]) -> Compiled:
    """Compile the source, and look for what can be seen without rendering.

    `figures` are the names that some edition has; any other one is a misspelling.
    """
    try:
        tree = made.parse(source)
        code = made.compile(tree)
    except jinja2.TemplateSyntaxError as exc:
        return Compiled(None, frozenset(), ((exc.lineno, f"the template cannot be read: {exc.message}"),))
    named = [(node.lineno, node.attr) for node in tree.find_all(nodes.Getattr) if _is_figure(node)]
    wrong = [(line, f'"{name}" is not a known placeholder.') for line, name in _undeclared(made, tree)]
    wrong += [(line, f'no edition has a figure "{name}".') for line, name in named if name not in figures]
    return Compiled(
        jinja2.Template.from_code(made, code, made.globals), frozenset(name for _, name in named), tuple(sorted(wrong))
    )


def _undeclared(made: jinja2.Environment, tree: nodes.Template) -> list[tuple[int, str]]:
    """Return the names that nothing gives a value; unlike Jinja's own search, one set inside an "if" counts as set."""
    every = list(tree.find_all(nodes.Name))
    known = {name.name for name in every if name.ctx != "load"} | Names.__annotations__.keys() | made.globals.keys()
    return [(name.lineno, name.name) for name in every if name.name not in known and name.name != "loop"]


def _is_figure(node: nodes.Getattr) -> bool:
    """Say whether the node is `<edition>.figures.<name>`, and not a method of the mapping."""
    of = node.node
    return isinstance(of, nodes.Getattr) and of.attr == "figures" and not hasattr(dict, node.attr)


def failing_line(error: Exception) -> int:
    """Return the line of the template at which rendering failed."""
    frames: list[Any] = [row for row in traceback.extract_tb(error.__traceback__) if row.filename == "<template>"]
    return int(frames[-1].lineno) if frames else 1
