"""Reads and rewrites dialogues: conversations as people type them, with what we answer.

    # a comment
    @ 2024-08-01T10:00+07:00      the time from here on
    @ language en                 what the platform says of the person's language, from here on
    @ person ani                  who writes from here on
    @ proposal UPK-1 penjurian 7KQM-2B9T-XW4C 0812-3456-7890
                                  on record from here on: number, released state ("-" for none), access code, phone
    @ invitation Ani officer PANITIA-7KQM-2B9T-XW4C-H8RD
                                  invited from here on: name, role, one-time code
    @ officer rina Rina           works at the office and is on duty from here on: person, and the name people are told
    @ off rina Rina               ... and is not on duty
    > kpn tutup kak               what the person writes
    > [Jadwal lengkap]            presses a button of the last reply, by its title or its id
    > [!ask:gone]                 presses a button that the last reply did not have
    > {voice}                     sends something that is no text
    > {contact 0812-3456-7890}    shares a phone number that the platform vouches for
    = jury_members en             it was meant so: the article, command or small talk, and the language of the reply
    < *Masih dibuka* sampai ...   the reply, line by line; an empty line is a lone "<"
    <~ 26 Agustus                 instead of that: the reply has this in it
    <! gratis                     ... and has not, in capitals or small letters
    [Menu] [Bantuan]              its buttons; may be left out
    ~ rina                        to whom the replies below it go, when not to whoever wrote

A reply follows the one before it after an empty line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from handlers.messages import Kind, Reply

START = datetime.fromisoformat("2026-11-24T10:00+07:00")


class ScriptError(Exception):
    """A dialogue cannot be read; says which line and why."""


@dataclass
class Expected:
    """One reply as it is written down."""

    lines: list[str] = field(default_factory=list)  # with their marks
    buttons: str | None = None
    to: str | None = None  # somebody else than who wrote

    def problems(self, reply: Reply) -> Iterator[str]:
        said = _indented(reply.text.splitlines())
        exact = [line.removeprefix("<").removeprefix(" ") for line in self.lines if not _is_part(line)]
        if exact and "\n".join(exact) != reply.text:
            yield f"expected the reply\n{_indented(exact)}\nbut it was\n{said}"
        for line in filter(_is_part, self.lines):
            part = line[2:].strip()
            if line.startswith("<~") and part not in reply.text:
                yield f"expected {part!r} in\n{said}"
            if line.startswith("<!") and part.casefold() in reply.text.casefold():
                yield f"did not expect {part!r} in\n{said}"
        if self.buttons is not None and self.buttons != buttons(reply):
            yield f"expected the buttons {self.buttons}, but they were {buttons(reply) or '(none)'}"

    def rewritten(self, reply: Reply) -> list[str]:
        """Return the lines that this reply needs; parts that are still true stay."""
        if any(replace(self, buttons=None).problems(reply)):
            return written(reply)
        return [*self.lines, *([buttons(reply)] if self.buttons is not None and reply.choices else [])]


@dataclass(frozen=True)
class Given:
    """A proposal on record."""

    number: str
    state: str
    code: str
    phone: str

    @classmethod
    def read(cls, line: str) -> Given:
        number, state, code, phone = line.split()
        return cls(number, state, code, phone)


@dataclass(frozen=True)
class Invitation:
    """Somebody who is invited to the office."""

    name: str
    role: str
    code: str

    @classmethod
    def read(cls, line: str) -> Invitation:
        name, role, code = line.split()
        return cls(name, role, code)


@dataclass(frozen=True)
class Officer:
    """Somebody of the office: who they are in the dialogue, and the name people are told."""

    person: str
    name: str
    on_duty: bool


@dataclass(frozen=True)
class Heard:
    """What was said upon one message: to whoever wrote it, and to others by name."""

    replies: Sequence[Reply]
    others: Sequence[tuple[str, Reply]] = ()


@dataclass
class Turn:
    """One message of the person and the replies to it."""

    line: int
    said: str
    at: datetime
    language: str | None
    person: str = "budi"
    proposals: list[Given] = field(default_factory=list)  # that come to be on record before it
    invitations: list[Invitation] = field(default_factory=list)  # that are written before it
    officers: list[Officer] = field(default_factory=list)  # who begin or stop to be on duty before it
    meant: list[tuple[str, str]] = field(default_factory=list)  # id and language, one a reply
    expected: list[Expected] = field(default_factory=list)

    @property
    def own(self) -> list[Expected]:
        """What is expected to be said to whoever wrote."""
        return [each for each in self.expected if each.to is None]

    @property
    def told(self) -> list[Expected]:
        """What is expected to be said to others."""
        return [each for each in self.expected if each.to is not None]

    def problems(self, heard: Heard) -> list[str]:
        said = [*((None, reply) for reply in heard.replies), *heard.others]
        expected = [*self.own, *self.told]
        pairs = zip(expected, said, strict=False)
        found = [problem for each, (_, reply) in pairs for problem in each.problems(reply)]
        if [each.to for each in expected] != [to for to, _ in said]:
            found.append(
                f"expected replies to {[each.to for each in expected]}, but they were to {[to for to, _ in said]}"
            )
        return found

    def rewritten(self, heard: Heard) -> list[str]:
        lines = [f"> {self.said}", *(f"= {name} {language}" for name, language in self.meant)]
        for number, reply in enumerate(heard.replies):
            known = number < len(self.own)
            lines += [""] if number else []
            lines += self.own[number].rewritten(reply) if known else written(reply)
        for number, (to, reply) in enumerate(heard.others):
            known = number < len(self.told) and self.told[number].to == to
            lines += ["", f"~ {to}", *(self.told[number].rewritten(reply) if known else written(reply))]
        return lines

    @property
    def phone(self) -> str | None:
        """The phone number that is shared with it."""
        return self.said.strip("{}").partition(" ")[2] or None if self.said.startswith("{contact") else None

    def sends(self, last: Reply | None) -> tuple[Kind, str, str | None]:
        """Return the kind, the text and the choice of what the person sends."""
        if self.said.startswith("{"):
            return Kind(self.said.strip("{}").partition(" ")[0]), "", None
        if not self.said.startswith("["):
            return Kind.TEXT, self.said, None
        name = self.said.removeprefix("[").removesuffix("]")
        if name.startswith("!"):
            return Kind.CHOICE, name[1:], name[1:]
        for choice in last.choices if last else ():
            if name in (choice.id, choice.title):
                return Kind.CHOICE, choice.title, choice.id
        raise ScriptError(f"line {self.line}: the last reply had no button {name!r}")


@dataclass
class Script:
    """A dialogue: lines that are kept as they are, and turns."""

    pieces: list[str | Turn]

    @property
    def turns(self) -> list[Turn]:
        return [piece for piece in self.pieces if isinstance(piece, Turn)]

    def rewritten(self, heard: Sequence[Heard]) -> str:
        given = iter(heard)
        lines: list[str] = []
        for piece in self.pieces:
            lines += piece.rewritten(next(given)) if isinstance(piece, Turn) else [piece]
        return "\n".join(lines).rstrip() + "\n"


class _Reader:
    def __init__(self) -> None:
        self.pieces: list[str | Turn] = []
        self._at = START
        self._language: str | None = None
        self._person = "budi"
        self._proposals: list[Given] = []
        self._invitations: list[Invitation] = []
        self._officers: list[Officer] = []
        self._to: str | None = None
        self._turn: Turn | None = None
        self._reply: Expected | None = None

    def take(self, number: int, line: str) -> None:
        if line.startswith("> "):
            self._turn = Turn(number, line[2:], self._at, self._language, self._person, self._proposals)
            self._turn.invitations, self._turn.officers = self._invitations, self._officers
            self._reply, self._to = None, None
            self._proposals, self._invitations, self._officers = [], [], []
            self.pieces.append(self._turn)
        elif line.startswith("<"):
            self._replied(number, line)
        elif line.startswith("~ "):
            self._to, self._reply = line.removeprefix("~ "), None
        elif line.startswith("= ") and self._turn is not None:
            name, language = line.removeprefix("= ").split()
            self._turn.meant.append((name, language))
        elif line.startswith("["):
            if self._reply is None:
                raise ScriptError(f"line {number}: buttons without a reply above them")
            self._reply.buttons, self._reply = line, None
        elif not line or line.startswith(("#", "@ ")):
            self._set(line)
            self._reply = None
            self.pieces.append(line)
        else:
            raise ScriptError(f"line {number}: begins with none of # @ > = < ~ [")

    def _replied(self, number: int, line: str) -> None:
        if self._turn is None:
            raise ScriptError(f"line {number}: a reply before anything was said")
        if self._reply is None:
            self._reply = Expected(to=self._to)
            self._turn.expected.append(self._reply)
            while self.pieces[-1] == "":
                self.pieces.pop()
        self._reply.lines.append(line)

    def _set(self, line: str) -> None:
        if line.startswith("@ language "):
            self._language = line.removeprefix("@ language ")
        elif line.startswith("@ person "):
            self._person = line.removeprefix("@ person ")
        elif line.startswith(("@ officer ", "@ off ")):
            _, duty, person, name = line.split(" ", 3)
            self._officers.append(Officer(person, name, on_duty=duty == "officer"))
        elif line.startswith("@ proposal "):
            self._proposals.append(Given.read(line.removeprefix("@ proposal ")))
        elif line.startswith("@ invitation "):
            self._invitations.append(Invitation.read(line.removeprefix("@ invitation ")))
        elif line.startswith("@ "):
            self._at = datetime.fromisoformat(line.removeprefix("@ "))


def read(text: str) -> Script:
    """Read a dialogue."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        reader.take(number, line.rstrip())
    return Script(reader.pieces)


def written(reply: Reply) -> list[str]:
    """Return a reply as a dialogue writes it down."""
    return [*(f"< {line}".rstrip() for line in reply.text.splitlines()), *([buttons(reply)] if reply.choices else [])]


def buttons(reply: Reply) -> str:
    return " ".join(f"[{choice.title}]" for choice in reply.choices)


def _is_part(line: str) -> bool:
    return line.startswith(("<~", "<!"))


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
