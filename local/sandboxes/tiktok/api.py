"""The TikTok sandbox's REST API: who may call what how often, and the answers."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.limits import Windows
from local.sandboxes.numbers import grown, without
from local.sandboxes.tiktok import posts, uploads
from local.sandboxes.tiktok.fetching import Fetcher
from local.sandboxes.tiktok.oauth import HasState, OAuth
from local.sandboxes.tiktok.refusals import STATUSES, envelope, refuse
from local.sandboxes.tiktok.state import LEVELS, PUBLIC, Account, Publish, State, Token

SELF_ONLY = LEVELS[-1]
MOST_PHOTOS = 35
PAGE = 20
PROFILE_FIELDS = {
    "user.info.basic": {"open_id", "union_id", "avatar_url", "display_name"},
    "user.info.profile": {"username", "bio_description", "profile_deep_link", "is_verified"},
    "user.info.stats": {"follower_count", "following_count", "likes_count", "video_count"},
}
VIDEO_FIELDS = {
    *("id", "create_time", "title", "video_description", "share_url", "cover_image_url"),
    *("duration", "width", "height", "like_count", "comment_count", "share_count", "view_count"),
}


@dataclass(frozen=True)
class Call:
    """A request whose token and scope were found good."""

    request: Request
    token: Token
    account: Account
    body: dict[str, Any]
    now: datetime


type Answer = Callable[[Call], Awaitable[Any]]


class Api:
    def __init__(self, server: HasState, oauth: OAuth, *, url: str, clock: Clock) -> None:
        self._server = server
        self._oauth = oauth
        self._url = url
        self._clock = clock
        self._fetcher = Fetcher()
        self.windows = Windows()

    @property
    def _state(self) -> State:
        return self._server.state

    def routes(self) -> list[Route]:
        at = self._route
        publish = "/v2/post/publish"
        return [
            at("POST", f"{publish}/creator_info/query/", self._show_creator, "video.publish"),
            at("POST", f"{publish}/video/init/", self._begin_video, "video.publish"),
            at("POST", f"{publish}/content/init/", self._begin_photos, "video.publish"),
            at("POST", f"{publish}/status/fetch/", self._show_status, "video.publish"),
            at("GET", "/v2/user/info/", self._show_user, "user.info.basic"),
            at("POST", "/v2/video/list/", self._list_videos, "video.list"),
            at("POST", "/v2/video/query/", self._show_videos, "video.list"),
            Route("/video/", self._take_chunk, methods=["PUT"]),
            Route("/media/{id}/{number:int}", self._show_media),
        ]

    def _route(self, method: str, path: str, answer: Answer, scope: str) -> Route:
        async def endpoint(request: Request) -> Response:
            token = self._oauth.authorise(request)
            if scope not in token.scopes:
                raise refuse("scope_not_authorized", f"The user did not authorize {scope}")
            self._take_quota(path, token)
            call = Call(
                request=request,
                token=token,
                account=self._state.accounts[token.open_id],
                body=await _read_json(request),
                now=self._clock.now(),
            )
            return JSONResponse(envelope(await answer(call)))

        return Route(path, endpoint, methods=[method])

    def _take_quota(self, path: str, token: Token) -> None:
        settings = self._state.settings
        endings = {
            "creator_info/query/": settings.creator_infos_per_minute,
            "video/init/": settings.inits_per_minute,
            "content/init/": settings.inits_per_minute,
            "status/fetch/": settings.statuses_per_minute,
        }
        for ending, limit in endings.items():
            if path.endswith(ending):
                key, now = f"{path} {token.value}", self._clock.now()
                quota = self.windows.take(key, limit=limit, seconds=60, now=now)
                if not quota.allowed:
                    raise refuse("rate_limit_exceeded", "The API rate limit was exceeded")

    # ── posting ──────────────────────────────────────────────────────────────────────────────

    async def _show_creator(self, call: Call) -> Any:
        settings = self._state.settings
        if code := self._may_not_post(call):
            raise refuse(code, status=200)  # on purpose, say its docs
        return {
            "creator_avatar_url": f"{self._url}/avatars/missing.png",
            "creator_username": call.account.username,
            "creator_nickname": call.account.display_name,
            "privacy_level_options": self._levels(),
            "comment_disabled": settings.comment_disabled,
            "duet_disabled": settings.duet_disabled or settings.private_account,
            "stitch_disabled": settings.stitch_disabled or settings.private_account,
            "max_video_post_duration_sec": settings.max_video_seconds,
        }

    async def _begin_video(self, call: Call) -> Any:
        info, source = self._checked_post(call)
        if source.get("source") != "FILE_UPLOAD":
            raise refuse("invalid_params", "source is not supported here")
        uploads.check_plan(source)
        text = _text(info, "title", most=2200)
        number = self._state.new_number(call.now)
        token = secrets.token_hex(16)
        publish = Publish(
            id=f"v_pub_file~v2-1.{number}",
            open_id=call.account.open_id,
            kind="video",
            text=text,
            privacy=info["privacy_level"],
            begun_at=call.now,
            size=source["video_size"],
            chunk_size=source["chunk_size"],
            chunk_count=source["total_chunk_count"],
            upload_token=token,
        )
        self._state.keep(publish)
        address = f"{self._url}/video/?upload_id={number}&upload_token={token}"
        return {"publish_id": publish.id, "upload_url": address}

    async def _begin_photos(self, call: Call) -> Any:
        info, source = self._checked_post(call)
        if call.body.get("media_type") != "PHOTO" or call.body.get("post_mode") != "DIRECT_POST":
            raise refuse("invalid_params", "media_type and post_mode are required")
        urls, cover = source.get("photo_images"), source.get("photo_cover_index")
        if source.get("source") != "PULL_FROM_URL" or not isinstance(urls, list):
            raise refuse("invalid_params", "photo_images is required")
        if not 1 <= len(urls) <= MOST_PHOTOS or cover not in range(len(urls)):
            raise refuse("invalid_params", "photo_images or photo_cover_index is invalid")
        if not all(str(url).startswith(self._state.settings.verified_prefixes) for url in urls):
            raise refuse("url_ownership_unverified")
        publish = Publish(
            id=f"p_pub_url~v2.{self._state.new_number(call.now)}",
            open_id=call.account.open_id,
            kind="photo",
            text=_text(info, "description", most=4000),
            title=_text(info, "title", most=90),
            privacy=info["privacy_level"],
            begun_at=call.now,
            urls=tuple(map(str, urls)),
        )
        received_at = call.request.state.received_at
        publish = posts.accept(self._state, publish, received_at=received_at, now=call.now)
        self._fetcher.begin(self._state, publish)
        return {"publish_id": publish.id}

    async def _take_chunk(self, request: Request) -> Response:
        return await uploads.take_chunk(self._state, request, now=self._clock.now())

    async def _show_status(self, call: Call) -> Any:
        publish = self._state.publishes.get(str(call.body.get("publish_id")))
        if publish is None:
            raise refuse("invalid_publish_id", "The publish_id does not exist")
        if publish.open_id != call.account.open_id:
            raise refuse("token_not_authorized_for_specified_publish_id")
        await self._fetcher.done(publish)
        publish = posts.poll(self._state, self._state.publishes[publish.id], now=call.now)
        is_video = publish.kind == "video"
        bytes_told = {"uploaded_bytes" if is_video else "downloaded_bytes": len(publish.data)}
        if publish.failed:
            return {"status": "FAILED", "fail_reason": publish.failed, **bytes_told}
        if publish.completed_at is None:
            word = "PROCESSING_UPLOAD" if is_video else "PROCESSING_DOWNLOAD"
            return {"status": word, **bytes_told}
        own = posts.told_id(self._state, publish, now=call.now)
        ids = [int(own)] if own and self._state.settings.tells_post_ids else []
        told = {"publicaly_available_post_id": ids}
        return {"status": "PUBLISH_COMPLETE", **told, **bytes_told}

    def _checked_post(self, call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is the same of films and photos."""
        info, source = call.body.get("post_info"), call.body.get("source_info")
        if not isinstance(info, dict) or not isinstance(source, dict):
            raise refuse("invalid_params", "post_info and source_info are required")
        toggles = ("brand_content_toggle", "brand_organic_toggle")
        if not all(isinstance(info.get(name), bool) for name in toggles):
            raise refuse("invalid_params", "brand_content_toggle and brand_organic_toggle: a bool")
        if info.get("privacy_level") not in self._levels():
            raise refuse("privacy_level_option_mismatch")
        if info["brand_content_toggle"] and info["privacy_level"] == SELF_ONLY:
            raise refuse("invalid_params", "Branded content cannot be private")
        settings = self._state.settings
        if not settings.audited and not settings.private_account:
            raise refuse("unaudited_client_can_only_post_to_private_accounts")
        if code := self._may_not_post(call):
            raise refuse(code, status=STATUSES[code])
        return info, source

    def _may_not_post(self, call: Call) -> str:
        settings = self._state.settings
        if settings.banned:
            return "spam_risk_user_banned_from_posting"
        if posts.accepted_today(self._state, call.account, now=call.now) >= settings.posts_per_day:
            return "spam_risk_too_many_posts"
        active = posts.active_today(self._state, now=call.now)
        if call.account.open_id not in active and len(active) >= settings.active_users:
            return "reached_active_user_cap"
        return ""

    def _levels(self) -> list[str]:
        settings = self._state.settings
        if not settings.audited:
            return [SELF_ONLY]
        everybody, friends, followers, only_me = LEVELS
        return [followers if settings.private_account else everybody, friends, only_me]

    # ── showing ──────────────────────────────────────────────────────────────────────────────

    async def _show_user(self, call: Call) -> Any:
        asked = _fields(call.request)
        allowed = {f for scope in call.token.scopes for f in PROFILE_FIELDS.get(scope, ())}
        if not asked or not asked <= {f for fields in PROFILE_FIELDS.values() for f in fields}:
            raise refuse("invalid_params", "fields is missing or invalid")
        if not asked <= allowed:
            raise refuse("scope_not_authorized")
        own = [each for each in self._listed(call) if each.open_id == call.account.open_id]
        facts = {
            "open_id": call.account.open_id,
            "display_name": call.account.display_name,
            "username": call.account.username,
            "follower_count": self._state.settings.followers,
            "following_count": 0,
            "likes_count": sum(each.likes for each in own),
            "video_count": len(own),
        }
        return {"user": {name: facts[name] for name in sorted(asked & facts.keys())}}

    async def _list_videos(self, call: Call) -> Any:
        count, before = call.body.get("max_count", 10), call.body.get("cursor")
        if type(count) is not int or not 1 <= count <= PAGE:
            raise refuse("invalid_params", "max_count is invalid")
        listed = [
            each
            for each in reversed(list(self._listed(call)))
            if each.open_id == call.account.open_id and (not before or _made(each) * 1000 < before)
        ]
        page = listed[:count]
        cursor = _made(page[-1]) * 1000 if page else 0
        shown = [self._shown(each, _video_fields(call.request)) for each in page]
        return {"videos": shown, "cursor": cursor, "has_more": len(listed) > count}

    async def _show_videos(self, call: Call) -> Any:
        wanted = (call.body.get("filters") or {}).get("video_ids")
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= PAGE:
            raise refuse("invalid_params", "video_ids is invalid")
        fields = _video_fields(call.request)
        own = (each for each in self._listed(call) if each.open_id == call.account.open_id)
        return {"videos": [self._shown(each, fields) for each in own if each.post_id in wanted]}

    async def _show_media(self, request: Request) -> Response:
        for publish in posts.complete(self._state, now=self._clock.now()):
            if publish.post_id == request.path_params["id"]:
                if publish.kind == "video":
                    return Response(publish.data, media_type=publish.mime_type)
                photo = publish.photos[request.path_params["number"]]
                return Response(photo.data, media_type=photo.mime_type)
        raise Refusal(404, {"error": "There is no such post"})

    def _listed(self, call: Call) -> list[Publish]:
        """Oldest first."""
        settings = self._state.settings
        until = call.now - timedelta(seconds=settings.list_lag_seconds)
        return [
            each
            for each in posts.complete(self._state, now=call.now)
            if each.privacy == PUBLIC
            and each.completed_at is not None
            and each.completed_at <= until
            and (each.kind == "video" or settings.lists_photos)
        ]

    def _shown(self, publish: Publish, fields: set[str]) -> dict[str, Any]:
        username = self._state.accounts[publish.open_id].username
        share = f"{self._url}/@{username}/{publish.kind}/{publish.post_id}?utm_campaign=tt4d"
        now = self._clock.now()
        shown_at = publish.completed_at or now
        facts = {
            "id": publish.post_id,
            "create_time": _made(publish),
            "title": publish.title or publish.text,
            "video_description": publish.text,
            "share_url": share,
            "like_count": publish.likes,
            "comment_count": 0,
            "share_count": grown(f"shares {publish.post_id}", shown_at, now, a_day=3),
            "view_count": grown(f"views {publish.post_id}", shown_at, now, a_day=120),
        }
        told = without(facts, self._state.settings.untold)
        return {name: told[name] for name in sorted(fields & told.keys())}


def _made(publish: Publish) -> int:
    assert publish.accepted_at is not None
    return int(publish.accepted_at.timestamp())


def _fields(request: Request) -> set[str]:
    return set(filter(None, request.query_params.get("fields", "").split(",")))


def _video_fields(request: Request) -> set[str]:
    fields = _fields(request)
    if not fields or not fields <= VIDEO_FIELDS:
        raise refuse("invalid_params", "fields is missing or invalid")
    return fields


def _text(info: dict[str, Any], name: str, *, most: int) -> str:
    text = info.get(name, "")
    if not isinstance(text, str) or len(text.encode("utf-16-le")) // 2 > most:
        raise refuse("invalid_params", f"{name} is invalid or too long")
    return text


async def _read_json(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind != "application/json":
        raise refuse("invalid_params", "Content-Type must be application/json")
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise refuse("invalid_params", "The body is not JSON") from None
    return body if isinstance(body, dict) else {}
