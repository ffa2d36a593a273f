"""What is told of a status: plain, complete, and never more than was released."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from handlers.messages import Reply
from handlers.status.pages import Pages, place
from handlers.wording import LANGUAGES, Language, Wording
from storage.proposals import states
from storage.proposals.freshness import FRESH
from storage.proposals.links import Link, Linked
from storage.proposals.records import Event, Proposal
from tests.handlers.talk import CONTACT, NOW

NUMBER = "UPK-2026-00012"
EVERY = [state for state in states.known()]
ENDED = [state.id for state in states.known().values() if not state.on_the_way]
# What nobody may be told: a forecast, a score, a rank, a reason, or a promise.
FORBIDDEN = re.compile(
    r"\b(skor|nilai \d|peringkat|peluang|pasti lolos|memenuhi syarat|karena|gratis"
    r"|score|rank|likely|chance|because|free)\b",
    re.IGNORECASE,
)


@pytest.fixture
def pages(wording: Wording) -> Pages:
    return Pages(wording, CONTACT)


def proposal(*events: Event, **more: Any) -> Proposal:
    given: dict[str, Any] = {
        "number": NUMBER,
        "edition": 2026,
        "category": "pengabdian",
        "title": "",
        "phone_sha256": None,
        "code_sha256": None,
        "code_expires_at": None,
        "revision": 1,
        "confirmed_at": NOW,
        "events": events,
    }
    return Proposal(**(given | more))


def event(position: int, state: str, *, released: bool = True) -> Event:
    return Event(position, state, NOW, NOW if released else None)


def linked(found: Proposal, *, role: Any = "proposer", read_at: Any = None, wants_news: bool = True) -> Linked:
    return Linked(Link(1, 1, NUMBER, role, None, "web", wants_news, NOW), found, read_at)


def shown(pages: Pages, *events: Event, language: Language = "id") -> Reply:
    return pages.status(linked(proposal(*events)), language, NOW)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", EVERY)
def test_every_state_is_told_in_full(pages: Pages, wording: Wording, state: str, language: Language) -> None:
    reply = shown(pages, event(1, state), language=language)

    for part in (
        NUMBER,
        "Upakarti 2026",
        wording.say(f"status_states.{state}", language),
        {"id": "sejak 24 November 2026", "en": "since 24 November 2026"}[language],
        {"id": "*Berikutnya:*", "en": "*Next:*"}[language],
        {"id": "*Yang perlu Anda lakukan:*", "en": "*What you have to do:*"}[language],
        {"id": "Data terakhir diperbarui 24 November 2026 pukul 10.00 WIB", "en": "Data last refreshed"}[language],
        CONTACT,
    ):
        assert part in reply.text
    assert FORBIDDEN.search(reply.text) is None
    assert "{" not in reply.text


@pytest.mark.parametrize("state", EVERY)
def test_what_is_not_released_is_not_told_in_any_way(pages: Pages, wording: Wording, state: str) -> None:
    before = shown(pages, event(1, "usulan_diterima"))
    reply = shown(pages, event(1, "usulan_diterima"), event(2, state, released=False))

    assert reply == before


@pytest.mark.parametrize("state", EVERY)
def test_where_nothing_is_released_it_is_only_on_record(pages: Pages, state: str) -> None:
    reply = shown(pages, event(1, state, released=False))

    assert "*Tercatat.*" in reply.text
    assert reply.attachments == ()
    assert reply == shown(pages, event(1, "usulan_diterima", released=False))


def test_the_newest_release_counts_also_where_an_earlier_one_is_missing(pages: Pages) -> None:
    reply = shown(pages, event(1, "penilaian_substansi", released=False), event(2, "peninjauan_lapangan"))

    assert "Tahap 4 dari 8" in reply.text


@pytest.mark.parametrize(
    ("way", "at", "ended"),
    [
        (["usulan_diterima"], 1, False),
        (["penghargaan_diserahkan"], 8, False),
        (["tidak_lolos_administrasi"], 2, True),
        (["tidak_terpilih"], 5, True),  # not at the Minister's: whether it came so far was not released
        (["calon_penerima", "tidak_terpilih"], 6, True),
        (["ditarik"], 1, True),
        (["penjurian", "ditarik"], 5, True),
        (["usulan_diterima", "tidak_lolos_substansi"], 3, True),  # the stages between were not released
        (["peninjauan_lapangan", "tidak_lolos_administrasi"], 2, True),  # a correction
    ],
)
def test_the_place_on_the_way(way: list[str], at: int, ended: bool) -> None:
    found = place([event(number, state) for number, state in enumerate(way, start=1)])

    assert (found.at, found.ended) == (at, ended)


@pytest.mark.parametrize("state", ENDED)
def test_where_it_ended_is_marked_and_said(pages: Pages, state: str) -> None:
    text = shown(pages, event(1, state)).text

    assert "Berhenti di tahap" in text
    assert text.count("■") == 1
    assert "●" not in text


def test_the_present_stage_is_marked_once(pages: Pages) -> None:
    text = shown(pages, event(1, "peninjauan_lapangan")).text

    assert "✓ Substansi › *● Lapangan* › ○ Penjurian" in text
    assert text.count("●") == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", EVERY)
def test_the_picture_says_in_words_what_it_shows(pages: Pages, state: str, language: Language) -> None:
    (picture,) = shown(pages, event(1, state), language=language).attachments

    assert (picture.media_type, picture.illustration) == ("image/png", True)
    assert picture.description.count("›") == len(states.way()) - 1
    assert "*" not in picture.description
    assert NUMBER not in picture.description + picture.filename


def test_data_of_a_portal_that_answers_is_current(pages: Pages) -> None:
    reply = pages.status(linked(proposal(event(1, "penjurian")), read_at=NOW - FRESH), "id", NOW)

    assert "Perhatian" not in reply.text
    assert "diperbarui 24 November 2026 pukul 09.55 WIB" in reply.text


def test_data_of_a_portal_that_is_silent_is_said_to_be_old(pages: Pages) -> None:
    read_at = NOW - FRESH - timedelta(seconds=1)
    late = Event(2, "calon_penerima", NOW, released_at=read_at + timedelta(seconds=1))
    reply = pages.status(linked(proposal(event(1, "penjurian"), late), read_at=read_at), "id", NOW)
    known = Event(1, "penjurian", NOW, released_at=read_at)
    earlier = pages.status(linked(proposal(known, late), read_at=read_at), "id", NOW)

    assert "*Perhatian:* portal pendaftaran sedang tidak bisa dihubungi" in reply.text
    assert "*Calon penerima" not in earlier.text  # may have been held back meanwhile
    assert "*Penjurian*" in earlier.text


@pytest.mark.parametrize("title", ["*Batik* Lestari", "Batik\n\n\nLestari", "  Batik   Lestari *"])
def test_a_title_stands_in_one_line_without_marks(pages: Pages, title: str) -> None:
    reply = pages.status(linked(proposal(event(1, "penjurian"), title=title)), "id", NOW)

    assert reply.text.splitlines()[1] == "Batik Lestari"


def test_a_delegate_is_not_offered_delegates(pages: Pages) -> None:
    ids = [
        choice.id
        for choice in pages.status(linked(proposal(event(1, "penjurian")), role="delegate"), "id", NOW).choices
    ]

    assert f"status:delegates:{NUMBER}" not in ids
    assert f"status:leave:{NUMBER}" in ids


def test_news_can_be_wanted_again(pages: Pages) -> None:
    reply = pages.status(linked(proposal(event(1, "penjurian")), wants_news=False), "id", NOW)

    assert reply.choices[0].id == f"status:loud:{NUMBER}"


def test_a_list_tells_each_state_that_was_released(pages: Pages) -> None:
    found = [linked(proposal(event(1, "penjurian"))), linked(proposal(event(1, "calon_penerima", released=False)))]

    reply = pages.listed(found, "id", NOW)

    assert [choice.title for choice in reply.choices[:2]] == [f"{NUMBER}: Penjurian", f"{NUMBER}: belum ada status"]


def test_a_wait_ends_at_a_full_minute(pages: Pages) -> None:
    assert pages.until(NOW + timedelta(seconds=1), "id").endswith("pukul 10.01 WIB")
    assert pages.until(NOW, "en").endswith("10:00 Jakarta time")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", EVERY)
def test_news_fit_one_message_and_the_smallest_buttons(pages: Pages, state: str, language: Language) -> None:
    reply = pages.news(proposal(event(1, "penjurian"), event(2, state)), NOW, language)

    assert len(reply.text) <= 1024
    assert all(len(choice.title) <= 20 for choice in reply.choices)
    assert FORBIDDEN.search(reply.text) is None
