"""What every call passes before it is looked at: its key, its form and its length; and what becomes of a crash."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Message, Scope

from bot.api.guard import Guard
from bot.api.problems import NO_STORE, ProblemError, away
from bot.channels import body
from storage.database import DatabaseError

log = structlog.get_logger()

BODY_LIMIT: Final = 64 * 1024
ACTS: Final = ("/code", "/correction")  # below a proposal, and not the end of its number
_EXPECTED: Final = (ProblemError, HTTPException, RequestValidationError, ClientDisconnect)


def guarded(guard: Guard) -> type[APIRoute]:
    """Return the class of routes that let in only whom the guard does."""

    class Guarded(APIRoute):
        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            # A number may have slashes in it, and would swallow the acts.
            match, found = super().matches(scope)
            if match is not Match.NONE and not self.path.endswith(ACTS) and scope["path"].endswith(ACTS):
                return Match.NONE, {}
            return match, found

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            look_at = super().get_route_handler()
            takes_body = self.body_field is not None

            async def enter(request: Request) -> Response:
                try:
                    request.state.key = await guard.admit(request)
                    response = await look_at(await _read(request) if takes_body else request)
                except _EXPECTED:
                    raise
                except (DatabaseError, OSError):
                    log.exception("api_unavailable")
                    raise away() from None
                except Exception:
                    log.exception("api_failed")
                    raise HTTPException(500) from None
                response.headers.update(NO_STORE)
                return response

            return enter

    return Guarded


async def _read(request: Request) -> Request:
    """Return the request with its body read; a long one or one that is no JSON is refused before that."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(415, "Send the body as application/json.")
    content = await body.read(request, BODY_LIMIT)
    if content is None:
        raise ProblemError(413, f"The body is longer than {BODY_LIMIT // 1024} KiB.")

    async def once() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request(request.scope, once)
