"""Logs as JSON lines: one machine word an event, ids and counts beside it, and no personal data."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send our own events and those of the libraries to `stream` (default: stderr)."""
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        bare_traceback,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_library_event, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Libraries log addresses, queries and now and then contents; only their troubles are of interest.
    for name in ("uvicorn", "uvicorn.access", "telegram", "httpx", "aiohttp", "sqlalchemy", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def bare_traceback(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its types and places. Its message may quote what a person wrote, so it is left out."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else None
    if error is None and given:
        error = given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if error is not None:
        event["error"] = type(error).__name__
        event["traceback"] = [*_places(error)]
    return event


def _places(error: BaseException) -> list[str]:
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    cause = error.__cause__ or error.__context__
    return places if cause is None else [*places, f"caused by {type(cause).__name__}", *_places(cause)]


def _library_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Give a library's record a machine word, and keep its text out: it may hold anything."""
    record: logging.LogRecord = event["_record"]
    place = f"{record.pathname}:{record.lineno}"
    if record.exc_info:
        event["exc_info"] = record.exc_info
    event.update(event="library_message", library=record.name, place=place)
    return event


def _render(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    rendered = structlog.processors.JSONRenderer(ensure_ascii=False)(_logger, _method, event)
    return rendered if isinstance(rendered, str) else rendered.decode()
