"""Sends replies to WhatsApp: texts, buttons, lists, pictures and files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bot.channels import fit
from bot.channels.base import Limits, Outgoing, RefusedError, UnsureError
from bot.channels.fit import Drawing
from bot.channels.whatsapp import updates
from bot.channels.whatsapp.client import CloudApi, File
from bot.channels.whatsapp.courtesies import Courtesies
from bot.channels.whatsapp.media import Filed
from bot.channels.whatsapp.templates import Declared, Templates, load
from bot.channels.whatsapp.uploads import Uploads
from bot.clock import Clock
from handlers.messages import Choice, Reply
from storage.contacts import Identity
from storage.windows import Template

ROW_TITLE: Final = 24
ROW_DESCRIPTION: Final = 72
LIMITS: Final = Limits(
    text=4096,
    caption=1024,
    buttons=3,
    button_title=20,
    choice_id_bytes=200,  # of a row; a button's may have 256
    pictures=True,
    shares_phone=False,  # it comes with every message
    rows=10,
    row_title=ROW_DESCRIPTION,  # what its title cannot hold stands below it
    choices_on_files=False,
    choices_text=1024,
    buttons_on_file=True,
)

PHOTO_TYPES: Final = frozenset({"image/png", "image/jpeg"})
PHOTO_BYTES: Final = 5 * 1024 * 1024

# What may be uploaded as a file; any other text goes as plain text, under its own name.
_FILE_TYPES: Final = frozenset(
    {
        "application/pdf",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "text/plain",
        *PHOTO_TYPES,
    }
)
_PLAIN: Final = "text/plain"


class WhatsAppChannel:
    """WhatsApp as one way to people, by one phone number of ours. Raises only the errors of `bot.channels.base`."""

    name = updates.CHANNEL
    limits = LIMITS
    window = timedelta(hours=24)

    def __init__(
        self, api: CloudApi, phone_number_id: str, list_label: str, clock: Clock, templates: Templates | None = None
    ) -> None:
        """`list_label` stands on the button that opens a list; `templates` are those that Meta approved, if any."""
        self.phone_number_id = phone_number_id
        self._api = api
        self._list_label = list_label
        self._templates = templates or Templates({})
        self._courtesies = Courtesies(api)
        self._uploads = Uploads(api.upload, clock)

    async def send(self, outgoing: Outgoing) -> str | None:
        """Send one message and return WhatsApp's id of it."""
        reply = outgoing.reply
        if len(reply.attachments) > 1 or not (reply.text or reply.attachments):
            raise RefusedError("not_fitted")
        envelope = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **_addressed(outgoing.address),
            # It comes back with every report of this attempt.
            "biz_opaque_callback_data": updates.mark(outgoing.id, outgoing.attempt),
        }
        return _message_id(await self._api.post(envelope | await self._content(outgoing)))

    def has_template(self, template: Template) -> bool:
        """Tell whether messages of this kind can go outside the window."""
        return self._templates.find(template) is not None

    def shown_as(self, template: Template, reply: Reply) -> str:
        """Return what people read of a message that goes as this template."""
        return self._template(template).shown(reply)

    async def fetch(self, filed: Filed, limit: int) -> bytes | None:
        """Return what a file holds; None for one of more than `limit` bytes. Raises the errors of sending."""
        return await self._api.download(filed.media_id, limit)

    def acknowledge(self, message_id: str) -> None:
        """Mark a message of a person as read, as a courtesy."""
        self._courtesies.mark_read(message_id)

    def show_typing(self, message_id: str) -> None:
        """Show who wrote this message that an answer is on its way, as a courtesy."""
        self._courtesies.show_typing(message_id)

    async def run_courtesies(self) -> None:
        """Do the courtesies until cancelled."""
        await self._courtesies.run()

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def _template(self, template: Template) -> Declared:
        found = self._templates.find(template)
        if found is None:
            raise RefusedError("template_missing")
        return found

    async def _content(self, outgoing: Outgoing) -> dict[str, Any]:
        reply = outgoing.reply
        if outgoing.template is not None:
            return self._template(outgoing.template).content(reply, outgoing.id)
        drawn = fit.drawing(reply, LIMITS)
        if reply.attachments:
            return await self._file(reply, with_buttons=drawn is Drawing.BUTTONS)
        if drawn is Drawing.BUTTONS:
            return _interactive("button", reply.text, {"buttons": [_button(choice) for choice in reply.choices]})
        if drawn is Drawing.LIST:
            rows = [_row(choice) for choice in reply.choices]
            return _interactive("list", reply.text, {"button": self._list_label, "sections": [{"rows": rows}]})
        return {"type": "text", "text": {"body": reply.text, "preview_url": False}}

    async def _file(self, reply: Reply, *, with_buttons: bool) -> dict[str, Any]:
        attachment = reply.attachments[0]
        caption = fit.caption(reply.text, attachment, LIMITS)
        is_photo = attachment.media_type in PHOTO_TYPES and len(attachment.content) <= PHOTO_BYTES
        media_type = attachment.media_type if attachment.media_type in _FILE_TYPES else _PLAIN
        media_id = await self._uploads.id_of(File(attachment.filename, media_type, attachment.content))
        kind = "image" if is_photo else "document"
        media: dict[str, Any] = {"id": media_id} | ({} if is_photo else {"filename": attachment.filename})
        if not with_buttons:
            return {"type": kind, kind: media | ({"caption": caption} if caption else {})}
        message = _interactive("button", caption or "", {"buttons": [_button(choice) for choice in reply.choices]})
        message["interactive"]["header"] = {"type": kind, kind: media}
        return message


def connect(
    *, api_url: str, phone_number_id: str, token: str, list_label: str, clock: Clock, has_templates: bool = False
) -> WhatsAppChannel:
    """Return the channel of that phone number; nothing is opened before the first call."""
    api = CloudApi(api_url, phone_number_id, token)
    return WhatsAppChannel(api, phone_number_id, list_label, clock, load() if has_templates else None)


def _addressed(address: Identity) -> dict[str, str]:
    """Return whom a message is for: by the user id, since a number may have a new owner before we hear of it."""
    if address.whatsapp_user_id is not None:
        return {"recipient": address.whatsapp_user_id}
    if address.whatsapp_phone is not None:
        return {"to": address.whatsapp_phone}
    raise RefusedError("no_address")


def _message_id(answer: dict[str, Any]) -> str:
    try:
        message_id = answer["messages"][0]["id"]
    except (LookupError, TypeError):
        message_id = None
    if not isinstance(message_id, str) or not message_id:
        raise UnsureError("unreadable_answer")
    return message_id


def _interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _button(choice: Choice) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": choice.id, "title": choice.title}}


def _row(choice: Choice) -> dict[str, str]:
    """Return a row; a title too long for it is told whole below."""
    title = fit.cut(choice.title, ROW_TITLE)
    row = {"id": choice.id, "title": title}
    return row if title == choice.title else row | {"description": choice.title}
