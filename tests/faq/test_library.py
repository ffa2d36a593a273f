from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from faq import edition
from faq.cache import Cache, content_key
from faq.document import ContentError
from faq.library import Library

NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)


def spoil(folder: Path, name: str, old: str, new: str) -> Path:
    path = folder / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        Library.load(folder)
    return [mistake.removeprefix(f"{folder}/") for mistake in caught.value.mistakes]


def test_the_content_we_ship_is_right(library: Library) -> None:
    assert {known.year for known in library.editions} >= {2020, 2022, 2024}
    assert library.site == "upakarti.kemenperin.go.id"
    assert len(library.facts) == 124


def test_an_answer_speaks_the_language_and_carries_the_contact(folder: Path) -> None:
    library = Library.load(folder)

    assert library.render("closing", "id", NOW, "0800") == "Edisi 2024 ditutup *26 Agustus 2024*.\nTanyakan ke 0800"
    assert (
        library.render("closing", "en", NOW, "0800") == "The 2024 edition closed on *Monday, 26 August 2024*.\nAsk 0800"
    )


def test_titles_and_buttons_are_given_in_the_language(folder: Path) -> None:
    library = Library.load(folder)

    assert library.title("closing", "en") == "When does registration close?"
    assert library.button("closing", "id") == "Tanggal tutup"


def test_an_article_nobody_wrote_is_a_key_error(folder: Path) -> None:
    with pytest.raises(KeyError):
        Library.load(folder).render("nothing", "id", NOW, "0800")


def test_facts_tell_their_sources(folder: Path) -> None:
    facts = Library.load(folder).facts

    assert facts["F39"].sources == (("The article", "https://example.org/a"),)
    assert not facts["F47"].sourced


def staff_edition(year: int, closes: str) -> edition.Edition:
    text = f'year = {year}\n[registration]\ncloses = {{ date = {closes}, source = "circular" }}\n'
    return edition.parse(text, "staff.toml")


def test_given_editions_replace_those_of_the_same_year(folder: Path) -> None:
    library = Library.load(folder, [staff_edition(2024, "2024-09-01")])

    assert "1 September 2024" in library.render("closing", "id", NOW, "0800")


def test_a_copy_with_editions_leaves_the_library_as_it_was(folder: Path) -> None:
    library = Library.load(folder)
    copy = library.with_editions([staff_edition(2025, "2025-09-01")])

    assert [known.year for known in copy.editions] == [2025, 2024]
    assert [known.year for known in library.editions] == [2024]
    assert copy.matcher is library.matcher


def test_a_copy_forgets_the_editions_of_the_copy_before(folder: Path) -> None:
    first = Library.load(folder).with_editions([staff_edition(2025, "2025-09-01")])

    assert [known.year for known in first.with_editions([]).editions] == [2024]


def test_a_template_may_ask_for_any_edition_by_year(folder: Path) -> None:
    spoil(folder, "opening", "Lihat {{ site }}", "{% set e = edition(2024) %}{{ e.year if e else 'tidak ada' }}")

    assert Library.load(folder).render("opening", "id", NOW, "0800") == "2024"


def test_paragraphs_are_parted_by_one_blank_line(folder: Path) -> None:
    spoil(folder, "opening", '"Lihat {{ site }}"', '"""\nSatu.\n\n{% if current %}\nDua.\n{% endif %}\n\nTiga.\n\n"""')

    assert Library.load(folder).render("opening", "id", NOW, "0800") == "Satu.\n\nTiga."


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("closing", 'group = "jadwal"', 'group = "jadwal', "closing.toml:2: this is not valid TOML"),
        ("closing", 'group = "jadwal"', "[[", "closing.toml:2: this is not valid TOML"),
        ("closing", 'class = "partial"', 'klass = "partial"', 'closing.toml:3: "klass" is not a known key.'),
        ("closing", 'class = "partial"\n', "", 'closing.toml:1: "class" is missing.'),
        ("closing", '"partial"', '"half"', 'closing.toml:3: "class" must be one of: answerable, partial'),
        ("closing", '"jadwal"', '"other"', 'closing.toml:2: "group" must be one of: umum,'),
        ("closing", 'id = "closing"', 'id = "close"', 'closing.toml:1: "id" must be the file name, "closing".'),
        ("closing", '["F39", "F47"]', '["F39", "F99"]', 'closing.toml:4: there is no fact "F99".'),
        ("closing", '["F39", "F47"]', "[]", 'closing.toml:4: "facts" must name at least one fact.'),
        ("closing", '["F39", "F47"]', '"F39"', 'closing.toml:4: "facts" must be a list of texts.'),
        ("closing", '["F39", "F47"]', '[\n"F39",\n39]', 'closing.toml:6: "facts.2" must be a text.'),
        ("closing", '["opening"]', '["nothing"]', 'closing.toml:5: "nothing" is not another article.'),
        ("closing", '["opening"]', '["closing"]', 'closing.toml:5: "closing" is not another article.'),
        ("opening", '"closing"', '"nothing"', 'opening.toml:4: the parent "nothing" is not another article.'),
        ("closing", '"Closing date"', '""', 'closing.toml:11: "button.en" is empty.'),
        ("closing", 'en = "Closing date"\n', "", 'closing.toml:9: "button.en" is missing.'),
        ("closing", '"Closing date"', '"The day of closing it"', 'closing.toml:11: "button.en" has 21 characters; 20'),
        (
            "closing",
            'en = "Closing date"',
            'en = "Closing date"\nfr = "x"',
            'closing.toml:12: "button.fr" is not a known',
        ),
        ("closing", "[button]", "[buttons]", 'closing.toml:1: "button.id" is missing.'),
        ("closing", '[title]\nid = "Kapan pendaftaran ditutup?"\nen', "title = 3\nen", '"title" must be a table.'),
        ("closing", 'en = ["last day', 'enn = ["last day', 'closing.toml:25: "phrasings.en" needs at least one way'),
        ("closing", "masih buka tidak", "Mulai daftar tanggal berapa?!", 'opening.toml:16: "mulai daftar tanggal'),
        ("closing", "masih buka tidak", "Menu utama", 'closing.toml:26: "Menu utama" stands for "cmd_menu" too, at'),
        ("closing", "Tanyakan ke", "Ini gratis. Tanya", 'closing.toml:17: an answer must not say "gratis".'),
        ("closing", "Tanyakan ke", "Pasti\nlolos, tanya", 'closing.toml:17: an answer must not say "pasti lolos".'),
        ("closing", "Ask {{", "You are eligible {{", 'closing.toml:23: an answer must not say "you are eligible".'),
        ("closing", "Ask {{ contact", "Ask {{ telephone", 'closing.toml:23: "telephone" is not a known placeholder.'),
        (
            "closing",
            "Ask {{ contact",
            "Ask {{ contact | shout",
            "closing.toml:23: the template cannot be read: No filter",
        ),
        ("closing", "Ask {{ contact", "Ask {{ contact +", "closing.toml:23: the template cannot be read: unexpected"),
        ("closing", "{% endif %}\nAsk", "Ask", "closing.toml:22: the template cannot be read: Unexpected end"),
        (
            "closing",
            "edition closed on",
            "{{ last.yaer }}",
            "closing.toml:21: rendering fails when our own editions, long",
        ),
        ("closing", "Ask {{ contact", "Ask {{ last.year", "closing.toml:23: rendering fails when no edition is known"),
        (
            "closing",
            "The {{ last.year }}",
            "{{ last.announced }}",
            "closing.toml:21: rendering fails when our own editions, long after: a value is put",
        ),
        (
            "opening",
            "See {{ site }}",
            "See {{ site }}{{ last.figures.proposal if last }}",
            'opening.toml:14: no edition has a figure "proposal".',
        ),
        (
            "opening",
            "See {{ site }}",
            "See {% if last %}{{ last.figures.proposals }}{% endif %}",
            "opening.toml:14: rendering fails when two opening days",
        ),
        (
            "opening",
            "See {{ site }}",
            "{% if last %}See{% endif %}",
            "opening.toml:14: the answer is empty when no edition",
        ),
        ("facts", 'status = "not_found"', 'status = "maybe"', 'facts.toml:13: "F47.status" must be "sourced" or'),
        (
            "facts",
            'status = "not_found"',
            'status = "sourced"',
            'facts.toml:11: "F47" is sourced exactly when it names',
        ),
        ("facts", ', url = "https://example.org/a"', "", 'facts.toml:4: "F38.sources.1.url" is missing.'),
        ("facts", 'key = "site"', 'kee = "site"', 'facts.toml:2: "F38.kee" is not a known key.'),
        ("award", '"F38"', '"F47"', 'award.toml:3: "F47" is not a fact with a source.'),
        ("award", 'fact = "F38"', "", 'award.toml:1: "site.fact" is missing.'),
        ("award", "[site]", "[sites]", 'award.toml:1: "sites" is not a known key.'),
        ("abbreviations", '"kapan"', "3", 'abbreviations.toml:2: "expand.kpn" must be a text.'),
        ("abbreviations", "[fillers]", "[filler]", 'abbreviations.toml:6: "filler" is not a known key.'),
        ("lexicon", "[common]", "[commons]", 'lexicon.toml:3: "commons" is not a known key.'),
        ("lexicon", '"house"', "7", 'lexicon.toml:4: "common.words.2" must be a text.'),
        ("lexicon", '"when"]', '"when"]\nwhat = ["kapan"]', 'lexicon.toml:3: "kapan" stands under "when" too.'),
        ("practice", "en = [", "fr = [", 'practice.toml:3: "around.fr" is not a known key.'),
        ("practice", "names = [", "name = [", 'practice.toml:5: "subjects.name" is not a known key.'),
        ("out_of_scope", "messages", "message", 'out_of_scope.toml:2: "chitchat.message" is not a known key.'),
        ("commands", "[cmd_menu]", "[cmd_menus]", 'commands.toml:19: "cmd_menus" is not a known key.'),
        (
            "commands",
            'en = ["main menu"]\n',
            "",
            'commands.toml:19: "cmd_menu.en" needs at least one way people say it.',
        ),
        ("smalltalk", "[bye]", "[byes]", 'smalltalk.toml:1: "bye.id" needs at least one way people say it.'),
        ("editions/2024", "year = 2024", "year = 2023", "editions/2024.toml:1: the file of edition 2023 must be named"),
        ("editions/2024", '"F39"', '"F47"', 'editions/2024.toml:3: "F47" is not a fact with a source.'),
    ],
)
def test_a_mistake_is_told_with_its_place(folder: Path, name: str, old: str, new: str, expected: str) -> None:
    spoil(folder, name, old, new)
    start = expected.partition(": ")[0] if ".toml:" in expected else ""

    found = mistakes(folder)

    assert [told for told in found if told.startswith(start) and expected in told], found


def test_all_mistakes_are_told_together(folder: Path) -> None:
    spoil(folder, "closing", '"partial"', '"half"')
    spoil(folder, "opening", '"F47"', '"F99"')
    spoil(folder, "editions/2024", "2024-08-26", '"soon"')

    assert {told.partition(":")[0] for told in mistakes(folder)} == {
        "closing.toml",
        "opening.toml",
        "editions/2024.toml",
    }


@pytest.mark.parametrize(
    "name", ["facts", "award", "abbreviations", "commands", "smalltalk", "lexicon", "practice", "out_of_scope"]
)
def test_a_missing_file_is_told(folder: Path, name: str) -> None:
    (folder / f"{name}.toml").unlink()

    assert any(told.startswith(f"{name}.toml:1: the file cannot be read") for told in mistakes(folder))


def test_a_file_that_is_not_utf8_is_told(folder: Path) -> None:
    (folder / "closing.toml").write_bytes(b"id = '\xff'")

    assert any(told.startswith("closing.toml:1: the file cannot be read") for told in mistakes(folder))


def test_a_file_edited_on_windows_is_read_alike(folder: Path) -> None:
    path = folder / "closing.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").replace(b"Ask {{ contact", b"Ask {{ telephone"))

    assert mistakes(folder) == ['closing.toml:23: "telephone" is not a known placeholder.']


def test_a_figure_that_not_every_edition_has_is_tried_without(folder: Path) -> None:
    spoil(folder, "editions/2024", "[figures]", '[figures]\nrecipients = { value = 10, fact = "F39" }')
    guarded = "{% if last and last.figures.proposals is defined %}{{ last.figures.recipients }}{% endif %} {{ site }}"
    spoil(folder, "opening", "See {{ site }}", guarded)

    (told,) = mistakes(folder)

    assert told.startswith("opening.toml:14: rendering fails when an edition knows the figures proposals, in the past")


def test_the_methods_of_figures_are_no_figures(folder: Path) -> None:
    spoil(folder, "opening", "See {{ site }}", "{{ last.figures.get('proposals', 0) if last else site }}")

    assert Library.load(folder).render("opening", "en", NOW, "0800") == "247"


def test_a_name_set_in_one_branch_is_known(folder: Path) -> None:
    guarded = "{% if last %}{% set r = last.registration %}{{ r.state }}{% else %}{{ site }}{% endif %}"
    spoil(folder, "opening", "See {{ site }}", guarded)

    assert Library.load(folder).render("opening", "en", NOW, "0800") == "closed"


def test_what_was_learned_is_kept_and_used_again(folder: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    first = Library.load(folder, cache=cache)
    (kept,) = (tmp_path / "cache/learned").iterdir()
    written = kept.stat().st_mtime_ns
    second = Library.load(folder, cache=cache)

    assert kept.stat().st_mtime_ns == written
    assert second.match("kapan pendaftaran ditutup") == first.match("kapan pendaftaran ditutup")


def test_a_changed_phrasing_is_learned_anew(folder: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    Library.load(folder, cache=cache)
    spoil(folder, "closing", "masih buka tidak", "apakah masih dibuka")
    Library.load(folder, cache=cache)

    assert len(list((tmp_path / "cache/learned").iterdir())) == 2


FAILS_WHEN_TRIED = "Edisi {{ last.year }}"  # there may be no edition yet


def test_content_that_passed_its_trials_is_remembered(folder: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    Library.load(folder, cache=cache)

    assert cache.load("trials", content_key(folder, [])) is not None


def test_content_that_failed_its_trials_fails_again(folder: Path, tmp_path: Path) -> None:
    spoil(folder, "opening", "Lihat {{ site }}", FAILS_WHEN_TRIED)
    cache = Cache(tmp_path / "cache")
    for _ in range(2):
        with pytest.raises(ContentError):
            Library.load(folder, cache=cache)

    assert cache.load("trials", content_key(folder, [])) is None


def test_content_that_was_tried_is_not_tried_again(folder: Path, tmp_path: Path) -> None:
    spoil(folder, "opening", "Lihat {{ site }}", FAILS_WHEN_TRIED)
    cache = Cache(tmp_path / "cache")
    cache.save("trials", content_key(folder, []), b"")

    assert Library.load(folder, cache=cache).render("opening", "id", NOW, "0800") == "Edisi 2024"


def test_content_changed_since_its_trials_is_tried(folder: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    Library.load(folder, cache=cache)
    spoil(folder, "opening", "Lihat {{ site }}", FAILS_WHEN_TRIED)

    with pytest.raises(ContentError):
        Library.load(folder, cache=cache)
