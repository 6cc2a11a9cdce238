"""What a consent left out, told in one way: which permission, and what will not work without it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tellal.errors import Rejected


@dataclass(frozen=True)
class Scopes:
    """What a platform is asked for.

    Platforms that may tell no scopes where all were given are read so by who asks here.
    """

    losses: Mapping[str, str]  # a scope → what will not work without it
    needed: Collection[str] = ()  # without which nobody could tell whose account it is
    given_by: Mapping[str, Collection[str]] = field(default_factory=dict)  # scopes that include it

    def require(self, granted: Collection[str]) -> None:
        """Raises Rejected where what is needed was left out."""
        for scope in self.needed:
            if not self._has(scope, granted):
                raise Rejected(self._sentence(scope))

    def missing(self, granted: Collection[str], *, of: Collection[str] = ()) -> tuple[str, ...]:
        """A sentence for each that was left out; `of` are those that matter here, if not all do."""
        return tuple(
            self._sentence(scope)
            for scope in of or self.losses
            if scope not in self.needed and not self._has(scope, granted)
        )

    def _has(self, scope: str, granted: Collection[str]) -> bool:
        return not {scope, *self.given_by.get(scope, ())}.isdisjoint(granted)

    def _sentence(self, scope: str) -> str:
        """Google's scopes are addresses, of which the last part is the name."""
        return f"Without the permission {scope.rpartition('/')[2]} {self.losses[scope]}"
