"""Which events of an account a webhook is told of. https://docs.x.com/x-api/activity/introduction"""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from local.sandboxes.clock import spell
from local.sandboxes.x.problems import forbidden, invalid
from local.sandboxes.x.state import Account, Frozen, State, Subscription

EVENTS = frozenset(
    {
        "post.create",
        "post.delete",
        "post.mention.create",
        "post.reply.create",
        "post.quote.create",
        "post.repost.create",
        "like.create",
        "dm.received",
        "dm.sent",
        "follow.follow",
    }
)


class Filter(Frozen):
    user_id: str


class Asked(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid")

    event_type: str
    filter: Filter
    tag: str = Field(default="", max_length=200)
    webhook_id: str = Field(pattern=r"^[0-9]{1,19}$")


def subscribe(state: State, account: Account, given: Any, now: datetime) -> Subscription:
    try:
        asked = Asked.model_validate(given)
    except ValidationError:
        raise invalid("One or more parameters to your request was invalid.") from None
    if asked.event_type not in EVENTS:
        raise invalid(f"The `event_type` [{asked.event_type}] is not one of […]")
    if asked.webhook_id not in state.settings.webhooks:
        raise invalid("The `webhook_id` is not one of your app's webhooks.")
    if asked.filter.user_id != account.id:  # ours are all asked for with their owner's own token
        raise forbidden("You are not permitted to perform this action.")
    same = (asked.event_type, asked.filter.user_id)
    if any((each.event_type, each.user_id) == same for each in state.subscriptions):
        raise invalid("A subscription with this event_type and filter already exists.")
    made = Subscription(
        id=state.new_id(now),
        event_type=asked.event_type,
        user_id=account.id,
        tag=asked.tag,
        webhook_id=asked.webhook_id,
        created_at=now,
    )
    state.subscriptions.append(made)
    return made


def told(made: Subscription) -> dict[str, Any]:
    subscription = {
        "subscription_id": made.id,
        "event_type": made.event_type,
        "filter": {"user_id": made.user_id},
        "tag": made.tag,
        "webhook_id": made.webhook_id,
        "created_at": spell(made.created_at),
        "updated_at": spell(made.created_at),
    }
    return {"data": {"subscription": subscription}, "meta": {"total_subscriptions": 1}}
