"""How well questions are understood, what is doubtful, what was missed and what helped is shown to whoever writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import faq_commands
from bot.errors import PlainError
from bot.service import open_database
from faq import labelled
from faq.labelled import HEADER
from faq.library import Library
from storage import contacts, feedback, unanswered
from storage.contacts import Identity
from storage.feedback import Feedback
from storage.office import taught
from storage.office.tables import staff
from storage.unanswered import Unanswered
from tests.bot import serving
from tests.faq.conftest import folder, sound  # noqa: F401 - fixtures
from tests.faq.test_library import spoil

load = Library.load  # the tests of this folder put another in its place

LABELLED = [
    "kapan pendaftaran ditutup?\tregistration_close_date\tid\tformal",
    "when does registration close?\tregistration_close_date\ten\tformal",
    "kapan pendaftaran ditutup ya\tprize_benefits\tid\twrong",
    "resep sambal matah dong\toos\tid\tother_topic",
]


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    file = tmp_path / "messages.tsv"
    file.write_text("\n".join([HEADER, *LABELLED]) + "\n", encoding="utf-8")
    return file


async def test_the_figures_are_a_table(tmp_path: Path, messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await faq_commands.measure(serving.settings(tmp_path), messages, as_json=False, show=False)
    lines = capsys.readouterr().out.splitlines()
    cells = {line.split("  ")[0]: line.split() for line in lines}

    assert cells["all"][:5] == ["all", "3", "1", "66.7", "%"]
    assert cells["wrong"][1:4] == ["1", "0", "0.0"]
    assert cells["other_topic"][1:4] == ["0", "1", "-"]
    assert any(line.startswith("time a message") and "p95" in line for line in lines)
    assert lines[-1] == "    1 prize_benefits -> registration_close_date"


async def test_the_figures_are_json_for_programs(
    tmp_path: Path, messages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await faq_commands.measure(serving.settings(tmp_path), messages, as_json=True, show=False)
    found = json.loads(capsys.readouterr().out)

    assert (found["in_scope"], found["out_of_scope"], found["right"], found["wrong"]) == (3, 1, 66.7, 33.3)
    assert found["by_style"]["formal"]["right"] == 100
    assert found["by_language"]["en"]["in_scope"] == 1
    assert found["confusions"] == [["prize_benefits", "registration_close_date", 1]]
    assert 0 <= found["p50_ms"] <= found["p95_ms"]
    assert {"right_with_slips", "right_without_vowels"} <= found.keys()


async def test_what_did_not_come_out_right_is_listed_when_asked(
    tmp_path: Path, messages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await faq_commands.measure(serving.settings(tmp_path), messages, as_json=False, show=True)
    (listed,) = (line for line in capsys.readouterr().out.splitlines() if "\t" in line)
    outcome, wanted, got, score, text = listed.split("\t")

    assert (outcome, wanted, got) == ("wrong", "prize_benefits", "registration_close_date")
    assert text == "kapan pendaftaran ditutup ya"
    assert 0 <= float(score) <= 1


async def test_without_messages_there_is_nothing_to_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "empty.tsv"
    file.write_text(f"{HEADER}\n", encoding="utf-8")
    await faq_commands.measure(serving.settings(tmp_path), file, as_json=True, show=True)
    found = json.loads(capsys.readouterr().out)

    assert (found["right"], found["language"], found["p95_ms"]) == (None, None, 0.0)


async def test_without_a_file_the_projects_own_messages_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await faq_commands.measure(serving.settings(tmp_path), None, as_json=True, show=False)

    assert json.loads(capsys.readouterr().out)["in_scope"] > 100


async def test_where_the_own_messages_are_not_installed_a_file_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelled, "OWN", tmp_path / "nothing.tsv")

    with pytest.raises(PlainError, match="name a file with --file"):
        await faq_commands.measure(serving.settings(tmp_path), None, as_json=False, show=False)


async def test_doubts_are_listed_and_counted(
    tmp_path: Path,
    sound: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Library, "load", lambda **_: load(sound))
    fine = await faq_commands.examine(serving.settings(tmp_path))
    before = capsys.readouterr().out
    spoil(sound, "closing", 'related = ["opening"]', "related = []")
    doubtful = not await faq_commands.examine(serving.settings(tmp_path))

    assert (fine, doubtful) == (True, True)
    assert before == "0 doubts about 2 articles.\n"
    assert capsys.readouterr().out == "opening: no other article leads to it.\n1 doubts about 2 articles.\n"


NOW = datetime.now(UTC)


async def keep(folder: Path) -> None:  # noqa: F811
    """Keep some messages and presses, an old one of each among them."""
    texts = ["boleh bawa anak?", "cuaca jakarta", "Boleh bawa anak", "boleh bawa anak ga"]
    database = await open_database(serving.settings(folder))
    async with database.transaction() as tx:
        await unanswered.add(tx, [Unanswered("old one", "id", NOW - timedelta(days=31))])
        await unanswered.add(tx, [Unanswered(text, "id", NOW) for text in texts])
        await feedback.add(tx, [Feedback("purpose", False, NOW - timedelta(days=31))])
        await feedback.add(tx, [Feedback("purpose", True, NOW), Feedback("award", False, NOW)])
    await database.close()


async def test_what_was_not_understood_is_listed_in_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await keep(tmp_path)
    await faq_commands.list_unanswered(serving.settings(tmp_path), 30, as_json=False)

    assert capsys.readouterr().out.splitlines() == [
        "4 messages in 30 days were not understood; 2 different ones.",
        "    3  boleh bawa anak?",
        "       Boleh bawa anak",
        "       boleh bawa anak ga",
        "    1  cuaca jakarta",
    ]


async def test_what_was_not_understood_is_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await keep(tmp_path)
    await faq_commands.list_unanswered(serving.settings(tmp_path), 30, as_json=True)

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"count": 3, "messages": ["boleh bawa anak?", "Boleh bawa anak", "boleh bawa anak ga"]},
        {"count": 1, "messages": ["cuaca jakarta"]},
    ]


async def test_further_back_more_was_not_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await keep(tmp_path)
    await faq_commands.list_unanswered(serving.settings(tmp_path), 60, as_json=False)

    assert capsys.readouterr().out.startswith("5 messages in 60 days were not understood; 3 different ones.\n")


async def test_with_nothing_missed_the_list_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await faq_commands.list_unanswered(serving.settings(tmp_path), 30, as_json=False)

    assert capsys.readouterr().out == "0 messages in 30 days were not understood; 0 different ones.\n"


async def test_ratings_are_listed_the_least_helpful_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await keep(tmp_path)
    await faq_commands.list_ratings(serving.settings(tmp_path), 30, as_json=False)

    assert capsys.readouterr().out.splitlines() == ["    1 no     0 yes  award", "    0 no     1 yes  purpose"]


async def test_ratings_are_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await keep(tmp_path)
    await faq_commands.list_ratings(serving.settings(tmp_path), 30, as_json=True)

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"article_id": "award", "helpful": 0, "unhelpful": 1},
        {"article_id": "purpose", "helpful": 1, "unhelpful": 0},
    ]


@pytest.mark.parametrize(("as_json", "shown"), [(False, "No answer was rated in 30 days.\n"), (True, "")])
async def test_with_nothing_rated_the_list_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool, shown: str
) -> None:
    await faq_commands.list_ratings(serving.settings(tmp_path), 30, as_json=as_json)

    assert capsys.readouterr().out == shown


async def teach(tmp_path: Path) -> None:
    database = await open_database(serving.settings(tmp_path))
    async with database.transaction() as tx:
        (person,) = await contacts.meet(tx, [Identity(terminal_name="rina")], NOW)
        row = {"name": "Rina", "role": "officer", "person_id": person.id, "invited_at": NOW}
        await tx.execute(sa.insert(staff).values(row))
        await taught.add(tx, "perlu punya nib", "nib_siinas_needed", "id", taught_by=1, now=NOW)
    await database.close()


async def test_what_was_taught_is_listed_and_can_be_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = serving.settings(tmp_path)
    await teach(tmp_path)
    await faq_commands.list_taught(settings, as_json=False)
    await faq_commands.list_taught(settings, as_json=True)
    await faq_commands.untaught(settings, 1)
    await faq_commands.list_taught(settings, as_json=False)
    await faq_commands.list_taught(settings, as_json=True)
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] == "    1  nib_siinas_needed: perlu punya nib"
    assert json.loads(lines[1]) == {
        "id": 1,
        "article_id": "nib_siinas_needed",
        "language": "id",
        "text": "perlu punya nib",
        "taught_at": NOW.isoformat(),
    }
    assert lines[2:] == ["Forgotten, within a minute: perlu punya nib", "No phrasing was taught."]
    with pytest.raises(PlainError, match="No phrasing has the number 1"):
        await faq_commands.untaught(settings, 1)
