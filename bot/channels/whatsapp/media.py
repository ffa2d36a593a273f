"""Tells which messages of a post carry a photo or a document, which Meta keeps until we ask for it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from handlers import messages

PHOTO_NAMES: Final = {"image/jpeg": "photo.jpg", "image/png": "photo.png"}  # a photo has none of its own
DOCUMENT_NAME: Final = "document"  # of one that has none
UNKNOWN_TYPE: Final = "application/octet-stream"
LONGEST_NAME: Final = 100

_ID: Final = re.compile(r"\d{1,40}")
_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,100}")


@dataclass(frozen=True, slots=True)
class Filed:
    """A photo or document of a message."""

    media_id: str
    filename: str
    media_type: str


def filed(post: object, phone_number_id: str) -> dict[str, Filed]:
    """Return the files of the messages to this number, by the id of the message."""
    found = {}
    for entry in _dicts(_dict(post).get("entry")):
        for change in _dicts(entry.get("changes")):
            value = _dict(change.get("value"))
            if _dict(value.get("metadata")).get("phone_number_id") != phone_number_id:
                continue
            for message in _dicts(value.get("messages")):
                file, message_id = _file(message), message.get("id")
                if file is not None and isinstance(message_id, str):
                    found[message_id] = file
    return found


def _file(message: Mapping[str, Any]) -> Filed | None:
    kind = message.get("type")
    if kind not in ("image", "document"):
        return None
    body = _dict(message.get(kind))
    media_id, given = body.get("id"), body.get("mime_type")
    if not isinstance(media_id, str) or not _ID.fullmatch(media_id):
        return None
    bare = given.partition(";")[0].strip().lower() if isinstance(given, str) else ""
    media_type = bare if _TYPE.fullmatch(bare) else UNKNOWN_TYPE
    if kind == "image":
        return Filed(media_id, PHOTO_NAMES.get(media_type, "photo"), media_type)
    name = body.get("filename")
    said = messages.clean(name) if isinstance(name, str) else ""
    return Filed(media_id, PurePosixPath(said.replace("\\", "/")).name[-LONGEST_NAME:] or DOCUMENT_NAME, media_type)


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
