"""The CDK app: `cdk.json` and the local deployment run it as `python -m infra.app`.

Context: `stage`, `local`, `platform_hosts`, `allow_loopback`, `alarm_email`, `api_url`
(`infra.deployment` says what each is).
"""

from collections.abc import Mapping, Sequence

from aws_cdk import App

from infra.data_stack import DataStack
from infra.deployment import Deployment
from infra.service_stack import ServiceStack
from tellal.platforms import PLATFORMS


def add_stacks(
    app: App, *, deployment: Deployment, webhook_headers: Mapping[str, Sequence[str]]
) -> tuple[DataStack, ServiceStack]:
    name = f"Tellal-{deployment.stage}"
    data = DataStack(app, f"{name}-Data", deployment=deployment)
    service = ServiceStack(
        app,
        f"{name}-Service",
        deployment=deployment,
        data=data,
        webhook_headers=webhook_headers,
    )
    return data, service


def declared_webhook_headers() -> Mapping[str, Sequence[str]]:
    """By platform; one that takes no webhooks declares none."""
    declared = {name: getattr(each, "webhook_headers", ()) for name, each in PLATFORMS.items()}
    return {name: headers for name, headers in declared.items() if headers}


def main() -> None:
    app = App()
    add_stacks(
        app,
        deployment=Deployment.asked_for(app.node),
        webhook_headers=declared_webhook_headers(),
    )
    app.synth()


if __name__ == "__main__":
    main()
