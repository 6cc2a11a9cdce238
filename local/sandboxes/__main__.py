"""`python -m local.sandboxes mastodon --port 8801 [--state file]`."""

import argparse
import sys
from pathlib import Path

from local.sandboxes.serving import PLATFORMS, PortInUse, StateUnreadable, serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.sandboxes", description=__doc__)
    parser.add_argument("platform", choices=sorted(PLATFORMS))
    parser.add_argument("--port", type=int, default=0, help="a free one unless given")
    parser.add_argument("--state", type=Path, help="JSON file that keeps what was published")
    wanted = parser.parse_args()
    try:
        serve(wanted.platform, port=wanted.port, state=wanted.state)
    except (PortInUse, StateUnreadable) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
