"""People who may know of proposals, as a test begins with them."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import outbox
from storage.database import Database
from storage.outbox import PUSH, Draft
from storage.proposals import claims, links, proof, records
from storage.proposals.claims import Claim, Proof
from storage.proposals.records import Entry
from tests.storage.given import NOW, TELEGRAM

VERSION = "2026-11"


async def propose(database: Database, number: str) -> None:
    """Keep a proposal with an access code."""
    code = proof.code_hash(number, access_code(number))
    entry = Entry(number, 2026, "pengabdian", "Judul rahasia", code_sha256=code, phone_sha256=proof.phone_hash("628"))
    async with database.transaction() as tx:
        await records.put(tx, entry, NOW)


def access_code(number: str) -> str:
    """Return the access code of a proposal made here."""
    return f"QRST{number[-4:]}QRST"


async def prove(database: Database, person_id: int, number: str, code: str = "", at: datetime = NOW) -> bool:
    """Show a code, the proposal's own without one; return whether it was accepted."""
    shown = Proof(code_sha256=proof.code_hash(number, code or access_code(number)))
    async with database.transaction() as tx:
        return (await claims.prove(tx, Claim(person_id, TELEGRAM, number, shown, VERSION), at)).accepted


async def tie(database: Database, person_id: int, number: str) -> None:
    """Make somebody the proposer of a new proposal."""
    await propose(database, number)
    assert await prove(database, person_id, number)


async def let_in(database: Database, proposer: int, delegate: int, number: str, code: str) -> None:
    """Let a delegate in, an hour later."""
    async with database.transaction() as tx:
        await links.invite(tx, proposer, number, code, NOW)
    assert await prove(database, delegate, number, code, NOW + timedelta(hours=1))


async def tell(database: Database, person_id: int, number: str) -> None:
    """Queue news about a proposal."""
    news = Draft(person_id, TELEGRAM, f"Kabar {number}", priority=PUSH, topic=links.topic(number))
    async with database.transaction() as tx:
        await outbox.add(tx, [news], NOW)
