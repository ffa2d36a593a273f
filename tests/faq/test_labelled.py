"""A file of labelled messages is read, or what is wrong with it is said in plain sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq import labelled
from faq.document import ContentError
from faq.labelled import HEADER, Labelled


def written(folder: Path, *lines: str) -> Path:
    path = folder / "messages.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def mistakes(path: Path) -> tuple[str, ...]:
    with pytest.raises(ContentError) as caught:
        labelled.read(path)
    return tuple(mistake.removeprefix(f"{path}:") for mistake in caught.value.mistakes)


@pytest.mark.parametrize(
    ("intent", "ids", "all_of", "in_scope"),
    [
        ("closing", {"closing"}, False, True),
        ("closing|opening", {"closing", "opening"}, False, True),
        ("closing+opening", {"closing", "opening"}, True, True),
        ("oos", {"oos"}, False, False),
        ("cmd_menu|oos", {"cmd_menu", "oos"}, False, False),
    ],
)
def test_a_line_is_a_message_with_what_is_right(
    tmp_path: Path, intent: str, ids: set[str], all_of: bool, in_scope: bool
) -> None:
    (found,) = labelled.read(written(tmp_path, HEADER, f"kapan tutup?\t{intent}\tid\tformal"))

    assert found == Labelled("kapan tutup?", frozenset(ids), all_of, "id", "formal")
    assert found.in_scope == in_scope


def test_a_file_with_a_header_alone_has_no_messages(tmp_path: Path) -> None:
    assert labelled.read(written(tmp_path, HEADER)) == []


@pytest.mark.parametrize("lines", [[], ["kapan\tclosing\tid\tformal"], ["text,intent,lang,style"]])
def test_a_missing_header_is_told(tmp_path: Path, lines: list[str]) -> None:
    assert mistakes(written(tmp_path, *lines)) == (f'1: the first line must be "{HEADER}", with tabs.',)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "messages.tsv"
    path.touch()

    assert mistakes(path) == (f'1: the first line must be "{HEADER}", with tabs.',)


def test_every_line_with_too_few_or_too_many_fields_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, "kapan\tclosing", "a\tb\tc\td", "a\tb\tc\td\te", "")

    assert mistakes(path) == tuple(f"{line}: a line has four fields with tabs between." for line in (2, 4, 5))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path / "nothing.tsv")

    assert told.startswith("1: the file cannot be read:")


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "messages.tsv"
    path.write_bytes(HEADER.encode() + b"\n\xff\ta\tid\tformal\n")
    (told,) = mistakes(path)

    assert told.startswith("1: the file cannot be read:")


def test_an_intent_that_mixes_all_and_any_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, "kapan\ta+b|c\tid\tformal")

    assert mistakes(path) == ('2: an intent has "+" or "|" between its ids, not both.',)


def test_a_file_saved_by_a_spreadsheet_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "messages.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + HEADER.encode() + b"\r\nkapan\tclosing\tid\tformal\r\n")

    assert [message.text for message in labelled.read(path)] == ["kapan"]


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0b", "\x1c"])
def test_a_strange_sign_in_a_message_ends_no_line(tmp_path: Path, sign: str) -> None:
    (found,) = labelled.read(written(tmp_path, HEADER, f"kapan{sign}tutup\tclosing\tid\tformal"))

    assert found.text == f"kapan{sign}tutup"
