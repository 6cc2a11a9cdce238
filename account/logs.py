"""`make logs FUNCTION=…`: the last hour of a function's log, the newest last.

On the local AWS that `make demo` runs, unless STAGE names another.
"""

from datetime import UTC, datetime, timedelta

from account.session import client_for, function_name, run

BACK = timedelta(hours=1)


def main(stage: str, function: str) -> int:
    since = int((datetime.now(UTC) - BACK).timestamp() * 1000)
    group = f"/aws/lambda/{function_name(stage, function)}"
    pages = client_for(stage)("logs").get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=group, startTime=since):
        for event in page["events"]:
            print(event["message"].rstrip())
    return 0


if __name__ == "__main__":
    run(main)
