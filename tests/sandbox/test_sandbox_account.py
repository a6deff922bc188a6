"""The rules of the account, one by one, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from systeme_async.testing import Account
from systeme_async.testing.call import Answer, Call, Refusal

JANE = "jane@example.com"


@pytest.fixture
def account() -> Account:
    """Open an account with Jane, who is a VIP from Paris."""
    account = Account()
    account.add_contact(JANE, {"first_name": "Jane", "city": "Paris"}, ["VIP"])
    return account


def value(answer: Answer) -> dict[str, Any]:
    """Return the object that was answered."""
    return cast("dict[str, Any]", answer.value)


def post(**body: object) -> Call:
    """Return a call that sends these properties."""
    return Call(body=body)


def on(contact: int, **body: object) -> Call:
    """Return a call that concerns one contact."""
    return Call({"contact": str(contact)}, body=body)


def on_tag(tag: int, **body: object) -> Call:
    """Return a call that concerns one tag."""
    return Call({"tag": str(tag)}, body=body)


def search(**query: str) -> Call:
    """Return a call with this query."""
    return Call(query=query)


def emails(account: Account, **query: str) -> list[str]:
    """Return the addresses on one page."""
    return [item["email"] for item in value(account.list_contacts(search(**query)))["items"]]


def refused(excinfo: pytest.ExceptionInfo[Refusal]) -> tuple[int, str]:
    """Return status and words of a refusal."""
    return excinfo.value.status, excinfo.value.detail


def test_a_new_contact_is_answered_whole() -> None:
    """A creation answers every property of the API, with labels and without tags."""
    account = Account()
    call = Call(
        body={
            "email": "Jo@Example.com",
            "locale": "fr",
            "fields": [{"slug": "surname", "value": "Doe"}],
            "firstName": "ignored",
        },
        at=datetime(2026, 5, 1, 12, 0, 0, 999_999, tzinfo=UTC),
    )
    answer = account.create_contact(call)
    assert answer == Answer(
        201,
        {
            "id": 1001,
            "email": "Jo@Example.com",
            "registeredAt": "2026-05-01T12:00:00+00:00",
            "locale": "fr",
            "sourceURL": None,
            "unsubscribed": False,
            "bounced": False,
            "needsConfirmation": False,
            "fields": [{"fieldName": "Surname", "slug": "surname", "value": "Doe"}],
            "tags": [],
        },
    )


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "email: This value should not be blank."),
        ({"email": JANE.upper()}, "email: This value is already used."),
        ({"email": "jane"}, "email: This value is not a valid email address."),
        ({"email": "jane@localhost"}, "email: This value is not a valid email address."),
        ({"email": "a@dead.invalid"}, "email: The domain of this email address has no MX record."),
        ({"email": "a@gone.com"}, "email: The domain of this email address has no MX record."),
        (
            {"email": f"{'a' * 250}@b.com"},
            "email: This value is too long. It should have 255 characters or less.",
        ),
        (
            {"email": "a@b.com", "locale": "ja"},
            "locale: The value you selected is not a valid choice.",
        ),
        (
            {"email": "a@b.com", "fields": [{"slug": "last_name", "value": "Doe"}]},
            'fields[0].slug: Contact field with slug "last_name" not found.',
        ),
        (
            {"email": "a@b.com", "fields": [{"value": "Doe"}]},
            "fields[0].slug: This value should not be blank.",
        ),
        (
            {"email": "a@b.com", "fields": [{"slug": "city", "value": "x" * 256}]},
            "fields[0].value: This value is too long. It should have 255 characters or less.",
        ),
        (
            {"email": "a@b.com", "fields": [{"slug": "country", "value": "UK"}]},
            "fields[0].value: This value is not a valid country.",
        ),
        (
            {"email": "a@b", "locale": "xx"},
            (
                "email: This value is not a valid email address.\n"
                "locale: The value you selected is not a valid choice."
            ),
        ),
    ],
)
def test_a_wrong_contact_is_refused_whole(
    account: Account, body: dict[str, object], detail: str
) -> None:
    """A 422 names every wrong property, and nothing is kept."""
    account.dead_domains.add("gone.com")
    with pytest.raises(Refusal) as excinfo:
        account.create_contact(post(**body))
    assert refused(excinfo) == (422, detail)
    assert [f"{one.path}: {one.message}" for one in excinfo.value.complaints] == detail.split("\n")
    assert (len(account.contacts), account.effects) == (1, [])


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"email": 5},
        {"email": JANE, "fields": {}},
        {"email": JANE, "fields": ["city"]},
        {"email": JANE, "fields": [{"slug": "city", "value": 5}]},
    ],
)
def test_a_wrong_type_is_a_bad_request(account: Account, body: object) -> None:
    """What is no object, or has a property of another type, is a 400."""
    with pytest.raises(Refusal) as excinfo:
        account.create_contact(Call(body=body))
    assert excinfo.value.status == 400


def test_an_update_changes_only_what_was_sent(account: Account) -> None:
    """Fields are merged by slug, null clears one, and an address cannot be changed."""
    fields = [{"slug": "city", "value": None}, {"slug": "country", "value": "FR"}]
    answer = account.update_contact(on(1001, fields=fields, email="other@example.com"))
    assert answer.status == 200
    contact = account.contacts[1001]
    assert contact.fields == {"first_name": "Jane", "city": None, "country": "FR"}
    assert (contact.email, contact.locale) == (JANE, "en")


def test_a_refused_update_changes_nothing(account: Account) -> None:
    """One unknown slug spoils the whole request."""
    fields = [{"slug": "city", "value": "Rome"}, {"slug": "nope", "value": "x"}]
    with pytest.raises(Refusal):
        account.update_contact(on(1001, fields=fields, locale="fr"))
    assert account.contacts[1001].fields["city"] == "Paris"
    assert account.contacts[1001].locale == "en"


def test_a_deleted_contact_is_gone(account: Account) -> None:
    """It is a 404 from then on, and its address is free for another id."""
    assert account.delete_contact(on(1001)) == Answer(204)
    with pytest.raises(Refusal) as excinfo:
        account.get_contact(on(1001))
    assert refused(excinfo) == (404, "Not Found")
    assert account.add_contact(JANE).id == 1002


@pytest.mark.parametrize("segment", ["x", "-1", "1.0", "", "9" * 30, "٣"])
def test_an_id_that_is_no_number_is_not_found(account: Account, segment: str) -> None:
    """A path with a strange id is a 404, never a failure."""
    with pytest.raises(Refusal) as excinfo:
        account.get_contact(Call({"contact": segment}))
    assert excinfo.value.status == 404


def test_a_tag_is_assigned_once(account: Account) -> None:
    """The second time is refused, in other words than an unknown tag."""
    account.add_tag("New")
    assert account.assign_tag(on(1001, tagId=2)) == Answer(204)
    assert account.contacts[1001].tags == [1, 2]
    with pytest.raises(Refusal) as again:
        account.assign_tag(on(1001, tagId=2))
    assert refused(again) == (422, "tagId: Tag already assigned to this contact.")
    with pytest.raises(Refusal) as unknown:
        account.assign_tag(on(1001, tagId=9))
    assert refused(unknown) == (422, "tagId: Tag with ID 9 not found.")


@pytest.mark.parametrize(
    ("contact", "body", "status"),
    [
        (7, {"tagId": 1}, 404),
        (1001, {}, 422),
        (1001, {"tagId": "1"}, 400),
        (1001, {"tagId": True}, 400),
    ],
)
def test_a_wrong_assignment_is_refused(
    account: Account, contact: int, body: dict[str, object], status: int
) -> None:
    """An unknown contact is a 404, a missing tag a 422, a tag of another type a 400."""
    with pytest.raises(Refusal) as excinfo:
        account.assign_tag(on(contact, **body))
    assert excinfo.value.status == status


def test_a_tag_is_removed_once(account: Account) -> None:
    """Whoever does not have the tag, or no longer, is a 404."""
    call = Call({"contact": "1001", "tag": "1"})
    assert account.remove_tag(call) == Answer(204)
    with pytest.raises(Refusal) as excinfo:
        account.remove_tag(call)
    assert excinfo.value.status == 404


def test_a_deleted_tag_is_taken_off_everybody(account: Account) -> None:
    """Contacts lose it, and its name is free again."""
    assert account.delete_tag(on_tag(1)) == Answer(204)
    assert account.contacts[1001].tags == []
    assert account.add_tag("VIP").id == 2


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("VIP", "name: This value is already used."),
        ("", "name: This value should not be blank."),
        (None, "name: This value should not be blank."),
        ("x" * 65, "name: This value is too long. It should have 64 characters or less."),
    ],
)
def test_a_wrong_tag_is_refused(account: Account, name: str | None, detail: str) -> None:
    """Names are unique, not blank and at most 64 characters, on creation and on renaming."""
    account.add_tag("Other")
    with pytest.raises(Refusal) as creating:
        account.create_tag(post(name=name))
    with pytest.raises(Refusal) as renaming:
        account.rename_tag(on_tag(2, name=name))
    assert refused(creating) == refused(renaming) == (422, detail)


def test_names_of_tags_are_exact(account: Account) -> None:
    """Another case is another tag; a tag may be renamed to what it is called already."""
    assert account.create_tag(post(name="vip")).status == 201
    assert account.rename_tag(on_tag(1, name="VIP")).status == 200
    assert account.rename_tag(on_tag(1, name="Gold")).status == 200
    assert account.add_tag("VIP").id == 3


def test_a_search_for_tags_finds_parts_in_any_case(account: Account) -> None:
    """`query` is a substring, so that the client has to look closer."""
    account.add_tag("Not so vip at all")
    account.add_tag("Other")
    found = value(account.list_tags(search(query="vIp", order="asc")))
    assert [tag["name"] for tag in found["items"]] == ["VIP", "Not so vip at all"]
    assert found["hasMore"] is False


@pytest.mark.parametrize("status", [403, 422])
def test_the_plan_limits_tags_and_contacts(status: int) -> None:
    """Beyond the plan a creation is refused in words that name the cure."""
    account = Account(max_tags=1, max_contacts=1, plan_limit_status=status)
    account.add_contact(JANE, tags=["VIP"])
    for create, body in [
        (account.create_tag, {"name": "New"}),
        (account.create_contact, {"email": "new@example.com"}),
    ]:
        with pytest.raises(Refusal, match="upgrade your plan") as excinfo:
            create(post(**body))
        assert excinfo.value.status == status


def test_the_built_in_fields_are_there(account: Account) -> None:
    """A new account has the ten fields of the API, on one page without a cursor."""
    page = value(account.list_contact_fields(Call()))
    slugs = [field["slug"] for field in page["items"]]
    assert slugs == [
        "first_name", "surname", "phone_number", "country", "company_name",
        "postcode", "street_address", "city", "state", "tax_number",
    ]  # fmt: skip
    assert page["hasMore"] is False


def test_a_field_lives_and_dies(account: Account) -> None:
    """It is created, filled, renamed and deleted, and takes its values with it."""
    created = account.create_contact_field(post(fieldName="Shoe size", slug="shoe"))
    assert created == Answer(201, {"slug": "shoe", "fieldName": "Shoe size"})
    account.update_contact(on(1001, fields=[{"slug": "shoe", "value": "44"}]))
    renamed = account.rename_contact_field(Call({"slug": "shoe"}, body={"fieldName": "Size"}))
    assert renamed == Answer(200, {"slug": "shoe", "fieldName": "Size"})
    assert account.delete_contact_field(Call({"slug": "shoe"})) == Answer(204)
    assert "shoe" not in account.contacts[1001].fields


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"fieldName": "A", "slug": "no-dash"}, "slug"),
        ({"fieldName": "A", "slug": "größe"}, "slug"),
        ({"fieldName": "A"}, "slug"),
        ({"fieldName": "A", "slug": "city"}, "slug"),
        ({"fieldName": "", "slug": "a"}, "fieldName"),
        ({"fieldName": "x" * 256, "slug": "a"}, "fieldName"),
    ],
)
def test_a_wrong_field_is_refused(account: Account, body: dict[str, object], path: str) -> None:
    """Slugs are unique words of ASCII, labels are given and at most 255 characters."""
    with pytest.raises(Refusal) as excinfo:
        account.create_contact_field(post(**body))
    assert [one.path for one in excinfo.value.complaints] == [path]


def test_built_in_fields_stay(account: Account) -> None:
    """They cannot be deleted; an unknown one is a 404."""
    for slug, status in [("city", 422), ("nope", 404)]:
        with pytest.raises(Refusal) as excinfo:
            account.delete_contact_field(Call({"slug": slug}))
        assert excinfo.value.status == status


def test_listings_filter(account: Account) -> None:
    """Every filter narrows, and all that are given must hold."""
    bob = account.add_contact("bob@example.com", tags=["VIP", "New"])
    bob.registered_at = datetime(2026, 3, 1, tzinfo=UTC)
    bob.unsubscribed = True
    assert emails(account) == ["bob@example.com", JANE]
    assert emails(account, order="asc") == [JANE, "bob@example.com"]
    assert emails(account, email="BOB@example.com") == ["bob@example.com"]
    assert emails(account, email="eve@example.com") == []
    assert emails(account, tags="1") == ["bob@example.com", JANE]
    assert emails(account, tags="1,2") == ["bob@example.com"]
    assert emails(account, tags="1,99") == []
    assert emails(account, registeredAfter="2026-02-01T00:00:00Z") == ["bob@example.com"]
    assert emails(account, registeredBefore="2026-02-01T00:00:00+00:00") == [JANE]
    assert emails(account, unsubscribed="true") == ["bob@example.com"]
    assert emails(account, unsubscribed="false", bounced="false") == [JANE]
    assert emails(account, needsConfirmation="true") == []
    assert emails(account, email=JANE, tags="2") == []
    assert emails(account, page="2") == ["bob@example.com", JANE]


def test_a_search_by_email_obeys_the_cursor(account: Account) -> None:
    """Whoever lies before the cursor is not on the page, found by address or not."""
    assert emails(account, email=JANE, startingAfter="1002") == [JANE]
    assert emails(account, email=JANE, startingAfter="1001") == []
    assert emails(account, email=JANE, startingAfter="1000", order="asc") == [JANE]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"limit": "9"}, "pagination.limit"),
        ({"limit": "101"}, "pagination.limit"),
        ({"limit": "x"}, "pagination.limit"),
        ({"startingAfter": "0"}, "pagination.startingAfter"),
        ({"startingAfter": "-5"}, "pagination.startingAfter"),
        ({"order": "up"}, "pagination.order"),
        ({"email": "jane"}, "email"),
        ({"tags": "1,x"}, "tags"),
        ({"registeredAfter": "yesterday"}, "registeredAfter"),
        ({"registeredBefore": "2026-01-01T00:00:00 00:00"}, "registeredBefore"),
        ({"bounced": "maybe"}, "bounced"),
    ],
)
def test_a_wrong_filter_is_refused(account: Account, query: dict[str, str], path: str) -> None:
    """What cannot be read is refused, not clamped and not ignored."""
    with pytest.raises(Refusal) as excinfo:
        account.list_contacts(Call(query=query))
    assert (excinfo.value.status, [one.path for one in excinfo.value.complaints]) == (422, [path])


def test_a_wrong_page_size_is_refused_in_the_words_of_the_api(account: Account) -> None:
    """Clients tell this refusal from others by its text."""
    with pytest.raises(Refusal) as excinfo:
        account.list_tags(search(limit="200"))
    detail = "pagination.limit: Wrong value of pagination limit parameter"
    assert refused(excinfo) == (422, detail)


def test_pages_follow_each_other(account: Account) -> None:
    """Ten a page unless asked otherwise, each from the last id on, until there is no more."""
    for number in range(24):
        account.add_contact(f"p{number}@example.com")
    sizes, cursor = list[int](), dict[str, str]()
    while True:
        page = value(account.list_contacts(Call(query=cursor)))
        sizes.append(len(page["items"]))
        if not page["hasMore"]:
            break
        cursor = {"startingAfter": str(page["items"][-1]["id"])}
    assert sizes == [10, 10, 5]


def test_a_page_of_a_large_account_touches_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 20,000 contacts a page in the middle costs what it holds, and no more."""
    account = Account()
    for number in range(20_000):
        account.add_contact(f"p{number}@example.com")
    looked_at = list[int]()

    def out(contact: Any) -> dict[str, object]:
        looked_at.append(contact.id)
        return {"id": contact.id}

    monkeypatch.setattr(account, "_contact_out", out)
    account.list_contacts(search(limit="100", startingAfter="11001"))
    assert looked_at == list(range(11_000, 10_900, -1))


def test_effects_tell_what_requests_did(account: Account) -> None:
    """Each change is noted with its target; what the test prepared is not."""
    account.create_contact(post(email="new@example.com"))
    account.assign_tag(on(1002, tagId=1))
    account.get_contact(on(1002))
    account.delete_contact(on(1002))
    assert account.effects == [
        ("created contact", "1002"),
        ("assigned tag", "1 to contact 1002"),
        ("deleted contact", "1002"),
    ]
