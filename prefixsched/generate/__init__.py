"""Instance generators.

The package itself can be called: ``prefixsched.generate("rasq", users=4)``; see :func:`generate`.
"""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.generate.agents import agents
    from prefixsched.generate.by_name import generate
    from prefixsched.generate.conversation import conversation
    from prefixsched.generate.rasq import rasq
    from prefixsched.generate.recommender import recommender
    from prefixsched.generate.shared_documents import shared_documents

__all__ = [
    "agents",
    "conversation",
    "generate",
    "rasq",
    "recommender",
    "shared_documents",
]

reexport(
    __name__,
    call="by_name:generate",
    agents="agents",
    conversation="conversation",
    generate="by_name",
    rasq="rasq",
    recommender="recommender",
    shared_documents="shared_documents",
)
