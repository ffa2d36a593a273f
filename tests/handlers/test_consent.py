"""What people agree to does not change behind the back of those who agreed."""

from __future__ import annotations

import hashlib

import pytest

from handlers import consent
from handlers.wording import LANGUAGES, Language, Wording

# The SHA-256 of every text that people ever agreed to, by version. A new text gets a new version and a line more
# here; an old line is never changed, since consents name it.
TEXTS: dict[str, dict[Language, str]] = {
    "2026-11": {
        "id": "b2d06d046c4245e24a2c56db750cbfe49c02e030be9c672f4b513c404467bf37",
        "en": "909da88f931b0a9a98aa00d6c16b700f77fbcf7cce708c9889e51b873137a325",
    },
}
NEWS_TEXTS: dict[str, dict[Language, str]] = {
    "2026-11": {
        "id": "1b68671e727bc4378b7d614b3edc30654d71f9554b8735ccafe0cabf338cb236",
        "en": "d58e2ba7a52ebd5366cf2f5c8e7057df7bda3068f5dff8c38ca145a22cdb6492",
    },
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_version_has_one_text_for_ever(wording: Wording, language: Language) -> None:
    shown = consent.text(language, wording)

    assert hashlib.sha256(shown.encode()).hexdigest() == TEXTS[consent.VERSION][language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_version_of_the_consent_to_news_has_one_text_for_ever(wording: Wording, language: Language) -> None:
    shown = consent.news(language, wording)

    assert hashlib.sha256(shown.encode()).hexdigest() == NEWS_TEXTS[consent.NEWS_VERSION][language]
    assert "UU 27/2022" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_short_and_says_how_it_is_taken_back_and_by_which_law(wording: Wording, language: Language) -> None:
    shown = consent.text(language, wording)

    assert "/data" in shown
    assert "UU 27/2022" in shown
    assert shown.count(". ") == 1  # two sentences
