"""People at a browser: the real service as a process of its own, and the real page in Debian's chromium.

UPAKARTI_PICTURE=1 .venv/bin/python -m pytest tests/browser -k picture    # makes docs/pictures/chat.png anew
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from handlers.status import picture
from storage import outbox
from storage.database import Database
from storage.outbox import PUSH, Draft, File
from tests.service import ServiceProcess

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "chat.png"
PICTURE_WANTED = bool(os.environ.get("UPAKARTI_PICTURE"))  # read here: tests see no UPAKARTI_* of this machine
QUESTION = "kapan pendaftaran ditutup?"

Visit = Callable[..., AbstractAsyncContextManager[Any]]

# Everybody who opens the page is somebody new, so one service and one browser do for all tests.
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed (Debian: chromium)"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(folder: Path) -> AsyncIterator[ServiceProcess]:
    async with ServiceProcess(folder) as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright  # where there is no chromium nobody needs it

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def visit(service: ServiceProcess, chromium: Any) -> Visit:
    """Open the page as somebody new; fail if its script does, or if the page asks for anything foreign."""

    @asynccontextmanager
    async def visit(**context: Any) -> AsyncIterator[Any]:
        settings = {"locale": "id-ID", "timezone_id": "Asia/Jakarta", "viewport": {"width": 900, "height": 800}}
        troubles: list[str] = []
        person = await chromium.new_context(**(settings | context))
        page = await person.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith((service.url, "data:")) or troubles.append(asked.url))
        page.set_default_timeout(10_000)
        await page.goto(service.url)
        await answers(page).first.wait_for()
        yield page
        await person.close()
        assert troubles == []

    return visit


async def ask(page: Any, text: str) -> None:
    await page.get_by_role("textbox", name=re.compile("Pesan Anda|Your message")).fill(text)
    await page.get_by_role("button", name=re.compile("^(Kirim|Send)$")).click()


def answers(page: Any) -> Any:
    return page.locator("article.assistant")


def said(page: Any) -> Any:
    return page.locator("article.person")


async def until_answers(page: Any, count: int) -> list[str]:
    await answers(page).nth(count - 1).wait_for()
    texts: list[str] = await answers(page).all_inner_texts()
    return texts


async def push(folder: Path, text: str, *files: File) -> None:
    """Queue a message to the newest visitor, as an announcement does."""
    database = Database(f"sqlite+aiosqlite:///{folder}/service.db")
    async with database.transaction() as tx:
        person = (await tx.execute(sa.text("SELECT max(id) FROM people"))).scalar_one()
        await outbox.add(tx, [Draft(person, "web", text, files=files, priority=PUSH)], datetime.now(UTC))
    await database.close()


async def test_a_question_is_answered_honestly_and_a_choice_can_be_pressed(visit: Visit) -> None:
    async with visit() as page:
        await ask(page, QUESTION)
        answer = (await until_answers(page, 2))[1]
        choices = answers(page).nth(1).get_by_role("button")
        title = await choices.first.inner_text()
        await choices.first.click()
        await until_answers(page, 3)
        pressed = await choices.first.get_attribute("aria-pressed")
        own = await said(page).locator(".text").all_inner_texts()

    assert "26 Agustus 2024" in answer
    assert "belum" in answer.lower()  # what is not known of the next edition is said, not guessed
    assert (own, pressed) == ([QUESTION, title], "true")


async def test_the_chat_works_by_keyboard_alone(visit: Visit) -> None:
    async with visit() as page:
        focused = await page.evaluate("document.activeElement.id")
        await page.keyboard.type(QUESTION)
        await page.keyboard.press("Enter")
        await until_answers(page, 2)
        for _ in range(40):
            await page.keyboard.press("Shift+Tab")
            if await page.evaluate("document.activeElement.matches('.latest .choices button')"):
                break
        title = await page.evaluate("document.activeElement.textContent")
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        await page.keyboard.press("Enter")
        await until_answers(page, 3)
        own = await said(page).locator(".text").all_inner_texts()
        back = await page.evaluate("document.activeElement.tagName")

    assert focused == "field"
    assert (own, outline) == ([QUESTION, title], "solid")
    assert back != "BODY"  # the focus is not lost with the pressed button


async def test_the_conversation_is_still_there_after_a_reload(visit: Visit) -> None:
    async with visit() as page:
        await ask(page, QUESTION)
        before = await until_answers(page, 2)
        await page.reload()
        after = await until_answers(page, 1)
        own = await said(page).locator(".text").all_inner_texts()

    assert own == [QUESTION]
    assert after == before[1:]  # the welcome is only for somebody new


async def test_a_restart_loses_nothing_and_what_was_typed_meanwhile_arrives_once(
    visit: Visit, service: ServiceProcess
) -> None:
    async with visit() as page:
        await ask(page, QUESTION)
        await until_answers(page, 2)
        status = await service.terminate()
        await ask(page, "apa itu upakarti?")
        await page.get_by_text("Belum terkirim").wait_for()
        await service.start()
        texts = await until_answers(page, 3)
        await page.get_by_text("Belum terkirim").wait_for(state="detached")
        await page.reload()
        await until_answers(page, 2)
        own = await said(page).locator(".text").all_inner_texts()
        shown = await answers(page).count()

    assert status == 0
    assert (own, shown) == ([QUESTION, "apa itu upakarti?"], 2)
    assert "Upakarti" in texts[2]


async def test_a_pushed_message_appears_by_itself(visit: Visit, folder: Path) -> None:
    async with visit() as page:
        await ask(page, QUESTION)
        await until_answers(page, 2)
        await push(folder, "Kabar: *pendaftaran* dibuka. <b>https://upakarti.kemenperin.go.id</b>")
        news = answers(page).nth(2)
        await news.wait_for()
        text = await news.locator(".text").inner_text()
        bold = await news.locator("strong").all_inner_texts()
        href = await news.get_by_role("link").get_attribute("href")

    assert text == "Kabar: pendaftaran dibuka. <b>https://upakarti.kemenperin.go.id</b>"  # shown, not run
    assert (bold, href) == (["pendaftaran"], "https://upakarti.kemenperin.go.id")


@pytest.mark.parametrize(("width", "colour_scheme"), [(900, "light"), (320, "dark")])
async def test_a_picture_is_shown_beside_its_text_with_a_description_and_nothing_jumps(
    visit: Visit, folder: Path, width: int, colour_scheme: str
) -> None:
    stages = picture.draw([f"Tahap {number}" for number in range(1, 9)], 1, False, "id")
    async with visit(viewport={"width": width, "height": 800}, color_scheme=colour_scheme) as page:
        await ask(page, QUESTION)
        await until_answers(page, 2)
        release = asyncio.Event()

        async def held(route: Any) -> None:
            await release.wait()
            await route.continue_()

        await page.route("**/chat/files/*", held)
        files = (
            File("tahap.png", "image/png", "Tahap 2 dari 8", stages, illustration=True),
            File("hasil.pdf", "application/pdf", "Hasil", b"%PDF"),
        )
        await push(folder, "Status usulan Anda", *files)
        shown = page.get_by_role("img", name="Tahap 2 dari 8")
        await shown.wait_for()
        before = await shown.bounding_box()
        release.set()
        await shown.evaluate("image => image.decode()")
        after = await shown.bounding_box()
        box = await shown.evaluate("e => [e.naturalWidth / e.naturalHeight, e.loading]")
        sideways = await page.evaluate("document.querySelector('.log').scrollWidth")
        links = await answers(page).nth(2).get_by_role("link").all_inner_texts()

    assert (after["width"], after["height"]) == pytest.approx((before["width"], before["height"]), abs=1)
    assert after["width"] / after["height"] == pytest.approx(box[0], rel=0.02)
    assert after["height"] <= 480
    assert (box[1], sideways <= width) == ("lazy", True)
    assert [link for link in links if link] == ["hasil.pdf – Hasil"]


async def test_two_browsers_see_only_their_own_conversation(visit: Visit) -> None:
    async with visit() as page:
        await ask(page, QUESTION)
        await until_answers(page, 2)
        async with visit() as other:
            texts = await until_answers(other, 1)
            own = await said(other).count()

    assert (len(texts), own) == (1, 0)
    assert "Halo, saya Asisten Upakarti." in texts[0]


async def test_on_a_narrow_phone_nothing_scrolls_sideways(visit: Visit) -> None:
    phone = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
    async with visit(**phone) as page:
        await ask(page, QUESTION)
        await until_answers(page, 2)
        await ask(page, "a" * 300)
        await until_answers(page, 3)
        widths = await page.evaluate(
            "[...document.querySelectorAll('html, body, .scroll, .log, .composer')].map(e => e.scrollWidth)"
        )
        sizes = await page.evaluate(
            "[...document.querySelectorAll('button:not([hidden])')].map(e => e.getBoundingClientRect())"
            ".map(r => Math.min(r.width, r.height))"
        )

    assert max(widths) <= 320
    assert min(sizes) >= 44  # WCAG 2.5.5: large enough for a finger


async def test_assistive_technology_finds_names_and_roles(visit: Visit) -> None:
    async with visit() as page:
        await ask(page, QUESTION)
        await until_answers(page, 2)
        tree = await page.locator("body").aria_snapshot()
        unnamed = await page.evaluate(
            "[...document.querySelectorAll('button, a, textarea, img:not([alt])')]"
            ".filter(e => !(e.textContent.trim() || e.ariaLabel || (e.labels && e.labels.length))).length"
        )
        language = await page.evaluate("document.documentElement.lang")

    for part in (
        '- heading "Asisten Upakarti" [level=1]',
        '- log "Percakapan"',
        '- textbox "Pesan Anda"',
        '- button "Kirim"',
        '- group "Pilih bahasa"',
        "- article",
        '- group "Pilihan jawaban"',
    ):
        assert part in tree
    assert (unnamed, language) == (0, "id")


async def test_the_language_can_be_changed_and_stays_changed(visit: Visit) -> None:
    async with visit() as page:
        await page.get_by_role("button", name="English").click()
        await page.get_by_text("All right, I will answer in").wait_for()
        await ask(page, QUESTION)
        await page.get_by_text("26 August 2024").first.wait_for()
        await page.reload()
        await page.get_by_role("button", name="Send").wait_for()
        language = await page.evaluate("document.documentElement.lang")

    assert language == "en"


async def test_a_message_that_is_too_long_is_counted_and_not_sent(visit: Visit) -> None:
    async with visit() as page:
        await ask(page, "a" * 4001)
        counter = await page.locator("#counter").inner_text()
        own = await said(page).count()
        await ask(page, "a" * 4000)
        await until_answers(page, 2)

    assert (counter.startswith("Kelebihan 1 karakter"), own) == (True, 0)


@pytest.mark.skipif(not PICTURE_WANTED, reason="set UPAKARTI_PICTURE=1 to make docs/pictures/chat.png anew")
async def test_the_picture_of_the_readme_is_made(visit: Visit) -> None:
    phone = {"viewport": {"width": 390, "height": 760}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
    async with visit(color_scheme="light", reduced_motion="reduce", **phone) as page:
        await ask(page, "halo")  # the first answer carries the notice; the picture shows the second
        await until_answers(page, 2)
        await ask(page, "kpn pendaftaran ditutup kak?")
        await until_answers(page, 3)
        await page.evaluate(
            """() => {
              document.activeElement.blur();
              const question = [...document.querySelectorAll(".person")].at(-1);
              const scroll = document.getElementById("scroll");
              scroll.scrollTop = question.offsetTop - document.getElementById("header").offsetHeight - 16;
            }"""
        )
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURE)

    assert PICTURE.stat().st_size > 10_000
