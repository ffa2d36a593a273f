"""Messages as people write them find their article, their command, a few choices, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq import normalise, training
from faq.lexicon import Lexicon, Practice
from faq.library import Library
from faq.match import Match, Matcher
from faq.phrasing import FOREIGN, Phrasing


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("kapan pendaftaran ditutup?", "registration_close_date"),
        ("siapa saja yang bisa ikut upakarti?", "who_can_apply"),
        ("dokumen apa saja yang harus disiapkan", "documents_required"),
        ("bagaimana cara mengubah data yang sudah dikirim", "edit_submission"),
        ("min kpn tutup pndftrn nya?", "registration_close_date"),
        ("kpn pndftrn dtutup", "registration_close_date"),
        ("brkas ap aj yg hrs dsiapin kak", "documents_required"),
        ("SIAPA AJA JURINYA", "jury_members"),
        ("kapaaaan pendaftaran ditutuppp!!!", "registration_close_date"),
        ("kapan pendaftaran ditutup? 🙏🙏", "registration_close_date"),
        ("kapan\x00 pendaftaran ditutup", "registration_close_date"),
        ("\u202ekapan pendaftaran ditutup?\u202c", "registration_close_date"),
        ("when does registration close?", "registration_close_date"),
        ("is there a registration fee", "registration_fee"),
        ("who decides the winner", "who_decides_winner"),
        ("piye carane daftar upakarti", "how_to_register"),
        ("iraha pendaftaran ditutup", "registration_close_date"),
        ("hadiah", "prize_benefits"),
    ],
)
def test_a_question_finds_its_article(library: Library, text: str, article: str) -> None:
    found = library.match(text)

    assert (found.decision, found.ids) == ("answer", (article,))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("status", "cmd_status"),
        ("cek status usulan saya", "cmd_status"),
        ("hapus data saya", "cmd_delete_data"),
        ("hubungkan saya dengan petugas", "cmd_human"),
        ("stop notifikasi", "cmd_unsubscribe"),
        ("tolong batalkan", "cmd_cancel"),
        ("bahasa inggris dong", "cmd_language"),
    ],
)
def test_a_command_is_told_from_a_question(library: Library, text: str, command: str) -> None:
    found = library.match(text)

    assert (found.decision, found.ids) == ("command", (command,))


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("halo kak selamat pagi", "greeting"),
        ("makasih banyak ya", "thanks"),
        ("sampai jumpa", "bye"),
        ("jawabanmu tidak nyambung", "complaint"),
    ],
)
def test_small_talk_is_told(library: Library, text: str, topic: str) -> None:
    found = library.match(text)

    assert (found.decision, found.ids) == ("smalltalk", (topic,))
    assert found.score >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "????",
        "😂😂",
        "\x00",
        "resep sambal matah dong",
        "harga emas hari ini",
        "kapan pendaftaran CPNS dibuka?",
        "kapan pendaftaran IHYA tahun ini ditutup",
        "syarat ikut kalpataru",
        "goblok lu",
        "asdf qwer zxcv",
        "متى يغلق التسجيل",
        "x" * 20_000,
    ],
)
def test_what_is_foreign_is_unknown(library: Library, text: str) -> None:
    found = library.match(text)

    assert (found.decision, found.ids) == ("unknown", ())


def test_what_may_mean_several_things_is_a_choice(library: Library) -> None:
    found = library.match("pendaftaran")

    assert found.decision == "choices"
    assert "registration_close_date" in found.ids
    assert 2 <= len(found.ids) <= 4


def test_commands_may_be_among_the_choices(library: Library) -> None:
    found = library.match("data saya mau diapain")

    assert (found.decision, set(found.ids)) == ("choices", {"privacy_data", "cmd_delete_data"})


def test_beside_what_is_foreign_a_likely_question_is_offered(library: Library) -> None:
    found = library.match("harga emas hari ini berapa? nomor telepon siapa?")

    assert (found.decision, found.ids[0]) == ("choices", "contact_secretariat")


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("kapan pendaftaran ditutup dan hadiahnya apa saja?", ("registration_close_date", "prize_benefits")),
        ("siapa dewan jurinya? hadiahnya apa?", ("jury_members", "prize_benefits")),
        ("when does registration close and what is the prize?", ("registration_close_date", "prize_benefits")),
    ],
)
def test_of_two_questions_both_are_answered(library: Library, text: str, articles: tuple[str, ...]) -> None:
    found = library.match(text)

    assert (found.decision, found.ids) == ("answer", articles)


STORY = (
    "Perkenalkan, saya Sri dari Kabupaten Sleman. Usaha kami membuat batik dan sudah berjalan dua belas tahun. "
    "Kami punya tiga puluh mitra, kebanyakan ibu rumah tangga. {} Warga sangat mendukung kami. Semoga sehat selalu."
)


def test_a_question_in_a_long_story_is_found(library: Library) -> None:
    assert library.match(STORY.format("Kapan pendaftaran ditutup?")).ids == ("registration_close_date",)


def test_a_foreign_question_in_a_long_story_is_not_answered(library: Library) -> None:
    assert library.match(STORY.format("Berapa harga emas hari ini?")).decision != "answer"


def test_a_greeting_before_a_question_is_not_the_message(library: Library) -> None:
    assert library.match("Selamat pagi. Kapan pendaftaran ditutup?").ids == ("registration_close_date",)


def test_of_a_very_long_message_only_its_start_and_its_end_are_read(library: Library) -> None:
    text = "kapan pendaftaran ditutup? " + "Kami menunggu kabarnya. " * 800

    found = library.match(text)

    assert found == library.match(normalise.bound(text))
    assert len(found.words) < 300


@given(text=st.text(max_size=300))
def test_whatever_is_written_has_a_result_that_holds_together(library: Library, text: str) -> None:
    found = library.match(text)

    assert len(found.ids) in {"answer": (1, 2), "choices": (2, 3, 4), "unknown": (0,)}.get(found.decision, (1,))
    assert len(set(found.ids)) == len(found.ids)
    assert 0 <= found.score <= 1


@pytest.mark.parametrize("text", ["kpn pndftrn dibuka", "siapa jurinya? hadiahnya apa?", "xqz", STORY])
def test_the_same_message_gives_the_same_result(library: Library, text: str) -> None:
    first = library.match(text)
    library.match("something else in between")

    assert library.match(text) == first


def test_the_words_are_given_with_what_was_understood(library: Library) -> None:
    found = library.match("kpn pndftrn dtutup kak")

    assert found.words == (("kapan", "kapan"), ("pendaftaran", "pendaftaran"), ("dtutup", "ditutup"))


def test_the_candidates_are_ranked_and_bounded(library: Library) -> None:
    scores = [candidate.score for candidate in library.match("siapa kapan pendaftaran hadiah juri").candidates]

    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kapan pendaftaran ditutup", "id"),
        ("when does registration close", "en"),
        ("eligibility criteria", "en"),  # no function word stands in these
        ("pengusul penerima", "id"),
        ("zxcv", None),
        ("", None),
    ],
)
def test_the_language_is_told_by_function_words_or_else_by_the_phrasings(
    library: Library, text: str, expected: str | None
) -> None:
    assert library.language(text) == expected


QUESTIONS = {
    "closing": ("kapan pendaftaran ditutup", "batas akhir daftar", "pendaftaran tutup tanggal berapa"),
    "jury": ("siapa dewan juri", "juri siapa saja", "nama anggota juri"),
    "prize": ("hadiah pemenang apa saja", "pemenang dapat hadiah apa", "apa hadiahnya"),
    "prize_money": ("hadiah uang berapa rupiah", "berapa uang tunai pemenang", "ada uang tunai"),
}
SMALLTALK = {"greeting": ("halo selamat pagi", "permisi kak", "assalamualaikum")}
FOREIGN_ONES = ("resep sambal matah", "harga emas hari ini", "cuaca besok bagaimana")


def small(
    questions: dict[str, tuple[str, ...]] | None = None,
    smalltalk: dict[str, tuple[str, ...]] | None = None,
    around: tuple[str, ...] = (),
    parents: dict[str, str] | None = None,
) -> Matcher:
    """Learn a handful of phrasings."""
    phrasings = [Phrasing(name, "article", "id", text) for name, texts in (questions or {}).items() for text in texts]
    phrasings += [
        Phrasing(name, "smalltalk", "id", text) for name, texts in (smalltalk or {}).items() for text in texts
    ]
    phrasings += [Phrasing(FOREIGN, "foreign", None, text) for text in FOREIGN_ONES]
    lexicon = Lexicon()
    taught = training.learn(phrasings, lexicon, Practice(around=around))
    return Matcher(taught, lexicon, {each.id: each.kind for each in phrasings}, parents or {})


def test_without_sentences_around_to_learn_from_a_question_is_found_in_its_part() -> None:
    found = small(QUESTIONS).match("kapan pendaftaran ditutup. xyz. siapa dewan juri")

    assert found.decision in ("answer", "choices")
    assert {"closing", "jury"} & set(found.ids)


def test_a_question_and_its_finer_one_are_one_candidate() -> None:
    found = small(QUESTIONS, parents={"prize_money": "prize"}).match("hadiah pemenang berapa uang")

    assert len({"prize", "prize_money"} & {candidate.id for candidate in found.candidates}) == 1


def test_a_finer_question_alone_is_answered_by_itself() -> None:
    found = small(QUESTIONS, parents={"prize_money": "prize"}).match("hadiah uang berapa rupiah")

    assert found.candidates[0].id == "prize_money"


def test_one_article_alone_is_no_choice() -> None:
    found = small({"jury": QUESTIONS["jury"]}).match("siapa cuaca besok emas hari ini")

    assert (found.decision, found.ids) == ("unknown", ())


@pytest.mark.parametrize("text", ["sambal matah", "sambal. emas? siapa yang tahu", "halo selamat pagi"])
def test_with_small_talk_alone_nothing_is_answered(text: str) -> None:
    found = small(smalltalk=SMALLTALK).match(text)

    assert found.decision in ("unknown", "smalltalk")
    assert found.candidates == ()


def test_without_anything_we_know_all_is_unknown() -> None:
    assert small().match("kapan") == Match("unknown", (), 0.0, "id", (), (("kapan", "kapan"),))
