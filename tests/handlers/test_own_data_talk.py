"""People see, take away and delete what is kept of them, by themselves and never by mistake."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import own_data
from handlers.inbox import Inbox, Received
from handlers.messages import Choice, Inbound, Kind, Reply
from handlers.routing import Router
from handlers.wording import LANGUAGES, Language, Wording
from storage import consents, contacts, retention, schema, subscriptions
from storage import own_data as stored
from storage.contacts import Identity
from storage.database import Database
from storage.office import invitations, staff
from storage.office.staff import Invited
from storage.own_data import OwnData
from tests.handlers.talk import CONTACT, Talk
from tests.storage import given, tied
from tests.storage.emptied import sqlite_unless_asked  # noqa: F401 - a fixture
from tests.storage.given import NOW, TELEGRAM, at

NUMBER = "UPK-2026-0001"
CODE = "AAAABBBB1234"
PATIENCE = own_data.PATIENCE.total_seconds()


@dataclass
class Somebody:
    """One person on Telegram, in front of the real inbox."""

    store: Database
    router: Router
    number: int = 1
    seconds: float = 0
    transcribed: frozenset[str] = frozenset()
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def inbox(self) -> Inbox:
        return Inbox(
            self.store,
            decide=self.router.decide,
            apologise=self.router.apologise,
            fit=lambda _channel, reply: (reply,),
            transcribed=self.transcribed,
        )

    def message(self, text: str = "", choice: str | None = None) -> Inbound:
        kind = Kind.TEXT if choice is None else Kind.CHOICE
        sender = Identity(telegram_id=self.number)
        name = f"{self.number}-{next(self._ids)}"
        return Inbound(TELEGRAM, name, sender, at(self.seconds), kind, text, choice)

    async def send(self, *messages: Inbound) -> list[Received]:
        return await self.inbox.receive(messages)

    async def say(self, text: str) -> Reply:
        await self.send(self.message(text))
        return (await self.replies())[-1]

    async def press(self, choice: str) -> Reply:
        await self.send(self.message(choice=choice))
        return (await self.replies())[-1]

    async def replies(self) -> list[Reply]:
        """Return what was said to the person and is still kept."""
        box = schema.outbox
        query = sa.select(box.c.text, box.c.choices).join(schema.people)
        async with self.store.reading() as tx:
            mine = query.where(schema.people.c.telegram_id == self.number).order_by(box.c.id)
            return [Reply(text, tuple(Choice(*each) for each in choices)) for text, choices in await tx.execute(mine)]

    async def id(self) -> int:
        async with self.store.reading() as tx:
            found = await contacts.find(tx, Identity(telegram_id=self.number))
        assert found is not None
        return found

    async def kept(self) -> OwnData:
        async with self.store.reading() as tx:
            return await stored.collect(tx, await self.id())

    async def file(self) -> tuple[str, str, Any]:
        """Return the name, the type and the content of the file sent last."""
        query = sa.select(schema.attachments).order_by(schema.attachments.c.id.desc())
        async with self.store.reading() as tx:
            row: Any = (await tx.execute(query)).first()
        return row.filename, row.media_type, json.loads(row.content)


def ids(reply: Reply) -> list[str]:
    return [choice.id for choice in reply.choices]


def confirming(reply: Reply) -> str:
    return reply.choices[0].id


@pytest.fixture
def ann(store: Database, router: Router) -> Somebody:
    return Somebody(store, router)


@pytest.fixture
def bob(store: Database, router: Router) -> Somebody:
    return Somebody(store, router, number=2)


async def tie(somebody: Somebody, number: str = NUMBER) -> None:
    await somebody.say("/menu")
    await tied.tie(somebody.store, await somebody.id(), number)


# The page


async def test_the_page_tells_what_is_kept_with_real_numbers_and_days(ann: Somebody, bob: Somebody) -> None:
    await tie(ann)
    await bob.say("halo")
    await tied.let_in(ann.store, await ann.id(), await bob.id(), NUMBER, CODE)
    for text in ("/cek", "perorangan", "WNI"):
        await ann.say(text)

    page = await ann.say("/data")

    assert page.text.splitlines()[:8] == [
        "*Yang kami simpan tentang Anda*",
        "• Akun: akun Telegram Anda, sejak 24 November 2026. Bahasa: Bahasa Indonesia.",
        "• Percakapan: 5 tanda terima pesan Anda (tanpa isinya), 4 pesan dari saya.",
        "• Cek kelayakan: 2 jawaban, terakhir 24 November 2026.",
        f"• Usulan yang terhubung: {NUMBER} (pengusul, sejak 24 November 2026).",
        "• Wakil yang Anda beri akses: 1.",
        f"• Persetujuan untuk status usulan: sejak 24 November 2026, versi {tied.VERSION}.",
        "",
    ]
    assert CONTACT in page.text
    assert ids(page) == ["data:export", "data:delete", "data:withdraw", "eligibility", "menu"]


async def test_the_page_of_somebody_new_offers_nothing_to_withdraw(ann: Somebody) -> None:
    page = await ann.say("/data")

    assert "Usulan yang terhubung: tidak ada." in page.text
    assert "Persetujuan: tidak ada." in page.text
    assert ids(page) == ["data:export", "data:delete", "menu"]


async def test_many_proposals_are_listed_in_part_and_counted(ann: Somebody) -> None:
    await tie(ann)
    for number in range(2, 8):
        await tied.tie(ann.store, await ann.id(), f"UPK-2026-000{number}")

    page = await ann.say("/data")

    assert "UPK-2026-0005 (pengusul, sejak 24 November 2026); dan 2 lainnya." in page.text
    assert "UPK-2026-0006" not in page.text


async def test_the_page_counts_the_browser_chat_and_failed_proofs(ann: Somebody) -> None:
    ann.transcribed = frozenset({TELEGRAM})
    await ann.say("halo")
    await tied.propose(ann.store, NUMBER)
    assert not await tied.prove(ann.store, await ann.id(), NUMBER, "AAAABBBB9999")

    page = await ann.say("/data")

    assert "• Chat di peramban: 1 baris, termasuk tulisan Anda." in page.text
    assert "• Bukti yang tidak cocok: 1 kali, terakhir 24 November 2026 pukul 10.00 WIB." in page.text


@pytest.mark.parametrize(
    ("text", "language"),
    [("lihat data saya", "id"), ("Tolong tampilkan semua data saya ya", "id"), ("show my data", "en")],
)
async def test_the_page_can_be_asked_for_in_words(ann: Somebody, text: str, language: Language) -> None:
    page = await ann.say(text)

    assert page.text.startswith({"id": "*Yang kami simpan", "en": "*What we keep"}[language])


async def test_a_button_of_the_topic_that_there_is_none_of_shows_the_page(ann: Somebody) -> None:
    assert (await ann.press("data:nothing")).text.startswith("*Yang kami simpan")


def test_without_storage_the_page_says_that_nothing_is_kept(talk: Talk) -> None:
    text = talk.say("/data")

    assert "Akun:" not in text
    assert "0 tanda terima pesan" in text


# The file


async def test_the_file_holds_all_in_plain_words(ann: Somebody, bob: Somebody) -> None:
    await tie(ann)
    await bob.say("halo")
    await tied.let_in(ann.store, await ann.id(), await bob.id(), NUMBER, CODE)
    for text in ("/cek", "perorangan", "WNI", "/data"):
        await ann.say(text)

    reply = await ann.press("data:export")
    filename, media_type, content = await ann.file()

    assert reply.text.startswith("Ini semua data Anda dalam satu berkas.")
    assert (filename, media_type) == ("data-saya.json", "application/json")
    assert "24 November 2026 pukul 10.00 WIB" in content["tentang berkas ini"]
    assert content["akun"]["nomor akun Telegram"] == 1
    assert content["jawaban cek kelayakan"] == {"Pengusul": "Perorangan", "Kewarganegaraan": "WNI"}
    assert content["posisi percakapan"]["isi"]["tombol yang terakhir ditampilkan"][0] == "Unduh data saya"
    assert len(content["tanda terima pesan Anda"]) == 6
    assert content["pesan dari asisten"][0]["hasil pengiriman"] == "menunggu dikirim"
    (linked,) = content["usulan yang terhubung"]
    assert (linked["nomor registrasi"], linked["sebagai"]) == (NUMBER, "pengusul")
    assert linked["wakil yang Anda beri akses"] == [{"akhir kode": "1234", "sejak": "2026-11-24T11:00:00+07:00"}]
    (agreed,) = content["persetujuan"]
    assert (agreed["versi teks"], agreed["diberikan"]) == (tied.VERSION, "2026-11-24T10:00:00+07:00")


async def test_the_file_names_what_somebody_is_told_of(ann: Somebody) -> None:
    await ann.say("halo")
    async with ann.store.transaction() as tx:
        await subscriptions.subscribe(tx, await ann.id(), ["deadlines"], "1", NOW)
    await ann.press("data:export")
    _, _, content = await ann.file()

    (told,) = content["kabar yang Anda minta"]
    assert told["tentang"] == "pengingat tenggat, beberapa hari sebelumnya"


async def test_the_file_is_in_the_language_of_the_person(ann: Somebody) -> None:
    await ann.press("language:en")

    await ann.say("export my data")
    filename, _, content = await ann.file()

    assert filename == "my-data.json"
    assert content["account"]["language"] == "en"
    assert content["answers in the eligibility check"] == {}
    assert content["proofs that did not match"] is None


async def test_the_file_of_somebody_new_is_whole_and_nearly_empty(ann: Somebody) -> None:
    await ann.say("unduh data saya")

    _, _, content = await ann.file()

    assert content["posisi percakapan"] == {"terakhir berubah": None, "isi": None}
    assert (content["pesan dari asisten"], content["usulan yang terhubung"], content["persetujuan"]) == ([], [], [])


async def test_the_file_counts_failed_proofs_and_names_closed_doors(ann: Somebody) -> None:
    await ann.say("halo")
    await tied.propose(ann.store, NUMBER)
    assert not await tied.prove(ann.store, await ann.id(), NUMBER, "AAAABBBB9999")
    async with ann.store.transaction() as tx:
        await contacts.close_door(tx, await ann.id(), "web", NOW)
    await ann.say("unduh data saya")

    _, _, content = await ann.file()

    moment = "2026-11-24T10:00:00+07:00"
    assert content["bukti yang tidak cocok"] == {"berapa kali": 1, "terakhir": moment}
    assert content["tempat yang tidak bisa kami kirimi"] == [{"lewat": "web", "sejak": moment}]


async def test_the_file_keeps_letters_and_can_be_read_as_it_is(ann: Somebody) -> None:
    ann.transcribed = frozenset({TELEGRAM})
    await ann.say("apakah 😀 “boleh” – é?")
    await ann.say("unduh data saya")

    async with ann.store.reading() as tx:
        written = (await tx.execute(sa.select(schema.attachments.c.content))).scalar_one().decode()

    assert "apakah 😀 “boleh” – é?" in written
    assert written.startswith('{\n  "tentang berkas ini"')


async def test_nothing_of_others_and_no_hash_is_in_the_file(ann: Somebody, bob: Somebody) -> None:
    bob.number = 987654321
    await tie(ann)
    await bob.say("halo")
    await tied.let_in(ann.store, await ann.id(), await bob.id(), NUMBER, CODE)

    await ann.say("unduh data saya")
    _, _, content = await ann.file()

    written = json.dumps(content)
    assert [secret for secret in ("987654321", "Judul rahasia", "sha256", CODE) if secret in written] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", schema.OUTBOX_STATUSES)
def test_every_end_of_a_message_has_words(wording: Wording, language: Language, status: str) -> None:
    assert wording.say(f"own_data_file.status_{status}", language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", Identity.__dataclass_fields__)
def test_every_account_has_words(wording: Wording, language: Language, name: str) -> None:
    assert wording.say(f"own_data_file.{name}", language)
    assert wording.say(f"own_data.account_{name}", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_fit_every_channel(wording: Wording, language: Language) -> None:
    titles = [text for key, text in wording.group("own_data", language).items() if key.startswith("button_")]

    assert titles
    assert [title for title in titles if len(title) > 20] == []


# Deleting


async def test_deleting_asks_first_and_says_what_goes_and_what_stays(ann: Somebody, bob: Somebody) -> None:
    await tie(ann)
    await bob.say("halo")
    await tied.let_in(ann.store, await ann.id(), await bob.id(), NUMBER, CODE)

    asked = await ann.say("hapus data saya")

    assert asked.text.startswith("*Hapus semua data Anda?*")
    assert "Hubungan akun ini dengan usulan diputus: 1." in asked.text
    assert "Wakil yang Anda beri akses ikut kehilangan akses: 1." in asked.text
    assert "catatan kementerian tentang usulan itu sendiri" in asked.text
    assert f"sekitar {retention.ERASED // timedelta(hours=1)} jam" in asked.text
    assert f"paling lama {retention.ATTEMPTS.days} hari" in asked.text
    assert [choice.title for choice in asked.choices] == ["Ya, hapus semua", "Jangan"]
    assert len((await ann.kept()).ties) == 1


async def test_confirmed_deleting_leaves_the_farewell_and_what_is_needed_to_send_it(ann: Somebody) -> None:
    ann.transcribed = frozenset({TELEGRAM})
    await tie(ann)
    for text in ("/cek", "perorangan"):
        await ann.say(text)
    before = await ann.kept()

    farewell = await ann.press(confirming(await ann.say("hapus data saya")))

    found = await ann.kept()
    assert farewell.text.startswith("Sudah. Semua data Anda di asisten ini dihapus")
    assert farewell.choices == ()
    assert [message.text for message in found.messages] == [farewell.text]
    assert (found.lines, found.ties, found.consents, found.state) == ((), (), (), None)
    assert len(found.receipts) == len(before.receipts) + 2
    assert found.account is not None
    assert (found.account.language, found.account.notice_shown_at) == (None, None)


async def test_the_account_goes_an_hour_later_once_the_farewell_was_sent(ann: Somebody) -> None:
    await ann.press(confirming(await ann.say("hapus data saya")))
    (claim,) = await given.claim(ann.store)
    await given.intend(ann.store, [claim])
    await given.settle(ann.store, claim, "sent")

    async with ann.store.transaction() as tx:
        await retention.forget(tx, NOW + retention.ERASED + timedelta(seconds=1))

    tables = [schema.people, schema.inbound, schema.outbox, schema.conversations]
    assert [await given.count(ann.store, table) for table in tables] == [0, 0, 0, 0]


async def test_delegates_end_with_the_proposers_deletion_and_waiting_news_are_taken_back(
    ann: Somebody, bob: Somebody
) -> None:
    await tie(ann)
    await bob.say("halo")
    await tied.let_in(ann.store, await ann.id(), await bob.id(), NUMBER, CODE)
    for somebody in (ann, bob):
        await tied.tell(ann.store, await somebody.id(), NUMBER)

    await ann.press(confirming(await ann.say("hapus data saya")))

    assert (await bob.kept()).ties == ()
    texts = [message.text for somebody in (ann, bob) for message in (await somebody.kept()).messages]
    assert [text for text in texts if text.startswith("Kabar")] == []


async def test_deletion_that_is_delivered_again_does_nothing(ann: Somebody) -> None:
    confirm = ann.message(choice=confirming(await ann.say("hapus data saya")))
    await ann.send(confirm)
    before = await ann.kept()

    assert await ann.send(confirm) == [Received.REPEATED]
    assert await ann.kept() == before


async def test_deletion_that_is_delivered_again_when_the_account_is_gone_keeps_nothing_new(ann: Somebody) -> None:
    confirm = ann.message(choice=confirming(await ann.say("hapus data saya")))
    await ann.send(confirm)
    async with ann.store.transaction() as tx:
        await tx.execute(sa.delete(schema.people))

    await ann.send(confirm)

    (reply,) = await ann.replies()
    assert reply == Reply("Tidak ada lagi yang perlu dihapus: saya tidak menyimpan data Anda.")
    async with ann.store.reading() as tx:
        assert (await tx.execute(sa.select(schema.people.c.erased_at))).scalar_one() == NOW


async def test_deletion_confirmed_twice_says_that_nothing_is_left_and_remembers_nobody(ann: Somebody) -> None:
    confirm = confirming(await ann.say("hapus data saya"))
    await ann.press(confirm)
    ann.seconds = 1

    again = await ann.press(confirm)

    found = await ann.kept()
    assert again == Reply("Tidak ada lagi yang perlu dihapus: saya tidak menyimpan data Anda.")
    assert (len(found.messages), found.state) == (1, None)
    async with ann.store.reading() as tx:
        assert (await tx.execute(sa.select(schema.people.c.erased_at))).scalar_one() == at(1)


async def test_what_was_said_just_before_in_the_same_moment_goes_too(ann: Somebody) -> None:
    ann.transcribed = frozenset({TELEGRAM})
    asked = ann.message("hapus data saya")
    await ann.say("/menu")

    await ann.send(ann.message("halo"), asked, ann.message("Ya, hapus semua"))

    (farewell,) = await ann.replies()
    assert farewell.text.startswith("Sudah. ")
    assert (await ann.kept()).lines == ()


async def test_deletion_confirmed_twice_at_once_deletes_once(ann: Somebody) -> None:
    confirm = confirming(await ann.say("hapus data saya"))

    await ann.send(ann.message(choice=confirm), ann.message(choice=confirm))

    (last,) = await ann.replies()
    assert last.text.startswith("Tidak ada lagi yang perlu dihapus")
    assert (await ann.kept()).state is None


async def test_who_writes_on_in_the_same_moment_begins_anew_and_nothing_old_is_kept(ann: Somebody) -> None:
    ann.transcribed = frozenset({TELEGRAM})
    await tie(ann)
    await ann.press("language:en")
    confirm = confirming(await ann.say("delete my data"))
    ann.seconds = 30

    await ann.send(ann.message(choice=confirm), ann.message("halo"), ann.message("/menu"))

    farewell, hello, menu = await ann.replies()
    assert farewell.text.startswith("Done. All your data")
    assert hello.text.startswith("Halo! Ada yang bisa saya bantu")
    assert "Privasi: saya menyimpan" in hello.text
    assert menu.text.startswith("Ini yang bisa saya bantu.")
    found = await ann.kept()
    assert [line.text for line in found.lines] == ["halo", "/menu"]
    assert (found.ties, found.consents) == ((), ())
    assert found.account is not None
    assert (found.account.created_at, found.account.language, found.account.language_chosen) == (at(30), "id", False)
    assert (await ann.say("5")).text.startswith("*Pemeriksaan awal kelayakan*")  # the buttons of /menu are remembered


async def test_somebody_elses_message_in_the_same_moment_is_answered_as_ever(ann: Somebody, bob: Somebody) -> None:
    confirm = confirming(await ann.say("hapus data saya"))

    await ann.send(bob.message("/menu"), ann.message(choice=confirm), bob.message("/bantuan"))

    assert [reply.text.split("\n")[0] for reply in await bob.replies()] == [
        "Ini yang bisa saya bantu. Pilih salah satu, atau tulis pertanyaan Anda.",
        "*Cara memakai asisten ini*",
    ]
    assert (await bob.kept()).state is not None


@pytest.mark.parametrize(("seconds", "deleted"), [(PATIENCE - 1, True), (PATIENCE, True), (PATIENCE + 1, False)])
async def test_a_confirmation_holds_for_ten_minutes(ann: Somebody, seconds: float, deleted: bool) -> None:
    confirm = confirming(await ann.say("hapus data saya"))
    ann.seconds = seconds

    reply = await ann.press(confirm)

    assert reply.text.startswith("Sudah. " if deleted else "Tombol itu sudah tidak berlaku")
    assert ((await ann.kept()).state is None) == deleted


async def test_a_confirmation_that_is_too_old_is_asked_anew_and_can_then_be_given(ann: Somebody) -> None:
    confirm = confirming(await ann.say("hapus data saya"))
    ann.seconds = PATIENCE + 1

    again = await ann.press(confirm)

    assert confirming(again) != confirm
    assert (await ann.press(confirming(again))).text.startswith("Sudah. ")


async def test_a_confirmation_holds_only_while_it_was_shown_last(ann: Somebody) -> None:
    confirm = confirming(await ann.say("hapus data saya"))
    await ann.say("/menu")

    assert (await ann.press(confirm)).text.startswith("Tombol itu sudah tidak berlaku, jadi belum ada yang berubah.")
    assert (await ann.kept()).state is not None


@pytest.mark.parametrize("choice", ["data:erase", "data:erase:", "data:erase:x", "data:erase:9999999999", "data:leave"])
async def test_a_button_that_was_never_shown_deletes_nothing(ann: Somebody, choice: str) -> None:
    await tie(ann)

    await ann.press(choice)

    assert len((await ann.kept()).ties) == 1


@pytest.mark.parametrize("text", ["1", " 1. ", "(1)", "ya", "Iya dong", "ok", "YES", "hapus", "lanjut"])
async def test_a_number_or_a_yes_alone_never_deletes(ann: Somebody, text: str) -> None:
    asked = await ann.say("hapus data saya")

    reply = await ann.say(text)

    assert reply.text.startswith("Untuk berjaga-jaga, angka atau *ya* saja tidak cukup.") or "not enough" in reply.text
    assert reply.choices == asked.choices
    assert (await ann.kept()).state is not None
    assert (await ann.press(confirming(reply))).text.startswith(("Sudah. ", "Done. "))


@pytest.mark.parametrize("text", ["Ya, hapus semua", "ya hapus semua", " YA, HAPUS SEMUA! "])
async def test_the_words_of_the_button_delete(ann: Somebody, text: str) -> None:
    await ann.say("hapus data saya")

    assert (await ann.say(text)).text.startswith("Sudah. ")


@pytest.mark.parametrize(
    "text", ["2", "jangan", "Tidak", "batal", "/batal", "gak jadi", "Jangan dihapus ya", "no", "Jangan"]
)
async def test_a_no_keeps_everything(ann: Somebody, text: str) -> None:
    await ann.say("hapus data saya")

    reply = await ann.say(text)

    assert reply.text in (
        "Baik, tidak ada yang dihapus atau dicabut.",
        "All right, nothing was deleted or withdrawn.",
    )
    assert ids(reply) == ["data", "menu"]


@pytest.mark.parametrize("text", ["1", "ya", "jangan"])
async def test_without_a_confirmation_these_words_are_not_about_data(ann: Somebody, text: str) -> None:
    await ann.say("/data")
    await ann.say("/bahasa")

    assert (await ann.say(text)).text not in (
        "Baik, tidak ada yang dihapus atau dicabut.",
        "Untuk berjaga-jaga, angka atau *ya* saja tidak cukup.",
    )


async def test_a_question_below_a_confirmation_is_answered_and_deletes_nothing(ann: Somebody) -> None:
    await ann.say("hapus data saya")

    reply = await ann.say("kapan pendaftaran ditutup?")

    assert "endaftaran" in reply.text
    assert (await ann.say("Ya, hapus semua")).text.startswith("Sudah. ") is False


@pytest.mark.parametrize("text", ["hapus data saya", "delete my data", "hapus data gw dong min"])
async def test_deleting_in_words_is_never_answered_with_not_yet(ann: Somebody, text: str) -> None:
    reply = await ann.say(text)

    assert confirming(reply).startswith("data:erase:")


async def test_an_open_check_is_put_aside_and_can_be_gone_on_with(ann: Somebody) -> None:
    for text in ("/cek", "perorangan"):
        await ann.say(text)

    page = await ann.say("unduh data saya")
    on = await ann.press("eligibility")

    assert page.text.endswith("Pemeriksaan kelayakan Anda menunggu; tekan *Cek kelayakan* untuk melanjutkan.")
    assert ids(page) == ["data", "eligibility", "menu"]
    assert on.text.startswith("Anda sudah memulai pemeriksaan ini dan 1 jawaban masih tersimpan.")


async def test_deletion_during_a_check_asks_nothing_more_of_it(ann: Somebody) -> None:
    for text in ("/cek", "perorangan"):
        await ann.say(text)

    farewell = await ann.press(confirming(await ann.say("hapus data saya")))

    assert "pemeriksaan" not in farewell.text.casefold()
    assert len(await ann.replies()) == 1


# Withdrawing


async def test_withdrawing_asks_once_and_says_what_stops(ann: Somebody, bob: Somebody) -> None:
    await tie(ann)
    await bob.say("halo")
    await tied.let_in(ann.store, await ann.id(), await bob.id(), NUMBER, CODE)

    asked = await ann.press("data:withdraw")

    assert asked.text.startswith("*Cabut persetujuan Anda?*\nHubungan akun ini dengan usulan diputus: 1.")
    assert "Wakil yang Anda beri akses ikut kehilangan akses: 1." in asked.text
    assert [choice.title for choice in asked.choices] == ["Ya, cabut", "Jangan"]
    assert (await ann.kept()).agreed


async def test_withdrawn_consent_ends_links_delegates_and_news_and_is_kept_as_withdrawn(
    ann: Somebody, bob: Somebody
) -> None:
    await tie(ann)
    await bob.say("halo")
    await tied.let_in(ann.store, await ann.id(), await bob.id(), NUMBER, CODE)
    await tied.tell(ann.store, await ann.id(), NUMBER)
    asked = await ann.say("cabut persetujuan")
    ann.seconds = 60

    reply = await ann.press(confirming(asked))

    found = await ann.kept()
    assert reply.text.startswith(
        "Persetujuan Anda dicabut 24 November 2026 pukul 10.01 WIB. Hubungan dengan usulan yang diputus: 1."
    )
    assert (found.ties, found.agreed) == ((), False)
    withdrawn = found.consent(consents.STATUS)
    assert withdrawn is not None
    assert withdrawn.withdrawn_at == at(60)
    assert (await bob.kept()).ties == ()
    assert [message.text for message in found.messages if message.text.startswith("Kabar")] == []
    assert "• Persetujuan untuk status usulan: dicabut 24 November 2026" in (await ann.say("/data")).text


async def test_withdrawing_twice_says_that_there_is_nothing_left(ann: Somebody) -> None:
    await tie(ann)
    confirm = confirming(await ann.say("cabut persetujuan"))
    await ann.press(confirm)

    again = await ann.press(confirm)

    assert again.text.startswith("Tidak ada persetujuan yang berlaku, jadi tidak ada yang perlu dicabut.")
    assert "data:withdraw" not in ids(again)


async def test_a_withdrawal_that_is_too_old_is_asked_anew(ann: Somebody) -> None:
    await tie(ann)
    confirm = confirming(await ann.say("cabut persetujuan"))
    ann.seconds = PATIENCE + 1

    again = await ann.press(confirm)

    assert again.text.startswith("Tombol itu sudah tidak berlaku")
    assert (await ann.kept()).agreed
    assert (await ann.press(confirming(again))).text.startswith("Persetujuan Anda dicabut")


async def test_a_number_alone_withdraws_nothing(ann: Somebody) -> None:
    await tie(ann)
    await ann.say("cabut persetujuan")

    reply = await ann.say("1")

    assert reply.text.startswith("Untuk berjaga-jaga")
    assert (await ann.kept()).agreed


async def test_the_button_of_one_confirmation_is_not_good_for_another(ann: Somebody) -> None:
    await tie(ann)
    await ann.say("cabut persetujuan")

    await ann.press(f"data:erase:{int(NOW.timestamp())}")

    assert (await ann.kept()).agreed


def test_without_storage_nothing_is_withdrawn(talk: Talk) -> None:
    assert talk.say("cabut persetujuan").startswith("Tidak ada persetujuan yang berlaku")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_confirmations_name_the_minutes_they_hold(router: Router, language: Language) -> None:
    talk = Talk(router)
    talk.press(f"language:{language}")

    assert f" {own_data.PATIENCE // timedelta(minutes=1)} " in talk.press("data:delete")


async def test_staff_see_on_the_page_and_in_the_file_that_they_are(ann: Somebody) -> None:
    await ann.say("halo")
    async with ann.store.transaction() as tx:
        invited = Invited("Ann", "admin", "7KQM2B9TXW4CH8RD")
        await staff.invite(tx, invited, "command:test", NOW)
        await staff.redeem(tx, invitations.code_hash(invited.code), await ann.id(), TELEGRAM, NOW)
    page = (await ann.say("/data")).text
    await ann.press("data:export")
    _, _, found = await ann.file()

    assert "• Petugas: Ann, admin, sejak 24 November 2026." in page
    assert found["petugas"] == {
        "nama": "Ann",
        "sebagai": "admin",
        "lewat": TELEGRAM,
        "sedang bertugas": False,
        "diundang": "2026-11-24T10:00:00+07:00",
        "mulai": "2026-11-24T10:00:00+07:00",
    }
