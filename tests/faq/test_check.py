"""What was understood is judged as a person would: right, half right, wrong, or rightly left alone."""

from __future__ import annotations

import pytest

from faq import check
from faq.check import Figures, Judged, Outcome
from faq.labelled import Labelled
from faq.match import Decision, Match

PARENTS = {"prize_money": "prize"}


def labelled(intent: str, language: str = "id", text: str = "kapan pendaftaran", style: str = "short") -> Labelled:
    return Labelled(text, frozenset(intent.replace("+", "|").split("|")), "+" in intent, language, style)


def matched(decision: Decision, *ids: str, language: str | None = "id") -> Match:
    return Match(decision, ids, 0.5, "en" if language == "en" else "id" if language else None)


@pytest.mark.parametrize(
    ("intent", "match", "outcome"),
    [
        ("closing", matched("answer", "closing"), Outcome.RIGHT),
        ("cmd_menu", matched("command", "cmd_menu"), Outcome.RIGHT),
        ("closing|opening", matched("answer", "opening"), Outcome.RIGHT),
        ("closing|opening", matched("answer", "opening", "closing"), Outcome.RIGHT),
        ("closing+opening", matched("answer", "opening", "closing"), Outcome.RIGHT),
        ("prize", matched("answer", "prize_money"), Outcome.RIGHT),
        ("prize_money", matched("answer", "prize_money"), Outcome.RIGHT),
        ("closing+opening", matched("answer", "closing"), Outcome.AMONG),
        ("closing", matched("choices", "opening", "closing"), Outcome.AMONG),
        ("closing|opening", matched("choices", "jury", "closing"), Outcome.AMONG),
        ("closing+opening", matched("choices", "opening", "closing"), Outcome.AMONG),
        ("closing", matched("answer", "opening"), Outcome.WRONG),
        ("closing", matched("command", "cmd_menu"), Outcome.WRONG),
        ("closing", matched("answer", "closing", "opening"), Outcome.WRONG),
        ("prize_money", matched("answer", "prize"), Outcome.WRONG),
        ("closing", matched("unknown"), Outcome.MISSED),
        ("closing", matched("smalltalk", "greeting"), Outcome.MISSED),
        ("closing", matched("choices", "opening", "jury"), Outcome.MISSED),
        ("closing+opening", matched("choices", "closing", "jury"), Outcome.MISSED),
        ("oos", matched("unknown"), Outcome.QUIET),
        ("oos", matched("smalltalk", "greeting"), Outcome.QUIET),
        ("cmd_menu|oos", matched("command", "cmd_menu"), Outcome.QUIET),
        ("oos", matched("choices", "closing", "opening"), Outcome.OFFERED),
        ("oos", matched("answer", "closing"), Outcome.ANSWERED),
        ("cmd_menu|oos", matched("answer", "closing"), Outcome.ANSWERED),
    ],
)
def test_an_outcome_is_judged(intent: str, match: Match, outcome: Outcome) -> None:
    assert check.judge(labelled(intent), match, PARENTS).outcome == outcome


@pytest.mark.parametrize(
    ("spoken", "understood", "right"),
    [
        ("id", "id", True),
        ("id", None, True),
        ("id", "en", False),
        ("jv", "id", True),
        ("en", "en", True),
        ("en", None, False),
        ("mix", "id", True),
        ("mix", "en", True),
    ],
)
def test_a_language_is_judged_by_the_one_that_would_be_answered(
    spoken: str, understood: str | None, right: bool
) -> None:
    judged = check.judge(labelled("closing", spoken), matched("unknown", language=understood), {})

    assert judged.language_right == right


def judged(outcome: Outcome, intent: str = "closing", *, language_right: bool = True) -> Judged:
    return Judged(labelled(intent), matched("unknown"), outcome, language_right)


def test_figures_are_shares_of_what_is_in_scope_and_of_what_is_not() -> None:
    inside = [judged(outcome) for outcome in (Outcome.RIGHT, Outcome.AMONG, Outcome.WRONG, Outcome.MISSED)]
    outside = [judged(outcome, "oos") for outcome in (Outcome.QUIET, Outcome.OFFERED, Outcome.ANSWERED)]
    outside.append(judged(Outcome.QUIET, "oos", language_right=False))

    assert check.figures([*inside, *outside]) == Figures(4, 4, 25.0, 50.0, 25.0, 25.0, 50.0, 87.5)


def test_without_messages_there_are_no_shares() -> None:
    assert check.figures([]) == Figures(0, 0, None, None, None, None, None, None)


MESSAGES = [
    labelled("closing", text="kapan ditutup", style="formal"),
    labelled("opening", text="kapan dibuka", style="formal"),
    labelled("opening", text="mulai kapan", style="short"),
    labelled("oos", "en", text="the weather", style="chitchat"),
]


def understand(text: str) -> Match:
    """Understand what is spelt right, all as "closing"; the rest not at all."""
    known = {message.text for message in MESSAGES}
    return matched("answer", "closing") if text in known else matched("unknown")


def test_a_report_parts_styles_and_languages_and_tries_slips() -> None:
    report = check.measure(MESSAGES, understand, {})

    assert (report.total.in_scope, report.total.out_of_scope, report.total.right) == (3, 1, 33.3)
    assert {style: each.right for style, each in report.by_style.items()} == {
        "chitchat": None,
        "formal": 50.0,
        "short": 0.0,
    }
    assert {language: each.in_scope for language, each in report.by_language.items()} == {"en": 0, "id": 3}
    assert (report.right_with_slips, report.right_without_vowels) == (0.0, 0.0)
    assert [each.message for each in report.judged] == MESSAGES


def test_confusions_come_with_the_most_frequent_first() -> None:
    report = check.measure([*MESSAGES, labelled("jury|prize", text="x")], understand, {})

    assert report.confusions == [
        ("opening", "closing", 2),
        ("jury|prize", "unknown", 1),
        ("oos", "closing", 1),
    ]


def test_the_slips_are_the_same_each_time() -> None:
    def heard() -> list[str]:
        texts: list[str] = []

        def listen(text: str) -> Match:
            texts.append(text)
            return matched("unknown")

        check.measure(MESSAGES, listen, {})
        return texts

    assert heard() == heard()
