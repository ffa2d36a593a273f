"""A phrasing is taught only where it is a question of its own, and breaks no answer that is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq import labelled
from faq.labelled import HEADER
from faq.library import Library
from faq.taught import Taught
from faq.taught_trial import NAMED, Refusal, TaughtTrial, Verdict
from tests.conftest import LEARNED

TEXT = "apakah industri batik cap wajib punya sertifikat tkdn"
ARTICLE = "documents_required"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load(cache=LEARNED)


@pytest.fixture(scope="module")
def trial(library: Library) -> TaughtTrial:
    return TaughtTrial(library)


def test_a_new_question_is_tried_against_all_there_are(library: Library, trial: TaughtTrial) -> None:
    verdict = trial.run(library, TEXT, ARTICLE)
    count = len([*library.phrasings()]) + len(labelled.read(labelled.OWN))

    assert verdict == Verdict(None, count)


@pytest.mark.parametrize(
    ("text", "article_id", "refusal"),
    [
        (TEXT, "no_such_article", Refusal.NO_ARTICLE),
        ("nama saya … apakah wajib tkdn batik", ARTICLE, Refusal.PERSONAL),
        ("apakah Pak Bambang wajib punya tkdn", ARTICLE, Refusal.PERSONAL),
        ("sertifikat tkdn 0812 wajib dipunyai apakah", ARTICLE, Refusal.PERSONAL),
        ("email saya a@b.id apakah wajib", ARTICLE, Refusal.PERSONAL),
        ("apakah tkdn", ARTICLE, Refusal.SHORT),
        ("ya", ARTICLE, Refusal.SHORT),
        ("apakah " + " ".join(f"kata{chr(letter)}" for letter in range(97, 111)), ARTICLE, Refusal.LONG),
        ("zorgvuldig tkdn xyzzy", ARTICLE, Refusal.LANGUAGE),
        ("kapan pendaftaran ditutup ya kak", "registration_close_date", Refusal.UNDERSTOOD),
        ("kapan pendaftaran ditutup", "prize_benefits", Refusal.ANSWERED),
        ("mau bicara dengan petugas", "organizer", Refusal.ANSWERED),
        ("when does registration close", "organizer", Refusal.ANSWERED),
    ],
)
def test_what_is_wrong_with_a_phrasing_by_itself_is_said(
    library: Library, trial: TaughtTrial, text: str, article_id: str, refusal: Refusal
) -> None:
    assert trial.run(library, text, article_id) == Verdict(refusal)


def test_a_phrasing_that_breaks_right_answers_is_refused_and_they_are_named(
    library: Library, trial: TaughtTrial
) -> None:
    """What is somebody else's question is rightly not answered."""
    foreign = [each.text for each in library.phrasings() if each.kind == "foreign"]
    verdicts = [trial.run(library, text, "organizer") for text in foreign[:40]]
    broken = [each for each in verdicts if each.refusal is Refusal.BREAKS]

    assert {each.refusal for each in verdicts} <= {*Refusal} - {Refusal.UNDERSTOOD}
    assert broken
    assert all(1 <= len(each.broken) <= NAMED for each in broken)


def test_what_was_taught_before_is_not_broken_either(library: Library, trial: TaughtTrial) -> None:
    taught = library.with_taught([Taught(TEXT, ARTICLE)])

    assert trial.run(taught, f"{TEXT} ya", ARTICLE).refusal is Refusal.UNDERSTOOD
    assert trial.run(taught, f"{TEXT} ya", "organizer").refusal is Refusal.ANSWERED


def test_without_the_projects_own_questions_it_is_the_phrasings_alone(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelled, "OWN", tmp_path / "nothing.tsv")

    assert TaughtTrial(library).run(library, TEXT, ARTICLE).tried == len([*library.phrasings()])


def test_of_a_labelled_question_each_right_answer_counts(
    library: Library, trial: TaughtTrial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is left open ("a|oos") is rightly answered by what it names."""
    own = tmp_path / "own.tsv"
    own.write_text(f"{HEADER}\n{TEXT}\t{ARTICLE}|oos\tid\tformal\n", encoding="utf-8")
    monkeypatch.setattr(labelled, "OWN", own)
    with_own = TaughtTrial(library)

    assert with_own.run(library, TEXT, ARTICLE).refusal is None
    assert with_own.run(library, TEXT, "organizer").broken == (TEXT,)
