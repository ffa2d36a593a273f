"""A real browser talks with the real service."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.service import ServiceProcess

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "chat.png"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    async with ServiceProcess(tmp_path) as service:
        yield service


@pytest.fixture
async def page(service: ServiceProcess) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(
            locale="id-ID", viewport={"width": 390, "height": 760}, device_scale_factor=2, color_scheme="light"
        )
        await page.goto(service.url)
        yield page
        await browser.close()


async def ask(page: Page, question: str) -> None:
    await page.get_by_role("textbox").fill(question)
    await page.keyboard.press("Enter")


async def test_a_nominee_asks_presses_and_finds_it_all_again(page: Page, service: ServiceProcess) -> None:
    log = page.get_by_role("log")
    await expect(log).to_contain_text("Asisten Upakarti")
    await ask(page, "kapan pendaftaran ditutup?")
    await expect(log).to_contain_text("26 Agustus 2024")
    await expect(log).to_contain_text("belum ada tanggal resmi")
    if os.environ.get("CHAT_PICTURE"):
        await page.screenshot(path=PICTURE, animations="disabled")
    await page.get_by_role("button", name="Edisi berikutnya").last.click()
    await expect(log).to_contain_text("dua tahun")

    await page.reload()
    await expect(log).to_contain_text("26 Agustus 2024")

    await service.terminate()
    await ask(page, "siapa penyelenggaranya?")
    await service.start()
    await expect(log).to_contain_text("Kementerian Perindustrian", timeout=20_000)
    await expect(log.get_by_text("siapa penyelenggaranya?")).to_have_count(1)


async def test_nothing_scrolls_sideways_on_a_narrow_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 560})
    await ask(page, "xyz" * 100)
    await expect(page.get_by_role("log")).to_contain_text(re.compile("Maaf"))
    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert overflow <= 0
