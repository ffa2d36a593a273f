"""What may be sent outside the window: reads the declared templates, checks them by Meta's rules, and fills them in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from bot.channels import fit
from handlers import reading_all
from handlers.messages import Reply
from storage.windows import Template

LANGUAGES: Final = ("id", "en")
EXCERPT: Final = 300  # units of the beginning of a message: a template says what it is, not all of it
BODY: Final = 1024  # units, what is filled in included
FOOTER: Final = 60
BUTTON: Final = 25
NAME: Final = 512
# Meta refuses a body that is little more than its parameters.
WORDS_PER_PARAMETER: Final = 3

_CATEGORIES: Final = frozenset({"UTILITY", "MARKETING"})
_NAME: Final = re.compile(r"[a-z0-9_]+")
_BRACES: Final = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_WORD: Final = re.compile(r"\w+")
_TOO_SPACED: Final = re.compile(r"[\n\t]| {4}")
_PARAMETER: Final = "{{1}}"


class TemplatesError(Exception):
    """The file of templates breaks rules; the message names each place."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One template in one language, as it is submitted to Meta."""

    kind: str
    name: str
    language: str
    category: str
    body: str
    example: str
    button: str
    footer: str | None = None

    @property
    def components(self) -> list[dict[str, Any]]:
        """The parts as Meta's API takes and tells them."""
        body = {"type": "BODY", "text": self.body, "example": {"body_text": [[self.example]]}}
        footer = [] if self.footer is None else [{"type": "FOOTER", "text": self.footer}]
        buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": self.button}]}
        return [body, *footer, buttons]

    @property
    def submission(self) -> dict[str, Any]:
        """What is posted to Meta to have it approved."""
        return {
            "name": self.name,
            "language": self.language,
            "category": self.category,
            "components": self.components,
        }

    def content(self, reply: Reply, outbox_id: int) -> dict[str, Any]:
        """Return the message that says how this reply begins, and whose button asks for all of it."""
        text = {"type": "text", "text": self._excerpt(reply)}
        payload = {"type": "payload", "payload": f"{reading_all.PREFIX}{outbox_id}"}
        button = {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [payload]}
        components = [{"type": "body", "parameters": [text]}, button]
        return {
            "type": "template",
            "template": {"name": self.name, "language": {"code": self.language}, "components": components},
        }

    def shown(self, reply: Reply) -> str:
        """Return what people read of it."""
        lines = [self.body.replace(_PARAMETER, self._excerpt(reply)), *filter(None, [self.footer])]
        return "\n\n".join([*lines, f"[{self.button}]"])

    def _excerpt(self, reply: Reply) -> str:
        """Return how the reply begins, on one line and without emphasis: a parameter may have no line breaks, nor be
        empty.
        """
        said = [reply.text, *(each.description or each.filename for each in reply.attachments)]
        words = " ".join(fit.emphasis(next(filter(None, said), "…"))[0].split())
        return fit.cut(words, min(EXCERPT, BODY - fit.units(self.body) + len(_PARAMETER)))


class Templates:
    """The templates by kind and language."""

    def __init__(self, declared: Mapping[tuple[str, str], Declared]) -> None:
        self._declared = declared

    def __iter__(self) -> Iterator[Declared]:
        """Yield all, in the order of the file, Indonesian first."""
        yield from self._declared.values()

    def find(self, template: Template) -> Declared | None:
        """Return the template of this kind in this language."""
        return self._declared.get((template.kind, template.language))


@cache
def load() -> Templates:
    """Return the templates that come with the program."""
    return parse(files("bot.channels.whatsapp").joinpath("templates.toml").read_text("utf-8"))


def parse(text: str) -> Templates:
    """Read templates; raises TemplatesError with a line for every broken rule."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplatesError(f"The templates are not TOML: {error}.") from error
    found: dict[tuple[str, str], Declared] = {}
    broken: list[str] = []
    for kind, given in document.items():
        broken += [f"{kind}: {rule}" for rule in _broken_frame(given)]
        if not isinstance(given, dict):
            continue
        for language in LANGUAGES:
            said = given.get(language)
            rules = _broken_text(said)
            broken += [f"{kind}.{language}: {rule}" for rule in rules]
            if isinstance(said, dict) and not rules:
                frame = (kind, str(given.get("name")), language, str(given.get("category")))
                found[kind, language] = Declared(*frame, **{key: value.strip() for key, value in said.items()})
    names = [each.name for (_, language), each in found.items() if language == LANGUAGES[0]]
    broken += [
        f"{name}: two templates have this name" for name in sorted({each for each in names if names.count(each) > 1})
    ]
    if broken:
        raise TemplatesError("\n".join(broken))
    return Templates(found)


def _broken_frame(given: object) -> list[str]:
    if not isinstance(given, dict):
        return ["needs a name, a category and a text in each language"]
    name = given.get("name")
    unknown = set(given) - {"name", "category", *LANGUAGES}
    rules = {
        f"name: at most {NAME} small letters, digits and _": isinstance(name, str)
        and _NAME.fullmatch(name) is not None
        and len(name) <= NAME,
        f"category: {' or '.join(sorted(_CATEGORIES))}": given.get("category") in _CATEGORIES,
        f"{', '.join(sorted(unknown))}: unknown": not unknown,
    }
    return [rule for rule, kept in rules.items() if not kept]


def _broken_text(said: object) -> list[str]:
    known = {"body", "example", "button", "footer"}
    if not isinstance(said, dict) or not {"body", "example", "button"} <= set(said) <= known:
        return ["needs body, example and button, and may have a footer; nothing else"]
    if not all(isinstance(value, str) and value.strip() for value in said.values()):
        return ["all values are texts, and none is empty"]
    body, example, button = (said[name].strip() for name in ("body", "example", "button"))
    footer = said.get("footer", "").strip()
    around = [part.strip() for part in body.split(_PARAMETER)]
    words = len(_WORD.findall(_BRACES.sub(" ", body)))
    rules = {
        "body: {{1}} once, and no other parameter": _BRACES.findall(body) == ["1"] and _PARAMETER in body,
        "body: may neither begin nor end with {{1}}": bool(around[0]) and bool(around[-1]),
        f"body: at least {WORDS_PER_PARAMETER} words beside {{{{1}}}}": words >= WORDS_PER_PARAMETER,
        "body: at most two line breaks together": "\n\n\n" not in body,
        f"body: at most {BODY} characters, {EXCERPT} of them for {{{{1}}}}": fit.units(body) + EXCERPT <= BODY,
        "example: no line breaks, tabs or four spaces together": _TOO_SPACED.search(example) is None,
        f"example: at most {EXCERPT} characters": fit.units(example) <= EXCERPT,
        f"button: one line of at most {BUTTON} characters, without {{{{ }}}}": _is_label(button, BUTTON),
        f"footer: one line of at most {FOOTER} characters, without {{{{ }}}}": _is_label(footer, FOOTER),
    }
    return [rule for rule, kept in rules.items() if not kept]


def _is_label(text: str, longest: int) -> bool:
    return fit.units(text) <= longest and "\n" not in text and _BRACES.search(text) is None
