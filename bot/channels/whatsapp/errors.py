"""Says of each of Meta's error codes what it means for the message: sent later, never, or unsure.

The same codes come in answers and, for a message that was taken and failed later, in status webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.channels.base import (
    AccountError,
    NoAnnouncementsError,
    PairLimitError,
    RefusedError,
    SendError,
    SpamLimitedError,
    ThroughputError,
    TryLaterError,
    UnsureError,
    WindowClosedError,
)

BY_PEOPLE: Final = timedelta(minutes=5)  # what only people can put right: a token, an unpaid bill, a locked account
PAIR: Final = timedelta(seconds=10)  # one message in six seconds to one person, and some room
THROUGHPUT: Final = timedelta(seconds=5)
MAINTENANCE: Final = timedelta(minutes=1)

ALARM_ACCOUNT: Final = "whatsapp_account"
ALARM_SPAM: Final = "whatsapp_spam"
ALARM_TEMPLATES: Final = "whatsapp_templates"

_SERVER_ERROR: Final = 500
_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429

# developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
_ACCOUNT: Final = {
    0: "token_rejected",
    3: "not_permitted",
    10: "not_permitted",
    190: "token_rejected",
    368: "account_blocked",
    131005: "not_permitted",
    131031: "account_locked",
    131042: "not_paid",
    131045: "not_registered",
    133010: "not_registered",
}
_PERMISSIONS: Final = range(200, 300)
_THROUGHPUT: Final = frozenset({4, 80007, 130429})
_PAIR: Final = 131056
_LATER: Final[Mapping[int, tuple[str, timedelta | None]]] = {
    2: ("unavailable", None),
    131000: ("unknown_error", None),
    131016: ("unavailable", None),
    131057: ("maintenance", MAINTENANCE),
    133004: ("unavailable", None),
}
_NEVER: Final = {
    33: "bad_request",
    100: "bad_request",
    130472: "experiment",
    130497: "country",
    131008: "bad_request",
    131009: "bad_request",
    131021: "own_number",
    131026: "undeliverable",
    131030: "not_a_test_number",
    131049: "marketing_limit",  # of marketing messages only: replies still arrive
    131051: "bad_request",
    131052: "bad_file",
    131053: "bad_file",
}
# What Meta says of templates is about all messages of that kind.
_TEMPLATES: Final = {
    132000: "template_different",
    132001: "template_missing",
    132005: "template_different",
    132007: "template_refused",
    132012: "template_different",
    132015: "template_paused",
    132016: "template_refused",
}
_WINDOW: Final = frozenset({470, 131047})
_SPAM: Final = 131048
_OPTED_OUT: Final = 131050  # of marketing messages, as above


def explain(code: int, status: int = 400) -> SendError:
    """Return our error for a code that came with this HTTP status, or in a webhook."""
    known = _special(code)
    if known is not None:
        return known
    if code in _LATER:
        return TryLaterError(*_LATER[code])
    if code in _NEVER or code in _TEMPLATES:
        alarm = ALARM_TEMPLATES if code in _TEMPLATES else None
        return RefusedError(_NEVER.get(code) or _TEMPLATES[code], alarm=alarm)
    return UnsureError("server_error") if status >= _SERVER_ERROR else RefusedError(f"error_{code}")


def _special(code: int) -> SendError | None:
    """Return the error for a code that says more than that one message goes later or never."""
    if code in _WINDOW:
        return WindowClosedError("window_closed")
    if code == _SPAM:
        return SpamLimitedError("spam_limited", alarm=ALARM_SPAM)
    if code == _OPTED_OUT:
        return NoAnnouncementsError("marketing_opted_out")
    if code in _ACCOUNT or code in _PERMISSIONS:
        return AccountError(_ACCOUNT.get(code, "not_permitted"), BY_PEOPLE, alarm=ALARM_ACCOUNT)
    return _too_fast(code)


def _too_fast(code: int) -> TryLaterError | None:
    if code == _PAIR:
        return PairLimitError("pair_limit", PAIR)
    return ThroughputError("rate_limited", THROUGHPUT) if code in _THROUGHPUT else None


def explain_page(status: int) -> SendError:
    """Return our error for an answer that is not Meta's JSON: something in between says little about the message."""
    if status == _TOO_MANY:
        return ThroughputError("rate_limited", THROUGHPUT)
    return RefusedError("too_large") if status == _TOO_LARGE else UnsureError("unreadable_answer")


def settled(code: int) -> tuple[str, SendError]:
    """Return how a message is settled that failed with this code after it was taken, and why."""
    error = explain(code)
    return ("queued" if isinstance(error, TryLaterError) else "refused"), error
