"""Where we do otherwise than AWS Solutions would, beside the thing and with the reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import Construct


def acknowledge(construct: Construct, rule: str, reason: str) -> None:
    """For `construct` and what is in it: `rule` is cdk-nag's, as in "S1" or "IAM5[Resource::*]"."""
    Validations.of(construct).acknowledge(
        Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason),
    )
