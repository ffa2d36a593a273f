"""Answers questions from the library, and says so when it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from faq import masking
from faq.library import Library
from handlers.calendar import Calendars
from handlers.messages import Choice, Kind, Reply, clean
from handlers.wording import Language, Wording

ASK = "ask:"  # choice ids that stand for an article, or for a command said in words
# Groups of articles below which a topic is offered.
_TOPICS = {"kategori": "eligibility", "syarat": "eligibility", "data_pribadi": "data", "jadwal": "subscribe"}
# Articles about one category: whoever asks for one may be told of news of that category.
_ABOUT = {
    "category_pengabdian": "pengabdian",
    "individual_can_apply": "pengabdian",
    "institution_eligible": "pengabdian",
    "category_kepeloporan": "kepeloporan",
    "company_scale_required": "kepeloporan",
}

_NOT_TEXT = {
    Kind.VOICE: "questions.voice",
    Kind.IMAGE: "questions.image",
    Kind.DOCUMENT: "questions.document",
    Kind.STICKER: "questions.sticker",
    Kind.LOCATION: "questions.location",
    Kind.CONTACT: "questions.contact",
}


class Questions:
    """Turns what the library found into replies."""

    def __init__(self, library: Library, wording: Wording, contact: str) -> None:
        self._library = library
        self._wording = wording
        self._contact = contact
        self._vocabulary = library.words
        self._calendars = Calendars(library, wording)

    def article(self, article_id: str, language: Language, now: datetime) -> Reply | None:
        """Return the article as a reply with its next steps, or None when there is no such article."""
        article = self._library.articles.get(article_id)
        if article is None:
            return None
        text = self._library.render(article_id, language, now, self._contact)
        topics = (_TOPICS[article.group], "menu") if article.group in _TOPICS else ("menu",)
        choices = (Choice(topic, self._wording.say(f"menu.{topic}", language)) for topic in topics)
        dates = self._calendars.offered(language, now) if article.group == "jadwal" else ()
        return Reply(text, (*self.buttons(article.related, language), *dates, *choices))

    @staticmethod
    def interests(ids: Sequence[str]) -> tuple[str, ...]:
        """Return the categories of the award that these articles are about."""
        return tuple(dict.fromkeys(_ABOUT[each] for each in ids if each in _ABOUT))

    def which(self, ids: tuple[str, ...], language: Language) -> Reply:
        """Ask which of these articles and commands was meant."""
        return Reply(self._wording.say("questions.did_you_mean", language), self.buttons(ids, language))

    def unknown(self, language: Language, menu: tuple[Choice, ...]) -> Reply:
        """Say that the question was not understood, with a way forward."""
        return Reply(self._wording.say("questions.unknown", language, contact=self._contact), menu)

    def not_text(self, kind: Kind, language: Language, menu: tuple[Choice, ...]) -> Reply:
        """Answer a voice note, a picture and the like."""
        key = _NOT_TEXT.get(kind, "questions.other")
        placeholders = {"contact": self._contact} if kind is Kind.DOCUMENT else {}
        return Reply(self._wording.say(key, language, **placeholders), menu)

    def masked(self, text: str) -> str:
        """Return a message as it may be kept: without what could tell who wrote it."""
        return masking.mask(clean(text), self._vocabulary)

    def buttons(self, ids: tuple[str, ...], language: Language) -> tuple[Choice, ...]:
        """Return one choice an article or command, titled as the article wants its button."""
        return tuple(Choice(f"{ASK}{each}", self._title(each, language)) for each in ids)

    def title(self, article_id: str, language: Language) -> str:
        """Return the question that an article answers."""
        return self._library.title(article_id, language)

    def _title(self, article_or_command: str, language: Language) -> str:
        if article_or_command in self._library.articles:
            return self._library.button(article_or_command, language)
        return self._wording.say(f"menu.{article_or_command}", language)
