"""`make deploy STAGE=dev`: both stacks to the account that the environment names.

The set-up token is offered once the stacks are up, and only where there is no owner: CloudFormation
cannot make a secret parameter.
"""

import subprocess

from account.session import client_for, environment_of, function_name, run
from account.setting_up import offer_setup_token

CDK = "aws-cdk@2.1148.1"  # the registry's 3.0.0 is a mistaken release


def main(stage: str, *more: str) -> int:
    """`more` goes to the CDK as it is, such as `--context alarm_email=…`."""
    command = ["npx", "--yes", CDK, "deploy", "--all", "--context", f"stage={stage}", *more]
    done = subprocess.run(command, check=False)
    if done.returncode != 0:
        print("not deployed: the CDK's own words are above; `make doctor` may know more")
        return done.returncode
    client = client_for(stage)
    print(f"\nthe API   {environment_of(client, stage=stage)['API_URL']}")
    # Its alarm rings where there is no count yet: the first need not wait for the hour.
    client("lambda").invoke(FunctionName=function_name(stage, "account_for_deliveries"))
    if offer_setup_token(client, stage=stage):
        print(f"next      make owner STAGE={stage}, and trade its token for the owner's key")
    return 0


if __name__ == "__main__":
    run(main)
