"""The plain pages that browsers come by: nothing runs in them, and nothing is loaded."""

from html import escape

from aws_lambda_powertools.event_handler import Response

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tellal: {title}</title>
<style>
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 1rem }}
</style>
<h1>{title}</h1>
{rest}
</html>
"""


def page(title: str, rest: str, *, status: int = 200) -> Response[str]:
    """`rest` is HTML, whatever comes from outside escaped in it; the title is escaped here."""
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        headers=dict(HEADERS),
        body=PAGE.format(title=escape(title), rest=rest),
    )


def paragraphs(*sentences: str) -> str:
    return "\n".join(f"<p>{escape(each)}</p>" for each in sentences)
