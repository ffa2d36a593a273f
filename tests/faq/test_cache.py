"""What the cache keeps is given back as it was or not at all, and no folder or file can stop anything."""

from __future__ import annotations

import os
from pathlib import Path

import jinja2
import pytest

from faq import cache
from faq.cache import Cache, content_key
from tests.faq.test_library import staff_edition


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache" / "deeper")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def the_file(folder: Path) -> Path:
    (found,) = files(folder)
    return found


@pytest.mark.parametrize("content", [b"", b"words", bytes(range(256)) * 1000])
def test_what_was_saved_is_loaded_again(kept: Cache, content: bytes) -> None:
    kept.save("model", "k1", content)

    assert kept.load("model", "k1") == content


def test_another_name_or_key_has_nothing(kept: Cache) -> None:
    kept.save("model", "k1", b"words")

    assert (kept.load("model", "k2"), kept.load("trials", "k1")) == (None, None)


def test_saving_again_replaces(kept: Cache) -> None:
    kept.save("model", "k1", b"old")
    kept.save("model", "k1", b"new")

    assert kept.load("model", "k1") == b"new"


def test_without_a_folder_nothing_is_kept() -> None:
    nothing = Cache(None)
    nothing.save("model", "k1", b"words")

    assert nothing.load("model", "k1") is None


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 100], ids=["empty", "short", "foreign"])
def test_a_damaged_file_counts_as_none(kept: Cache, tmp_path: Path, damaged: bytes) -> None:
    kept.save("model", "k1", b"words")
    the_file(tmp_path).write_bytes(damaged)

    assert kept.load("model", "k1") is None


def test_one_changed_byte_is_noticed(kept: Cache, tmp_path: Path) -> None:
    kept.save("model", "k1", b"words")
    path = the_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"z")

    assert kept.load("model", "k1") is None


def test_a_file_in_the_place_of_another_is_noticed(kept: Cache, tmp_path: Path) -> None:
    kept.save("model", "k1", b"words")
    path = the_file(tmp_path)
    path.with_name("k2").write_bytes(path.read_bytes())

    assert kept.load("model", "k2") is None


def test_a_damaged_file_is_replaced_by_the_next_save(kept: Cache, tmp_path: Path) -> None:
    kept.save("model", "k1", b"words")
    the_file(tmp_path).write_bytes(b"")
    kept.save("model", "k1", b"words")

    assert kept.load("model", "k1") == b"words"


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    blocked = Cache(tmp_path / "file")
    blocked.save("model", "k1", b"words")

    assert blocked.load("model", "k1") is None


def test_a_place_that_is_taken_stops_nothing_and_leaves_nothing_behind(kept: Cache, tmp_path: Path) -> None:
    (tmp_path / "cache/deeper/model/k1").mkdir(parents=True)
    kept.save("model", "k1", b"words")

    assert (kept.load("model", "k1"), files(tmp_path)) == (None, [])


def test_only_the_newest_files_of_a_name_stay(kept: Cache, tmp_path: Path) -> None:
    kept.save("trials", "k1", b"words")
    for number in range(cache.KEPT + 2):
        kept.save("model", f"k{number}", b"words")
        os.utime(tmp_path / f"cache/deeper/model/k{number}", (number, number))
    kept.save("model", "newest", b"words")

    assert {path.name for path in files(tmp_path / "cache/deeper/model")} == {"k3", "k4", "k5", "newest"}
    assert kept.load("trials", "k1") == b"words"


def test_the_key_is_the_same_for_the_same_content(folder: Path) -> None:
    assert content_key(folder, []) == content_key(folder, [])


@pytest.mark.parametrize("name", ["closing.toml", "editions/2024.toml"])
def test_the_key_tells_changed_content(folder: Path, name: str) -> None:
    before = content_key(folder, [])
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")

    assert content_key(folder, []) != before


def test_the_key_tells_a_renamed_file(folder: Path) -> None:
    before = content_key(folder, [])
    (folder / "closing.toml").rename(folder / "closed.toml")

    assert content_key(folder, []) != before


def test_the_key_tells_the_editions_given(folder: Path) -> None:
    given = [staff_edition(2024, "2024-09-01")], [staff_edition(2024, "2024-09-02")], []

    assert len({content_key(folder, editions) for editions in given}) == 3


def test_the_key_tells_changed_code(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content_key(folder, [])
    (tmp_path / "code").mkdir()
    (tmp_path / "code/trial.py").write_text("TRIALS = 0", encoding="utf-8")
    monkeypatch.setattr(cache, "CODE", tmp_path / "code")

    assert content_key(folder, []) != before


def test_the_key_tells_another_template_engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content_key(folder, [])
    monkeypatch.setattr(jinja2, "__version__", "99")

    assert content_key(folder, []) != before


def test_content_that_cannot_be_read_has_a_key_too(folder: Path) -> None:
    (folder / "unreadable.toml").mkdir()

    assert len(content_key(folder, [])) == 64
