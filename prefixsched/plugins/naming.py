"""Names of policies, as tables show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prefixsched.plugins.user_classes import foreign


@dataclass(frozen=True)
class Named:
    """A policy under another name.

    Parameters
    ----------
    policy
        Which.
    name
        What tables call it.
    """

    policy: Any
    name: str

    def pick(self, view: Any) -> int:
        """As the policy itself."""
        picked: int = self.policy.pick(view)
        return picked

    def __getattr__(self, name: str) -> Any:
        return getattr(self.policy, name)


def name_of(policy: Any) -> str:
    """What tables call a policy.

    Raises
    ------
    InputError
        If asking for it raises.
    """
    with foreign(f"policy {type(policy).__name__}: its name"):
        return str(getattr(policy, "name", type(policy).__name__))
