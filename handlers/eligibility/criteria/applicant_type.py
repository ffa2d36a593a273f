"""Who would be proposed? Decides which questions follow, and which category is meant for them (F15, F20)."""

from __future__ import annotations

import re

from handlers.eligibility.criterion import (
    BOTH,
    KEPELOPORAN,
    PENGABDIAN,
    UNSURE,
    Answer,
    Answers,
    Criterion,
    Outcome,
    Reading,
    Rule,
    always,
    kind,
    one_of,
    when,
)
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import words

OPTIONS = ("individual", "company", "organisation", "government", "cooperative", "other")
_WORDS = {
    "individual": words.words(
        "per(?:se)?orang(?:an)?", "individu(?:al)?", "pribadi", "saya sendiri", "diri sendiri", "seorang",
        "tokoh", "kepala", "ketua", "direktur", "pemilik", "pengurus", "owner", "pegawai",
        "anggota", "pimpinan", "head", "chair(?:man|woman|person)?", "leader", "member",
        "pns", "asn", "guru", "dosen", "karyawan", "person", "myself", "me", "employee",
    ),
    "company": words.words(
        "pt", "cv", "ud", "tbk", "bumn", "bumd", "perusahaan", "prsh", "firma", "pabrik", "korporasi", "company",
        "firm", "corporation", "ltd",
    ),
    "organisation": words.words(
        "yayasan", "ysn", "kampus", "universitas", "univ", "ptn", "pts", "politeknik", "sekolah tinggi", "institut",
        "pesantren", "asosiasi", "komunitas", "perkumpulan", "paguyuban", "lembaga(?! negara)", "lsm", "ormas",
        "organisasi(?! perangkat)",
        "foundation", "university", "college", "association", "community", "ngo", "organi[sz]ation", "non-?profit",
    ),
    "government": words.words(
        "dinas", "instansi", "pemerintah(?:an)?", "pemda", "pemkab", "pemkot", "pemprov", "pemdes", "kementerian",
        "kelurahan", "kecamatan", "government", "ministry", "public office", "(?:public|state) agency", "opd",
        "upt", "balai besar", "organisasi perangkat daerah",
        "lembaga negara",
    ),
    "cooperative": words.words("koperasi", "kop(?! surat)", "kud", "ksp", "cooperative", "co-?op"),
    "other": words.words(
        "bumdes(?:a|ma)?", "(?<!orang )lain(?:nya|-lain)?(?! (?:waktu|kali|hari))", "other(?! (?:people|person))",
        "something else", "none of (?:these|them)",
    ),
}  # fmt: skip

_OFFICE = re.compile(r"\bdinas\b.*")


def read(text: str, _reading: Reading) -> Answer | None:
    """Return the kind of applicant; None where the text names several ("yayasan milik PT")."""
    # An office is named after what it looks after: "Dinas Koperasi dan Perindustrian".
    said = _OFFICE.sub("dinas", words.affirmed(text, _WORDS)[0])
    found = words.option(said, _WORDS)
    return UNSURE if found is None and words.is_unsure(text) else found


def _unknown(answers: Answers, _limits: Limits) -> bool:
    return kind(answers) not in OPTIONS[:-1]


CRITERION = Criterion(
    id="applicant_type",
    facts=("F15", "F20"),
    depends_on=(),
    options=OPTIONS,
    asked=always,
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(
        Rule(
            "R3",
            KEPELOPORAN,
            Outcome.NOT_FOR_YOU,
            ("F20",),
            when("applicant_type", "individual", "organisation", "government"),
        ),
        # The ministry names persons, institutions, organisations "or" companies side by side (source of F24).
        Rule("R4", PENGABDIAN, Outcome.NOT_FOR_YOU, ("F15", "F24"), when("applicant_type", "company")),
        Rule("R26", BOTH, Outcome.CHECK, ("F31", "F30"), when("applicant_type", "cooperative")),
        Rule("R27", BOTH, Outcome.CHECK, ("F33",), _unknown),
    ),
)
