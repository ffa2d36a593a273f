"""What somebody tries who wants to see what is not theirs."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from handlers.messages import Kind, clean
from storage import alarms, attempts
from storage.proposals.records import Entry
from storage.proposals.staging import Staging
from storage.proposals.tables import links, proposals
from storage.schema import people
from tests.handlers.status.desk import (
    ANI,
    BLOCKED,
    BUDI,
    CODE,
    NUMBER,
    OTHER,
    OTHER_CODE,
    OTHER_PHONE,
    PHONE,
    REFUSED,
    Desk,
)
from tests.storage import given
from tests.storage.emptied import ON_BOTH

STATE = "*Penilaian substansi*"
ANYBODY = 1_000  # people from here on have never been here
INJECTIONS = [
    "' OR 1=1 --",
    "UPK-1'; DROP TABLE proposals; --",
    '" OR ""="',
    "%",
    "UPK-2026-_____",
    "*",
    "{number} {contact}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "UPK-2026-00012\x00",
    "UPK-2026-00012 OR 4H2J-8RSD-6TNB",
    "../../etc/passwd",
    "𝔘𝔓𝔎-𝟚𝟘𝟚𝟞-𝟘𝟘𝟘𝟙𝟚",
    "٧KQM-2B9T-XW4C",
    "9" * 4096,
    "A1-" * 1000,
]


async def asked(desk: Desk, person: int, number: str) -> str:
    """Name a number, and return what is asked then."""
    await desk.say(person, "/status")
    return await desk.say(person, number)


def without_numbers(text: str) -> str:
    return re.sub(r"UPK-\d{4}-\d{5}", "UPK", text)


async def raised(desk: Desk) -> list[str]:
    async with desk.database.reading() as tx:
        return [alarm.kind for alarm in await alarms.since(tx, desk.at - timedelta(days=1))]


async def test_whether_a_number_exists_is_not_told(desk: Desk) -> None:
    await desk.record()
    there, not_there = [await asked(desk, ANYBODY + n, number) for n, number in enumerate((NUMBER, OTHER))]
    refused = [await desk.replies(ANYBODY + n, CODE.replace("7", "8")) for n in range(2)]

    assert without_numbers(there) == without_numbers(not_there)
    assert refused[0] == refused[1]
    assert refused[0][0].text.startswith(REFUSED)


@ON_BOTH
async def test_every_wrong_proof_is_refused_alike(desk: Desk) -> None:
    await desk.record()
    await desk.record(OTHER, "penjurian", OTHER_CODE, OTHER_PHONE)
    await desk.record("UPK-2026-00056", code="9W3E-5RTY-2VBN", code_life=timedelta(0))
    await desk.record("UPK-2026-00078", code=None, phone=None)
    proofs = [
        ("UPK-2026-99999", CODE),  # no such number
        (NUMBER, OTHER_CODE),  # another's code
        (NUMBER, "8KQM-2B9T-XW4C"),  # no such code
        ("UPK-2026-00056", "9W3E-5RTY-2VBN"),  # one that has run out
        ("UPK-2026-00078", CODE),  # there is no code
    ]
    answers = []
    for n, (number, code) in enumerate(proofs):
        await asked(desk, ANYBODY + n, number)
        answers.append(await desk.replies(ANYBODY + n, code))

    assert all(answer == answers[0] for answer in answers)


@ON_BOTH
async def test_who_tries_one_number_after_the_other_has_to_wait(desk: Desk) -> None:
    await desk.record()
    answers = []
    for n in range(5):
        await desk.say(BUDI, "/status")
        answers.append(await desk.say(BUDI, f"UPK-2026-{n:05} {CODE}"))

    assert [answer.startswith(BLOCKED) for answer in answers] == [False, False, True, True, True]
    await desk.say(BUDI, "/status")
    assert (await desk.say(BUDI, f"{NUMBER} {CODE}")).startswith(BLOCKED)


async def test_the_waits_grow_and_staff_are_told(desk: Desk) -> None:
    await asked(desk, BUDI, NUMBER)
    waits = []
    for _ in range(7):
        await desk.say(BUDI, CODE)
        async with desk.database.reading() as tx:
            standing = await attempts.standing(tx, await desk.person_id(BUDI), NUMBER, desk.at)
        until = standing.blocked_until(desk.at) or desk.at
        waits.append(until - desk.at)
        desk.at = until
        await asked(desk, BUDI, NUMBER)

    assert [wait.total_seconds() / 60 for wait in waits] == [0, 0, 1, 5, 15, 60, 60]
    assert "many_failures_of_person" in await raised(desk)


async def test_many_people_at_one_number_have_to_wait_too(desk: Desk) -> None:
    await desk.record()
    tries = max(attempts.NUMBER_ALARM, min(attempts.NUMBER_WAITS)) + 1
    answers = []
    for n in range(tries):
        await asked(desk, ANYBODY + n, NUMBER)
        answers.append(await desk.say(ANYBODY + n, OTHER_CODE))

    first = min(attempts.NUMBER_WAITS)
    assert all(answer.startswith(REFUSED) for answer in answers[: first - 1])
    assert all(answer.startswith(BLOCKED) for answer in answers[first - 1 :])


async def test_who_is_tied_to_it_already_is_not_kept_out_by_others(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI)
    for n in range(min(attempts.NUMBER_WAITS) + 1):
        await asked(desk, ANYBODY + n, NUMBER)
        await desk.say(ANYBODY + n, OTHER_CODE)

    assert STATE in await desk.say(BUDI, "/status")


async def test_a_forgotten_person_has_no_new_tries(desk: Desk) -> None:
    await desk.record()
    await asked(desk, BUDI, NUMBER)
    for _ in range(3):
        await desk.say(BUDI, OTHER_CODE)
    (page,) = await desk.replies(BUDI, "tolong hapus semua data saya")
    await desk.press(BUDI, page.choices[0].id)
    await asked(desk, BUDI, NUMBER)

    assert (await desk.say(BUDI, CODE)).startswith(BLOCKED)


@pytest.mark.parametrize("verb", ["show", "leave", "left", "quiet", "loud", "delegates", "invite", "cancel_codes"])
async def test_a_forged_button_shows_and_changes_nothing(desk: Desk, verb: str) -> None:
    await desk.record()
    await desk.link(BUDI)

    answer = await desk.press(ANI, f"status:{verb}:{NUMBER}")

    assert answer.startswith(("Usulan itu tidak terhubung", "Hanya pengusul"))
    assert await given.count(desk.database, links) == 1
    assert STATE in await desk.say(BUDI, "/status")


@pytest.mark.parametrize(
    "choice", ["status:", "status:show", "status:show:", "status:x:y:z", "status:agree", "status:add:"]
)
async def test_a_button_that_is_none_is_answered(desk: Desk, choice: str) -> None:
    assert await desk.press(BUDI, choice)


async def test_a_message_that_comes_again_proves_nothing_again(desk: Desk) -> None:
    await desk.record()
    await asked(desk, BUDI, NUMBER)
    proof = desk.message(BUDI, CODE)
    await desk.take(proof)
    await desk.press(BUDI, f"status:left:{NUMBER}")
    await desk.take(proof)

    assert await given.count(desk.database, links) == 0


async def test_anothers_number_is_not_proved_by_a_phone_that_only_looks_alike(desk: Desk) -> None:
    await desk.record(phone=PHONE)
    for n, phone in enumerate(("+8112-3456-7890", "+1 812 3456 7890", "812-3456-789", "+62 0812 3456 78901")):
        await asked(desk, ANYBODY + n, NUMBER)

        assert STATE not in str(await desk.replies(ANYBODY + n, kind=Kind.CONTACT, phone=phone))


@ON_BOTH
@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
async def test_whatever_is_put_in_stays_text(desk: Desk, text: str) -> None:
    await desk.record(title=clean(text)[:300])
    await desk.say(ANI, "/status")
    for said in (text, text, f"{NUMBER} {text}"):
        for answer in await desk.replies(ANI, said):
            assert STATE not in answer.text
    for choice in (f"status:show:{text}", f"status:revoke:{text}:{NUMBER}", f"status:invite:{text}"):
        assert STATE not in await desk.press(ANI, choice)
    await desk.link(BUDI)

    assert STATE in await desk.say(BUDI, "/status")
    assert await given.count(desk.database, proposals) == 1


@ON_BOTH
async def test_an_import_during_look_ups_disturbs_nobody(desk: Desk) -> None:
    await desk.record(title="Judul lama")
    await desk.link(BUDI)
    seen: list[str] = []
    done = asyncio.Event()

    async def look() -> None:
        while not done.is_set():
            seen.append(await desk.say(BUDI, "/status"))
            await asked(desk, ANI, NUMBER)

    async def take_in() -> None:
        for title in ("Judul baru", "Judul terbaru"):
            numbers = [NUMBER, *(f"UPK-2025-{n:05}" for n in range(1, 400))]
            entries = [Entry(number, 2026, "pengabdian", title) for number in numbers]
            file = Staging(desk.database)
            await file.add(list(enumerate(entries, start=2)), desk.at)
            await file.settle("command line", lambda: desk.at, lambda _: None, dry_run=False)
            await file.clear()
        done.set()

    await asyncio.gather(look(), take_in())
    seen.append(await desk.say(BUDI, "/status"))

    assert {text.splitlines()[1] for text in seen} <= {"Judul lama", "Judul baru", "Judul terbaru"}
    assert seen[-1].splitlines()[1] == "Judul terbaru"
    assert all(STATE in text for text in seen)
    assert await given.count(desk.database, people) == 2
