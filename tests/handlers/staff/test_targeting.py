"""An audience is typed, pressed and told in words."""

from __future__ import annotations

import pytest

from handlers.staff.targeting import Targeting, UnclearError
from handlers.wording import Wording
from storage.broadcasts.audience import Audience


@pytest.fixture
def targeting(wording: Wording) -> Targeting:
    return Targeting(wording, ("telegram", "web"))


@pytest.mark.parametrize(
    ("line", "audience"),
    [
        ("bahasa=en", Audience(languages=("en",))),
        (
            "bahasa=en kanal=telegram kategori=pengabdian tahap=penjurian",
            Audience("subscribers", ("en",), ("telegram",), ("pengabdian",), ("penjurian",)),
        ),
        ("Bahasa = Inggris, Indonesia", Audience(languages=("en", "id"))),
        ("language=english stage=Jury", Audience(languages=("en",), stages=("penjurian",))),
        ("tahap=penilaian substansi,penjurian", Audience(stages=("penilaian_substansi", "penjurian"))),
        ("kepada=pengusul tahap=ditetapkan", Audience("proposers", stages=("ditetapkan",))),
        ("kanal=web,web", Audience(channels=("web",))),
        ("semua", Audience()),
        ("Everybody", Audience()),
    ],
)
def test_a_typed_line_is_read(line: str, audience: Audience, targeting: Targeting) -> None:
    assert targeting.read(line) == audience


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("hanya perajin", "hanya perajin"),
        ("bahasa=jawa", "jawa"),
        ("warna=merah", "warna=merah"),
        ("bahasa=", "bahasa="),
        ("kepada=pengusul,pelanggan", "pengusul, pelanggan"),
        ("kepada=siapa", "siapa"),
        ("untuk bahasa=en", "untuk"),
        ("kanal=whatsapp", "whatsapp"),
    ],
)
def test_what_is_not_there_is_named(line: str, word: str, targeting: Targeting) -> None:
    with pytest.raises(UnclearError) as caught:
        targeting.read(line)

    assert str(caught.value) == word


def test_a_button_turns_a_part_on_and_off(targeting: Targeting) -> None:
    once = targeting.toggled(Audience(), "bahasa", "en")
    assert once == Audience(languages=("en",))
    assert targeting.toggled(once, "bahasa", "en") == Audience()
    assert targeting.toggled(once, "kepada", "proposers") == Audience("proposers", ("en",))
    assert targeting.toggled(once, "kepada", "subscribers") == once


@pytest.mark.parametrize(("key", "value"), [("bahasa", "jawa"), ("warna", "merah")])
def test_a_button_that_is_none_changes_nothing(key: str, value: str, targeting: Targeting) -> None:
    assert targeting.toggled(Audience(), key, value) is None


def test_an_audience_is_told_in_words(targeting: Targeting) -> None:
    audience = Audience("proposers", ("en",), ("web",), ("kepeloporan",), ("penjurian",))

    assert targeting.describe(Audience(), "id") == "semua pelanggan"
    assert targeting.describe(audience, "en") == (
        "proposers; language: English; channel: browser chat; asked about: Jasa Kepeloporan; with a proposal at: Jury"
    )
