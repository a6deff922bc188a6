"""How all the other resources and Maton are used, for type checkers alone: never executed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, assert_never, assert_type

from systeme_async import (
    Campaign,
    CampaignStep,
    Community,
    Connection,
    Contact,
    Course,
    CourseModule,
    Enrollment,
    EventSubscription,
    Funnel,
    FunnelStep,
    Lane,
    Maton,
    Membership,
    Newsletter,
    NewsletterContent,
    NewsletterState,
    Pager,
    PricePlan,
    Quota,
    RecurringOptions,
    Secret,
    Subscription,
    Systeme,
    WebhookRegistration,
)
from systeme_async.integrations.otel import instrument
from systeme_async.maton.connections import Connections
from systeme_async.observing import (
    AttemptEnded,
    CallEnded,
    CallStarted,
    FailureKind,
    Observation,
    ObservedCall,
    Observer,
    Paused,
)

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider


async def school(systeme: Systeme) -> None:
    assert_type(systeme.courses.list(), Pager[Course])
    assert_type(
        systeme.courses.list(query="x", active=True, order="asc", limit=10, starting_after=1),
        Pager[Course],
    )
    assert_type(systeme.courses.modules(1), Pager[CourseModule])
    assert_type(systeme.enrollments.list(course=1, contact=2), Pager[Enrollment])
    assert_type(await systeme.enrollments.create(1, 2), Enrollment)
    assert_type(
        await systeme.enrollments.create(1, 2, access_type="partial_access", modules={3}),
        Enrollment,
    )
    assert_type(await systeme.enrollments.delete(1), None)
    assert_type(systeme.communities.list(query="x"), Pager[Community])
    assert_type(systeme.memberships.list(community=1, contact=2), Pager[Membership])
    assert_type(await systeme.memberships.create(1, 2), None)
    assert_type(await systeme.memberships.create(1, 2, wait=None), None)
    assert_type(await systeme.memberships.create(1, 2, wait=30), Membership)
    assert_type(await systeme.memberships.delete(1), None)


async def payments(systeme: Systeme) -> None:
    assert_type(systeme.subscriptions.list(1), Pager[Subscription])
    assert_type(await systeme.subscriptions.cancel(1), None)
    assert_type(await systeme.subscriptions.cancel(1, "Now"), None)
    assert_type(await systeme.subscriptions.cancel(1, when="WhenBillingPeriodEnds"), None)


async def webhooks(systeme: Systeme) -> None:
    assert_type(systeme.webhooks.list(), Pager[WebhookRegistration])
    assert_type(await systeme.webhooks.get("x"), WebhookRegistration)
    assert_type(
        await systeme.webhooks.create(
            "name", "https://example.com", "s3cret", ["SALE_NEW", ("SALE_NEW", 2)], active=False
        ),
        WebhookRegistration,
    )
    await systeme.webhooks.create("name", "https://example.com", Secret("x"), {"SALE_NEW"})
    assert_type(await systeme.webhooks.update("x", name="y", active=True), WebhookRegistration)
    assert_type(await systeme.webhooks.update("x", secret="y", events=["x"]), WebhookRegistration)
    assert_type(await systeme.webhooks.delete("x"), None)


async def marketing(systeme: Systeme) -> None:
    assert_type(systeme.funnels.list(query="x"), Pager[Funnel])
    assert_type(await systeme.funnels.get(1), Funnel)
    assert_type(await systeme.funnels.create("x"), Funnel)
    assert_type(systeme.funnels.steps(1), Pager[FunnelStep])
    assert_type(await systeme.funnels.get_step(1), FunnelStep)
    assert_type(systeme.campaigns.list(), Pager[Campaign])
    assert_type(await systeme.campaigns.get(1), Campaign)
    assert_type(await systeme.campaigns.create("x", sender_email=None), Campaign)
    assert_type(await systeme.campaigns.update(1, description="x"), Campaign)
    assert_type(await systeme.campaigns.delete(1), None)
    assert_type(systeme.campaigns.steps(1), Pager[CampaignStep])
    assert_type(systeme.newsletters.list(), Pager[Newsletter])
    assert_type(await systeme.newsletters.get(1), Newsletter)
    assert_type(await systeme.newsletters.create("x", editor_type="visual"), Newsletter)
    assert_type(await systeme.newsletters.update(1, subject="x", sender_name=None), Newsletter)
    assert_type(await systeme.newsletters.send(1), None)
    assert_type(await systeme.newsletters.include_tags(1, [2]), None)
    assert_type(await systeme.newsletters.exclude_tags(1, {2}), None)


async def maton(client: Maton) -> None:
    Maton(api_key="…", base_url="https://api.maton.ai", control_url=None, timeout=3)
    via = Systeme.via_maton(
        api_key="…",
        connection="…",
        base_url=None,
        control_url="https://ctrl.maton.ai",
        quota=Quota(60),
        deadline=None,
    )
    assert_type(via, Systeme)
    async with client as opened:
        assert_type(opened, Maton)
    assert_type(client.with_options(timeout=3), Maton)
    assert_type(client.connections, Connections)
    assert_type(client.connections.list(app="systeme", status="ACTIVE"), Pager[Connection])
    assert_type(await client.connections.get("x"), Connection)
    assert_type(await client.connections.create("systeme"), Connection)
    assert_type(await client.connections.delete("x"), None)
    assert_type(await client.connections.wait_until_active("x", timeout=30), Connection)


def school_models(course: Course, enrollment: Enrollment, membership: Membership) -> None:
    assert_type(course.id, int)
    assert_type(course.modules, list[CourseModule])
    assert_type(enrollment.access_type, str | None)
    assert_type(enrollment.course, Course | None)
    assert_type(enrollment.contact, Contact | None)
    assert_type(membership.community, Community | None)
    assert_type(membership.contact, Contact | None)


def other_models(
    subscription: Subscription,
    registration: WebhookRegistration,
    newsletter: Newsletter,
    connection: Connection,
) -> None:
    assert_type(subscription.price_plan, PricePlan | None)
    if subscription.price_plan is not None:
        assert_type(subscription.price_plan.amount, int | None)
        assert_type(subscription.price_plan.recurring_options, RecurringOptions | None)
    assert_type(registration.id, str)
    assert_type(registration.subscriptions, list[EventSubscription])
    assert_type(newsletter.content, NewsletterContent)
    assert_type(newsletter.state, NewsletterState)
    assert_type(connection.id, str)
    assert_type(connection.url, str | None)
    assert_type(connection.status, str | None)
    assert_type(connection.created_at, datetime | None)
    assert_type(connection.updated_at, datetime | None)


def observer(observation: Observation) -> None:
    assert_type(observation.call, ObservedCall)
    assert_type(observation.call.template, str)
    assert_type(observation.call.lane, Lane)
    match observation:
        case CallStarted():
            pass
        case AttemptEnded():
            assert_type(observation.status, int | None)
            assert_type(observation.failure, FailureKind | None)
            assert_type(observation.retry_in, float | None)
            assert_type(observation.throttled, bool)
        case Paused():
            assert_type(observation.until, datetime)
        case CallEnded(error=error):
            assert_type(error, type[BaseException] | None)
        case _:
            assert_never(observation)


def observers(meters: MeterProvider, tracers: TracerProvider) -> None:
    assert_type(instrument(), Observer)
    telemetry = instrument(meters, tracers, attributes={"account": "north"})
    seen: list[Observation] = []
    Systeme(observers=[observer, telemetry, seen.append, print])
    Maton(observers=(observer,))
    Systeme.via_maton(observers=[])


async def awaited(_: Observation) -> None: ...


async def what_is_refused(systeme: Systeme) -> None:
    """Each line here is an error to a type checker; a line that is none is reported."""
    await systeme.enrollments.create(1, 2, access_type="some")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await systeme.subscriptions.cancel(1, "later")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await systeme.webhooks.create("a", "b", b"c", [])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await systeme.newsletters.create("x", body="y")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Systeme(observers=[awaited])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    Systeme(observers=observer)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Systeme.via_maton(colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
