"""How the links of one post are written, channel by channel: with the workspace's and the
campaign's UTM parameters, and as short links where the workspace wants them. Pure.

Only what begins with http:// or https:// is a link, and never a short link of ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tellal import links
from tellal.channels import Channel
from tellal.links import Campaign, Link, Utm
from tellal.platforms.text import LINK, Kind, find
from tellal.posts import Content, Options

Write = Callable[[str], str]  # an address as its author wrote it → as it is sent


@dataclass(frozen=True, kw_only=True)
class Linking:
    workspace_id: str
    zone: str  # the workspace's
    utm: Utm = field(default_factory=Utm)  # the workspace's
    campaign: Campaign | None = None
    campaign_id: str | None = None  # as the post says, though there is no such campaign any more
    post_id: str
    delivery_ids: Mapping[str, str]  # by channel id
    short_at: str  # where short links lead from: "https://tellal.example/l/"
    shortens: bool = False
    names_codes: bool = False  # to the page a short link leads to, for its snippet
    now: datetime

    def written(
        self, content: Content, channel: Channel, option_links: Sequence[str]
    ) -> tuple[Content, tuple[Link, ...]]:
        """What the channel is to show, and the short links in it, each once. `option_links` are
        the paths of those of its platform's options that hold a link."""
        made: dict[str, Link] = {}
        added = self._parameters(channel)

        def write(address: str) -> str:
            if address.startswith(self.short_at):
                return address
            tagged = links.tagged(address, added)
            if not self.shortens:
                return tagged
            link = self._link(links.ascii_address(tagged), channel)
            made[link.code] = link
            return f"{self.short_at}{link.code}"

        thread = tuple(
            each.model_copy(update={"text": _rewritten(each.text, write)})
            for each in content.thread
        )
        changes = {
            "text": _rewritten(content.text, write),
            "thread": thread,
            "first_comment": _rewritten(content.first_comment, write),
            "options": _in_options(content.options, channel.platform, option_links, write),
        }
        return content.model_copy(update=changes), tuple(made.values())

    def _parameters(self, channel: Channel) -> str:
        own = self.campaign.utm if self.campaign else None
        values = {
            "platform": channel.platform,
            "channel": channel.name,
            "campaign": self.campaign.name if self.campaign else "",
            "post": self.post_id,
        }
        return links.parameters(own.over(self.utm) if own else self.utm, values)

    def _link(self, target: str, channel: Channel) -> Link:
        delivery_id = self.delivery_ids[channel.channel_id]
        code = links.code_of(delivery_id, target)
        return Link(
            code=code,
            workspace_id=self.workspace_id,
            target=links.naming(target, code) if self.names_codes else target,
            zone=self.zone,
            delivery_id=delivery_id,
            post_id=self.post_id,
            channel_id=channel.channel_id,
            platform=channel.platform,
            campaign_id=self.campaign_id,
            created_at=self.now,
        )


def _rewritten(text: str, write: Write) -> str:
    pieces, at = [], 0
    for each in find(text):
        if each.kind is Kind.LINK:
            pieces += [text[at : each.start], write(each.text)]
            at = each.end
    return "".join((*pieces, text[at:]))


def _in_options(options: Options, platform: str, paths: Sequence[str], write: Write) -> Options:
    own: Mapping[str, Any] = options.get(platform, {})
    for path in paths:
        own = _changed(own, path.split("."), write)
    return {**options, platform: own} if own else options


def _changed(held: Mapping[str, Any], way: Sequence[str], write: Write) -> Mapping[str, Any]:
    name, *rest = way
    there = held.get(name)
    if isinstance(there, Mapping) and rest:
        return {**held, name: _changed(there, rest, write)}
    if isinstance(there, str) and LINK.fullmatch(there.strip()):
        return {**held, name: write(there.strip())}
    return held
