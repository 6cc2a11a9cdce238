"""X's facts as data: limits, prices, hosts, and what it promises."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tellal.platforms.protocol import Facts, Guarantee, Promise, Sourced
from tellal.platforms.x.consent import SCOPES
from tellal.platforms.x.measuring import MEASURED
from tellal.platforms.x.text import LINK_LENGTH

COUNTING = "https://docs.x.com/fundamentals/counting-characters"
POSTS = "https://docs.x.com/x-api/posts/create-post"
MEDIA = "https://docs.x.com/x-api/media/quickstart/best-practices"
PRICES = "https://docs.x.com/x-api/getting-started/pricing"
ACTIVITY = "https://docs.x.com/x-api/activity/introduction"
CHANGES = "https://docs.x.com/changelog"

MB = 1_000_000  # X does not say which; the smaller one is right either way
LONG_POST = 25_000  # https://docs.x.com/changelog, 2024-08-20; for whom is not said: Premium's
CASHTAGS = 1  # in one post: https://docs.x.com/x-api/posts/manage-tweets/integrate
GIF_BYTES, GIF_SIZE = 15 * MB, (1280, 1080)  # MEDIA
# A video's limits were 512 MB and 140 s in August 2026. The page has been seen to say 8 GB and 20
# minutes since, while the one before it still says 512 MB; these are the least of them. It also
# says both 1280 × 1024 and, for Premium, 1080p: a film that is too wide for its account is refused
# while it is prepared, before anything is public.
LIMITS: Mapping[str, Sourced[Any]] = {
    "text_length": Sourced(280, COUNTING),
    "link_length": Sourced(LINK_LENGTH, COUNTING),
    "images": Sourced(4, MEDIA),
    "image_bytes": Sourced(5 * MB, MEDIA),
    "image_types": Sourced(("image/jpeg", "image/png", "image/gif", "image/webp"), MEDIA),
    "alt_text_length": Sourced(1000, "https://docs.x.com/x-api/media/create-media-metadata"),
    "videos": Sourced(1, MEDIA),
    "video_bytes": Sourced(512 * MB, MEDIA),
    "video_seconds": Sourced((0.5, 140.0), MEDIA),
    "video_ratio": Sourced((1 / 3, 3.0), MEDIA),
    "video_width": Sourced((32, 1920), MEDIA),
    "video_frame_rate": Sourced((0.0, 60.0), MEDIA),
    "video_types": Sourced(("video/mp4", "video/quicktime"), MEDIA),
    "video_codecs": Sourced(("AVC",), MEDIA),
    "poll_options": Sourced((2, 4), POSTS),
    "poll_option_length": Sourced(25, POSTS),  # plain characters, not weighted ones
    "poll_minutes": Sourced((5, 10_080), POSTS),
}
A_POST, WITH_A_LINK, AN_ANSWER = "a post", "a post with a link", "an answer to who mentioned us"
A_MESSAGE = "a direct message"
CAN_BE_READ = Promise(Guarantee.SEARCHABLE)
NOBODY_KNOWS = Promise(Guarantee.BLIND)

FACTS = Facts(
    title="X",
    limits=LIMITS,
    hosts={"api": "https://api.x.com", "site": "https://x.com"},
    settings={
        # With `dm.read` direct messages are read where the inbox is: whoever does not want to pay
        # for that leaves it out, and `dm.write` with it.
        "scopes": Sourced(
            " ".join(SCOPES), "https://docs.x.com/fundamentals/authentication/oauth-2-0/overview"
        ),
        # Since 2.167 X's own description says post.fields and referenced_posts; its pages, and
        # every description before, say tweet.fields and referenced_tweets. Either may be asked for.
        "vocabulary": Sourced("post", "https://api.x.com/2/openapi.json"),
        # Which of the app's webhooks is told of accounts; without it none is. X is asked for these
        # of each account that is connected: nobody but who runs the deployment pays for them.
        "webhook_id": Sourced("", ACTIVITY),
        "events": Sourced(
            "post.mention.create post.reply.create post.quote.create dm.received", ACTIVITY
        ),
        # Of an upload. Up to 5 MB are known to work; X states no limit.
        "segment_bytes": Sourced(4_000_000, "https://docs.x.com/x-api/media/append-media-upload"),
    },
    promises={"any post": CAN_BE_READ, "a direct message": NOBODY_KNOWS},
    prepared_for=timedelta(hours=23),  # an upload is kept for a day (`expires_after_secs`)
    renewed_by_app=True,
    polled=False,
    prices={
        A_POST: Sourced(0.015, PRICES),
        WITH_A_LINK: Sourced(0.200, PRICES),
        AN_ANSWER: Sourced(0.010, PRICES),
        A_MESSAGE: Sourced(0.015, PRICES),
        "hiding an answer (not stated, not counted)": Sourced(0.0, PRICES),
        "deleting a post (not counted)": Sourced(0.010, PRICES),
        "reading one of our own posts (not counted)": Sourced(0.001, PRICES),
        "reading somebody's post (not counted)": Sourced(0.005, PRICES),
        "reading somebody's profile (not counted)": Sourced(0.010, PRICES),
    },
    # A post a day is 45 cents a month, with a link in each of them $6. So five dollars let a team
    # begin, and whoever schedules a hundred links by mistake pays for 25 before somebody is asked.
    monthly_cap=5.0,
    measured=MEASURED,
    notes=(
        "Posts cost money: a workspace pays no more in a month than its cap for X.",
        "Reading costs money too: a channel's mentions and numbers are read only if it says so.",
        "A link makes a post thirteen times as dear, and `read.me` is one.",
        "Up to 25,000 characters if the account had Premium when it was connected.",
        "With the option `long_post` they are sent whatever was known of the account then.",
        "An image that is too large is not refused: it is encoded anew until it fits.",
        "A GIF goes alone, of at most 15 MB and 1280 × 1080, and becomes a video.",
        "A video's alt text is not sent: X takes those of images and GIFs.",
        "Mentions, answers, quotes, reposts and direct messages are told by webhook (X Activity).",
        "Each of these costs money: with the setting `webhook_id` X is asked for `events`.",
        "X goes on telling of a channel that was disconnected, until that is ended there by hand.",
        "Where a channel is read besides, mentions and answers are one list: it costs money too.",
        "Direct messages are read, and answered, with `dm.read` and `dm.write`: see `scopes`.",
        "Answers below the account's own posts can be hidden; what others write is not deleted.",
        "Answers are let through only to people who mentioned or quoted the account.",
        "Whether the parts of a thread are held to be such answers, X does not say.",
        "If they are, the first part stays public, and the delivery fails with a sentence.",
        "The same words twice are refused: after a lost answer, a person looks where they are.",
        "If the answer to the renewal of a token is lost, the channel is to be connected again.",
    ),
)
