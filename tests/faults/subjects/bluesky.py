from tellal.platforms.protocol import Guarantee
from tests.faults.subjects.subject import Step, Subject

XRPC = "/xrpc/com.atproto"
PUT = f"{XRPC}.repo.putRecord"
BLUESKY = Subject(
    name="Bluesky",
    platform="bluesky",
    guarantee=Guarantee.IDEMPOTENT,
    typed=lambda account, url: {
        "handle": account["handle"],
        "app_password": account["app_password"],
        "service": url,
    },
    commit=PUT,
    refusal=(401, {"error": "ExpiredToken", "message": "Token has expired"}),
    steps=(
        Step(
            name="look up a name",
            method="GET",
            path=f"{XRPC}.identity.resolveHandle",
            post="mention",
        ),
        Step(name="upload", method="POST", path=f"{XRPC}.repo.uploadBlob", post="image"),
        Step(name="commit", method="POST", path=PUT),
        Step(name="commit with image", method="POST", path=PUT, post="image"),
        Step(name="second of a thread", method="POST", path=PUT, nth=2, post="thread"),
        Step(name="reply", method="POST", path=PUT, post="reply"),
        Step(
            name="refresh",
            method="POST",
            path=f"{XRPC}.server.refreshSession",
            settings={"access_seconds": 60},
            refreshes=True,
        ),
    ),
    short_lived={"access_seconds": 60},
)
