"""Settings come from the environment and `.env`, and every mistake is named at once, without its value."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import settings
from bot.settings import SettingsError

TOKEN = "7000000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
SECRET = "a-secret-of-the-test-0123456789"


def set_all(monkeypatch: pytest.MonkeyPatch, **given: object) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"UPAKARTI_{name.upper()}", str(value))


def mistakes() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings.load()
    return caught.value.mistakes


def test_without_any_setting_the_service_runs_on_this_machine_alone() -> None:
    given = settings.load()

    assert (given.database_url, given.http_host, given.http_port) == (
        "sqlite+aiosqlite:///var/upakarti.db",
        "127.0.0.1",
        8080,
    )
    assert (given.telegram_token, given.telegram_mode, given.contact) == (
        None,
        "polling",
        "upakarti.kemenperin.go.id",
    )


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, http_port=9000, telegram_token=TOKEN, public_url="https://upakarti.example/")

    given = settings.load()

    assert (given.http_port, given.public_url) == (9000, "https://upakarti.example")
    assert given.telegram_token is not None
    assert given.telegram_token.get_secret_value() == TOKEN


def test_env_file_is_read_and_the_environment_outranks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("UPAKARTI_HTTP_PORT=9001\nUPAKARTI_CONTACT=021 5252 1000\nOTHER=1\n", encoding="utf-8")
    set_all(monkeypatch, http_port=9002)

    given = settings.load()

    assert (given.http_port, given.contact) == (9002, "021 5252 1000")


def test_an_empty_value_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_token="", http_port="", public_url="")

    given = settings.load()

    assert (given.telegram_token, given.http_port, given.public_url) == (None, 8080, None)


def test_every_mistake_is_reported_together_in_one_sentence_each(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(
        monkeypatch,
        database_url="mysql://root:hunter2@db/upakarti",
        http_port=70000,
        public_url="upakarti.example",
        contact="a",
        telegram_token="123:short",
        telegram_mode="push",
        telegram_secret="tooshort",
        telegram_messages_per_second="many",
    )

    found = mistakes()

    assert sorted(sentence.split()[0] for sentence in found) == [
        "UPAKARTI_CONTACT",
        "UPAKARTI_DATABASE_URL",
        "UPAKARTI_HTTP_PORT",
        "UPAKARTI_PUBLIC_URL",
        "UPAKARTI_TELEGRAM_MESSAGES_PER_SECOND",
        "UPAKARTI_TELEGRAM_MODE",
        "UPAKARTI_TELEGRAM_SECRET",
        "UPAKARTI_TELEGRAM_TOKEN",
    ]
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in found)


def test_no_mistake_repeats_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"database_url": "mysql://u:hunter2@db/x", "telegram_token": "hunter2-token", "telegram_secret": "hunter2"}
    set_all(monkeypatch, **wrong)

    found = "\n".join(mistakes())

    assert "hunter2" not in found


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_token=TOKEN, telegram_secret=SECRET)

    shown = f"{settings.load()!r} {settings.load()}"

    assert (TOKEN in shown, SECRET in shown) == (False, False)


def test_webhook_mode_needs_an_address_and_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_token=TOKEN, telegram_mode="webhook")

    found = " ".join(mistakes())

    assert ("UPAKARTI_PUBLIC_URL" in found, "UPAKARTI_TELEGRAM_SECRET" in found) == (True, True)


def test_webhook_mode_names_only_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_token=TOKEN, telegram_mode="webhook", telegram_secret=SECRET)

    (sentence,) = mistakes()

    assert ("UPAKARTI_PUBLIC_URL" in sentence, "UPAKARTI_TELEGRAM_SECRET" in sentence) == (True, False)


def test_what_webhook_mode_needs_is_reported_together_with_other_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_token="123:short", telegram_mode="webhook", http_port="eighty")

    found = " ".join(mistakes())

    for name in ("PUBLIC_URL", "TELEGRAM_SECRET", "TELEGRAM_TOKEN", "HTTP_PORT"):
        assert f"UPAKARTI_{name}" in found


def test_webhook_mode_needs_nothing_as_long_as_there_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_mode="webhook")

    assert settings.load().telegram_mode == "webhook"


def test_webhook_mode_with_all_it_needs_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(
        monkeypatch,
        telegram_token=TOKEN,
        telegram_mode="webhook",
        telegram_secret=SECRET,
        public_url="https://a.example/b/",
    )

    assert settings.load().public_url == "https://a.example/b"


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:///", "sqlite+aiosqlite:///:memory:", "sqlite:///a.db", "postgresql://db/x", "var/a.db"]
)
def test_a_database_that_cannot_serve_is_a_mistake(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, database_url=url)

    (sentence,) = mistakes()

    assert sentence.startswith("UPAKARTI_DATABASE_URL must ")


@pytest.mark.parametrize("secret", ["a" * 15, "a" * 257, "with space 0123456789", "ümlaut-0123456789"])
def test_a_secret_that_telegram_refuses_is_a_mistake(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_secret=secret)

    assert mistakes() == ["UPAKARTI_TELEGRAM_SECRET must be 16 to 256 letters, digits, _ or -."]


@pytest.mark.parametrize("secret", ["a" * 16, "a" * 256])
def test_the_shortest_and_the_longest_secret_are_taken(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_secret=secret)

    given = settings.load().telegram_secret

    assert given is not None
    assert given.get_secret_value() == secret


@pytest.mark.parametrize("port", ["-1", "65536", "80.5", "http"])
def test_a_port_outside_the_range_is_a_mistake(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, http_port=port)

    assert mistakes()[0].startswith("UPAKARTI_HTTP_PORT ")


def test_an_env_file_that_is_not_utf8_is_a_mistake() -> None:
    Path(".env").write_bytes(b"UPAKARTI_CONTACT=\xff\xfe\n")

    (sentence,) = mistakes()

    assert ".env" in sentence


def test_mistyped_names_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, telegram_tokn=TOKEN, http_port=1, hoste="x")

    assert settings.unknown_names() == ["UPAKARTI_HOSTE", "UPAKARTI_TELEGRAM_TOKN"]


def test_mistyped_names_are_found_in_the_env_file_too() -> None:
    Path(".env").write_text("UPAKARTI_HTTP_PRT=1\nUPAKARTI_CONTACT=021\nOTHER=1\n", encoding="utf-8")

    assert settings.unknown_names() == ["UPAKARTI_HTTP_PRT"]


def test_a_setting_in_small_letters_is_read_and_is_no_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("upakarti_http_port", "9003")

    assert (settings.load().http_port, settings.unknown_names()) == (9003, [])


def test_the_cache_is_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert settings.load().cache_dir == tmp_path / "upakarti"


def test_the_cache_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, cache_dir="/var/cache/upakarti")

    assert settings.load().cache_dir == Path("/var/cache/upakarti")


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as it is where nobody knows the user

    assert settings.load().cache_dir is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://u:p@db.example/portal",
        "postgresql+asyncpg://u:p%40x@db.example:5433/portal?ssl=verify-full",
        "postgresql+asyncpg://u@/portal?host=/run/postgresql",
    ],
)
def test_the_portals_address_is_kept_like_a_secret(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, status_database_url=url)

    given = settings.load()

    assert given.status_database_url is not None
    assert given.status_database_url.get_secret_value() == url
    assert url not in f"{given!r} {given}"


@pytest.mark.parametrize(
    ("url", "mistake"),
    [
        ("sqlite+aiosqlite:///hunter2.db", "must begin with postgresql+asyncpg://"),
        ("postgresql://u:hunter2@db/portal", "must begin with postgresql+asyncpg://"),
        ("postgresql+asyncpg://u:hunter2@db", "must be an address like"),
        ("postgresql+asyncpg://u:hunter2@db:port/portal", "must be an address like"),
        ("postgresql+asyncpg://u:hunter2#@db/portal", "must be an address like"),
        ("postgresql+asyncpg://u:hunter2/@db/portal", "must be an address like"),
        ("postgresql+asyncpg://u:hunter2@db/portal?ssl", "must be an address like"),
        ("postgresql+asyncpg://u:hunter2@db/portal?sslmode=require", "may have the options host and ssl only"),
        ("postgresql+asyncpg://u:hunter2@db/portal?ssl=perhaps", "may have the options host and ssl only"),
        ("postgresql+asyncpg://u:hunter2@/portal?host=a&host=b", "may have the options host and ssl only"),
    ],
)
def test_a_wrong_address_of_the_portal_is_not_repeated(url: str, mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, status_database_url=url)

    (found,) = mistakes()

    assert found.startswith(f"UPAKARTI_STATUS_DATABASE_URL {mistake}")
    assert "hunter2" not in found


def test_office_hours_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, office_hours="Mon-Thu 08:00-16:00, Fri 08:00-16:30")

    assert settings.load().office_hours == "Mon-Thu 08:00-16:00, Fri 08:00-16:30"


def test_office_hours_that_cannot_be_read_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, office_hours="Senin-Jumat 8-16")

    assert mistakes() == ["UPAKARTI_OFFICE_HOURS must be hours like Mon-Fri 08:00-16:00, several with commas between."]


WHATSAPP = {
    "whatsapp_token": "EAAG" + "x" * 60,
    "whatsapp_phone_number_id": "106540352242922",
    "whatsapp_app_secret": "0123456789abcdef" * 2,
    "whatsapp_verify_token": SECRET,
}


def test_whatsapp_with_all_four_settings_is_taken_and_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, **WHATSAPP)

    given = settings.load()

    assert given.whatsapp_phone_number_id == "106540352242922"
    assert given.whatsapp_api_url.startswith("https://graph.facebook.com/")
    assert not any(secret in repr(given) for name, secret in WHATSAPP.items() if name != "whatsapp_phone_number_id")


@pytest.mark.parametrize("missing", list(WHATSAPP))
def test_whatsapp_needs_all_four_or_none(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, **(WHATSAPP | {missing: ""}))

    (sentence,) = mistakes()

    assert sentence.startswith(f"UPAKARTI_{missing.upper()} must be set too: ")
    assert sentence.endswith(", or none.")


def test_what_whatsapp_lacks_is_told_together_with_other_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, whatsapp_token="short", whatsapp_messages_per_second="many", http_port="eighty")

    found = mistakes()

    assert {sentence.split()[0] for sentence in found} == {
        "UPAKARTI_HTTP_PORT",
        "UPAKARTI_WHATSAPP_TOKEN",
        "UPAKARTI_WHATSAPP_PHONE_NUMBER_ID",
    }
    assert any("UPAKARTI_WHATSAPP_APP_SECRET and UPAKARTI_WHATSAPP_VERIFY_TOKEN must be" in each for each in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("whatsapp_token", "hunter2 with a space and more"),
        ("whatsapp_phone_number_id", "+62 21 5252"),
        ("whatsapp_app_secret", "hunter2"),
        ("whatsapp_verify_token", "hunter2"),
        ("whatsapp_api_url", "graph.facebook.com"),
        ("whatsapp_messages_per_second", "0"),
    ],
)
def test_a_setting_of_whatsapp_that_cannot_be_right_is_a_mistake(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, **(WHATSAPP | {name: value}))

    (sentence,) = mistakes()

    assert sentence.startswith(f"UPAKARTI_{name.upper()} ")
    assert "hunter2" not in sentence
