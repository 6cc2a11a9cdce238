"""Attached files in the media bucket, as adapters read them: whole, by ranges, or by an address.

What is made of a file for one platform (an image without its metadata) is kept beside it under a
name made of its bytes, so that making it again makes nothing new; a rule of the bucket drops it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, cast

from tellal.errors import Rejected
from tellal.media.ranged import opened
from tellal.posts import AttachedMedia
from tellal.stores.objects import Bucket

LINK_LIVES = timedelta(minutes=15)  # no longer than the role's session is sure to last
GONE = "An attached file is no longer there: attach it again."


@dataclass(frozen=True)
class Attachments:
    bucket: Callable[[], Bucket]  # made when it is first asked for: a text needs none

    def read(self, media: AttachedMedia) -> bytes:
        held = self.bucket().get(media.object_key)
        if held is None:
            raise Rejected(GONE)
        return held

    def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
        held = self.bucket().get_range(media.object_key, start=start, length=length)
        if held is None:
            raise Rejected(GONE)
        return held

    def open(self, media: AttachedMedia) -> BinaryIO:
        def read(start: int, length: int) -> bytes:
            return self.read_range(media, start=start, length=length)

        return cast("BinaryIO", opened(read, size=media.size))

    def link(self, media: AttachedMedia) -> str:
        if self.bucket().size(media.object_key) is None:
            raise Rejected(GONE)
        return self.bucket().link(media.object_key, lives=LINK_LIVES)

    def link_to(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> str:
        kept = self.keep(data, mime_type, of=of)
        return self.bucket().link(kept.object_key, lives=LINK_LIVES)

    def keep(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> AttachedMedia:
        name = hashlib.sha256(data).hexdigest()[:32]
        key = f"renditions/{of.object_key.removeprefix('media/')}/{name}"
        self.bucket().put(key, data, content_type=mime_type)
        facts = {"object_key": key, "mime_type": mime_type, "size": len(data)}
        return of.model_copy(update=facts)
