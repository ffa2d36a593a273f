"""Files that officers send are fetched, so that they can go out with an announcement; nobody else's are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import telegram

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.intake import FILE_LIMIT, Intake
from handlers.inbox import Received
from handlers.messages import Attachment, Inbound, Kind, Unfetched
from storage import contacts
from storage.contacts import Identity
from storage.database import Database
from storage.office.tables import staff
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.stubs.telegram import TelegramStub

OFFICER, STRANGER = 42, 43
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PICTURE = b"\xff\xd8 a picture"


class Recording:
    """An inbox that only keeps what it is given."""

    def __init__(self) -> None:
        self.got: list[list[Inbound]] = []

    async def receive(self, messages: list[Inbound]) -> list[Received]:
        self.got += [list(messages)] if messages else []
        return []


class Line:
    """A Telegram whose updates are handed to an intake."""

    def __init__(self, stub: TelegramStub, channel: TelegramChannel, intake: Intake, inbox: Recording) -> None:
        self.stub = stub
        self.channel = channel
        self._intake = intake
        self.inbox = inbox

    async def take(self) -> list[Inbound]:
        """Let all that waits in, and return it in the order in which it was received."""
        fetched = [telegram.Update.de_json(update) for update in self.stub._updates.values()]
        await self._intake.receive([update for update in fetched if update is not None])
        return [message for batch in self.inbox.got for message in batch]


@pytest.fixture
async def line(store: Database, clock: WatchedClock, tmp_path: Path) -> AsyncIterator[Line]:
    async with store.transaction() as tx:
        (officer, _) = await contacts.meet(
            tx, [Identity(telegram_id=OFFICER), Identity(telegram_id=STRANGER)], clock.now()
        )
        row = {"name": "Ani", "role": "officer", "person_id": officer.id, "invited_at": clock.now()}
        await tx.execute(sa.insert(staff), row)
    async with TelegramStub() as stub:
        given = serving.settings(tmp_path, telegram_token=stub.token, telegram_api_url=stub.url)
        service = serving.assemble(given, store, clock)
        channel = service.assistant.channels["telegram"]
        assert isinstance(channel, TelegramChannel)
        await channel.prepare(None, None, {"id": [], "en": []})
        inbox = Recording()
        yield Line(stub, channel, Intake(channel, inbox, clock, service.assistant.is_staff), inbox)  # type: ignore[arg-type]
        await channel.close()


async def test_the_largest_size_of_an_officers_photo_comes_with_the_message(line: Line) -> None:
    line.stub.photo(OFFICER, "Pendaftaran dibuka", PICTURE)
    (message,) = await line.take()

    assert (message.kind, message.text) == (Kind.TEXT, "Pendaftaran dibuka")
    assert message.attachment == Attachment("photo.jpg", "image/jpeg", PICTURE, "")
    assert line.stub.violations == []


async def test_an_officers_document_keeps_its_name_and_nothing_of_a_path(line: Line) -> None:
    line.stub.document(OFFICER, "..\\x/../pedoman 2026.pdf", data=b"%PDF")
    (message,) = await line.take()

    assert message.attachment == Attachment("pedoman 2026.pdf", "application/pdf", b"%PDF", "")


async def test_nobody_elses_file_is_fetched(line: Line) -> None:
    line.stub.photo(STRANGER, data=PICTURE)
    (message,) = await line.take()

    assert (message.attachment, message.unfetched) == (None, None)
    assert line.stub.counts["getFile"] == line.stub.counts["file"] == 0


async def test_an_officer_who_was_removed_is_like_everybody_else(line: Line, store: Database) -> None:
    async with store.transaction() as tx:
        await tx.execute(sa.update(staff).values(person_id=None, removed_at=NOW))
    line.stub.photo(OFFICER, data=PICTURE)
    (message,) = await line.take()

    assert message.attachment is None


@pytest.mark.parametrize("size", [FILE_LIMIT, FILE_LIMIT + 1])
async def test_a_file_may_have_ten_megabytes(line: Line, size: int) -> None:
    line.stub.document(OFFICER, data=bytes(size))
    (message,) = await line.take()
    fits = size == FILE_LIMIT

    assert (message.attachment is not None, message.unfetched) == (fits, None if fits else Unfetched.TOO_LARGE)


async def test_a_file_that_is_larger_than_was_said_is_not_kept(line: Line) -> None:
    line.stub.document(OFFICER, data=b"12345678")
    filed = telegram.Update.de_json(next(iter(line.stub._updates.values())))
    assert filed is not None
    from bot.channels.telegram import updates

    found = updates.filed(filed)
    assert found is not None
    unstated = updates.Filed(found.file_id, found.filename, found.media_type, None)

    assert await line.channel.fetch(unstated, 7) is None
    assert await line.channel.fetch(unstated, 8) == b"12345678"


async def test_a_file_that_cannot_be_fetched_leaves_a_reason(line: Line) -> None:
    line.stub.document(OFFICER)  # Telegram does not know it any more
    (message,) = await line.take()

    assert (message.attachment, message.unfetched) == (None, Unfetched.FAILED)


async def test_nobody_waits_for_an_officers_file(line: Line) -> None:
    line.stub.photo(OFFICER, data=PICTURE)
    line.stub.text(OFFICER, "lanjut")
    line.stub.text(STRANGER, "halo")
    messages = await line.take()

    assert [message.text for message in messages] == ["halo", "", "lanjut"]
    assert len(line.inbox.got) == 2
