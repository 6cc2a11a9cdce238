"""Where everything listens on this machine, and where it keeps what it knows.

Ports are settings of the environment; the same names stand in the sentences about a taken port.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.aws.process import FRONT_PORT_SETTING, PORT_SETTING
from local.sandboxes.serving import PLATFORMS

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".tellal" / "local"  # survives a restart; `make clean` forgets it
STAGE = "local"
FIRST_SANDBOX_PORT = 8801
SANDBOX_PORTS = {name: FIRST_SANDBOX_PORT + number for number, name in enumerate(PLATFORMS)}


def _port(name: str, usual: int) -> int:
    return int(os.environ.get(name, usual))


@dataclass(frozen=True)
class Addresses:
    folder: Path = KEPT
    api_port: int = field(default_factory=lambda: _port(FRONT_PORT_SETTING, 8800))
    aws_port: int = field(default_factory=lambda: _port(PORT_SETTING, 4566))
    sandbox_ports: Mapping[str, int] = field(
        default_factory=lambda: {
            name: _port(sandbox_setting(name), usual) for name, usual in SANDBOX_PORTS.items()
        }
    )

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    def sandbox(self, name: str) -> str:
        return f"http://127.0.0.1:{self.sandbox_ports[name]}"

    @property
    def context(self) -> Mapping[str, str]:
        """What the stacks are told about this machine."""
        hosts = {name: PLATFORMS[name].hosts(self.sandbox(name)) for name in SANDBOX_PORTS}
        return {
            "local": "true",
            "allow_loopback": "true",
            "api_url": self.api,
            "platform_hosts": json.dumps(hosts),
        }


def sandbox_setting(name: str) -> str:
    return f"TELLAL_{name.upper()}_PORT"
