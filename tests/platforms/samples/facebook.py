from tests.platforms.sample import SECRETS, Sample, channel

FACEBOOK = Sample(
    channel=channel("facebook", remote_id="9", handle="acme"),
    credentials={"access_token": SECRETS[0]},
    connection={"page_id": "9", "access_token": SECRETS[0]},
    answers={"/9": lambda _: {"id": "9", "name": "Acme", "username": "acme"}},
)
