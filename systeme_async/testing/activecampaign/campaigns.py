"""The campaigns and the users of the account, which are only looked at. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import Answer, Refusal
from .filters import Filter, filtered
from .finding import found
from .listing import listing
from .views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..call import Call
    from .records import HeldCampaign, HeldUser

FILTERS: Final[Mapping[str, Filter[HeldCampaign]]] = {
    "seriesid": Filter(lambda one: one.automation),
    "name": Filter(lambda one: one.name, "contains"),
}
ORDERS: Final[Mapping[str, Callable[[HeldCampaign], object]]] = {
    "sdate": lambda one: one.sent_at or one.created_at,
    "ldate": lambda one: one.sent_at or one.created_at,
}
COUNTERS: Final = (
    *("hardbounces", "softbounces", "unsubscribes", "forwards", "replies", "updates"),
    *("socialshares", "uniqueforwards", "uniquereplies", "uniqueupdates", "unsubreasons"),
    *("verified_opens", "verified_unique_opens", "subscriberclicks", "uniquelinkclicks"),
)
"""Some of the hundred that travel as texts."""


class CampaignEndpoints(Views):
    """Campaigns."""

    def list_campaigns(self, call: Call) -> Answer:
        """Answer one page of the campaigns."""
        matching = filtered(self.campaigns.values(), call.query, FILTERS, self.zone)
        return listing(call, "campaigns", matching, self._campaign_out, orders=ORDERS)

    def get_campaign(self, call: Call) -> Answer:
        """Answer one campaign."""
        campaign = found(self.campaigns, call.id("campaign"), "Campaign")
        return Answer(200, {"campaign": self._campaign_out(campaign)})

    def _campaign_out(self, campaign: HeldCampaign) -> dict[str, object]:
        return {
            "type": campaign.type,
            "userid": "1",
            "segmentid": "0",
            "seriesid": None if campaign.automation is None else str(campaign.automation),
            "name": campaign.name,
            "cdate": self._stamp(campaign.created_at),
            "mdate": self._stamp(campaign.created_at),
            "sdate": self._stamp(campaign.sent_at),
            "ldate": self._stamp(campaign.sent_at),
            "status": str(campaign.status),
            "public": "1",
            "send_amt": str(campaign.send_amount),
            "total_amt": str(campaign.send_amount),
            "opens": str(campaign.opens),
            "uniqueopens": str(campaign.unique_opens),
            "linkclicks": str(campaign.link_clicks),
            **dict.fromkeys(COUNTERS, "0"),
            "links": [],
            "id": str(campaign.id),
        }


class UserEndpoints(Views):
    """Users; the first one's is the key."""

    def list_users(self, call: Call) -> Answer:
        """Answer one page of the users."""
        return listing(call, "users", self.users.values(), user_out)

    def get_user(self, call: Call) -> Answer:
        """Answer one user."""
        user = found(self.users, call.id("user"), "User")
        return Answer(200, {"user": user_out(user)})

    def get_user_by_email(self, call: Call) -> Answer:
        """Answer the user with an address, in any case."""
        email = call.segments["email"].lower()
        user = next((one for one in self.users.values() if one.email.lower() == email), None)
        if user is None:
            detail = f"No Result found for User with email {email}"
            raise Refusal(404, detail)
        return Answer(200, {"user": user_out(user)})

    def get_me(self, call: Call) -> Answer:
        """Answer the user whose key it is."""
        del call
        return Answer(200, {"user": user_out(min(self.users.values(), key=lambda one: one.id))})


def user_out(user: HeldUser) -> dict[str, object]:
    """Return a user as it travels."""
    return {
        "username": user.username,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "phone": user.phone,
        "signature": None,
        "lang": "english",
        "localZoneid": "America/Chicago",
        "links": [],
        "id": str(user.id),
    }
