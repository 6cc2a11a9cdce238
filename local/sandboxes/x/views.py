"""The X sandbox's JSON: only what was asked for, by the new names or the old ones.

A post's `text` is as the platform gives it: links shortened, files as one more link, three
characters spelled as in HTML, and before an answer the name of whom it answers.
https://docs.x.com/x-api/fundamentals/data-dictionary
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from local.sandboxes.clock import spell
from local.sandboxes.numbers import grown, without
from local.sandboxes.x import text as texts
from local.sandboxes.x.posts import SHORT
from local.sandboxes.x.state import Account, Link, Post, State

OF_A_POST = {
    "attachments",
    "community_id",
    "conversation_id",
    "created_at",
    "entities",
    "id",
    "non_public_metrics",
    "note_post",
    "public_metrics",
    "reply_settings",
    "text",
}
OLD_NAMES = {"note_tweet": "note_post", "referenced_tweets": "referenced_posts"}
ONLY_EXPANDED = {"author_id", "in_reply_to_user_id", "referenced_posts"}  # by the new names
OF_A_USER = {"id", "name", "profile_image_url", "public_metrics", "subscription_type", "username"}


@dataclass(frozen=True)
class Asked:
    """What a request wants to see."""

    old: bool = False  # tweet.fields instead of post.fields
    post: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Views:
    state: State
    site: str
    asked: Asked = Asked()
    viewer_id: str = ""
    now: datetime | None = None  # for what grows with time

    def page(self, posts: Sequence[Post], **meta: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"meta": {"result_count": len(posts), **meta}}
        if posts:
            ids = [post.id for post in posts]
            body["data"] = [self.post(post) for post in posts]
            body["meta"] |= {"newest_id": max(ids, key=int), "oldest_id": min(ids, key=int)}
        if included := self._included(posts):
            body["includes"] = included
        return body

    def post(self, post: Post) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": post.id, "text": self._short(post)}
        everything: dict[str, Any] = {
            "author_id": post.account_id,
            "conversation_id": post.conversation_id,
            "created_at": spell(post.created_at.replace(microsecond=0)),
            "public_metrics": self._counts(post),
        }
        if post.media_ids:
            keys = [self._media_key(each) for each in post.media_ids]
            everything["attachments"] = {"media_keys": keys}
        if post.links:
            everything["entities"] = {"urls": [self._url(post, each) for each in post.links]}
        if above := self.state.posts.get(post.answers or ""):
            everything["in_reply_to_user_id"] = above.account_id
            everything["referenced_posts"] = [{"type": "replied_to", "id": above.id}]
        if len(post.text) > SHORT:
            urls = [self._url(post, each) for each in post.links if not each.media_id]
            everything["note_post"] = {"text": self._whole(post), "entities": {"urls": urls}}
        if post.account_id == self.viewer_id:
            everything["non_public_metrics"] = self._seen_by_its_owner(post)
        wanted = self.asked.post | self.asked.expansions
        shown |= {name: value for name, value in everything.items() if name in wanted}
        return self._by_old_names(shown) if self.asked.old else shown

    def user(self, account: Account) -> dict[str, Any]:
        own = [post for post in self.state.standing_posts() if post.account_id == account.id]
        followers = sum(whom == account.id for _, whom in self.state.follows)
        everything = {
            "profile_image_url": f"{self.site}/avatars/normal.png",
            "subscription_type": account.subscription,
            "public_metrics": {
                "followers_count": followers,
                "following_count": sum(who == account.id for who, _ in self.state.follows),
                "post_count": len(own),
                "listed_count": 0,
            },
        }
        always = {"id": account.id, "name": account.name, "username": account.username}
        wanted = {n: value for n, value in everything.items() if n in self.asked.user}
        return always | wanted

    def permalink(self, post: Post) -> str:
        return f"{self.site}/{self.state.accounts[post.account_id].username}/status/{post.id}"

    def _short(self, post: Post) -> str:
        whole = self._whole(post)
        if len(post.text) > SHORT:
            whole = whole[: SHORT - 1] + "…"
        files = [link.short for link in post.links if link.media_id]
        return " ".join(filter(None, [whole, *files]))

    def _whole(self, post: Post) -> str:
        shown = texts.composed(post.text).strip()
        marks = {link.short: link.written for link in post.links if link.written}
        for short, written in sorted(marks.items(), key=lambda each: -len(each[1])):
            shown = shown.replace(written, short)
        shown = escape(shown, quote=False)
        above = self.state.posts.get(post.answers or "")
        if above and above.account_id != post.account_id:
            name = self.state.accounts[above.account_id].username
            shown = shown if shown.startswith(f"@{name}") else f"@{name} {shown}"
        return shown

    def _url(self, post: Post, link: Link) -> dict[str, Any]:
        text = self._short(post)
        start = max(0, text.find(link.short))
        placed: dict[str, Any] = {"start": start, "end": start + len(link.short), "url": link.short}
        if link.media_id:
            kind = "video" if self._media_key(link.media_id)[0] == "7" else "photo"
            address = f"{self.permalink(post)}/{kind}/1"
            key = self._media_key(link.media_id)
            return placed | {"expanded_url": address, "display_url": "pic", "media_key": key}
        return placed | {"expanded_url": texts.expand(link.written), "display_url": link.written}

    def _media_key(self, media_id: str) -> str:
        category = self.state.media[media_id].category
        return f"{ {'tweet_image': '3', 'tweet_gif': '16'}.get(category, '7') }_{media_id}"

    def _counts(self, post: Post) -> dict[str, int]:
        answers = sum(each.answers == post.id for each in self.state.standing_posts())
        reposts = "retweet_count" if self.asked.old else "repost_count"
        counted = {
            reposts: len(self.state.reposts.get(post.id, [])),
            "reply_count": answers,
            "like_count": len(self.state.likes.get(post.id, [])),
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": self._grown("impressions", post, a_day=200),
        }
        return without(counted, self.state.settings.untold)

    def _seen_by_its_owner(self, post: Post) -> dict[str, int]:
        counted = {
            "url_link_clicks": self._grown("clicks", post, a_day=6),
            "user_profile_clicks": self._grown("visits", post, a_day=4),
        }
        return without(counted, self.state.settings.untold)

    def _grown(self, what: str, post: Post, *, a_day: int) -> int:
        now = self.now or post.created_at
        return grown(f"{what} {post.id}", post.created_at, now, a_day=a_day)

    def _included(self, posts: Sequence[Post]) -> dict[str, Any]:
        included: dict[str, Any] = {}
        if {"author_id", "in_reply_to_user_id"} & self.asked.expansions:
            ids = dict.fromkeys(post.account_id for post in posts)
            included["users"] = [self.user(self.state.accounts[each]) for each in ids]
        return included

    def _by_old_names(self, shown: dict[str, Any]) -> dict[str, Any]:
        new = {new: old for old, new in OLD_NAMES.items()}
        return {new.get(name, name): value for name, value in shown.items()}
