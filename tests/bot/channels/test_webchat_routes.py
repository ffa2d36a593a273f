"""The browser chat: a page, a history, messages posted once, and a stream of what is said."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from structlog.testing import capture_logs

from bot.channels import body
from bot.channels.webchat import routes
from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.posted import BODY_LIMIT, TEXT_LIMIT
from bot.channels.webchat.routes import POLL_SECONDS, POSTING
from bot.channels.webchat.visitor import COOKIE, COOKIE_SECONDS
from bot.service import Service
from storage import outbox
from storage.database import Database
from storage.outbox import Draft, File
from tests.bot import serving
from tests.bot.conftest import WatchedClock

QUESTION = "kapan pendaftaran ditutup?"


@pytest.fixture
async def service(database: Database, clock: WatchedClock, tmp_path: Path) -> AsyncIterator[Service]:
    service = serving.assemble(serving.settings(tmp_path), database, clock)
    yield service
    await service.chat.drain()


@pytest.fixture
def web(service: Service) -> FastAPI:
    return serving.web(service)


@pytest.fixture
async def browser(web: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with serving.browsing(web, **{"Accept-Language": "id-ID,id;q=0.9"}) as client:
        yield client


async def say(browser: httpx.AsyncClient, text: str, client_id: str = "message-1") -> httpx.Response:
    return await browser.post("/chat/messages", json={"id": client_id, "text": text})


async def history(browser: httpx.AsyncClient) -> dict[str, Any]:
    answer = await browser.get("/chat/history")
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


async def answered(service: Service) -> None:
    await service.assistant.senders["web"].drain()


async def push(service: Service, person: int, text: str, *files: File) -> None:
    async with service.assistant.database.transaction() as tx:
        await outbox.add(tx, [Draft(person, "web", text, files=files)], service.assistant.clock.now())


async def only_person(database: Database) -> int:
    async with database.reading() as tx:
        return int((await tx.execute(sa.text("SELECT id FROM people"))).scalar_one())


class Stream:
    """A page that listens: the events of /chat/events as they come."""

    def __init__(self, web: FastAPI, path: str, headers: dict[str, str]) -> None:
        path, _, query = path.partition("?")
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "server": ("chat.test", 80),
            "client": ("127.0.0.1", 1),
        }
        self._web = web
        self._gone = asyncio.Event()
        self._parts: asyncio.Queue[str | None] = asyncio.Queue()
        self._text = ""
        self.status = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._gone.set()
        async with asyncio.timeout(5):
            await self._task

    async def _run(self) -> None:
        async def receive() -> dict[str, object]:
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(part: dict[str, Any]) -> None:
            if part["type"] == "http.response.start":
                self.status = part["status"]
            elif part.get("body"):
                self._parts.put_nowait(part["body"].decode())

        try:
            await self._web(self._scope, receive, send)
        finally:
            self._parts.put_nowait(None)

    async def event(self) -> dict[str, Any] | None:
        """Return the next event as {"event", "id", "data"}, or None at the end."""
        async with asyncio.timeout(5):
            while True:
                block, found, rest = self._text.partition("\n\n")
                if not found:
                    part = await self._parts.get()
                    if part is None:
                        return None
                    self._text += part.replace("\r\n", "\n")
                    continue
                self._text = rest
                fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if "data" in fields:
                    return fields | {"data": json.loads(fields["data"])}


@asynccontextmanager
async def listening(web: FastAPI, browser: httpx.AsyncClient, after: int = 0, **headers: str) -> AsyncIterator[Stream]:
    cookie = f"{COOKIE}={browser.cookies[COOKIE]}" if COOKIE in browser.cookies else ""
    async with Stream(web, f"/chat/events?after={after}", {"Cookie": cookie, **headers}) as stream:
        yield stream


# The page


@pytest.mark.parametrize(
    ("wanted", "language", "name"),
    [
        ("id-ID,id;q=0.9", "id", "Asisten Upakarti"),
        ("en-GB,en;q=0.8", "en", "Upakarti Assistant"),
        ("fr", "id", "Asisten Upakarti"),
        ("", "id", "Asisten Upakarti"),
    ],
)
async def test_the_page_comes_in_the_browsers_language(wanted: str, language: str, name: str, web: FastAPI) -> None:
    async with serving.browsing(web, **{"Accept-Language": wanted}) as client:
        page = await client.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == "Accept-Language, Accept-Encoding"
    assert f'<html lang="{language}">' in page.text
    assert f"<title>{name}</title>" in page.text


async def test_the_page_carries_the_labels_of_both_languages_for_its_script(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/")).text
    found = re.search(r'<script type="application/json" id="labels">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    labels = json.loads(found[1])

    assert labels["id"].keys() == labels["en"].keys()
    assert (labels["id"]["send"], labels["en"]["send"]) == ("Kirim", "Send")


@pytest.mark.parametrize("path", ["/", "/static/chat.js", "/chat/history", "/healthz", "/nothing"])
async def test_every_answer_says_that_nothing_foreign_may_run_or_frame_it(
    path: str, browser: httpx.AsyncClient
) -> None:
    headers = (await browser.get(path)).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


async def test_script_style_and_icon_are_served(browser: httpx.AsyncClient) -> None:
    types = {
        name: (await browser.get(f"/static/{name}")).headers["content-type"].split(";")[0]
        for name in ("chat.js", "chat.css", "icon.svg")
    }

    assert types == {"chat.js": "text/javascript", "chat.css": "text/css", "icon.svg": "image/svg+xml"}


@pytest.mark.parametrize("path", ["/", "/static/chat.js", "/static/chat.css"])
async def test_page_script_and_style_are_asked_for_again_after_an_upgrade(
    path: str, browser: httpx.AsyncClient
) -> None:
    assert (await browser.get(path)).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/static/chat.js", "/static/chat.css", "/chat/history"])
async def test_page_script_and_history_are_compressed_for_browsers_that_can(
    path: str, browser: httpx.AsyncClient
) -> None:
    small = await browser.get(path, headers={"Accept-Encoding": "gzip"})
    large = await browser.get(path, headers={"Accept-Encoding": "identity"})

    assert (small.headers.get("content-encoding"), large.headers.get("content-encoding")) == ("gzip", None)
    assert "Accept-Encoding" in large.headers["vary"]


async def test_the_script_is_small_on_the_wire(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/static/chat.js", headers={"Accept-Encoding": "gzip"})

    assert answer.num_bytes_downloaded < 8 * 1024


# The history


async def test_somebody_new_sees_the_welcome_and_leaves_no_trace(
    browser: httpx.AsyncClient, database: Database
) -> None:
    shown = await history(browser)
    async with database.reading() as tx:
        people = (await tx.execute(sa.text("SELECT count(*) FROM people"))).scalar()

    assert (shown["language"], shown["messages"], shown["cursor"], people) == ("id", [], 0, 0)
    assert shown["welcome"]["text"].startswith("Halo, saya *Asisten Upakarti*.")
    assert [choice["id"] for choice in shown["welcome"]["choices"]][-1] == "privacy"


async def test_the_welcome_comes_in_the_browsers_language(web: FastAPI) -> None:
    async with serving.browsing(web, **{"Accept-Language": "en"}) as client:
        shown = await history(client)

    assert (shown["language"], shown["welcome"]["text"][:5]) == ("en", "Hello")


async def test_after_a_conversation_the_history_shows_both_sides_in_order(
    browser: httpx.AsyncClient, service: Service, clock: WatchedClock
) -> None:
    await say(browser, QUESTION)
    await answered(service)
    shown = await history(browser)
    question, answer = shown["messages"]

    assert (question["author"], question["text"], question["client_id"]) == ("person", QUESTION, "message-1")
    assert (answer["author"], answer["client_id"], answer["at"]) == ("assistant", None, clock.now().isoformat())
    assert "2024" in answer["text"]
    assert answer["choices"][-1] == {"id": "menu", "title": "Menu"}
    assert (shown["welcome"], shown["cursor"], shown["language"]) == (None, answer["id"], "id")


async def test_the_history_must_not_be_kept_by_anybody_on_the_way(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/chat/history")).headers["cache-control"] == "no-store"


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: httpx.AsyncClient) -> None:
    cookie = (await browser.get("/chat/history")).headers["set-cookie"]
    value, *attributes = cookie.split("; ")

    assert re.fullmatch(rf"{COOKIE}=[A-Za-z0-9_-]{{43}}", value)
    assert sorted(each.lower() for each in attributes) == [
        "httponly",
        f"max-age={COOKIE_SECONDS}",
        "path=/",
        "samesite=lax",
    ]


async def test_behind_https_the_cookie_is_sent_over_https_only(browser: httpx.AsyncClient) -> None:
    proxied = await browser.get("/chat/history", headers={"X-Forwarded-Proto": "https"})
    direct = await browser.get("https://chat.test/chat/history")

    assert ("; Secure" in proxied.headers["set-cookie"], "; Secure" in direct.headers["set-cookie"]) == (True, True)


async def test_a_known_cookie_stays_and_a_made_up_one_is_replaced(browser: httpx.AsyncClient) -> None:
    await history(browser)
    first = browser.cookies[COOKIE]
    await history(browser)
    second = browser.cookies[COOKIE]
    replaced = await browser.get("/chat/history", headers={"Cookie": f"{COOKIE}=admin' OR 1=1"})

    assert first == second
    assert re.match(rf"{COOKIE}=[A-Za-z0-9_-]{{43}};", replaced.headers["set-cookie"])


async def test_two_visitors_see_only_their_own_lines(web: FastAPI, service: Service) -> None:
    async with serving.browsing(web) as first, serving.browsing(web) as second:
        await asyncio.gather(say(first, QUESTION, "message-1"), say(second, "/menu", "message-1"))
        await answered(service)
        mine, theirs = await history(first), await history(second)

    assert [line["text"] for line in mine["messages"] if line["author"] == "person"] == [QUESTION]
    assert [line["text"] for line in theirs["messages"] if line["author"] == "person"] == ["/menu"]
    assert (len(mine["messages"]), len(theirs["messages"])) == (2, 2)


# Posting


async def test_a_message_is_stored_and_answered(browser: httpx.AsyncClient, service: Service) -> None:
    answer = await say(browser, QUESTION)
    await answered(service)

    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert len((await history(browser))["messages"]) == 2


async def test_a_pressed_button_is_shown_by_its_title(browser: httpx.AsyncClient, service: Service) -> None:
    body = {"id": "message-1", "choice": "ask:what_is_upakarti", "title": "Apa itu Upakarti?"}
    await browser.post("/chat/messages", json=body)
    await answered(service)
    question, answer = (await history(browser))["messages"]

    assert question["text"] == "Apa itu Upakarti?"
    assert "Upakarti" in answer["text"]


async def test_the_same_id_again_does_nothing(browser: httpx.AsyncClient, service: Service) -> None:
    await history(browser)
    statuses = {answer.status_code for answer in await asyncio.gather(*(say(browser, QUESTION) for _ in range(4)))}
    await say(browser, "something else under the same id")
    await answered(service)

    assert statuses == {200}
    assert [line["author"] for line in (await history(browser))["messages"]] == ["person", "assistant"]


@pytest.mark.parametrize(
    ("posted", "status", "title", "part"),
    [
        ({"id": "message-1", "text": "a" * (TEXT_LIMIT + 1)}, 413, "too_long", "4000"),
        ({"id": "message-1", "text": "  "}, 422, "empty", "kosong"),
        ({"id": "message-1"}, 400, "not_understood", "Muat ulang"),
        ({"text": "halo"}, 400, "not_understood", "Muat ulang"),
    ],
)
async def test_what_cannot_be_taken_is_explained_in_a_sentence(
    posted: dict[str, str], status: int, title: str, part: str, browser: httpx.AsyncClient
) -> None:
    answer = await browser.post("/chat/messages", json=posted)

    assert (answer.status_code, answer.json()["title"]) == (status, title)
    assert answer.headers["content-type"] == "application/problem+json"
    assert part in answer.json()["detail"]
    assert (await history(browser))["messages"] == []


async def test_what_is_no_json_is_explained_in_the_browsers_language(browser: httpx.AsyncClient) -> None:
    headers = {"Accept-Language": "en", "Content-Type": "application/json"}
    answer = await browser.post("/chat/messages", content=b"halo", headers=headers)

    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "The message could not be read. Reload this page and try again.",
    )


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""]
)
async def test_what_a_form_of_another_site_can_post_is_refused_and_changes_no_cookie(
    kind: str, browser: httpx.AsyncClient, database: Database
) -> None:
    form = b'{"id": "message-1", "text": "halo", "end": "="}'
    answer = await browser.post("/chat/messages", content=form, headers={"Content-Type": kind})
    async with database.reading() as tx:
        people = (await tx.execute(sa.text("SELECT count(*) FROM people"))).scalar()

    assert (answer.status_code, answer.json()["title"]) == (400, "not_understood")
    assert "set-cookie" not in answer.headers
    assert people == 0


async def test_a_body_that_does_not_come_is_not_waited_for(
    web: FastAPI, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "PATIENCE_SECONDS", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with asyncio.timeout(5):
        answer = await browser.post("/chat/messages", content=never(), headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.headers["connection"]) == (408, "close")


async def test_a_page_that_goes_while_it_posts_is_no_error(web: FastAPI, service: Service) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(part: dict[str, Any]) -> None:
        sent.append(part)

    scope = Stream(web, "/chat/messages", {"Content-Type": "application/json"})._scope | {"method": "POST"}
    await web(scope, receive, send)

    assert sent[0]["status"] == 408


async def test_a_body_without_end_is_cut_off_at_its_limit(browser: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * BODY_LIMIT:
            sent += 65536
            yield b" " * 65536

    answer = await browser.post("/chat/messages", content=endless(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert sent <= 2 * BODY_LIMIT


async def test_who_writes_too_fast_is_asked_to_wait_while_others_go_on(
    browser: httpx.AsyncClient, web: FastAPI, clock: WatchedClock
) -> None:
    await history(browser)
    taken = [(await say(browser, "halo", f"message-{number}")).status_code for number in range(POSTING.burst)]
    refused = await say(browser, "halo", "message-x")
    async with serving.browsing(web) as other:
        others = (await say(other, "halo")).status_code
    clock.move(int(refused.headers["retry-after"]))
    again = await say(browser, "halo", "message-x")

    assert set(taken) == {200}
    assert (refused.status_code, refused.json()["title"], refused.headers["retry-after"]) == (429, "too_fast", "2")
    assert "2 detik" in refused.json()["detail"]
    assert (others, again.status_code) == (200, 200)


async def test_the_pace_of_visitors_who_are_quiet_is_forgotten(
    web: FastAPI, service: Service, clock: WatchedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "VISITORS", 3)
    for number in range(4):
        async with serving.browsing(web) as visitor:
            await say(visitor, "halo", f"message-{number}")
        clock.move(60)

    assert len(service.chat._paces) == 1


async def test_when_it_cannot_be_stored_the_page_is_told_to_try_again(
    browser: httpx.AsyncClient, database: Database, service: Service
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE inbound RENAME TO away"))
    with capture_logs() as logged:
        failed = await say(browser, QUESTION)
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE away RENAME TO inbound"))
    again = await say(browser, QUESTION)
    await answered(service)

    assert (failed.status_code, failed.json()["title"]) == (503, "not_stored")
    assert [(line["event"], line["channel"]) for line in logged] == [("receive_failed", "web")]
    assert again.status_code == 200
    assert len((await history(browser))["messages"]) == 2


# Files


async def test_a_file_is_shown_to_its_owner_only(
    web: FastAPI, browser: httpx.AsyncClient, service: Service, database: Database
) -> None:
    await say(browser, QUESTION)
    file = File('a"é/../alur.png', "image/png", "Alur", b"\x89PNG")
    await push(service, await only_person(database), "Lihat", file)
    await answered(service)
    (attached,) = (await history(browser))["messages"][-1]["attachments"]
    mine = await browser.get(attached["url"])
    async with serving.browsing(web) as stranger:
        theirs = (await stranger.get(attached["url"])).status_code
        await say(stranger, QUESTION)
        theirs_too = (await stranger.get(attached["url"])).status_code
    missing = [(await browser.get(f"/chat/files/{number}")).status_code for number in (999, 0, 2**63, 10**30)]

    assert (mine.status_code, mine.content, mine.headers["content-type"]) == (200, b"\x89PNG", "image/png")
    assert mine.headers["content-disposition"] == 'inline; filename="a..alur.png"'
    assert mine.headers["x-content-type-options"] == "nosniff"
    assert mine.headers["cache-control"] == "private"
    assert (attached["description"], attached["media_type"]) == ("Alur", "image/png")
    assert (theirs, theirs_too) == (404, 404)
    assert all(status in (404, 422) for status in missing)


@pytest.mark.parametrize(
    ("media_type", "shown"),
    [
        ("text/calendar", "attachment"),
        ("text/html", "attachment"),
        ("application/json", "attachment"),
        ("application/pdf", "inline"),
    ],
)
async def test_a_file_that_is_no_picture_or_page_is_saved_and_never_shown(
    browser: httpx.AsyncClient, service: Service, database: Database, media_type: str, shown: str
) -> None:
    await say(browser, QUESTION)
    await push(service, await only_person(database), "Ini", File("upakarti-2026.ics", media_type, "Tanggal", b"A"))
    await answered(service)
    (attached,) = (await history(browser))["messages"][-1]["attachments"]
    given = await browser.get(attached["url"])

    assert given.headers["content-disposition"] == f'{shown}; filename="upakarti-2026.ics"'
    assert given.headers["content-type"].partition(";")[0] == media_type
    assert given.headers["x-content-type-options"] == "nosniff"


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\xd0\x00\x00\x03\x20"


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (PNG + b"\x04\x03rest", (720, 800)),
        (PNG, (720, 800)),
        (PNG[:-1], (None, None)),
        (b"\xff\xd8\xff\xe0" + PNG, (None, None)),
        (b"", (None, None)),
    ],
    ids=["a picture", "its head", "cut off", "of another kind", "empty"],
)
async def test_the_size_of_a_picture_is_told_with_it(
    browser: httpx.AsyncClient,
    service: Service,
    database: Database,
    content: bytes,
    size: tuple[int | None, int | None],
) -> None:
    await say(browser, QUESTION)
    await push(service, await only_person(database), "Lihat", File("alur.png", "image/png", "Alur", content))
    await answered(service)
    (attached,) = (await history(browser))["messages"][-1]["attachments"]

    assert (attached.get("width"), attached.get("height")) == size


# The stream


async def test_an_open_page_gets_its_own_message_and_the_answer_as_they_are_said(
    web: FastAPI, browser: httpx.AsyncClient, service: Service
) -> None:
    await history(browser)
    async with listening(web, browser) as stream:
        await say(browser, QUESTION)
        language, question = await stream.event(), await stream.event()
        await answered(service)
        answer = await stream.event()

    assert language is not None
    assert question is not None
    assert answer is not None
    assert (language["event"], language["data"]) == ("language", {"language": "id"})
    assert (question["event"], question["data"]["text"], question["data"]["client_id"]) == (
        "message",
        QUESTION,
        "message-1",
    )
    assert (answer["data"]["author"], answer["id"]) == ("assistant", str(answer["data"]["id"]))
    assert "2024" in answer["data"]["text"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])  # compressed, it would be held back
async def test_a_message_pushed_by_this_process_appears_at_once(
    encoding: str, web: FastAPI, browser: httpx.AsyncClient, service: Service, database: Database, clock: WatchedClock
) -> None:
    await say(browser, QUESTION)
    await answered(service)
    cursor = (await history(browser))["cursor"]
    async with listening(web, browser, cursor, **{"Accept-Encoding": encoding}) as stream:
        await stream.event()  # the language
        await push(service, await only_person(database), "Kabar baru")
        await answered(service)
        news = await stream.event()

    assert news is not None
    assert (news["data"]["text"], clock.monotonic()) == ("Kabar baru", 0)


async def test_a_message_of_another_process_appears_when_the_page_looks_again(
    web: FastAPI, browser: httpx.AsyncClient, service: Service, database: Database, clock: WatchedClock
) -> None:
    await say(browser, QUESTION)
    await answered(service)
    cursor = (await history(browser))["cursor"]
    other = serving.assemble(service.assistant.settings, database, clock, [WebChat(database, clock)])
    async with listening(web, browser, cursor) as stream:
        await stream.event()
        await clock.until_asleep()
        await push(service, await only_person(database), "Kabar baru")
        await answered(other)
        clock.move(POLL_SECONDS[database.is_sqlite])
        news = await stream.event()

    assert news is not None
    assert news["data"]["text"] == "Kabar baru"


@pytest.mark.parametrize("how", ["after", "Last-Event-ID"])
async def test_a_page_that_comes_back_gets_only_what_it_missed(
    how: str, web: FastAPI, browser: httpx.AsyncClient, service: Service
) -> None:
    await say(browser, QUESTION)
    await answered(service)
    seen = (await history(browser))["cursor"]
    await say(browser, "/menu", "message-2")
    await answered(service)
    after, headers = (seen, {}) if how == "after" else (0, {"Last-Event-ID": str(seen)})
    async with listening(web, browser, after, **headers) as stream:
        events = [await stream.event() for _ in range(3)]

    assert [event and event["event"] for event in events] == ["language", "message", "message"]
    assert [event["data"]["text"][:9] for event in events[1:] if event] == ["/menu", "Ini yang "]


async def test_a_page_of_somebody_who_was_forgotten_hears_the_farewell_and_keeps_its_language(
    web: FastAPI, browser: httpx.AsyncClient, service: Service
) -> None:
    await say(browser, "hapus data saya")
    await answered(service)
    after = (await history(browser))["cursor"]
    async with listening(web, browser, after) as stream:
        language = await stream.event()
        await say(browser, "Ya, hapus semua", "message-2")
        await answered(service)
        farewell = await stream.event()
        await say(browser, "/menu", "message-3")
        said = await stream.event()

    assert [event and event["event"] for event in (language, farewell, said)] == ["language", "message", "message"]
    assert farewell is not None
    assert farewell["data"]["text"].startswith("Sudah. Semua data Anda")


@pytest.mark.parametrize("last", ["-1", "abc", "9" * 30, "١"])
async def test_a_last_event_id_that_is_none_of_ours_does_no_harm(
    last: str, web: FastAPI, browser: httpx.AsyncClient
) -> None:
    await say(browser, QUESTION)
    headers = [(b"cookie", f"{COOKIE}={browser.cookies[COOKIE]}".encode()), (b"last-event-id", last.encode())]
    stream = Stream(web, "/chat/events", {})
    stream._scope["headers"] = headers
    async with stream:
        first = await stream.event()

    assert first is not None
    assert (stream.status, first["event"]) == (200, "language")


@pytest.mark.parametrize("after", [-1, 10**30])
async def test_a_cursor_out_of_range_is_refused(after: int, browser: httpx.AsyncClient) -> None:
    await say(browser, QUESTION)

    assert (await browser.get(f"/chat/events?after={after}")).status_code == 422


async def test_an_open_page_is_told_of_a_new_language(
    web: FastAPI, browser: httpx.AsyncClient, service: Service
) -> None:
    await say(browser, QUESTION)
    await answered(service)
    cursor = (await history(browser))["cursor"]
    async with listening(web, browser, cursor) as stream:
        first = await stream.event()
        await browser.post("/chat/messages", json={"id": "message-2", "choice": "language:en", "title": "English"})
        second = await stream.event()

    assert first is not None
    assert second is not None
    assert (first["data"], second["data"]) == ({"language": "id"}, {"language": "en"})
    assert (await history(browser))["language"] == "en"


async def test_streams_end_when_the_service_stops(
    web: FastAPI, browser: httpx.AsyncClient, service: Service, clock: WatchedClock
) -> None:
    await history(browser)
    async with listening(web, browser) as stream:
        await clock.until_asleep()
        service.chat.stop()
        end = await stream.event()

    assert end is None


async def test_a_page_that_goes_is_forgotten(
    web: FastAPI, browser: httpx.AsyncClient, service: Service, clock: WatchedClock
) -> None:
    await history(browser)
    channel = service.assistant.channels["web"]
    assert isinstance(channel, WebChat)
    async with listening(web, browser), listening(web, browser):
        await clock.until_asleep(2)
        during = len(channel._listeners)

    assert (during, len(channel._listeners)) == (1, 0)


async def test_a_stream_too_many_is_refused_until_another_ends(
    web: FastAPI, browser: httpx.AsyncClient, clock: WatchedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "STREAMS", 2)
    await say(browser, QUESTION)
    async with listening(web, browser), listening(web, browser):
        await clock.until_asleep(2)
        refused = await browser.get("/chat/events")
        told = (await history(browser))["language"]
    async with listening(web, browser) as stream:
        await stream.event()

    assert (refused.status_code, told, stream.status) == (503, "id", 200)


async def test_two_open_pages_of_one_visitor_both_get_the_answer(
    web: FastAPI, browser: httpx.AsyncClient, service: Service
) -> None:
    await say(browser, QUESTION)
    await answered(service)
    cursor = (await history(browser))["cursor"]
    async with listening(web, browser, cursor) as first, listening(web, browser, cursor) as second:
        await first.event()
        await second.event()
        await say(browser, "/menu", "message-2")
        texts = [(await stream.event() or {"data": {}})["data"].get("text") for stream in (first, second)]

    assert texts == ["/menu", "/menu"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_page_that_goes_in_the_middle_of_a_look_leaves_nothing_hanging(
    web: FastAPI, browser: httpx.AsyncClient, service: Service
) -> None:
    await say(browser, QUESTION)
    await answered(service)
    mine = asyncio.all_tasks()
    for _ in range(30):
        async with listening(web, browser) as stream:
            for _ in range(3):
                await stream.event()
            # From here on it reads the database again, at once.
    await service.chat.drain()
    left = asyncio.all_tasks() - mine
    for task in left:
        task.cancel()

    assert left == set()
