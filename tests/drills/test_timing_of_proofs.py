"""A wrong number, somebody else's proposal and a wrong code take the same time: over 1,000 tries of each.

No time is asserted, only that nobody can tell the kinds apart by it: of two tries of different kinds either is slower
as often as the other, as far as so many tries can tell.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from faq.library import Library
from handlers.messages import Inbound, Kind
from handlers.routing import Router
from handlers.wording import Wording
from storage import migrate
from storage.database import Database
from storage.proposals import proof, records
from storage.proposals.records import Entry
from tests.conftest import LEARNED
from tests.handlers.status.desk import Desk, opened
from tests.handlers.talk import CONTACT

TRIES = 1_000
CODE, PHONE = "7KQM-2B9T-XW4C", "+62 812-3456-7890"
# In that share of pairs one kind is slower: a half, and within this of it in 999 of 1,000 runs.
TOLERANCE = 3.3 * ((2 * TRIES + 1) / (12 * TRIES**2)) ** 0.5

pytestmark = pytest.mark.drill


def slower(one: list[float], other: list[float]) -> float:
    """Return how often a try of the one kind is slower than one of the other (the area under the curve)."""
    ranks = np.argsort(np.argsort([*one, *other])) + 1
    return float((ranks[: len(one)].sum() - len(one) * (len(one) + 1) / 2) / (len(one) * len(other)))


def there(n: int) -> str:
    return f"UPK-2026-{n:05}"


def not_there(n: int) -> str:
    return f"UPK-2025-{n:05}"


def random_code() -> str:
    return proof.grouped(proof.new_code())


KINDS: dict[str, tuple[Callable[[int], str], Callable[[], str] | None]] = {
    "wrong number, by code": (not_there, lambda: CODE),
    "another's code": (there, lambda: CODE),
    "wrong code": (there, random_code),
    "wrong number, by phone": (not_there, None),
    "another's phone": (there, None),
}
BY_CODE, BY_PHONE = list(KINDS)[:3], list(KINDS)[3:]


async def asked(desk: Desk, people: Sequence[tuple[int, str]]) -> None:
    """Let these people name their numbers: each is asked for a proof then."""
    for start in range(0, len(people), 100):
        some = people[start : start + 100]
        await desk.take(*(desk.message(person, "/status") for person, _ in some))
        await desk.take(*(desk.message(person, number) for person, number in some))


async def timed(desk: Desk, message: Inbound) -> float:
    started = time.perf_counter()
    await desk.take(message)
    return time.perf_counter() - started


async def test_nobody_can_tell_them_apart_by_time(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(1)
    database = Database(database_url)
    await migrate.upgrade(database)
    desk = opened(database, Router(Library.load(cache=LEARNED), Wording.load(), CONTACT))
    async with database.transaction() as tx:
        for n in range(TRIES):
            phone, code = proof.phone_hash(f"62813{n:08}"), proof.code_hash(there(n), proof.new_code())
            entry = Entry(there(n), 2026, "pengabdian", phone_sha256=phone, code_sha256=code)
            await records.put(tx, entry, desk.at)
    await desk.record(there(TRIES), code=CODE)
    tries = [(n, kind) for n in range(TRIES) for kind in chance.sample(list(KINDS), len(KINDS))]
    await asked(desk, [(person, KINDS[kind][0](n)) for person, (n, kind) in enumerate(tries, start=1)])
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for person, (_, kind) in enumerate(tries, start=1):
        code_of = KINDS[kind][1]
        shown = {"kind": Kind.CONTACT, "phone": PHONE} if code_of is None else {"text": code_of()}
        took[kind].append(await timed(desk, desk.message(person, **shown)))
    await database.close()

    pairs = [*itertools.combinations(BY_CODE, 2), *itertools.combinations(BY_PHONE, 2)]
    shares = {f"{one} / {other}": slower(took[one], took[other]) for one, other in pairs}
    with capsys.disabled():
        print(f"\n{database_url.partition(':')[0]}, {TRIES} tries of each, tolerance {TOLERANCE:.3f}:")
        for kind, times in took.items():
            print(f"  {kind:24} median {1000 * np.median(times):.3f} ms")
        for pair, share in shares.items():
            print(f"  {pair:48} slower in {share:.3f}")

    assert {pair: share for pair, share in shares.items() if abs(share - 0.5) > TOLERANCE} == {}
