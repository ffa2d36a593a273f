"""How the API says that something is wrong: application/problem+json (RFC 9457), and nothing of what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match

from bot.api.models import TAGS, Mistake, Problem

MEDIA_TYPE: Final = "application/problem+json"
MISTAKES: Final = 20  # that one answer tells
NAME_LENGTH: Final = 60  # of a field in a pointer: an unknown one may have any name
NO_STORE: Final = {"Cache-Control": "no-store"}
RETRY_SECONDS: Final = 5  # after which a database may be there again

_DETAILS: Final = {
    400: "The body is not JSON that can be read.",
    404: "There is nothing at this address.",
    405: "This address does not know that method; the header Allow lists those it does.",
    408: "The rest of the body did not come in time.",
    500: "Something went wrong here. It was logged; the same call may be sent again.",
}


class ProblemError(Exception):
    """A call cannot do what it should. `kind` is a word for programs, where the status does not say it all."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - fields of Problem
    ) -> None:
        super().__init__(kind or status)
        self.status = status
        self.detail = detail
        self.kind = kind
        self.headers = dict(headers or {})
        self.more = more


def missing() -> ProblemError:
    """Return the answer for a proposal there is none of."""
    return ProblemError(404, "There is no proposal of this number.", kind="no_such_proposal")


def away() -> ProblemError:
    """Return the answer for a database that cannot be used now."""
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return ProblemError(503, "The database cannot be used now. Send the same call again.", headers=headers)


def answer(problem: ProblemError) -> JSONResponse:
    """Return the problem as an answer."""
    kind = "about:blank" if problem.kind is None else f"urn:problem-type:upakarti:{problem.kind}"
    title = HTTPStatus(problem.status).phrase if problem.kind is None else _sentence(problem.kind)
    told = Problem(type=kind, title=title, status=problem.status, detail=problem.detail, **problem.more)
    return JSONResponse(
        told.model_dump(mode="json", exclude_none=True),
        status_code=problem.status,
        headers=NO_STORE | problem.headers,
        media_type=MEDIA_TYPE,
    )


def handle(app: FastAPI) -> None:
    """Let this application tell all that is wrong as problems."""

    async def told(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)  # noqa: S101 - registered for these only
        return answer(error)

    async def mistaken(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
        return answer(_mistaken(error.errors()))

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - as above
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_allowed(app, request))
        return answer(
            ProblemError(error.status_code, _DETAILS.get(error.status_code, str(error.detail)), headers=headers)
        )

    async def gone(_request: Request, _error: Exception) -> Response:
        return answer(ProblemError(408, _DETAILS[408], headers={"Connection": "close"}))

    app.add_exception_handler(ProblemError, told)
    app.add_exception_handler(RequestValidationError, mistaken)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(ClientDisconnect, gone)


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """Return the methods an address knows: the routes of all of them, since each knows only its own."""
    known: set[str] = set()
    for route in app.router.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            known |= getattr(route, "methods", None) or set()
    return sorted(known)


def _mistaken(errors: Sequence[Mapping[str, Any]]) -> ProblemError:
    if any(error["type"] == "json_invalid" for error in errors):
        return ProblemError(400, _DETAILS[400])
    mistakes = [_mistake(error) for error in errors[:MISTAKES]]
    return ProblemError(422, "Some of what was sent is wrong; see errors.", kind="invalid", errors=mistakes)


def _mistake(error: Mapping[str, Any]) -> Mistake:
    place, *path = error["loc"]
    pointer = "/".join(["#", *(_token(part) for part in path if part not in TAGS)])
    return Mistake(place=place, pointer=pointer, detail=error["msg"])


def _token(part: object) -> str:
    """Return a step of a JSON pointer; half a character, which JSON may hold and UTF-8 may not, becomes a "?"."""
    text = str(part)[:NAME_LENGTH].encode("utf-8", "replace").decode()
    return text.replace("~", "~0").replace("/", "~1")


def _sentence(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


_DESCRIBED: Final = {
    400: "The body is not JSON.",
    401: "No key, or none that is in use. The header `WWW-Authenticate` says how to show one.",
    404: "There is no proposal of this number (`no_such_proposal`), or nothing at this address.",
    408: "The body did not come within 30 seconds.",
    409: "Not as things stand.",
    413: "The body is longer than 64 KiB.",
    415: "The body is not sent as `application/json`.",
    422: "Something in the call is wrong; `errors` says what and where.",
    429: "Too many calls; the header `Retry-After` says how many seconds to wait.",
    500: "A mistake of ours, which was logged.",
    503: "The database cannot be used now; nothing was done. The header `Retry-After` says when to try again.",
}
_ALWAYS: Final = (401, 422, 429, 500, 503)


def described(*statuses: int, body: bool = False, conflict: str = "") -> dict[int | str, dict[str, Any]]:
    """Return what the description says of these answers and of those that every operation may give."""
    every = sorted({*statuses, *_ALWAYS, *((400, 408, 413, 415) if body else ())})
    return {status: _described(status, conflict if status == HTTPStatus.CONFLICT else "") for status in every}


def _described(status: int, more: str) -> dict[str, Any]:
    example = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _DESCRIBED[status],
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    found: dict[str, Any] = {
        "description": more or _DESCRIBED[status],
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }
    header = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}.get(status)
    if header is not None:
        kind = {"type": "string"} if status == HTTPStatus.UNAUTHORIZED else {"type": "integer", "minimum": 1}
        found["headers"] = {header: {"required": True, "schema": kind}}
    return found
