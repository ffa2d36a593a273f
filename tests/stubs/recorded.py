"""Webhooks that Meta published, and others recorded, where they are on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import SHARED


def recorded() -> list[tuple[str, dict[str, Any]]]:
    """Return each post by its name."""
    specs = SHARED / "specs"
    files = [specs / "whatsapp-webhook-examples.json", *sorted((specs / "whatsapp-webhook-fixtures").glob("*.json"))]
    return [(f"{path.stem} {name}", post) for path in files if path.is_file() for name, post in _read(path).items()]


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
