"""People join their accounts on two channels by a code, go on where they are, and part them again."""

from __future__ import annotations

import asyncio
import itertools
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers import joining
from handlers.inbox import Inbox, Received
from handlers.messages import Inbound, Kind
from handlers.routing import Router
from storage import own_data, transcript
from storage.contacts import Identity
from storage.database import Database
from storage.joining import LIFE
from storage.schema import outbox, people
from tests.storage.given import NOW

PHONE = Identity(telegram_id=7)
BROWSER = Identity(web_token_hash="w")
STRANGER = Identity(web_token_hash="s")
NO_GOOD = "Kode itu tidak dapat dipakai"


@dataclass
class Channels:
    """The real inbox, written to from several channels."""

    store: Database
    router: Router
    seconds: float = 0
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def inbox(self) -> Inbox:
        return Inbox(
            self.store,
            decide=self.router.decide,
            apologise=self.router.apologise,
            fit=lambda _channel, reply: (reply,),
            transcribed=frozenset({"web"}),
        )

    def message(self, who: Identity, text: str = "", choice: str | None = None) -> Inbound:
        channel = "telegram" if who.telegram_id else "web"
        kind = Kind.TEXT if choice is None else Kind.CHOICE
        at = NOW + timedelta(seconds=self.seconds)
        return Inbound(channel, f"{next(self._ids)}", who, at, kind, text, choice, "id")

    async def send(self, *messages: Inbound) -> list[Received]:
        return await self.inbox.receive(messages)

    async def say(self, who: Identity, text: str = "", choice: str | None = None) -> str:
        message = self.message(who, text, choice)
        await self.send(message)
        return (await self.told(message.channel))[-1]

    async def told(self, channel: str) -> list[str]:
        """Return all that was written to anybody on a channel."""
        async with self.store.reading() as tx:
            query = sa.select(outbox.c.text).where(outbox.c.channel == channel).order_by(outbox.c.id)
            return list((await tx.execute(query)).scalars())

    async def code(self, who: Identity = PHONE) -> str:
        await self.say(who, "/hubungkan")
        told = "\n".join(await self.told("telegram" if who.telegram_id else "web"))
        return [found[0] for found in re.finditer(r"SATU(-[0-9A-Z]{4}){3}", told)][-1]

    async def check(self, person_id: int = 1) -> tuple[object, object]:
        """Return when somebody's eligibility check began, and the answers given."""
        async with self.store.reading() as tx:
            state = (await own_data.collect(tx, person_id)).state
        assert state is not None
        return state["check"]["began"], state["check"]["answers"]

    async def accounts(self) -> int:
        async with self.store.reading() as tx:
            return int((await tx.execute(sa.select(sa.func.count()).select_from(people))).scalar_one())

    async def join(self) -> None:
        await self.say(BROWSER, await self.code())
        await self.say(BROWSER, choice="join:yes")


@pytest.fixture
def channels(store: Database, router: Router) -> Channels:
    return Channels(store, router)


async def test_a_check_begun_on_telegram_goes_on_in_the_browser(channels: Channels) -> None:
    await channels.say(PHONE, "/cek")
    await channels.say(PHONE, "koperasi")
    before = await channels.check()
    code = await channels.code()
    asked = await channels.say(BROWSER, code.lower().replace("-", " "))
    done = await channels.say(BROWSER, choice="join:yes")

    assert asked.startswith("Kode ini dibuat di Telegram.")
    assert done.startswith("Selesai: akun ini dan akun Anda di Telegram sekarang satu.")
    assert any("Bukan Anda?" in text for text in await channels.told("telegram"))
    assert await channels.check() == before
    assert await channels.accounts() == 1


async def test_a_check_begun_where_the_code_is_typed_is_not_lost(channels: Channels) -> None:
    await channels.say(BROWSER, "/cek")
    before = await channels.check()
    await channels.join()

    assert await channels.check(2) == before  # the browser came first, and Telegram showed the code
    assert await channels.accounts() == 1


async def test_what_was_just_deleted_does_not_come_along(channels: Channels) -> None:
    await channels.say(BROWSER, "/cek")
    await channels.say(BROWSER, "koperasi")
    await channels.say(BROWSER, await channels.code())
    await channels.send(
        channels.message(BROWSER, choice="eligibility:delete"), channels.message(BROWSER, choice="join:yes")
    )
    async with channels.store.reading() as tx:
        (person_id,) = (await tx.execute(sa.select(people.c.id))).scalars()
        kept = await own_data.collect(tx, person_id)

    assert not any("koperasi" in line.text for line in kept.lines)
    assert (kept.state or {}).get("check") is None


async def test_who_did_not_make_the_code_joins_nothing(channels: Channels) -> None:
    await channels.say(BROWSER, await channels.code())
    answer = await channels.say(BROWSER, choice="join:no")

    assert answer.startswith("Baik, tidak ada yang disatukan.")
    assert await channels.accounts() == 2
    assert "tidak berlaku lagi" in await channels.say(BROWSER, choice="join:yes") or await channels.accounts() == 2


@pytest.mark.parametrize("verb", ["yes", "no", "other"])
async def test_without_a_code_the_buttons_do_nothing(channels: Channels, verb: str) -> None:
    await channels.say(PHONE, "halo")
    await channels.say(BROWSER, "halo")
    before = await channels.say(BROWSER, choice="staff:nothing")

    assert await channels.say(BROWSER, choice=f"join:{verb}") == before
    assert await channels.accounts() == 2


async def test_another_button_after_the_question_is_none(channels: Channels) -> None:
    await channels.say(BROWSER, await channels.code())
    await channels.say(BROWSER, choice="join:other")

    assert await channels.accounts() == 2


async def test_a_code_is_good_for_a_quarter_of_an_hour(channels: Channels) -> None:
    code = await channels.code()
    channels.seconds = LIFE.total_seconds()

    assert (await channels.say(BROWSER, code)).startswith(NO_GOOD)


async def test_one_that_ran_out_between_question_and_yes_joins_nothing(channels: Channels) -> None:
    await channels.say(BROWSER, await channels.code())
    channels.seconds = LIFE.total_seconds()

    assert (await channels.say(BROWSER, choice="join:yes")).startswith(NO_GOOD)
    assert await channels.accounts() == 2


async def test_a_used_code_and_ones_own_are_no_good(channels: Channels) -> None:
    own = await channels.code()
    assert (await channels.say(PHONE, own)).startswith(NO_GOOD)
    code = await channels.code()
    await channels.say(BROWSER, code)
    await channels.say(BROWSER, choice="join:yes")

    assert (await channels.say(STRANGER, code)).startswith(NO_GOOD)


async def test_the_code_is_kept_nowhere(channels: Channels) -> None:
    code = await channels.code()
    await channels.say(BROWSER, code)
    async with channels.store.reading() as tx:
        lines = [line.text for person in (1, 2) for line in await transcript.of_person(tx, person)]
        kept = [await own_data.collect(tx, person) for person in (1, 2)]

    assert code not in "".join(lines)
    assert "joining_sha256" not in repr([each.state for each in kept])


async def test_messages_of_both_in_one_batch_become_one_persons(channels: Channels) -> None:
    await channels.say(BROWSER, await channels.code())
    waiting = [
        channels.message(PHONE, "/cek"),
        channels.message(BROWSER, choice="join:yes"),
        channels.message(BROWSER, "kapan pendaftaran ditutup?"),
        channels.message(PHONE, "/status"),
    ]
    assert await channels.send(*waiting) == [Received.ANSWERED] * 4

    async with channels.store.reading() as tx:
        found = {person for (person,) in (await tx.execute(sa.select(outbox.c.person_id))).all()}
        said = [line.text for line in await transcript.of_person(tx, 1) if line.author == "person"]
    assert found == {1}
    assert "kapan pendaftaran ditutup?" in said
    assert await channels.accounts() == 1


async def test_parted_accounts_begin_anew_elsewhere(channels: Channels) -> None:
    assert (await channels.say(PHONE, "/pisahkan")).startswith("Akun ini hanya dikenal di sini.")
    await channels.join()
    answer = await channels.say(PHONE, "/pisahkan")
    await channels.say(BROWSER, "halo")

    assert answer.startswith("Akun ini sekarang hanya dikenal di sini. Yang terputus: peramban (browser).")
    assert await channels.accounts() == 2


async def test_two_who_type_a_code_at_once_are_not_both_joined(channels: Channels) -> None:
    code = await channels.code()
    for who in (BROWSER, STRANGER):
        await channels.say(who, code)
    await asyncio.gather(*(channels.send(channels.message(who, choice="join:yes")) for who in (BROWSER, STRANGER)))

    assert await channels.accounts() == 2


@pytest.mark.parametrize(
    "text", ["satu dua tiga", "SATU-7KQM-2B9T", "SATU-AAAA-BBBB-CCCC", "kode SATU-7KQM-2B9T-XW4C-1111"]
)
def test_other_texts_are_no_code(text: str) -> None:
    assert joining.read(text) is None


def test_a_code_is_read_however_it_is_written() -> None:
    code = "SATU-7KQM-2B0T-XW1C"
    written = [code, code.lower(), "satu7kqm2botxwic", "Kodenya: SATU 7KQM\u20132BOT XWLC."]

    assert len({joining.read(text) for text in written}) == 1
    assert joining.read(joining.new_code()) is not None


def test_a_fresh_code_has_a_digit_so_that_no_words_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    letters = iter("A" * 12 + "B" * 11 + "7")
    monkeypatch.setattr("secrets.choice", lambda _: next(letters))

    assert joining.new_code() == "SATU-BBBB-BBBB-BBB7"


async def test_whoever_joins_from_whatsapp_keeps_their_window(channels: Channels) -> None:
    where = {"channel": "whatsapp", "sender": Identity(whatsapp_user_id="ID.1"), "written_at": NOW}
    for said in ({"text": await channels.code()}, {"choice": "join:yes"}):
        await channels.send(replace(channels.message(BROWSER, **said), **where))
    async with channels.store.reading() as tx:
        (row,) = (await tx.execute(sa.select(people))).all()

    assert (row.telegram_id, row.whatsapp_user_id, row.whatsapp_seen_at) == (7, "ID.1", NOW)
