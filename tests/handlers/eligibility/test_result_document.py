"""The result as a file: one page in either language, selectable text, and nothing that identifies anybody."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest

from faq.edition import Basis, Figure
from faq.library import Library
from handlers.eligibility import document
from handlers.eligibility.criterion import Answer
from handlers.eligibility.sentences import Sentences
from handlers.eligibility.verdict import assess
from handlers.messages import Attachment
from handlers.wording import LANGUAGES, Language, Wording
from tests.handlers.eligibility import conversation
from tests.handlers.eligibility.cases import CASES, LIMITS, PERSON, Case
from tests.handlers.talk import NOW

CONTACT = "panitia@example.test"


@pytest.fixture(scope="module")
def sentences(library: Library, wording: Wording) -> Sentences:
    return Sentences(library, wording, LIMITS, CONTACT)


def made(sentences: Sentences, answers: dict[str, Answer], language: Language) -> Attachment:
    return document.make(sentences, assess(answers, LIMITS), answers, language, NOW)


def text_of(file: Attachment) -> str:
    """Return the text that a reader can select: the strings that the page shows, in order."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", file.content, re.DOTALL)
    # What is packed may itself end with a line break: the unpacker knows where it ends.
    shown = b" ".join(zlib.decompressobj().decompress(stream) for stream in streams if stream[:1] == b"x")
    strings = re.findall(rb"\(((?:\\.|[^\\()])*)\)", shown)
    joined = b" ".join(re.sub(rb"\\(.)", rb"\1", string) for string in strings).decode("latin-1")
    return " ".join(joined.split())


def height(file: Attachment) -> float:
    (box,) = re.findall(rb"/MediaBox \[0 0 [\d.]+ ([\d.]+)\]", file.content)
    return float(box)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_is_one_page_with_answers_reasons_and_sources(
    case: Case, language: Language, sentences: Sentences
) -> None:
    answers = conversation.on_path(case.answers, LIMITS)
    file = made(sentences, answers, language)
    text = text_of(file)

    assert file.content.count(b"/Type /Page\n") == 1
    for label, answer in sentences.answers(answers, language):
        assert f"{label}: {answer}" in text.replace(" :", ":")
    for rule_id in f"{case.pengabdian_rules} {case.kepeloporan_rules}".split():
        assert sentences.rule(rule_id, language) in text
    assert "F67: " in text
    assert CONTACT in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", ["24 November 2026", "edisi 2024", "bukan keputusan", "Yang memutuskan kementerian"]),
        ("en", ["24 November 2026", "2024 edition", "no decision", "The ministry decides"]),
    ],
)
def test_the_page_tells_date_and_edition_and_that_it_decides_nothing(
    language: Language, said: list[str], sentences: Sentences
) -> None:
    text = text_of(made(sentences, PERSON, language))

    assert [part for part in said if part not in text] == []


def test_the_same_result_is_the_same_file(sentences: Sentences) -> None:
    assert made(sentences, PERSON, "id") == made(sentences, PERSON, "id")


def test_a_page_is_a5_or_as_high_as_it_needs(sentences: Sentences) -> None:
    longest = conversation.on_path({"applicant_type": "company"}, LIMITS)

    assert height(made(sentences, {"applicant_type": "company"}, "id")) == pytest.approx(595.28, abs=0.1)
    assert height(made(sentences, longest, "id")) > 595.28


def test_a_contact_in_letters_that_the_font_lacks_breaks_nothing(library: Library, wording: Wording) -> None:
    sentences = Sentences(library, wording, LIMITS, "☎ 0800 – ꦲꦤ")

    assert "? 0800" in text_of(made(sentences, PERSON, "id"))


def test_a_figure_that_staff_entered_names_their_source(library: Library, wording: Wording) -> None:
    limits = replace(LIMITS, year=2026, min_ikm=Figure(20, Basis(source="Surat edaran 7")))
    sentences = Sentences(library, wording, limits, CONTACT)

    file = document.make(sentences, assess(PERSON, limits), PERSON, "id", NOW)

    assert "Edisi 2026: Surat edaran 7" in text_of(file)
    assert "mensyaratkan paling sedikit 20 IKM" in text_of(file)
    assert "Surat edaran 7" in sentences.why("ikm_count", "id")
