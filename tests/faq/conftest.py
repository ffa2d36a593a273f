"""A small folder of content that is right in every way, for tests to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq.library import Library
from tests.conftest import LEARNED
from tests.faq.sound import sound  # noqa: F401 - a fixture

FACTS = """\
[F38]
key = "site"
status = "sourced"
sources = [{ title = "The article", url = "https://example.org/a" }]

[F39]
key = "close24"
status = "sourced"
sources = [{ title = "The article", url = "https://example.org/a" }]

[F47]
key = "ed26"
status = "not_found"
sources = []
"""

AWARD = """\
[site]
value = "upakarti.example"
fact = "F38"
"""

ABBREVIATIONS = """\
[expand]
kpn = "kapan"
gmn = "bagaimana"
yg = "yang"

[fillers]
words = ["kak", "min", "ya", "nya"]
"""

ARTICLE = """\
id = "closing"
group = "jadwal"
class = "partial"
facts = ["F39", "F47"]
related = ["opening"]
[title]
id = "Kapan pendaftaran ditutup?"
en = "When does registration close?"
[button]
id = "Tanggal tutup"
en = "Closing date"
[answer]
id = \"\"\"
{% if last and last.registration.closes %}
Edisi {{ last.year }} ditutup *{{ last.registration.closes | day }}*.
{% endif %}
Tanyakan ke {{ contact }}
\"\"\"
en = \"\"\"
{% if last and last.registration.closes %}
The {{ last.year }} edition closed on *{{ last.registration.closes | weekday_day }}*.
{% endif %}
Ask {{ contact }}
\"\"\"
[phrasings]
id = ["batas akhir pendaftaran", "masih buka tidak"]
en = ["last day to register", "closing date of registration"]
"""

OPENING = """\
id = "opening"
group = "jadwal"
class = "answerable"
parent = "closing"
facts = ["F47"]
[title]
id = "Kapan pendaftaran dibuka?"
en = "When does registration open?"
[button]
id = "Tanggal buka"
en = "Opening date"
[answer]
id = "Lihat {{ site }}"
en = "See {{ site }}"
[phrasings]
id = ["mulai daftar tanggal berapa"]
en = ["first day to register"]
"""

EDITION = """\
year = 2024
[registration]
closes = { date = 2024-08-26, fact = "F39" }
[figures]
proposals = { value = 247, fact = "F39" }
"""

COMMANDS = "".join(
    f'[cmd_{name}]\nid = ["{indonesian}"]\nen = ["{english}"]\n'
    for name, indonesian, english in (
        ("status", "posisi usulan saya", "track my proposal"),
        ("eligibility", "periksa kelayakan saya", "run the eligibility check"),
        ("subscribe", "aktifkan notifikasi", "turn on notifications"),
        ("unsubscribe", "matikan notifikasi", "turn off notifications"),
        ("human", "sambungkan ke petugas", "connect me to staff"),
        ("language", "ubah bahasa", "change language"),
        ("menu", "menu utama", "main menu"),
        ("delete_data", "hapus seluruh data saya", "erase my personal data"),
        ("cancel", "batalkan saja", "never mind"),
    )
)

SMALLTALK = """\
[greeting]
id = ["halo selamat pagi"]
en = ["hello there"]
[thanks]
id = ["terima kasih banyak"]
en = ["many thanks"]
[bye]
id = ["sampai jumpa"]
en = ["see you later"]
[complaint]
id = ["jawabanmu tidak membantu"]
en = ["this is no help"]
"""

LEXICON = """\
[meanings]
when = ["kapan", "when"]
[common]
words = ["rumah", "house"]
"""

PRACTICE = """\
[around]
id = ["Saya pengrajin dari desa."]
en = ["I am a weaver."]
[subjects]
names = ["CPNS", "Kalpataru"]
"""

OUT_OF_SCOPE = """\
[chitchat]
messages = ["kamu tinggal di mana", "what is the weather like"]
"""


@pytest.fixture(scope="session")
def library() -> Library:
    """The content we ship. It never changes once loaded, so that all tests may share it."""
    return Library.load(cache=LEARNED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "content"
    (made / "editions").mkdir(parents=True)
    for name, text in {
        "facts": FACTS,
        "award": AWARD,
        "abbreviations": ABBREVIATIONS,
        "commands": COMMANDS,
        "smalltalk": SMALLTALK,
        "lexicon": LEXICON,
        "practice": PRACTICE,
        "out_of_scope": OUT_OF_SCOPE,
        "closing": ARTICLE,
        "opening": OPENING,
        "editions/2024": EDITION,
    }.items():
        (made / f"{name}.toml").write_text(text, encoding="utf-8")
    return made
