"""Deploys a cloud assembly to the local AWS: what `cdk deploy` does, with boto3 alone and fast.

What must stay true: it uploads the assets and templates as they were synthesised and sends each
stack to CloudFormation, those first that others need. It can be run again at any time: assets are
named by their content and uploaded once, and an unchanged stack is left alone.
"""

import io
import json
import os
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.aws.process import ACCOUNT, REGION, LocalAws

SECONDS_TO_DEPLOY = 120
BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"  # templates ask for it, and want a number


class DeployFailed(Exception):
    """Which stack, and what CloudFormation said of each resource that failed."""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file, or a folder to be zipped, and where the stacks will look for it."""

    source: Path
    zipped: bool
    bucket: str
    key: str


def deploy(assembly: Path, aws: LocalAws) -> Mapping[str, Mapping[str, str]]:
    """Create or update every stack of the assembly; the outputs of each by its name."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    aws.client("ssm").put_parameter(
        Name=BOOTSTRAP_VERSION, Value="30", Type="String", Overwrite=True
    )
    zips = assembly.with_name(f"{assembly.name}.zips")
    upload(list(assets_of(artifacts, assembly=assembly)), zips=zips, aws=aws)
    dependencies = {name: artifact.get("dependencies", []) for name, artifact in artifacts.items()}
    return {
        name: deploy_stack(name=name, properties=artifacts[artifact]["properties"], aws=aws)
        for artifact in TopologicalSorter(dependencies).static_order()
        if artifacts[artifact]["type"] == "aws:cloudformation:stack"
        for name in [artifacts[artifact]["properties"].get("stackName", artifact)]
    }


def assets_of(artifacts: Mapping[str, Any], *, assembly: Path) -> Iterator[Asset]:
    for artifact in artifacts.values():
        if artifact["type"] != "cdk:asset-manifest":
            continue
        manifest = json.loads((assembly / artifact["properties"]["file"]).read_text())
        for file in manifest.get("files", {}).values():
            for destination in file["destinations"].values():
                yield Asset(
                    source=assembly / file["source"]["path"],
                    zipped=file["source"]["packaging"] == "zip",
                    bucket=located(destination["bucketName"]),
                    key=located(destination["objectKey"]),
                )


def upload(assets: list[Asset], *, zips: Path, aws: LocalAws) -> None:
    """Bring what is not there. `zips` keeps what was zipped last time: layers seldom change."""
    s3 = aws.client("s3")
    there: set[tuple[str, str]] = set()
    for bucket in {asset.bucket for asset in assets}:
        try:
            s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        except s3.exceptions.BucketAlreadyOwnedByYou:
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            there |= {
                (bucket, found["Key"]) for page in pages for found in page.get("Contents", [])
            }

    zips.mkdir(exist_ok=True)
    for asset in assets:
        if (asset.bucket, asset.key) not in there:
            file = zipped(asset, zips=zips) if asset.zipped else asset.source
            s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=file.read_bytes())
    for outdated in {path.name for path in zips.glob("*.zip")} - {asset.key for asset in assets}:
        (zips / outdated).unlink(missing_ok=True)


def zipped(asset: Asset, *, zips: Path) -> Path:
    """An asset's key is made from its content, so what lies there under that name is it."""
    file = zips / asset.key
    if not file.exists():
        unfinished = zips / f"{asset.key}.{os.getpid()}"
        unfinished.write_bytes(zip_folder(asset.source))
        unfinished.rename(file)
    return file


def zip_folder(folder: Path) -> bytes:
    """The same bytes for the same files, whenever they were written and wherever they lie."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())  # dated 1980
            entry.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
            zipped.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return archive.getvalue()


def deploy_stack(*, name: str, properties: Mapping[str, Any], aws: LocalAws) -> Mapping[str, str]:
    cloudformation = aws.client("cloudformation")
    bucket_and_key = located(properties["stackTemplateAssetObjectUrl"]).removeprefix("s3://")
    wanted = {
        "StackName": name,
        "TemplateURL": f"{aws.endpoint}/{bucket_and_key}",
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in properties.get("parameters", {}).items()
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in properties.get("tags", {}).items()],
    }
    status = status_of(name, cloudformation=cloudformation)
    if status in {"ROLLBACK_COMPLETE", "CREATE_FAILED"}:  # AWS lets nobody update such a stack
        cloudformation.delete_stack(StackName=name)
        status = settled_status(name, cloudformation=cloudformation)
    try:
        if status in {None, "DELETE_COMPLETE"}:
            cloudformation.create_stack(**wanted)
        else:
            cloudformation.update_stack(**wanted)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
    status = settled_status(name, cloudformation=cloudformation)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise DeployFailed(f"{name}: {status}\n{failures_of(name, cloudformation=cloudformation)}")
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def status_of(name: str, *, cloudformation: Any) -> str | None:
    try:
        found: str = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return None
    return found


def settled_status(name: str, *, cloudformation: Any) -> str | None:
    """The stack's status once nothing is in progress; boto3's waiters look every second or less."""
    deadline = time.monotonic() + SECONDS_TO_DEPLOY
    while (status := status_of(name, cloudformation=cloudformation) or "").endswith("_IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise DeployFailed(f"{name} is still {status} after {SECONDS_TO_DEPLOY} seconds")
        time.sleep(0.02)
    return status or None


def failures_of(name: str, *, cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return "\n".join(
        f"  {event['LogicalResourceId']} ({event['ResourceType']}): "
        f"{event.get('ResourceStatusReason', event['ResourceStatus'])}"
        for event in reversed(events)
        if "FAILED" in event["ResourceStatus"]
    )


def located(text: str) -> str:
    """The assembly does not know where it will be deployed; here it does."""
    return (
        text.replace("${AWS::Partition}", "aws")
        .replace("${AWS::AccountId}", ACCOUNT)
        .replace("${AWS::Region}", REGION)
    )
