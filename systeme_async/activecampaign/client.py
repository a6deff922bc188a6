"""The client of ActiveCampaign: natively or through Maton's gateway, it holds the resources."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self, Unpack, cast
from urllib.parse import urlsplit

import msgspec

from .._core.destination import Destination
from .._core.endpoint import JSON
from .._core.secret import Secret
from .._core.source import activecampaign_or_maton, always
from ..client import Client, ClientOptions, Settings, headers_with
from ..errors import ConfigurationError
from ..options import Lane, Quota
from ..origin import checked_url
from .resources.accounts import Accounts
from .resources.automations import Automations
from .resources.bulk_imports import BulkImports
from .resources.campaigns import Campaigns
from .resources.contacts import Contacts
from .resources.deal_groups import DealGroups
from .resources.deal_stages import DealStages
from .resources.deals import Deals
from .resources.field_values import FieldValues
from .resources.fields import Fields
from .resources.lists import Lists
from .resources.notes import Notes
from .resources.tags import Tags
from .resources.users import Users
from .resources.webhooks import Webhooks

if TYPE_CHECKING:
    from .._core.caller import Caller

URL_VARIABLE: Final = "ACTIVECAMPAIGN_URL"
KEY_VARIABLE: Final = "ACTIVECAMPAIGN_API_KEY"
KEY_PLACE: Final = "Settings → Developer"
OFFICIAL_DOMAIN: Final = ".api-us1.com"
"""Where accounts are; others may be elsewhere, and their url has to be given with the key."""
APP: Final = "active-campaign"
"""What Maton calls ActiveCampaign."""
_API_PATH: Final = "/api/3"
_SUCH_AS: Final = "https://acme.api-us1.com"
QUOTA: Final = Quota(5, per=1.0)
"""What every account may spend, on every plan, with all its keys together."""


class ActiveCampaign(Client):
    """An account at ActiveCampaign.

    Use it in `async with`, or call `aclose()` in the end. It opens itself in the event loop of
    its first call and stays with that loop. All tasks may share it, and should: the account
    takes five requests a second from all its integrations together, and one client keeps that.

    Args:
        url: the "API URL" of Settings → Developer, such as https://acme.api-us1.com; from
            ACTIVECAMPAIGN_URL unless given.
        api_key: the key beside it; from ACTIVECAMPAIGN_API_KEY unless given, which goes to the
            url of the environment and to official hosts alone.
        options: as every client takes them; `quota` is five requests a second unless given.

    Raises:
        ConfigurationError: a setting can't work.
    """

    _patched_as = JSON

    contacts: Contacts
    bulk_imports: BulkImports
    tags: Tags
    fields: Fields
    field_values: FieldValues
    lists: Lists
    deals: Deals
    deal_stages: DealStages
    deal_groups: DealGroups
    automations: Automations
    campaigns: Campaigns
    users: Users
    accounts: Accounts
    notes: Notes
    webhooks: Webhooks

    def __init__(
        self,
        *,
        url: str | None = None,
        api_key: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        key = None if api_key is None else Secret(api_key)
        del api_key  # An error raised from here on must not show it among its frame's locals.
        origin = account_url(url)
        settings = Settings(**options)
        key = _key_for(origin, given=key, own_url=url is None)
        headers = headers_with({"Api-Token": key.reveal()})
        home = Destination(origin, key, headers, always("activecampaign"), "activecampaign")
        self._set_out(home, _with_quota(settings))

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

        Two limits are kept: Maton's ten requests a second and the account's own five. The
        connection is looked up once unless given, and pinned in every request.

        Args:
            api_key: a key of Maton; from MATON_API_KEY unless given.
            connection: the id of the connection to the account; needed where several are active.
            base_url: another gateway, and with it another control plane unless that is given.
            control_url: another control plane. MATON_API_URL in the environment sets both.
            options: as every client takes them.

        Raises:
            ConfigurationError: a setting can't work.
        """
        from ..maton.gateway import destination_through  # noqa: PLC0415 - most go there directly

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
            source_of=activecampaign_or_maton,
            home="activecampaign",
            options=replace(settings.call_options, deadline=None, max_wait=None),
            observers=settings.observers,
        )
        client._set_out(destination, _with_quota(settings))
        return client

    @property
    def bulk_caller(self) -> Caller:
        """What sends for jobs, in the lane behind single calls; not for users of the library."""
        options = replace(self._caller.options, lane=Lane.BULK, deadline=None, max_wait=None)
        return self._caller.with_options(options)

    def _travel_with(self, caller: Caller) -> None:
        super()._travel_with(caller)
        self.contacts = Contacts(caller)
        self.bulk_imports = BulkImports(
            caller, f"{caller.session.base_url} {caller.session.account}"
        )
        self.tags = Tags(caller)
        self.fields = Fields(caller)
        self.field_values = FieldValues(caller)
        self.lists = Lists(caller)
        self.deals = Deals(caller)
        self.deal_stages = DealStages(caller)
        self.deal_groups = DealGroups(caller)
        self.automations = Automations(caller)
        self.campaigns = Campaigns(caller)
        self.users = Users(caller)
        self.accounts = Accounts(caller)
        self.notes = Notes(caller)
        self.webhooks = Webhooks(caller)


def account_url(given: str | None) -> str:
    """Return the origin of an account, as people find it, with or without the path of the API.

    Raises `ConfigurationError` where there is none.
    """
    url = os.environ.get(URL_VARIABLE, "") if given is None else given
    if not url:
        msg = f"no url: pass url=…, or set {URL_VARIABLE} ({KEY_PLACE}: API URL)"
        raise ConfigurationError(msg)
    if not isinstance(cast("object", url), str):
        msg = f"url={url!r}: give the API URL as a text ({KEY_PLACE}: API URL)"
        raise ConfigurationError(msg)
    checked = checked_url(url, what="url", such_as=_SUCH_AS)
    path = urlsplit(checked).path
    if path not in {"", _API_PATH}:
        msg = (
            f"url={url!r} has the path {path}: give the API URL of {KEY_PLACE}, such as "
            f"{_SUCH_AS}, with {_API_PATH} behind it or with nothing"
        )
        raise ConfigurationError(msg)
    return checked.removesuffix(_API_PATH)


def _key_for(url: str, *, given: Secret | None, own_url: bool) -> Secret:
    """Return the key for an account; the environment's goes nowhere but where it belongs."""
    key, name = given, "api_key"
    if key is None:
        host = urlsplit(url).hostname or ""
        if not (own_url or host.endswith(OFFICIAL_DOMAIN)):
            msg = (
                f"{url} needs api_key=…, or the address in {URL_VARIABLE}: a key from the "
                "environment goes to official hosts alone, and to the address beside it"
            )
            raise ConfigurationError(msg)
        key, name = Secret(os.environ.get(KEY_VARIABLE, "")), KEY_VARIABLE
    if key == Secret(""):
        msg = f"no key: pass api_key=…, or set {KEY_VARIABLE} ({KEY_PLACE}: API Key)"
        raise ConfigurationError(msg)
    key.check(name)
    return key


def _with_quota(settings: Settings) -> Settings:
    if settings.quota is not None:
        return settings
    return msgspec.structs.replace(settings, quota=QUOTA)
