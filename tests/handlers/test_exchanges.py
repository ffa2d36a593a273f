"""Of a conversation the last exchanges are kept, each cut."""

from __future__ import annotations

from handlers import exchanges
from handlers.exchanges import ANSWERED, KEPT, SAID, Exchange


def test_the_last_exchanges_are_kept_and_older_ones_go() -> None:
    kept: tuple[Exchange, ...] = ()
    for number in range(KEPT + 2):
        kept = exchanges.remembered(kept, f"q{number}", f"a{number}")

    assert kept == tuple(Exchange(f"q{number}", f"a{number}") for number in range(2, KEPT + 2))
    assert exchanges.from_json(exchanges.to_json(kept)) == kept


def test_what_is_long_is_cut_and_stands_on_one_line_without_emphasis() -> None:
    ((kept),) = exchanges.remembered((), "x" * (SAID + 1), "*tebal*\n\n" + "y" * ANSWERED)

    assert (len(kept.said), kept.said[-2:]) == (SAID, "x…")
    assert (len(kept.answered), kept.answered[:7]) == (ANSWERED, "tebal y")
    assert exchanges.remembered((), "x" * SAID, "a")[0].said == "x" * SAID
