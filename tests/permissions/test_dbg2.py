from tests.permissions.roles import Role, listed
from tests.permissions.world import FUNCTIONS
def test_dbg2(world):
    iam=world.aws.client("iam")
    for f in FUNCTIONS:
        role=Role(world.aws,f).arn.rsplit("/",1)[-1]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            for st in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]:
                print(f, name[-20:], listed(st["Action"]), [r.split(":",4)[-1] for r in listed(st["Resource"])])
    assert 0
