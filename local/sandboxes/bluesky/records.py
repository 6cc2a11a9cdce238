"""Repositories: blobs and records, written as a PDS writes them.

A record's key names it for good: creating on a key that exists is the server's 500, putting on it
again is 200, deleting what is gone is 200.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.sandboxes.answers import Refusal
from local.sandboxes.bluesky.lexicon import check_key, check_record
from local.sandboxes.bluesky.network import announce
from local.sandboxes.bluesky.sessions import refuse
from local.sandboxes.bluesky.state import Account, Blob, Record, State, make_cid
from local.sandboxes.images import look_at


@dataclass(frozen=True)
class Write:
    """What a caller asks to be written, and when the request came and is acted on."""

    collection: str
    rkey: str | None
    value: dict[str, Any]
    received_at: datetime
    now: datetime
    swap: tuple[str | None] | None = None  # the CID that must be there now, None for nothing


@dataclass(frozen=True)
class Written:
    record: Record
    status: str
    changed: bool


def keep_blob(state: State, *, owner: Account, data: bytes, content_type: str) -> dict[str, Any]:
    """The reference to put into a record. Its type is what the bytes show, else what was said."""
    if len(data) > state.settings.upload_bytes:
        raise refuse(413, "PayloadTooLarge", "request entity too large")
    picture = look_at(data)
    mime_type = picture.mime_type if picture else content_type or "application/octet-stream"
    blob = Blob(cid=make_cid(data, codec="raw"), mime_type=mime_type, data=data)
    state.blobs[f"{owner.did} {blob.cid}"] = blob
    return {
        "$type": "blob",
        "ref": {"$link": blob.cid},
        "mimeType": mime_type,
        "size": len(data),
    }


def create(state: State, *, owner: Account, write: Write) -> Written:
    """Fails with the server's own 500 where the key is taken."""
    rkey = write.rkey or state.new_tid(write.now)
    value, status = _checked(state, owner, write, rkey)
    if state.find_record(_uri(owner, write.collection, rkey)):
        raise refuse(500, "InternalServerError", "Internal Server Error")
    return Written(_keep(state, owner, write, rkey, value), status, changed=True)


def put(state: State, *, owner: Account, write: Write) -> Written:
    rkey = write.rkey or ""
    value, status = _checked(state, owner, write, rkey)
    current = state.find_record(_uri(owner, write.collection, rkey))
    _check_swap(current, write.swap)
    if current and current.cid == cid_of(value):
        return Written(current, status, changed=False)
    return Written(_keep(state, owner, write, rkey, value), status, changed=True)


def apply(state: State, *, owner: Account, writes: list[tuple[str, Write]]) -> list[Written | None]:
    """All of them or none: creating on a key that is taken is the server's 500, as by itself."""
    records, told = dict(state.records), list(state.notifications)
    try:
        return [_applied(state, owner, action, write) for action, write in writes]
    except Refusal:
        state.records, state.notifications = records, told
        raise


def _applied(state: State, owner: Account, action: str, write: Write) -> Written | None:
    uri = _uri(owner, write.collection, write.rkey or "")
    there = state.find_record(uri)
    if action != "create" and there is None:
        raise refuse(500, "InternalServerError", "Internal Server Error")
    match action:
        case "create":
            return create(state, owner=owner, write=write)
        case "update":
            return put(state, owner=owner, write=write)
        case _:
            delete(state, uri=uri, swap=None)
            return None


def delete(state: State, *, uri: str, swap: tuple[str | None] | None) -> bool:
    """False where it was gone already, which is no error."""
    record = state.find_record(uri)
    if record is None:
        return False
    _check_swap(record, swap)
    state.records[uri] = record.model_copy(update={"deleted": True})
    return True


def list_newest(
    state: State, *, owner: Account, collection: str, cursor: str, reverse: bool
) -> Iterator[Record]:
    """By record key, newest first; `reverse` flips it. The cursor is the last key seen."""
    records = [r for r in state.standing_records(collection) if r.did == owner.did]
    for record in sorted(records, key=lambda r: r.rkey, reverse=not reverse):
        if not cursor or (record.rkey > cursor if reverse else record.rkey < cursor):
            yield record


def _checked(state: State, owner: Account, write: Write, rkey: str) -> tuple[dict[str, Any], str]:
    """The record as it will be kept, and its validation status."""
    value = {"$type": write.collection, **write.value}
    if value["$type"] != write.collection:
        message = f"Invalid $type, expected {write.collection}, got {value['$type']}"
        raise refuse(400, "InvalidRequest", message)
    check_key(write.collection, rkey)
    status = check_record(write.collection, value, image_bytes=state.settings.image_bytes)
    for reference in _blobs_in(value):
        _check_reference(state, owner, reference)
    return value, status


def _check_reference(state: State, owner: Account, reference: dict[str, Any]) -> None:
    cid = reference.get("ref", {}).get("$link")
    blob = state.blobs.get(f"{owner.did} {cid}")
    if blob is None:
        raise refuse(400, "BlobNotFound", f"Could not find blob: {cid}")
    if blob.mime_type != reference.get("mimeType"):
        message = (
            "Referenced Mimetype does not match stored blob. "
            f"Expected: {blob.mime_type}, Got: {reference.get('mimeType')}"
        )
        raise refuse(400, "InvalidMimeType", message)
    if len(blob.data) != reference.get("size"):
        raise refuse(400, "InvalidSize", f"Blob {cid} has {len(blob.data)} bytes")


def _check_swap(current: Record | None, swap: tuple[str | None] | None) -> None:
    there = current.cid if current else None
    if swap and swap[0] != there:
        raise refuse(400, "InvalidSwap", f"Record was at {there}")


def _keep(state: State, owner: Account, write: Write, rkey: str, value: dict[str, Any]) -> Record:
    record = Record(
        uri=_uri(owner, write.collection, rkey),
        cid=cid_of(value),
        did=owner.did,
        collection=write.collection,
        rkey=rkey,
        value=value,
        indexed_at=write.now,
        received_at=write.received_at,
    )
    known = record.uri in state.records
    state.records[record.uri] = record
    if not known:
        announce(state, record)
    return record


def _uri(owner: Account, collection: str, rkey: str) -> str:
    return f"at://{owner.did}/{collection}/{rkey}"


def cid_of(value: dict[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return make_cid(text.encode(), codec="dag-cbor")


def _blobs_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("$type") == "blob":
            yield value
        for inner in value.values():
            yield from _blobs_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _blobs_in(inner)
