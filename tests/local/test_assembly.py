import json
from pathlib import Path

import pytest

from local.assembly import CouldNotSynthesise, synthesise
from local.aws.deploying import deploy
from local.aws.process import LocalAws

# Writes down what it was given, as an app that is told nothing else would have to find it.
NOTING_APP = """
import json, os, pathlib

folder = pathlib.Path(os.environ["CDK_OUTDIR"])
folder.mkdir()
(folder / "given.json").write_text(os.environ["CDK_CONTEXT_JSON"])
with open("runs", "a") as runs:
    runs.write("x")
"""
CDK_APP = """
import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

app = cdk.App()
stack = cdk.Stack(app, "Data", stack_name="tellal-" + app.node.get_context("stage"))
function = lambda_.Function(
    stack,
    "Function",
    runtime=lambda_.Runtime.PYTHON_3_13,
    handler="handler.handler",
    code=lambda_.Code.from_asset("functions/greet"),
)
cdk.CfnOutput(stack, "FunctionName", value=function.function_name)
app.synth()
"""
GREET = """
def handler(event, context):
    return "hello " + event
"""


def write_app(root: Path, *, app: str) -> Path:
    for folder in ("infra", "functions/greet", "layers"):
        (root / folder).mkdir(parents=True)
    (root / "cdk.json").write_text(json.dumps({"app": "python -m infra.app"}))
    (root / "infra" / "app.py").write_text(app)
    (root / "infra" / "__init__.py").touch()
    (root / "functions" / "greet" / "handler.py").write_text(GREET)
    return root


def test_synthesises_again_only_when_a_source_or_the_context_has_changed(tmp_path: Path) -> None:
    root = write_app(tmp_path, app=NOTING_APP)

    def runs(**context: str) -> int:
        synthesise(stage="demo", context=context, root=root)
        return len((root / "runs").read_text())

    assert runs() == 1
    assert runs() == 1
    (root / "functions" / "greet" / "__pycache__").mkdir()
    (root / "functions" / "greet" / "__pycache__" / "handler.pyc").write_bytes(b"compiled")
    assert runs() == 1
    assert runs(local="true") == 2
    (root / "functions" / "greet" / "handler.py").write_text("changed")
    assert runs(local="true") == 3
    (root / "functions" / "greet" / "handler.py").rename(root / "functions" / "greet" / "main.py")
    assert runs(local="true") == 4


def test_gives_the_app_its_stage_and_context(tmp_path: Path) -> None:
    root = write_app(tmp_path, app=NOTING_APP)
    assembly = synthesise(stage="demo", context={"local": "true"}, root=root)
    assert assembly == root / ".tellal" / "assembly" / "demo"
    assert json.loads((assembly / "given.json").read_text()) == {"stage": "demo", "local": "true"}


def test_a_failure_shows_the_last_the_app_said_and_is_tried_again(tmp_path: Path) -> None:
    root = write_app(tmp_path, app="raise SystemExit('no such stage')")
    for _ in range(2):
        with pytest.raises(CouldNotSynthesise, match="no such stage"):
            synthesise(stage="demo", root=root)


def test_what_cdk_makes_can_be_deployed_and_runs(ours: LocalAws, tmp_path: Path) -> None:
    root = write_app(tmp_path, app=CDK_APP)
    ours.reset()
    outputs = deploy(synthesise(stage="demo", root=root), ours)
    answer = ours.client("lambda").invoke(
        FunctionName=outputs["tellal-demo"]["FunctionName"], Payload=b'"crier"'
    )
    assert json.load(answer["Payload"]) == "hello crier"
