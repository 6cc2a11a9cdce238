"""What docs/platforms.md says of Telegram."""

from datetime import timedelta

from tellal.platforms.answering import COMMENTS
from tellal.platforms.protocol import Answering, Facts, Guarantee, Limits, Promise, Sourced
from tellal.platforms.telegram.measuring import MEASURED

TITLE = "Telegram"
API = "https://core.telegram.org/bots/api"
NOBODY_KNOWS = Promise(Guarantee.BLIND)
UNIT = "UTF-16 units"
CAPTION_LENGTH = Sourced(1024, f"{API}#sendphoto")  # of a text with photos
ALBUM = 10  # https://core.telegram.org/bots/api#sendmediagroup
MOST_SIDES = 10_000  # of a photo's width and height together: API#sendphoto

FACTS = Facts(
    title=TITLE,
    limits={
        "text_length": Sourced(4096, f"{API}#sendmessage"),
        "images": Sourced(ALBUM, f"{API}#sendmediagroup"),
        # of one that Telegram fetches; of one that is sent with the request it is twice as much
        "image_bytes": Sourced(5_000_000, f"{API}#sending-files"),
        "image_types": Sourced(("image/jpeg", "image/png", "image/webp"), f"{API}#sendphoto"),
        "image_ratio": Sourced((1 / 20, 20.0), f"{API}#sendphoto"),
        "alt_text_length": Sourced(0, f"{API}#sendphoto"),
    },
    hosts={"api": "https://api.telegram.org", "site": "https://t.me"},
    promises={"anything": NOBODY_KNOWS},
    answering=Answering(public=COMMENTS),
    subscribed_for=timedelta(days=1),  # a secret may have been replaced meanwhile
    measured=MEASURED,
    notes=(
        "A channel here is a bot: what is written to it, and what is said in the groups it is in.",
        "It needs a webhook secret: enter an app of Telegram that has one, of your own making.",
        "Posts need the address of a channel too, whose admin the bot is.",
        "Comments are told where the bot is an admin of the channel's discussion group.",
        "Of a group what stands below a post or answers something is heard, and nothing else.",
        "Files that people send are named, not shown: Telegram tells where they are to bots alone.",
        "A text with photos has at most 1024 UTF-16 units; an alt text is not sent.",
        "Bots cannot read back what a channel shows: after a lost answer a person looks.",
        "People are answered in private as long as they have not blocked the bot.",
        "What people delete Telegram does not tell.",
    ),
)


def limits(*, photos: bool) -> Limits:
    stated = dict(FACTS.limits) | ({"text_length": CAPTION_LENGTH} if photos else {})
    return Limits.of(stated, text_unit=UNIT)


def length(text: str) -> int:
    """As its entities are counted; whether the limits are is not said.
    https://core.telegram.org/api/entities#entity-length"""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
