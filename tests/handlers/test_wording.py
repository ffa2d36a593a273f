"""Phrases are complete in both languages, and every mistake in their files is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.wording import LANGUAGES, PHRASES, Wording, WordingError

GOOD = '[hello]\nid = "Halo {name}"\nen = "Hello {name}"\n'


def load(folder: Path, **files: str) -> Wording:
    for stem, text in files.items():
        (folder / f"{stem}.toml").write_text(text, encoding="utf-8")
    return Wording.load(folder)


def test_the_phrases_we_ship_are_right() -> None:
    wording = Wording.load()

    assert [wording.say("menu.help", language) for language in LANGUAGES] == ["Bantuan", "Help"]


def test_a_phrase_is_said_in_the_language_asked_for_with_its_values(tmp_path: Path) -> None:
    wording = load(tmp_path, greetings=GOOD)

    assert wording.say("greetings.hello", "id", name="Budi") == "Halo Budi"
    assert wording.say("greetings.hello", "en", name=7) == "Hello 7"


def test_the_space_around_a_long_phrase_is_not_said(tmp_path: Path) -> None:
    wording = load(tmp_path, a='[b]\nid = """\n  satu\n\ndua\n"""\nen = " one "\n')

    assert wording.say("a.b", "id") == "satu\n\ndua"
    assert wording.say("a.b", "en") == "one"


def test_what_a_person_wrote_is_never_taken_for_a_placeholder(tmp_path: Path) -> None:
    wording = load(tmp_path, greetings=GOOD)

    assert wording.say("greetings.hello", "id", name="{name} {0} {") == "Halo {name} {0} {"


def test_a_phrase_that_does_not_exist_is_a_programming_error(tmp_path: Path) -> None:
    wording = load(tmp_path, greetings=GOOD)

    with pytest.raises(KeyError):
        wording.say("greetings.goodbye", "id")
    with pytest.raises(KeyError):
        wording.say("greetings.hello", "id")


def test_a_group_is_all_phrases_of_one_file(tmp_path: Path) -> None:
    wording = load(tmp_path, web='[a]\nid = "1"\nen = "2"\n[b]\nid = "3"\nen = "4"\n', web_errors=GOOD)

    assert wording.group("web", "en") == {"a": "2", "b": "4"}
    assert wording.group("nothing", "en") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[a]\nid = "x"\n', "[a] needs exactly the languages id and en"),
        ('[a]\nid = "x"\nen = "x"\njv = "x"\n', "[a] needs exactly the languages id and en"),
        ('a = "x"\n', "[a] needs exactly the languages id and en"),
        ('[a]\nid = "x"\nen = " \\n"\n', "[a] has an empty text"),
        ('[a]\nid = "x"\nen = 7\n', "[a] has an empty text"),
        ('[a]\nid = "{n}"\nen = "n"\n', "[a] has different placeholders in id and en"),
        ('[a]\nid = "{n}"\nen = "{m}"\n', "[a] has different placeholders in id and en"),
        ('[a]\nid = "{n"\nen = "{n}"\n', "[a] has a broken placeholder: "),
        ('[a]\nid = "x\n', "Illegal character"),
    ],
)
def test_a_mistake_names_the_file_and_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(WordingError) as caught:
        load(tmp_path, phrases=text)

    assert str(caught.value).startswith(f"{tmp_path}/phrases.toml: {problem}")


def test_all_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(WordingError) as caught:
        load(tmp_path, a="[", b='[x]\nid = "1"\n[y]\nen = "2"\n', c=GOOD)

    places = [line.removeprefix(f"{tmp_path}/").split(" ")[0] for line in str(caught.value).splitlines()]
    assert places == ["a.toml:", "b.toml:", "b.toml:"]


def test_only_phrase_files_stand_in_the_folder_of_phrases() -> None:
    assert {path.suffix for path in PHRASES.iterdir()} == {".toml"}
