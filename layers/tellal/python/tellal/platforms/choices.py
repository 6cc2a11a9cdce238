"""The choices that only one platform knows, as its author made them."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from tellal.errors import Broken, Unacceptable
from tellal.posts import Content

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?")


def _language(code: str) -> str:
    if not LANGUAGE.fullmatch(code):
        raise PydanticCustomError("language", "is no language's code, such as en, tr or pt-BR")
    return code


Language = Annotated[str, AfterValidator(_language)]  # BCP 47: language, script, region


def chosen[Chosen: BaseModel](options: type[Chosen], content: Content, *, platform: str) -> Chosen:
    """Of this platform, its defaults filled in. Raises Unacceptable where one must be made."""
    try:
        return options.model_validate(content.options.get(platform, {}))
    except ValidationError as error:
        broken = [_broken(platform, each["loc"], _rule(each)) for each in error.errors()]
        raise Unacceptable(*broken) from None


def chosen_or_usual[Chosen: BaseModel](
    options: type[Chosen], content: Content, *, platform: str
) -> tuple[Chosen, tuple[Broken, ...]]:
    """As `chosen`, with what is wrong of it beside: all else is then judged by the defaults."""
    try:
        return chosen(options, content, platform=platform), ()
    except Unacceptable as refused:
        return options(), refused.broken


def as_json(choices: BaseModel) -> dict[str, Any]:
    """As a part holds them: without what is None, for rows keep no such thing in what is free."""
    return choices.model_dump(mode="json", exclude_none=True)


def _rule(error: ErrorDetails) -> str:
    """As the other rules say it."""
    match error["type"]:
        case "missing":
            return "is required"
        case "string_too_long":
            return f"too long: {len(error['input'])} of {error['ctx']['max_length']} characters"
    return error["msg"].removeprefix("Value error, ")


def _broken(platform: str, where: tuple[int | str, ...], rule: str) -> Broken:
    path = f"options.{platform}"
    for step in where:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return Broken(path, rule)
