"""Reads a folder of content, and reports every mistake in it together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from faq import article, edition, template
from faq.article import Article
from faq.document import ContentError, Document
from faq.edition import Edition
from faq.language import LANGUAGES, Language
from faq.lexicon import Lexicon, Practice, read_lexicon, read_practice
from faq.normalise import plain
from faq.trial import Trial

COMMANDS = (
    "cmd_status",
    "cmd_eligibility",
    "cmd_subscribe",
    "cmd_unsubscribe",
    "cmd_human",
    "cmd_language",
    "cmd_menu",
    "cmd_delete_data",
    "cmd_cancel",
)
SMALLTALK = ("greeting", "thanks", "bye", "complaint")

Spoken = Mapping[str, Mapping[Language, tuple[str, ...]]]
"""The phrasings of each command, or of each kind of small talk."""

_NOT_ARTICLES = (
    "facts",
    "award",
    "commands",
    "smalltalk",
    "abbreviations",
    "lexicon",
    "practice",
    "out_of_scope",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Where a fact was found, as (title, address) of each source; none when no source tells it."""

    key: str
    sourced: bool
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All that a folder of content says; editions newest first, the template of an answer by its `answer_name`."""

    site: str
    facts: Mapping[str, Fact]
    articles: Mapping[str, Article]
    answers: jinja2.Environment
    editions: tuple[Edition, ...]
    commands: Spoken
    smalltalk: Spoken
    lexicon: Lexicon
    practice: Practice


def answer_name(article_id: str, language: Language) -> str:
    """Return the name of an answer's template."""
    return f"{article_id}.{language}"


def replace_years(editions: Sequence[Edition], by: Sequence[Edition]) -> tuple[Edition, ...]:
    """Return the editions, those of the same year replaced, newest first."""
    by_year = {known.year: known for known in (*editions, *by)}
    return tuple(by_year[year] for year in sorted(by_year, reverse=True))


def read(folder: Path, editions: Sequence[Edition] = (), *, passed: bool = False) -> Content:
    """Return what the folder says. Answers are tried with the given editions too.

    What has `passed` before is not tried again, and an answer is then compiled when it is first given: together that
    takes longer than all the rest.
    Raises `ContentError` with every mistake in the folder.
    """
    reading = _Reading(folder)
    content = reading.content(editions, passed=passed)
    if reading.mistakes:
        raise ContentError(reading.mistakes)
    return content


class _Reading:
    """One reading of a folder, and the mistakes found on the way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.mistakes: list[str] = []

    def content(self, editions: Sequence[Edition], *, passed: bool) -> Content:
        facts = self._facts()
        site = self._site(facts)
        lexicon = read_lexicon(self._named("abbreviations"), self._named("lexicon"))
        practice = read_practice(self._named("practice"), self._named("out_of_scope"))
        commands, commands_in = self._spoken("commands", COMMANDS)
        smalltalk, smalltalk_in = self._spoken("smalltalk", SMALLTALK)
        shipped = self._editions(facts)
        read = self._articles()
        articles = {found.id: found for found, _ in read}
        for found, document in read:
            _check_references(found, document, articles, facts)
        answers = template.environment(
            {answer_name(found.id, language): found.answers[language] for found, _ in read for language in LANGUAGES}
        )
        if not passed:
            spoken = [(name, name, commands[name], commands_in) for name in commands]
            spoken += [(name, name, smalltalk[name], smalltalk_in) for name in smalltalk]
            spoken += [(found.id, "phrasings", found.phrasings, document) for found, document in read]
            _check_phrasings(spoken)
            _try_answers(read, answers, replace_years(shipped, editions), site)
        return Content(site, facts, articles, answers, shipped, commands, smalltalk, lexicon, practice)

    def _named(self, name: str) -> Document:
        return self._document(self._folder / f"{name}.toml")

    def _document(self, path: Path) -> Document:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            self.mistakes.append(f"{path}:1: the file cannot be read: {exc}.")
            return Document("", str(path), self.mistakes)
        return Document(text, str(path), self.mistakes)

    def _facts(self) -> dict[str, Fact]:
        document = self._named("facts")
        found = {}
        for name in document.table(None):
            document.table(("key", "status", "sources"), name)
            status = document.text(name, "status")
            if status not in ("", "sourced", "not_found"):
                document.wrong(f'"{name}.status" must be "sourced" or "not_found".', name, "status")
            sources = tuple(
                (document.text(name, "sources", index, "title"), document.text(name, "sources", index, "url"))
                for index in range(len(document.get(name, "sources") or ()))
            )
            if (status == "sourced") != bool(sources):
                document.wrong(f'"{name}" is sourced exactly when it names a source.', name)
            found[name] = Fact(document.text(name, "key"), status == "sourced", sources)
        return found

    def _site(self, facts: Mapping[str, Fact]) -> str:
        document = self._named("award")
        if not document:
            return ""
        document.table(("site",))
        document.table(("value", "fact"), "site")
        fact = document.text("site", "fact")
        if fact and fact not in _sourced(facts):
            document.wrong(f'"{fact}" is not a fact with a source.', "site", "fact")
        return document.text("site", "value")

    def _spoken(self, name: str, ids: Collection[str]) -> tuple[Spoken, Document]:
        document = self._named(name)
        if not document:
            return {}, document
        document.table(ids)
        for spoken in ids:
            document.table(LANGUAGES, spoken)
            for language in LANGUAGES:
                if not document.get(spoken, language):
                    document.wrong(f'"{spoken}.{language}" needs at least one way people say it.', spoken, language)
        return {spoken: {lang: document.strings(spoken, lang) for lang in LANGUAGES} for spoken in ids}, document

    def _editions(self, facts: Mapping[str, Fact]) -> tuple[Edition, ...]:
        found: list[Edition] = []
        for path in sorted((self._folder / "editions").glob("*.toml")):
            try:
                read = edition.parse(path.read_text(encoding="utf-8"), str(path), _sourced(facts))
            except ContentError as exc:
                self.mistakes += exc.mistakes
                continue
            if path.stem != str(read.year):
                self.mistakes.append(f'{path}:1: the file of edition {read.year} must be named "{read.year}.toml".')
            found.append(read)
        return replace_years(found, ())

    def _articles(self) -> list[tuple[Article, Document]]:
        paths = [path for path in sorted(self._folder.glob("*.toml")) if path.stem not in _NOT_ARTICLES]
        return [(article.read(document, path.stem), document) for path in paths if (document := self._document(path))]


def _sourced(facts: Mapping[str, Fact]) -> set[str]:
    return {name for name, fact in facts.items() if fact.sourced}


def _check_references(found: Article, document: Document, articles: Collection[str], facts: Collection[str]) -> None:
    for index, fact in enumerate(found.facts):
        if fact not in facts:
            document.wrong(f'there is no fact "{fact}".', "facts", index)
    for index, other in enumerate(found.related):
        if other not in articles or other == found.id:
            document.wrong(f'"{other}" is not another article.', "related", index)
    if found.parent and (found.parent not in articles or found.parent == found.id):
        document.wrong(f'the parent "{found.parent}" is not another article.', "parent")


def _check_phrasings(spoken: Sequence[tuple[str, str, Mapping[Language, tuple[str, ...]], Document]]) -> None:
    """Note every phrasing that stands under two ids: it could be answered either way."""
    owners: dict[str, tuple[str, str]] = {}
    for owner, table, phrasings, document in spoken:
        for language in LANGUAGES:
            for index, text in enumerate(phrasings[language]):
                line = document.line(table, language, index)
                other, place = owners.setdefault(plain(text), (owner, f"{document.origin}:{line}"))
                if other != owner:
                    document.wrong_at(line, f'"{text}" stands for "{other}" too, at {place}.')


def _try_answers(
    read: Sequence[tuple[Article, Document]], answers: jinja2.Environment, editions: Sequence[Edition], site: str
) -> None:
    """Note what is wrong with every answer in any state it may be rendered in."""
    figures = {name for known in editions for name in known.figures}
    trial = Trial(editions, contact=site, site=site)
    for found, document in read:
        for language in LANGUAGES:
            source = found.answers[language]
            made = template.compile_source(answers, source, figures)
            wrong = list(made.wrong)
            if made.template and source and not wrong:
                wrong = trial.run(made.template, language, made.figures)
            for line, sentence in wrong:
                document.wrong_at(document.line_in(line, "answer", language), sentence)
