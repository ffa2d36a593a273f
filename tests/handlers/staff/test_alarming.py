"""Staff hear in chat of what only people can put right: once, and by a channel that works."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers.staff.alarming import KINDS, Alarming
from handlers.wording import LANGUAGES, Language, Wording
from storage import alarms, rests
from storage.alarms import Alarm
from storage.rests import Rest
from storage.schema import outbox, people
from tests.handlers.staff.newsroom import OUTLETS, Newsroom
from tests.handlers.status.desk import ANI, SITI


@pytest.fixture
def alarming(wording: Wording) -> Alarming:
    return Alarming(wording, replace(OUTLETS, channels=("telegram", "web")))


async def told(newsroom: Newsroom, alarming: Alarming, *kinds: str) -> list[tuple[int, str, str]]:
    """Raise these alarms, tell of them, and return what is queued: whom for, on which channel, and the text."""
    now = newsroom.desk.at
    async with newsroom.desk.database.transaction() as tx:
        await tx.execute(sa.delete(outbox))
        for kind in kinds:
            await alarms.raise_(tx, Alarm(kind, now))
        count = await alarming.tell(tx, now)
        rows = await tx.execute(
            sa.select(people.c.telegram_id, outbox.c.channel, outbox.c.text)
            .join(people, people.c.id == outbox.c.person_id)
            .order_by(outbox.c.id)
        )
        found = [(row.telegram_id, row.channel, row.text) for row in rows.all()]
    assert len(found) == count
    return found


async def test_everybody_at_the_office_is_told_once(newsroom: Newsroom, alarming: Alarming, wording: Wording) -> None:
    first = await told(newsroom, alarming, "whatsapp_spam")
    second = await told(newsroom, alarming)

    spam = wording.say("alarms.whatsapp_spam", "id")
    assert first == [(ANI, "telegram", spam), (SITI, "telegram", spam)]
    assert second == []


async def test_other_alarms_are_for_whoever_runs_the_service(newsroom: Newsroom, alarming: Alarming) -> None:
    assert await told(newsroom, alarming, "portal_shrank") == []


async def test_who_is_on_the_line_that_rests_is_told_elsewhere_if_that_can_be(
    newsroom: Newsroom, alarming: Alarming
) -> None:
    async with newsroom.desk.database.transaction() as tx:
        await rests.begin(tx, "telegram", Rest("all", newsroom.desk.at + timedelta(minutes=5)))
        with_web = sa.update(people).where(people.c.telegram_id == ANI)
        await tx.execute(with_web.values(web_token_hash="of-ani"))
    found = await told(newsroom, alarming, "whatsapp_account")

    assert [(who, channel) for who, channel, _ in found] == [(ANI, "web"), (SITI, "telegram")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_words(kind: str, language: Language, wording: Wording) -> None:
    assert "WhatsApp" in wording.say(f"alarms.{kind}", language)
