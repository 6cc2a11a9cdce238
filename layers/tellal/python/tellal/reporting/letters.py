"""The letter that brings a report: what it says in short, and the link. Pure."""

from collections.abc import Iterator
from html import escape

from tellal.reporting.document import MeasureRow, ReportDocument
from tellal.reporting.measures import SIX
from tellal.reporting.page import title
from tellal.reporting.wording import Wording
from tellal.stores.mail import Mail


def letter(document: ReportDocument, *, to: str, link: str, good_until: str) -> Mail:
    wording = Wording(document.language)
    say, period = wording.say, title(document, wording)
    subject = say(
        "{workspace}: report, {period}", workspace=_one_line(document.workspace), period=period
    )
    lines = list(_lines(document, wording))
    see = say("The whole report, with its charts and what is missing:")
    until = say(
        "The link is good until {moment}. Whoever has it can read the report.", moment=good_until
    )
    why = say("You get this because your address is among the report's recipients in Tellal.")
    text = "\n".join([subject, "", *lines, "", see, link, "", until, why, ""])
    return Mail(
        to=to,
        subject=subject,
        text=text,
        html=HTML.format(
            language=wording.language.value,
            subject=escape(subject),
            items="".join(f"<li>{escape(line)}</li>" for line in lines),
            see=escape(see),
            link=escape(link),
            until=escape(until),
            why=escape(why),
        ),
    )


HTML = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font: 16px/1.5 sans-serif; max-width: 36rem; margin: 1.5rem auto; padding: 0 1rem">
<h1 style="font-size: 1.3rem">{subject}</h1>
<ul>{items}</ul>
<p>{see}<br><a href="{link}">{link}</a></p>
<p style="color: #5b6770; font-size: .9rem">{until} {why}</p>
</body>
</html>
"""


def _lines(document: ReportDocument, wording: Wording) -> Iterator[str]:
    for measure in SIX:
        row = document.measure(measure.name)
        if row is not None:
            yield f"{row.title}: {_value(row, wording)}"


def _value(row: MeasureRow, wording: Wording) -> str:
    if row.value is None:
        return row.note or wording.say("Not known")
    value = wording.spelled(row.value, row.unit)
    if row.previous is None:
        return value
    before = wording.say("before: {value}", value=wording.spelled(row.previous, row.unit))
    return f"{value} ({before})"


def _one_line(text: str) -> str:
    """A name with a line end in it would end the header it stands in."""
    return " ".join(text.split())
