"""The examples in the API's description: made-up proposals, and what is said of them."""

from __future__ import annotations

from typing import Any, Final

from fastapi.openapi.models import Example

from storage.proposals import states

SUBMITTED: Final[dict[str, Example]] = {
    "new": {
        "summary": "A new proposal, whose first state people may know of",
        "value": {
            "edition": 2026,
            "category": "kepeloporan",
            "title": "Tenun ikat Sumba",
            "phone": "0812-0000-0000",
            "code": "7KQM-2B9T-XW4C",
            "code_expires_at": "2026-12-31T23:59:59+07:00",
            "state": "usulan_diterima",
            "entered_at": "2026-06-02T09:00:00+07:00",
            "released_at": "2026-06-02T09:00:00+07:00",
        },
    },
    "moved": {
        "summary": "The next state, not released yet",
        "value": {"edition": 2026, "category": "kepeloporan", "state": "seleksi_administrasi"},
    },
}
CORRECTED: Final[dict[str, Example]] = {
    "wrong entry": {
        "summary": "A wrong entry",
        "value": {"state": "penilaian_substansi", "reason": "Entered for the wrong proposal"},
    }
}
RELEASED: Final[dict[str, Example]] = {
    "stage": {
        "summary": "A state of an edition, for all at the same minute",
        "value": {"edition": 2026, "state": "tidak_lolos_administrasi", "at": "2026-08-03T10:00:00+07:00"},
    },
    "one": {"summary": "One proposal, now", "value": {"number": "UPK-2026-0001"}},
}
SHOWN: Final[dict[str, Any]] = {
    "number": "UPK-2026-0001",
    "edition": 2026,
    "category": "kepeloporan",
    "title": "Tenun ikat Sumba",
    "state": "usulan_diterima",
    "next_states": list(states.start().next),
    "has_phone": True,
    "has_code": True,
    "code_expires_at": "2026-12-31T16:59:59Z",
    "revision": 1,
    "confirmed_at": "2026-06-02T02:00:00Z",
    "events": [
        {
            "position": 1,
            "state": "usulan_diterima",
            "entered_at": "2026-06-02T02:00:00Z",
            "released_at": "2026-06-02T02:00:00Z",
            "correction": False,
        }
    ],
}
ADDED: Final = {"verdict": "added", "proposal": SHOWN}
UNCHANGED: Final = {"verdict": "unchanged", "proposal": SHOWN}
PAGE: Final = {"proposals": [SHOWN], "next": "UPK-2026-0001"}
ISSUED: Final = {"code": "7KQM-2B9T-XW4C", "expires_at": "2026-09-01T02:00:00Z"}
DONE: Final = {"released": 172, "at": "2026-08-03T03:00:00Z"}
