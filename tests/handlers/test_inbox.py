"""Messages come in once, in order, and are committed together with their answers."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from faq.library import Library
from handlers.conversation import Conversation
from handlers.inbox import Inbox, Received
from handlers.messages import Inbound, Kind, Reply, clean
from handlers.routing import Router
from handlers.turn import Outcome
from handlers.wording import Wording
from storage.contacts import Identity, Person
from storage.database import Database, DatabaseError
from storage.schema import outbox, people

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


def says(person: int, number: int, text: str = "halo", kind: Kind = Kind.TEXT) -> Inbound:
    return Inbound("telegram", f"{person}-{number}", Identity(telegram_id=person), NOW, kind, text)


def echo(message: Inbound, person: Person, conversation: Conversation) -> Outcome:
    if message.text == "secret words":
        raise ValueError(message.text)
    return Outcome(person, conversation, (Reply(f"echo {message.text}"),))


def sorry(_message: Inbound, person: Person, conversation: Conversation) -> Outcome:
    return Outcome(person, conversation, (Reply("sorry"),))


def inbox(database: Database) -> Inbox:
    return Inbox(database, decide=echo, apologise=sorry, fit=lambda _channel, reply: [reply])


async def answers(database: Database) -> dict[int, list[str]]:
    query = sa.select(people.c.telegram_id, outbox.c.text).join(people).order_by(outbox.c.id)
    found: dict[int, list[str]] = {}
    async with database.reading() as tx:
        for person, text in (await tx.execute(query)).all():
            found.setdefault(person, []).append(text)
    return found


async def test_a_repeat_does_nothing(database: Database) -> None:
    mine = inbox(database)
    first = await mine.receive([says(1, 1), says(1, 1)])
    second = await inbox(database).receive([says(1, 1)])

    assert (first, second) == ([Received.ANSWERED, Received.REPEATED], [Received.REPEATED])
    assert await answers(database) == {1: ["echo halo"]}


async def test_200_people_at_once_get_their_answers_in_order(database: Database, database_url: str) -> None:
    other = Database(database_url)  # as another process would have
    doors = [inbox(database), inbox(other)]
    crowd = list(range(1, 201))
    random.Random(7).shuffle(crowd)

    async def write(person: int) -> None:
        for number in range(5):
            await doors[(person + number) % 2].receive([says(person, number, f"{number}")])

    await asyncio.gather(*(write(person) for person in crowd))
    found = await answers(database)
    await other.close()

    assert found == {person: [f"echo {number}" for number in range(5)] for person in crowd}


async def test_quick_messages_of_one_person_keep_their_order(database: Database) -> None:
    mine = inbox(database)
    await asyncio.gather(*(mine.receive([says(1, number, f"{number}")]) for number in range(20)))

    assert await answers(database) == {1: [f"echo {number}" for number in range(20)]}


async def test_a_bug_gets_one_apology_and_a_log_without_the_words(database: Database) -> None:
    mine = inbox(database)
    with capture_logs() as logs:
        results = await mine.receive([says(1, 1, "secret words"), says(2, 1)])
        again = await mine.receive([says(1, 1, "secret words")])

    assert (results, again) == ([Received.FAILED, Received.ANSWERED], [Received.REPEATED])
    assert await answers(database) == {1: ["sorry"], 2: ["echo halo"]}
    assert [entry["event"] for entry in logs] == ["turn_failed"]
    assert "secret words" not in str(logs)


async def test_what_could_not_be_committed_is_not_acknowledged(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE outbox RENAME TO elsewhere"))
    with pytest.raises(DatabaseError):
        await inbox(database).receive([says(1, 1)])
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE elsewhere RENAME TO outbox"))
        stored = (await tx.execute(sa.text("SELECT count(*) FROM inbound"))).scalar()

    assert stored == 0


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.BLOCKED, Kind.UNBLOCKED)])
@pytest.mark.parametrize("text", ["", "😀😀", "متى يغلق التسجيل؟", "a\x00b\ud800", "x" * 20_000, "/foo", "/"])
def test_every_kind_of_message_gets_an_answer(kind: Kind, text: str) -> None:
    router = Router(LIBRARY, Wording.load(), "contact@example.test")
    person = Person(1, None, language_chosen=False, notice_shown_at=None)
    outcome = router.decide(says(1, 1, clean(text), kind), person, Conversation())

    assert outcome.replies
    assert all(reply.text for reply in outcome.replies)
    assert outcome.person.notice_shown_at == NOW


LIBRARY = Library.load()
