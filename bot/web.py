"""The web application: who answers at which address, health and metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import metrics
from bot.channels.webchat.routes import STATIC, ChatRoutes
from bot.metrics import Metrics

# The page runs our own script and style only, and nobody may frame it.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Ask again before using a copy: after an upgrade an old script would not understand the new page.
CACHING = {"Cache-Control": "no-cache"}
DEFAULT_HEADERS = SECURITY_HEADERS | CACHING  # where an answer does not say otherwise

Health = Callable[[], Awaitable[dict[str, str]]]  # what was checked -> "ok" or what is wrong, in one machine word
Webhook = Callable[[Request], Awaitable[Response]]
Doors = Mapping[tuple[str, str], Webhook]  # (method, path) -> who answers there


def application(*, chat: ChatRoutes, health: Health, metrics_shown: Metrics, webhooks: Doors, api: ASGIApp) -> FastAPI:
    """Return the application; `webhooks` are the platforms' own doors, and `api` is the portal's."""
    app = FastAPI(title="Upakarti Assistant", docs_url=None, redoc_url=None, openapi_url=None)

    async def healthz() -> JSONResponse:
        checks = await health()
        ready = all(result == "ok" for result in checks.values())
        return JSONResponse(
            {"status": "ok" if ready else "unavailable", "checks": checks}, status_code=200 if ready else 503
        )

    async def show_metrics() -> Response:
        return Response(metrics_shown.show(), media_type=metrics.CONTENT_TYPE)

    for (method, path), webhook in webhooks.items():
        app.add_route(path, webhook, methods=[method])
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    app.add_api_route("/metrics", show_metrics, include_in_schema=False)
    app.include_router(chat.routes())
    app.mount("/api/v1", api, name="api")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_middleware(GZipMiddleware)  # leaves event streams alone: each event has to go out at once
    app.add_middleware(_Headers)
    return app


async def _gone(_request: Request, _error: Exception) -> Response:
    """Answer somebody who went before the whole message was here, or who took too long: no fault of ours to log."""
    return Response(status_code=408, headers={"Connection": "close"})


class _Headers:
    """Adds the headers above to every answer that has none of its own, streams included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in DEFAULT_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
