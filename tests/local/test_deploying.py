"""Deploying, shown on assemblies written by hand: exact, and without a synth."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.aws.deploying import DeployFailed, deploy, zip_folder
from local.aws.process import LocalAws

BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
HERE = "cdk-hnb659fds-assets-000000000000-eu-west-1"


def queue(name: object) -> Mapping[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


def stack(
    *, resources: Mapping[str, Any], outputs: Mapping[str, Any], needs: list[str] | None = None
) -> Mapping[str, Any]:
    version = {
        "Type": "AWS::SSM::Parameter::Value<String>",
        "Default": "/cdk-bootstrap/hnb659fds/version",
    }
    return {
        "needs": needs or [],
        "template": {
            "Parameters": {"BootstrapVersion": version},
            "Resources": resources,
            "Outputs": outputs,
        },
    }


def write_assembly(
    folder: Path, *, stacks: Mapping[str, Any], code: str = "", key: str = "code"
) -> Path:
    """What CDK writes for these stacks, each with one folder as its asset."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "asset").mkdir(parents=True)
    (folder / "asset" / "index.py").write_text(code)
    artifacts: dict[str, Any] = {}
    for name, given in stacks.items():
        template = json.dumps(given["template"])
        hashed = hashlib.sha256(template.encode()).hexdigest()
        (folder / f"{name}.template.json").write_text(template)
        files = {
            "template": (f"{name}.template.json", "file", f"{hashed}.json"),
            "code": ("asset", "zip", f"{key}.zip"),
        }
        manifest = {
            asset: {
                "source": {"path": path, "packaging": packaging},
                "destinations": {"here": {"bucketName": BUCKET, "objectKey": stored_as}},
            }
            for asset, (path, packaging, stored_as) in files.items()
        }
        (folder / f"{name}.assets.json").write_text(json.dumps({"files": manifest}))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "dependencies": [*given["needs"], f"{name}.assets"],
            "properties": {
                "stackName": f"tellal-{name}",
                "stackTemplateAssetObjectUrl": f"s3://{BUCKET}/{hashed}.json",
                "tags": {"stage": "test"},
            },
        }
        artifacts[f"{name}.assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {"file": f"{name}.assets.json"},
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


@pytest.fixture
def aws(ours: LocalAws) -> LocalAws:
    ours.reset()
    return ours


def test_deploys_first_what_others_need_and_hands_out_their_outputs(
    aws: LocalAws, tmp_path: Path
) -> None:
    data = stack(
        resources={"Queue": queue("inbox")},
        outputs={"Name": {"Value": "inbox", "Export": {"Name": "inbox-name"}}},
    )
    dead = {"Fn::Join": ["-", [{"Fn::ImportValue": "inbox-name"}, "dead"]]}
    service = stack(
        needs=["data"],
        resources={"Queue": queue(dead)},
        outputs={"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}},
    )

    outputs = deploy(
        write_assembly(tmp_path / "assembly", stacks={"service": service, "data": data}), aws
    )

    assert outputs == {
        "tellal-data": {"Name": "inbox"},
        "tellal-service": {"Arn": "arn:aws:sqs:eu-west-1:000000000000:inbox-dead"},
    }


def test_leaves_alone_what_has_not_changed(aws: LocalAws, tmp_path: Path) -> None:
    data = stack(resources={"Queue": queue("inbox")}, outputs={})
    assembly = write_assembly(tmp_path / "assembly", stacks={"data": data})

    def state() -> list[object]:
        described = aws.client("cloudformation").describe_stacks(StackName="tellal-data")
        stored = aws.client("s3").list_objects_v2(Bucket=HERE)["Contents"]
        return [described["Stacks"], stored]

    deploy(assembly, aws)
    first = state()
    deploy(assembly, aws)
    assert state() == first


def test_updates_what_has_changed(aws: LocalAws, tmp_path: Path) -> None:
    def deploy_with(name: str, *, key: str) -> None:
        data = stack(resources={"Queue": queue("inbox"), "New": queue(name)}, outputs={})
        deploy(write_assembly(tmp_path / "assembly", stacks={"data": data}, key=key), aws)

    deploy_with("one", key="first")
    deploy_with("two", key="second")

    urls = aws.client("sqs").list_queues()["QueueUrls"]
    assert sorted(url.rsplit("/", 1)[1] for url in urls) == ["inbox", "two"]
    zips = [path.name for path in (tmp_path / "assembly.zips").iterdir()]
    assert zips == ["second.zip"]  # what nothing asks for any more is not kept


def test_a_failed_stack_says_what_failed_and_can_be_deployed_once_mended(
    aws: LocalAws, tmp_path: Path
) -> None:
    refused = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 43_201}}
    broken = stack(resources={"Queue": queue("inbox"), "Broken": refused}, outputs={})
    with pytest.raises(
        DeployFailed, match=r"tellal-data: .*\n  Broken \(AWS::SQS::Queue\): .*43200"
    ):
        deploy(write_assembly(tmp_path / "assembly", stacks={"data": broken}), aws)

    mended = stack(resources={"Queue": queue("inbox")}, outputs={"Ok": {"Value": "yes"}})
    outputs = deploy(write_assembly(tmp_path / "assembly", stacks={"data": mended}), aws)
    assert outputs == {"tellal-data": {"Ok": "yes"}}


def test_the_same_files_make_the_same_zip(tmp_path: Path) -> None:
    zips: list[bytes] = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        (folder / "package").mkdir(parents=True)
        for name in ("b.py", "a.py") if folder.name == "one" else ("a.py", "b.py"):
            (folder / "package" / name).write_text(name)
        os.utime(folder / "package" / "a.py", times=(len(zips), len(zips)))
        zips.append(zip_folder(folder))
    assert zips[0] == zips[1]
