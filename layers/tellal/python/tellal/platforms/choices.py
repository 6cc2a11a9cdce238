"""The choices that only one platform knows, as its author made them."""

from pydantic import BaseModel, ValidationError

from tellal.errors import Broken, Unacceptable
from tellal.posts import Content


def chosen[Chosen: BaseModel](options: type[Chosen], content: Content, *, platform: str) -> Chosen:
    """Of this platform, its defaults filled in. Raises Unacceptable where one must be made."""
    try:
        return options.model_validate(content.options.get(platform, {}))
    except ValidationError as error:
        broken = [_broken(platform, each["loc"], each["msg"]) for each in error.errors()]
        raise Unacceptable(*broken) from None


def chosen_or_usual[Chosen: BaseModel](
    options: type[Chosen], content: Content, *, platform: str
) -> tuple[Chosen, tuple[Broken, ...]]:
    """As `chosen`, with what is wrong of it beside: all else is then judged by the defaults."""
    try:
        return chosen(options, content, platform=platform), ()
    except Unacceptable as refused:
        return options(), refused.broken


def _broken(platform: str, where: tuple[int | str, ...], says: str) -> Broken:
    rule = "is required" if says == "Field required" else says.removeprefix("Value error, ")
    return Broken(".".join(("options", platform, *map(str, where))), rule)
