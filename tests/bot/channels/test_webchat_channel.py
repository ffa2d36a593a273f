"""A delivery to the browser is one line of the transcript, however often it is tried."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.channels.base import Outgoing, TryLaterError
from bot.channels.webchat.channel import WebChat
from handlers.messages import Choice, Reply
from storage import contacts, outbox, transcript
from storage.contacts import Identity
from storage.database import Database
from storage.outbox import Draft
from storage.transcript import Line
from tests.bot.conftest import WatchedClock

VISITOR = Identity(web_token_hash="a" * 64)


@pytest.fixture
async def outgoing(database: Database, clock: WatchedClock) -> Outgoing:
    """A message that stands in the outbox."""
    async with database.transaction() as tx:
        (person,) = await contacts.meet(tx, [VISITOR], clock.now())
        await outbox.add(tx, [Draft(person.id, "web", "Halo")], clock.now())
        row = (await tx.execute(sa.text("SELECT id FROM outbox"))).scalar_one()
    return Outgoing(row, person.id, VISITOR, Reply("Halo", (Choice("menu", "Menu"),)))


async def lines(database: Database, outgoing: Outgoing) -> list[Line]:
    async with database.reading() as tx:
        return await transcript.latest(tx, outgoing.person_id, 10)


async def test_a_message_becomes_a_line_and_open_pages_are_told(
    database: Database, clock: WatchedClock, outgoing: Outgoing
) -> None:
    channel = WebChat(database, clock)
    mine, theirs = channel.listen("a" * 64), channel.listen("b" * 64)
    sent = await channel.send(outgoing)
    (line,) = await lines(database, outgoing)

    assert (line.author, line.text, line.choices, str(line.id)) == ("assistant", "Halo", (("menu", "Menu"),), sent)
    assert (mine.is_set(), theirs.is_set()) == (True, False)


async def test_the_same_message_again_adds_nothing(database: Database, clock: WatchedClock, outgoing: Outgoing) -> None:
    channel = WebChat(database, clock)
    await channel.send(outgoing)
    again = await channel.send(outgoing)

    assert again is None
    assert len(await lines(database, outgoing)) == 1


async def test_a_database_that_fails_means_try_later(
    database: Database, clock: WatchedClock, outgoing: Outgoing
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE transcript RENAME TO away"))
    with pytest.raises(TryLaterError) as caught:
        await WebChat(database, clock).send(outgoing)

    assert caught.value.reason == "database"


def test_everybody_is_told_of_a_stop(clock: WatchedClock) -> None:
    channel = WebChat(None, clock)  # type: ignore[arg-type] # nothing is stored
    events = [channel.listen(name) for name in ("a", "a", "b")]
    channel.notify_all()

    assert [event.is_set() for event in events] == [True] * 3


def test_who_stopped_listening_is_told_nothing_more(clock: WatchedClock) -> None:
    channel = WebChat(None, clock)  # type: ignore[arg-type] # nothing is stored
    event, other = channel.listen("a"), channel.listen("a")
    channel.forget("a", event)
    channel.notify("a")
    channel.forget("a", other)
    channel.forget("a", other)

    assert (event.is_set(), other.is_set()) == (False, True)
