"""`make demo`: the whole product at work on this machine. `make demo ONCE=1` checks it and exits.

It uses the public HTTP API as any program would, and reads back from the sandbox platforms what
became of it. Nothing is written to a table behind the API's back.
"""

import argparse
import shutil
import sys
import time
from dataclasses import replace

import httpx

from local.addresses import KEPT, Addresses
from local.assembly import CouldNotSynthesise
from local.aws.deploying import DeployFailed
from local.aws.process import CouldNotStart, PortInUse
from local.demo.api import Refused
from local.demo.screen import Screen, StepFailed
from local.demo.story import tell
from local.house import house

CANNOT_START = (CouldNotStart, CouldNotSynthesise, DeployFailed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="check every step, then exit")
    once = parser.parse_args().once
    addresses = Addresses()
    if once:  # always from nothing, and without touching what `make demo` keeps
        addresses = replace(addresses, folder=KEPT.with_name("once"))
        shutil.rmtree(addresses.folder, ignore_errors=True)
    screen = Screen(sys.stdout)
    try:
        screen.title("Tellal on this machine")
        with house(addresses, say=screen.line) as home:
            tell(home, screen)
            if once:
                screen.summary()
            else:
                screen.stays_up(addresses.api)
                wait_for_interrupt()
    except KeyboardInterrupt:
        screen.line("stopped; what was made is kept, `make clean` forgets it")
    except PortInUse as error:
        screen.failure("starting", str(error))
        return 1
    except CANNOT_START as error:
        screen.failure("starting", str(error), look_at=addresses.folder / "aws" / "log.txt")
        return 1
    except StepFailed as error:
        screen.failure(error.step, error.sentence, look_at=addresses.folder / "aws" / "log.txt")
        return 1
    except (Refused, httpx.HTTPError) as error:
        screen.failure(screen.current, str(error), look_at=addresses.folder / "aws" / "log.txt")
        return 1
    return 0


def wait_for_interrupt() -> None:
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
