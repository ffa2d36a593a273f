"""Officers are told in words why a message ended as it did, whichever channel it was on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.channels.whatsapp import errors as whatsapp
from handlers.staff import reporting
from handlers.wording import LANGUAGES, Language, Wording

ROOT = Path(__file__).parents[3]
RAISED = re.compile(r'(?:Later|Refused|OptedOut|Closed|Unsure|Limited)Error\(\s*"([a-z_]+)"')


def words() -> set[str]:
    """Return every reason that is written down somewhere, as a machine word."""
    modules = [*(ROOT / "bot/channels").rglob("*.py"), ROOT / "bot/sender.py"]
    found = {word for path in modules for word in RAISED.findall(path.read_text(encoding="utf-8"))}
    found |= {whatsapp.explain(code).reason for code in range(140_000) if not _unknown(code)}
    return found | {"interrupted", "left", "unreachable", "unsubscribed", "too_old", "blocked", "deactivated"}


def _unknown(code: int) -> bool:
    return whatsapp.explain(code).reason == f"error_{code}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words(language: Language) -> None:
    wording = Wording.load()
    other = wording.say("news_reasons.other", language, reason="")[:12]

    assert [word for word in sorted(words()) if reporting.reason(wording, word, language).startswith(other)] == []
