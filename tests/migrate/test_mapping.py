"""What is proposed to become of everything, how it is written, and what an edit may break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import ConfigurationError, ContactField
from systeme_async.activecampaign import Field, List, Tag
from systeme_async.migrate.mapping import (
    FieldRule,
    ListRule,
    Mapping,
    TagRule,
    read_mapping,
    written,
)
from systeme_async.migrate.proposal import Proposal

if TYPE_CHECKING:
    from pathlib import Path


def fields(*titles: str) -> list[Field]:
    """Make fields up, with the names that mails call them by."""
    return [
        Field(id=number, title=title, perstag=title.upper().replace(" ", "_"))
        for number, title in enumerate(titles, 1)
    ]


def slugs(proposal: Proposal, *titles: str) -> list[str]:
    """Say into which slugs fields are proposed to go."""
    return [rule.slug for rule in proposal.mapping(fields(*titles), [], []).fields]


def test_a_field_keeps_its_name() -> None:
    """Its slug is the name by which mails call it, in small letters."""
    proposal = Proposal([])
    assert ["favorite_color", "taille_deja", "field_3"] == slugs(
        proposal, "Favorite color", "Taille déjà", "Размер"
    )
    assert proposal.notes == []


def test_a_field_that_the_account_has() -> None:
    """Built-in ones are recognized by what they are called; others by slug or label."""
    existing = [
        ContactField(slug="hat_size", field_name="Hat size"),
        ContactField(slug="shoe", field_name="Shoe size"),
    ]
    proposal = Proposal(existing)
    assert ["city", "postcode", "country", "hat_size", "shoe"] == slugs(
        proposal, "Town", "ZIP code", "Country", "Hat size", "SHOE SIZE"
    )


def test_collisions_are_resolved_and_told() -> None:
    """The second one gets a number."""
    proposal = Proposal([])
    assert ["color", "color_2", "first_name_2"] == slugs(proposal, "Color", "color", "First name")
    assert [
        'field "color" goes into "color_2", as "color" is taken',
        'field "First name" goes into "first_name_2", as "first_name" is taken',
    ] == proposal.notes


@pytest.mark.parametrize("title", ["", "!!!", "E-Mail", "Tags"])
def test_a_field_without_a_usable_name(title: str) -> None:
    """It never takes the place of address or tags, and has a label in any case."""
    proposal = Proposal([])
    [rule] = proposal.mapping([Field(id=7, title=title)], [], []).fields
    assert rule.slug in {"field_7", "e_mail"}
    assert rule.name


def test_tags_and_lists() -> None:
    """Names are cut to 64 characters, and what differs in its case alone is one."""
    long = "x" * 70
    tags = [
        Tag(id=1, name="VIP"),
        Tag(id=2, name="vip"),
        Tag(id=3, name=long + "a"),
        Tag(id=4, name=long + "b"),
        Tag(id=5, name="mail", kind="template"),
    ]
    proposal = Proposal([], "list: {name}")
    mapping = proposal.mapping([], tags, [List(id=1, name="News")])
    assert ["VIP", "VIP", "x" * 64, "x" * 62 + " 2"] == [rule.tag for rule in mapping.tags]
    assert [ListRule(1, "News", "list: News")] == mapping.lists
    assert len(proposal.notes) == 3


@pytest.mark.parametrize("order", [1, -1])
def test_a_name_that_is_cut_gives_way_to_one_that_fits(order: int) -> None:
    """In whichever order they come: two tags of theirs stay two."""
    whole = "x" * 64
    tags = [Tag(id=1, name=whole + "long"), Tag(id=2, name=whole)][::order]
    proposal = Proposal([])
    found = {rule.id: rule.tag for rule in proposal.mapping([], tags, []).tags}
    assert found == {1: "x" * 62 + " 2", 2: whole}
    assert len(proposal.notes) == 1


def test_what_becomes_one_tag_is_told() -> None:
    """Whether tags or lists, and whatever they are called there."""
    proposal = Proposal([], "{name}")
    lists = [List(id=1, name="News"), List(id=2, name="News"), List(id=3, name="VIP")]
    mapping = proposal.mapping([], [Tag(id=1, name="VIP"), Tag(id=2, name=" ")], lists)
    assert ["VIP", ""] == [rule.tag for rule in mapping.tags]
    assert ["News", "News", "VIP"] == [rule.tag for rule in mapping.lists]
    assert [
        'list "News" and list "News" become one tag, "News"',
        'tag "VIP" and list "VIP" become one tag, "VIP"',
    ] == proposal.notes


def test_a_field_of_the_account_with_another_label_is_told() -> None:
    """It may mean something else."""
    proposal = Proposal([ContactField(slug="size", field_name="Company head count")])
    assert ["size"] == slugs(proposal, "Size")
    assert [
        'field "Size" goes into "size", which is there and called "Company head count"'
    ] == proposal.notes


def test_lists_need_not_become_tags() -> None:
    """Without a name for them there are none."""
    [rule] = Proposal([], "").mapping([], [], [List(id=1, name="News")]).lists
    assert rule.tag == ""


texts = st.text(max_size=20)
rules = st.builds(
    Mapping,
    fields=st.lists(
        st.builds(FieldRule, st.integers(1, 9), texts, st.just(""), texts), unique_by=lambda r: r.id
    ),
    tags=st.lists(st.builds(TagRule, st.integers(1, 9), texts, texts), unique_by=lambda r: r.id),
    lists=st.lists(st.builds(ListRule, st.integers(1, 9), texts, texts), unique_by=lambda r: r.id),
)


@given(mapping=rules)
def test_what_is_written_is_read_again(
    mapping: Mapping, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever signs a name holds."""
    path = tmp_path_factory.mktemp("mapping") / "mapping.toml"
    path.write_text(written(mapping), encoding="utf-8", newline="")
    assert mapping == read_mapping(path)


EDITS = {
    "two into one": ('slug = "b"', 'slug = "a"', 'several things go into the field "a"'),
    "into the name": ('slug = "b"', 'slug = "surname"', "several things go"),
    "no slug": ('slug = "b"', 'slug = "b c"', "is no slug"),
    "no slug of theirs": ('slug = "b"', 'slug = "é"', "is no slug"),
    "into the address": ('slug = "b"', 'slug = "email"', "the contact's own"),
    "a name into the tags": ('last_name = "surname"', 'last_name = "tags"', "the contact's own"),
    "much too deep": ("[people]", f"x = {'[' * 5_000}", "can't be read"),
    "no label": ('name = "B"', 'name = ""', "field 2 has no name"),
    "a word that is none": ('too_long = "cut"', 'too_long = "trim"', "too_long"),
    "a key that is none": ('title = "A"', 'titel = "A"', "titel"),
    "a tag that is too long": ('tag = "VIP"', f'tag = "{"x" * 65}"', "too long for a tag"),
    "a tag twice": ("id = 5", "id = 4", "tag 4 stands there twice"),
    "no TOML": ("[people]", "[people", "can't be read"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_that_can_not_work(name: str, tmp_path: Path) -> None:
    """It is refused with the file's name and what is wrong."""
    old, new, message = EDITS[name]
    mapping = Mapping(
        fields=[FieldRule(1, "A", "a", "A"), FieldRule(2, "B", "b", "B")],
        tags=[TagRule(4, "VIP", "VIP"), TagRule(5, "New", "New")],
    )
    path = tmp_path / "mapping.toml"
    text = written(mapping)
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigurationError, match="mapping.toml") as caught:
        read_mapping(path)
    assert message in str(caught.value)


def test_an_editor_may_leave_its_mark(tmp_path: Path) -> None:
    """Some put one in front, and end lines in their own way."""
    mapping = Mapping(tags=[TagRule(4, "VIP", "Gold")])
    path = tmp_path / "mapping.toml"
    path.write_bytes(b"\xef\xbb\xbf" + written(mapping).replace("\n", "\r\n").encode())
    assert mapping == read_mapping(path)


def test_what_an_edit_leaves_out_is_as_proposed() -> None:
    """Things that came later are moved too; what the edit has taken is not taken twice."""
    edited = Mapping(fields=[FieldRule(1, "A", "b", "A")], tags=[TagRule(9, "Gold", "VIP")])
    proposal = Proposal([], own=edited)
    whole = proposal.mapping(fields("A", "B"), [Tag(id=1, name="vip")], [])
    assert ["b", "b_2"] == [rule.slug for rule in whole.fields]
    assert [TagRule(9, "Gold", "VIP"), TagRule(1, "vip", "VIP")] == whole.tags
    assert [
        'field "B" goes into "b_2", as "b" is taken',
        'tag "Gold" and tag "vip" become one tag, "VIP"',
    ] == proposal.notes
