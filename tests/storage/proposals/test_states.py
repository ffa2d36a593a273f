"""The states are those of the fact sheet; every one can be reached, and only what is over has no way out."""

from __future__ import annotations

import itertools
import json

import pytest

from faq.library import CONTENT
from faq.loading import read
from storage.proposals import states
from storage.proposals.states import State
from tests.conftest import SHARED

TABLE = SHARED / "facts" / "status.json"
STATES = list(states.known().values())


def reached(start: str) -> set[str]:
    """Return what can follow a state, in any number of steps."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = set(states.known()[ahead.pop()].next) - found
        found |= new
        ahead += new
    return found


@pytest.mark.skipif(not TABLE.exists(), reason="the fact sheets are not beside this project")
def test_states_and_ways_are_those_of_the_fact_sheet() -> None:
    told = json.loads(TABLE.read_text(encoding="utf-8"))
    ways = {(state.id, later) for state in STATES for later in state.next}

    assert [(state.id, state.order, list(state.facts)) for state in STATES] == [
        (each["id"], each["order"], each["facts"]) for each in sorted(told["states"], key=lambda each: each["order"])
    ]
    assert ways == {tuple(way) for way in told["transitions"]}
    assert {state.id for state in STATES if state.is_terminal} == {
        each["id"] for each in told["states"] if each["kind"] not in ("start", "active")
    }


def test_every_state_can_be_reached_from_the_start() -> None:
    assert reached(states.start().id) | {states.start().id} == set(states.known())


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.id)
def test_nothing_comes_back_to_where_it_was(state: State) -> None:
    assert state.id not in reached(state.id)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.id)
def test_a_state_has_no_way_out_exactly_when_it_is_the_end(state: State) -> None:
    assert state.is_terminal == (state.kind in {"ended", "success", "side"})


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.id)
def test_every_way_leads_to_a_known_state_of_a_higher_order(state: State) -> None:
    assert all(states.known()[later].order > state.order for later in state.next)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.id)
def test_what_goes_on_may_be_withdrawn_and_cancelled(state: State) -> None:
    sides = {each.id for each in STATES if each.kind == "side"}

    assert state.is_terminal or sides <= set(state.next)


def test_there_is_one_start_and_one_success() -> None:
    assert [state.id for state in STATES if state.kind in {"start", "success"}] == [
        "usulan_diterima",
        "penghargaan_diserahkan",
    ]


def test_the_way_leads_from_the_start_to_the_award() -> None:
    way = states.way()

    assert [state.id for state in way] == [
        "usulan_diterima",
        "seleksi_administrasi",
        "penilaian_substansi",
        "peninjauan_lapangan",
        "penjurian",
        "calon_penerima",
        "ditetapkan",
        "penghargaan_diserahkan",
    ]
    assert all(later.id in earlier.next for earlier, later in itertools.pairwise(way))


@pytest.mark.parametrize(
    ("earlier", "later", "possible"),
    [
        ("penjurian", "calon_penerima", True),
        ("penjurian", "tidak_terpilih", True),
        ("calon_penerima", "tidak_terpilih", True),
        ("penjurian", "ditetapkan", False),
        ("penjurian", "penjurian", False),
        ("penjurian", "peninjauan_lapangan", False),
        ("tidak_terpilih", "calon_penerima", False),
        ("penjurian", "unheard_of", False),
    ],
)
def test_only_the_ways_may_be_gone(earlier: str, later: str, *, possible: bool) -> None:
    assert states.may_follow(earlier, later) is possible


def test_every_state_rests_on_facts_that_are_known() -> None:
    known = read(CONTENT).facts

    assert [(state.id, fact) for state in STATES for fact in state.facts if fact not in known] == []
    assert all(state.facts for state in STATES)
