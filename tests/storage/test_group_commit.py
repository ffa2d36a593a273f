"""Whoever arrives together shares a transaction, in order; nobody suffers for another, and nobody is left waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from storage.group_commit import BATCH_LIMIT, GroupCommit


class Work:
    """Work that takes as long as `gate` is closed, and fails for batches with a bad item in them."""

    def __init__(self, *bad: str) -> None:
        self.bad = frozenset(bad)
        self.batches: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.at_once = 0
        self.pause_before: list[str] | None = None
        self.paused = asyncio.Event()

    async def __call__(self, items: Sequence[str]) -> list[str]:
        self.batches.append(list(items))
        self.at_once += 1
        assert self.at_once == 1, "two batches at once"
        self.entered.set()
        try:
            if items == self.pause_before:
                self.pause_before = None
                self.paused.set()
                await asyncio.Event().wait()
            await self.gate.wait()
        finally:
            self.at_once -= 1
        if not self.bad.isdisjoint(items):
            raise LookupError(*items)
        return [item.upper() for item in items]

    def close(self) -> None:
        self.gate.clear()
        self.entered.clear()


async def turns(count: int = 5) -> None:
    """Let every task that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_one_caller_has_its_own_batch_at_once() -> None:
    work = Work()

    assert await GroupCommit(work).run(["a", "b"]) == ["A", "B"]
    assert work.batches == [["a", "b"]]


async def test_who_waits_while_another_works_shares_the_next_batch_in_the_order_of_arrival() -> None:
    work = Work()
    group = GroupCommit(work)
    work.close()
    first = asyncio.create_task(group.run(["a"]))
    await work.entered.wait()
    others = [asyncio.create_task(group.run(list(items))) for items in ("bc", "d", "ef")]
    await turns()
    work.gate.set()

    assert await asyncio.gather(first, *others) == [["A"], ["B", "C"], ["D"], ["E", "F"]]
    assert work.batches == [["a"], ["b", "c", "d", "e", "f"]]


async def test_a_batch_is_no_larger_than_the_limit() -> None:
    work = Work()

    assert await GroupCommit(work, limit=2).run(list("abcde")) == list("ABCDE")
    assert work.batches == [["a", "b"], ["c", "d"], ["e"]]


async def test_the_usual_limit_holds() -> None:
    work = Work()
    await GroupCommit(work).run(["a"] * (BATCH_LIMIT + 1))

    assert [len(batch) for batch in work.batches] == [BATCH_LIMIT, 1]


async def test_nothing_to_do_needs_no_transaction() -> None:
    work = Work()

    assert await GroupCommit(work).run([]) == []
    assert work.batches == []


async def test_a_bad_item_fails_alone_and_the_others_in_order() -> None:
    work = Work("c")
    group = GroupCommit(work)
    work.close()
    first = asyncio.create_task(group.run(["a"]))
    await work.entered.wait()
    others = [asyncio.create_task(group.run([item])) for item in "bcd"]
    await turns()
    work.gate.set()

    results = await asyncio.gather(first, *others, return_exceptions=True)

    assert [repr(result) for result in results] == ["['A']", "['B']", "LookupError('c')", "['D']"]
    assert work.batches == [["a"], ["b", "c", "d"], ["b"], ["c"], ["d"]]


async def test_a_caller_with_a_bad_item_hears_of_it_though_its_others_are_done() -> None:
    work = Work("b")

    with pytest.raises(LookupError) as caught:
        await GroupCommit(work).run(list("abc"))

    assert caught.value.args == ("b",)
    assert work.batches == [["a", "b", "c"], ["a"], ["b"], ["c"]]


async def test_after_a_failure_the_next_caller_is_served() -> None:
    group = GroupCommit(Work("bad"))
    with pytest.raises(LookupError):
        await group.run(["bad"])

    assert await group.run(["good"]) == ["GOOD"]


async def test_when_the_one_who_works_is_cancelled_the_next_takes_over_everything() -> None:
    work = Work()
    group = GroupCommit(work)
    work.close()
    first = asyncio.create_task(group.run(["a"]))
    await work.entered.wait()
    second = asyncio.create_task(group.run(["b"]))
    await turns()
    first.cancel()
    work.gate.set()

    assert await second == ["B"]
    assert work.batches == [["a"], ["a", "b"]]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_what_was_done_before_the_cancellation_is_not_done_again() -> None:
    work = Work("b")
    group = GroupCommit(work)
    first = asyncio.create_task(group.run(list("abc")))
    second = asyncio.create_task(group.run(["d"]))
    work.pause_before = ["c"]  # all three failed together, "a" was done alone, "b" failed alone
    await work.paused.wait()
    first.cancel()

    assert await second == ["D"]
    assert work.batches == [["a", "b", "c"], ["a"], ["b"], ["c"], ["c", "d"]]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_one_who_only_waits_may_be_cancelled() -> None:
    work = Work()
    group = GroupCommit(work)
    work.close()
    first = asyncio.create_task(group.run(["a"]))
    await work.entered.wait()
    second, third = (asyncio.create_task(group.run([item])) for item in "bc")
    await turns()
    second.cancel()
    await turns()
    work.gate.set()

    assert await asyncio.gather(first, third) == [["A"], ["C"]]
    assert second.cancelled()
