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
import logging
import os
import signal
import sys
import threading
from pathlib import Path

# These are not in the environment where types are checked.
import hypercorn.asyncio  # type: ignore[import-not-found]
import hypercorn.config  # type: ignore[import-not-found]
import ministack.app  # type: ignore[import-not-found]
from ministack.core import persistence  # type: ignore[import-not-found]

from local.aws import allowed, workarounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--front-port", type=int, required=True)
    parser.add_argument("--seconds-between-saves", type=float, required=True)
    parser.add_argument("--lambda-python", required=True, help="what runs the Lambdas")
    parser.add_argument("--allowed", type=Path, help="where to note what IAM allowed")
    parser.add_argument("--stock", action="store_true", help="no workarounds: for the canaries")
    options = parser.parse_args()
    logging.getLogger().setLevel(logging.WARNING)  # LOG_LEVEL would reach the Lambdas as well
    if not options.stock:
        workarounds.apply(lambda_python=options.lambda_python)
    if options.allowed:
        allowed.note(options.allowed)
    threading.Thread(target=end_with_the_starter, daemon=True).start()
    asyncio.run(serve(options))


def end_with_the_starter() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT; ministack saves its state on the way out."""
    config = hypercorn.config.Config()
    config.bind = [f"127.0.0.1:{options.port}", f"127.0.0.1:{options.front_port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    saving = asyncio.create_task(save_now_and_then(options))
    application = workarounds.FrontDoor(ministack.app.app, options.front_port)
    await hypercorn.asyncio.serve(application, config)
    saving.cancel()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(os.getpgrp(), signal.SIGTERM)  # Lambda workers, busy ones too
    os._exit(0)  # else Python waits for threads that wait for those workers


async def save_now_and_then(options: argparse.Namespace) -> None:
    """Keep what there is through a kill -9 as well: ministack saves on a graceful stop only.

    In the event loop on purpose: no request changes what is being written, and the final save
    cannot run into this one. Lambda's state holds every layer, a second's work, so it is left
    out while nothing was deployed.
    """
    deployed: list[str] = []
    while persistence.PERSIST_STATE and not options.stock:
        await asyncio.sleep(options.seconds_between_saves)
        states = ministack.app._build_persistence_save_dict()  # noqa: SLF001 - no public name
        functions = workarounds.revisions_of_functions()
        if functions == deployed:
            states.pop("lambda", None)
        persistence.save_all(states)
        deployed = functions


if __name__ == "__main__":
    main()
