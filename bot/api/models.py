"""What the portal may send and what it gets back: each form once, for checking and for the description alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    Tag,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from bot.api.fields import (
    Category,
    Code,
    Edition,
    EditionAsked,
    Moment,
    Number,
    Phone,
    Reason,
    State,
    Title,
    wrong,
)
from storage.proposals import proof, states
from storage.proposals.records import Entry, Proposal

PAGE: Final = 100  # proposals in one answer
PAGE_LIMIT: Final = 200
ONE, STAGE = "release-of-one", "release-of-stage"
TAGS: Final = {ONE, STAGE}  # stand in the place of a mistake, and are no fields


class _Sent(BaseModel):
    """What comes in: a misspelt name is a mistake, and so is null; what is not said is left out."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _said(cls, value: Any) -> Any:  # noqa: ANN401 - whatever was sent
        if value is None:
            raise wrong("Must not be null: leave it out instead.")
        return value


def _leaves_out_null(schema: dict[str, Any]) -> None:
    """Describe what may be left out as just that: pydantic would call it nullable."""
    for name, field in schema["properties"].items():
        options = field.pop("anyOf", None)
        if options:
            schema["properties"][name] = {**options[0], **{key: field[key] for key in field if key != "default"}}
        schema["properties"][name].pop("default", None)


def _needing(**needed: str) -> Callable[[dict[str, Any]], None]:
    """Describe which fields are of use only together with another."""

    def describe(schema: dict[str, Any]) -> None:
        _leaves_out_null(schema)
        schema["dependentRequired"] = {field: [other] for field, other in needed.items()}

    return describe


class Submission(_Sent):
    """How a proposal stands in the portal. What is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra=_needing(code_expires_at="code", entered_at="state", released_at="state")
    )

    edition: Edition = Field(description="The year of the edition.")
    category: Category
    title: Title | None = Field(default=None, description="Shown to those who may know of the proposal. One line.")
    phone: Phone | None = Field(
        default=None,
        description="The proposer's phone number; without a country's code it is Indonesian. Only its hash is kept.",
    )
    code: Code | None = Field(
        default=None, description="An access code that the portal made and prints. Only its hash is kept."
    )
    code_expires_at: Moment | None = Field(default=None, description="From when the code lets nobody in. Needs `code`.")
    state: State | None = Field(
        default=None, description="Where it stands now. A new proposal without one is at its start."
    )
    entered_at: Moment | None = Field(
        default=None, description="When it came to the state; without it, now. Needs `state`."
    )
    released_at: Moment | None = Field(
        default=None, description="From when people may know of the state; without it, not yet. Needs `state`."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.code_expires_at is not None and self.code is None:
            raise wrong("code_expires_at needs code.")
        if self.state is None and (self.entered_at is not None or self.released_at is not None):
            raise wrong("entered_at and released_at need state.")
        return self

    def entry(self, number: str) -> Entry:
        """Return what is stored: of the phone number and the code only hashes."""
        return Entry(
            number=number,
            edition=self.edition,
            category=self.category,
            title=self.title,
            phone_sha256=None if self.phone is None else proof.phone_hash(self.phone),
            code_sha256=None if self.code is None else proof.code_hash(number, self.code),
            code_expires_at=self.code_expires_at,
            state=self.state,
            entered_at=self.entered_at,
            released_at=self.released_at,
        )


class Correction(_Sent):
    """A state that was wrong, and the right one."""

    state: State = Field(description="Where the proposal really stands.")
    reason: Reason = Field(description="Why, for the audit. No names, numbers or other personal data.")


class OneRelease(_Sent):
    """Lets people know of all that happened to one proposal."""

    model_config = ConfigDict(json_schema_extra=_leaves_out_null)

    number: Number
    at: Moment | None = Field(default=None, description="From when; without it, or in the past, from now.")


class StageRelease(_Sent):
    """Lets people know of one state of all proposals of an edition, from the same moment."""

    model_config = ConfigDict(json_schema_extra=_leaves_out_null)

    edition: Edition
    state: State
    at: Moment | None = Field(default=None, description="From when; without it, or in the past, from now.")


def _which(value: object) -> str:
    return ONE if isinstance(value, dict) and "number" in value else STAGE


class Release(
    RootModel[Annotated[Annotated[OneRelease, Tag(ONE)] | Annotated[StageRelease, Tag(STAGE)], Discriminator(_which)]]
):
    """Either one proposal or one state of an edition."""


class Filter(BaseModel):
    """Which proposals are listed."""

    model_config = ConfigDict(extra="forbid")

    edition: EditionAsked | SkipJsonSchema[None] = Field(default=None, description="Of this edition only.")
    state: State | SkipJsonSchema[None] = Field(
        default=None, description="Standing in this state now, released or not."
    )
    after: Number | SkipJsonSchema[None] = Field(
        default=None, description="Begin after this number: `next` of the page before."
    )
    limit: int = Field(default=PAGE, ge=1, le=PAGE_LIMIT, description="At most so many.")


class Event(BaseModel):
    """That a proposal came to a state."""

    position: int = Field(description="Rises with every event of a proposal.")
    state: str
    entered_at: datetime
    released_at: datetime | None = Field(description="From when people may know of it; null is not yet decided.")
    correction: bool = Field(description="Whether it was put right instead of going its way.")


class Shown(BaseModel):
    """A proposal as the assistant knows it, without phone number and code."""

    number: str = Field(description="In its one form: capitals, with one dash where it is separated.")
    edition: int
    category: Category
    title: str
    state: str = Field(description="Of the newest event, released or not.")
    next_states: list[str] = Field(description="Where it may go from there.")
    has_phone: bool = Field(description="Whether a phone number is known.")
    has_code: bool = Field(description="Whether an access code was given or issued.")
    code_expires_at: datetime | None
    revision: int = Field(description="Rises with every change.")
    confirmed_at: datetime = Field(description="When the portal last said that this is how it stands.")
    events: list[Event] = Field(description="Oldest first.")


class Put(BaseModel):
    """What a call did."""

    verdict: Literal["added", "changed", "unchanged"]
    proposal: Shown


class Page(BaseModel):
    """Proposals in the order of their numbers."""

    proposals: list[Shown]
    next: str | None = Field(description="What to give as `after` for the next page; null on the last.")


class Issued(BaseModel):
    """An access code. It is shown this once."""

    code: str = Field(examples=["7KQM-2B9T-XW4C"])
    expires_at: datetime


class Released(BaseModel):
    """What people may know of now, or from a moment on."""

    released: int = Field(description="How many events; those that were released already are not counted.")
    at: datetime = Field(description="From when.")


class Mistake(BaseModel):
    """One thing that is wrong with a call."""

    place: Literal["body", "query", "path"] = Field(description="Where `pointer` points into.")
    pointer: str = Field(description="A JSON pointer as in RFC 6901, `#` for all of it.", examples=["#/title"])
    detail: str


class Problem(BaseModel):
    """Why a call did not do what it should: RFC 9457."""

    type: str = Field(description="A word for programs; `about:blank` where the status says it all.")
    title: str
    status: int
    detail: str = Field(description="A sentence for people, without anything that was sent.")
    errors: list[Mistake] | None = Field(default=None, description="With 422: what is wrong, and where.")
    state: str | None = Field(default=None, description="With some 409: where the proposal stands.")
    next_states: list[str] | None = Field(default=None, description="With some 409: where it may go from there.")


def shown(proposal: Proposal) -> Shown:
    """Return a proposal as the portal may see it."""
    state = proposal.latest.state
    return Shown(
        number=proposal.number,
        edition=proposal.edition,
        category="pengabdian" if proposal.category == "pengabdian" else "kepeloporan",
        title=proposal.title,
        state=state,
        next_states=list(states.known()[state].next),
        has_phone=proposal.phone_sha256 is not None,
        has_code=proposal.code_sha256 is not None,
        code_expires_at=proposal.code_expires_at,
        revision=proposal.revision,
        confirmed_at=proposal.confirmed_at,
        events=[
            Event(
                position=event.position,
                state=event.state,
                entered_at=event.entered_at,
                released_at=event.released_at,
                correction=event.correction,
            )
            for event in proposal.events
        ],
    )
