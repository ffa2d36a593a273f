"""Notes whether a request left: what did not surely was not sent, what did may have been."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp


@dataclass(slots=True)
class Flight:
    """What is known of one request on its way; goes along as `trace_request_ctx`."""

    left: bool = False


def trace() -> aiohttp.TraceConfig:
    """Return what a session needs to note the departure of its requests."""
    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(_note_departure)
    return config


async def _note_departure(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: aiohttp.TraceRequestHeadersSentParams
) -> None:
    """Remember that the first bytes are about to go; aiohttp calls this just before it writes them."""
    context.trace_request_ctx.left = True
