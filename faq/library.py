"""Holds everything the assistant knows: its articles, the editions they speak of, and how a question finds one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq import learned, loading, masking, template, training, view
from faq.article import Article
from faq.cache import Cache, content_key
from faq.edition import Edition
from faq.language import LANGUAGES, Language
from faq.loading import Content, Fact
from faq.match import Match, Matcher
from faq.phrasing import FOREIGN, Phrasing
from faq.taught import Overlay, Taught

CONTENT = Path(__file__).parent / "content"
_PASSED = "trials"  # kept for content whose answers passed all their trials
_LEARNED = "learned"
_NOTHING_KEPT = Cache(None)


@dataclass(frozen=True, slots=True)
class Library:
    """The content, checked once when loaded. Copies made by `with_editions` share all but the editions."""

    content: Content
    matcher: Matcher
    editions: tuple[Edition, ...]
    taught: Overlay

    @classmethod
    def load(
        cls,
        folder: Path = CONTENT,
        editions: Sequence[Edition] = (),
        cache: Cache = _NOTHING_KEPT,
        learning: Callable[[], None] = lambda: None,
    ) -> Library:
        """Read and check the folder; the given editions replace those of the same year.

        What the cache says has passed before, with the same code, is not tried again, and what it has learned from the
        phrasings is not learned again. `learning` is told when it has to learn: that takes half a minute.
        Raises `ContentError` with every mistake in the folder as "path:line: sentence".
        """
        key = content_key(folder, editions)
        passed = cache.load(_PASSED, key) is not None
        content = loading.read(folder, editions, passed=passed)
        if not passed:
            cache.save(_PASSED, key, b"")
        matcher = _matcher(content, cache, learning)
        newest = loading.replace_years(content.editions, editions)
        return cls(content, matcher, newest, Overlay((), matcher.reader))

    def with_editions(self, editions: Sequence[Edition]) -> Library:
        """Return a copy in which these editions, and none given earlier, replace those of the folder. Cheap."""
        return replace(self, editions=loading.replace_years(self.content.editions, editions))

    def with_taught(self, taught: Sequence[Taught], earlier: Overlay | None = None) -> Library:
        """Return a copy that also knows these phrasings, and no others. Those of articles that are gone are left out.

        With the overlay in use `earlier` it is cheap where nothing has changed.
        """
        known = tuple(each for each in taught if each.article_id in self.articles)
        if earlier is not None and earlier.taught == known:
            return replace(self, taught=earlier)
        return replace(self, taught=Overlay(known, self.matcher.reader))

    def phrasings(self) -> Iterator[Phrasing]:
        """Yield every known way of asking, and the messages that ask for nothing we know."""
        return _phrasings(self.content)

    @property
    def articles(self) -> Mapping[str, Article]:
        """Every article by its id."""
        return self.content.articles

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Every fact that articles and editions may rest on, by its id."""
        return self.content.facts

    @property
    def site(self) -> str:
        """The registration site, which is also the contact when the owner has set no other (F38)."""
        return self.content.site

    @property
    def words(self) -> frozenset[str]:
        """The words that tell nobody who wrote a message (see `masking.mask`)."""
        titles = (title for found in self.articles.values() for title in found.titles.values())
        return masking.vocabulary(titles, self.content.lexicon)

    def title(self, article_id: str, language: Language) -> str:
        """Return the article's question in full."""
        return self.articles[article_id].titles[language]

    def button(self, article_id: str, language: Language) -> str:
        """Return the article's button, at most `article.BUTTON_LENGTH` characters."""
        return self.articles[article_id].buttons[language]

    def render(self, article_id: str, language: Language, now: dt.datetime, contact: str) -> str:
        """Return the answer as it reads at `now` (aware). `contact` is how people reach the organiser."""
        today = view.jakarta_day(now)
        names = template.names(self.editions, language, today, contact, self.site)
        name = loading.answer_name(self.articles[article_id].id, language)
        return template.render(self.content.answers.get_template(name), names)

    def match(self, text: str) -> Match:
        """Return what the message asks for."""
        return self.taught.over(self.matcher.match(text))

    def language(self, text: str) -> Language | None:
        """Return the language of a message; None when there is no telling."""
        return self.matcher.language(text)


def _matcher(content: Content, cache: Cache, learning: Callable[[], None]) -> Matcher:
    """Return a matcher for the content; what has to be learned for it is kept in the cache."""
    phrasings = list(_phrasings(content))
    key = training.key(phrasings, content.lexicon, content.practice)
    kept = cache.load(_LEARNED, key)
    if kept is None:
        learning()
        taught = training.learn(phrasings, content.lexicon, content.practice)
        cache.save(_LEARNED, key, learned.to_bytes(taught))
    else:
        taught = learned.from_bytes(kept)
    kinds = {each.id: each.kind for each in phrasings}
    parents = {found.id: found.parent for found in content.articles.values() if found.parent}
    return Matcher(taught, content.lexicon, kinds, parents)


def _phrasings(content: Content) -> Iterator[Phrasing]:
    for language in LANGUAGES:
        for found in content.articles.values():
            for text in (found.titles[language], found.buttons[language], *found.phrasings[language]):
                yield Phrasing(found.id, "article", language, text)
        for name, spoken in content.commands.items():
            for text in spoken[language]:
                yield Phrasing(name, "command", language, text)
        for name, spoken in content.smalltalk.items():
            for text in spoken[language]:
                yield Phrasing(name, "smalltalk", language, text)
    for text in content.practice.foreign:
        yield Phrasing(FOREIGN, "foreign", None, text)
