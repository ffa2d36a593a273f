"""Which column of a file is what: the many ways people name them, in Indonesian and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bot.errors import PlainError

Field = Literal[
    "number", "edition", "category", "title", "phone", "state", "entered_at", "released_at", "code", "code_expires_at"
]
FIELDS: tuple[Field, ...] = get_args(Field)
REQUIRED: tuple[Field, ...] = ("number", "edition", "category")
RECOGNISED = 2  # columns that make a row a header: one could be a word in a title above it

# In the form that `plain` and `_ALIKE` bring a name to: small letters, "no" for number, "telp" for telephone, "tgl".
_NAMES: dict[Field, str] = {
    "number": """
        no registrasi, no registrasi usulan, no reg, noreg, no pendaftaran, no usulan, kode registrasi, kode
        pendaftaran, id registrasi, registrasi, registration no, registration code, registration id, registration,
        reg no, proposal no, no proposal, submission no, no of registration
    """,
    "edition": """
        edisi, tahun, edisi tahun, tahun edisi, tahun usulan, tahun penghargaan, tahun anggaran, edition, year,
        edition year, award year, year of edition
    """,
    "category": """
        kategori, kategori usulan, kategori penghargaan, kategori upakarti, jenis penghargaan, jenis jasa, jasa,
        category, award category
    """,
    "title": """
        judul, judul usulan, nama usulan, judul proposal, nama proposal, usulan, title, proposal title, proposal
        name, name of proposal, title of proposal
    """,
    "phone": """
        telp, no telp, hp, no hp, no telp hp, no hp telp, no hp wa, no wa hp, telp hp, handphone, no handphone,
        ponsel, no ponsel, wa, no wa, whatsapp, no whatsapp, no telp pengusul, no hp pengusul, no wa pengusul, telp
        pengusul, telp no, mobile, mobile no, mobile telp, mobile telp no, whatsapp no, wa no, telp proposer
    """,
    "state": """
        status, status usulan, status seleksi, status proposal, tahap, tahapan, tahap seleksi, tahapan seleksi,
        posisi, state, stage, proposal status, selection stage, current status, current stage
    """,
    "entered_at": """
        sejak, status sejak, tahap sejak, sejak tgl, tgl status, tgl tahap, tgl sejak, since, status since, stage
        since, state since, status tgl, entered at, entered, in stage since
    """,
    "released_at": """
        dirilis, dirilis pada, dirilis tgl, rilis, tgl rilis, tgl dirilis, waktu rilis, diumumkan, diumumkan pada,
        tgl diumumkan, tgl pengumuman, released at, released, release tgl, release, release at, released on,
        announced at
    """,
    "code": """
        kode akses, access code, kode rahasia, secret code
    """,
    "code_expires_at": """
        berlaku sampai, kode berlaku sampai, kode akses berlaku sampai, berlaku hingga, kode berlaku hingga, masa
        berlaku, masa berlaku kode, code expires, code expires at, code expiry, access code expires, access code
        expires at, access code expiry, expires, expires at, valid until, code valid until, access code valid until
    """,
}
_ALIKE = {
    **dict.fromkeys(("nomor", "nomer", "number", "num", "nr", "numb"), "no"),
    **dict.fromkeys(("telepon", "telpon", "telefon", "tlp", "tel", "tlpn", "phone", "telephone"), "telp"),
    **dict.fromkeys(("tanggal", "date", "tg"), "tgl"),
}
_MEANT = {" ".join(name.split()): field for field, listed in _NAMES.items() for name in listed.split(",")}
# "Number" is our own name for it, but "No." counts the rows in many a sheet; and "code" alone could be any.
_OWN: dict[str, Field] = {field.replace("_", " "): field for field in FIELDS if field != "code"}
_DESCRIBED: dict[Field, str] = {
    "number": "the registration number (Nomor registrasi)",
    "edition": "the edition (Edisi)",
    "category": "the category (Kategori)",
    "title": "the title (Judul usulan)",
    "phone": "the phone number (No. HP)",
    "state": "the status (Status)",
    "entered_at": "the date of the status (Sejak)",
    "released_at": "the time of release (Dirilis)",
    "code": "the access code (Kode akses)",
    "code_expires_at": "the end of the access code (Berlaku sampai)",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands, from 0; the names of the columns that mean nothing here; how wide the header is."""

    places: dict[Field, int]
    ignored: tuple[str, ...]
    width: int

    @property
    def missing(self) -> tuple[Field, ...]:
        """The columns there must be and are not."""
        return tuple(field for field in REQUIRED if field not in self.places)


def plain(name: str) -> str:
    """Return a name in small letters, without what stands in brackets, signs and double spaces."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(re.findall(r"\w+", bare.replace("_", " ")))


def meaning(name: str) -> Field | None:
    """Return what a column of that name holds, or None."""
    written = plain(name)
    return _OWN.get(written) or _MEANT.get(" ".join(_ALIKE.get(word, word) for word in written.split()))


def described(field: Field) -> str:
    """Return what a field is called in a sentence."""
    return _DESCRIBED[field]


def letter(place: int) -> str:
    """Return the letters a spreadsheet shows above a column, counted from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def recognise(names: Sequence[str]) -> Columns | None:
    """Return the columns of a header, or None for a row that is none. Raises PlainError for two of the same."""
    places: dict[Field, int] = {}
    twice: list[tuple[Field, int]] = []
    ignored = []
    for place, name in enumerate(names):
        field = meaning(name)
        if field is None:
            ignored += [" ".join(name.split())] if name.strip() else []
        elif field in places:
            twice.append((field, place))
        else:
            places[field] = place
    if len(places) < RECOGNISED:
        return None
    for field, place in twice:
        pair = f"{letter(places[field])} and {letter(place)}"
        raise PlainError(f"The columns {pair} both mean {described(field)}: rename or delete one of them.")
    width = max(place for place, name in enumerate(names) if name.strip()) + 1
    return Columns(places, tuple(ignored), width)
