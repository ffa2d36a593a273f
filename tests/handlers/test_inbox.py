"""Messages come in once, in order, and are committed together with their answers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.logs import bare_traceback
from handlers.conversation import Conversation
from handlers.inbox import Fit, Inbox, Received
from handlers.messages import Attachment, Inbound, Kind, Reply
from handlers.routing import Router
from handlers.turn import Errand, Outcome
from storage import checks, contacts, outbox, windows
from storage.broadcasts.spreading import NO_ROOM
from storage.contacts import Identity, Person
from storage.database import Database, DatabaseError, Transaction
from storage.outbox import BULK, Draft
from storage.schema import conversations, inbound, people, transcript
from storage.schema import outbox as outbox_table
from tests import databases
from tests.handlers.talk import CONTACT
from tests.storage import given
from tests.storage.given import NOW, TELEGRAM, at

SECRET = "rahasia saya"
OPEN_KINDS = [kind for kind in Kind if kind not in (Kind.BLOCKED, Kind.UNBLOCKED)]
# Five commands, and how the answer to each begins.
FIVE = {
    "/menu": "Ini yang bisa saya bantu.",
    "/bantuan": "*Cara memakai asisten ini*",
    "/privasi": "*Data Anda di asisten ini*",
    "/bahasa": "Mau memakai bahasa apa?",
    "/batal": "Tidak ada yang sedang berjalan.",
}


def says(person: int, number: object = 1, text: str = "/menu", kind: Kind = Kind.TEXT, seconds: float = 0) -> Inbound:
    return Inbound(TELEGRAM, f"{person}-{number}", Identity(telegram_id=person), at(seconds), kind, text)


def as_it_is(_channel: str, reply: Reply) -> Sequence[Reply]:
    return (reply,)


def opened(
    database: Database,
    router: Router,
    *,
    fit: Fit = as_it_is,
    transcribed: frozenset[str] = frozenset(),
    received: Callable[[Inbound, Received], None] = lambda _message, _result: None,
    committed: Callable[[], None] = lambda: None,
) -> Inbox:
    """Return an inbox with a router that has one bug: it cannot stand the word SECRET."""

    def decide(message: Inbound, person: Person, conversation: Conversation) -> Outcome:
        if SECRET in message.text:
            raise ValueError(message.text)
        return router.decide(message, person, conversation)

    return Inbox(
        database,
        decide=decide,
        apologise=router.apologise,
        fit=fit,
        transcribed=transcribed,
        received=received,
        committed=committed,
    )


@pytest.fixture
def inbox(store: Database, router: Router) -> Inbox:
    return opened(store, router)


async def answers(database: Database) -> dict[int, list[str]]:
    """Return what was answered, by Telegram id and in the order of the outbox."""
    query = sa.select(people.c.telegram_id, outbox_table.c.text).join(people).order_by(outbox_table.c.id)
    found: dict[int, list[str]] = {}
    async with database.reading() as tx:
        for person, text in (await tx.execute(query)).all():
            found.setdefault(person, []).append(text)
    return found


def asked(replies: Sequence[str]) -> list[str]:
    """Return which of FIVE these are the answers to."""
    return [next(text for text, start in FIVE.items() if reply.startswith(start)) for reply in replies]


async def counts(database: Database) -> list[int]:
    return [await given.count(database, table) for table in (people, inbound, conversations, outbox_table)]


# Once


async def test_a_message_is_stored_with_its_person_its_conversation_and_its_answer(
    store: Database, inbox: Inbox
) -> None:
    assert await inbox.receive([says(1)]) == [Received.ANSWERED]
    assert await counts(store) == [1, 1, 1, 1]
    assert await given.rows(store, "channel", "priority", "status", "created_at") == [(TELEGRAM, 0, "queued", NOW)]


async def test_the_answer_is_queued_with_its_choices_and_files(store: Database, router: Router) -> None:
    poster = Attachment("poster.pdf", "application/pdf", b"%PDF", "The poster")
    stages = Attachment("stages.png", "image/png", b"\x89PNG", "The stages", illustration=True)
    mine = opened(store, router, fit=lambda _channel, reply: (reply, Reply("Poster", attachments=(poster, stages))))

    await mine.receive([says(1, text="/bahasa")])
    (first,) = await given.claim(store)
    await given.intend(store, [first])
    await given.settle(store, first, "sent")
    (second,) = await given.claim(store)

    assert first.choices == (("language:id", "Bahasa Indonesia"), ("language:en", "English"))
    assert (second.text, second.files) == (
        "Poster",
        (
            outbox.File("poster.pdf", "application/pdf", "The poster", b"%PDF"),
            outbox.File("stages.png", "image/png", "The stages", b"\x89PNG", illustration=True),
        ),
    )


async def test_the_same_message_twice_in_one_batch_is_answered_once(store: Database, inbox: Inbox) -> None:
    assert await inbox.receive([says(1), says(1)]) == [Received.ANSWERED, Received.REPEATED]
    assert await counts(store) == [1, 1, 1, 1]


async def test_a_message_that_comes_again_later_does_nothing(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1)])
    before = await counts(store)

    assert await inbox.receive([says(1, text="/batal", seconds=60)]) == [Received.REPEATED]
    assert await counts(store) == before


async def test_a_message_that_comes_again_after_a_restart_does_nothing(
    store: Database, router: Router, open_again: Callable[[], Database]
) -> None:
    await opened(store, router).receive([says(1)])

    assert await opened(open_again(), router).receive([says(1)]) == [Received.REPEATED]
    assert await counts(store) == [1, 1, 1, 1]


async def test_a_repeat_between_new_messages_holds_nobody_up(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1)])

    results = await inbox.receive([says(2), says(1), says(3)])

    assert results == [Received.ANSWERED, Received.REPEATED, Received.ANSWERED]


async def test_a_repeat_does_not_open_a_closed_door(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1), says(1, "blocked", kind=Kind.BLOCKED)])
    await inbox.receive([says(1)])

    async with store.reading() as tx:
        assert not await contacts.is_reachable(tx, 1, TELEGRAM)


async def test_two_processes_that_receive_the_same_messages_at_once_answer_each_once(
    store: Database, router: Router, open_again: Callable[[], Database]
) -> None:
    doors = [opened(store, router), opened(open_again(), router)]
    messages = [says(person, number) for person in range(5) for number in range(4)]

    results = await asyncio.gather(*(door.receive([message]) for message in messages for door in doors))

    assert sorted(itertools.chain(*results)) == sorted([Received.ANSWERED, Received.REPEATED] * 20)
    assert {person: len(replies) for person, replies in (await answers(store)).items()} == dict.fromkeys(range(5), 4)


async def test_receiving_nothing_needs_no_database(router: Router, tmp_path: Path) -> None:
    nowhere = Database(f"postgresql+asyncpg://postgres@/nowhere?host={tmp_path}")

    assert await opened(nowhere, router).receive([]) == []


# In order


async def test_200_people_who_each_send_5_messages_at_once_get_their_answers_in_order(
    store: Database, inbox: Inbox
) -> None:
    # Each person has an order of their own; the people are shuffled, and differently for every message.
    orders = {person: (list(FIVE) * 2)[person % 5 :][:5] for person in range(1, 201)}
    sent = [
        says(person, number, orders[person][number])
        for number in range(5)
        for person in sorted(orders, key=lambda person: person * 37 * (number + 1) % 211)
    ]

    await asyncio.gather(*(inbox.receive([message]) for message in sent))

    found = {person: asked(replies) for person, replies in (await answers(store)).items()}
    assert found == orders


async def test_200_people_who_write_through_two_processes_get_their_answers_in_order(
    store: Database, router: Router, open_again: Callable[[], Database]
) -> None:
    doors = [opened(store, router), opened(open_again(), router)]
    orders = {person: (list(FIVE) * 2)[person % 5 :][:5] for person in range(1, 201)}

    async def write(person: int) -> None:
        for number, text in enumerate(orders[person]):
            await doors[(person + number) % 2].receive([says(person, number, text)])

    await asyncio.gather(*(write(person) for person in sorted(orders, key=lambda person: person * 37 % 211)))

    found = {person: asked(replies) for person, replies in (await answers(store)).items()}
    assert found == orders


async def test_two_processes_never_lose_what_the_other_remembered(
    store: Database, router: Router, open_again: Callable[[], Database]
) -> None:
    doors = [opened(store, router), opened(open_again(), router)]
    everybody = range(1, 31)

    async def choose_english(person: int) -> None:
        await doors[person % 2].receive([says(person, 1, "/bahasa")])
        await doors[(person + 1) % 2].receive([says(person, 2, "2")])
        await doors[person % 2].receive([says(person, 3, "/menu")])

    await asyncio.gather(*(choose_english(person) for person in everybody))

    for _first, second, third in (await answers(store)).values():
        assert second == "All right, I will answer in *English*."
        assert third.startswith("Here is what I can help with.")


async def test_several_messages_of_one_person_in_one_batch_follow_each_other(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1, 1, "/bahasa"), says(1, 2, "2"), says(1, 3, "/menu")])

    first, second, third = (await answers(store))[1]
    assert "Privasi: saya menyimpan" in first
    assert second == "All right, I will answer in *English*."
    assert third.startswith("Here is what I can help with.")


# When something goes wrong


async def test_a_topic_that_raises_costs_one_apology_and_nobody_else_anything(
    store: Database, inbox: Inbox, router: Router
) -> None:
    results = await inbox.receive([says(1, 1, SECRET), says(2), says(1, 2, "/batal")])

    assert results == [Received.FAILED, Received.ANSWERED, Received.ANSWERED]
    found = await answers(store)
    assert (
        found[1][0] == f"Maaf, ada kesalahan di pihak kami saat menjawab pesan Anda. "
        f"Kesalahannya sudah tercatat. Coba lagi, atau hubungi {CONTACT}"
    )
    assert found[1][1].startswith("Tidak ada yang sedang berjalan.")
    assert found[2][0].startswith("Ini yang bisa saya bantu.")


async def test_a_conversation_that_cannot_be_read_costs_one_apology_and_begins_anew(
    store: Database, inbox: Inbox
) -> None:
    await inbox.receive([says(1), says(2)])
    async with store.transaction() as tx:
        broken = sa.update(conversations).where(conversations.c.person_id == 1)
        await tx.execute(broken.values(state={"offered": [["no title"]]}))
    results = await inbox.receive([says(1, 2), says(2, 2), says(1, 3)])

    assert results == [Received.FAILED, Received.ANSWERED, Received.ANSWERED]


async def test_a_failed_message_that_comes_again_gets_no_second_apology(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1, 1, SECRET)])

    assert await inbox.receive([says(1, 1, SECRET)]) == [Received.REPEATED]
    assert len((await answers(store))[1]) == 1


async def test_a_reply_that_does_not_fit_its_channel_is_apologised_for(store: Database, router: Router) -> None:
    def fit(_channel: str, reply: Reply) -> Sequence[Reply]:
        if reply.text.startswith("Ini yang"):
            raise ValueError(reply.text)
        return (reply,)

    assert await opened(store, router, fit=fit).receive([says(1)]) == [Received.FAILED]


async def test_the_choices_of_an_apology_can_be_picked(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1, 1, SECRET), says(1, 2, "9")])

    assert asked((await answers(store))[1][1:]) == ["/privasi"]


async def test_a_failure_is_logged_with_its_places_and_without_any_words_of_the_person(inbox: Inbox) -> None:
    with capture_logs(processors=[bare_traceback]) as logs:
        await inbox.receive([says(4711, 1, SECRET)])

    (entry,) = logs
    assert (entry["event"], entry["log_level"], entry["error"]) == ("turn_failed", "error", "ValueError")
    assert (entry["channel"], entry["kind"], entry["person"]) == (TELEGRAM, Kind.TEXT, 1)
    assert any("handlers/inbox.py" in place for place in entry["traceback"])
    assert SECRET not in repr(logs)
    assert "4711" not in repr(logs)


class FailingDatabase(Database):
    """A database whose commits can be made to fail."""

    fails = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with super().transaction() as tx:
            yield tx
            if self.fails:
                raise sa.exc.OperationalError("COMMIT", {}, OSError("disk full"))


async def test_a_commit_that_fails_raises_and_stores_nothing_until_it_works(
    store: Database, store_url: str, router: Router
) -> None:
    told: list[object] = []
    failing = FailingDatabase(store_url)
    mine = opened(
        failing,
        router,
        received=lambda message, result: told.append(result),
        committed=lambda: told.append("committed"),
    )
    failing.fails = True
    with pytest.raises(DatabaseError):
        await mine.receive([says(1)])
    assert (await counts(store), told) == ([0, 0, 0, 0], [])

    failing.fails = False
    assert await mine.receive([says(1)]) == [Received.ANSWERED]
    await failing.close()
    assert (await counts(store), told) == ([1, 1, 1, 1], ["committed", Received.ANSWERED])


async def test_an_errand_that_the_database_refuses_raises_and_stores_nothing(store: Database, router: Router) -> None:
    async def refused(_tx: Transaction) -> None:
        raise sa.exc.OperationalError("SELECT", {}, OSError("disk full"))

    def nothing_decided(found: object) -> Outcome:
        raise AssertionError(found)

    mine = Inbox(
        store,
        decide=lambda _message, _person, _conversation: Errand(refused, nothing_decided),
        apologise=router.apologise,
        fit=as_it_is,
    )

    with pytest.raises(DatabaseError):
        await mine.receive([says(1)])
    assert await counts(store) == [0, 0, 0, 0]


async def test_one_message_that_cannot_be_stored_fails_alone(store: Database, router: Router) -> None:
    def fit(_channel: str, reply: Reply) -> Sequence[Reply]:
        nothing: str = None if reply.text.startswith("Tidak ada") else reply.text  # type: ignore[assignment]
        return (Reply(nothing),)

    mine = opened(store, router, fit=fit)

    results = await asyncio.gather(
        *(mine.receive([says(person, text="/batal" if person == 3 else "/menu")]) for person in range(1, 6)),
        return_exceptions=True,
    )

    assert [isinstance(result, DatabaseError) for result in results] == [False, False, True, False, False]
    assert set(await answers(store)) == {1, 2, 4, 5}


# Doors


async def test_blocking_closes_the_door_and_skips_what_is_queued_there(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1), says(2)])
    await given.queue(store, 1, "announcement", priority=BULK)
    await given.queue(store, 1, "browser", channel="web")

    assert await inbox.receive([says(1, "b", kind=Kind.BLOCKED)]) == [Received.NOTED]
    assert await given.rows(store, "person_id", "channel", "status", "reason") == [
        (1, TELEGRAM, "skipped", "unreachable"),
        (2, TELEGRAM, "queued", None),
        (1, TELEGRAM, "skipped", "unreachable"),
        (1, "web", "queued", None),
    ]
    async with store.reading() as tx:
        assert not await contacts.is_reachable(tx, 1, TELEGRAM)
        assert await contacts.is_reachable(tx, 1, "web")
        assert await contacts.is_reachable(tx, 2, TELEGRAM)


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.UNBLOCKED, Kind.STICKER])
async def test_a_sign_of_life_opens_the_door_again(store: Database, inbox: Inbox, kind: Kind) -> None:
    await inbox.receive([says(1, "b", kind=Kind.BLOCKED)])
    await inbox.receive([says(1, "u", kind=kind)])

    async with store.reading() as tx:
        assert await contacts.is_reachable(tx, 1, TELEGRAM)


async def test_unblocking_is_noted_and_not_answered(store: Database, inbox: Inbox) -> None:
    assert await inbox.receive([says(1, "u", kind=Kind.UNBLOCKED)]) == [Received.NOTED]
    assert await answers(store) == {}


async def test_somebody_who_blocks_first_is_remembered_as_such(store: Database, inbox: Inbox) -> None:
    assert await inbox.receive([says(1, "b", kind=Kind.BLOCKED)]) == [Received.NOTED]
    assert await counts(store) == [1, 1, 0, 0]


async def test_who_writes_and_then_blocks_in_one_batch_is_not_written_to(store: Database, inbox: Inbox) -> None:
    results = await inbox.receive([says(1), says(2), says(1, "b", kind=Kind.BLOCKED)])

    assert results == [Received.ANSWERED, Received.ANSWERED, Received.NOTED]
    assert await given.rows(store, "person_id", "status") == [(1, "skipped"), (2, "queued")]
    async with store.reading() as tx:
        assert not await contacts.is_reachable(tx, 1, TELEGRAM)


async def test_who_blocks_and_then_writes_in_one_batch_is_answered(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1)])
    await inbox.receive([says(1, "b", kind=Kind.BLOCKED), says(1, 2, "/batal")])

    assert await given.rows(store, "status") == [("skipped",), ("queued",)]
    async with store.reading() as tx:
        assert await contacts.is_reachable(tx, 1, TELEGRAM)


# Whatever arrives


@pytest.mark.parametrize("kind", OPEN_KINDS)
async def test_every_kind_of_message_is_answered_with_a_sentence(store: Database, inbox: Inbox, kind: Kind) -> None:
    assert await inbox.receive([says(1, text="", kind=kind)]) == [Received.ANSWERED]
    (reply,) = (await answers(store))[1]
    assert "Privasi: saya menyimpan" in reply


@pytest.mark.parametrize(
    "text",
    [
        "😀",
        "👩‍👩‍👧‍👦🇮🇩",
        "متى يغلق التسجيل؟",
        "\u202eكم\u202c",
        "a\x00b",
        "\x00",
        "\ud83d",
        "x" * 100_000,
        "",
        "/",
        "/foo",
    ],
    ids=["emoji", "family", "arabic", "bidi", "nul-inside", "nul", "surrogate", "long", "empty", "slash", "foo"],
)
async def test_ugly_texts_are_answered_and_shown_again_where_that_is_promised(
    store: Database, router: Router, text: str
) -> None:
    mine = opened(store, router, transcribed=frozenset({TELEGRAM}))

    assert await mine.receive([says(1, text=text)]) == [Received.ANSWERED]
    assert await given.count(store, transcript) == 1


def test_no_text_of_any_kind_ever_raises(tmp_path: Path, router: Router) -> None:
    database = Database(databases.sqlite_copy(tmp_path / "any.db"))
    number = itertools.count(1)
    mine = opened(database, router, transcribed=frozenset({TELEGRAM}))
    words = st.sampled_from(["kapan", "tutup", "/menu", "1", "English", "upakarti", "\x00", "\ud800", "🇮🇩", "ا", "\n"])
    texts = st.text(st.characters(exclude_categories=())) | st.lists(words).map(" ".join)

    with asyncio.Runner() as runner:

        @settings(max_examples=150, deadline=None, derandomize=True)
        @hypothesis_given(
            person=st.integers(1, 4),
            text=texts,
            kind=st.sampled_from(list(Kind)),
            choice=st.none() | texts,
            hint=st.none() | texts,
        )
        def received(person: int, text: str, kind: Kind, choice: str | None, hint: str | None) -> None:
            sender = Identity(telegram_id=person)
            message = Inbound(TELEGRAM, f"{next(number)}", sender, NOW, kind, text, choice, hint)
            (result,) = runner.run(mine.receive([message]))

            assert result == (Received.ANSWERED if kind in OPEN_KINDS else Received.NOTED)

        try:
            received()
        finally:
            runner.run(database.close())


# What others are told


async def test_both_sides_are_kept_only_for_channels_that_show_them_again(store: Database, router: Router) -> None:
    mine = opened(store, router, transcribed=frozenset({"web"}))
    sender = Identity(web_token_hash="ab" * 32)
    await mine.receive(
        [
            says(1),
            Inbound("web", "w1", sender, at(1), Kind.TEXT, "kapan ditutup?"),
            Inbound("web", "w2", sender, at(2), Kind.CHOICE, "Menu", choice="menu"),
            Inbound("web", "w3", sender, at(3), Kind.VOICE),
            Inbound("web", "w1", sender, at(4), Kind.TEXT, "kapan ditutup?"),
        ]
    )

    columns = (transcript.c.author, transcript.c.text, transcript.c.client_id, transcript.c.created_at)
    async with store.reading() as tx:
        lines = (await tx.execute(sa.select(*columns).order_by(transcript.c.id))).all()
    assert list(map(tuple, lines)) == [("person", "kapan ditutup?", "w1", at(1)), ("person", "Menu", "w2", at(2))]


async def test_the_sender_is_woken_only_when_something_waits(store: Database, router: Router) -> None:
    woken: list[str] = []
    mine = opened(store, router, committed=lambda: woken.append("now"))
    await mine.receive([says(1, "u", kind=Kind.UNBLOCKED)])
    assert woken == []

    await mine.receive([says(1), says(2)])
    await mine.receive([says(1)])

    assert woken == ["now"]


async def test_what_became_of_every_message_is_told_once_it_is_stored(store: Database, router: Router) -> None:
    told: list[tuple[str, Received]] = []
    mine = opened(store, router, received=lambda message, result: told.append((message.message_id, result)))

    await mine.receive([says(1), says(1), says(1, "u", kind=Kind.UNBLOCKED), says(2, text=SECRET)])

    assert told == [
        ("1-1", Received.ANSWERED),
        ("1-1", Received.REPEATED),
        ("1-u", Received.NOTED),
        ("2-1", Received.FAILED),
    ]


async def test_when_somebody_was_last_here_is_the_newest_message_of_the_batch(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1, seconds=5), says(2, seconds=9)])

    async with store.reading() as tx:
        seen = (await tx.execute(sa.select(people.c.last_seen_at))).scalars().all()
    assert seen == [at(9), at(9)]


async def test_when_they_wrote_is_noted_where_the_platform_counts_from_then(store: Database, inbox: Inbox) -> None:
    late = [replace(says(1, number), written_at=at(seconds)) for number, seconds in enumerate((-30, -20, 99, -40))]
    await inbox.receive(late[:2])
    await inbox.receive([says(2)])
    async with store.reading() as tx:
        before = await windows.standing(tx, [1, 2])
    await inbox.receive(late[2:])  # a clock that is ahead, and one that came late
    async with store.reading() as tx:
        after = await windows.standing(tx, [1])

    assert [each.wrote_at for each in (before[1], before[2], after[1])] == [at(-20), None, NOW]


async def test_what_waits_for_room_comes_when_they_write(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1), says(2)])
    async with store.transaction() as tx:
        waits = {"reason": NO_ROOM, "not_before": at(9_000)}
        await tx.execute(sa.update(outbox_table).values(waits))
    await inbox.receive([replace(says(1, 2), written_at=NOW)])
    async with store.reading() as tx:
        query = sa.select(outbox_table.c.person_id).where(outbox_table.c.not_before > NOW)
        waiting = (await tx.execute(query)).scalars().all()

    assert set(waiting) == {2}


async def test_the_window_of_somebody_forgotten_stays_for_the_last_answer(store: Database, inbox: Inbox) -> None:
    for number, text in enumerate(["halo", "hapus data saya", "Ya, hapus semua"]):
        await inbox.receive([replace(says(1, number, text), written_at=at(number))])
    async with store.reading() as tx:
        (row,) = (await tx.execute(sa.select(people))).all()

    assert (row.erased_at is not None, row.whatsapp_seen_at) == (True, NOW)


async def test_an_announcement_that_was_queued_before_waits_behind_the_answer(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1, "u", kind=Kind.UNBLOCKED)])
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(1, TELEGRAM, "announcement", priority=BULK)], NOW)
    await inbox.receive([says(1)])

    (first,) = await given.claim(store)

    assert first.text.startswith("Ini yang bisa saya bantu.")


# The eligibility check


async def test_deleted_answers_are_gone_from_everything_at_once(store: Database, router: Router) -> None:
    mine = opened(store, router, transcribed=frozenset({TELEGRAM}))
    await mine.receive([says(1, 0, "/menu")])
    for number, text in enumerate(["/cek", "perorangan", "WNI"], start=1):
        await mine.receive([says(1, number, text, seconds=number)])

    # Together with one more answer, as when both arrive in one batch.
    await mine.receive([says(1, 4, "bukan", seconds=4), says(1, 5, "hapus jawaban", seconds=4)])

    assert [reply[:12] for reply in (await answers(store))[1]] == ["Ini yang bis", "Semua jawaba"]
    async with store.reading() as tx:
        said = (await tx.execute(sa.select(transcript.c.text).order_by(transcript.c.id))).scalars().all()
        (state,) = (await tx.execute(sa.select(conversations.c.state))).scalars().all()
    assert said == ["/menu", "hapus jawaban"]
    assert state["check"] is None


async def test_a_finished_check_is_counted_with_its_answer(store: Database, inbox: Inbox) -> None:
    for number, text in enumerate(["/cek", "perorangan", "WNA", "tidak", "ya benar"]):
        await inbox.receive([says(1, number, text, seconds=number)])

    async with store.reading() as tx:
        assert await checks.totals(tx, NOW.date()) == {"R1": 1, "R3": 1, "finished": 1}


async def test_a_check_goes_on_over_another_channel_of_the_same_person(store: Database, inbox: Inbox) -> None:
    await inbox.receive([says(1, 0, "/cek"), says(1, 1, "perorangan")])
    async with store.transaction() as tx:
        await tx.execute(sa.update(people).values(terminal_name="ann"))  # as linking two accounts would
    sender = Identity(terminal_name="ann")
    await inbox.receive([Inbound("terminal", "1", sender, at(60), Kind.TEXT, "WNI")])

    assert "Pertanyaan 3 dari 9" in (await answers(store))[1][-1]
