"""Files on their way to LinkedIn, one bounded step after the other.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api

Each is announced, sent, and then waited for. A film goes in parts to addresses that are signed:
they are told no token, and each answers with a receipt that the end of the upload needs. A post
with a file that LinkedIn cannot read is shown to nobody, so a file is asked about until it is
available, where the channel may ask: members' tokens mostly may not.

Notes: `assets`, what is uploaded, in its order; `available`, how many of them LinkedIn is done
with. Of a film that is under way: `video`, `token`, `parts` and `receipts`; and `anew`, how often
its upload was begun again because the addresses were not good any more.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus

from tellal.errors import PublishError, Rejected, TryLater
from tellal.platforms import images
from tellal.platforms.calls import Gone, Reply
from tellal.platforms.linkedin import answers, urns
from tellal.platforms.linkedin.line import Forbidden, Line, understand
from tellal.platforms.protocol import MediaReader, Pending, Prepared
from tellal.platforms.waiting import done, still_working
from tellal.posts import AttachedMedia, MediaKind, Part

ASSETS, AVAILABLE = "assets", "available"
VIDEO, TOKEN, PARTS, RECEIPTS, ANEW = "video", "token", "parts", "receipts", "anew"
OF_ONE_UPLOAD = frozenset({VIDEO, TOKEN, PARTS, RECEIPTS})

RESOURCES = {"image": "images", "video": "videos", "document": "documents"}
NAMES = {"image": "an image", "video": "a video", "document": "a document"}
UNASKED = timedelta(seconds=15)  # what a file gets that nobody may ask about
MOST_POLLS = 60  # an hour: films take long
MOST_TIMES_ANEW = 2
NOT_GOOD_ANY_MORE = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
)

Notes = Mapping[str, str]


class _Expired(TryLater):
    """The signed addresses of an upload are not good any more."""


class Uploads:
    """What a channel uploads belongs to it: nobody else may post it."""

    def __init__(self, line: Line, owner: str) -> None:
        self._line = line
        self._owner = owner

    def step(self, part: Part, media: MediaReader) -> Prepared | Pending:
        notes = part.prepared or {}
        assets = notes.get(ASSETS, "").split()
        if len(assets) < len(part.media):
            return self._upload(part.media[len(assets)], notes, media)
        available = int(notes.get(AVAILABLE, "0"))
        if available < len(assets):
            return self._wait_for(assets[available], notes, available, len(assets))
        return Prepared({ASSETS: notes[ASSETS], AVAILABLE: str(available)})

    def _upload(self, each: AttachedMedia, notes: Notes, media: MediaReader) -> Pending:
        match each.kind:
            case MediaKind.IMAGE:
                image = images.clean(media.read(each))
                begun = self._begin("images")
                self._send(begun.uploadUrl, image.data, image.mime_type)
                return _added(notes, begun.urn)
            case MediaKind.DOCUMENT:
                begun = self._begin("documents")
                with media.open(each) as file:
                    length = {"Content-Length": str(each.size), "Content-Type": each.mime_type}
                    self._line.upload(begun.uploadUrl, signed=False, content=file, headers=length)
                return _added(notes, begun.urn)
            case MediaKind.VIDEO:
                return self._step_of_video(each, notes, media)

    def _begin(self, resource: str, **more: object) -> answers.UploadBegun:
        asked = {"initializeUploadRequest": {"owner": self._owner, **more}}
        path, params = f"rest/{resource}", {"action": "initializeUpload"}
        reply = self._line("POST", path, params=params, json=asked)
        return reply.read(answers.Begun).value

    def _send(self, url: str, data: bytes, mime_type: str) -> None:
        headers = {"Content-Type": mime_type}
        self._line.upload(url, signed=False, content=data, headers=headers)

    # ── a film, in parts ─────────────────────────────────────────────────────────────────────

    def _step_of_video(self, each: AttachedMedia, notes: Notes, media: MediaReader) -> Pending:
        if VIDEO not in notes:
            return Pending({**notes, **self._begin_video(each)})
        parts, receipts = _unpacked(notes[PARTS]), notes[RECEIPTS].split()
        if len(receipts) == len(parts):
            self._finish(notes, receipts)
            return _added(notes, notes[VIDEO])
        url, first, last = parts[len(receipts)]
        chunk = media.read_range(each, start=first, length=last - first + 1)
        try:
            receipt = self._send_part(url, chunk)
        except _Expired:
            return _anew(notes)
        return Pending({**notes, RECEIPTS: " ".join((*receipts, receipt))})

    def _begin_video(self, each: AttachedMedia) -> Notes:
        wanted = {"uploadCaptions": False, "uploadThumbnail": False}
        begun = self._begin("videos", fileSizeBytes=each.size, **wanted)
        parts = [(at.uploadUrl, at.firstByte, at.lastByte) for at in begun.uploadInstructions]
        return {VIDEO: begun.urn, TOKEN: begun.uploadToken, PARTS: _packed(parts), RECEIPTS: ""}

    def _send_part(self, url: str, chunk: bytes) -> str:
        kind = {"Content-Type": "application/octet-stream"}
        reads = _understand_part
        reply = self._line.upload(url, signed=True, content=chunk, headers=kind, reads=reads)
        receipt = str(reply.headers.get("etag", "")).strip('"')
        if not receipt or " " in receipt:
            raise TryLater("LinkedIn took a part of a video and gave no receipt for it")
        return receipt

    def _finish(self, notes: Notes, receipts: Sequence[str]) -> None:
        asked = {
            "finalizeUploadRequest": {
                "video": notes[VIDEO],
                "uploadToken": notes[TOKEN],
                "uploadedPartIds": list(receipts),
            }
        }
        params = {"action": "finalizeUpload"}
        try:
            self._line("POST", "rest/videos", params=params, json=asked, accepts={200, 204})
        except Rejected:
            if not self._is_finished(notes[VIDEO]):
                raise

    def _is_finished(self, video: str) -> bool:
        """Whether the end of the upload was heard before: its answer may have been lost."""
        try:
            return self._status(video) in {"PROCESSING", "AVAILABLE"}
        except PublishError:
            return False

    # ── waiting ──────────────────────────────────────────────────────────────────────────────

    def _wait_for(self, urn: str, notes: Notes, available: int, total: int) -> Pending:
        name = NAMES[_kind(urn)]
        try:
            status = self._status(urn)
        except Forbidden:
            return Pending({**done(notes), AVAILABLE: str(total)}, UNASKED)
        except Gone:  # not known everywhere yet
            status = "WAITING_UPLOAD"
        match status:
            case "AVAILABLE":
                return Pending({**done(notes), AVAILABLE: str(available + 1)})
            case "PROCESSING_FAILED":
                raise Rejected(f"LinkedIn could not make anything of {name}: try another one")
            case _:
                return still_working(notes, what=name, most=MOST_POLLS)

    def _status(self, urn: str) -> str:
        path = f"rest/{RESOURCES[_kind(urn)]}/{urns.in_address(urn)}"
        return self._line("GET", path).read(answers.Asset).status


def _kind(urn: str) -> str:
    """Of urn:li:image:C5F1."""
    return urn.split(":")[2]


def _added(notes: Notes, urn: str) -> Pending:
    """One more asset; what was kept of its upload is not needed any more."""
    kept = {name: note for name, note in notes.items() if name not in OF_ONE_UPLOAD}
    return Pending({**kept, ASSETS: f"{notes.get(ASSETS, '')} {urn}".strip()})


def _anew(notes: Notes) -> Pending:
    times = int(notes.get(ANEW, "0"))
    if times == MOST_TIMES_ANEW:
        raise Rejected("LinkedIn does not take this video: it refuses the upload again and again")
    kept = {name: note for name, note in notes.items() if name not in OF_ONE_UPLOAD}
    return Pending({**kept, ANEW: str(times + 1)})


def _understand_part(reply: Reply) -> None:
    body = reply.json()
    name = body.get("code") if isinstance(body, dict) else None
    if reply.status in NOT_GOOD_ANY_MORE or name == "EXPIRED_UPLOAD_URL":
        raise _Expired("The addresses of a video's upload are not good any more")
    understand(reply)


def _packed(parts: Sequence[tuple[str, int, int]]) -> str:
    """Of a large film there are a hundred and more long addresses that are nearly the same, and
    the notes are written again with every part."""
    return base64.b64encode(zlib.compress(json.dumps(parts).encode())).decode()


def _unpacked(packed: str) -> list[tuple[str, int, int]]:
    return [(*each,) for each in json.loads(zlib.decompress(base64.b64decode(packed)))]
