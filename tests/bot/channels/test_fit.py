"""Replies are made to fit, and nothing of them is lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import fit
from bot.channels.base import Limits
from bot.channels.fit import Drawing, Span
from handlers.messages import SHARE_PHONE, Attachment, Choice, Reply

LIMITS = Limits(text=40, caption=20, buttons=3, button_title=10, choice_id_bytes=8, pictures=True, shares_phone=True)
PICTURE = Attachment("alur.png", "image/png", b"png", "Alur pendaftaran")
FORM = Attachment("formulir.pdf", "application/pdf", b"pdf", "Formulir")
STAGES = Attachment("tahap.png", "image/png", b"png", "Tahap", illustration=True)
BLIND = replace(LIMITS, pictures=False)

words = st.text(st.sampled_from("abc .!?\n*é😀👍🏽\u200d\u0301🇮🇩"), max_size=120)
plain_words = st.text(st.sampled_from("abcdé😀"), min_size=1, max_size=12)


def texts(reply: Reply, limits: Limits = LIMITS) -> list[str]:
    return [part.text for part in fit.fit(reply, limits)]


def bare(text: str) -> str:
    return re.sub(r"[\s*]", "", text)


def bold_words(text: str) -> list[str]:
    plain, spans = fit.emphasis(text)
    return [word for span in spans for word in plain[span.start : span.end].split()]


def test_a_short_reply_stays_as_it_is() -> None:
    reply = Reply("Pendaftaran dibuka.", (Choice("ok", "Baik"),))

    assert fit.fit(reply, LIMITS) == (reply,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 40, ["a" * 40]),
        ("a" * 41, ["a" * 40, "a"]),
        ("satu dua tiga empat\n\nlima enam\ntujuh delapan", ["satu dua tiga empat", "lima enam\ntujuh delapan"]),
        ("satu dua tiga empat\nlima enam. tujuh delapan", ["satu dua tiga empat", "lima enam. tujuh delapan"]),
        ("satu dua tiga empat lima. enam tujuh delapan", ["satu dua tiga empat lima.", "enam tujuh delapan"]),
        ("satu dua tiga empat lima enam tujuh delapan", ["satu dua tiga empat lima enam tujuh", "delapan"]),
        ("a\n\nsatu dua tiga empat lima enam tujuh delapan", ["a\n\nsatu dua tiga empat lima enam tujuh", "delapan"]),
        ("Rp\u00a0100 " + "b" * 36, ["Rp\u00a0100", "b" * 36]),
    ],
    ids=["at the limit", "above it", "paragraph", "line", "sentence", "word", "no crumbs", "no-break space"],
)
def test_a_long_text_is_cut_at_the_best_place(text: str, expected: list[str]) -> None:
    assert texts(Reply(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("😀" * 20, ["😀" * 20]),
        ("😀" * 21, ["😀" * 20, "😀"]),
        ("a" + "😀" * 20, ["a" + "😀" * 19, "😀"]),
        ("a" * 38 + "👍🏽", ["a" * 38, "👍🏽"]),
        ("a" * 39 + "e\u0301", ["a" * 39, "e\u0301"]),
        ("a" * 36 + "👩\u200d🌾", ["a" * 36, "👩\u200d🌾"]),
        ("a" * 35 + "🇮🇩🇮🇩", ["a" * 35 + "🇮🇩", "🇮🇩"]),
        ("a" + "\u0301" * 41, ["a" + "\u0301" * 39, "\u0301\u0301"]),
    ],
    ids=["at the limit", "above it", "odd", "skin tone", "accent", "joined", "flags", "one that is too long itself"],
)
def test_what_people_see_as_one_character_stays_whole(text: str, expected: list[str]) -> None:
    assert texts(Reply(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("satu dua tiga empat *lima enam tujuh delapan*", ["satu dua tiga empat", "*lima enam tujuh delapan*"]),
        ("*satu dua tiga empat lima enam tujuh delapan*", ["*satu dua tiga empat lima enam tujuh*", "*delapan*"]),
        ("*satu dua tiga empat lima enam tujuh saja* ok", ["*satu dua tiga empat lima enam tujuh*", "*saja* ok"]),
        ("a *satu dua tiga empat lima enam ab* cd efg", ["a *satu dua tiga empat lima enam ab* cd", "efg"]),
        ("a *satu dua tiga empat lima enam tujuhan* b", ["a *satu dua tiga empat lima enam*", "*tujuhan* b"]),
        ("a *" + "b" * 40 + "*", ["a", "*" + "b" * 38 + "*", "*bb*"]),
        ("ab (*" + "b" * 33 + " c*) d", ["ab (*" + "b" * 33 + "*", "*c*) d"]),
        ("*satu dua tiga empat. lima enam* tujuh delapan", ["*satu dua tiga empat. lima enam*", "tujuh delapan"]),
        ("a *" + "b" * 37 + " c*", ["a", "*" + "b" * 37 + "*", "*c*"]),
    ],
    ids=[
        "kept together",
        "closed and reopened",
        "at the end",
        "whole",
        "after a crumb",
        "one word",
        "in brackets",
        "two sentences",
        "no room for its star",
    ],
)
def test_bold_is_never_torn(text: str, expected: list[str]) -> None:
    assert texts(Reply(text)) == expected


@pytest.mark.parametrize(
    ("text", "plain", "spans"),
    [
        ("*Syarat* umum", "Syarat umum", (Span(0, 6),)),
        ("(*a*), *b c*.", "(a), b c.", (Span(1, 2), Span(5, 8))),
        ("*😀* *b*", "😀 b", (Span(0, 1), Span(2, 3))),
        ("2 * 3 * 4", "2 * 3 * 4", ()),
        ("2*3*4", "2*3*4", ()),
        ("*a", "*a", ()),
        ("a*", "a*", ()),
        ("* a*", "* a*", ()),
        ("*a *", "*a *", ()),
        ("*a\nb*", "*a\nb*", ()),
        ("**a**", "**a**", ()),
        ("**", "**", ()),
        ("", "", ()),
    ],
)
def test_only_paired_stars_around_words_are_emphasis(text: str, plain: str, spans: tuple[Span, ...]) -> None:
    assert fit.emphasis(text) == (plain, spans)


def test_choices_stand_on_the_last_message() -> None:
    choices = (Choice("ya", "Ya"), Choice("no", "Tidak"))

    parts = fit.fit(Reply("a" * 41, choices), LIMITS)

    assert [part.choices for part in parts] == [(), choices]


def test_a_long_title_is_cut() -> None:
    (part,) = fit.fit(Reply("?", (Choice("a", "a" * 10), Choice("b", "b" * 11), Choice("c", "😀" * 6))), LIMITS)

    assert [choice.title for choice in part.choices] == ["a" * 10, "b" * 9 + "…", "😀" * 4 + "…"]


def test_more_choices_than_buttons_become_numbered_lines_and_stay_on_the_reply() -> None:
    choices = tuple(Choice(str(n), f"Pilihan {n}") for n in range(1, 5))
    wide = Limits(text=100, caption=20, buttons=3, button_title=3, choice_id_bytes=8, pictures=True, shares_phone=True)

    (part,) = fit.fit(Reply("Pilih:", choices), wide)

    assert part == Reply("Pilih:\n\n1. Pilihan 1\n2. Pilihan 2\n3. Pilihan 3\n4. Pilihan 4", choices)
    assert fit.drawing(part, wide) is Drawing.NUMBERS


@pytest.mark.parametrize(
    ("count", "drawn"), [(0, None), (1, Drawing.BUTTONS), (3, Drawing.BUTTONS), (4, Drawing.NUMBERS)]
)
def test_buttons_are_drawn_as_long_as_there_are_enough(count: int, drawn: Drawing | None) -> None:
    reply = Reply("?", tuple(Choice(str(n), "x") for n in range(count)))

    assert fit.drawing(reply, LIMITS) is drawn


def test_a_channel_without_buttons_gets_numbers() -> None:
    without = Limits(
        text=100, caption=0, buttons=0, button_title=0, choice_id_bytes=0, pictures=True, shares_phone=True
    )

    assert texts(Reply("Lanjut?", (Choice("iya-banget", "Ya"),)), without) == ["Lanjut?\n\n1. Ya"]


@pytest.mark.parametrize(("choice_id", "fits"), [("a" * 8, True), ("a" * 9, False), ("é" * 4, True), ("é" * 5, False)])
def test_an_id_too_long_for_a_button_is_a_mistake_of_ours(choice_id: str, *, fits: bool) -> None:
    reply = Reply("?", (Choice(choice_id, "Ya"),))

    if fits:
        assert fit.fit(reply, LIMITS) == (reply,)
    else:
        with pytest.raises(ValueError, match="longer than 8 bytes"):
            fit.fit(reply, LIMITS)


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_reply_without_anything_is_a_mistake_of_ours(text: str) -> None:
    with pytest.raises(ValueError, match="needs a text"):
        fit.fit(Reply(text), LIMITS)


def test_a_short_text_is_the_caption() -> None:
    reply = Reply("a" * 20, (Choice("ok", "Ok"),), (PICTURE,))

    assert fit.fit(reply, LIMITS) == (reply,)


def test_a_longer_text_goes_before_the_attachment() -> None:
    choices = (Choice("ok", "Ok"),)

    parts = fit.fit(Reply("a" * 21, choices, (PICTURE,)), LIMITS)

    assert parts == (Reply("a" * 21), Reply("", choices, (PICTURE,)))


def test_each_attachment_is_a_message_of_its_own() -> None:
    parts = fit.fit(Reply("Ini:", (), (PICTURE, FORM)), LIMITS)

    assert parts == (Reply("Ini:", (), (PICTURE,)), Reply("", (), (FORM,)))


def test_an_illustration_of_a_longer_text_goes_before_it_and_other_files_after() -> None:
    choices = (Choice("ok", "Ok"),)

    assert fit.fit(Reply("a" * 21, choices, (STAGES,)), LIMITS) == (Reply("", (), (STAGES,)), Reply("a" * 21, choices))
    assert fit.fit(Reply("a" * 21, choices, (FORM, STAGES)), LIMITS) == (
        Reply("", (), (STAGES,)),
        Reply("a" * 21),
        Reply("", choices, (FORM,)),
    )


def test_an_illustration_of_a_short_text_has_it_as_its_caption() -> None:
    reply = Reply("a" * 20, (Choice("ok", "Ok"),), (STAGES,))

    assert fit.fit(reply, LIMITS) == (reply,)


def test_a_channel_without_pictures_gets_no_illustrations_and_all_other_files() -> None:
    choices = (Choice("ok", "Ok"),)

    assert fit.fit(Reply("Satu", choices, (STAGES,)), BLIND) == (Reply("Satu", choices),)
    assert fit.fit(Reply("Satu", choices, (STAGES, PICTURE)), BLIND) == (Reply("Satu", choices, (PICTURE,)),)


def test_a_phone_number_is_asked_for_only_where_it_can_be_shared() -> None:
    wide = replace(LIMITS, choice_id_bytes=20, buttons=2)
    share, code, stop = Choice(SHARE_PHONE, "Bagikan"), Choice("code", "Kode"), Choice("stop", "Batal")
    reply = Reply("Bukti?", (share, code))

    assert fit.fit(reply, wide) == (reply,)
    assert fit.fit(reply, replace(wide, shares_phone=False)) == (Reply("Bukti?", (code,)),)
    # Left out, it takes no button's place and no number.
    assert fit.fit(Reply("Bukti?", (share, code, stop)), replace(wide, shares_phone=False)) == (
        Reply("Bukti?", (code, stop)),
    )
    assert texts(reply, replace(wide, shares_phone=False, buttons=0)) == ["Bukti?\n\n1. Kode"]
    assert fit.fit(Reply("Bukti?", (share,)), replace(wide, shares_phone=False)) == (Reply("Bukti?"),)


@given(words, st.integers(4, 50))
def test_nothing_is_lost_empty_or_too_long(text: str, limit: int) -> None:
    if not text.strip():
        return
    limits = Limits(
        text=limit, caption=0, buttons=0, button_title=0, choice_id_bytes=0, pictures=True, shares_phone=True
    )

    parts = texts(Reply(text), limits)

    assert bare("".join(parts)) == bare(text)
    assert all(part.strip() and fit.units(part) <= limit for part in parts)


@given(st.lists(st.tuples(plain_words, st.booleans()), min_size=1, max_size=30), st.integers(16, 60))
def test_bold_words_stay_bold_and_others_do_not_become_so(content: list[tuple[str, bool]], limit: int) -> None:
    text = " ".join(f"*{word}*" if bold else word for word, bold in content)
    limits = Limits(
        text=limit, caption=0, buttons=0, button_title=0, choice_id_bytes=0, pictures=True, shares_phone=True
    )

    parts = texts(Reply(text), limits)

    bold = "".join(word for part in parts for word in bold_words(part))
    assert bold == "".join(word for word, is_bold in content if is_bold)
    assert all("*" not in fit.emphasis(part)[0] for part in parts)


@given(st.text(), st.integers(3, 30))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    result = fit.cut(text, limit)

    assert result == text or (fit.units(result) <= limit and result.endswith("…"))


# Lists

LISTS = Limits(
    text=200,
    caption=20,
    buttons=3,
    button_title=10,
    choice_id_bytes=8,
    pictures=True,
    shares_phone=False,
    rows=5,
    row_title=30,
    choices_on_files=False,
    choices_text=60,
)


def numbered(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(str(number), f"Pilihan {number}") for number in range(count))


@pytest.mark.parametrize(
    ("count", "drawn"),
    [(1, Drawing.BUTTONS), (3, Drawing.BUTTONS), (4, Drawing.LIST), (5, Drawing.LIST), (6, Drawing.NUMBERS)],
)
def test_more_choices_than_buttons_become_a_list_and_more_than_rows_numbers(count: int, drawn: Drawing) -> None:
    (part,) = fit.fit(Reply("Pilih:", numbered(count)), LISTS)

    assert fit.drawing(part, LISTS) is drawn
    assert ("1. Pilihan 0" in part.text) is (drawn is Drawing.NUMBERS)
    assert part.choices == numbered(count)


@pytest.mark.parametrize(
    ("titles", "drawn"),
    [
        (["a" * 10, "b" * 10], Drawing.BUTTONS),
        (["a" * 11, "b"], Drawing.LIST),
        (["Ya", "ya"], Drawing.LIST),
    ],
    ids=["just fit", "too long", "alike"],
)
def test_titles_that_buttons_would_cut_or_confuse_stand_in_a_list(titles: list[str], drawn: Drawing) -> None:
    choices = tuple(Choice(str(number), title) for number, title in enumerate(titles))

    (part,) = fit.fit(Reply("?", choices), LISTS)

    assert fit.drawing(part, LISTS) is drawn
    assert part.choices == choices


def test_a_row_has_more_room_than_a_button_but_not_any() -> None:
    (part,) = fit.fit(Reply("?", (Choice("a", "a" * 31),)), LISTS)

    assert part.choices == (Choice("a", "a" * 29 + "…"),)
    assert fit.drawing(part, LISTS) is Drawing.LIST


@pytest.mark.parametrize("length", [60, 61, 119, 150, 200, 201, 500])
def test_the_message_with_buttons_is_short_and_no_crumb(length: int) -> None:
    text = ("satu dua tiga. " * 40)[:length].strip()

    *above, last = fit.fit(Reply(text, numbered(2)), LISTS)

    assert bare("".join(part.text for part in (*above, last))) == bare(text)
    assert all(fit.units(part.text) <= LISTS.text for part in above)
    assert fit.units(last.text) <= LISTS.choices_text
    assert not above or fit.units(last.text) >= LISTS.choices_text // 4
    assert len(above) <= -(-(length - 60) // 100)
    assert all(not part.choices for part in above)


@given(words, st.integers(1, 5))
def test_nothing_of_a_text_above_a_list_is_lost(text: str, count: int) -> None:
    said = f"a {text}"
    parts = fit.fit(Reply(said, numbered(count)), replace(LISTS, text=40, choices_text=25))

    assert bare("".join(part.text for part in parts)) == bare(said)
    assert all(fit.units(part.text) <= 40 for part in parts)
    assert fit.units(parts[-1].text) <= 25


def test_files_that_cannot_have_buttons_come_before_the_text_that_has_them() -> None:
    parts = fit.fit(Reply("Ini berkasnya.", numbered(2), (FORM, STAGES)), LISTS)

    assert parts == (Reply("", (), (FORM,)), Reply("", (), (STAGES,)), Reply("Ini berkasnya.", numbered(2)))


def test_a_file_without_a_text_gets_numbers_where_it_cannot_have_buttons() -> None:
    (part,) = fit.fit(Reply("", numbered(1), (FORM,)), LISTS)

    assert part == Reply("1. Pilihan 0", numbered(1), (FORM,))
    assert fit.drawing(part, LISTS) is Drawing.NUMBERS


def test_without_choices_a_short_text_stays_the_caption_of_a_file() -> None:
    reply = Reply("Ini berkasnya.", (), (FORM,))

    assert fit.fit(reply, LISTS) == (reply,)


# A file above the text of buttons

ABOVE = replace(LISTS, buttons_on_file=True)
FILE = Attachment("a.pdf", "application/pdf", b"", "")


@pytest.mark.parametrize(
    ("text", "count", "files", "drawn"),
    [
        ("Baru.", 3, 1, [Drawing.BUTTONS]),
        ("Baru.", 4, 1, [None, Drawing.LIST]),
        ("Baru.", 3, 2, [None, None, Drawing.BUTTONS]),
        ("a" * 21, 3, 1, [None, Drawing.BUTTONS]),
        ("", 1, 1, [Drawing.NUMBERS]),
    ],
    ids=["buttons", "a list", "two files", "too long for a caption", "no text"],
)
def test_one_file_stands_above_the_text_of_buttons(
    text: str, count: int, files: int, drawn: list[Drawing | None]
) -> None:
    parts = fit.fit(Reply(text, numbered(count), (FILE,) * files), ABOVE)

    assert [fit.drawing(part, ABOVE) for part in parts] == drawn
