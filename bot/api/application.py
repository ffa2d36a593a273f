"""Puts the API together: which address does what, and how each is described."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI, Security
from fastapi.security import HTTPBearer

from bot.api import examples, pages, problems
from bot.api.entrance import guarded
from bot.api.guard import Guard
from bot.api.models import Issued, Page, Problem, Put, Released, Shown
from bot.api.problems import described
from bot.api.proposals import Proposals
from bot.clock import Clock
from storage.database import Database

VERSION: Final = "1"
DESCRIPTION: Final = """\
By these calls the portal tells the assistant how proposals stand. Proposers who have shown that a proposal is theirs
can then ask the assistant, and are told of changes **once these are released**: nothing is released by itself.

- Every call carries a key: `Authorization: Bearer upk_…`. An operator makes one: `upakarti api-keys make --name NAME`.
- A call whose answer was lost may be sent again. A `PUT` that says the same again changes nothing.
- Phone numbers and access codes are hashed before anything else, and stand in no answer but that of the call which
  issues a code.
- Times are ISO 8601 with their offset. A registration number is brought to one form: capitals, with one dash where it
  is separated. `2026/upk/0012`, with its slashes as they are or as `%2F`, is `2026-UPK-0012`.
- What is wrong is told as `application/problem+json` (RFC 9457); `type` is a word for programs.
- A key may make 50 calls a second, and 200 at once.
"""
ONE: Final = "/proposals/{number:path}"
# What can be done with a proposal that was added.
LINKS: Final = {
    name: {"operationId": name, "parameters": {"number": "$request.path.number"}}
    for name in ("show_proposal", "put_proposal", "issue_code", "correct_proposal", "delete_proposal")
}
_READ_ONLY: Final = (
    "The portal's view is the source of proposals, so that they cannot be changed here (`view_is_source`)."
)
_REFUSED: Final = (
    "There is no way from the state it stands in to this one (`impossible_transition`; `state` and `next_states` say"
    " where it stands and may go), or people know of the state already, and when they could cannot be changed any more"
    f" (`released_already`), or: {_READ_ONLY}"
)


class _Described(FastAPI):
    """An application whose description also has the form of a problem, which no route returns by itself."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            form = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            forms = {**form.pop("$defs"), "Problem": form}
            super().openapi()["components"]["schemas"].update(forms)
        return super().openapi()


def application(database: Database, clock: Clock, *, writable: bool) -> FastAPI:
    """Return the application that answers below /api/v1."""
    app = _Described(
        title="Upakarti Assistant: the portal's calls",
        version=VERSION,
        description=DESCRIPTION,
        openapi_url=None,  # served by pages, in whose time nothing else has to wait
        servers=[{"url": "/api/v1"}],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.router.route_class = guarded(Guard(database, clock))
    # Only described here: the guard lets in, before a body is read.
    app.router.dependencies.append(
        Security(HTTPBearer(auto_error=False, description="A key made by `upakarti api-keys make`."))
    )
    problems.handle(app)
    proposals = Proposals(database, clock, writable=writable)
    _serve_proposals(app, proposals)
    _serve_acts(app, proposals)
    pages.serve(app)
    return app


def _serve_proposals(app: FastAPI, proposals: Proposals) -> None:
    app.add_api_route(
        ONE,
        proposals.put,
        operation_id="put_proposal",
        methods=["PUT"],
        summary="Store how a proposal stands",
        description="Adds the proposal, or changes what is said of it. The same call again changes nothing. A new"
        " proposal may come in any state; a known one only goes the ways between states.",
        response_model=Put,
        responses={
            200: _answer("It was known: changed, or unchanged.", examples.UNCHANGED),
            201: {"model": Put, **_answer("It is new.", examples.ADDED), "links": LINKS},
            **described(404, 409, body=True, conflict=_REFUSED),
        },
    )
    app.add_api_route(
        ONE,
        proposals.get,
        operation_id="show_proposal",
        methods=["GET"],
        summary="Show a proposal",
        description="With all its events, released or not, and without phone number and code.",
        response_model=Shown,
        responses={200: _answer("How it stands.", examples.SHOWN), **described(404)},
    )
    app.add_api_route(
        ONE,
        proposals.delete,
        operation_id="delete_proposal",
        methods=["DELETE"],
        status_code=204,
        summary="Delete a proposal",
        description="With its events and every right to know of it. News that were not sent yet are taken back.",
        responses={204: {"description": "It is gone."}, **described(404, 409, conflict=_READ_ONLY)},
    )
    app.add_api_route(
        "/proposals",
        proposals.listing,
        operation_id="list_proposals",
        methods=["GET"],
        summary="List proposals",
        description="In the order of their numbers, page by page: give `next` as `after` until it is null.",
        response_model=Page,
        responses={200: _answer("A page.", examples.PAGE), **described()},
    )


def _serve_acts(app: FastAPI, proposals: Proposals) -> None:
    app.add_api_route(
        f"{ONE}/code",
        proposals.issue_code,
        operation_id="issue_code",
        methods=["POST"],
        status_code=201,
        summary="Issue an access code",
        description="A new code in the place of any earlier one, valid for 90 days and once. It is shown this once.",
        response_model=Issued,
        responses={201: _answer("The code, for the proposer only.", examples.ISSUED), **described(404)},
    )
    app.add_api_route(
        f"{ONE}/correction",
        proposals.correct,
        operation_id="correct_proposal",
        methods=["POST"],
        summary="Put a wrong state right",
        description="Goes from any state to any other, which a `PUT` does not, and is written into the audit with its"
        " reason. The right state is not released by that.",
        response_model=Put,
        responses={
            200: _answer("It is put right, or stood so already.", examples.UNCHANGED),
            **described(404, 409, body=True, conflict=_READ_ONLY),
        },
    )
    app.add_api_route(
        "/releases",
        proposals.release,
        operation_id="release",
        methods=["POST"],
        summary="Let people know",
        description="Of one proposal, or of one state of all proposals of an edition: from the same moment, so that"
        " nobody hears first. What people know already stays as it is.",
        response_model=Released,
        responses={
            200: _answer("How many events that are.", examples.DONE),
            **described(404, 409, body=True, conflict=_READ_ONLY),
        },
    )


def _answer(description: str, example: object) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"example": example}}}
