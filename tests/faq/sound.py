"""A small folder of content about which there is nothing to doubt, for tests to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

CLOSING_PHRASINGS = """\
[phrasings]
id = [
  "batas akhir pendaftaran", "pendaftaran ditutup kapan", "tanggal ditutup pendaftaran", "hari terakhir ditutup",
  "batas ditutup", "batas akhir ditutup pendaftaran", "sampai batas kapan ditutup", "kapan batas akhir",
  "akhir pendaftaran ditutup", "batas terakhir kapan", "pendaftaran kapan batas",
]
en = [
  "last day to register", "closing date of registration", "when does it close", "when is the closing day",
  "registration close date", "closing day of registration", "when close", "date of closing",
  "when is the last closing day", "does registration close soon", "last closing date",
]
"""

OPENING_PHRASINGS = """\
[phrasings]
id = [
  "pendaftaran dibuka kapan", "mulai dibuka", "tanggal dibuka pendaftaran", "awal dibuka pendaftaran",
  "mulai pendaftaran dibuka", "kapan mulai dibuka", "kapan awal dibuka", "hari mulai dibuka",
  "awal mulai pendaftaran", "kapan dibuka", "pertama dibuka kapan",
]
en = [
  "first day open", "opening date of registration", "when does it open", "when is the opening day",
  "registration open date", "opening day of registration", "when open", "date of opening",
  "when is the first opening day", "does registration open soon", "first opening date",
]
"""


@pytest.fixture
def sound(folder: Path) -> Path:
    for name, phrasings in (("closing", CLOSING_PHRASINGS), ("opening", OPENING_PHRASINGS)):
        path = folder / f"{name}.toml"
        before = path.read_text(encoding="utf-8").partition("[phrasings]")[0]
        text = before.replace('parent = "closing"\n', 'related = ["closing"]\n')
        path.write_text(text + phrasings, encoding="utf-8")
    return folder
