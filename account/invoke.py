"""`make invoke FUNCTION=… CASE=…`: one deployed function, one sample event; its answer and its log.

On the local AWS that `make demo` runs, unless STAGE names another.
"""

import base64
from pathlib import Path

from account.session import client_for, function_name, run

EVENTS = Path(__file__).parent.parent / "events"


def main(stage: str, function: str, case: str) -> int:
    event = EVENTS / function / f"{case}.json"
    if not event.exists():
        known = ", ".join(path.stem for path in sorted(event.parent.glob("*.json"))) or "none"
        print(f"there is no {event.relative_to(EVENTS.parent)}; cases of {function}: {known}")
        return 1
    reply = client_for(stage)("lambda").invoke(
        FunctionName=function_name(stage, function), Payload=event.read_bytes(), LogType="Tail"
    )
    print(base64.b64decode(reply.get("LogResult", "")).decode(errors="replace"), end="")
    print(reply["Payload"].read().decode())
    return 1 if "FunctionError" in reply else 0


if __name__ == "__main__":
    run(main)
