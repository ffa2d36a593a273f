"""All that is kept of a person is found and can be erased, and nothing of anybody else."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import alarms, attempts, consents, contacts, conversations, inbound, outbox, own_data, schema, transcript
from storage.alarms import Alarm
from storage.contacts import Identity
from storage.database import Database
from storage.inbound import Receipt
from storage.outbox import Draft, File
from storage.own_data import Account, ClosedDoor, LetIn, OpenCode, OwnData, Tied
from storage.proposals import links, proof, tables
from storage.received import Message
from storage.transcript import Line, Said
from tests.storage import given, tied
from tests.storage.given import NOW, TELEGRAM, at

FIRST, SECOND = "UPK-2026-0001", "UPK-2026-0002"
CODE, OTHER_CODE = "AAAABBBB1234", "AAAABBBB5678"
LATER = NOW + timedelta(hours=1)
# Every table that may hold something of one person; test_everything_kept_of_a_person_is_looked_at keeps it whole.
OF_A_PERSON = {
    "unreachable",
    "conversations",
    "inbound",
    "outbox",
    "transcript",
    "links",
    "alarms",
    "consents",
    "subscriptions",
    "interests",
    "handovers",
    "staff",
    "joining_codes",
    "openings",
}


async def collected(database: Database, person_id: int) -> OwnData:
    async with database.reading() as tx:
        return await own_data.collect(tx, person_id)


async def erased(database: Database, person_id: int) -> None:
    async with database.transaction() as tx:
        await own_data.erase(tx, person_id, NOW)


async def fill(database: Database, person_id: int) -> None:
    """Keep something of this person everywhere but about proposals."""
    async with database.transaction() as tx:
        await contacts.close_door(tx, person_id, "web", at(1))
        check = {"answers": {"years": 7}, "code_sha256": "c" * 64}
        state = {"offered": [["menu", "Menu"]], "status": check, "code_sha256": "d" * 64}
        await conversations.save(tx, {person_id: state}, at(2))
        receipts = [Receipt(TELEGRAM, f"{person_id}-{number}", person_id, at(number)) for number in (2, 1)]
        await inbound.record(tx, receipts)
        await transcript.add_said(tx, [Said(person_id, "halo", f"{person_id}", at(3))])
        await alarms.raise_(tx, Alarm("many_failures_of_person", NOW, person_id))
    await given.queue(database, person_id, "Halo!", files=(File("a.pdf", "application/pdf", "A", b"%PDF"),))
    (claim,) = await given.claim(database)
    await given.intend(database, [claim])
    await given.settle(database, claim, "sent", now=at(9), platform_message_id="77")


async def test_nothing_is_kept_of_somebody_we_never_met(store: Database) -> None:
    assert await collected(store, 1) == OwnData()


async def test_of_somebody_who_only_wrote_the_account_is_kept(store: Database) -> None:
    person = await given.person(store)

    found = await collected(store, person)

    account = Account(person, Identity(telegram_id=1), None, False, None, NOW, NOW)
    assert found == OwnData(account=account)
    assert (found.consent(consents.STATUS), found.agreed, found.delegates) == (None, False, 0)


async def test_all_that_is_kept_of_a_conversation_is_found(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await fill(store, ann)
    await fill(store, bob)

    found = await collected(store, ann)

    assert found.closed_doors == (ClosedDoor("web", at(1)),)
    assert [(receipt.message_id, receipt.received_at) for receipt in found.receipts] == [
        (f"{ann}-1", at(1)),
        (f"{ann}-2", at(2)),
    ]
    assert found.messages == (Message(TELEGRAM, "Halo!", (), ("a.pdf",), "sent", None, "77", NOW, at(9)),)
    assert found.lines == (Line(1, "person", "halo", (), f"{ann}", at(3)),)
    assert found.state_at == at(2)


async def test_a_code_that_still_waits_to_be_sent_is_not_handed_out(store: Database) -> None:
    ann = await given.person(store)
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(ann, TELEGRAM, f"Kode: {CODE}", topic=outbox.UNKEPT)], NOW)

    assert [message.text for message in (await collected(store, ann)).messages] == [""]


async def test_hashes_of_codes_are_left_out_of_where_a_conversation_stands(store: Database) -> None:
    ann = await given.person(store)
    await fill(store, ann)

    assert (await collected(store, ann)).state == {
        "offered": [["menu", "Menu"]],
        "status": {"answers": {"years": 7}},
    }


async def test_a_proposer_finds_their_proposals_whom_they_let_in_and_their_consent(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await tied.tie(store, ann, FIRST)
    await tied.tie(store, ann, SECOND)
    await tied.let_in(store, ann, bob, FIRST, CODE)
    async with store.transaction() as tx:
        await links.invite(tx, ann, FIRST, OTHER_CODE, NOW)

    found = await collected(store, ann)

    open_code = OpenCode("5678", NOW, NOW + links.DELEGATE_CODE_LIFE)
    plain = Tied(FIRST, "proposer", None, TELEGRAM, wants_news=True, told=0, since=NOW)
    assert found.ties == (
        dataclasses.replace(plain, let_in=(LetIn("1234", LATER),), open_codes=(open_code,)),
        dataclasses.replace(plain, number=SECOND),
    )
    assert found.delegates == 1
    assert found.consent(consents.STATUS) == consents.Consent(consents.STATUS, tied.VERSION, NOW)


async def test_a_delegate_finds_that_they_are_one_and_nothing_of_the_proposer(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await tied.tie(store, ann, FIRST)
    await tied.let_in(store, ann, bob, FIRST, CODE)

    (found,) = (await collected(store, bob)).ties

    assert found == Tied(FIRST, "delegate", "1234", TELEGRAM, wants_news=True, told=0, since=LATER)


async def test_a_consent_that_was_withdrawn_is_found_as_such_until_there_is_a_new_one(store: Database) -> None:
    ann = await given.person(store)
    async with store.transaction() as tx:
        await consents.give(tx, ann, consents.STATUS, "2026-01", NOW)
        await consents.withdraw(tx, ann, consents.STATUS, at(5))
    before = await collected(store, ann)
    async with store.transaction() as tx:
        await consents.give(tx, ann, consents.STATUS, "2026-11", at(9))
    found = await collected(store, ann)

    withdrawn = before.consent(consents.STATUS)
    assert (before.agreed, withdrawn and withdrawn.withdrawn_at) == (False, at(5))
    holds = found.consent(consents.STATUS)
    assert (holds and holds.version, found.agreed, len(found.consents)) == ("2026-11", True, 2)


async def test_failed_proofs_are_found_as_their_number(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await tied.propose(store, FIRST)
    for second in range(2):
        assert not await tied.prove(store, ann, FIRST, "AAAABBBB9999", at(second))

    assert (await collected(store, ann)).failed_proofs == attempts.Count(2, at(1))
    assert (await collected(store, bob)).failed_proofs is None


async def test_what_may_not_be_handed_out_is_nowhere_in_it(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await fill(store, ann)
    await tied.tie(store, ann, FIRST)
    await tied.let_in(store, ann, bob, FIRST, CODE)
    async with store.transaction() as tx:
        await links.invite(tx, ann, FIRST, OTHER_CODE, NOW)
        await alarms.raise_(tx, Alarm("code_used_again", NOW, ann, SECOND))

    found = [repr(await collected(store, person)) for person in (ann, bob)]

    secrets = ["Judul rahasia", "code_used_again", "sha256", proof.phone_hash("628")]
    secrets += [proof.code_hash(FIRST, code) for code in (tied.access_code(FIRST), CODE, OTHER_CODE)]
    assert [secret for secret in secrets for text in found if secret in text] == []
    assert "telegram_id=2" not in found[0]
    assert "telegram_id=1" not in found[1]


def test_everything_kept_of_a_person_is_looked_at() -> None:
    """Fails when a new table hangs on a person: then `collect`, `erase` and this set need it too."""
    tables = {
        table.name
        for table in schema.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table is schema.people
    }

    assert tables == OF_A_PERSON


async def test_erasing_leaves_the_account_receipts_and_what_guards_others(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await fill(store, ann)
    await fill(store, bob)
    await tied.tie(store, ann, FIRST)
    assert not await tied.prove(store, ann, SECOND)
    others = await collected(store, bob)

    await erased(store, ann)

    found = await collected(store, ann)
    assert found == OwnData(
        account=found.account,
        closed_doors=found.closed_doors,
        receipts=found.receipts,
        failed_proofs=attempts.Count(1, NOW),
    )
    assert await collected(store, bob) == others
    assert await given.count(store, schema.attachments) == 1
    assert await given.count(store, tables.proposals) == 1


async def test_erasing_a_proposer_puts_their_delegates_out_and_takes_waiting_news_back(store: Database) -> None:
    ann, bob, eve = await given.people(store, 3)
    await tied.tie(store, ann, FIRST)
    await tied.let_in(store, ann, bob, FIRST, CODE)
    await tied.tie(store, eve, SECOND)
    for person, number in ((ann, FIRST), (bob, FIRST), (eve, SECOND)):
        await tied.tell(store, person, number)

    await erased(store, ann)

    assert [(tie.number) for tie in (await collected(store, bob)).ties] == []
    assert await given.statuses(store) == {f"Kabar {SECOND}": "queued"}
    assert await given.count(store, tables.delegate_codes) == 0


async def test_erasing_a_delegate_leaves_the_proposer_as_they_are(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await tied.tie(store, ann, FIRST)
    await tied.let_in(store, ann, bob, FIRST, CODE)

    await erased(store, bob)

    (tie,) = (await collected(store, ann)).ties
    assert (tie.role, tie.let_in) == ("proposer", ())


@pytest.mark.parametrize("status", ["claimed", "sending"])
async def test_what_is_being_sent_stays_until_it_is_settled(store: Database, status: str) -> None:
    ann = await given.person(store)
    await given.queue(store, ann, "one", "two")
    claims = await given.claim(store)
    if status == "sending":
        await given.intend(store, claims)

    await erased(store, ann)

    assert await given.statuses(store) == {"one": status}
    await given.intend(store, claims)
    await given.settle(store, claims[0], "sent")
    assert await given.statuses(store) == {"one": "sent"}


async def test_erasing_twice_is_the_same_as_once(store: Database) -> None:
    ann = await given.person(store)
    await fill(store, ann)
    await erased(store, ann)
    once = await collected(store, ann)

    await erased(store, ann)

    assert await collected(store, ann) == once


async def test_an_account_that_was_erased_is_empty_but_for_its_name(store: Database) -> None:
    ann = await given.person(store)
    async with store.transaction() as tx:
        known = contacts.Person(ann, "en", language_chosen=True, notice_shown_at=NOW)
        await contacts.update(tx, [known], at(1))
        await contacts.mark_erased(tx, ann, at(60))

    async with store.reading() as tx:
        (row,) = (await tx.execute(sa.select(schema.people))).all()
    kept = {name: value for name, value in row._mapping.items() if value}
    moments = dict.fromkeys(("created_at", "last_seen_at", "erased_at"), at(60))
    assert kept == {"id": ann, "telegram_id": 1} | moments


async def test_who_writes_again_is_no_longer_forgotten(store: Database) -> None:
    ann = await given.person(store)
    async with store.transaction() as tx:
        await contacts.mark_erased(tx, ann, NOW)
        (known,) = await contacts.meet(tx, [Identity(telegram_id=1)], at(5))
        await contacts.update(tx, [known], at(5))

    async with store.reading() as tx:
        row: Any = (await tx.execute(sa.select(schema.people))).one()
    assert (row.id, row.erased_at, row.last_seen_at) == (ann, None, at(5))


async def test_a_person_with_much_is_collected_whole(store: Database) -> None:
    ann = await given.person(store)
    await given.queue(store, ann, *(f"text {number}" for number in range(300)))
    async with store.transaction() as tx:
        await transcript.add_said(tx, [Said(ann, "halo", f"{number}", NOW) for number in range(300)])

    found = await collected(store, ann)

    assert (len(found.messages), len(found.lines)) == (300, 300)
