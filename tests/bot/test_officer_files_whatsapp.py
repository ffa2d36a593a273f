"""On WhatsApp too, files that officers send are fetched, so that they can go out; nobody else's are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.whatsapp import media
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.client import CloudApi
from bot.channels.whatsapp.intake import FILE_LIMIT, Intake
from bot.channels.whatsapp.media import Filed
from handlers.inbox import Received
from handlers.messages import Attachment, Inbound, Kind, Unfetched
from storage import contacts
from storage.contacts import Identity
from storage.database import Database
from storage.office.tables import staff
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.stubs.whatsapp import NUMBER_ID, TOKEN, WhatsAppStub, post_of

PICTURE = b"\xff\xd8 a picture"
OFFICER, STRANGER = "ani", "sari"


class Recording:
    """An inbox that only keeps what it is given."""

    def __init__(self) -> None:
        self.got: list[list[Inbound]] = []

    async def receive(self, messages: list[Inbound]) -> list[Received]:
        self.got += [list(messages)] if messages else []
        return [Received.ANSWERED] * len(messages)


class Line:
    """A WhatsApp whose posts are handed to an intake."""

    def __init__(self, stub: WhatsAppStub, intake: Intake, inbox: Recording) -> None:
        self.stub = stub
        self._intake = intake
        self.inbox = inbox

    async def take(self) -> list[Inbound]:
        """Let all that waits in, in one post, and return it in the order in which it was received."""
        await self._intake.receive(post_of(self.stub.waiting, per_entry=2))
        return [message for batch in self.inbox.got for message in batch]


@pytest.fixture
async def line(store: Database, clock: WatchedClock, tmp_path: Path) -> AsyncIterator[Line]:
    async with WhatsAppStub() as stub:
        known = [Identity(whatsapp_user_id=stub.person(name).user_id) for name in (OFFICER, STRANGER)]
        async with store.transaction() as tx:
            officer, _ = await contacts.meet(tx, known, clock.now())
            row = {"name": "Ani", "role": "officer", "person_id": officer.id, "invited_at": clock.now()}
            await tx.execute(sa.insert(staff), row)
        service = serving.assemble(serving.settings(tmp_path, **stub.settings()), store, clock)
        channel = service.assistant.channels["whatsapp"]
        assert isinstance(channel, WhatsAppChannel)
        inbox = Recording()
        intake = Intake(channel, inbox, store, clock, service.assistant.is_staff)  # type: ignore[arg-type]
        yield Line(stub, intake, inbox)
        await channel.close()


async def test_an_officers_photo_comes_with_the_message(line: Line) -> None:
    kept = line.stub.keep(PICTURE)
    line.stub.says(OFFICER, "image", {"id": kept, "mime_type": "image/jpeg", "caption": "Pendaftaran dibuka"})
    (message,) = await line.take()

    assert (message.kind, message.text) == (Kind.TEXT, "Pendaftaran dibuka")
    assert message.attachment == Attachment("photo.jpg", "image/jpeg", PICTURE, "")
    assert line.stub.violations == []


async def test_an_officers_document_keeps_its_name_and_nothing_of_a_path(line: Line) -> None:
    kept = line.stub.keep(b"%PDF", kind="application/pdf")
    name = "..\\x/../pedoman 2026.pdf"
    line.stub.says(OFFICER, "document", {"id": kept, "mime_type": "application/pdf", "filename": name})
    (message,) = await line.take()

    assert message.attachment == Attachment("pedoman 2026.pdf", "application/pdf", b"%PDF", "")


async def test_nobody_elses_file_is_fetched(line: Line) -> None:
    line.stub.says(STRANGER, "image", {"id": line.stub.keep(PICTURE), "mime_type": "image/jpeg"})
    (message,) = await line.take()

    assert (message.attachment, message.unfetched, line.stub.downloads) == (None, None, 0)


@pytest.mark.parametrize("size", [FILE_LIMIT, FILE_LIMIT + 1])
@pytest.mark.parametrize("said", [True, False], ids=["said", "not said"])
async def test_a_file_may_have_ten_megabytes(line: Line, size: int, said: bool) -> None:
    kept = line.stub.keep(bytes(size) if size > 0 else b"", said_size=size if said else 1)
    line.stub.says(OFFICER, "document", {"id": kept, "mime_type": "application/pdf", "filename": "a.pdf"})
    (message,) = await line.take()
    fits = size == FILE_LIMIT

    assert (message.attachment is not None, message.unfetched) == (fits, None if fits else Unfetched.TOO_LARGE)


@pytest.mark.parametrize("url", ["", "https://example.org/files/1", "http://lookaside.fbsbx.com/1", "no address"])
async def test_a_file_that_cannot_be_fetched_leaves_a_reason(line: Line, url: str) -> None:
    kept = line.stub.keep(b"", url=url)  # gone, or at an address that is not Meta's, which gets no token
    line.stub.says(OFFICER, "image", {"id": kept, "mime_type": "image/jpeg"})
    (message,) = await line.take()

    assert (message.attachment, message.unfetched) == (None, Unfetched.FAILED)


async def test_one_that_meta_does_not_know_leaves_a_reason_too(line: Line) -> None:
    line.stub.says(OFFICER, "image", {"id": "404", "mime_type": "image/jpeg"})
    (message,) = await line.take()

    assert message.unfetched is Unfetched.FAILED


async def test_nobody_waits_for_an_officers_file(line: Line) -> None:
    line.stub.says(OFFICER, "image", {"id": line.stub.keep(PICTURE), "mime_type": "image/jpeg"})
    line.stub.text(OFFICER, "lanjut")
    line.stub.text(STRANGER, "halo")
    messages = await line.take()

    assert [message.text for message in messages] == ["halo", "", "lanjut"]
    assert len(line.inbox.got) == 2


async def test_nobody_answers_and_it_is_tried_again_later() -> None:
    api = CloudApi("http://127.0.0.1:1", NUMBER_ID, TOKEN)
    with pytest.raises(Exception, match="not_connected"):
        await api.download("1", 10)
    await api.close()


def posted(kind: str, content: Any, number: str = NUMBER_ID, **more: Any) -> dict[str, Any]:
    message = {"id": "wamid.1", "type": kind, kind: content} | more
    return post_of([{"metadata": {"phone_number_id": number}, "messages": [message]}])


@pytest.mark.parametrize(
    ("post", "found"),
    [
        (posted("image", {"id": "1", "mime_type": "image/png"}), Filed("1", "photo.png", "image/png")),
        (posted("image", {"id": "1", "mime_type": "image/webp"}), Filed("1", "photo", "image/webp")),
        (posted("document", {"id": "1"}), Filed("1", "document", "application/octet-stream")),
        (posted("document", {"id": "1", "mime_type": "x\r\ny", "filename": "a" * 200 + ".pdf"}),
         Filed("1", "a" * 96 + ".pdf", "application/octet-stream")),
        (posted("document", {"id": "../2", "mime_type": "application/pdf"}), None),
        (posted("document", {"id": 7}), None),
        (posted("image", "nothing"), None),
        (posted("image", {"id": "1"}, id=3), None),
        (posted("image", {"id": "1"}, number="2"), None),
        (posted("video", {"id": "1"}), None),
        (None, None),
        ({"entry": [{"changes": 1}]}, None),
    ],
)  # fmt: skip
def test_what_a_post_carries(post: object, found: Filed | None) -> None:
    assert media.filed(post, NUMBER_ID) == ({} if found is None else {"wamid.1": found})
