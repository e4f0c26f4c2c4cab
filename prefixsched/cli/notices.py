"""What a person should know of a policy or a file before the figures."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prefixsched.plugins.registry import create

if TYPE_CHECKING:
    from prefixsched.model.instance import Instance

logger = logging.getLogger(__name__)


def warn_of_allowances(instance: Instance, policies: Iterable[str]) -> None:
    """Warn of policies that go by allowances where no query states one.

    A policy says so by an attribute ``needs_allowances``.
    """
    if instance.has_allowances:
        return
    for policy in policies:
        if getattr(create("policies", policy), "needs_allowances", False):
            logger.warning(
                "%s: %s goes by each query's own ttft, and none states one, so it serves as fcfs "
                "does; add some, or leave it out",
                instance.name,
                policy,
            )
