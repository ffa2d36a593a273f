"""Reads the settings from the environment and `.env`, and reports all mistakes together before anything opens."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import parse_qsl, urlsplit

import platformdirs
from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from handlers import office_hours
from handlers.office_hours import OfficeHoursError

PREFIX = "UPAKARTI_"
ENV_FILE = ".env"
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_META_TOKEN = re.compile(r"[!-~]{20,1000}")
_META_SECRET = re.compile(r"[A-Za-z0-9]{16,128}")
_META_ID = re.compile(r"[0-9]{5,25}")
WHATSAPP = ("whatsapp_token", "whatsapp_phone_number_id", "whatsapp_app_secret", "whatsapp_verify_token")
_T = TypeVar("_T")
_DATABASES = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")
_PORTAL = "postgresql+asyncpg://"
_PORTAL_TLS = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}


class SettingsError(Exception):
    """Some settings are wrong. `mistakes` is one plain sentence each, without any secret."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def _wrong(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{sentence}", {"sentence": sentence})


def _database_url(url: str) -> str:
    if not url.startswith(_DATABASES):
        raise _wrong("must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
    if url.startswith("sqlite") and url.partition("///")[2] in ("", ":memory:"):
        raise _wrong("must name a file after sqlite+aiosqlite:///")  # in memory every connection has its own
    return url


def _portal_url(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    if not url.startswith(_PORTAL):
        raise _wrong(f"must begin with {_PORTAL}")
    example = f"must be an address like {_PORTAL}user:password@host/name, special characters written as %40 and so on"
    try:
        parts = urlsplit(url)
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        is_complete = len(parts.path) > 1 and parts.port != 0  # asking for the port raises where it is no number
    except ValueError:
        raise _wrong(example) from None
    if not is_complete:
        raise _wrong(example)
    if len(dict(options)) < len(options) or any(
        name != "host" and (name != "ssl" or value not in _PORTAL_TLS) for name, value in options
    ):
        raise _wrong("may have the options host and ssl only, each once, such as ?ssl=require at its end")
    return secret


def _http_url(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        raise _wrong("must be an address like https://asisten.example.go.id")
    return url.rstrip("/")


def _token(token: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(token.get_secret_value()):
        raise _wrong("does not look like a token from @BotFather (digits, a colon, then letters and digits)")
    return token


def _secret(secret: SecretStr) -> SecretStr:
    if not _SECRET.fullmatch(secret.get_secret_value()):
        raise _wrong("must be 16 to 256 letters, digits, _ or -")
    return secret


def _meta_token(token: SecretStr) -> SecretStr:
    if not _META_TOKEN.fullmatch(token.get_secret_value()):
        raise _wrong("does not look like an access token from Meta (20 or more letters and digits, no spaces)")
    return token


def _meta_secret(secret: SecretStr) -> SecretStr:
    if not _META_SECRET.fullmatch(secret.get_secret_value()):
        raise _wrong("does not look like an app secret from Meta (letters and digits only)")
    return secret


def _meta_id(number: str) -> str:
    if not _META_ID.fullmatch(number):
        raise _wrong("must be the ID that Meta shows below the phone number (digits only), not the number itself")
    return number


def _business_id(number: str) -> str:
    if not _META_ID.fullmatch(number):
        raise _wrong("must be the ID of the WhatsApp Business Account that Meta shows (digits only)")
    return number


def _cache_dir() -> Path | None:
    try:
        return platformdirs.user_cache_path("upakarti", appauthor=False)
    except RuntimeError:
        return None  # a user without a home has none


def _checked_hours(text: str) -> str:
    try:
        office_hours.parse(text)
    except OfficeHoursError as error:
        raise _wrong(str(error)) from None
    return text


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseSettings):
    """Every setting, by its name without `UPAKARTI_`. The README's table explains each to operators."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=ENV_FILE, env_ignore_empty=True, extra="ignore")

    database_url: Annotated[str, AfterValidator(_database_url)] = "sqlite+aiosqlite:///var/upakarti.db"
    status_database_url: Annotated[SecretStr, AfterValidator(_portal_url)] | None = None
    cache_dir: Path | None = Field(default_factory=_cache_dir)
    http_host: str = Field(default="127.0.0.1", min_length=1)
    http_port: int = Field(default=8080, ge=0, le=65535)
    office_hours: Annotated[str, AfterValidator(_checked_hours)] = office_hours.DEFAULT
    contact: str = Field(default="upakarti.kemenperin.go.id", min_length=3, max_length=300)
    single_officer: bool = False
    telegram_token: Annotated[SecretStr, AfterValidator(_token)] | None = None
    telegram_api_url: HttpUrl = "https://api.telegram.org"
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_messages_per_second: float = Field(default=25.0, gt=0, le=10_000)
    whatsapp_token: Annotated[SecretStr, AfterValidator(_meta_token)] | None = None
    whatsapp_phone_number_id: Annotated[str, AfterValidator(_meta_id)] | None = None
    whatsapp_app_secret: Annotated[SecretStr, AfterValidator(_meta_secret)] | None = None
    whatsapp_verify_token: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    # With it everything outside the window goes as templates, which Meta has approved.
    whatsapp_business_id: Annotated[str, AfterValidator(_business_id)] | None = None
    whatsapp_api_url: HttpUrl = "https://graph.facebook.com/v25.0"
    # Below what decides whether they are needed: they are validated in this order.
    whatsapp_people_a_day: int = Field(default=250, ge=0, le=1_000_000)
    whatsapp_messages_per_second: float = Field(default=60.0, gt=0, le=10_000, validate_default=True)
    telegram_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = Field(default=None, validate_default=True)
    public_url: HttpUrl | None = Field(default=None, validate_default=True)

    @field_validator("whatsapp_messages_per_second", mode="before")
    @classmethod
    def _whatsapp_is_whole(cls, value: _T, info: ValidationInfo) -> _T:
        missing = [f"{PREFIX}{name.upper()}" for name in WHATSAPP if info.data.get(name, "a wrong one") is None]
        if 0 < len(missing) < len(WHATSAPP):
            raise _wrong(f"{' and '.join(missing)} must be set too: WhatsApp needs all four of its settings, or none")
        return value

    @field_validator("telegram_secret", "public_url")
    @classmethod
    def _needed_by_webhook(cls, value: _T, info: ValidationInfo) -> _T:
        by_webhook = info.data.get("telegram_mode") == "webhook"
        has_token = info.data.get("telegram_token", "a wrong one") is not None
        if value is None and by_webhook and has_token:
            raise _wrong(f"must be set for {PREFIX}TELEGRAM_MODE=webhook")
        return value


def load() -> Settings:
    """Return the settings; raises SettingsError naming every mistake."""
    try:
        return Settings()
    except ValidationError as error:
        # Values are left out: a mistyped token is still a secret.
        raise SettingsError([_sentence(detail["loc"], detail["msg"]) for detail in error.errors()]) from None
    except UnicodeDecodeError:
        raise SettingsError(["The file .env is not UTF-8 text; save it again as UTF-8."]) from None


def unknown_names() -> list[str]:
    """Return names in the environment or `.env` that look like settings and are none, mistyped ones for instance."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    given = {*os.environ, *dotenv_values(ENV_FILE)}
    return sorted(name for name in given if name.upper().startswith(PREFIX) and name.upper() not in known)


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    if message.startswith(PREFIX):
        return f"{message}."
    message = message[:1].lower() + message[1:]
    return f"{PREFIX}{str(location[0]).upper()} {message}." if location else f"{message}."


def foreign_environment() -> dict[str, str]:
    """Return the environment without any setting of ours, for a process that is to be given others."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
