"""Says of each of Telegram's errors what it means for the message: sent later, never, or unsure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    TelegramError,
    TimedOut,
)

from bot.channels.base import OptedOutError, RefusedError, SendError, TryLaterError, UnsureError
from bot.channels.telegram.transport import NotSentError, RateLimitedError

TOKEN_PAUSE: Final = timedelta(minutes=1)  # a wrong token is put right by people

# Telegram's words (its answers have no finer code than 403 and 400) -> ours.
_GONE: Final = (
    ("blocked", "blocked"),
    ("deactivated", "deactivated"),
    ("initiate conversation", "not_started"),
)
_NO_CHAT: Final = "chat not found"
# ... of a message of ours that is to be changed or deleted.
UNCHANGED: Final = "unchanged"
NO_TEXT: Final = "no_text"
_NOT_CHANGED: Final = (
    ("message is not modified", UNCHANGED),
    ("no text in the message to edit", NO_TEXT),
    ("message to edit not found", "gone"),
    ("message to delete not found", "gone"),
    ("message can't be edited", "too_late"),
    ("message can't be deleted", "too_late"),
)
_TOO_LARGE: Final = "request entity too large"


def explain(error: TelegramError) -> SendError:
    """Return our error for one of Telegram's, without its text."""
    return _not_now(error) or _never(error) or _unsure(error)


def _not_now(error: TelegramError) -> SendError | None:
    if isinstance(error, NotSentError):
        return TryLaterError("not_connected")
    if isinstance(error, RateLimitedError):
        return TryLaterError("rate_limited", error.pause)
    if _is_strange(error):
        return None
    if isinstance(error, InvalidToken):
        return TryLaterError("token_rejected", TOKEN_PAUSE)
    return TryLaterError("conflict") if isinstance(error, Conflict) else None


def _never(error: TelegramError) -> SendError | None:
    text = error.message.lower()
    if _is_strange(error):
        return None
    if isinstance(error, Forbidden):
        return OptedOutError(next((reason for words, reason in _GONE if words in text), "forbidden"))
    if isinstance(error, BadRequest) and _NO_CHAT in text:
        # Not "opted out": with another bot's token it would be true of everybody.
        return RefusedError("chat_not_found")
    if isinstance(error, BadRequest | ChatMigrated | EndPointNotFound):
        return RefusedError(next((reason for words, reason in _NOT_CHANGED if words in text), "bad_request"))
    return RefusedError("too_large") if text.startswith(_TOO_LARGE) else None


def _unsure(error: TelegramError) -> SendError:
    return UnsureError("timed_out" if isinstance(error, TimedOut) else "answer_lost")


def _is_strange(error: TelegramError) -> bool:
    """Tell whether the answer was not Telegram's JSON: a 403 of something in between says nothing about the person."""
    return isinstance(error.__cause__, TelegramError) and not isinstance(error, EndPointNotFound | InvalidToken)
