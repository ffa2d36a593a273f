"""Shows whom an announcement is for, with buttons that narrow it."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.messages import Choice, Reply
from handlers.staff import speaking
from handlers.staff.sheet import Sheet
from handlers.staff.speaking import Speaker
from handlers.staff.targeting import Targeting, key_of
from handlers.wording import LANGUAGES, Language
from storage.proposals import states


@dataclass(frozen=True, slots=True)
class AudiencePages:
    """The pages."""

    speaker: Speaker

    @property
    def targeting(self) -> Targeting:
        """What an audience may be narrowed by."""
        return Targeting(self.speaker.wording, self.speaker.outlets.channels)

    def page(self, found: Sheet, language: Language) -> Reply:
        """Return the audience with a button for each part but the stages, which have a page of their own."""
        audience, broadcast_id = found.broadcast.audience, found.broadcast.id
        described = self.targeting.describe(audience, language)
        count = self.speaker.number(found.forecast.total, language)
        channels = self.targeting.channels
        shown = [
            ("base", "proposers" if audience.base == "subscribers" else "subscribers"),
            *(("languages", value) for value in LANGUAGES),
            *(("channels", value) for value in channels if len(channels) > 1),
            *(("categories", value) for value in self.targeting.values("categories")),
        ]
        buttons = [self._toggle(found, part, value, language) for part, value in shown]
        go_on = self.speaker.button("show", language, broadcast_id, title="go_on")
        stages = self.speaker.button("stages", language, broadcast_id)
        asked = self.speaker.say("ask_audience", language, audience=described, count=count)
        spreads = [self.speaker.spread(spread, language) for spread in found.spreads if len(spread.days) > 1]
        text = "\n\n".join([*spreads, asked])
        return Reply(text, (go_on, *buttons, stages))

    def stages(self, found: Sheet, language: Language) -> Reply:
        """Return the stages that a proposal which does well passes through, each with a button."""
        on_the_way = [state.id for state in states.known().values() if state.on_the_way]
        buttons = [self._toggle(found, "stages", stage, language) for stage in on_the_way]
        back = self.speaker.button("audience", language, found.broadcast.id, title="back")
        return Reply(self.speaker.say("ask_stages", language), (back, *buttons))

    def known(self) -> str:
        """Return what a typed line may say."""
        parts = ("languages", "channels", "categories", "stages")
        return "\n".join(f"{key_of(part)}={','.join(self.targeting.values(part))}" for part in parts)

    def _toggle(self, found: Sheet, part: str, value: str, language: Language) -> Choice:
        chosen = part != "base" and value in getattr(found.broadcast.audience, part)
        if part == "stages":
            name = self.speaker.wording.say(f"status_stages.{value}", language)
        else:
            name = self.targeting.name(part, value, language)
        does = f"{speaking.PREFIX}pick:{found.broadcast.id}:{key_of(part)}={value}"
        return Choice(does, f"✓ {name}" if chosen else name)
