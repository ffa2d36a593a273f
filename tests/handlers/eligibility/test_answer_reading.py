"""What people type is read as they mean it: numbers, ranges, units and words, Indonesian and English."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.eligibility import steering
from handlers.eligibility.criteria import BY_ID, CRITERIA
from handlers.eligibility.criterion import Answer, Reading
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import amounts, numbers, words
from tests.handlers.eligibility.cases import LIMITS

UNSURE = "unsure"
MIXED = re.findall(r"\S+", "ya tidak 5 8 M juta dua puluh - an tahun bulan ikm orang gak tau hampir belum sd")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("7", 7, 7),
        ("7thn", 7, 7),
        ("1.500", 1500, 1500),
        ("1,5", 1.5, 1.5),
        ("2.5", 2.5, 2.5),
        ("nol", 0, 0),
        ("sebelas", 11, 11),
        ("dua belas", 12, 12),
        ("dua puluh", 20, 20),
        ("dua puluh lima", 25, 25),
        ("seratus dua puluh", 120, 120),
        ("dua ratus lima puluh", 250, 250),
        ("tiga ratus sebelas", 311, 311),
        ("twenty-five", 25, 25),
        ("one hundred and five", 105, 105),
        ("two hundred thirty", 230, 230),
        ("a dozen", 12, 12),
        ("two dozen", 24, 24),
        ("selusin", 12, 12),
        ("a couple", 2, 2),
        ("satu setengah", 1.5, 1.5),
        ("setengah", 0.5, 0.5),
        ("dua dekade", 20, 20),
        ("seribu", 1000, 1000),
        ("800 juta", 8e8, 8e8),
        ("8 M", 8e9, 8e9),
        ("1,5 triliun", 1.5e12, 1.5e12),
        ("belasan", 11, 19),
        ("puluhan", 20, 99),
        ("dua puluhan", 20, 29),
        ("20an", 20, 29),
        ("20-an", 20, 29),
        ("5an", 5, 5),
        ("beberapa", 2, 9),
        ("5-6", 5, 6),
        ("5 – 6", 5, 6),
        ("5 s/d 8", 5, 8),
        ("lima sampai enam", 5, 6),
        ("two or three", 2, 3),
        ("tiga empat", 3, 4),
        ("5-6 juta", 5e6, 6e6),
        ("5 juta - 6 juta", 5e6, 6e6),
        ("5+", 5, math.inf),
        ("minimal 5", 5, math.inf),
        ("5 lebih", 5, math.inf),
        ("maksimal 5", 0, 5),
    ],
)
def test_a_number_is_read(text: str, low: float, high: float) -> None:
    (found,) = numbers.find(text)

    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize("text", ["", "banyak", "ya", "- /", "puluh", "dan"])
def test_where_no_number_is_none_is_read(text: str) -> None:
    assert numbers.find(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("7 8", [7, 8]), ("dua satu", [2, 1]), ("dua puluh dan 3", [20, 3]), ("twenty and", [20]), ("5 dan", [5])],
)
def test_numbers_side_by_side_stay_apart(text: str, found: list[float]) -> None:
    assert [number.low for number in numbers.find(text)] == found


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text: str) -> None:
    reading = Reading(LIMITS, 2026)

    for criterion in CRITERIA:
        answer = criterion.read(text, reading)
        assert answer is None or criterion.accepts(answer)
    assert steering.may_ask(text) or not steering.asks(text)
    assert steering.verb(f"{text} qwxz") is None


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(MIXED)))
def test_no_mixture_of_known_words_breaks_the_readers(said: list[str]) -> None:
    for criterion in CRITERIA:
        answer = criterion.read(" ".join(said), Reading(LIMITS, 2026))
        assert answer is None or criterion.accepts(answer)


READ: dict[str, list[tuple[str, Answer | None]]] = {
    "applicant_type": [
        ("perorangan", "individual"),
        ("saya sendiri kak", "individual"),
        ("PT", "company"),
        ("perusahaan BUMN", "company"),
        ("kami yayasan", "organisation"),
        ("kampus swasta", "organisation"),
        ("dinas perindustrian", "government"),
        ("koperasi", "cooperative"),
        ("lainnya", "other"),
        ("gak tau", UNSURE),
        ("yayasan milik PT", None),
        ("saya pegawai dinas", None),
        ("halo", None),
        ("BUMDes Maju Jaya", "other"),
        ("dinas koperasi dan UKM", "government"),
        ("organisasi perangkat daerah", "government"),
    ],
    "citizenship": [
        ("WNI", "wni"),
        ("ya", "wni"),
        ("bukan", "wna"),
        ("bukan WNI", "wna"),
        ("bukan WNA", "wni"),
        ("asing", "wna"),
        ("Indonesian", "wni"),
        ("belum tau", UNSURE),
        ("halo", None),
        ("mungkin tinggal di Indonesia", "unsure"),
    ],
    "domicile_id": [
        ("iya", "yes"),
        ("luar negeri", "no"),
        ("di Indonesia", "yes"),
        ("belum terdaftar", UNSURE),
        ("not registered", UNSURE),
        ("gak", "no"),
        ("entahlah", UNSURE),
        ("hmm", None),
        ("di Jakarta Selatan", "yes"),
        ("kantor kami di jatim", "yes"),
        ("bukan di Indonesia, di Singapura", "no"),
    ],
    "state_body": [("swasta", "no"), ("kampus negeri", "yes"), ("bukan", "no"), ("bukan negeri", "no"), ("BLU", "yes")],
    "own_duty": [
        ("bukan tupoksi", "no"),
        ("ya dong", "yes"),
        ("sukarela aja", "no"),
        ("nggak, saya perawat", "no"),
        ("memang tupoksi kami", "yes"),
        ("on the side", "no"),
        ("mungkin", UNSURE),
    ],
    "fosters": [
        ("ya kami membina pengrajin di empat desa sejak lama sekali", "yes"),
        ("usaha sendiri aja", "no"),
        ("kami melatih ibu-ibu", "yes"),
        ("tidak", "no"),
        ("I am not sure", UNSURE),
        ("ya tidak", None),
        ("ada, tapi belum banyak", "yes"),
        ("membina UMKM kuliner", "yes"),
        ("mungkin akan membina", "unsure"),
        ("membina tapi belum lama", "yes"),
    ],
    "industrial": [
        ("pengrajin batik", "some"),
        ("jualan kue buatan sendiri", "some"),
        ("hanya warung", "none"),
        ("iya", "some"),
        ("tidak", "none"),
        ("kurang tau", UNSURE),
        ("macam-macam", None),
        ("bikin kue dan warung", "some"),
    ],
    "ikm_count": [
        ("5-6", 5),
        ("3-6", UNSURE),
        ("2-3", 3),
        ("sekitar belasan", 11),
        ("around a dozen", 12),
        ("dua puluh", 20),
        ("belum ada", 0),
        ("12 ikm selama 5 tahun", 12),
        ("lebih dari 4", 5),
        ("kurang dari 5", 4),
        ("gak tau, mungkin 3", UNSURE),
        ("gak tau persis, mungkin 30", 30),
        ("gak tau", UNSURE),
        ("banyak", None),
        ("99999999999", None),
        ("10 atau lebih, 3 kelompok", None),
        ("tidak ada data", "unsure"),
        ("ada data 12 ikm", 12),
        ("tidak kurang dari 5", 5),
        ("no fewer than 5", 5),
    ],
    "years": [
        ("udah 7 thn", 7),
        ("baru mulai", 0),
        ("setahun", 1),
        ("18 bulan", 1),
        ("dua minggu", 0),
        ("1,5 tahun", 1),
        ("hampir 5 tahun", 4),
        ("5-6", 5),
        ("4-5", UNSURE),
        ("1-2", 1),
        ("lebih dari 5 tahun", 5),
        ("kurang dari 5 tahun", UNSURE),
        ("sejak 2018", 7),
        ("dari tahun 2021", UNSURE),
        ("sejak 2026", 0),
        ("kami sudah 7 tahun membina 20 IKM", 7),
        ("membina 20 IKM", None),
        ("mungkin 3 tahun", UNSURE),
        ("mungkin 8 tahun", 8),
        ("dua dekade", 20),
        ("about twenty-five years", 25),
        ("lupa", UNSURE),
        ("lama banget", None),
        ("900 tahun", None),
        ("4 tahun 8 bulan", 4),
        ("5 tahun 3 bulan", 5),
        ("3 years and 14 months", 4),
        ("bukan 5 tahun, 7", 7),
        ("setahun sekali sejak 2015", 10),
    ],
    "gap": [
        ("ya", "yes"),
        ("tidak ada jeda", "yes"),
        ("gak pernah berhenti", "yes"),
        ("terus menerus", "yes"),
        ("tidak berturut-turut", "no"),
        ("sempat vakum setahun", "no"),
        ("tidak", "no"),
        ("without a break", "yes"),
        ("nggak yakin", UNSURE),
        ("hmm", None),
    ],
    "scale": [
        ("menengah", "medium"),
        ("perusahaan besar", "large"),
        ("mikro", "small"),
        ("40 orang", {"workers": 40}),
        ("omzet 500 juta per bulan", {"sales_bn": 6}),
        ("gak tau", UNSURE),
        ("itu saja", UNSURE),
        ("hmm", None),
    ],
    "own_industry": [("pabrik", "yes"), ("distributor", "no"), ("jasa industri", None), ("bukan", "no")],
    "partnership": [
        ("kemitraan", "yes"),
        ("cuma donasi", "no"),
        ("ya", "yes"),
        ("not sure", UNSURE),
        ("tanpa kemitraan", "no"),
    ],
    "previous": [
        ("belum pernah", "no"),
        ("pernah", "yes"),
        ("sudah, 2019", "yes"),
        ("never", "no"),
        ("lupa", UNSURE),
        ("belum pernah ikut", "no"),
        ("pernah, tahun 2016", "yes"),
    ],
}


@pytest.mark.parametrize(
    ("question", "text", "answer"), [(question, *each) for question, texts in READ.items() for each in texts]
)
def test_an_answer_is_read(question: str, text: str, answer: Answer | None, known: Limits) -> None:
    assert BY_ID[question].read(text, Reading(known, 2026)) == answer


def test_every_question_can_be_answered_with_not_knowing(known: Limits) -> None:
    for text in (
        "tidak tahu",
        "gak tau",
        "ga tau kak",
        "kurang tahu",
        "belum yakin",
        "not sure",
        "I don't know",
        "idk",
    ):
        assert {criterion.read(text, Reading(known, 2026)) for criterion in CRITERIA} == {UNSURE}, text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "PT kami 40 orang, investasi 8 M, omzet 9 miliar per tahun",
            {"workers": 40, "investment_bn": 8, "sales_bn": 9},
        ),
        ("karyawan 40 investasi 8 M omzet 9 M", {"workers": 40, "investment_bn": 8, "sales_bn": 9}),
        ("40, 8 M, 9 M", {"workers": 40, "investment_bn": 8, "sales_bn": 9}),
        ("8 miliar investasi, 20 miliar omzet, 30 karyawan", {"workers": 30, "investment_bn": 8, "sales_bn": 20}),
        ("12 workers, 0.6 billion investment, sales 3 bn", {"workers": 12, "investment_bn": 0.6, "sales_bn": 3}),
        ("modal Rp 8.000.000.000", {"investment_bn": 8}),
        ("investasi 800jt", {"investment_bn": 0.8}),
        ("investasi 0", {"investment_bn": 0}),
        ("investasi 8", {}),  # eight what?
        ("omzet 5-9 miliar", {}),
        ("5 juta", {}),
        ("lebih dari 100 karyawan", {}),
    ],
)
def test_a_size_is_read_number_by_number(text: str, told: dict[str, float]) -> None:
    assert amounts.read(text) == told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ya", "yes"),
        ("Iya kak", "yes"),
        ("ya dong", "yes"),
        ("betul sekali", "yes"),
        ("yes", "yes"),
        ("enggak", "no"),
        ("belum", "no"),
        ("sudah tidak lagi", "no"),
        ("nope", "no"),
        ("ya enggak", None),
        ("terima kasih", None),
        ("ya " + "lama " * 10 + "tidak", "yes"),
        ("lama " * 10 + "tidak", None),
        ("", None),
    ],
)
def test_yes_and_no_are_read(text: str, said: str | None) -> None:
    assert words.yes_no(text) == said


def test_hundreds_of_digits_are_no_number() -> None:
    assert numbers.find("9" * 400) == []
    assert BY_ID["ikm_count"].read("9" * 400, Reading(LIMITS, 2026)) is None


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        # What is "not only" said of tells nothing; what is denied is not said.
        ("fosters", "tidak hanya usaha sendiri, kami juga membina 20 perajin", "yes"),
        ("fosters", "yes, not only my own business", "yes"),
        ("fosters", "bukan cuma usaha sendiri", None),
        ("fosters", "belum membina", "no"),
        ("industrial", "bukan warung, perajin batik", "some"),
        ("industrial", "not only shops", None),
        ("partnership", "bukan donasi, tapi kemitraan", "yes"),
        ("partnership", "tidak ada kemitraan", "no"),
        ("citizenship", "bukan WNA", "wni"),
        ("domicile_id", "not abroad", None),
        ("domicile_id", "di luar jawa", None),
        ("domicile_id", "belum punya akta", "unsure"),
        ("own_industry", "bukan bank, pabrik", "yes"),
        ("own_duty", "saya guru, itu di luar tupoksi", "no"),
        ("state_body", "non-pemerintah", "no"),
        ("scale", "tidak besar", None),
        ("scale", "kami bukan perusahaan kecil", None),
        ("applicant_type", "bukan PT", None),
        ("applicant_type", "lembaga non-pemerintah", "organisation"),
        ("applicant_type", "a non-government organisation", "organisation"),
        # Words that only sound like an answer.
        ("years", "10 bulan 3 minggu", None),
        ("applicant_type", "pegawai dinas perindustrian", None),
        ("applicant_type", "anggota koperasi", None),
        ("applicant_type", "the head of a cooperative", None),
        ("applicant_type", "saya mau mengusulkan orang lain", None),
        ("applicant_type", "lain waktu", None),
        ("applicant_type", "travel agency", None),
        ("citizenship", "mantan WNI", None),
        ("citizenship", "calon WNI", None),
        ("citizenship", "tinggal di Indonesia tapi warga Malaysia", None),
        ("citizenship", "istri saya WNI, saya Belanda", None),
        ("citizenship", "yes but dual", None),
        ("citizenship", "tidak ada masalah", None),
        ("own_duty", "sudah pensiun dari dinas", None),
        ("own_duty", "sebagian iya sebagian tidak", None),
        ("fosters", "tidak banyak", None),
        ("fosters", "no doubt", None),
        ("fosters", "akan membina", None),
        ("fosters", "kami binaan Astra", None),
        ("fosters", "melatih karyawan saya", None),
        ("fosters", "usaha sendiri, dan bantu 10 tetangga", None),
        ("industrial", "tidak semua", None),
        ("industrial", "jual batik", None),
        ("industrial", "toko kue", None),
        ("industrial", "sebagian ojek", None),
        ("industrial", "buat apa", None),
        ("years", "bukan 5 tahun", None),
        ("years", "tiap 3 tahun", None),
        ("domicile_id", "Jl. Merdeka no 5", None),
        ("previous", "pernah daftar", None),
        ("previous", "pernah dapat penghargaan lain", None),
        ("fosters", "makasih ya", None),
        ("fosters", "no, wait", None),
        ("years", "sejak saya masih 20 tahun", None),
        # Two signs that contradict each other are asked again.
        ("citizenship", "tidak, WNI", None),
        ("own_duty", "ya, sukarela saja", None),
        # A person is not the institution they lead or work for.
        ("applicant_type", "kepala dinas", None),
        ("applicant_type", "saya pemilik PT", None),
        # Fewer, about, at most.
        ("ikm_count", "kurang lebih 4", 4),
        ("ikm_count", "ga sampe 5", 4),
        ("ikm_count", "tidak lebih dari 4", 4),
        ("ikm_count", "no more than 4", 4),
        ("ikm_count", "not even 5", 4),
        ("ikm_count", ">= 5", 5),
        ("ikm_count", "minus 3", None),
        ("ikm_count", "10%", None),
        ("ikm_count", "3 kelompok", None),
        ("years", "lima tahun kurang sedikit", "unsure"),
        ("years", "three and a half years", 3),
        ("years", "half a year", 0),
        ("years", "jalan 5 tahun", 4),
        ("years", "sejak 98", None),
        ("years", "umur saya 50 tahun", None),
        ("years", "my 5th year", None),
        ("scale", "15 orang, omset sebulan 2 miliar", {"workers": 15.0, "sales_bn": 24.0}),
        ("scale", "40 orang, omzet 50 juta per hari", {"workers": 40.0}),
        ("scale", "12 orang, omzet bulanan 2 miliar", {"workers": 12.0, "sales_bn": 24.0}),
        ("scale", "sales USD 2 million, 30 workers", {"workers": 30.0}),
    ],
)
def test_what_is_denied_or_unclear_is_never_taken_for_an_answer(
    question: str, text: str, answer: Answer | None
) -> None:
    assert BY_ID[question].read(text, Reading(LIMITS, 2026)) == answer
