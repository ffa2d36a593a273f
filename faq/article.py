"""One article: a question people ask, the ways they ask it, and the answer as a template; read from TOML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from faq.document import Document
from faq.language import LANGUAGES, Language

Group = Literal[
    "umum",
    "kategori",
    "jadwal",
    "syarat",
    "pendaftaran",
    "seleksi",
    "status",
    "penghargaan",
    "kontak",
    "data_pribadi",
]
AnswerClass = Literal["answerable", "partial", "unanswerable"]

BUTTON_LENGTH = 20
"""The longest button that every channel shows whole (WhatsApp's reply buttons)."""

# Promises that no source backs; FAQ-INTENTS rule 4.
FORBIDDEN: Mapping[Language, tuple[str, ...]] = {
    "id": ("gratis", "pasti lolos", "Anda memenuhi syarat"),
    "en": ("free of charge", "you are eligible", "guaranteed to pass"),
}

_KEYS = ("id", "group", "class", "parent", "facts", "related", "title", "button", "answer", "phrasings")


@dataclass(frozen=True, slots=True)
class Article:
    """An article. `answers` are Jinja2 templates; `parent` is the broader question this one is a part of."""

    id: str
    group: Group
    answer_class: AnswerClass
    parent: str | None
    facts: tuple[str, ...]
    related: tuple[str, ...]
    titles: Mapping[Language, str]
    buttons: Mapping[Language, str]
    answers: Mapping[Language, str]
    phrasings: Mapping[Language, tuple[str, ...]]


def read(document: Document, expected_id: str) -> Article:
    """Return the article of the document; mistakes are noted in the document, and leave empty values."""
    document.table(_KEYS)
    article = Article(
        id=document.text("id"),
        group=cast("Group", _one_of(get_args(Group), document, "group")),
        answer_class=cast("AnswerClass", _one_of(get_args(AnswerClass), document, "class")),
        parent=document.text("parent") if document.get("parent") is not None else None,
        facts=document.strings("facts"),
        related=document.strings("related"),
        titles=document.texts("title"),
        buttons=document.texts("button"),
        answers=document.texts("answer"),
        phrasings=_phrasings(document),
    )
    _check(article, document, expected_id)
    return article


def _one_of(allowed: tuple[str, ...], document: Document, key: str) -> str:
    value = document.text(key)
    if value and value not in allowed:
        document.wrong(f'"{key}" must be one of: {", ".join(allowed)}.', key)
    return value


def _phrasings(document: Document) -> dict[Language, tuple[str, ...]]:
    document.table(LANGUAGES, "phrasings")
    found: dict[Language, tuple[str, ...]] = {}
    for language in LANGUAGES:
        found[language] = document.strings("phrasings", language)
        if not document.get("phrasings", language):
            document.wrong(f'"phrasings.{language}" needs at least one way people ask.', "phrasings", language)
    return found


def _check(article: Article, document: Document, expected_id: str) -> None:
    if article.id and article.id != expected_id:
        document.wrong(f'"id" must be the file name, "{expected_id}".', "id")
    if not article.facts:
        document.wrong('"facts" must name at least one fact.', "facts")
    for language in LANGUAGES:
        if len(article.buttons[language]) > BUTTON_LENGTH:
            document.wrong(
                f'"button.{language}" has {len(article.buttons[language])} characters; {BUTTON_LENGTH} is the most.',
                "button",
                language,
            )
        _forbid(article.answers[language], language, document)


def _forbid(answer: str, language: Language, document: Document) -> None:
    for words in FORBIDDEN[language]:
        pattern = r"\b" + r"\s+".join(map(re.escape, words.split()))
        for found in re.finditer(pattern, answer, re.IGNORECASE):
            line = document.line_in(answer.count("\n", 0, found.start()) + 1, "answer", language)
            document.wrong_at(line, f'an answer must not say "{words}".')
