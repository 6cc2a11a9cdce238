"""What is done with messages goes the way of posts: a delivery with one part, and nothing to say.

It is alike on all platforms: nothing is prepared, and asking again cannot do it twice.
"""

from tellal.channels import Channel
from tellal.platforms.answering import act
from tellal.platforms.protocol import Guarantee, Promise, Published, Publishes
from tellal.posts import Part, PartKind

SAFE = Promise(Guarantee.IDEMPOTENT)


def promise(adapter: Publishes | type[Publishes], part: Part, channel: Channel) -> Promise:
    return SAFE if part.kind is PartKind.ACTION else adapter.promise(part, channel)


def needs_preparing(adapter: type[Publishes], part: Part) -> bool:
    return part.kind is not PartKind.ACTION and adapter.needs_preparing(part)


def commit(adapter: object, part: Part) -> Published:
    assert part.action is not None
    assert part.reply_to is not None
    act(adapter, part.action, part.reply_to.remote)
    return Published(part.reply_to.remote)
