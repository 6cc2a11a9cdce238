"""Looking for a post whose commit's answer was lost, before anything is sent again.

A list that lacks a post proves little: it may lag behind. So a part is sent again only if two
lists, ten minutes apart and read in full back to the attempt, lack it, and the second shows
something that was published after the attempt: then the list has passed it. On a channel where
nothing newer is to be seen, a person is asked (docs/decisions/0009).

A post is adopted only if it was made after the attempt began and is no other delivery's. Whose a
post is, is a row of its own, written in the transaction that settles a delivery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.channels import Channel
from tellal.deliveries import MOVES, Delivery, State, Timing
from tellal.errors import AlreadyChanged, Duplicate
from tellal.platforms.protocol import FindsComment, FindsPost, FoundPost, PostList, Thread
from tellal.posts import PartKind, Remote
from tellal.publishing import outcomes
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.once import OnceStore
from tellal.stores.table import Write

CLOCKS_AGREE = timedelta(seconds=2)  # as far as that a post is taken for later than its attempt
CLOCKS_DIFFER = timedelta(minutes=5)  # at most; a twin in between is somebody's, perhaps ours

UNCLEAR = " One like it was there shortly before."
NOTHING_NEWER = " Two looks did not find it, but nothing newer is to be seen there either."


@dataclass(frozen=True, kw_only=True)
class Search:
    deliveries: DeliveryStore
    once: OnceStore
    timing: Timing

    def look(
        self,
        delivery: Delivery,
        number: int,
        channel: Channel,
        adapter: FindsPost,
        *,
        now: datetime,
    ) -> Delivery:
        """What a part in doubt is after a look. Raises the platform's PublishErrors.

        It is public (adopted), to be looked for again, for a person, or free to be sent again:
        then its doubt is gone.
        """
        part = delivery.parts[number]
        assert part.key_at is not None, "a doubt stands behind a fence"
        listed = _read_back(delivery, number, adapter, since=part.key_at - CLOCKS_DIFFER)
        twins = self._unclaimed_twins(delivery, number, channel, adapter, listed)
        ours = [each for each in twins if each.created_at >= part.key_at - CLOCKS_AGREE]
        if ours:
            earliest = min(ours, key=lambda each: each.created_at)
            return outcomes.adopted(delivery, number, earliest.remote, now=now)
        if twins:
            return outcomes.unconfirmed(delivery, because=UNCLEAR)
        if not listed.complete:
            return outcomes.unread(delivery, number, now=now, timing=self.timing)
        return self._absent(delivery, number, listed, now)

    def _absent(self, delivery: Delivery, number: int, listed: PostList, now: datetime) -> Delivery:
        part = delivery.parts[number]
        assert part.doubt_at is not None
        if part.absent_at is None or now < part.absent_at + self.timing.between_looks:
            return outcomes.looked(delivery, number, now=now, timing=self.timing)
        if not any(each.created_at > part.doubt_at for each in listed.posts):
            return outcomes.unconfirmed(delivery, because=NOTHING_NEWER)
        return outcomes.to_be_sent_again(delivery, number, now=now)

    def _unclaimed_twins(
        self,
        delivery: Delivery,
        number: int,
        channel: Channel,
        adapter: FindsPost,
        listed: PostList,
    ) -> list[FoundPost]:
        thread = Thread(tuple(part.remote for part in delivery.parts[:number] if part.remote))
        fingerprint = adapter.fingerprint(delivery.parts[number], thread, channel)
        known = {part.remote.id for part in delivery.parts if part.remote}
        return [
            each
            for each in listed.posts
            if each.fingerprint == fingerprint
            and each.remote.id not in known
            and self.once.claimed_by(claim_key(channel, each.remote)) is None
        ]

    def is_ours(self, delivery: Delivery, number: int, channel: Channel, found: Duplicate) -> bool:
        """Whether what a platform names when it refuses a copy came of this part's own request.

        It did not unless an answer about the part was lost, nor if it was made before the part
        was first sent, nor if it is another delivery's.
        """
        since = outcomes.lost_since(delivery, number)
        if since is None or (found.made_at and found.made_at < since - CLOCKS_AGREE):
            return False
        owner = self.once.claimed_by(claim_key(channel, found.existing))
        return owner in (None, delivery.delivery_id)

    def save(
        self, seen: Delivery, changed: Delivery, channel: Channel, also: Sequence[Write] = ()
    ) -> Delivery:
        """Write a delivery together with its claims on what it newly knows to be public.

        AlreadyChanged if the row is not ours any more, or if another delivery claimed first.
        """
        remotes = newly_public(seen, changed)
        claims = [self._claiming(channel, remote, changed.delivery_id) for remote in remotes]
        return self.deliveries.save(seen, changed, (*claims, *also))

    def save_known(
        self, seen: Delivery, changed: Delivery, channel: Channel, also: Sequence[Write] = ()
    ) -> Delivery:
        """As `save`, but of posts that the platform itself named as ours.

        Who had adopted one of them was mistaken: that delivery becomes a person's to decide.
        """
        try:
            return self.save(seen, changed, channel, also)
        except AlreadyChanged:
            new = newly_public(seen, changed)
            won = [each for remote in new for each in self._wresting(channel, remote, changed)]
            if not won:
                raise
            return self.deliveries.save(seen, changed, (*won, *also))

    def _wresting(self, channel: Channel, remote: Remote, by: Delivery) -> list[Write]:
        key = claim_key(channel, remote)
        owner = self.once.claimed_by(key)
        other = self.deliveries.get(owner) if owner and owner != by.delivery_id else None
        if owner is None or other is None:
            return []
        claim = self.once.reclaiming(key, by.delivery_id, was=owner)
        if State.UNCONFIRMED not in MOVES[other.state]:
            return [claim]
        corrected = outcomes.disowned(other, remote.id, now=by.published_at or by.publish_at)
        return [claim, self.deliveries.saving(other, corrected)]

    def _claiming(self, channel: Channel, remote: Remote, delivery_id: str) -> Write:
        return self.once.claiming(claim_key(channel, remote), delivery_id)


def _read_back(delivery: Delivery, number: int, adapter: FindsPost, *, since: datetime) -> PostList:
    """Of a comment what stands below the same post or comment, where that is listed apart."""
    above = _commented(delivery, number)
    if above is not None and isinstance(adapter, FindsComment):
        return adapter.list_comments(above, since=since)
    return adapter.list_posts(since=since)


def _commented(delivery: Delivery, number: int) -> Remote | None:
    part = delivery.parts[number]
    match part.kind:
        case PartKind.COMMENT:
            return delivery.parts[0].remote
        case PartKind.ANSWER:
            return part.reply_to.remote if part.reply_to else None
        case _:
            return None


def claim_key(channel: Channel, remote: Remote) -> str:
    """Ids of posts may repeat from server to server, so the account is part of it."""
    return f"{channel.platform}#{channel.remote_id}#{remote.id}"


def newly_public(seen: Delivery, changed: Delivery) -> list[Remote]:
    known = {part.remote.id for part in seen.parts if part.remote}
    return [part.remote for part in changed.parts if part.remote and part.remote.id not in known]
