"""Draws the result of a check as one page of PDF, to be kept, printed or shown on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from faq.edition import Basis
from handlers.eligibility.criterion import BOTH, Answers
from handlers.eligibility.sentences import Sentences
from handlers.eligibility.verdict import Verdict
from handlers.messages import Attachment
from handlers.wording import Language

MEDIA_TYPE = "application/pdf"

_WIDTH, _LEAST_HEIGHT = 148.0, 210.0  # mm, A5: on a phone its letters are larger than A4's
_MARGIN = 12.0
_FONT = "Helvetica"  # every reader has it; our texts need no letters beyond Latin-1
_SMALL, _NORMAL, _HEADING, _TITLE = 7.0, 9.5, 11.5, 15.0  # points
_LINE = 0.5  # mm a point
_GREY, _BLACK, _GREEN = (90, 90, 90), (20, 20, 20), (18, 84, 64)


def make(sentences: Sentences, verdict: Verdict, answers: Answers, language: Language, now: datetime) -> Attachment:
    """Return the page, as high as its text needs and A5 at least. It holds the person's answers and no name."""

    def draw(height: float) -> _Page:
        page = _Page(height, language, now)
        page.title(sentences.say("pdf_title", language))
        _Content(page, sentences, verdict, answers, language).write(now)
        return page

    page = draw(_LEAST_HEIGHT)
    if page.end > _LEAST_HEIGHT - _MARGIN:
        page = draw(page.end + _MARGIN)
    name, described = sentences.say("pdf_file", language), sentences.say("pdf_described", language)
    return Attachment(name, MEDIA_TYPE, page.bytes(), described)


class _Page:
    """One page that is written from top to bottom."""

    def __init__(self, height: float, language: Language, now: datetime) -> None:
        from fpdf import FPDF  # noqa: PLC0415 - takes a third of a second, which only those who want a file should wait

        self._pdf = FPDF(format=(_WIDTH, height))
        self._pdf.set_margin(_MARGIN)
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.set_lang({"id": "id-ID", "en": "en-GB"}[language])
        self._pdf.set_creation_date(now)
        self._pdf.add_page()

    @property
    def end(self) -> float:
        """Where the text ends, in mm from the top, even below the page's edge."""
        return float(self._pdf.get_y())

    def bytes(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())

    def title(self, text: str) -> None:
        """Write the title, which is the document's too."""
        self._pdf.set_title(_latin(text))
        self._write(text, _TITLE, _GREEN, style="B")

    def heading(self, text: str) -> None:
        """Write a heading with room above it."""
        self._pdf.ln(3)
        self._write(text, _HEADING, _GREEN, style="B")

    def text(self, text: str) -> None:
        """Write a paragraph; `*stars*` make bold."""
        self._write(text.replace("*", "**"), _NORMAL, _BLACK)

    def small(self, text: str) -> None:
        """Write a paragraph in small print."""
        self._write(text, _SMALL, _GREY)

    def _write(self, text: str, size: float, colour: tuple[int, int, int], style: str = "") -> None:
        self._pdf.set_font(_FONT, style=style, size=size)
        self._pdf.set_text_color(*colour)
        self._pdf.multi_cell(0, size * _LINE, _latin(text), align="L", markdown=True, new_x="LMARGIN", new_y="NEXT")


class _Content:
    """What stands on the page."""

    def __init__(
        self, page: _Page, sentences: Sentences, verdict: Verdict, answers: Answers, language: Language
    ) -> None:
        self._page = page
        self._sentences = sentences
        self._verdict = verdict
        self._answers = answers
        self._language = language

    def write(self, now: datetime) -> None:
        """Write everything below the title."""
        say: Callable[..., str] = self._sentences.say
        self._page.small(say("pdf_about", self._language, day=self._sentences.day(now, self._language)))
        self._page.text("\n" + say("no_decision", self._language))
        self._results()
        self._page.heading(say("pdf_answers", self._language))
        self._page.text(self._sentences.listed(self._answers, self._language))
        self._page.heading(say("pdf_sources", self._language))
        self._page.small(self._sentences.basis(self._sources(), self._language))
        self._page.text("\n" + say("pdf_contact", self._language))

    def _results(self) -> None:
        for category in BOTH:
            self._page.heading(self._sentences.category(category, self._language))
            self._page.text(f"*{self._sentences.outcome(self._verdict, category, self._language)}*")
            for line in self._sentences.reason_lines(self._verdict, category, self._answers, self._language):
                self._page.text(line)
        for hint in self._verdict.hints:
            self._page.text("\n" + self._sentences.say(hint, self._language))

    def _sources(self) -> list[Basis]:
        """Return the sources of all reasons, and of who decides (F67), each once."""
        rules = [rule for category in BOTH for rule in self._sentences.reasons(self._verdict, category, self._answers)]
        told = [source for rule in rules for source in self._sentences.sources(rule)]
        return list(dict.fromkeys([*told, Basis(fact="F67")]))


def _latin(text: str) -> str:
    """Return the text in the letters that the font has; a contact or a source of staff's may have others."""
    return text.replace("•", "-").encode("latin-1", "replace").decode("latin-1")
