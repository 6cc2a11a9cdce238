"""What a PDF's bytes say it is: whether it can be opened, and how many pages it has."""

import random

import pytest

from tellal.errors import Unacceptable
from tellal.media import Probed
from tellal.media.probing import probe
from tests.documents import pdf
from tests.pictures import png


def probed(body: bytes) -> Probed:
    return probe(
        lambda start, length: body[start : start + length],
        size=len(body),
        claimed="application/pdf",
    )


@pytest.mark.parametrize("pages", [1, 300])
def test_a_documents_pages_are_counted(pages: int) -> None:
    found = probed(pdf(pages))

    assert (found.mime_type, found.pages) == ("application/pdf", pages)
    assert (found.width, found.video) == (None, None)


def test_a_document_with_a_password_is_refused() -> None:
    with pytest.raises(Unacceptable, match="is locked with a password: upload it without"):
        probed(pdf(1, password="a secret"))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "is empty: upload it again"),
        (png(3, 2), "is not a document we can read: application/pdf"),
        (b"hello " * 100, "is not a document we can read"),
        (b"%PDF-1.7\n", "is a damaged PDF, or one that is cut off"),
        (b"%PDF-1.7\n" + b"hello " * 1000, "is a damaged PDF, or one that is cut off"),
        (pdf(0), "has no pages"),
    ],
    ids=["empty", "a picture", "text", "a beginning", "a beginning and text", "no pages"],
)
def test_what_is_no_document_is_refused_with_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(Unacceptable, match=sentence):
        probed(body)


def test_a_document_that_is_cut_off_is_refused() -> None:
    body = pdf(20)

    with pytest.raises(Unacceptable, match="is a damaged PDF, or one that is cut off"):
        probed(body[: len(body) // 2])


def test_a_document_that_is_damaged_anywhere_is_read_or_refused_and_nothing_else() -> None:
    drawn, body = random.Random(7), pdf(12)
    for _ in range(10):
        damaged = bytearray(body)
        for at in drawn.sample(range(len(body)), 6):
            damaged[at] = drawn.randrange(256)
        try:
            assert probed(bytes(damaged)).pages
        except Unacceptable as refused:
            assert str(refused).startswith("file: ")  # noqa: PT017 – either will do
