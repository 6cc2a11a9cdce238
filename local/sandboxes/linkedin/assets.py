"""Uploads: announced, sent to signed addresses, and worked on for a while."""

import secrets
from typing import Any

from local.sandboxes.images import look_at
from local.sandboxes.linkedin.refusals import forbidden, invalid, missing, not_found, refusal
from local.sandboxes.linkedin.state import Asset, Kind, Settings, State

IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})


def begin(state: State, kind: Kind, asked: Any, *, url: str) -> dict[str, Any]:
    if not isinstance(asked, dict) or "owner" not in asked:
        raise missing("initializeUploadRequest/owner")
    size = asked.get("fileSizeBytes", 0)
    if kind == "video" and not 0 < size <= state.settings.video_bytes:
        raise invalid("initializeUploadRequest/fileSizeBytes", f"{size}")
    asset = Asset(
        id=f"C4E10AQ{state.next_number()}",
        kind=kind,
        owner=asked["owner"],
        signature=secrets.token_urlsafe(12),
        size=size,
        polls_left=_polls(kind, state.settings),
    )
    state.assets[asset.urn] = asset
    at = f"{url}/dms-uploads/{kind}/{asset.id}"
    if kind != "video":
        return {kind: asset.urn, "uploadUrl": f"{at}?sig={asset.signature}"}
    instructions = [
        {
            "uploadUrl": f"{at}/{number}?sig={asset.signature}",
            "firstByte": first,
            "lastByte": min(first + state.settings.part_bytes, size) - 1,
        }
        for number, first in enumerate(range(0, size, state.settings.part_bytes))
    ]
    return {
        "video": asset.urn,
        "uploadToken": f"token-{asset.id}",
        "uploadInstructions": instructions,
    }


def take_file(state: State, asset: Asset, data: bytes) -> None:
    """Whatever it is, it is taken: what is wrong with it is told by its status."""
    if asset.kind == "image":
        picture = look_at(data)
        pixels = picture.width * picture.height if picture else 0
        mime_type = picture.mime_type if picture else ""
        is_bad = mime_type not in IMAGE_TYPES or pixels >= state.settings.image_pixels
    else:
        is_bad = not data.startswith(b"%PDF") or len(data) > state.settings.document_bytes
        mime_type = "application/pdf"
    changes = {"data": data, "mime_type": mime_type, "is_bad": is_bad, "is_uploaded": True}
    state.assets[asset.urn] = asset.model_copy(update=changes)


def take_part(state: State, asset: Asset, number: int, data: bytes) -> str:
    """Its receipt."""
    first = number * state.settings.part_bytes
    wanted = min(state.settings.part_bytes, asset.size - first)
    if len(data) != wanted:
        raise refusal(400, "INVALID_PART", f"{len(data)} bytes came, {wanted} were announced")
    parts = {**asset.parts, number: data}
    state.assets[asset.urn] = asset.model_copy(update={"parts": parts})
    return receipt(asset, number)


def receipt(asset: Asset, number: int) -> str:
    return f"/ambry-video/signedId/{asset.id}/{number}"


def finish(state: State, asked: Any) -> None:
    if not isinstance(asked, dict):
        raise missing("finalizeUploadRequest")
    asset = state.assets.get(asked.get("video", ""))
    if asset is None or asset.kind != "video":
        raise not_found(str(asked.get("video")))
    if asset.is_uploaded:
        raise refusal(400, "UPLOAD_ALREADY_FINALIZED", "The upload is finalized already")
    if asked.get("uploadToken") != f"token-{asset.id}":
        raise invalid("finalizeUploadRequest/uploadToken", "is not this upload's")
    count = -(-asset.size // state.settings.part_bytes)
    wanted = [receipt(asset, number) for number in range(count)]
    if asked.get("uploadedPartIds") != wanted or set(asset.parts) != set(range(count)):
        raise invalid("finalizeUploadRequest/uploadedPartIds", "do not name every part in order")
    data = b"".join(asset.parts[number] for number in range(count))
    is_bad = data[4:8] != b"ftyp"
    changes = {"data": data, "mime_type": "video/mp4", "is_bad": is_bad, "is_uploaded": True}
    state.assets[asset.urn] = asset.model_copy(update={**changes, "parts": {}})


def polled(state: State, urn: str, *, readable: bool) -> dict[str, Any]:
    """The asset as it stands; each question brings the end of the work nearer."""
    asset = state.assets.get(urn)
    if asset is None:
        raise not_found(urn)
    if not readable:
        raise forbidden(f"{asset.kind}s.GET")
    told = status(asset)
    if told == "PROCESSING":
        left = asset.model_copy(update={"polls_left": asset.polls_left - 1})
        state.assets[urn] = left
    return {"id": urn, "owner": asset.owner, "status": told}


def status(asset: Asset) -> str:
    if not asset.is_uploaded:
        return "WAITING_UPLOAD"
    if asset.polls_left > 0:
        return "PROCESSING"
    return "PROCESSING_FAILED" if asset.is_bad else "AVAILABLE"


def usable(state: State, urn: Any, *, owner: str, kinds: set[str]) -> Asset:
    """An asset that a post may show."""
    asset = state.assets.get(urn) if isinstance(urn, str) else None
    if asset is None or asset.kind not in kinds:
        raise invalid("content/media/id", f"{urn} is not an asset that fits here")
    if asset.owner != owner:
        raise forbidden(f"{asset.kind} of another owner")
    match status(asset):
        case "WAITING_UPLOAD":
            raise refusal(400, "MEDIA_ASSET_WAITING_UPLOAD", "Media asset is waiting upload")
        case "PROCESSING":
            raise refusal(400, "MEDIA_ASSET_PROCESSING", "Media asset is being processed")
        case "PROCESSING_FAILED":
            raise refusal(400, "MEDIA_ASSET_PROCESSING_FAILED", "Media asset failed processing")
    return asset


def _polls(kind: Kind, settings: Settings) -> int:
    return {
        "image": settings.image_polls,
        "video": settings.video_polls,
        "document": settings.document_polls,
    }[kind]
