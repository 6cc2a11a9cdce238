"""What the AppView answers: profiles, posts, threads and notifications as one viewer sees them."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from local.sandboxes.bluesky.network import (
    Counts,
    count,
    followers,
    follows,
    parent_of,
    quoted_by,
)
from local.sandboxes.bluesky.state import (
    GATE,
    LIKE,
    POST,
    REPOST,
    Account,
    Notification,
    Record,
    State,
)
from local.sandboxes.clock import spell

LINK = "app.bsky.richtext.facet#link"


@dataclass(frozen=True)
class Views:
    state: State
    url: str

    def author(self, did: str) -> dict[str, Any]:
        account = self.state.accounts[did]
        return {
            "did": account.did,
            "handle": account.handle,
            "displayName": account.display_name,
            "createdAt": spell(account.created_at),
            "viewer": {"muted": False, "blockedBy": False},
            "labels": [],
        }

    def profile(self, account: Account) -> dict[str, Any]:
        posts = sum(post.did == account.did for post in self.state.standing_records(POST))
        return {
            **self.author(account.did),
            "followersCount": followers(self.state, account.did),
            "followsCount": follows(self.state, account.did),
            "postsCount": posts,
            "indexedAt": spell(account.created_at),
        }

    def post(self, post: Record, counts: Counts, *, viewer: str) -> dict[str, Any]:
        embed = self._embed(post)
        return {
            "uri": post.uri,
            "cid": post.cid,
            "author": self.author(post.did),
            "record": post.value,
            **({"embed": embed} if embed else {}),
            "bookmarkCount": 0,
            "replyCount": counts.replies[post.uri],
            "repostCount": counts.reposts[post.uri],
            "likeCount": counts.likes[post.uri],
            "quoteCount": counts.quotes[post.uri],
            "indexedAt": spell(post.indexed_at),
            "viewer": self._viewer(post, viewer),
            "labels": [],
            **self._gate(post),
        }

    def thread(self, post: Record, *, viewer: str, depth: int, height: int) -> dict[str, Any]:
        counts = count(self.state)
        node = self._branch(post, counts, viewer=viewer, depth=depth)
        child, above = node, parent_of(post)
        while above and height > 0:
            parent = self.state.find_record(above)
            if parent is None:
                child["parent"] = _not_found(above)
                break
            child["parent"] = self._node(parent, counts, viewer=viewer)
            child, above, height = child["parent"], parent_of(parent), height - 1
        return node

    def notification(self, notification: Notification, *, viewer: Account) -> dict[str, Any]:
        record = self.state.records[notification.uri]
        seen = viewer.seen_at is not None and notification.indexed_at <= viewer.seen_at
        return {
            "uri": record.uri,
            "cid": record.cid,
            "author": self.author(record.did),
            "reason": notification.reason,
            **({"reasonSubject": notification.subject} if notification.subject else {}),
            "record": record.value,
            "isRead": seen,
            "indexedAt": spell(notification.indexed_at),
            "labels": [],
        }

    def permalink(self, post: Record) -> str:
        return f"{self.url}/profile/{self.state.accounts[post.did].handle}/post/{post.rkey}"

    def blob_url(self, did: str, reference: dict[str, Any]) -> str:
        return f"{self.url}/xrpc/com.atproto.sync.getBlob?did={did}&cid={reference['ref']['$link']}"

    def html(self, post: Record) -> str:
        """The text with its facets as links. Facets that fit no text are not shown."""
        text = post.value["text"].encode()
        html, end = "", 0
        for facet in sorted(post.value.get("facets", []), key=lambda f: f["index"]["byteStart"]):
            start, stop = facet["index"]["byteStart"], facet["index"]["byteEnd"]
            if not end <= start < stop <= len(text) or not facet["features"]:
                continue
            feature = facet["features"][0]
            href = feature["uri"] if feature["$type"] == LINK else "#"
            html += escape(text[end:start].decode(errors="replace"))
            shown = escape(text[start:stop].decode(errors="replace"))
            html += f'<a href="{escape(href)}" rel="nofollow noopener">{shown}</a>'
            end = stop
        html += escape(text[end:].decode(errors="replace"))
        return f"<p>{html.replace('\n', '<br>')}</p>"

    def images(self, post: Record) -> list[dict[str, str]]:
        """All that is to be seen, a film and a card's picture too."""
        return [
            {"url": self.blob_url(post.did, blob), "alt": alt, "type": blob["mimeType"]}
            for blob, alt in _shown_in(post.value.get("embed") or {})
        ]

    def _branch(self, post: Record, counts: Counts, *, viewer: str, depth: int) -> dict[str, Any]:
        node = self._node(post, counts, viewer=viewer)
        if depth > 0:
            answers = [p for p in self.state.standing_records(POST) if parent_of(p) == post.uri]
            node["replies"] = [
                self._branch(answer, counts, viewer=viewer, depth=depth - 1) for answer in answers
            ]
        return node

    def _node(self, post: Record, counts: Counts, *, viewer: str) -> dict[str, Any]:
        kind = "app.bsky.feed.defs#threadViewPost"
        return {"$type": kind, "post": self.post(post, counts, viewer=viewer)}

    def _viewer(self, post: Record, viewer: str) -> dict[str, Any]:
        state: dict[str, Any] = {"threadMuted": False, "embeddingDisabled": False}
        for name, collection in (("like", LIKE), ("repost", REPOST)):
            for record in self.state.standing_records(collection):
                if record.did == viewer and record.value["subject"]["uri"] == post.uri:
                    state[name] = record.uri
        return state

    def _embed(self, post: Record) -> dict[str, Any] | None:
        embed = post.value.get("embed") or {}
        match embed.get("$type"):
            case "app.bsky.embed.images":
                shown = zip(self.images(post), embed["images"], strict=True)
                views = [
                    {"thumb": seen["url"], "fullsize": seen["url"], "alt": seen["alt"]}
                    | ({"aspectRatio": sent["aspectRatio"]} if "aspectRatio" in sent else {})
                    for seen, sent in shown
                ]
                return {"$type": "app.bsky.embed.images#view", "images": views}
            case "app.bsky.embed.video":
                (film,) = self.images(post)
                return {
                    "$type": "app.bsky.embed.video#view",
                    "cid": embed["video"]["ref"]["$link"],
                    "playlist": film["url"],
                    "alt": film["alt"],
                    **({"aspectRatio": embed["aspectRatio"]} if "aspectRatio" in embed else {}),
                }
            case "app.bsky.embed.external":
                card = dict(embed["external"])
                if "thumb" in card:
                    card["thumb"] = self.blob_url(post.did, card["thumb"])
                return {"$type": "app.bsky.embed.external#view", "external": card}
            case "app.bsky.embed.record":
                return {"$type": "app.bsky.embed.record#view", "record": self._quoted(post)}
            case _:
                return None

    def _gate(self, post: Record) -> dict[str, Any]:
        """Only one of the same key, about this post, holds."""
        gate = self.state.find_record(post.uri.replace(f"/{POST}/", f"/{GATE}/"))
        if gate is None or gate.value["post"] != post.uri:
            return {}
        return {"threadgate": {"uri": gate.uri, "cid": gate.cid, "record": gate.value, "lists": []}}

    def _quoted(self, post: Record) -> dict[str, Any]:
        uri = quoted_by(post) or ""
        quoted = self.state.find_record(uri)
        if quoted is None:
            return {"$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": True}
        return {
            "$type": "app.bsky.embed.record#viewRecord",
            "uri": quoted.uri,
            "cid": quoted.cid,
            "author": self.author(quoted.did),
            "value": quoted.value,
            "labels": [],
            "indexedAt": spell(quoted.indexed_at),
        }


def _shown_in(embed: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    match embed.get("$type"):
        case "app.bsky.embed.images":
            yield from ((image["image"], image["alt"]) for image in embed["images"])
        case "app.bsky.embed.video":
            yield embed["video"], embed.get("alt", "")
        case "app.bsky.embed.external" if thumb := embed["external"].get("thumb"):
            yield thumb, ""


def _not_found(uri: str) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
