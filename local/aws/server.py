"""The local AWS as one process: ministack on loopback with our workarounds, and the front door.

Runs in the virtual environment that holds ministack (`.tellal/local-aws`), never in ours, and is
started by `local.aws.process`, which also gives it its environment. Two ports, one server: on
`--port` it is AWS, on `--front-port` every request goes to our HTTP API, as its domain would.

What must stay true: it listens on loopback only; whoever started it holds the other end of its
standard input, and when that end closes, by whatever death, it saves its state and ends with all
its Lambda workers.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import threading

# These two are not in the environment where types are checked.
import hypercorn.asyncio  # type: ignore[import-not-found]
import hypercorn.config  # type: ignore[import-not-found]
import ministack.app  # type: ignore[import-not-found]
from ministack.core import persistence  # type: ignore[import-not-found]

from local.aws import workarounds

SECONDS_BETWEEN_SAVES = 30  # a save writes everything, Lambda code included


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--front-port", type=int, required=True)
    parser.add_argument(
        "--stock", action="store_true", help="without workarounds, for the canaries"
    )
    options = parser.parse_args()
    if not options.stock:
        workarounds.apply()
    threading.Thread(target=end_with_the_starter, daemon=True).start()
    asyncio.run(serve(port=options.port, front_port=options.front_port))


def end_with_the_starter() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


async def serve(*, port: int, front_port: int) -> None:
    """Serve until SIGTERM or SIGINT; ministack saves its state on the way out."""
    config = hypercorn.config.Config()
    config.bind = [f"127.0.0.1:{port}", f"127.0.0.1:{front_port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    saving = asyncio.create_task(save_now_and_then())
    await hypercorn.asyncio.serve(workarounds.FrontDoor(ministack.app.app, front_port), config)
    saving.cancel()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(os.getpgrp(), signal.SIGTERM)  # Lambda workers, busy ones too
    os._exit(0)  # else Python waits for threads that wait for those workers


async def save_now_and_then() -> None:
    """Keep what there is through a kill -9 as well: ministack saves on a graceful stop only.

    In the event loop on purpose: no request changes what is being written, and a final save
    cannot run into this one.
    """
    while persistence.PERSIST_STATE:
        await asyncio.sleep(SECONDS_BETWEEN_SAVES)
        persistence.save_all(ministack.app._build_persistence_save_dict())  # noqa: SLF001 - no public name


if __name__ == "__main__":
    main()
