"""An operator at the page that describes the API: all of it comes from here, and its script runs under our policy."""

from __future__ import annotations

from typing import Any

import pytest

from bot.api.pages import POLICY
from tests.browser.test_chat import CHROMIUM, chromium, folder, service  # noqa: F401 - fixtures
from tests.service import ServiceProcess

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed (Debian: chromium)"),
]


async def test_the_page_shows_all_calls_and_asks_no_other_host(service: ServiceProcess, chromium: Any) -> None:  # noqa: F811
    troubles: list[str] = []
    asked: list[str] = []
    page = await chromium.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("request", lambda request: asked.append(request.url))
    page.set_default_timeout(20_000)
    answer = await page.goto(f"{service.url}/api/v1/docs")
    calls = page.locator(".opblock")
    await calls.nth(6).wait_for()
    shown = [text.split() for text in await page.locator(".opblock-summary").all_inner_texts()]
    await page.locator(".opblock-post .opblock-summary").last.click()
    await page.locator(".opblock-description").first.wait_for()
    described = await page.locator(".opblock-description").first.inner_text()
    await page.close()

    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe-inline" not in POLICY
    assert sorted(words[0] for words in shown) == ["DELETE", "GET", "GET", "POST", "POST", "POST", "PUT"]
    assert "nobody hears first" in described
    assert [url for url in asked if not url.startswith((service.url, "data:"))] == []
    assert troubles == []
