"""A log line is one JSON object with ids and words of ours, never with what a person wrote."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog

from bot import logs

pytestmark = pytest.mark.usefixtures("logging_restored")

WROTE = "nama saya Sari"


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    logs.configure(stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_object_a_line(stream: io.StringIO) -> None:
    log = structlog.get_logger()
    log.info("update_ignored", reason="bot", update=7)
    log.warning("webhook_refused")

    first, second = lines(stream)

    assert (first["event"], first["level"], first["reason"], first["update"]) == ("update_ignored", "info", "bot", 7)
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["level"]) == ("webhook_refused", "warning")


def test_letters_of_any_language_stay_readable(stream: io.StringIO) -> None:
    structlog.get_logger().info("file_read", name="é — 日本")

    assert "é — 日本" in stream.getvalue()


def test_debug_events_are_left_out(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("ours").debug("detail")

    assert stream.getvalue() == ""


def test_a_traceback_names_types_and_places_without_messages(stream: io.StringIO) -> None:
    try:
        raise ValueError(WROTE)
    except ValueError:
        structlog.get_logger().exception("turn_failed", person=1)

    (line,) = lines(stream)

    assert (line["event"], line["error"], line["person"]) == ("turn_failed", "ValueError", 1)
    assert line["traceback"][0].startswith(__file__)
    assert WROTE not in stream.getvalue()


def test_a_traceback_follows_the_chain_of_causes(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError(WROTE)
        except KeyError as cause:
            raise RuntimeError(WROTE) from cause
    except RuntimeError:
        structlog.get_logger().exception("turn_failed")

    (line,) = lines(stream)

    assert line["error"] == "RuntimeError"
    assert "caused by KeyError" in line["traceback"]
    assert WROTE not in stream.getvalue()


def test_a_traceback_follows_an_error_raised_while_handling_another(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError(WROTE)
        except KeyError:
            int(WROTE)
    except ValueError as error:
        structlog.get_logger().error("turn_failed", exc_info=error)

    (line,) = lines(stream)

    assert line["error"] == "ValueError"
    assert "caused by KeyError" in line["traceback"]
    assert WROTE not in stream.getvalue()


def test_an_event_without_an_error_asks_for_a_traceback_in_vain(stream: io.StringIO) -> None:
    structlog.get_logger().error("nothing_wrong", exc_info=True)

    (line,) = lines(stream)

    assert "traceback" not in line


def test_a_record_of_a_library_comes_without_its_text(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("bad request from %s", WROTE)

    (line,) = lines(stream)

    assert (line["event"], line["library"], line["level"]) == ("library_message", "uvicorn.error", "warning")
    assert line["place"].startswith(__file__)
    assert WROTE not in stream.getvalue()


def test_a_traceback_of_a_library_comes_without_its_message(stream: io.StringIO) -> None:
    try:
        raise OSError(WROTE)
    except OSError:
        logging.getLogger("asyncio").exception("Task failed: %s", WROTE)

    (line,) = lines(stream)

    assert (line["error"], line["library"]) == ("OSError", "asyncio")
    assert WROTE not in stream.getvalue()


@pytest.mark.parametrize("library", ["uvicorn", "uvicorn.access", "telegram", "aiohttp", "sqlalchemy", "alembic"])
def test_chatter_of_libraries_is_left_out(library: str, stream: io.StringIO) -> None:
    logging.getLogger(library).info("GET /chat/history")

    assert stream.getvalue() == ""


def test_a_second_configuration_does_not_double_the_lines(stream: io.StringIO) -> None:
    logs.configure(stream)
    structlog.get_logger().info("once")

    assert len(lines(stream)) == 1


def test_lines_go_to_stderr_unless_told_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().info("once")

    shown = capsys.readouterr()

    assert (shown.out, json.loads(shown.err)["event"]) == ("", "once")
