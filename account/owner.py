"""`make owner STAGE=dev`: the one-time token that makes its bearer the owner of a deployment."""

from account.session import client_for, run
from account.setting_up import read_setup_token


def main(stage: str) -> int:
    token = read_setup_token(client_for(stage), stage=stage)
    if token is None:
        print(f"there is no set-up token: {stage} has an owner already, or is not deployed")
        return 1
    print(token)
    print('POST {"token": "…", "name": "…"} to /setup: the answer is the owner\'s key, once.')
    return 0


if __name__ == "__main__":
    run(main)
