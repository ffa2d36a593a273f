"""Every question, option and rule has its words in both languages, short enough everywhere, and none promises."""

from __future__ import annotations

import pytest

from faq.article import FORBIDDEN
from faq.library import Library
from handlers.eligibility.criteria import CRITERIA
from handlers.eligibility.criterion import UNSURE
from handlers.eligibility.sentences import Sentences
from handlers.wording import LANGUAGES, Language, Wording
from tests.handlers.eligibility.cases import BETWEEN, LIMITS

STEMS = (
    "eligibility",
    *(f"eligibility_{part}" for part in ("again", "labels", "options", "questions", "rules", "why")),
)
IDS = [criterion.id for criterion in CRITERIA]
BUTTON = 20  # the longest that WhatsApp's reply buttons show whole


@pytest.fixture(scope="module")
def sentences(library: Library, wording: Wording) -> Sentences:
    return Sentences(library, wording, LIMITS, "panitia@example.test")


@pytest.mark.parametrize("part", ["again", "labels", "questions", "why"])
def test_every_question_has_its_words_and_there_are_no_others(wording: Wording, part: str) -> None:
    assert sorted(wording.group(f"eligibility_{part}", "id")) == sorted(IDS)


def test_every_option_and_rule_has_its_words_and_there_are_no_others(wording: Wording) -> None:
    options = {f"{criterion.id}_{option}" for criterion in CRITERIA for option in criterion.options}
    rules = {rule.id for criterion in CRITERIA for rule in criterion.rules}

    assert set(wording.group("eligibility_options", "id")) == options
    assert set(wording.group("eligibility_rules", "id")) == rules


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.id)
def test_every_question_can_be_said(criterion: object, language: Language, sentences: Sentences) -> None:
    question = criterion.id  # type: ignore[attr-defined]

    texts = [sentences.question(question, language), sentences.again(question, language)]
    texts += [sentences.why(question, language), sentences.label(question, language)]

    assert all(texts)
    assert not any("{" in text for text in texts)
    assert "F" in sentences.why(question, language).rpartition("\n\n")[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_are_short_enough_for_every_channel(wording: Wording, sentences: Sentences, language: Language) -> None:
    titles = [sentences.label(question, language) for question in IDS]
    titles += wording.group("eligibility_options", language).values()
    titles += [text for key, text in wording.group("eligibility", language).items() if key.startswith("button_")]

    assert [title for title in titles if len(title) > BUTTON] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stem", STEMS)
def test_nothing_is_promised(wording: Wording, stem: str, language: Language) -> None:
    for key, text in wording.group(stem, language).items():
        for promise in (*FORBIDDEN[language], "memenuhi syarat", "lolos", "qualify"):
            assert promise.casefold() not in text.casefold(), key


@pytest.mark.parametrize(
    ("question", "answer", "language", "text"),
    [
        ("years", 7, "id", "7 tahun"),
        ("ikm_count", UNSURE, "en", "Not sure"),
        ("scale", BETWEEN, "id", "40 orang, investasi Rp8 miliar, penjualan Rp9 miliar per tahun"),
        ("scale", {"workers": 1250, "investment_bn": 0.65}, "id", "1.250 orang, investasi Rp0,65 miliar"),
        ("scale", {"workers": 1250, "investment_bn": 0.65}, "en", "1,250 workers, investment Rp0.65 billion"),
        ("citizenship", "wna", "en", "Foreign"),
    ],
)
def test_answers_are_said_as_people_say_them(
    question: str, answer: object, language: Language, text: str, sentences: Sentences
) -> None:
    assert sentences.answer(question, answer, language) == text  # type: ignore[arg-type]
