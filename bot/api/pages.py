"""The page that shows the API's description: all its files come from here, and its script runs under a strict CSP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

OPENAPI: Final = "/openapi.json"
DOCS: Final = "/docs"
FILES: Final = "/docs/files"  # Swagger UI, as the package fastapi-offline brings it
PAGE: Final = Path(__file__).parents[1] / "static" / "api-docs.html"
# No script but from files of ours, none within the page. Swagger UI sets styles by script, which is no inline style.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def serve(app: FastAPI) -> None:
    """Let the application show its description."""
    page = PAGE.read_text(encoding="utf-8")

    async def docs(_request: Request) -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    async def description(_request: Request) -> JSONResponse:
        return JSONResponse(await asyncio.to_thread(app.openapi))  # a tenth of a second, the first time

    app.add_route(OPENAPI, description, methods=["GET"])
    app.add_route(DOCS, docs, methods=["GET"])
    app.mount(FILES, StaticFiles(packages=[("fastapi_offline", "static")]), name="api-docs")
