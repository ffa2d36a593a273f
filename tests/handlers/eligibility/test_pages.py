"""The pages of the check: the early end, the summary, the list to change and the result, and what is said to them."""

from __future__ import annotations

import pytest

from handlers.eligibility.pages import PREFIX
from handlers.routing import Router
from storage.checks import Finished
from tests.handlers.eligibility import conversation
from tests.handlers.eligibility.cases import COMPANY, LIMITS, PERSON
from tests.handlers.eligibility.conversation import Forgetful, check, decided, ids, press
from tests.handlers.talk import NOW


def test_both_categories_out_ends_early_and_says_why(begun: Forgetful) -> None:
    begun.take("perorangan")
    (reply,) = begun.take("WNA")

    assert "kedua kategori tampaknya tertutup" in reply.text
    assert "hanya bagi WNI" in reply.text
    assert ids(reply) == ["goon", "summary", "back:stopped"]


def test_the_early_end_can_be_answered_in_words(begun: Forgetful) -> None:
    begun.take("perorangan")
    begun.take("WNA")
    begun.take("ya, lanjut")
    assert check(begun).open == "own_duty"

    begun.take("kembali")
    assert check(begun).open == "stopped"
    begun.take("tidak usah")

    assert check(begun).open == "summary"


def test_whoever_goes_on_is_not_stopped_again(begun: Forgetful) -> None:
    begun.take("perorangan")
    begun.take("WNA")
    press(begun, "goon")
    begun.take("bukan")

    assert check(begun).open == "fosters"


def test_an_early_result_tells_no_reasons_of_questions_that_were_not_asked(begun: Forgetful) -> None:
    begun.take("perorangan")
    begun.take("WNA")
    press(begun, "summary")
    (reply,) = begun.take("ya benar")

    assert "hanya bagi WNI" in reply.text
    assert "Perlu dipastikan" not in reply.text


def test_an_unreadable_answer_to_a_summary_brings_it_back(begun: Forgetful) -> None:
    begun.take("perorangan")
    begun.take("WNA")
    press(begun, "summary")

    *_, again = begun.take("qwxz vbnm")
    assert "Ringkasan jawaban Anda" in again.text
    *_, again = begun.take("apa benar hadiahnya uang?")
    assert "Ringkasan jawaban Anda" in again.text


def test_no_to_the_summary_offers_to_change_an_answer(begun: Forgetful) -> None:
    begun.take("perorangan")
    begun.take("WNA")
    press(begun, "summary")
    (reply,) = begun.take("bukan")

    assert ids(reply) == ["edit:applicant_type", "edit:citizenship", "back:edit"]


def test_a_summary_with_an_answer_missing_asks_for_it(router: Router) -> None:
    talk = conversation.begin(router)
    conversation.finish(talk, PERSON | {"fosters": "no"}, early=True)
    press(talk, "edit")
    press(talk, "edit:fosters")
    press(talk, "fosters:yes")
    assert check(talk).open == "industrial"
    for view in ("industrial", "fosters", "edit"):
        press(talk, f"back:{view}")
    while check(talk).open != "summary":
        press(talk, f"back:{check(talk).open}")

    press(talk, "confirm")

    assert check(talk).open == "industrial"


def test_a_finished_check_is_counted_once_with_the_rules_it_told(router: Router) -> None:
    talk = conversation.begin(router)
    conversation.finish(talk, PERSON | {"previous": "yes"})
    press(talk, "back:result")
    assert check(talk).open == "summary"
    again = decided(talk, f"[{PREFIX}confirm]")
    press(talk, "restart")
    for question, answer in conversation.on_path(PERSON | {"previous": "yes"}, LIMITS).items():
        conversation.give(talk, question, answer)

    counted = decided(talk, f"[{PREFIX}confirm]")

    assert again.finished is None
    assert counted.finished == Finished(frozenset({"R3", "R28"}), NOW)


def test_a_result_shows_both_categories_and_where_to_go(router: Router) -> None:
    talk = conversation.begin(router)

    text = conversation.finish(talk, PERSON | {"years": 4})

    assert "*Jasa Pengabdian*\nAda hal yang perlu dipastikan" in text
    assert "*Jasa Kepeloporan*\nKategori ini bukan untuk jenis pengusul ini." in text
    assert "[F25, F26]" in text
    assert "panitia@example.test" in text
    assert "upakarti.kemenperin.go.id" in text
    assert "bukan keputusan" in text


def test_after_the_result_texts_are_questions_again_and_answers_can_still_be_changed(router: Router) -> None:
    talk = conversation.begin(router)
    conversation.finish(talk, PERSON)

    assert len(talk.take("apa hadiahnya?")) == 1
    talk.take("kenapa ditanya?")
    assert check(talk).open == "result"
    talk.take("ubah jawaban")
    assert check(talk).open == "edit"


def test_a_finished_check_is_offered_again(router: Router) -> None:
    talk = conversation.begin(router)
    conversation.finish(talk, PERSON)

    (offer,) = talk.take("/cek")
    assert "Anda sudah menyelesaikan" in offer.text
    (again,) = press(talk, "resume")
    assert "Hasil pemeriksaan awal" in again.text


@pytest.mark.parametrize(
    ("answers", "button", "kind"),
    [
        (PERSON, "as:company", "company"),
        (COMPANY | {"scale": "small"}, "as:individual", "individual"),
    ],
)
def test_a_hint_can_be_followed_by_a_button(router: Router, answers: dict[str, object], button: str, kind: str) -> None:
    talk = conversation.begin(router)
    conversation.finish(talk, answers)  # type: ignore[arg-type]
    assert f"{PREFIX}{button}" in [choice.id for choice in talk.conversation.offered]

    press(talk, button)

    assert check(talk).answers == {"applicant_type": kind}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_result_comes_as_a_file_in_either_language(router: Router, language: str) -> None:
    talk = conversation.begin(router)
    conversation.finish(talk, PERSON)

    (reply,) = press(talk, f"pdf:{language}")

    (file,) = reply.attachments
    assert file.content.startswith(b"%PDF-")
    assert file.media_type == "application/pdf"


def test_no_leaves_the_list_of_answers_to_change_and_yes_asks_which(sizing: Forgetful) -> None:
    sizing.take("ubah jawaban")
    assert check(sizing).open == "edit"

    sizing.take("ya")
    assert check(sizing).open == "edit"
    sizing.take("tidak")
    assert check(sizing).open == "scale"


@pytest.fixture
def summed_up(begun: Forgetful) -> Forgetful:
    """Somebody who sees the summary of an individual's answers."""
    for question, answer in PERSON.items():
        if check(begun).open == question:
            conversation.give(begun, question, answer)
    while check(begun).open != "summary":
        press(begun, f"{check(begun).open}:unsure")
    return begun


@pytest.mark.parametrize("button", ["delete", "restart"])
def test_no_typed_number_loses_the_answers(summed_up: Forgetful, button: str) -> None:
    if button == "restart":
        press(summed_up, "confirm")
    offered = [choice.id for choice in summed_up.conversation.offered]
    number = offered.index(f"{PREFIX}{button}") + 1

    (reply,) = summed_up.take(str(number))

    assert "hapus jawaban" in reply.text
    assert [choice.id for choice in reply.choices] == offered
    assert check(summed_up).answers


def test_a_number_at_the_summary_presses_the_button_that_stands_there(summed_up: Forgetful) -> None:
    summed_up.take("1")

    assert check(summed_up).open == "result"


@pytest.mark.parametrize(
    ("said", "view"),
    [
        ("ada yang salah", "edit"),
        ("ya tapi ubah dulu", "edit"),
        ("tidak ada yang salah", "result"),
        ("ga perlu diubah", "result"),
        ("no changes", "result"),
    ],
)
def test_what_is_said_of_the_summary_is_taken_as_meant(summed_up: Forgetful, said: str, view: str) -> None:
    summed_up.take(said)

    assert check(summed_up).open == view
