"""Objects in S3: uploaded media, raw webhooks, observations, reports."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


class Bucket:
    def __init__(self, s3: "S3Client", name: str) -> None:
        self._s3 = s3
        self.name = name

    def put(self, key: str, body: bytes, *, content_type: str) -> None:
        self._s3.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)

    def put_gzipped(self, key: str, body: bytes, *, content_type: str) -> None:
        self._s3.put_object(
            Bucket=self.name,
            Key=key,
            Body=gzip.compress(body, mtime=0),  # the same bytes for the same content
            ContentType=content_type,
            ContentEncoding="gzip",
        )

    def get(self, key: str) -> bytes | None:
        try:
            return self._s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise

    def get_range(self, key: str, *, start: int, length: int) -> bytes | None:
        """Some of an object's bytes, fewer where it ends; None if it is not there."""
        asked = f"bytes={start}-{start + length - 1}"
        try:
            return self._s3.get_object(Bucket=self.name, Key=key, Range=asked)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise

    def size(self, key: str) -> int | None:
        try:
            return self._s3.head_object(Bucket=self.name, Key=key)["ContentLength"]
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """In their order; those behind `after` alone, which need not be a key."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix, StartAfter=after
        ):
            yield from (each["Key"] for each in page.get("Contents", []))

    def copy(self, source: str, to: str) -> None:
        """By parts and side by side where it is large; nothing of it passes through here."""
        self._s3.copy({"Bucket": self.name, "Key": source}, self.name, to)

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self.name, Key=key)

    def link(self, key: str, *, lives: timedelta) -> str:
        """An address that gives the object to whoever has it, for a while."""
        return self._s3.generate_presigned_url(
            "get_object",
            Params={"Bucket": self.name, "Key": key},
            ExpiresIn=int(lives.total_seconds()),
        )

    def upload_form(
        self, key: str, *, content_type: str, most_bytes: int, lives: timedelta
    ) -> dict[str, Any]:
        """A presigned POST: {"url", "fields"}; S3 refuses any other type, and what is larger."""
        return self._s3.generate_presigned_post(
            self.name,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[
                {"Content-Type": content_type},
                ["content-length-range", 1, most_bytes],
            ],
            ExpiresIn=int(lives.total_seconds()),
        )
