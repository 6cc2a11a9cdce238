"""The Mastodon sandbox's JSON: its entities as one viewer sees them.

https://docs.joinmastodon.org/entities/
"""

from dataclasses import dataclass
from typing import Any

from local.sandboxes.clock import spell
from local.sandboxes.mastodon.state import (
    AUDIO_TYPES,
    DOMAIN,
    IMAGE_TYPES,
    VIDEO_TYPES,
    Account,
    Media,
    Notification,
    State,
    Status,
)
from local.sandboxes.mastodon.text import hashtags, render


@dataclass(frozen=True)
class Views:
    state: State
    url: str
    viewer_id: str | None = None

    def profile_url(self, account: Account) -> str:
        host = f"https://{account.domain}" if account.domain else self.url
        return f"{host}/@{account.username}"

    def status_url(self, status: Status) -> str:
        """On this server, also for people of others: theirs do not exist."""
        return f"{self.url}/@{self.state.accounts[status.account_id].acct}/{status.id}"

    def media_url(self, media: Media) -> str:
        return f"{self.url}/media/{media.id}"

    def content(self, status: Status) -> str:
        return render(status.text, url=self.url, profile_of=self._find_profile)

    def account(self, account: Account) -> dict[str, Any]:
        picture = f"{self.url}/avatars/missing.png"
        own = [s for s in self.state.standing_statuses() if s.account_id == account.id]
        return {
            "id": account.id,
            "username": account.username,
            "acct": account.acct,
            "display_name": account.display_name,
            "locked": False,
            "bot": False,
            "discoverable": True,
            "indexable": False,
            "group": False,
            "created_at": spell(account.created_at),
            "note": "",
            "url": self.profile_url(account),
            "uri": f"{self.url}/users/{account.username}",
            "avatar": picture,
            "avatar_static": picture,
            "header": picture,
            "header_static": picture,
            "followers_count": sum(whom == account.id for _, whom in self.state.follows),
            "following_count": sum(who == account.id for who, _ in self.state.follows),
            "statuses_count": len(own),
            "last_status_at": own[-1].created_at.date().isoformat() if own else None,
            "emojis": [],
            "fields": [],
            "roles": [],
        }

    def own_account(self, account: Account) -> dict[str, Any]:
        source = {
            "privacy": "public",
            "sensitive": False,
            "language": None,
            "note": "",
            "fields": [],
            "follow_requests_count": 0,
            "indexable": False,
        }
        role = {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
        return {**self.account(account), "source": source, "role": role}

    def status(self, status: Status) -> dict[str, Any]:
        state = self.state
        replied_to = state.statuses.get(status.in_reply_to_id or "")
        reblogged = state.statuses.get(status.reblog_of_id or "")
        subject = reblogged or status
        reblogs = [s for s in state.standing_statuses() if s.reblog_of_id == subject.id]
        favourites = state.favourites.get(subject.id, [])
        author = state.accounts[status.account_id]
        return {
            "id": status.id,
            "created_at": spell(status.created_at),
            "in_reply_to_id": status.in_reply_to_id,
            "in_reply_to_account_id": replied_to.account_id if replied_to else None,
            "sensitive": status.sensitive,
            "spoiler_text": status.spoiler_text,
            "visibility": status.visibility,
            "language": status.language,
            "uri": f"{self.url}/users/{author.username}/statuses/{status.id}",
            "url": self.status_url(status),
            "replies_count": self._count_replies(subject),
            "reblogs_count": len(reblogs),
            "favourites_count": len(favourites),
            "quotes_count": 0,
            "edited_at": None,
            "favourited": self.viewer_id in favourites,
            "reblogged": any(s.account_id == self.viewer_id for s in reblogs),
            "muted": False,
            "bookmarked": False,
            "content": self.content(status),
            "filtered": [],
            "reblog": self.status(reblogged) if reblogged else None,
            "account": self.account(author),
            "media_attachments": [self.media(state.media[m]) for m in status.media_ids],
            "mentions": [self._mention(state.accounts[m]) for m in status.mentioned_ids],
            "tags": [{"name": t, "url": f"{self.url}/tags/{t}"} for t in hashtags(status.text)],
            "emojis": [],
            "card": None,
            "poll": self.poll(status),
            "quote": None,
        }

    def poll(self, status: Status) -> dict[str, Any] | None:
        """Nobody votes here. Its id is the status's: that it differs is no matter."""
        if status.poll is None:
            return None
        return {
            "id": status.id,
            "expires_at": spell(status.poll.expires_at),
            "expired": False,
            "multiple": status.poll.multiple,
            "votes_count": 0,
            "voters_count": 0,
            "options": [{"title": title, "votes_count": 0} for title in status.poll.options],
            "emojis": [],
        }

    def media(self, media: Media) -> dict[str, Any]:
        """`url` is null as long as it is being processed."""
        ready = not media.polls_left
        size = {
            "width": media.width,
            "height": media.height,
            "size": f"{media.width}x{media.height}",
            "aspect": media.width / media.height if media.height else 1,
        }
        x, y = media.focus
        return {
            "id": media.id,
            "type": media.kind,
            "url": self.media_url(media) if ready else None,
            "preview_url": self.media_url(media) if ready else None,
            "remote_url": None,
            "meta": {"original": size, "small": size, "focus": {"x": x, "y": y}},
            "description": media.description or None,
            "blurhash": None,
        }

    def notification(self, notification: Notification) -> dict[str, Any]:
        status = self.state.statuses.get(notification.status_id or "")
        return {
            "id": notification.id,
            "type": notification.type,
            "created_at": spell(notification.created_at),
            "group_key": f"ungrouped-{notification.id}",
            "account": self.account(self.state.accounts[notification.from_id]),
            **({"status": self.status(status)} if status else {}),
        }

    def instance(self) -> dict[str, Any]:
        return {
            "domain": DOMAIN,
            "title": "Mastodon sandbox",
            "version": self.state.settings.version,
            "source_url": "https://github.com/mastodon/mastodon",
            "description": "A sandbox on this machine: nothing here is on the internet.",
            "usage": {"users": {"active_month": len(self.state.accounts)}},
            "thumbnail": {"url": f"{self.url}/avatars/missing.png"},
            "icon": [],
            "languages": ["en"],
            "configuration": self._configuration(),
            "registrations": {"enabled": False, "approval_required": False, "message": None},
            "api_versions": {"mastodon": self.state.settings.api_version},
            "contact": {"email": "", "account": None},
            "rules": [],
        }

    def _configuration(self) -> dict[str, Any]:
        settings = self.state.settings
        return {
            "urls": {"streaming": self.url.replace("http", "ws", 1)},
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": {
                "max_characters": settings.max_characters,
                "max_media_attachments": settings.max_media_attachments,
                "characters_reserved_per_url": settings.characters_reserved_per_url,
            },
            "media_attachments": {
                "description_limit": settings.description_limit,
                "supported_mime_types": [
                    *IMAGE_TYPES,
                    *(VIDEO_TYPES if settings.supports_videos else ()),
                    *AUDIO_TYPES,
                ],
                "image_size_limit": settings.image_size_limit,
                "image_matrix_limit": settings.image_matrix_limit,
                "video_size_limit": settings.video_size_limit,
                "video_frame_rate_limit": settings.video_frame_rate_limit,
                "video_matrix_limit": settings.video_matrix_limit,
            },
            "polls": {
                "max_options": settings.max_poll_options,
                "max_characters_per_option": settings.max_poll_option_characters,
                "min_expiration": settings.min_poll_seconds,
                "max_expiration": settings.max_poll_seconds,
            },
            "translation": {"enabled": False},
        }

    def _count_replies(self, status: Status) -> int:
        return sum(s.in_reply_to_id == status.id for s in self.state.standing_statuses())

    def _find_profile(self, acct: str) -> str | None:
        account = self.state.find_account(acct)
        return self.profile_url(account) if account else None

    def _mention(self, account: Account) -> dict[str, Any]:
        return {
            "id": account.id,
            "username": account.username,
            "acct": account.acct,
            "url": self.profile_url(account),
        }
