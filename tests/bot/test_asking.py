"""Single questions on the command line are answered as a first message would be, with the reasons when asked."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import asking
from bot.clock import moment
from faq.library import Library
from tests.bot import serving
from tests.conftest import LEARNED

DECISIONS = {"answer", "choices", "command", "smalltalk", "unknown"}


async def ask(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *lines: str,
    at: datetime | None = None,
    why: bool = False,
) -> list[dict[str, Any]]:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    await asking.ask(serving.settings(folder), as_json=True, at=at, why=why)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_every_line_is_answered_in_the_shape_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["kapan pendaftaran ditutup?", "", "halo", "when does registration close?", "xqz vbn", "hapus data saya"]
    answers = await ask(tmp_path, monkeypatch, capsys, *lines)

    assert [answer["text"] for answer in answers] == [line for line in lines if line]
    for answer in answers:
        assert answer.keys() == {"text", "language", "decision", "ids", "score", "reply"}
        assert answer["language"] in ("id", "en")
        assert answer["decision"] in DECISIONS
        assert 0 <= answer["score"] <= 1
        assert answer["reply"]


async def test_the_ids_are_the_contracts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["kapan pendaftaran ditutup?", "makasih", "hapus data saya", "xqz vbn"]
    answer, thanks, command, unknown = await ask(tmp_path, monkeypatch, capsys, *lines)

    assert (answer["decision"], answer["ids"]) == ("answer", ["registration_close_date"])
    assert answer["ids"][0] in Library.load(cache=LEARNED).articles
    assert (thanks["decision"], thanks["ids"]) == ("smalltalk", [])
    assert (command["decision"], command["ids"]) == ("command", ["cmd_delete_data"])
    assert (unknown["decision"], unknown["ids"]) == ("unknown", [])


async def test_each_line_is_a_first_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["kapan pendaftaran ditutup?", "when does registration close?", "kapan pendaftaran ditutup?"]
    first, english, third = await ask(tmp_path, monkeypatch, capsys, *lines)

    assert first == third
    assert (first["language"], english["language"]) == ("id", "en")


async def test_at_answers_as_of_that_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "kapan pendaftaran ditutup?"
    (during,) = await ask(tmp_path, monkeypatch, capsys, question, at=moment("2024-07-20"))
    (afterwards,) = await ask(tmp_path, monkeypatch, capsys, question, at=datetime(2026, 11, 24, tzinfo=UTC))

    assert during["reply"] != afterwards["reply"]


async def test_why_adds_the_candidates_with_their_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (answer,) = await ask(tmp_path, monkeypatch, capsys, "kapan pendaftaran ditutup?", why=True)
    scores = [candidate["score"] for candidate in answer["candidates"]]

    assert answer["candidates"][0]["id"] == "registration_close_date"
    assert scores == sorted(scores, reverse=True)


async def test_without_json_the_reply_is_shown_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kapan pendaftaran ditutup?\n"))
    await asking.ask(serving.settings(tmp_path), as_json=False, at=None, why=False)
    shown = capsys.readouterr().out

    assert "2024" in shown
    assert "decision:" not in shown


async def test_without_json_the_reasons_are_shown_below_the_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kapan pendaftaran ditutup?\n"))
    await asking.ask(serving.settings(tmp_path), as_json=False, at=None, why=True)
    shown = capsys.readouterr().out

    assert "decision: answer registration_close_date (" in shown


async def test_why_tells_each_word_with_what_was_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (answer,) = await ask(tmp_path, monkeypatch, capsys, "kpn pendaftaran dtutup", why=True)

    assert answer["words"] == [["kapan", "kapan"], ["pendaftaran", "pendaftaran"], ["dtutup", "ditutup"]]


async def test_without_json_a_repaired_word_is_shown_with_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kpn pendaftaran dtutup\n🙏\n"))
    await asking.ask(serving.settings(tmp_path), as_json=False, at=None, why=True)
    shown = capsys.readouterr().out

    assert "words: kapan pendaftaran ditutup (from dtutup)\n" in shown
    assert "decision: unknown  (0.00)\nwords: \n" in shown


async def test_no_database_is_made_for_a_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await ask(tmp_path, monkeypatch, capsys, "halo")

    assert list(tmp_path.glob("*.db*")) == []
