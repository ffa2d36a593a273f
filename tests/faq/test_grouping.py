"""Messages that ask alike are put together, the most frequent question first."""

from __future__ import annotations

from faq import grouping


def test_like_messages_are_one_group_and_the_largest_comes_first() -> None:
    groups = grouping.group(["cuaca jakarta", "boleh bawa anak?", "Boleh bawa anak", "boleh bawa anak ga", "xyz"])

    assert [group.messages for group in groups] == [
        ["boleh bawa anak?", "Boleh bawa anak", "boleh bawa anak ga"],
        ["cuaca jakarta"],
        ["xyz"],
    ]


def test_nothing_makes_no_group() -> None:
    assert grouping.group([]) == []
