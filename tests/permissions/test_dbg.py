import time
from tests.permissions.people import *
from tests.permissions import people, measuring
def test_dbg(world):
    t=time.monotonic()
    owner, workspace = set_up(world)
    admin = Api(world.aws, owner.key, workspace["workspace_id"])
    key = admin("POST", "/keys", name="robot", role="editor")
    r = httpx.delete(f"{world.aws.front}/keys/{key['key_id']}", headers={"Authorization": f"Bearer {admin.key}","Tellal-Workspace":workspace["workspace_id"]}, trust_env=False)
    print(r.status_code, r.headers, r.text)
    logs = world.aws.client("logs")
    for e in logs.filter_log_events(logGroupName="/aws/lambda/tellal-test-api")["events"][-12:]:
        print(e["message"][:1500])
    print(open(world.aws.folder/"log.txt").read()[-3000:])
    assert 0
