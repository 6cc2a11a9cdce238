"""Both stacks, synthesised once for all the rules, as they are for a deployment to AWS."""

from pathlib import Path

import pytest
from aws_cdk import App
from cdk_nag import AwsSolutionsChecks

from infra.access import MAY
from infra.app import add_stacks
from infra.deployment import Deployment
from tests.infra.synthesised import Synthesised


@pytest.fixture(scope="session")
def handlers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each function: these rules hold whatever the handlers do."""
    functions = tmp_path_factory.mktemp("functions")
    for name in MAY:
        (functions / name).mkdir()
        (functions / name / "handler.py").write_text("def handler(event, context): ...\n")
    return functions


@pytest.fixture(scope="session")
def stacks(handlers: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    app = App(outdir=str(tmp_path_factory.mktemp("cdk.out")))
    data, service = add_stacks(
        app,
        deployment=Deployment(stage="test", functions=handlers, alarm_email="ops@example.com"),
        webhook_headers={"faces": ("x-faces-signature", "x-faces-time")},
    )
    report = AwsSolutionsChecks(app).validate_scope(app)
    assembly = app.synth()
    made = [assembly.get_stack_artifact(stack.artifact_id).template for stack in (data, service)]
    return Synthesised(
        data=made[0]["Resources"],
        service=made[1]["Resources"],
        protected=bool(data.termination_protection),
        folder=Path(assembly.directory),
        findings={
            found.rule_name: [str(where.construct_path) for where in found.violating_resources]
            for found in report.violations
        },
    )
