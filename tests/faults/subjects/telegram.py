from tellal.platforms.protocol import Guarantee
from tests.faults.subjects.subject import Step, Subject

SEND, DELETE = "/bot*/sendMessage", "/bot*/deleteMessage"

TELEGRAM = Subject(
    name="Telegram",
    platform="telegram",
    guarantee=Guarantee.BLIND,
    typed=lambda account, _: {"bot_token": account["bot_token"], "chat": account["chat"]},
    commit=SEND,
    refusal=(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
    posts=("text", "image", "images"),
    steps=(
        Step(name="commit", method="POST", path=SEND, blind=True),
        Step(
            name="commit with image",
            method="POST",
            path="/bot*/sendPhoto",
            post="image",
            blind=True,
        ),
        Step(
            name="commit an album",
            method="POST",
            path="/bot*/sendMediaGroup",
            post="images",
            blind=True,
        ),
        Step(name="answer", method="POST", path=SEND, post="answer", blind=True),
        Step(name="write", method="POST", path=SEND, post="direct message", blind=True),
        Step(name="delete a comment", method="POST", path=DELETE, post="deleting"),
    ),
)
