from datetime import timedelta

from pydantic import SecretStr

from tellal import clock
from tellal.platforms.protocol import Connected, Guarantee
from tellal.platforms.x import XCredentials
from tests.faults.subjects.subject import Json, Step, Subject

TWEETS = "/2/tweets"
UPLOAD = "/2/media/upload"
TOKEN = "/2/oauth2/token"
LETTERS = "/2/dm_conversations/with/*/messages"


def _connected(account: Json, url: str) -> Connected:
    return Connected(
        remote_id=account["id"],
        name=account["name"],
        handle=account["handle"],
        url=f"{url}/{account['handle']}",
        credentials=XCredentials(
            access_token=SecretStr(account["access_token"]),
            refresh_token=SecretStr(account["refresh_token"]),
        ),
        server={"subscription": "None"},
        expires_at=clock.now() + timedelta(seconds=account["expires_in"]),
    )


X = Subject(
    name="X",
    platform="x",
    guarantee=Guarantee.SEARCHABLE,
    connected=_connected,
    commit=TWEETS,
    refusal=(
        401,
        {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"},
    ),
    posts=("text", "image", "video", "thread", "poll", "reply"),
    steps=(
        Step(name="upload", method="POST", path=UPLOAD, post="image"),
        Step(name="describe", method="POST", path="/2/media/metadata", post="image"),
        Step(name="announce", method="POST", path=f"{UPLOAD}/initialize", post="video"),
        Step(name="segment", method="POST", path=f"{UPLOAD}/*/append", post="video"),
        Step(name="finish", method="POST", path=f"{UPLOAD}/*/finalize", post="video"),
        Step(
            name="processing",
            method="GET",
            path=UPLOAD,
            post="video",
            settings={"polls": 2},
            processes=True,
            failed=(
                200,
                {
                    "data": {
                        "id": "1",
                        "processing_info": {"state": "failed", "error": {"message": "no video"}},
                    }
                },
            ),
        ),
        Step(name="commit", method="POST", path=TWEETS),
        Step(name="commit with image", method="POST", path=TWEETS, post="image"),
        Step(name="commit with video", method="POST", path=TWEETS, post="video"),
        Step(name="second of a thread", method="POST", path=TWEETS, nth=2, post="thread"),
        Step(name="poll", method="POST", path=TWEETS, post="poll"),
        Step(name="reply", method="POST", path=TWEETS, post="reply"),
        Step(name="write", method="POST", path=LETTERS, post="direct message", blind=True),
        Step(name="hide", method="PUT", path=f"{TWEETS}/*/hidden", post="hiding"),
        Step(name="look", method="GET", path="/2/users/*/tweets", looks=True, lists=True),
        Step(
            name="refresh",
            method="POST",
            path=TOKEN,
            settings={"access_seconds": 60},
            refreshes=True,
        ),
    ),
    short_lived={"access_seconds": 60},
    renewal=f"POST {TOKEN}",
    refuses_copies=True,
)
