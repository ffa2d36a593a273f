"""Made-up proposals, and people who may know of them, for the tests of storage and of the commands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.proposals import claims, proof, records, releases
from storage.proposals.claims import Claim, Proof
from storage.proposals.records import Entry, Judgement, Proposal
from storage.proposals.tables import links
from tests.storage.given import NOW, TELEGRAM

NUMBER = "UPK-2024-001"
OTHER = "UPK-2024-002"
PHONE = "6281234567890"
CODE = "7KQM2B9TXW4C"
ENTRY = Entry(
    NUMBER,
    2024,
    "pengabdian",
    title="Anyaman bambu",
    phone_sha256=proof.phone_hash(PHONE),
    code_sha256=proof.code_hash(NUMBER, CODE),
    state="seleksi_administrasi",
)


def entry(number: str = NUMBER, **said: object) -> Entry:
    """Return an entry with its own phone and code where nothing else is said."""
    own = {"phone_sha256": proof.phone_hash(number), "code_sha256": proof.code_hash(number, CODE)}
    return replace(ENTRY, **({"number": number} | (own if number != NUMBER else {}) | said))


async def put(database: Database, *entries: Entry, now: datetime = NOW) -> list[Judgement]:
    async with database.transaction() as tx:
        return [await records.put(tx, each, now) for each in entries]


async def get(database: Database, number: str = NUMBER) -> Proposal:
    async with database.reading() as tx:
        found = await records.get(tx, number)
    assert found is not None
    return found


async def correct(database: Database, state: str, number: str = NUMBER, now: datetime = NOW) -> records.Event | None:
    async with database.transaction() as tx:
        return await records.correct(tx, number, state, now)


async def release(database: Database, at: datetime = NOW, number: str = NUMBER, now: datetime = NOW) -> int:
    async with database.transaction() as tx:
        return await releases.release_one(tx, number, at, now)


async def link(database: Database, person_id: int, number: str = NUMBER, channel: str = TELEGRAM) -> int:
    """Make the person the proposer and return the number of the link."""
    phone = PHONE if number == NUMBER else number
    claim = Claim(person_id, channel, number, Proof(phone_sha256=proof.phone_hash(phone)), "1")
    async with database.transaction() as tx:
        proved = await claims.prove(tx, claim, NOW)
        assert proved.accepted
        own = sa.select(links.c.id).where(links.c.person_id == person_id, links.c.number == number)
        return int((await tx.execute(own)).scalar_one())
