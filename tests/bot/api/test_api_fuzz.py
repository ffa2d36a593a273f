"""The whole API is tried against its own description: what it promises holds for whatever is sent.

By Schemathesis' engine: its fixtures ask pytest for what pytest has no more, and the engine tries calls in a row too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from schemathesis import engine
from schemathesis.engine import events
from schemathesis.python import asgi
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.api.door import Api
from storage.database import Database
from storage.proposals import records
from storage.proposals.records import Entry
from tests import databases
from tests.bot.api.conftest import key
from tests.bot.conftest import WatchedClock

EXAMPLES = 10  # of each operation, beside those that go through every rule of the description
ROWS = 3  # of calls, each a proposal's life
KNOWN = "UPK-2026-0001"  # the number in the description's examples
DESCRIPTION = "/api/v1/openapi.json"


class Running:
    """The API with a database that is opened and closed in the loop in which the calls run.

    The clock moves on with each call, so that none comes too soon after another.
    """

    key: str
    _mounted: ASGIApp

    def __init__(self, url: str) -> None:
        self._url = url
        self._clock = WatchedClock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        self._clock.move(60)
        await self._mounted(scope | {"root_path": "/api/v1"}, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        database = Database(self._url)
        self.key = await key(database)
        async with database.transaction() as tx:
            await records.put(tx, Entry(KNOWN, 2026, "kepeloporan"), self._clock.now())
        self._mounted = Api(database, self._clock)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await database.close()
        await send({"type": "lifespan.shutdown.complete"})


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Running]:
    running = Running(databases.sqlite_copy(tmp_path / "fuzzed.db"))
    with asgi.get_client(running):  # starts it
        yield running
    asgi.shutdown_lifespans()


def config(api: Running, **phases: Any) -> schemathesis.Config:
    return schemathesis.Config.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {api.key}"},
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
            "phases": {"stateful": {"generation": {"max-examples": ROWS}}, **phases},
        }
    )


def tried(schema: Any) -> tuple[set[tuple[str, int]], list[str]]:
    """Try all of it; return which statuses each operation answered with, and what broke a promise."""
    seen: set[tuple[str, int]] = set()
    broken: list[str] = []
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            seen |= {
                (event.recorder.cases[case].value.operation.label, interaction.response.status_code)
                for case, interaction in event.recorder.interactions.items()
                if interaction.response is not None
            }
            checks = (check for checks in event.recorder.checks.values() for check in checks)
            broken += [
                f"{check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                for check in checks
                if check.failure_info is not None
            ]
        elif isinstance(event, events.NonFatalError):
            broken.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            broken.append(repr(event.exception))
    return seen, broken


@pytest.mark.drill
def test_the_api_does_what_its_description_says(api: Running) -> None:
    schema = schemathesis.openapi.from_asgi(DESCRIPTION, api, config=config(api))
    seen, broken = tried(schema)
    operations = {result.ok().label for result in schema.get_all_operations()}

    assert "\n\n".join(broken) == ""
    assert {label for label, status in seen if status < 300} == operations
    assert {label for label, status in seen if status == 422} == operations
    assert len(operations) == 7


@pytest.mark.drill
def test_a_promise_that_is_not_kept_would_be_seen(api: Running) -> None:
    with asgi.get_client(api) as client:
        described = client.get(DESCRIPTION).json()
    described["components"]["schemas"]["Shown"]["properties"]["revision"] = {"type": "string"}
    del described["paths"]["/releases"]["post"]["responses"]["200"]
    only_examples = {name: {"enabled": False} for name in ("coverage", "fuzzing", "stateful")}
    schema = schemathesis.openapi.from_dict(described, config=config(api, **only_examples))
    schema.app = api
    _, broken = tried(schema)

    assert {"response_schema_conformance", "status_code_conformance"} <= {each.partition(":")[0] for each in broken}


def test_every_operation_is_described_with_examples_and_all_its_answers(api: Running) -> None:
    with asgi.get_client(api) as client:
        described = client.get(DESCRIPTION).json()
    operations = [each for path in described["paths"].values() for each in path.values()]

    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        assert operation["security"] == [{"HTTPBearer": []}]
        answers = operation["responses"]
        assert {"401", "422", "429", "500", "503"} <= set(answers)
        assert ("requestBody" not in operation) or {"400", "408", "413", "415"} <= set(answers)
        for status, answer in answers.items():
            assert answer["description"]
            kind = "application/json" if status < "300" else "application/problem+json"
            assert status == "204" or "example" in answer["content"][kind]
        body = operation.get("requestBody")
        assert body is None or body["content"]["application/json"]["examples"]
    assert httpx.URL(described["servers"][0]["url"]).path == "/api/v1"
