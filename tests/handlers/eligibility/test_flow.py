"""The conversation of the check, message by message: what it takes, what it leaves, and what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from faq.library import Library
from handlers.conversation import Conversation
from handlers.eligibility.pages import PREFIX
from handlers.messages import Kind
from handlers.routing import Router
from storage import retention
from tests.handlers.eligibility import conversation
from tests.handlers.eligibility.cases import PERSON
from tests.handlers.eligibility.conversation import GREETED, Forgetful, check, decided, ids, press, texts
from tests.handlers.talk import Talk


@pytest.mark.parametrize(
    "said", ["/cek", "/check", "saya mau cek kelayakan saya", "run the eligibility test for my company"]
)
def test_the_check_begins_by_command_and_in_words(router: Router, said: str) -> None:
    talk = Forgetful(router, GREETED)

    (reply,) = talk.take(said)

    assert "*Pertanyaan 1*" in reply.text
    assert f"paling lama {retention.CONVERSATION.days} hari" in reply.text
    assert ids(reply)[-2:] == ["applicant_type:unsure", "why:applicant_type"]


def test_the_number_of_a_button_presses_it_whatever_it_is_for(begun: Forgetful) -> None:
    offered = begun.conversation.offered
    assert offered[-1].id == f"{PREFIX}why:applicant_type"

    (by_number,) = begun.take(str(len(offered)))
    (by_button,) = press(begun, "why:applicant_type")

    assert by_number.text == by_button.text
    assert check(begun).open == "applicant_type"


def test_the_menus_button_begins_the_check(router: Router) -> None:
    talk = Forgetful(router, GREETED)
    assert "eligibility" in [choice.id for choice in router.menu("id")]

    talk.take(kind=Kind.CHOICE, choice="eligibility")

    assert check(talk).open == "applicant_type"


def test_an_answer_that_could_be_a_question_is_an_answer(begun: Forgetful) -> None:
    begun.take("koperasi")  # which is the button of an article too

    assert check(begun).answers == {"applicant_type": "cooperative"}


def test_a_question_is_answered_and_the_open_one_comes_back(counting: Forgetful) -> None:
    answer, again = counting.take("apa hadiahnya?")

    assert "Kembali ke pemeriksaan kelayakan" in again.text
    assert "Pertanyaan 6 dari 9" in again.text
    assert answer.text
    assert check(counting).open == "ikm_count"


def test_a_question_with_a_number_in_it_is_no_answer(counting: Forgetful) -> None:
    counting.take("berapa minimal IKM yang dibina, apakah 5?")

    assert "ikm_count" not in check(counting).answers


def test_what_is_not_understood_gets_a_second_try(counting: Forgetful) -> None:
    (reply,) = counting.take("banyak banget pokoknya")

    assert "Maaf, saya belum menangkap jumlahnya." in reply.text
    assert "Pertanyaan 6 dari 9" in reply.text


def test_a_range_across_the_threshold_is_noted_as_open_and_said_so(counting: Forgetful) -> None:
    (reply,) = counting.take("3-6")

    assert reply.text.startswith("Dari itu belum bisa dipastikan, jadi saya catat: *Tidak tahu*.")
    assert check(counting).answers["ikm_count"] == "unsure"


def test_an_article_about_conditions_leads_to_the_check(router: Router) -> None:
    talk = Forgetful(router, GREETED)
    (about_conditions,) = talk.take(kind=Kind.CHOICE, choice="ask:who_can_apply")
    (about_dates,) = talk.take(kind=Kind.CHOICE, choice="ask:schedule_overview")

    assert [choice.id for choice in about_conditions.choices][-2:] == ["eligibility", "menu"]
    assert "eligibility" not in [choice.id for choice in about_dates.choices]


def test_what_was_typed_is_repeated_as_it_was_read(counting: Forgetful) -> None:
    (reply,) = counting.take("sekitar belasan")

    assert reply.text.startswith("Saya catat: *11 IKM*.")


def test_a_number_answers_a_question_for_a_number_and_picks_no_button(counting: Forgetful) -> None:
    counting.take("1")

    assert check(counting).answers["ikm_count"] == 1


def test_a_number_or_title_picks_a_button_where_no_number_is_asked_for(begun: Forgetful) -> None:
    begun.take("2.")
    begun.take("tidak tahu")
    begun.take("KEMBALI")

    assert check(begun).answers == {"applicant_type": "company", "domicile_id": "unsure"}
    assert check(begun).open == "domicile_id"


@pytest.mark.parametrize("question", ["ikm_count", "years"])
def test_a_number_of_a_button_that_nobody_made_is_not_taken(counting: Forgetful, question: str) -> None:
    (reply,) = press(counting, f"{question}:7")[:1]

    assert "sudah tidak berlaku" in reply.text
    assert check(counting).open == "ikm_count"


def test_a_button_pressed_twice_counts_once(begun: Forgetful) -> None:
    press(begun, "applicant_type:individual")
    (reply,) = press(begun, "applicant_type:individual")

    assert check(begun).open == "citizenship"
    assert reply.text.startswith("*Pertanyaan 2 dari 9*")


def test_back_pressed_twice_goes_back_once(counting: Forgetful) -> None:
    press(counting, "back:ikm_count")
    press(counting, "back:ikm_count")

    assert check(counting).open == "industrial"


def test_a_button_of_an_earlier_question_changes_nothing_and_says_how_to(counting: Forgetful) -> None:
    (reply,) = press(counting, "citizenship:wna")

    assert "Jawaban Anda di sana tetap *WNI*" in reply.text
    assert check(counting).answers["citizenship"] == "wni"


def test_a_button_of_a_question_that_is_not_asked_changes_nothing(counting: Forgetful) -> None:
    (reply,) = press(counting, "partnership:yes")

    assert "yang sekarang tidak sedang ditanyakan" in reply.text
    assert "partnership" not in check(counting).answers


def test_keep_of_another_question_shows_the_open_one(counting: Forgetful) -> None:
    press(counting, "citizenship:keep")

    assert check(counting).open == "ikm_count"


def test_there_is_nothing_before_the_first_question(begun: Forgetful) -> None:
    (reply,) = begun.take("kembali")

    assert reply.text.startswith("Ini pertanyaan pertama")
    assert not any(choice.startswith("back") for choice in ids(reply))


def test_back_shows_the_answer_given_and_lets_it_stand(counting: Forgetful) -> None:
    (reply,) = counting.take("kembali")
    assert "Jawaban Anda sekarang: *Ya, ada*" in reply.text

    press(counting, "industrial:keep")

    assert check(counting).open == "ikm_count"


def test_why_tells_the_fact_and_where_it_was_found(counting: Forgetful) -> None:
    (reply,) = counting.take("kenapa ditanya?")

    assert "paling sedikit 5 IKM" in reply.text
    assert "F24: Turut Aktif Berdayakan IKM" in reply.text
    assert "Pertanyaan 6 dari 9" in reply.text


def test_three_messages_make_one_size(sizing: Forgetful) -> None:
    (first,) = sizing.take("40 orang")
    (second,) = sizing.take("investasi 8 M")
    sizing.take("omzet 9 miliar per tahun")

    assert "Masih perlu: nilai investasi" in first.text
    assert "Masih perlu: penjualan" in second.text
    assert check(sizing).answers["scale"] == {"workers": 40, "investment_bn": 8, "sales_bn": 9}


def test_a_number_picks_no_size_while_numbers_are_awaited(sizing: Forgetful) -> None:
    sizing.take("40 orang")
    sizing.take("2")

    assert check(sizing).open == "scale"


@pytest.mark.parametrize("said", ["itu saja", "gak tau"])
def test_a_size_may_stay_incomplete(sizing: Forgetful, said: str) -> None:
    sizing.take("40 orang")
    sizing.take(said)

    assert check(sizing).answers["scale"] == {"workers": 40}


def test_cancel_keeps_the_answers_and_the_check_goes_on_days_later_elsewhere(counting: Forgetful) -> None:
    counting.take("batal")
    counting.at += timedelta(days=20)
    counting.take("apa hadiahnya?")
    (offer,) = counting.take("/cek")
    assert "5 jawaban masih tersimpan" in offer.text
    assert ids(offer) == ["resume", "restart", "delete"]

    (reply,) = press(counting, "resume")

    assert "Pertanyaan 6 dari 9" in reply.text


def test_a_paused_check_takes_no_text(counting: Forgetful) -> None:
    counting.take("/batal")
    counting.take("12")

    assert "ikm_count" not in check(counting).answers


def test_the_menu_lets_the_check_wait_and_says_so(counting: Forgetful) -> None:
    (reply,) = counting.take("/menu")

    assert "tekan *Cek kelayakan* untuk melanjutkan" in reply.text
    assert check(counting).paused


def test_help_and_language_bring_the_question_back(counting: Forgetful) -> None:
    *_, again = counting.take("/bantuan")
    assert "Pertanyaan 6 dari 9" in again.text

    *_, again = counting.take(kind=Kind.CHOICE, choice="language:en")

    assert "Question 6 of 9" in again.text


def test_a_voice_note_brings_the_question_back(counting: Forgetful) -> None:
    first, again = counting.take(kind=Kind.VOICE)

    assert "pesan suara" in first.text
    assert "Pertanyaan 6 dari 9" in again.text


def test_a_check_is_forgotten_when_its_time_is_over(counting: Forgetful) -> None:
    counting.at += retention.CONVERSATION
    counting.take("/bantuan")
    assert counting.conversation.check is not None

    counting.at += timedelta(seconds=1)
    counting.take("/bantuan")

    assert counting.conversation.check is None


@pytest.mark.parametrize("said", ["hapus jawaban", "delete my answers", f"[{PREFIX}delete]"])
def test_answers_are_deleted_at_once(counting: Forgetful, said: str) -> None:
    began = check(counting).began

    outcome = decided(counting, said)

    assert outcome.conversation.check is None
    assert outcome.erase_since == began
    assert len(outcome.replies) == 1


def test_where_nothing_is_kept_nothing_is_deleted(router: Router) -> None:
    outcome = decided(Forgetful(router, GREETED), "hapus jawaban")

    assert outcome.erase_since is None
    assert texts(outcome.replies) == ["Tidak ada jawaban pemeriksaan kelayakan yang tersimpan."]


def test_deleting_after_a_new_beginning_reaches_the_first_one(counting: Forgetful) -> None:
    began = check(counting).began
    counting.at += timedelta(days=1)
    counting.take("mulai dari awal")
    assert check(counting).answers == {}

    assert decided(counting, "hapus jawaban").erase_since == began


@pytest.mark.parametrize(
    "button", ["pdf:id", "goon", "summary", "confirm", "resume", "unheard-of", "edit", "why:nothing"]
)
def test_a_button_whose_moment_is_not_now_shows_the_open_question(begun: Forgetful, button: str) -> None:
    (reply,) = press(begun, button)

    assert "*Pertanyaan 1*" in reply.text
    assert not reply.attachments


@pytest.mark.parametrize("button", ["applicant_type:company", "back:years", "confirm", "edit", "as:nobody", "years:7"])
def test_a_button_without_a_check_is_no_longer_valid(router: Router, button: str) -> None:
    talk = Forgetful(router, GREETED)

    (reply,) = press(talk, button)

    assert reply.text == "Pilihan itu sudah tidak berlaku. Silakan pilih lagi."


def test_an_unknown_command_leaves_the_question_open(counting: Forgetful) -> None:
    counting.take("/foo 7")

    assert check(counting).open == "ikm_count"
    assert "ikm_count" not in check(counting).answers


def test_the_first_answer_still_carries_the_notice(router: Router) -> None:
    (reply,) = Talk(router).take("/cek")

    assert reply.text.endswith("Rincian: /privasi")


def test_nothing_that_a_person_is_told_promises_anything(library: Library, router: Router) -> None:
    talk = conversation.begin(router)
    said = [conversation.finish(talk, PERSON)]
    talk.take(kind=Kind.CHOICE, choice="language:en")
    said.append(talk.take(kind=Kind.CHOICE, choice=f"{PREFIX}resume")[-1].text)

    for text in said:
        for forbidden in ("memenuhi syarat", "pasti lolos", "gratis", "you are eligible", "free of charge"):
            assert forbidden not in text.casefold()


def test_a_conversation_without_a_check_is_stored_as_before() -> None:
    assert Conversation.from_state(Conversation().to_state()) == Conversation()


def test_what_asks_without_a_question_word_is_answered_too(counting: Forgetful) -> None:
    first, again = counting.take("hadiah penghargaan upakarti")
    thanks, _ = counting.take("terima kasih")

    assert "Pertanyaan 6 dari 9" in again.text
    assert (first.text, thanks.text) != (again.text, again.text)


def test_what_is_cancelled_already_is_not_cancelled_again(counting: Forgetful) -> None:
    counting.take("/batal")
    (reply,) = counting.take("/batal")

    assert reply.text.startswith("Tidak ada yang sedang berjalan.")


@pytest.mark.parametrize(
    "said",
    [
        "Sudah 12 IKM. Kapan pendaftaran ditutup?",
        "kapan pendaftaran ditutup? binaan saya 12 ikm",
        "12 ikm tapi kapan tutup pendaftaran",
        "12 ikm, tapi kapan ditutup?",
    ],
)
def test_an_answer_beside_a_question_is_noted_and_the_question_is_answered(counting: Forgetful, said: str) -> None:
    closing, following = counting.take(said)

    assert "26 Agustus 2024" in closing.text
    assert "12 IKM" in following.text
    assert check(counting).answers["ikm_count"] == 12
    assert check(counting).open == "years"


def test_a_question_with_nothing_beside_it_changes_no_answer(counting: Forgetful) -> None:
    counting.take("Halo kak. Kapan pendaftaran ditutup?")

    assert check(counting).open == "ikm_count"
