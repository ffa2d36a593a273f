"""A message that says the same as a taught phrasing is answered so; anything else is understood as before."""

from __future__ import annotations

import pytest

from faq.library import Library
from faq.taught import Overlay, Taught
from tests.conftest import LEARNED

TEXT = "apakah industri batik cap wajib punya sertifikat tkdn"
ARTICLE = "documents_required"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load(cache=LEARNED)


@pytest.fixture(scope="module")
def overlay(library: Library) -> Overlay:
    return Overlay(
        [Taught(TEXT, ARTICLE), Taught("jangan kirim sertifikat asli", "edit_submission")], library.matcher.reader
    )


def found(overlay: Overlay, library: Library, text: str) -> str | None:
    return overlay.find(library.matcher.reader.read(text))


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Apakah industri batik cap WAJIB punya sertifikat TKDN?",
        "kak, industri batik cap wajib punya sertifikat tkdn ya",
        "sertifikat tkdn wajib punya industri batik cap",
        "apakah industri batik cap itu wajib untuk punya sertifikat tkdn",
        "industri batik cap wajib punya sertifiikat tkdn",
    ],
)
def test_the_same_words_are_understood_whatever_their_order_fillers_and_slips(
    overlay: Overlay, library: Library, text: str
) -> None:
    assert found(overlay, library, text) == ARTICLE


@pytest.mark.parametrize(
    "text",
    [
        "industri batik cap tidak wajib punya sertifikat tkdn",
        "industri batik cap ga wajib punya sertifikat tkdn",
        "industri batik tulis wajib punya sertifikat tkdn",
        "industri batik cap wajib punya sertifikat",
        "kapan industri batik cap wajib punya sertifikat tkdn",
        "kirim sertifikat asli",
        "tkdn",
        "",
        " ".join(["industri batik cap wajib punya sertifikat tkdn"] * 3),
    ],
)
def test_a_word_more_or_less_or_a_denial_is_another_question(overlay: Overlay, library: Library, text: str) -> None:
    assert found(overlay, library, text) is None


@pytest.mark.parametrize(
    ("taught", "said", "same"),
    [
        ("warung xyzentara boleh ikut", "warung xyzentera boleh ikut", True),
        ("warung xyzentara boleh ikut", "warung xyzantera boleh ikut", True),
        ("warung xyzentara boleh ikut", "warung xyxantera boleh ikut", False),
        ("warung xyzta boleh ikut", "warung xyzti boleh ikut", True),
        ("warung xyzta boleh ikut", "warung ayzta boleh ikut", False),
        ("warung xyz1a boleh ikut", "warung xyz2a boleh ikut", False),
        ("warung xyz boleh ikut", "warung xyq boleh ikut", False),
    ],
)
def test_a_word_that_nobody_knows_may_have_a_slip(library: Library, taught: str, said: str, same: bool) -> None:
    overlay = Overlay([Taught(taught, ARTICLE)], library.matcher.reader)

    assert (found(overlay, library, said) == ARTICLE) == same


def test_the_first_of_two_that_say_the_same_is_believed(library: Library) -> None:
    overlay = Overlay([Taught("batik cap tkdn", "a"), Taught("tkdn batik cap", "b")], library.matcher.reader)

    assert found(overlay, library, "cap batik tkdn") == "a"


def test_the_library_answers_what_it_was_taught_and_all_else_as_before(library: Library) -> None:
    taught = library.with_taught([Taught(TEXT, ARTICLE), Taught("jamu gendong tkdn", "gone")])
    match = taught.match("industri batik cap wajib punya sertifikat tkdn?")

    assert (match.decision, match.ids, match.score) == ("answer", (ARTICLE,), 1.0)
    assert len(taught.taught.taught) == 1
    assert taught.match("kapan pendaftaran ditutup?") == library.match("kapan pendaftaran ditutup?")
    assert library.match(TEXT).ids != (ARTICLE,) or library.match(TEXT).decision != "answer"


def test_what_is_understood_so_anyway_keeps_how_sure_that_is(library: Library) -> None:
    taught = library.with_taught([Taught("kapan pendaftaran ditutup", "registration_close_date")])

    assert taught.match("kapan pendaftaran ditutup") == library.match("kapan pendaftaran ditutup")


def test_the_overlay_in_use_is_kept_where_nothing_has_changed(library: Library) -> None:
    first = library.with_taught([Taught(TEXT, ARTICLE)])

    assert library.with_taught([Taught(TEXT, ARTICLE)], first.taught).taught is first.taught
    assert library.with_taught([], first.taught).taught is not first.taught
