from __future__ import annotations

import pytest

from faq.document import ContentError, Document

TEXT = """\
# a comment with [brackets]
top = "x"
list = [ { c = 1, d = [1.5, 2024-02-03] }, # ] not the end
  { c = "}" },
]
"quoted.key".s = true

[[rows]]
x = '''one
two'''
[t.u]
when = 1979-05-27T07:32:00Z
w = 3
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("list", 0, "d", 1), 3),
        (("list", 1), 4),
        (("list", 1, "c"), 4),
        (("quoted.key", "s"), 6),
        (("rows",), 8),
        (("rows", "x"), 9),
        (("t", "u"), 11),
        (("t", "u", "w"), 13),
        (("t", "u", "absent"), 11),
        (("absent", "far"), 1),
        ((), 1),
    ],
)
def test_every_value_knows_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert Document(TEXT, "f.toml", []).line(*path) == line


@pytest.mark.parametrize(
    ("text", "inside", "line"),
    [
        ('a = "one"', 1, 1),
        ('a = "one\\ntwo"', 2, 1),
        ('a = """\none\ntwo\n"""', 1, 2),
        ('a = """\none\ntwo\n"""', 2, 3),
        ('a = """one\ntwo"""', 2, 2),
        ('a = """\\\n  one\ntwo"""', 1, 2),
        ('a = """\none \\\n  more\ntwo"""', 2, 4),
        ("a = '''\none\ntwo'''", 2, 3),
        ('a = """\none"""', 9, 2),
    ],
)
def test_a_line_of_a_long_text_is_found_in_the_file(text: str, inside: int, line: int) -> None:
    assert Document(text, "f.toml", []).line_in(inside, "a") == line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = 1\nb = = 2", "f.toml:2: this is not valid TOML: Invalid value."),
        ('a = 1\n\nb = "x', "f.toml:3: this is not valid TOML"),
        ("a = [1,\n2", "f.toml:2: this is not valid TOML"),
    ],
)
def test_broken_toml_is_one_mistake_with_its_line(text: str, told: str) -> None:
    mistakes: list[str] = []

    document = Document(text, "f.toml", mistakes)

    assert not document
    assert len(mistakes) == 1
    assert mistakes[0].startswith(told)


def test_a_mistake_is_noted_once() -> None:
    mistakes: list[str] = []
    document = Document(TEXT, "f.toml", mistakes)

    document.wrong("this is odd.", "top")
    document.wrong("this is odd.", "top")

    assert mistakes == ["f.toml:2: this is odd."]


def test_the_error_shows_every_mistake() -> None:
    assert str(ContentError(["f.toml:1: a.", "f.toml:2: b."])) == "f.toml:1: a.\nf.toml:2: b."
