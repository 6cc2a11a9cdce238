import json
from typing import Any

import httpx

from tellal.posts import Content, Remote, ReplyTo
from tests.platforms.sample import PICTURE, SECRETS, TEN, Sample, channel

PAGE = "urn:li:organization:5"
POST = "urn:li:share:7045020441609936898"
COMMENT = "urn:li:comment:(urn:li:activity:7045020441609936897,7045020500000000000)"
SCOPES = (
    "openid,profile,w_member_social,w_organization_social,r_organization_social,"
    "rw_organization_admin"
)
UPLOADS = "https://www.linkedin.com/dms-uploads"


def begun(request: httpx.Request) -> Any:
    """Of an upload; or the end of a film's."""
    kind = request.url.path.rsplit("/", 1)[1].removesuffix("s")
    if request.url.params["action"] == "finalizeUpload":
        return httpx.Response(200)
    asked = json.loads(request.content)["initializeUploadRequest"]
    value: dict[str, Any] = {kind: f"urn:li:{kind}:C1", "uploadUrl": f"{UPLOADS}/{kind}"}
    if kind == "video":
        size, length = asked["fileSizeBytes"], 4 * 1024 * 1024
        value["uploadToken"] = ""
        value["uploadInstructions"] = [
            {
                "uploadUrl": f"{UPLOADS}/part/{first}",
                "firstByte": first,
                "lastByte": min(first + length, size) - 1,
            }
            for first in range(0, size, length)
        ]
    return {"value": value}


def uploaded(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, headers={"etag": f'"receipt-{request.url.path.rsplit("/")[-1]}"'})


def posted(_: httpx.Request) -> httpx.Response:
    return httpx.Response(201, headers={"x-restli-id": POST})


def commented(request: httpx.Request) -> httpx.Response:
    told = {**json.loads(request.content), "id": "7045020500000000000", "commentUrn": COMMENT}
    return httpx.Response(201, json=told, headers={"x-restli-id": told["id"]})


def granted(scopes: str = SCOPES) -> dict[str, Any]:
    tokens = {"access_token": SECRETS[0], "refresh_token": SECRETS[1]}
    return {**tokens, "expires_in": 5_184_000, "scope": scopes}


def notification(number: int, **facts: Any) -> dict[str, Any]:
    """Somebody comments below a post of the page."""
    return {
        "notificationId": number,
        "organizationalEntity": PAGE,
        "action": "COMMENT",
        "sourcePost": POST,
        "generatedActivity": f"urn:li:comment:(urn:li:activity:7045020441609936897,{number})",
        "decoratedGeneratedActivity": {
            "comment": {"owner": "urn:li:person:b2", "text": f"message {number}"}
        },
        "lastModifiedAt": int(TEN.timestamp() * 1000) + number * 60_000,
        "subscriber": "urn:li:person:a1",
        **facts,
    }


LINKEDIN = Sample(
    channel=channel(
        "linkedin",
        remote_id=PAGE,
        handle="acme",
        server={"scopes": sorted(SCOPES.split(",")), "login": "a1"},
    ),
    credentials={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
    connection={},
    content=Content(
        text="Hello @[Ann](urn:li:person:a1), see https://ex.com #tag",
        media=(PICTURE,),
        first_comment="And more",
    ),
    remote=Remote(id=POST),
    reply_to=ReplyTo(
        remote=Remote(id=f"urn:li:comment:({POST},7045020500000000001)"), author_handle="Ann"
    ),
    settings={"developer_application": "77"},
    answers={
        "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS)": lambda _: httpx.Response(200),
        "/oauth/v2/accessToken": lambda _: granted(),
        "/oauth/v2/revoke": lambda _: httpx.Response(200),
        "/v2/userinfo": lambda _: {"sub": "a1", "name": "Ann"},
        "/rest/organizationAcls": lambda _: {
            "elements": [{"organization": PAGE, "role": "ADMINISTRATOR", "state": "APPROVED"}]
        },
        "/rest/organizations/5": lambda _: {"localizedName": "Acme", "vanityName": "acme"},
        "/rest/images": begun,
        "/rest/videos": begun,
        "/rest/documents": begun,
        **{f"/dms-uploads/{kind}": uploaded for kind in ("image", "document")},
        **{f"/dms-uploads/part/{first}": uploaded for first in (0, 4194304, 8388608)},
        **{f":{kind}:C1": lambda _: {"status": "AVAILABLE"} for kind in ("image", "video")},
        ":document:C1": lambda _: {"status": "AVAILABLE"},
        "/rest/posts": posted,
        f"/rest/posts/{POST}": lambda _: httpx.Response(204),
        "/comments": commented,
        f"/networkSizes/{PAGE}": lambda _: {"firstDegreeSize": 7},
        "ShareStatistics": lambda _: {
            "elements": [{"share": POST, "totalShareStatistics": {"likeCount": 3}}]
        },
        "Statistics": lambda _: {"elements": []},
    },
    listed=notification,
)
