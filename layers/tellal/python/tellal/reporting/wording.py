"""How a report speaks: its sentences, numbers and dates in the workspace's language. Pure.

English is what stands in the code. Another language is a catalog, `locale/<language>.po`, which is
read as it is: there is no compiled copy of it that could grow old. Dates, numbers and percentages
are spelled as Unicode's CLDR says (Babel).

A word is never given an ending for what stands beside it: a name, a number or a date is put into a
sentence whole, and sentences are made so that it can be («Mastodon: not told», «posts: 3»).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tellal.channels import Language

NOT_TOLD = "–"
MINUS = "−"
LOCALES = {Language.ENGLISH: "en_GB", Language.TURKISH: "tr_TR"}  # days before months in both


def marked(message: str) -> str:
    """A sentence that is data in the code, and is said elsewhere: the catalogs have it."""
    return message


GENDERS = {
    "female": marked("women"),
    "male": marked("men"),
    "other": marked("others"),
    "unknown": marked("not known"),
}


@dataclass(frozen=True)
class Wording:
    language: Language = Language.ENGLISH

    @property
    def locale(self) -> Locale:
        return _locale(self.language)

    def say(self, message: str, **facts: object) -> str:
        """The sentence, with the facts in their places: «{count} posts»."""
        said = catalog(self.language).gettext(message)
        return said.format(**facts) if facts else said

    def listed(self, names: Sequence[str]) -> str:
        return lists.format_list(list(names), locale=self.locale)

    def number(self, value: float | None, *, digits: int = 0) -> str:
        return NOT_TOLD if value is None else _spelled(value, digits, self.language)

    def change(self, value: float | None, *, digits: int = 0) -> str:
        """With its sign."""
        spelled = self.number(value, digits=digits)
        return f"+{spelled}" if value and value > 0 else spelled

    def percent(self, value: float | None, *, digits: int = 2, signed: bool = False) -> str:
        """Of a number that is a percentage already: 4.5."""
        if value is None:
            return NOT_TOLD
        pattern = self.locale.percent_formats[None].pattern  # «%#,##0» in Turkish
        decimals = f"0.{'0' * digits}" if digits else "0"
        spelled = numbers.format_percent(
            value / 100, format=pattern.replace("##0", f"##{decimals}"), locale=self.locale
        )
        plus = "+" if signed and value > 0 else ""
        return f"{plus}{spelled}".replace("-", MINUS)

    def spelled(self, value: float | None, unit: str) -> str:
        """A measure's value."""
        match unit:
            case "percent":
                return self.percent(value)
            case "followers":
                return self.change(value)
            case _:
                return self.number(value)

    def money(self, smallest: int, currency: str) -> str:
        """Of an amount in the currency's smallest unit."""
        amount = smallest / 10 ** numbers.get_currency_precision(currency)
        return numbers.format_currency(amount, currency, locale=self.locale)

    def day(self, day: date) -> str:
        return dates.format_date(day, "d MMMM y", locale=self.locale)

    def day_of(self, day: date, pattern: str) -> str:
        """By a pattern of CLDR's: "d MMM"."""
        return dates.format_date(day, pattern, locale=self.locale)

    def days(self, first: date, last: date) -> str:
        """From one to the other, both included: «16–22 Nov»."""
        spelled = dates.format_interval(first, last, "MMMd", locale=self.locale)
        return spelled.replace("\u2009", "")  # as the titles of periods have it

    def moment(self, moment: datetime, zone: str) -> str:
        there = moment.astimezone(ZoneInfo(zone))
        return f"{self.day(there.date())}, {there:%H:%M}"

    def weekday(self, number: int, *, short: bool = False) -> str:
        """0 is Monday."""
        names = dates.get_day_names("abbreviated" if short else "wide", locale=self.locale)
        return str(names[number])

    def segment(self, kind: str, name: str) -> str:
        """A part of an audience: «TR» as a country, «tr» as a language, «female» as a gender."""
        if kind == "country":
            return str(self.locale.territories.get(name.upper(), name))
        if kind == "language":
            return str(self.locale.languages.get(name.lower(), name))
        if kind == "gender":
            return self.say(GENDERS.get(name, name))
        return name

    def duration(self, minutes: float | None) -> str:
        if minutes is None:
            return NOT_TOLD
        hours, rest = divmod(round(minutes), 60)
        if hours == 0:
            return self.say("{minutes} min", minutes=self.number(rest))
        return self.say("{hours} h {minutes} min", hours=self.number(hours), minutes=rest)


ENGLISH = Wording()


@cache
def _locale(language: Language) -> Locale:
    return Locale.parse(LOCALES[language])


@lru_cache(maxsize=10_000)  # a year's charts spell the same small numbers thousands of times
def _spelled(value: float, digits: int, language: Language) -> str:
    pattern = f"#,##0.{'#' * digits}" if digits else "#,##0"
    spelled = numbers.format_decimal(value, format=pattern, locale=_locale(language))
    return spelled.replace("-", MINUS)


@cache
def catalog(language: Language) -> NullTranslations:
    if language is Language.ENGLISH:
        return NullTranslations()
    folder = resources.files(__package__).joinpath("locale")
    read = read_po(io.StringIO(folder.joinpath(f"{language}.po").read_text("utf-8")))
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)
