from __future__ import annotations

import datetime as dt

import pytest

from faq import template
from faq.language import Language


def rendered(source: str, language: Language) -> str:
    compiled = template.compile_source(template.environment({}), source, ())
    names = template.names((), language, dt.date(2024, 12, 19), "0800", "upakarti.example")
    assert compiled.template is not None
    return template.render(compiled.template, names)


@pytest.mark.parametrize(
    ("source", "language", "expected"),
    [
        ("{{ today | day }}", "id", "19 Desember 2024"),
        ("{{ today | day }}", "en", "19 December 2024"),
        ("{{ today | weekday_day }}", "id", "Kamis, 19 Desember 2024"),
        ("{{ today | weekday_day }}", "en", "Thursday, 19 December 2024"),
        ("{{ language }} {{ site }} {{ contact }} {{ edition(2024) is none }}", "id", "id upakarti.example 0800 True"),
        ("{% for n in range(2) %}{{ loop.index }}{% endfor %}", "id", "12"),
        ("A & B < C", "id", "A & B < C"),
    ],
)
def test_a_template_speaks_the_language(source: str, language: Language, expected: str) -> None:
    assert rendered(source, language) == expected


def test_an_error_from_elsewhere_is_on_the_first_line() -> None:
    assert template.failing_line(ValueError("not from a template")) == 1
