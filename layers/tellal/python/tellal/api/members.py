"""Members: the people of a workspace, and the role each has in it."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from tellal import wiring
from tellal.access.permissions import ROLES, Permission, Role
from tellal.api.asking import Asked, Asking, plausible
from tellal.api.fields import Email, Name
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, bounds, listing
from tellal.api.problems import NotAsked
from tellal.api.routes import Routes
from tellal.clock import Moment
from tellal.errors import Broken, Conflict, NotFound, Unacceptable
from tellal.members import Member
from tellal.posts import Frozen

routes = Routes("Members")


class NewMember(Frozen):
    name: Name
    email: Email | None = None
    role: Role


class MemberChange(Frozen):
    """What is not given stays; an address that is null goes."""

    name: Name | None = None
    email: Email | None = None
    role: Role | None = None


class MemberShown(Frozen):
    member_id: str
    name: str
    email: str | None
    role: Role
    created_at: Moment
    removed_at: Moment | None


@routes("POST", "/members", needs=Permission.MEMBERS_MANAGE, status=201, summary="Add a member")
def add_member(given: NewMember, asked: Asking) -> Response[MemberShown]:
    """A key is a member's if it is made with their `member_id`: what is done with it is theirs.
    Nobody gives more than they have."""
    member = Member(
        member_id=asked.new_id("mem"),
        workspace_id=asked.workspace.workspace_id,
        name=given.name,
        email=given.email,
        role=_given(given.role, asked).value,
        created_at=asked.now,
    )
    return asked.settle(shown(member), wiring.members().creation(member))


@routes("GET", "/members", needs=Permission.MEMBERS_READ, summary="List the members")
def list_members(
    asked: Asking, cursor: Cursor = None, limit: Limit = DEFAULT
) -> Listing[MemberShown]:
    """Whoever was removed is shown by id alone."""
    store = wiring.members()
    page = store.of_workspace(asked.workspace_id, **bounds(limit, cursor))
    return listing(page, lambda item: shown(store.value(item)))


@routes("GET", "/members/<member_id>", needs=Permission.MEMBERS_READ, summary="Show a member")
def show_member(member_id: str, asked: Asking) -> MemberShown:
    return shown(_ours(member_id, asked))


@routes(
    "PATCH",
    "/members/<member_id>",
    needs=Permission.MEMBERS_MANAGE,
    summary="Change a member's name, address or role",
)
def change_member(member_id: str, given: MemberChange, asked: Asking) -> MemberShown:
    """A role counts from the next request on, for all of their keys."""
    seen = _present(member_id, asked)
    said = given.model_dump(exclude_unset=True, mode="json")
    changes = {n: value for n, value in said.items() if n == "email" or value is not None}
    if given.role is not None:
        _given(given.role, asked)
        _not_oneself(seen, asked, "change their own role")
    return shown(wiring.members().save(seen, seen.model_copy(update=changes)))


@routes(
    "DELETE",
    "/members/<member_id>",
    needs=Permission.MEMBERS_MANAGE,
    status=204,
    summary="Remove a member",
)
def remove_member(member_id: str, asked: Asking) -> Response[Any]:
    """Their keys stop working at once. What they did keeps their name."""
    seen = _ours(member_id, asked)
    _not_oneself(seen, asked, "remove themself")
    if seen.removed_at is None:
        wiring.members().save(seen, seen.model_copy(update={"removed_at": asked.now}))
    for key in wiring.access().of_workspace(asked.workspace_id):
        if key.member_id == seen.member_id:  # it opens nothing any more, and would only be listed
            wiring.access().table.delete(key.token_hash)
    return Response(status_code=204)


def member_named(member_id: str, field: str, asked: Asked) -> Member:
    """A member of this workspace whom a request names in this field. Raises Unacceptable."""
    member = wiring.members().get(member_id)
    if member is None or member.workspace_id != asked.workspace_id or member.removed_at:
        raise Unacceptable(Broken(field, "is no member of this workspace"))
    return member


def _given(role: Role, asked: Asked) -> Role:
    if role is Role.OWNER:
        rule = "owner is of the whole deployment and has a key; a workspace's members have others"
        raise Unacceptable(Broken("role", rule))
    if not ROLES[role] <= asked.caller.permissions:
        raise NotAsked(403, f"This key may not give the role {role}.")
    return role


def _not_oneself(member: Member, asked: Asked, what: str) -> None:
    if member.member_id == asked.caller.member_id:
        raise Conflict(f"Nobody can {what}: somebody else must, so that somebody can get in.")


def _present(member_id: str, asked: Asked) -> Member:
    member = _ours(member_id, asked)
    if member.removed_at is not None:
        raise NotFound("There is no such member any more.")
    return member


def _ours(member_id: str, asked: Asked) -> Member:
    return asked.ours(wiring.members().get(plausible(member_id)), "member")


def shown(member: Member) -> MemberShown:
    return MemberShown(**member.model_dump(exclude={"workspace_id", "version"}))
