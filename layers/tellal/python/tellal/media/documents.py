"""Documents: whether a PDF can be opened, and how many pages it has."""

from tellal.errors import Broken, Unacceptable
from tellal.media import Probed
from tellal.media.ranged import ReadRange, opened

SIGNATURE = b"%PDF-"


def read_document(read: ReadRange, size: int) -> Probed | None:
    """None for what is no PDF; raises Unacceptable for one that is damaged or locked."""
    from pypdf import PdfReader  # noqa: PLC0415  # only uploads pay for it
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    with opened(read, size=size) as file:
        if file.read(len(SIGNATURE)) != SIGNATURE:
            return None
        try:
            document = PdfReader(file)
            if document.is_encrypted:
                raise Unacceptable(Broken("file", "is locked with a password: upload it without"))
            pages = len(document.pages)
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            rule = "is a damaged PDF, or one that is cut off: upload it again"
            raise Unacceptable(Broken("file", rule)) from None
    if not pages:
        raise Unacceptable(Broken("file", "has no pages"))
    return Probed("application/pdf", pages=pages)
