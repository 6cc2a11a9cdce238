import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from local.aws.process import ROOT, CouldNotStart, LocalAws, PortInUse
from tests.local.conftest import CreateStack

# A Lambda that never ends, and holds a lock for as long as it lives.
HOLDS_A_LOCK = """
import fcntl, time

def handler(path, context):
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        while True:
            time.sleep(60)
"""
STARTER = """
import sys, time
from local.aws.process import LocalAws

aws = LocalAws.start(state_dir=None, port=0, front_port=0)
print(aws.port, flush=True)
time.sleep(60)
"""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def remember(aws: LocalAws, value: str) -> None:
    aws.client("ssm").put_parameter(Name="kept", Value=value, Type="String", Overwrite=True)


def remembered(aws: LocalAws) -> str | None:
    found = aws.client("ssm").get_parameters(Names=["kept"])["Parameters"]
    return found[0]["Value"] if found else None


def is_held(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def answers(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as client:
        return client.connect_ex((host, port)) == 0


def test_says_which_port_is_taken_and_which_setting_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"Port {port} .* TELLAL_AWS_PORT "):
            LocalAws.start(state_dir=None, port=port, front_port=0)
        with pytest.raises(PortInUse, match=f"Port {port} .* TELLAL_PORT "):
            LocalAws.start(state_dir=None, port=0, front_port=port)


def test_says_why_it_could_not_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(CouldNotStart, match=r"(?i)address already in use"):
        LocalAws.start(state_dir=None, port=port, front_port=port)


def test_listens_on_one_address_only(ours: LocalAws) -> None:
    assert answers(ours.port)
    assert answers(ours.front_port)
    # A server that listens on all addresses would answer here.
    assert not answers(ours.port, host="127.0.0.2")
    assert not answers(ours.front_port, host="127.0.0.2")


def test_points_any_boto3_at_it_whatever_profile_is_chosen(
    ours: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody-else")
    ours.client("sts").get_caller_identity()

    for name, value in ours.environment().items():
        monkeypatch.setenv(name, value)
    identity = boto3.Session().client("sts").get_caller_identity()
    assert identity["Account"] == "000000000000"


def test_state_survives_a_restart(tmp_path: Path) -> None:
    with LocalAws.start(state_dir=tmp_path, port=0, front_port=0) as aws:
        remember(aws, "here")
        s3 = aws.client("s3")
        s3.create_bucket(
            Bucket="media", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        s3.put_object(Bucket="media", Key="picture", Body=b"pixels")
    (tmp_path / "tmp" / "left-by-a-lambda").touch()

    with LocalAws.start(state_dir=tmp_path, port=0, front_port=0) as aws:
        assert remembered(aws) == "here"
        s3 = aws.client("s3")
        assert s3.get_object(Bucket="media", Key="picture")["Body"].read() == b"pixels"
        assert not (tmp_path / "tmp" / "left-by-a-lambda").exists()

        aws.reset()
        assert remembered(aws) is None
        assert s3.list_buckets()["Buckets"] == []


def test_saves_now_and_then_which_ministack_does_not(tmp_path: Path) -> None:
    """A canary: see test_workarounds.py."""
    with LocalAws.start(state_dir=tmp_path / "stock", port=0, front_port=0, stock=True) as aws:
        remember(aws, "gone")
        os.kill(aws.process.pid, signal.SIGKILL)
    assert not (tmp_path / "stock" / "state").exists()

    kept = tmp_path / "ours"
    with LocalAws.start(state_dir=kept, port=0, front_port=0, seconds_between_saves=0.1) as aws:
        remember(aws, "here")
        saved = kept / "state" / "ssm.json"
        wait_until(lambda: saved.exists() and "here" in saved.read_text())
        os.kill(aws.process.pid, signal.SIGKILL)
    with LocalAws.start(state_dir=kept, port=0, front_port=0) as aws:
        assert remembered(aws) == "here"


def test_stops_with_every_lambda_that_still_runs(tmp_path: Path, create_stack: CreateStack) -> None:
    lock = tmp_path / "lock"
    with LocalAws.start(state_dir=None, port=0, front_port=0) as aws:
        role = {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Statement": []}},
        }
        function = {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Timeout": 60,
                "Code": {"ZipFile": HOLDS_A_LOCK},
            },
        }
        outputs = create_stack(
            aws,
            name="busy",
            resources={"Role": role, "Busy": function},
            outputs={"Busy": {"Ref": "Busy"}},
        )
        aws.client("lambda").invoke(
            FunctionName=outputs["Busy"],
            InvocationType="Event",
            Payload=json.dumps(str(lock)),
        )
        wait_until(lambda: is_held(lock))
    assert not is_held(lock)
    assert not aws.folder.exists()


def test_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},  # nobody is left to take its folder away
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout
        port = int(starter.stdout.readline())
        assert answers(port)
        starter.kill()
    wait_until(lambda: not answers(port))
