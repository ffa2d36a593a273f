from __future__ import annotations

import pytest

from faq import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kapan pendaftaran ditutup?", "id"),
        ("min kpn tutup pndftrn nya", "id"),
        ("piye carane melu", "id"),
        ("kumaha ieu teh", "id"),
        ("deadline-nya kapan ya", "id"),
        ("jadwalnya", "id"),
        ("hanya", "id"),
        ("when does registration close?", "en"),
        ("I don't know", "en"),
        ("WHO CAN APPLY", "en"),
        ("upakarti", None),
        ("", None),
        ("🙏 123", None),
        ("kapan deadline", None),
    ],
)
def test_the_language_is_that_of_most_known_words(text: str, expected: str | None) -> None:
    assert language.detect(text) == expected
