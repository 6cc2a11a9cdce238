"""The local AWS from outside: start it, point boto3 at it, reset it, stop it.

    with LocalAws.start(state_dir=None, port=0, front_port=0) as aws:
        aws.client("sqs").list_queues()
        httpx.get(aws.front)

What must stay true: it listens on loopback, sees nothing of this machine's environment (no
profile, no proxy, no certificates), and leaves no process behind, however its starter ends.
With a `state_dir` everything in it is there again at the next start; without, nothing is kept.
"""

import contextlib
import functools
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3
import botocore.config
import botocore.session

from local.aws.lambda_python import make_lambda_python

ROOT = Path(__file__).resolve().parents[2]
INTERPRETER = ROOT / ".tellal" / "local-aws" / "bin" / "python"
REGION = "eu-west-1"
ACCOUNT = "000000000000"
# Not secrets: what the local AWS takes for its root user.
ACCESS_KEY = SECRET_KEY = "test"
PORT_SETTING = "TELLAL_AWS_PORT"
FRONT_PORT_SETTING = "TELLAL_PORT"
SECONDS_TO_START = 60  # one is usual; a loaded machine takes its time
SECONDS_TO_STOP = 20
ALLOWED = "allowed.jsonl"


class PortInUse(Exception):
    """One sentence: which port, and the setting that changes it."""


class CouldNotStart(Exception):
    """The end of the server's log."""


@dataclass(frozen=True, kw_only=True)
class LocalAws:
    """A running local AWS. `endpoint` is AWS, `front` the address of our HTTP API."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    front_port: int
    keeps_state: bool

    @classmethod
    def start(
        cls,
        *,
        state_dir: Path | None,
        port: int,
        front_port: int,
        enforce_iam: bool = False,
        workers: int = 4,
        seconds_between_saves: float = 30,
        stock: bool = False,
    ) -> Self:
        """Port 0 is any free one. `workers` is how many Lambdas may run at a time, as an account's
        quota of concurrent executions. `stock` leaves the workarounds out, for the canaries."""
        port = bindable(port, setting=PORT_SETTING)
        front_port = bindable(front_port, setting=FRONT_PORT_SETTING)
        folder = state_dir or Path(tempfile.mkdtemp(prefix="tellal-aws-"))
        # Lambda code unpacked by the last run is never taken away by anybody else.
        shutil.rmtree(folder / "tmp", ignore_errors=True)
        (folder / "tmp").mkdir(parents=True)
        keeps_state = state_dir is not None
        arguments: dict[str, object] = {
            "--port": port,
            "--front-port": front_port,
            "--lambda-python": make_lambda_python(folder / "tmp" / "lambda-python"),
            "--seconds-between-saves": seconds_between_saves,
        }
        if enforce_iam:
            arguments["--allowed"] = folder / ALLOWED
        with (folder / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                [str(INTERPRETER), "-m", "local.aws.server", *["--stock"] * stock]
                + [str(word) for pair in arguments.items() for word in pair],
                cwd=ROOT,
                env=server_environment(
                    folder,
                    port=port,
                    keeps_state=keeps_state,
                    enforce_iam=enforce_iam,
                    workers=workers,
                ),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        aws = cls(
            process=process,
            folder=folder,
            port=port,
            front_port=front_port,
            keeps_state=keeps_state,
        )
        try:
            aws.wait_until_ready()
        except BaseException:
            aws.stop()
            raise
        return aws

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def front(self) -> str:
        return f"http://127.0.0.1:{self.front_port}"

    def environment(self) -> Mapping[str, str]:
        """What makes any boto3 process use this AWS, whatever profile its user has chosen."""
        return environment(self.endpoint, folder=self.folder)

    def client(self, service: str) -> Any:
        """A boto3 client; the same one when asked again."""
        return client(service, endpoint=self.endpoint)

    def allowed(self) -> Iterator[tuple[str, str, str]]:
        """What IAM allowed so far, where it is enforced: a principal, an action, a resource."""
        file = self.folder / ALLOWED
        for line in file.read_text().splitlines() if file.exists() else ():
            principal, action, resource = json.loads(line)
            yield principal, action, resource

    def reset(self) -> None:
        """Take everything away: resources, data, Lambda workers, and what was saved of them."""
        status = self.ask("POST", "/_ministack/reset")
        if status != 200:
            raise RuntimeError(f"the local AWS answered {status} to a reset")

    def stop(self) -> None:
        """Save the state, if it is kept, and end the server with every worker it started."""
        self.process.terminate()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=SECONDS_TO_STOP)
        finally:
            end_group(self.process)
        if not self.keeps_state:
            shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if self.ask("GET", "/_ministack/ready") == 200:
                    return
            time.sleep(0.02)
        log = (self.folder / "log.txt").read_text(errors="replace")
        raise CouldNotStart(log[-20_000:] or "the local AWS said nothing and did not start")

    def ask(self, method: str, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            return connection.getresponse().status
        finally:
            connection.close()


def environment(endpoint: str, *, folder: Path) -> Mapping[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config"
    config.write_text(f"[default]\nregion = {REGION}\n")
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": "",
        "AWS_PROFILE": "default",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def bindable(port: int, *, setting: str) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortInUse(
                f"Port {port} on 127.0.0.1 is taken by another program; "
                f"set {setting} to a free port to use another one."
            ) from error
        chosen: int = probe.getsockname()[1]
        return chosen


def server_environment(
    folder: Path, *, port: int, keeps_state: bool, enforce_iam: bool, workers: int
) -> Mapping[str, str]:
    """All that the server sees, and with it every Lambda it runs."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AUTH": str(enforce_iam).lower(),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_ACCOUNT_CONCURRENCY": str(workers),
        "PERSIST_STATE": str(int(keeps_state)),
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": str(int(keeps_state)),
        "S3_DATA_DIR": str(folder / "s3"),
    }


@functools.cache
def client(service: str, *, endpoint: str) -> Any:
    """A client that knows nothing of the user's profile, so that no profile can break it."""
    nowhere = (None, None, os.devnull, None)
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )
    session = boto3.Session(
        botocore_session=core,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    once = botocore.config.Config(retries={"total_max_attempts": 1, "mode": "standard"})
    make: Any = session.client  # the stubs know a type for each literal name only
    return make(service, endpoint_url=endpoint, config=once)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Nothing the server started may outlive it; its group bears the number of its process."""
    with process, contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
