"""The client of Systeme.io: natively or through Maton's gateway, it holds the resources."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self, Unpack

from ._core.destination import Destination
from ._core.secret import Secret
from ._core.source import always
from .client import Client, ClientOptions, Settings, headers_with, key_for
from .options import Lane
from .origin import checked_url
from .resources.campaigns import Campaigns
from .resources.communities import Communities
from .resources.contact_fields import ContactFields
from .resources.contacts import Contacts
from .resources.courses import Courses
from .resources.enrollments import Enrollments
from .resources.funnels import Funnels
from .resources.memberships import Memberships
from .resources.newsletters import Newsletters
from .resources.subscriptions import Subscriptions
from .resources.tags import Tags
from .resources.webhooks import Webhooks

if TYPE_CHECKING:
    from ._core.caller import Caller
    from .bulk import Bulk

OFFICIAL_URL: Final = "https://api.systeme.io"
KEY_VARIABLE: Final = "SYSTEME_API_KEY"
APP: Final = "systeme"
"""What Maton calls Systeme.io."""


class Systeme(Client):
    """An account at Systeme.io.

    Use it in `async with`, or call `aclose()` in the end. It opens itself in the event loop of
    its first call and stays with that loop. All tasks may share it, and should: the account's
    quota is one, and one client keeps it.

    Args:
        api_key: a public API key of the account; from SYSTEME_API_KEY unless given.
        base_url: another origin; https, or http on loopback. The key must then be given here.
        options: `quota`, `budget`, `timeout`, `max_wait`, `deadline`, `max_attempts`,
            `concurrency`, `validate` and `observers`, as every client takes them.

    Raises:
        ConfigurationError: a setting can't work.
    """

    campaigns: Campaigns
    communities: Communities
    contacts: Contacts
    contact_fields: ContactFields
    courses: Courses
    enrollments: Enrollments
    funnels: Funnels
    memberships: Memberships
    newsletters: Newsletters
    subscriptions: Subscriptions
    tags: Tags
    webhooks: Webhooks

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        key = None if api_key is None else Secret(api_key)
        del api_key  # An error raised from here on must not show it among its frame's locals.
        url = checked_url(OFFICIAL_URL if base_url is None else base_url)
        settings = Settings(**options)
        key = key_for([url], [OFFICIAL_URL], key, KEY_VARIABLE, "Settings → Public API keys")
        headers = headers_with({"X-API-Key": key.reveal()})
        self._set_out(Destination(url, key, headers, always("systeme")), settings)

    @classmethod
    def via_maton(
        cls,
        *,
        api_key: str | None = None,
        connection: str | None = None,
        base_url: str | None = None,
        control_url: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """Reach the account through Maton's gateway, which keeps its key.

        Two budgets are kept in series: Maton's ten requests a second and the account's own
        quota. The connection is looked up once unless given, and pinned in every request.

        Args:
            api_key: a key of Maton; from MATON_API_KEY unless given.
            connection: the id of the connection to the account; needed where several are active.
            base_url: another gateway, and with it another control plane unless that is given.
            control_url: another control plane. MATON_API_URL in the environment sets both.
            options: as every client takes them.

        Raises:
            ConfigurationError: a setting can't work.
        """
        from ._core.source import systeme_or_maton  # noqa: PLC0415 - most go there directly
        from .maton.gateway import destination_through  # noqa: PLC0415

        key = None if api_key is None else Secret(api_key)
        del api_key
        client = object.__new__(cls)
        settings = Settings(**options)
        destination = destination_through(
            APP,
            key,
            connection,
            base_url,
            control_url,
            source_of=systeme_or_maton,
            home="systeme",
            options=replace(settings.call_options, deadline=None, max_wait=None),
            observers=settings.observers,
        )
        client._set_out(destination, settings)
        return client

    def _travel_with(self, caller: Caller) -> None:
        super()._travel_with(caller)
        self.campaigns = Campaigns(caller)
        self.communities = Communities(caller)
        self.contacts = Contacts(caller)
        self.contact_fields = ContactFields(caller)
        self.courses = Courses(caller)
        self.enrollments = Enrollments(caller)
        self.funnels = Funnels(caller)
        self.memberships = Memberships(caller)
        self.newsletters = Newsletters(caller)
        self.subscriptions = Subscriptions(caller)
        self.tags = Tags(caller)
        self.webhooks = Webhooks(caller)

    @property
    def bulk(self) -> Bulk:
        """Jobs of many requests; they travel in the bulk lane, behind all single calls."""
        from .bulk import Bulk  # noqa: PLC0415 - most programs never open this door

        # A deadline is meant for a call that somebody waits for; a job runs for hours.
        options = replace(self._caller.options, lane=Lane.BULK, deadline=None, max_wait=None)
        return Bulk(self._caller.with_options(options))
