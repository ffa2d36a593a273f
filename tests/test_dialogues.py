"""Talk is tested as talk: tests/dialogues/*.txt. Between two messages everything is closed and opened again.

UPDATE_DIALOGUES=1 writes down what is answered now, to be read in the diff.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.channels import fit
from bot.channels.terminal import NAME, Terminal
from faq import normalise
from faq.language import LANGUAGES
from faq.library import Library
from faq.taught import Taught
from handlers.inbox import Inbox
from handlers.messages import Choice, Inbound, Reply
from handlers.routing import Router
from handlers.wording import Wording
from storage import contacts, outbox, windows
from storage.contacts import Identity
from storage.database import Database
from storage.office import invitations, staff, taught
from storage.office.staff import Invited
from storage.office.tables import staff as staff_table
from storage.outbox import Lease, Settlement
from storage.proposals import proof, records, releases
from storage.proposals.records import Entry
from tests import databases
from tests.conftest import LEARNED
from tests.dialogues import script
from tests.dialogues.script import Heard, Officer, Script, ScriptError, Turn

FOLDER = Path(__file__).parent / "dialogues"
CONTACT = "panitia@example.test"
UPDATE = "UPDATE_DIALOGUES"


@pytest.fixture(scope="session")
def library() -> Library:
    """The content we ship: read from files that never change while we run, and so not worth closing."""
    return Library.load(cache=LEARNED)


@functools.cache
def wording() -> Wording:
    """The phrases we ship, which never change either."""
    return Wording.load()


async def answer(url: str, library: Library, turn: Turn, number: int, last: Reply | None) -> Heard:
    """Take one message in with a process of its own, as it were, and return what it sends."""
    kind, text, choice = turn.sends(last)
    database = Database(url)
    async with database.reading() as tx:
        known = [Taught(each.text, each.article_id) for each in await taught.everything(tx)]
    router = Router(library.with_taught(known, library.taught), wording(), CONTACT)
    inbox = Inbox(
        database,
        decide=router.decide,
        apologise=router.apologise,
        # People of a dialogue may share their phone number, as on Telegram.
        fit=lambda _channel, reply: fit.fit(reply, replace(Terminal.limits, shares_phone=True)),
    )
    sender = in_terminal(turn.person)
    message = Inbound(NAME, f"{number}", sender, turn.at, kind, text, choice, turn.language)
    try:
        await put_on_record(database, turn)
        await invite(database, turn)
        await inbox.receive([replace(message, phone=turn.phone, can_share_phone=True)])
        return await sent(database, turn)
    finally:
        await database.close()


def in_terminal(name: str) -> Identity:
    return Identity(terminal_name=name)


async def put_on_record(
    database: Database, turn: Turn, known_as: Callable[[str], Identity] = in_terminal, channel: str = NAME
) -> None:
    for each in turn.officers:
        await put_to_work(database, each, turn, known_as(each.person), channel)
    for given in turn.proposals:
        number, code, phone = proof.number(given.number), proof.code(given.code), proof.phone(given.phone)
        assert None not in (number, code, phone)
        entry = Entry(
            number,
            2026,
            "pengabdian",
            phone_sha256=proof.phone_hash(phone),
            code_sha256=proof.code_hash(number, code),
            state=None if given.state == "-" else given.state,
            entered_at=turn.at,
        )
        async with database.transaction() as tx:
            await records.put(tx, entry, turn.at)
            if given.state != "-":
                await releases.release_one(tx, number, turn.at, turn.at)


async def invite(database: Database, turn: Turn) -> None:
    for each in turn.invitations:
        code = invitations.read(each.code)
        assert code is not None
        async with database.transaction() as tx:
            role: staff.Role = "admin" if each.role == "admin" else "officer"
            assert await staff.invite(tx, Invited(each.name, role, code), "command:dialogue", turn.at)


async def put_to_work(database: Database, officer: Officer, turn: Turn, identity: Identity, channel: str) -> None:
    async with database.transaction() as tx:
        (met,) = await contacts.meet(tx, [identity], turn.at)
        await windows.note(tx, {met.id: turn.at})  # officers write every day
        row: dict[str, object] = {"name": officer.name, "role": "officer", "person_id": met.id, "channel": channel}
        await tx.execute(sa.delete(staff_table).where(staff_table.c.person_id == met.id))
        await tx.execute(
            sa.insert(staff_table).values(**row, on_duty=officer.on_duty, invited_at=turn.at, joined_at=turn.at)
        )


async def sent(database: Database, turn: Turn) -> Heard:
    replies: list[Reply] = []
    others: list[tuple[str, Reply]] = []
    lease = Lease("dialogue", turn.at, timedelta(seconds=30))
    async with database.transaction() as tx:
        while claims := await outbox.claim(tx, NAME, lease, 1):
            await outbox.intend(tx, claims, lease)
            await outbox.settle(tx, [Settlement(claims[0], "sent")], turn.at)
            reply = Reply(claims[0].text, tuple(Choice(*choice) for choice in claims[0].choices))
            to = claims[0].address.terminal_name or ""
            if to == turn.person:
                replies.append(reply)
            else:
                others.append((to, reply))
    return Heard(replies, others)


async def hold(text: str, library: Library, folder: Path) -> tuple[Script, list[Heard]]:
    """Hold the dialogue and return the replies to each of its turns."""
    url = databases.sqlite_copy(folder / "dialogue.db")
    dialogue = script.read(text)
    heard: list[Heard] = []
    last: dict[str, Reply] = {}  # by the name of whoever it was said to
    for number, turn in enumerate(dialogue.turns):
        heard.append(await answer(url, library, turn, number, last.get(turn.person)))
        last |= dict([*((turn.person, reply) for reply in heard[-1].replies), *heard[-1].others])
    return dialogue, heard


def problems(dialogue: Script, heard: Sequence[Heard], library: Library) -> list[str]:
    return [
        f"line {turn.line}, > {turn.said}: {problem}"
        for turn, answered in zip(dialogue.turns, heard, strict=True)
        for problem in (*turn.problems(answered), *mistaken(turn, answered.replies, library))
    ]


def mistaken(turn: Turn, replies: Sequence[Reply], library: Library) -> Iterator[str]:
    """Say which replies are not what was meant: the whole article in that language, or what answers a command."""
    for (name, language), reply in zip(turn.meant, replies, strict=False):
        if name in library.articles:
            right = reply.text.startswith(library.render(name, language, turn.at, CONTACT))
        else:
            first = reply.text.partition(" / ")[0]  # the choice of a language is offered in both, this person's first
            right = library.match(turn.said).ids == (name,) and library.language(first) == language
        if not right:
            yield f"expected {name} in {language!r}"
    if turn.meant and len(turn.meant) != len(replies):
        yield f"{len(turn.meant)} things were meant, but there were {len(replies)} replies"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
async def test_a_dialogue_goes_as_it_is_written_down(path: Path, library: Library, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    dialogue, replies = await hold(text, library, tmp_path)

    if os.environ.get(UPDATE):
        path.write_text(dialogue.rewritten(replies), encoding="utf-8")
    else:
        assert "\n\n".join(problems(dialogue, replies, library)) == ""
        assert dialogue.rewritten(replies) == text  # nothing is left out, and updating would change nothing


def test_everything_we_answer_is_asked_for_in_both_languages(library: Library) -> None:
    known = (*library.articles, *library.content.commands, *library.content.smalltalk)
    wanted = {(name, language) for name in known for language in LANGUAGES}

    assert wanted - {meant for turn in asked() for meant in turn.meant} == set()


def test_nobody_asks_in_the_words_we_learned_from(library: Library) -> None:
    content = library.content
    spoken = [found.phrasings for found in library.articles.values()]
    spoken += [*content.commands.values(), *content.smalltalk.values()]
    learned = {tuple(normalise.words(text)) for each in spoken for texts in each.values() for text in texts}

    assert [turn.said for turn in asked() if turn.meant and tuple(normalise.words(turn.said)) in learned] == []


def asked() -> list[Turn]:
    return [turn for path in FOLDER.glob("*.txt") for turn in script.read(path.read_text(encoding="utf-8")).turns]


GOOD = """\
# Numbers and buttons
@ 2024-08-26T12:00+07:00
> /batal
<~ Tidak ada yang sedang berjalan.
<~ Privasi
<! gratis

> [Bahasa / Language]
< Mau memakai bahasa apa? / Which language would you like?
[Bahasa Indonesia] [English]

> 2
< All right, I will answer in *English*.

@ language en
> {voice}
<~ voice messages

> who is the jury this time
= jury_members en
<~ jury
"""


async def test_a_dialogue_that_is_true_has_no_problems(library: Library, tmp_path: Path) -> None:
    dialogue, replies = await hold(GOOD, library, tmp_path)

    assert problems(dialogue, replies, library) == []
    assert dialogue.rewritten(replies) == GOOD


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("< All right, I", "< All right I", "line 12, > 2: expected the reply"),
        ("<~ Privasi", "<~ Promosi", "line 3, > /batal: expected 'Promosi' in"),
        ("<! gratis", "<! PRIVASI", "line 3, > /batal: did not expect 'PRIVASI' in"),
        ("[Bahasa Indonesia] [English]", "[English]", "expected the buttons [English], but they were [Bahasa Indo"),
        (
            "< All right, I will answer in *English*.\n",
            "",
            "line 12, > 2: expected replies to [], but they were to [None]",
        ),
        (
            "= jury_members en",
            "= jury_members id",
            "line 19, > who is the jury this time: expected jury_members in 'id'",
        ),
        ("= jury_members en", "= cmd_menu en", "expected cmd_menu in 'en'"),
        ("members en\n", "members en\n= jury_members en\n", "2 things were meant, but there were 1 replies"),
        (
            "*English*.\n",
            "*English*.\n\n< More\n",
            "line 12, > 2: expected replies to [None, None], but they were to [None]",
        ),
    ],
)
async def test_a_dialogue_that_is_not_true_says_where(
    library: Library, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    dialogue, replies = await hold(GOOD.replace(old, new), library, tmp_path)

    (found,) = problems(dialogue, replies, library)
    assert problem in found


async def test_updating_writes_the_replies_down_and_keeps_comments_and_true_parts(
    library: Library, tmp_path: Path
) -> None:
    spoilt = GOOD.replace("< All right, I will answer in *English*.", "").replace("?\n[Bahasa Ind", "\n[Ind")
    dialogue, replies = await hold(spoilt, library, tmp_path)

    updated = dialogue.rewritten(replies)

    menu = script.buttons(replies[2].replies[0])
    assert updated.replace(f"*English*.\n{menu}\n\n", "*English*.\n") == GOOD


async def test_an_updated_dialogue_is_true(library: Library, tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    said = "\n\n".join(f"> {text}" for text in ("kapan", "1", "halo", "{sticker}", "[help]"))
    dialogue, replies = await hold(said, library, tmp_path / "before")

    again, same = await hold(dialogue.rewritten(replies), library, tmp_path)

    assert problems(again, same, library) == []
    assert again.rewritten(same) == dialogue.rewritten(replies)


TALK = """\
@ officer rina Rina
> /petugas
<~ Yang sudah menunggu: 0

> 1
<~ nomor 1

~ rina
<~ Permintaan bicara nomor 1
[Jawab nomor 1]
"""


async def test_what_is_said_to_others_stands_below_their_name(library: Library, tmp_path: Path) -> None:
    dialogue, heard = await hold(TALK, library, tmp_path)

    assert problems(dialogue, heard, library) == []
    assert dialogue.rewritten(heard) == TALK


async def test_what_is_said_to_somebody_else_than_expected_is_a_problem(library: Library, tmp_path: Path) -> None:
    dialogue, heard = await hold(TALK.replace("~ rina", "~ dewi"), library, tmp_path)

    (found,) = problems(dialogue, heard, library)
    assert "expected replies to [None, 'dewi'], but they were to [None, 'rina']" in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("< halo\n", "line 1: a reply before anything was said"),
        ("> halo\n[Menu]\n", "line 2: buttons without a reply above them"),
        ("[Menu]\n", "line 1: buttons without a reply above them"),
        ("> halo\nhalo\n", "line 2: begins with none of # @ > = < ~ ["),
    ],
)
def test_a_dialogue_that_cannot_be_read_says_where(text: str, message: str) -> None:
    with pytest.raises(ScriptError, match=r".") as caught:
        script.read(text)

    assert str(caught.value) == message


async def test_a_button_that_was_not_offered_cannot_be_pressed_by_mistake(library: Library, tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="line 3: the last reply had no button 'Nothing'"):
        await hold("> /menu\n<~ .\n> [Nothing]\n", library, tmp_path)
