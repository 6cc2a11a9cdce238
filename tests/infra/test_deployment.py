"""What a deployment can be asked to be, and what is refused."""

import pytest
from aws_cdk import App

from infra.data_stack import DataStack
from infra.deployment import Deployment
from infra.environment import environment


def test_nothing_asked_for_is_the_stage_for_developing() -> None:
    assert Deployment.asked_for(App().node) == Deployment(stage="dev")


def test_context_is_text_and_is_read_once() -> None:
    context = {
        "stage": "prod",
        "local": "true",
        "platform_hosts": '{"bluesky": {"service": "http://127.0.0.1:8802"}}',
        "allow_loopback": "true",
        "alarm_email": "ops@example.com",
        "api_url": "http://127.0.0.1:8800",
    }
    assert Deployment.asked_for(App(context=context).node) == Deployment(
        stage="prod",
        local=True,
        platform_hosts=context["platform_hosts"],
        allow_loopback=True,
        alarm_email="ops@example.com",
        api_url="http://127.0.0.1:8800",
    )


@pytest.mark.parametrize("stage", ["", "Prod", "my stage", "x" * 21, "-dev"])
def test_a_stage_must_fit_into_the_names_of_functions(stage: str) -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        Deployment(stage=stage)


@pytest.mark.parametrize("hosts", ["[]", "bluesky=http://127.0.0.1"])
def test_hosts_that_functions_could_not_read_are_refused_here(hosts: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # two sentences, of ours and of json
        Deployment(platform_hosts=hosts)


def test_functions_are_told_where_people_reach_the_api() -> None:
    deployment = Deployment(api_url="http://127.0.0.1:8800")
    data = DataStack(App(), "Data", deployment=deployment)
    assert environment(data=data, deployment=deployment)["API_URL"] == "http://127.0.0.1:8800"
