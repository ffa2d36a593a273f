"""A file is uploaded to WhatsApp once, however many get it."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.base import TryLaterError
from bot.channels.whatsapp.client import File
from bot.channels.whatsapp.uploads import KEPT, KEPT_SECONDS, Uploads
from tests.conftest import ManualClock

PICTURE = File("poster.png", "image/png", b"a picture")


class Meta:
    """Takes files, and counts."""

    def __init__(self) -> None:
        self.uploaded: list[File] = []
        self.fails = False

    async def upload(self, file: File) -> str:
        await asyncio.sleep(0)
        if self.fails:
            raise TryLaterError("unavailable")
        self.uploaded.append(file)
        return f"media-{len(self.uploaded)}"


@pytest.fixture
def meta() -> Meta:
    return Meta()


async def test_many_at_once_share_one_upload(meta: Meta, clock: ManualClock) -> None:
    kept = Uploads(meta.upload, clock)

    ids = await asyncio.gather(*(kept.id_of(PICTURE) for _ in range(20)))

    assert (set(ids), meta.uploaded) == ({"media-1"}, [PICTURE])


async def test_another_file_is_another_even_under_the_same_name(meta: Meta, clock: ManualClock) -> None:
    kept = Uploads(meta.upload, clock)
    other = File("poster.png", "image/png", b"another")

    assert [await kept.id_of(file) for file in (PICTURE, other, PICTURE)] == ["media-1", "media-2", "media-1"]


async def test_after_a_while_it_is_uploaded_again(meta: Meta, clock: ManualClock) -> None:
    kept = Uploads(meta.upload, clock)
    first = await kept.id_of(PICTURE)
    clock.move(KEPT_SECONDS - 1)
    still = await kept.id_of(PICTURE)
    clock.move(1)

    assert (first, still, await kept.id_of(PICTURE)) == ("media-1", "media-1", "media-2")


async def test_few_are_remembered(meta: Meta, clock: ManualClock) -> None:
    kept = Uploads(meta.upload, clock)
    for n in range(KEPT + 1):
        await kept.id_of(File(f"{n}", "text/plain", b""))

    assert len(kept._known) == KEPT
    assert await kept.id_of(File(f"{KEPT}", "text/plain", b"")) == f"media-{KEPT + 1}"
    assert await kept.id_of(File("0", "text/plain", b"")) == f"media-{KEPT + 2}"


async def test_what_failed_is_tried_again(meta: Meta, clock: ManualClock) -> None:
    kept = Uploads(meta.upload, clock)
    meta.fails = True
    with pytest.raises(TryLaterError):
        await kept.id_of(PICTURE)
    meta.fails = False

    assert await kept.id_of(PICTURE) == "media-1"
