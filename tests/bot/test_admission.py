"""What goes where people wrote within a day goes as it is, else as the template of its kind, else not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.admission import MARGIN, Admission, kind, kind_of
from bot.channels.base import Limits, Outgoing
from handlers.messages import Reply
from storage import outbox, windows
from storage.database import Database
from storage.outbox import FROM_OFFICER, UNKEPT, Bulk, Claim
from storage.proposals import links
from storage.schema import people
from storage.windows import Template
from tests.storage import given
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW

pytestmark = ON_BOTH
DAY = timedelta(hours=24)


class Plain:
    """A channel on which everything may be sent at any time."""

    name = "telegram"
    limits = Limits(
        text=4096, caption=1024, buttons=3, button_title=20, choice_id_bytes=64, pictures=True, shares_phone=True
    )

    async def send(self, outgoing: Outgoing) -> str | None:
        raise AssertionError


class Windowed(Plain):
    """A channel with a window, and these templates."""

    window = DAY

    def __init__(self, *kinds: str) -> None:
        self._kinds = kinds

    def has_template(self, template: Template) -> bool:
        return template.kind in self._kinds

    def shown_as(self, template: Template, reply: Reply) -> str:
        raise AssertionError


async def claims(store: Database, *wrote_ago: timedelta | None) -> list[Claim]:
    """Take a message for each of so many people, who wrote so long ago or never."""
    ids = await given.people(store, len(wrote_ago))
    async with store.transaction() as tx:
        await windows.note(tx, {each: NOW - ago for each, ago in zip(ids, wrote_ago, strict=True) if ago is not None})
    for person_id in ids:
        await given.queue(store, person_id, f"to {person_id}")
    return await given.claim(store)


async def admit(store: Database, channel: Plain, found: list[Claim]) -> list[Claim]:
    admission = Admission(channel)
    async with store.transaction() as tx:
        admitted = await admission.admit(tx, found, given.lease())
        await outbox.intend(tx, admitted, given.lease())
        await admission.note(tx, admitted)
    return admitted


async def test_within_a_day_everything_goes_as_it_is_and_after_it_as_a_template(store: Database) -> None:
    moment = timedelta(microseconds=1)
    found = await claims(store, timedelta(0), DAY - MARGIN - moment, DAY - MARGIN, DAY, None)
    admitted = await admit(store, Windowed("message"), found)

    assert [each.template for each in admitted] == [None, None, *[Template("message", "id")] * 3]
    assert await given.rows(store, "status", "template") == [("sending", None)] * 2 + [("sending", "message")] * 3


async def test_without_a_template_it_is_given_up_with_the_reason(store: Database) -> None:
    found = await claims(store, timedelta(0), None)
    admitted = await admit(store, Windowed(), found)

    assert [each.id for each in admitted] == [found[0].id]
    assert await given.rows(store, "status", "reason", "attempts") == [
        ("sending", None, 1),
        ("skipped", "window_closed", 0),
    ]


async def test_where_there_is_no_window_nothing_is_asked(store: Database) -> None:
    found = await claims(store, None)

    assert await admit(store, Plain(), found) == found
    assert not Admission(Plain()).has_window
    assert Admission(Windowed()).has_window
    async with store.transaction() as tx:
        assert await Admission(Windowed()).admit(tx, [], given.lease()) == []


async def test_somebody_who_was_forgotten_meanwhile_stops_nobody_else(store: Database) -> None:
    found = await claims(store, timedelta(0), timedelta(0))
    async with store.transaction() as tx:
        await tx.execute(people.delete().where(people.c.id == found[0].person_id))

    admitted = await admit(store, Windowed("message"), found)
    assert [each.template for each in admitted] == [Template("message", "id"), None]
    assert await given.rows(store, "status", "template") == [("sending", None)]


async def test_the_next_attempt_may_go_as_it_is_again(store: Database) -> None:
    (claim,) = await claims(store, None)
    await admit(store, Windowed("message"), [claim])
    await given.settle(store, claim, "queued", not_before=NOW)
    async with store.transaction() as tx:
        await windows.note(tx, {claim.person_id: NOW})
    await admit(store, Windowed("message"), await given.claim(store))

    assert await given.rows(store, "template", "attempts") == [(None, 2)]


async def test_it_speaks_the_language_of_the_text_or_else_of_the_person(store: Database) -> None:
    first, second, third = await claims(store, None, None, None)
    async with store.transaction() as tx:
        await tx.execute(people.update().where(people.c.id == first.person_id).values(language="en"))
    admitted = await admit(store, Windowed("message"), [first, replace(second, language="en"), third])

    assert [each.template and each.template.language for each in admitted] == ["en", "en", "id"]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"broadcast": Bulk(1, "announcement")}, "announcement"),
        ({"broadcast": Bulk(1, "announcement", topic="deadlines")}, "deadline"),
        ({"broadcast": Bulk(1, "correction", topic="deadlines")}, "correction"),
        ({"broadcast": Bulk(1, "withdrawal")}, "withdrawal"),
        ({"topic": links.topic("UPK-2026-0001")}, "status"),
        ({"topic": FROM_OFFICER}, "officer"),
        ({"topic": UNKEPT}, "message"),
        ({}, "message"),
    ],
)
async def test_each_message_is_of_a_kind(store: Database, what: dict[str, object], expected: str) -> None:
    (claim,) = await claims(store, None)

    assert kind(replace(claim, **what)) == expected  # type: ignore[arg-type]
    assert kind_of("announcement", "announcements") == "announcement"
