"""The YouTube sandbox as one thing: its routes, its channels, and what others can see of them."""

import hashlib
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.platform import Act, NewAccount, PublicPost
from local.sandboxes.youtube import comments, videos
from local.sandboxes.youtube.api import UPLOAD, V3, Api
from local.sandboxes.youtube.oauth import ALL_SCOPES, OAuth
from local.sandboxes.youtube.state import Channel, Comment, Session, State, Video

FLAGS = {"": None, "true": True, "false": False}


class YouTube:
    name = "youtube"
    permalink = "/watch"

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._oauth = OAuth(self, clock=clock)
        self._api = Api(self, self._oauth, url=url, clock=clock)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {
            "api": f"{url}{V3}",
            "analytics": f"{url}/v2",
            "upload": f"{url}{UPLOAD}",
            "accounts": url,
            "oauth": url,
            "watch": url,
        }

    def routes(self) -> list[BaseRoute]:
        shorts = Route("/shorts/{id}", self._show_short)
        return [*self._oauth.routes(), *self._api.routes(), shorts]

    def forget_limits(self) -> None:
        """What was spent is in the state."""

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        """A channel, and what a consent would have given. `details`: `long_uploads`, and
        `made_for_kids` as its owner set it for all its videos ("true", "false")."""
        channel = self._ensure_channel(wanted)
        scopes = tuple(wanted.scopes.split()) or ALL_SCOPES
        access, refresh = self._oauth.grant(channel.id, scopes)
        return {
            "id": channel.id,
            "handle": channel.handle,
            "uploads": channel.uploads,
            "url": f"{self._url}/@{channel.handle}",
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": self.state.settings.access_seconds,
            "scopes": list(scopes),
        }

    def act(self, act: Act) -> dict[str, Any]:
        """`post` is a video, shown at once; `reply` a comment below one, or below a comment."""
        person = self._ensure_channel(NewAccount(name=act.who))
        now = self._clock.now()
        match act.do:
            case "post":
                video = self._show_by_hand(person, act.text)
                return {"id": video.id, "url": self._address(video.id)}
            case "reply" if act.post in self.state.comments:
                answer = comments.answer(self.state, act.post, act.text, author=person, now=now)
                return {"id": answer.id, "url": self._address(answer.video_id, answer.id)}
            case "reply":
                thread = {
                    "channelId": person.id,
                    "videoId": act.post,
                    "topLevelComment": {"snippet": {"textOriginal": act.text}},
                }
                comment = comments.write(
                    self.state, {"snippet": thread}, author=person, received_at=now, now=now
                )
                return {"id": comment.id, "url": self._address(act.post, comment.id)}
            case "like":
                self.state.likes.setdefault(act.post, []).append(person.id)
                return {"id": act.post, "url": self._address(act.post)}
        raise Refusal(501, {"error": f"nobody can {act.do} on YouTube's sandbox"})

    def public_posts(self) -> list[PublicPost]:
        """Videos that somebody else could see at some time, and the comments below them."""
        seen = [each for each in self.state.videos.values() if each.shown_at]
        posts = [self._video(each) for each in seen]
        posts += [self._comment(each) for each in self.state.comments.values()]
        return sorted(posts, key=lambda post: post.created_at)

    def post_at(self, path: dict[str, str]) -> str | None:
        return path.get("v")

    async def _show_short(self, request: Request) -> RedirectResponse:
        return RedirectResponse(f"/watch?v={request.path_params['id']}")

    def _show_by_hand(self, person: Channel, text: str) -> Video:
        now = self._clock.now()
        session = Session(
            channel_id=person.id,
            snippet={"title": text[:100] or "A video", "description": text},
            status={"privacyStatus": "public"},
            size=0,
            mime_type="video/mp4",
            received=b"\0\0\0\x18ftypmp42",
            begun_at=now,
        )
        return videos.make(self.state, session, received_at=now, now=now)

    def _ensure_channel(self, wanted: NewAccount) -> Channel:
        handle = wanted.name.removeprefix("@").lower()
        if known := self.state.channel_of(handle):
            return known
        own = hashlib.sha256(handle.encode()).hexdigest()[:22]
        channel = Channel(
            id=f"UC{own}",
            handle=handle,
            title=wanted.display_name or wanted.name,
            uploads=f"UU{own}",
            long_uploads=wanted.details.get("long_uploads", "allowed"),
            made_for_kids=FLAGS[wanted.details.get("made_for_kids", "")],
            created_at=self._clock.now(),
        )
        self.state.channels[channel.id] = channel
        return channel

    def _address(self, video_id: str, comment_id: str = "") -> str:
        return f"{self._url}/watch?v={video_id}" + (f"&lc={comment_id}" if comment_id else "")

    def _video(self, video: Video) -> PublicPost:
        assert video.shown_at is not None
        assert video.received_at is not None
        film = {"url": f"{self._url}/media/{video.id}", "alt": video.title, "type": video.mime_type}
        still = {"url": f"{self._url}/vi/{video.id}", "alt": video.title, "type": "image/jpeg"}
        return PublicPost(
            id=video.id,
            url=self._address(video.id),
            author=self.state.channels[video.channel_id].handle,
            text=video.description,
            html=f"<h2>{escape(video.title)}</h2><p>{escape(video.description)}</p>",
            created_at=spell(video.shown_at),
            received_at=spell(video.received_at),
            visibility=video.privacy,
            likes=len(self.state.likes.get(video.id, [])),
            images=[film, *([still] if video.thumbnail else [])],
            deleted=video.deleted,
        )

    def _comment(self, comment: Comment) -> PublicPost:
        return PublicPost(
            id=comment.id,
            url=self._address(comment.video_id, comment.id),
            author=self.state.channels[comment.author_id].handle,
            text=comment.text,
            html=f"<p>{escape(comment.text)}</p>",
            created_at=spell(comment.created_at),
            received_at=spell(comment.received_at),
            in_reply_to=comment.parent_id or comment.video_id,
            visibility="hidden" if comment.held else "public",
            deleted=comment.deleted or self.state.videos[comment.video_id].deleted,
        )
