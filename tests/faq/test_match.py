from __future__ import annotations

import pytest

from faq import normalise
from faq.match import Match, Matcher, Phrasing

PHRASINGS = [
    Phrasing("closing", "article", "id", "Kapan pendaftaran ditutup?"),
    Phrasing("closing", "article", "id", "batas akhir daftar tanggal berapa"),
    Phrasing("closing", "article", "en", "When does registration close?"),
    Phrasing("opening", "article", "id", "Kapan pendaftaran dibuka?"),
    Phrasing("opening", "article", "en", "When does registration open?"),
    Phrasing("jury", "article", "id", "Siapa dewan jurinya?"),
    Phrasing("jury", "article", "en", "Who is on the jury?"),
    Phrasing("prize", "article", "id", "Hadiah pemenang apa saja"),
    Phrasing("prize_money", "article", "id", "Hadiah uang pemenang berapa"),
    Phrasing("who", "article", "id", "Siapa yang boleh ikut"),
    Phrasing("cmd_status", "command", "id", "cek posisi usulan saya"),
    Phrasing("cmd_menu", "command", "id", "menu utama"),
    Phrasing("greeting", "smalltalk", "id", "halo selamat pagi"),
    Phrasing("thanks", "smalltalk", "en", "thanks a lot"),
]
ABBREVIATIONS = {"kpn": "kapan", "brp": "berapa"}
FILLERS = ("kak", "min", "nya", "ya", "dong", "halo")


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(PHRASINGS, {"prize_money": "prize"}, ABBREVIATIONS, FILLERS)


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("kapan pendaftaran ditutup?", "closing"),
        ("min kpn ditutup pndftrn nya?", "closing"),
        ("KPN PENDAFTARAN DITUTUPPP", "closing"),
        ("when does registration close", "closing"),
        ("pendaftarannya kapan dibukanya ya", "opening"),
        ("siapa jurinya", "jury"),
        ("dewn juri siapa kak", "jury"),
    ],
)
def test_a_question_finds_its_article(matcher: Matcher, text: str, article: str) -> None:
    found = matcher.match(text)

    assert (found.decision, found.ids) == ("answer", (article,))


@pytest.mark.parametrize(
    "text", ["", "   ", "????", "🙏", "asdf qwer zxcv", "resep sambal matah dong", "dasar bodoh", "harga emas hari ini"]
)
def test_what_is_foreign_is_unknown(matcher: Matcher, text: str) -> None:
    found = matcher.match(text)

    assert (found.decision, found.ids) == ("unknown", ())


def test_a_question_between_two_articles_offers_both(matcher: Matcher) -> None:
    found = matcher.match("kapan pendaftaran")

    assert found.decision == "choices"
    assert set(found.ids) == {"closing", "opening"}


def test_a_question_and_its_finer_one_are_no_choice(matcher: Matcher) -> None:
    found = matcher.match("hadiah pemenang")

    assert found.decision == "answer"
    assert {candidate.id for candidate in found.candidates} == {"prize", "prize_money"}


def test_a_lone_weak_candidate_is_unknown(matcher: Matcher) -> None:
    found = matcher.match("siapa dewan kehormatan organisasi")

    assert found.decision == "unknown"
    assert found.candidates[0].id == "jury"


def test_at_most_four_articles_are_offered() -> None:
    alike = [Phrasing(f"a{number}", "article", "id", f"syarat usulan {word}") for number, word in enumerate("pqrstu")]
    found = Matcher(alike, {}, {}, ()).match("syarat usulan")

    assert (found.decision, len(found.ids)) == ("choices", 4)


def test_a_plain_phrasing_is_no_choice_though_another_is_near() -> None:
    near = [
        Phrasing("one", "article", "id", "jadwal seleksi tahap administrasi dan substansi tahun ini"),
        Phrasing("two", "article", "id", "jadwal seleksi tahap administrasi dan substansi tahun itu"),
    ]

    assert Matcher(near, {}, {}, ()).match(near[1].text).ids == ("two",)


@pytest.mark.parametrize("text", ["cek posisi usulan saya", "posisi usulan saya dong", "menu"])
def test_a_command_is_told_from_a_question(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).decision == "command"


def test_a_vague_command_is_not_done(matcher: Matcher) -> None:
    assert matcher.match("usulan teman saya kemarin").decision == "unknown"


@pytest.mark.parametrize(
    ("text", "topic"), [("halo selamat pagi", "greeting"), ("thanks", "thanks"), ("pagi", "greeting")]
)
def test_small_talk_is_told(matcher: Matcher, text: str, topic: str) -> None:
    found = matcher.match(text)

    assert (found.decision, found.ids) == ("smalltalk", (topic,))


def test_a_greeting_before_a_question_is_not_the_message(matcher: Matcher) -> None:
    assert matcher.match("Selamat pagi. Kapan pendaftaran ditutup?").ids == ("closing",)
    assert matcher.match("Selamat pagi. Berapa harga beras premium?").decision == "unknown"


def test_a_question_buried_among_sentences_is_found(matcher: Matcher) -> None:
    text = (
        "Saya punya sanggar tenun di Sumba dengan tiga puluh anggota. Kami sudah lama membina perajin. "
        "Kapan pendaftaran ditutup? Semoga sempat."
    )

    assert matcher.match(text).ids == ("closing",)


def test_the_language_is_that_of_the_phrasing_when_words_do_not_tell(matcher: Matcher) -> None:
    assert matcher.match("kapan pendaftaran ditutup").language == "id"
    assert matcher.match("thanks lot").language == "en"
    assert matcher.match("zxcv").language is None


def test_the_candidates_are_ranked_and_bounded(matcher: Matcher) -> None:
    found = matcher.match("siapa kapan pendaftaran hadiah juri menu")
    scores = [candidate.score for candidate in found.candidates]

    assert len(scores) <= 5
    assert scores == sorted(scores, reverse=True)


def test_the_same_message_gives_the_same_result(matcher: Matcher) -> None:
    again = Matcher(PHRASINGS, {"prize_money": "prize"}, ABBREVIATIONS, FILLERS)

    assert matcher.match("kpn pndftrn dibuka") == again.match("kpn pndftrn dibuka")


def test_a_matcher_without_phrasings_knows_nothing() -> None:
    assert Matcher([], {}, {}, ()).match("kapan") == Match("unknown", (), 0.0, "id")


def test_of_a_very_long_message_only_its_start_and_its_end_are_read(matcher: Matcher) -> None:
    text = "kapan pendaftaran ditutup? " + "kata-kata panjang sekali " * 40_000

    found = matcher.match(text)

    assert found.ids == ("closing",)
    assert found == matcher.match(normalise.bound(text))
