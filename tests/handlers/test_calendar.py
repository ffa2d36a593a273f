"""The dates of an edition come as a file that calendars read, and that says where each is from."""

from __future__ import annotations

import datetime as dt
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from faq.edition import Basis, Ceremony, Dated, Edition
from faq.library import Library
from handlers.messages import Attachment, Kind, Reply
from handlers.routing import Router
from handlers.wording import LANGUAGES, Language, Wording
from tests.handlers.talk import CONTACT, NOW, Talk

BASIS = Basis(source="SK Menteri, nomor 1; lampiran \\ 2026")
OPENS, CLOSES, RESULTS = dt.date(2026, 11, 1), dt.date(2026, 12, 10), dt.date(2026, 12, 19)
EDITION = Edition(
    2026,
    opens=(Dated(OPENS, BASIS),),
    closes=Dated(CLOSES, BASIS),
    announced=Dated(dt.date(2026, 11, 24), BASIS),
    results=Dated(RESULTS, BASIS),
    ceremony=Ceremony(BASIS, dt.date(2026, 12, 20), {"id": "Jakarta, Kementerian", "en": "Jakarta, the Ministry"}),
)
IN_2024 = datetime(2024, 8, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def talk(library: Library, wording: Wording) -> Talk:
    """Somebody who writes in November 2026, with an edition under way."""
    return Talk(Router(library.with_editions([EDITION]), wording, CONTACT))


def pressed(talk: Talk, choice: str = "ics") -> Reply:
    (reply,) = talk.take(kind=Kind.CHOICE, choice=choice)
    return reply


def file(reply: Reply) -> Attachment:
    (attached,) = reply.attachments
    return attached


def events(attached: Attachment) -> list[Any]:
    return list(icalendar.Calendar.from_ical(attached.content).walk("VEVENT"))


def test_the_file_has_the_days_still_to_come_each_for_the_whole_day(talk: Talk) -> None:
    attached = file(pressed(talk))
    found = events(attached)

    assert (attached.filename, attached.media_type) == ("upakarti-2026.ics", "text/calendar")
    assert [(str(event["summary"]), event["dtstart"].dt, event["dtend"].dt) for event in found] == [
        ("Upakarti 2026: edisi diumumkan", NOW.date(), NOW.date() + timedelta(days=1)),
        ("Upakarti 2026: hari terakhir pendaftaran", CLOSES, CLOSES + timedelta(days=1)),
        ("Upakarti 2026: hasil", RESULTS, RESULTS + timedelta(days=1)),
        ("Upakarti 2026: penyerahan penghargaan", dt.date(2026, 12, 20), dt.date(2026, 12, 21)),
    ]
    assert str(found[-1]["location"]) == "Jakarta, Kementerian"


def test_alarms_stand_before_what_a_nominee_has_to_meet_and_nowhere_else(talk: Talk) -> None:
    alarms = {
        str(event["uid"]): [alarm["trigger"].dt for alarm in event.walk("VALARM")]
        for event in events(file(pressed(talk)))
    }

    mornings = [timedelta(hours=9) - timedelta(days=days) for days in (14, 3, 1)]
    assert alarms.pop("2026-closes@upakarti-assistant") == mornings
    assert set(map(tuple, alarms.values())) == {()}


def test_alarms_are_promised_only_where_there_are_some(talk: Talk) -> None:
    assert "Pengingatnya" in pressed(talk).text
    talk.at = NOW + timedelta(days=20)
    assert "Pengingatnya" not in pressed(talk).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_entry_names_its_source_and_edition(talk: Talk, language: Language) -> None:
    talk.press(f"language:{language}")
    for event in events(file(pressed(talk))):
        about = str(event["description"])

        assert BASIS.source is not None
        assert BASIS.source in about
        assert "2026" in about
        assert "upakarti.kemenperin.go.id" in about


def test_the_file_is_as_the_standard_has_it(talk: Talk) -> None:
    content = file(pressed(talk)).content
    lines = content.split(b"\r\n")

    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert {b"VERSION:2.0", b"DTSTAMP:20261124T030000Z", b"DTSTART;VALUE=DATE:20261210"} <= set(lines)
    assert rb"SK Menteri\, nomor 1\; lampiran \\ 2026" in content.replace(b"\r\n ", b"")


def test_a_date_that_moves_stays_the_same_entry(talk: Talk, library: Library, wording: Wording) -> None:
    moved = Edition(2026, closes=Dated(CLOSES + timedelta(days=7), BASIS))
    other = Talk(Router(library.with_editions([moved]), wording, CONTACT))

    (event,) = events(file(pressed(other)))
    assert str(event["uid"]) in {str(each["uid"]) for each in events(file(pressed(talk)))}


def test_the_same_moment_gives_the_same_file(talk: Talk) -> None:
    assert file(pressed(talk)) == file(pressed(talk))


def test_days_on_which_sources_differ_are_all_there_and_say_so(router: Router) -> None:
    talk = Talk(router, at=datetime(2024, 1, 5, 3, 0, tzinfo=UTC))
    found = events(file(pressed(talk)))

    assert [(str(event["summary"]), event["dtstart"].dt) for event in found[:2]] == [
        ("Upakarti 2024: pendaftaran dibuka (sumber berbeda)", dt.date(2024, 2, 26)),
        ("Upakarti 2024: pendaftaran dibuka (sumber berbeda)", dt.date(2024, 5, 26)),
    ]
    assert len({str(event["uid"]) for event in found}) == len(found)
    assert "Kontan" in str(found[2]["description"])  # F39 has its sources


def test_an_opening_day_that_sources_agree_on_is_called_so(library: Library, wording: Wording) -> None:
    router = Router(library.with_editions([EDITION]), wording, CONTACT)
    found = events(file(pressed(Talk(router, at=datetime(2026, 10, 1, 3, 0, tzinfo=UTC)))))

    assert str(found[0]["summary"]) == "Upakarti 2026: pendaftaran dibuka"


def test_past_dates_are_given_only_to_whom_asks_for_them(router: Router) -> None:
    talk = Talk(router)
    nothing = pressed(talk)
    past = pressed(talk, nothing.choices[0].id)

    assert nothing.attachments == ()
    assert "belum mengetahui tanggal" in nothing.text
    assert [choice.title for choice in nothing.choices] == ["Tanggal edisi 2024", "Menu"]
    assert "sudah lewat" in past.text
    assert len(events(file(past))) == 4


def test_where_no_past_date_is_known_none_is_offered(library: Library, wording: Wording) -> None:
    unknown = [Edition(year) for year in (2020, 2022, 2024)]
    talk = Talk(Router(library.with_editions(unknown), wording, CONTACT))

    assert [choice.id for choice in pressed(talk).choices] == ["menu"]
    assert "tidak berlaku" in talk.press("ics:2024")


@pytest.mark.parametrize("choice", ["ics:", "ics:1999", "ics:2024:1", "icsx"])
def test_a_button_that_was_never_there_is_no_longer_valid(talk: Talk, choice: str) -> None:
    assert "tidak berlaku" in talk.press(choice)


@pytest.mark.parametrize(("at", "offered"), [(NOW, False), (IN_2024, True)])
def test_the_file_is_offered_below_dates_while_one_is_to_come(router: Router, at: datetime, *, offered: bool) -> None:
    (reply,) = Talk(router, at=at).take("kapan pendaftaran ditutup?")

    assert ("ics" in [choice.id for choice in reply.choices]) is offered


def test_the_file_is_not_offered_below_other_answers(router: Router) -> None:
    (reply,) = Talk(router, at=IN_2024).take("apa itu upakarti")

    assert "ics" not in [choice.id for choice in reply.choices]
