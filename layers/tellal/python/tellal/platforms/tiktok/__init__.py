"""TikTok, by its Content Posting API. https://developers.tiktok.com/doc/content-posting-api-get-started

What must stay true. Before anything is sent TikTok is asked what the account may do, and what its
author chose is held against that. A film is uploaded when it is prepared, all but its last chunk:
that chunk publishes it, and goes out at its second. Photos are published by the request that
names them. Both are only accepted then, and TikTok is asked by the `publish_id` what became of
them; the id of a film is known before its commit, that of photos is not if the answer is lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, ClassVar

from pydantic import BaseModel, SecretStr

from tellal.channels import Channel
from tellal.errors import Rejected, TryLater, Unacceptable
from tellal.observations import Metric
from tellal.platforms import choices
from tellal.platforms.calls import Calls, address
from tellal.platforms.choices import as_json
from tellal.platforms.counts import counts
from tellal.platforms.hearing import AppSecrets, Told
from tellal.platforms.protocol import (
    Accepted,
    Connected,
    GivenUp,
    Limits,
    MediaReader,
    PartKey,
    Pending,
    PostList,
    Prepared,
    Promise,
    Published,
    Refreshed,
    Registration,
    Thread,
    Unpublished,
)
from tellal.platforms.rules import broken_rules, parts_of, refuse
from tellal.platforms.tiktok import (
    answers,
    checks,
    consent,
    facts,
    listing,
    outcome,
    photos,
    upload,
    webhooks,
)
from tellal.platforms.tiktok.facts import FACTS
from tellal.platforms.tiktok.line import Line
from tellal.platforms.tiktok.measuring import MEASURED
from tellal.platforms.tiktok.options import Privacy, TikTokOptions
from tellal.posts import Content, Part, Remote

CREATOR = "/v2/post/publish/creator_info/query/"
VIDEO = "/v2/post/publish/video/init/"
CONTENT = "/v2/post/publish/content/init/"
STATUS = "/v2/post/publish/status/fetch/"
SOON = timedelta(seconds=5)
MOST_UPLOADS = 3  # of one film, where TikTok forgets it before it is whole
UNNAMED_BEFORE_LISTED = 2  # times that the id is asked for before the list is


class TikTokCredentials(BaseModel):
    access_token: SecretStr
    refresh_token: SecretStr


class TikTok:
    name: ClassVar = "tiktok"
    facts: ClassVar = FACTS
    Credentials: ClassVar[type[BaseModel]] = TikTokCredentials
    Options: ClassVar[type[BaseModel]] = TikTokOptions
    scopes: ClassVar = consent.SCOPES
    webhook_headers: ClassVar = (webhooks.SIGNATURE,)
    signed_for: ClassVar = timedelta(minutes=5)

    def __init__(self, channel: Channel, credentials: TikTokCredentials, calls: Calls) -> None:
        self._channel = channel
        self._credentials = credentials
        self._calls = calls
        self._line = Line(credentials.access_token, calls)

    # ── connecting ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def authorise_address(
        cls,
        app: Registration,
        *,
        state: str,
        challenge: str,  # noqa: ARG003 – not for apps on the web
        calls: Calls,
    ) -> str:
        return consent.address_of(app, state=state, calls=calls)

    @classmethod
    def exchange(
        cls,
        app: Registration,
        *,
        code: str,
        verifier: str,  # noqa: ARG003
        calls: Calls,
    ) -> tuple[Connected, ...]:
        """One consent is one account's."""
        granted = consent.exchange(app, code=code, calls=calls)
        scopes = consent.scopes_of(granted)
        consent.ASKED_FOR.require(scopes)
        fields = ["open_id", "display_name", *(["username"] if consent.PROFILE in scopes else [])]
        path = f"/v2/user/info/?fields={','.join(fields)}"
        reply = Line(granted.access_token, calls)(path, method="GET")
        user = reply.read(answers.Said[answers.OwnUser]).data.user
        connected = Connected(
            remote_id=user.open_id,
            name=user.display_name or user.username,
            handle=user.username or user.display_name,
            url=f"{calls.hosts['site']}/@{user.username}" if user.username else None,
            credentials=_credentials(granted),
            server={"scopes": list(scopes), "media_domain": _domain(calls)},
            expires_at=consent.expiry(granted),
            missing=consent.ASKED_FOR.missing(scopes),
        )
        return (connected,)

    @classmethod
    def revoke(cls, app: Registration, credentials: TikTokCredentials, calls: Calls) -> None:
        consent.revoke(app, credentials.access_token, calls=calls)

    def refresh(self, app: Registration | None) -> Refreshed:
        assert app is not None, "its facts say so"
        granted = consent.refresh(app, self._credentials.refresh_token, calls=self._calls)
        return Refreshed(_credentials(granted), consent.expiry(granted))

    # ── being told ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def verify(cls, body: bytes, headers: Mapping[str, str], secrets: Sequence[AppSecrets]) -> None:
        webhooks.verify(body, headers, secrets)

    @classmethod
    def signed_at(cls, headers: Mapping[str, str]) -> datetime:
        return webhooks.signed_at(headers)

    @classmethod
    def normalise(cls, body: bytes) -> Told:
        return webhooks.normalise(body)

    # ── publishing ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def limits(cls, channel: Channel) -> Limits:
        """Without a verified domain there are no photos."""
        return facts.limits() if checks.media_domain(channel) else replace(facts.limits(), images=0)

    @classmethod
    def length(cls, text: str, channel: Channel) -> int:  # noqa: ARG003 – alike everywhere
        return checks.units(text)

    @classmethod
    def render(cls, content: Content, channel: Channel) -> tuple[Part, ...]:
        parts, limits = parts_of(content), facts.limits()
        if checks.is_photos(content.media):
            limits = replace(limits, text_length=checks.PHOTO_TEXT)
        chosen, unchosen = _chosen(content)
        common = broken_rules(parts, title=FACTS.title, limits=limits, length=checks.units)
        own = checks.broken(content.media, chosen, channel)
        refuse((*common, *own, *unchosen))
        assert chosen is not None, "or it was refused"
        return (parts[0].model_copy(update={"options": as_json(chosen)}),)

    @classmethod
    def promise(cls, part: Part, channel: Channel) -> Promise:
        """What TikTok has accepted can be asked about, photos too."""
        if not checks.is_photos(part.media) or "publish_id" in (part.prepared or {}):
            return facts.HAS_ID
        return facts.CAN_BE_LISTED if consent.LIST in _scopes(channel) else facts.UNKNOWN

    @classmethod
    def needs_preparing(cls, part: Part) -> bool:  # noqa: ARG003 – all of it
        return True

    def prepare(self, part: Part, *, media: MediaReader) -> Prepared | Pending:
        """Notes: the account's `username`; of a film `publish_id`, `upload_url` and how many of
        its chunks are `sent`, of photos where each lies."""
        notes = part.prepared or {}
        if "username" not in notes:
            return self._ask_creator(part)
        if checks.is_photos(part.media):
            return self._keep_next_photo(part, notes, media)
        if "upload_url" not in notes:
            return self._begin_upload(part, notes)
        if int(notes["sent"]) == upload.Chunks(part.media[0].size).last:
            return Prepared(notes)
        return self._send_chunk(part, notes, media)

    def commit(
        self,
        part: Part,
        *,
        key: PartKey,  # noqa: ARG002 – TikTok takes none
        thread: Thread,  # noqa: ARG002 – and has none
        media: MediaReader,
    ) -> Accepted:
        notes = part.prepared or {}
        if checks.is_photos(part.media):
            domain = checks.media_domain(self._channel)
            request = photos.request(part, domain=domain, media=media)
            reply = self._line(CONTENT, json=request, commits=True)
            publish_id = reply.read(answers.Said[answers.Begun]).data.publish_id
        else:
            film, publish_id = part.media[0], notes["publish_id"]
            last = upload.Chunks(film.size).last
            url = notes["upload_url"]
            reply = upload.send(last, film, url=url, line=self._line, media=media, commits=True)
        accepted = {**notes, "publish_id": publish_id, outcome.ACCEPTED: "yes"}
        return Accepted(accepted, SOON, reply.request_id)

    def resume(
        self,
        part: Part,
        *,
        key: PartKey,
        thread: Thread,  # noqa: ARG002
    ) -> Published | Pending | Unpublished | GivenUp:
        notes = part.prepared or {}
        told = outcome.read(self._status(notes["publish_id"]), part)
        if isinstance(told, outcome.Complete):
            return self._complete(told, part, since=key.at)
        return told

    @classmethod
    def fingerprint(cls, part: Part, thread: Thread, channel: Channel) -> str:  # noqa: ARG003
        return listing.fingerprint(part)

    def list_posts(self, *, since: datetime) -> PostList:
        return listing.listed(self._line, since=since)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def read_channel(self) -> Mapping[Metric, int]:
        if consent.STATS not in _scopes(self._channel):
            return {}
        path = f"/v2/user/info/?fields={','.join(MEASURED.channel)}"
        stated = self._line(path, method="GET").read(answers.Said[dict[str, Any]]).data
        return counts(stated.get("user") or {}, MEASURED.channel)

    def read_posts(self, remotes: Sequence[Remote]) -> Mapping[str, Mapping[Metric, int]]:
        """Those that have an id of their own: TikTok tells none of what not everybody may see."""
        if consent.LIST not in _scopes(self._channel):
            return {}
        read = {}
        path = f"/v2/video/query/?fields=id,{','.join(MEASURED.posts)}"
        ids = [remote.id for remote in remotes if remote.id.isdecimal()]
        for some in batched(ids, MEASURED.together, strict=False):
            asked = {"filters": {"video_ids": list(some)}}
            found = self._line(path, json=asked).read(answers.Said[answers.MeasuredVideos]).data
            for video in found.videos:
                read[video.id] = counts(video.model_extra or {}, MEASURED.posts)
        return read

    # ── step by step ─────────────────────────────────────────────────────────────────────────

    def _ask_creator(self, part: Part) -> Pending:
        """Before every post, as TikTok wants it; a quota that is used up is told here, too."""
        creator = self._line(CREATOR).read(answers.Said[answers.Creator]).data
        options = TikTokOptions.model_validate(part.options)
        if objections := list(checks.objections(creator, part, options)):
            raise Rejected("; ".join(objections))
        return Pending({"username": creator.creator_username or self._channel.handle})

    def _keep_next_photo(
        self, part: Part, notes: Mapping[str, str], media: MediaReader
    ) -> Prepared | Pending:
        for number, photo in enumerate(part.media):
            if photos.note(number) not in notes:
                most = FACTS.limits["image_bytes"].value
                key = photos.keep(photo, media=media, most_bytes=most)
                kept = {**notes, photos.note(number): key}
                return Prepared(kept) if number + 1 == len(part.media) else Pending(kept)
        return Prepared(notes)

    def _begin_upload(self, part: Part, notes: Mapping[str, str]) -> Prepared | Pending:
        """Nothing of it is public before all of it was sent, so beginning again is harmless."""
        reply = self._line(VIDEO, json=upload.request(part))
        begun = reply.read(answers.Said[answers.BegunUpload]).data
        ids = {"publish_id": begun.publish_id, "upload_url": begun.upload_url, "sent": "0"}
        ready = {**notes, **ids}
        is_small = upload.Chunks(part.media[0].size).last == 0
        return Prepared(ready) if is_small else Pending(ready)

    def _send_chunk(
        self, part: Part, notes: Mapping[str, str], media: MediaReader
    ) -> Prepared | Pending:
        film, sent = part.media[0], int(notes["sent"])
        chunks, url = upload.Chunks(film.size), notes["upload_url"]
        try:
            upload.send(sent, film, url=url, line=self._line, media=media, commits=False)
        except upload.OutOfStep:
            received = self._status(notes["publish_id"]).uploaded_bytes or 0
            following = chunks.beginning_at(received)
            if following is None or following <= sent:
                return _begun_again(notes)
        except upload.Lost:
            return _begun_again(notes)
        else:
            following = sent + 1
        reached = {**notes, "sent": str(following)}
        return Prepared(reached) if following == chunks.last else Pending(reached)

    def _status(self, publish_id: str) -> answers.Status:
        reply = self._line(STATUS, json={"publish_id": publish_id})
        return reply.read(answers.Said[answers.Status]).data

    def _complete(
        self, told: outcome.Complete, part: Part, *, since: datetime
    ) -> Published | Pending:
        """Posted. Its id follows once moderation has passed it, and not for every post."""
        notes = part.prepared or {}
        refs = {"publish_id": notes["publish_id"]}
        if told.post_ids:
            own_id = told.post_ids[0]
            return Published(Remote(id=own_id, url=self._permalink(own_id, part), refs=refs))
        nameless = Published(Remote(id=notes["publish_id"], refs=refs))
        if part.options.get("privacy") != Privacy.EVERYONE:
            return nameless
        asked = int(notes.get(outcome.UNNAMED, "0"))
        may_list = consent.LIST in _scopes(self._channel)
        if asked >= UNNAMED_BEFORE_LISTED and may_list:
            found = listing.named(self._line, part, since=since)
            if found is not None:
                return Published(found.model_copy(update={"refs": refs}))
        if asked >= outcome.MOST_UNNAMED:
            return nameless
        return outcome.again(notes, outcome.UNNAMED, longest=outcome.LONGEST_UNNAMED)

    def _permalink(self, post_id: str, part: Part) -> str:
        username = (part.prepared or {}).get("username") or self._channel.handle
        kind = "photo" if checks.is_photos(part.media) else "video"
        return f"{self._calls.hosts['site']}/@{username}/{kind}/{post_id}"


def _chosen(content: Content) -> tuple[TikTokOptions | None, tuple[Any, ...]]:
    try:
        return choices.chosen(TikTokOptions, content, platform=TikTok.name), ()
    except Unacceptable as error:
        return None, error.broken


def _domain(calls: Calls) -> str:
    stated = str(calls.settings["media_domain"])
    return address(stated) if stated else ""


def _credentials(granted: answers.Granted) -> TikTokCredentials:
    return TikTokCredentials(access_token=granted.access_token, refresh_token=granted.refresh_token)


def _scopes(channel: Channel) -> Sequence[str]:
    return channel.server.get("scopes") or ()


def _begun_again(notes: Mapping[str, str]) -> Pending:
    """Of an upload that TikTok forgot, or has otherwise than we think, nothing is public."""
    uploads = int(notes.get("uploads", "1"))
    if uploads >= MOST_UPLOADS:
        raise TryLater("TikTok loses the upload of this film again and again")
    return Pending({"username": notes["username"], "uploads": str(uploads + 1)})
