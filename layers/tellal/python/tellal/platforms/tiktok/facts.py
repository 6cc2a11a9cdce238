"""What is written of TikTok: limits, hosts, promises, and where each is written."""

from datetime import timedelta

from tellal.platforms.protocol import Facts, Guarantee, Limits, Promise, Sourced
from tellal.platforms.tiktok.measuring import MEASURED

DOCS = "https://developers.tiktok.com/doc"
DIRECT = f"{DOCS}/content-posting-api-reference-direct-post"
PHOTO = f"{DOCS}/content-posting-api-reference-photo-post"
TRANSFER = f"{DOCS}/content-posting-api-media-transfer-guide"
SHARING = f"{DOCS}/content-sharing-guidelines"

HAS_ID = Promise(Guarantee.RESUMABLE)
CAN_BE_LISTED = Promise(Guarantee.SEARCHABLE)
UNKNOWN = Promise(Guarantee.BLIND)

FACTS = Facts(
    title="TikTok",
    limits={
        "text_length": Sourced(2200, DIRECT),
        "media": Sourced((1, 35), PHOTO),
        "images": Sourced(35, PHOTO),
        "image_bytes": Sourced(20_000_000, TRANSFER),
        "image_types": Sourced(("image/jpeg", "image/webp"), TRANSFER),
        "alt_text_length": Sourced(0, PHOTO),
        "videos": Sourced(1, DIRECT),
        "video_bytes": Sourced(4_000_000_000, TRANSFER),
        "video_seconds": Sourced((0, 600), TRANSFER),
        "video_width": Sourced((360, 4096), TRANSFER),
        "video_frame_rate": Sourced((23, 60), TRANSFER),
        "video_types": Sourced(("video/mp4", "video/quicktime", "video/webm"), TRANSFER),
        "video_codecs": Sourced(("AVC", "HEVC", "VP8", "VP9"), TRANSFER),
    },
    hosts={
        "api": "https://open.tiktokapis.com",  # it names the host that takes uploads
        "site": "https://www.tiktok.com",  # where owners consent, and people watch
    },
    settings={
        "inits_per_minute": Sourced(6, DIRECT),
        "posts_per_day": Sourced(15, SHARING),  # unverified: «typically around 15»
        "media_domain": Sourced("", TRANSFER),  # https://media.example.com
    },
    promises={
        "a video, and whatever TikTok has accepted": HAS_ID,
        "photos, where the account's videos may be listed": CAN_BE_LISTED,
        "photos, where they may not": UNKNOWN,
    },
    # An upload's address lives an hour, and a long film may take some of it.
    prepared_for=timedelta(minutes=25),
    renewed_by_app=True,
    measured=MEASURED,
    notes=(
        "Comments are for apps of TikTok's Business API: they are neither read nor answered here.",
        "Lengths are UTF-16 units: an emoji counts two or more.",
        "Beside photos a text may have 4,000 of them; their title, an option, 90.",
        "Who may see a post is chosen for each: TikTok's rules allow no default.",
        "Comments, duets and stitches are off unless the author allows them, by the same rules.",
        "Whoever posts agrees to TikTok's Music Usage Confirmation: pages have to say so.",
        "What an account may do is asked when its post is prepared, a quarter of an hour ahead.",
        "An app that TikTok has not audited posts to private accounts alone, seen by nobody else.",
        "A video's last chunk publishes it, and is sent at its second; TikTok then works on it.",
        "The id of a public post may come late, or never: it is waited for five minutes.",
        "Without an id a post has no link, unless the account's list shows the one with its words.",
        "Posts that not everybody may see have no link, and are not measured.",
        "TikTok fetches photos from a domain that it has verified: the setting `media_domain`.",
        "That domain hands path and query on to the media bucket.",
        "An account keeps the `media_domain` that it was connected with.",
        "Photos are made to fit 1080 by 1920 pixels; a PNG goes out as a JPEG or a WebP.",
        "Photos whose answer was lost are adopted if they are listed, and never sent again.",
        "Comments are told by webhook to apps that TikTok approved for them, without their words.",
        "There are no text posts, threads, first comments, polls or alt texts.",
        "Posts can be neither edited nor deleted from here.",
    ),
)


def limits() -> Limits:
    """Any number of bytes for an image, and PNGs too: photos are made to fit."""
    stated = dict(FACTS.limits)
    stated.pop("image_bytes")
    types = stated.pop("image_types").value
    return Limits.of(stated, text_unit="UTF-16 units", image_types=frozenset((*types, "image/png")))
