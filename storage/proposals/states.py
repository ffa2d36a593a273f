"""The states a proposal goes through and the ways between them, read from states.toml."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_FILE = Path(__file__).parent / "states.toml"

Kind = Literal["start", "in_progress", "ended", "success", "side"]


@dataclass(frozen=True, slots=True)
class State:
    """One state. `next` are the states it may go to; `facts` are the facts it rests on."""

    id: str
    order: int
    kind: Kind
    facts: tuple[str, ...]
    next: tuple[str, ...]

    @property
    def is_terminal(self) -> bool:
        """Tell whether nothing comes after it."""
        return not self.next

    @property
    def on_the_way(self) -> bool:
        """Tell whether a proposal that does well passes through it."""
        return self.kind in {"start", "in_progress", "success"}


@functools.cache
def known() -> Mapping[str, State]:
    """Return all states by id, in their order."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    states = [
        State(name, each["order"], each["kind"], tuple(each["facts"]), tuple(each["next"]))
        for name, each in found.items()
    ]
    return {state.id: state for state in sorted(states, key=lambda state: state.order)}


def start() -> State:
    """Return the state every proposal begins in."""
    return next(state for state in known().values() if state.kind == "start")


def way() -> tuple[State, ...]:
    """Return the states that a proposal passes that does well, in order."""
    return tuple(state for state in known().values() if state.on_the_way)


def may_follow(earlier: str, later: str) -> bool:
    """Tell whether a proposal may go from the one state to the other."""
    return later in known()[earlier].next
