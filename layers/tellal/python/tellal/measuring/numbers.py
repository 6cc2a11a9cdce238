"""Numbers as people read them, and «not told» where there is none. Pure."""

NOT_TOLD = "–"


def spelled(value: float | None, unit: str) -> str:
    match value, unit:
        case None, _:
            return NOT_TOLD
        case _, "percent":
            return f"{value:,.2f} %"
        case _, "followers":
            return f"{value:+,}".replace("-", "−") if value else "0"
        case _:
            return f"{value:,}".replace("-", "−")
