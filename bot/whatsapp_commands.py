"""The commands `upakarti whatsapp …`: which templates Meta has approved, and what to submit."""

from __future__ import annotations

import json

import click

from bot.channels.base import SendError
from bot.channels.whatsapp import approval, templates
from bot.channels.whatsapp.approval import Comparison
from bot.channels.whatsapp.client import CloudApi
from bot.channels.whatsapp.templates import TemplatesError
from bot.errors import PlainError
from bot.settings import PREFIX, Settings

_DO = {
    approval.OK: "approved",
    approval.MISSING: "not submitted yet",
    approval.DIFFERENT: "Meta has another text: submit this one",
    "pending": "Meta has not decided yet",
    "rejected": "Meta rejected it: change the text, or appeal in the WhatsApp Manager",
    "paused": "Meta paused it, since people complained: it comes back by itself",
    "disabled": "Meta disabled it: see the WhatsApp Manager",
}


async def show_templates(settings: Settings, *, as_json: bool) -> bool:
    """Print how each template stands, and what to submit; return whether all can be sent."""
    compared = await compare(settings)
    for each in compared:
        click.echo(json.dumps(_described(each), ensure_ascii=False) if as_json else _line(each))
    if not as_json:
        _tell_what_to_submit(settings, [each for each in compared if each.is_to_submit])
    return all(each.is_ok for each in compared)


async def compare(settings: Settings) -> list[Comparison]:
    """Ask Meta for our templates and compare; raises PlainError."""
    token, number, business = settings.whatsapp_token, settings.whatsapp_phone_number_id, settings.whatsapp_business_id
    if token is None or number is None or business is None:
        raise PlainError(f"Set WhatsApp's four settings and {PREFIX}WHATSAPP_BUSINESS_ID first; see README.md.")
    try:
        declared = templates.load()
    except TemplatesError as error:
        raise PlainError(f"The templates have mistakes:\n{error}") from error
    api = CloudApi(settings.whatsapp_api_url, number, token.get_secret_value())
    try:
        return approval.compare(declared, await api.templates(business))
    except SendError as error:
        raise PlainError(_not_told(error)) from error
    finally:
        await api.close()


def _not_told(error: SendError) -> str:
    match error.reason:
        case "token_rejected":
            return "Meta refuses the token: make a new one for a system user, without an end."
        case "bad_request" | "not_permitted":
            return (
                f"Meta does not tell our templates: check {PREFIX}WHATSAPP_BUSINESS_ID, and that the token has the"
                " permission whatsapp_business_management."
            )
    return f"Meta cannot be reached ({error.reason}): check this machine's way to the address in the settings."


def _line(each: Comparison) -> str:
    declared = each.declared
    line = f"{'ok ' if each.is_ok else 'BAD'} {declared.name} ({declared.language}): {_DO.get(each.state, each.state)}"
    reason = f" ({each.reason})" if each.reason else ""
    category = f"; Meta calls it {each.category}, not {declared.category}" if each.category else ""
    return line + reason + category


def _described(each: Comparison) -> dict[str, object]:
    return {
        "name": each.declared.name,
        "language": each.declared.language,
        "state": each.state,
        "reason": each.reason,
        "category": each.category or each.declared.category,
        "submit": each.declared.submission if each.is_to_submit else None,
    }


def _tell_what_to_submit(settings: Settings, missing: list[Comparison]) -> None:
    for each in missing:
        # A template that Meta has is changed under its own id, in its text only.
        has_it = each.template_id is not None
        address = f"{each.template_id}" if has_it else f"{settings.whatsapp_business_id}/message_templates"
        body = {"components": each.declared.components} if has_it else each.declared.submission
        click.echo(f"\nPOST {settings.whatsapp_api_url}/{address}")
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
