"""Questions about shared documents, some far more popular than others."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Literal

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.generate.columns import Column, prompts_of
from prefixsched.generate.common_options import documents_common_options
from prefixsched.generate.setting import Setting
from prefixsched.generate.sizes import sizes
from prefixsched.model.instance import Instance
from prefixsched.model.options import CacheName, exact, spread, whole


@documents_common_options
def shared_documents(
    *,
    documents: int = 100,
    queries: int = 1000,
    zipf: Decimal = Decimal(1),
    system: int = 0,
    document: int = 4000,
    question: int = 100,
    cv: float = 0.5,
    load: Decimal | None = None,
    gap: Decimal | None = None,
    rate: Decimal | None = None,
    arrivals: Literal["regular", "poisson"] = "poisson",
    seed: int = 0,
    token_time: Decimal = Decimal(1),
    attention_time: Decimal = Decimal(0),
    cache: CacheName = "last",
    name: str | None = None,
) -> Instance:
    """Make a queue of questions, each about one of a few documents.

    A prompt is ``[["d7", 4000], ["q12", 100]]``, after a system prompt where
    there is one. The i-th document is asked about with a probability in
    proportion to i^-zipf.

    Parameters
    ----------
    documents
        Documents to ask about.
    queries
        Questions.
    zipf
        Exponent of the documents' popularity; 0 makes all alike.
    system
        Tokens of the system prompt that all share; 0 for none.
    document
        Mean tokens of a document.
    question
        Mean tokens of a question.

    Returns
    -------
    Instance
        Its queries in order of arrival.

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    ``prefixsched generate shared-documents --documents 50 --zipf 1.2 --load 0.8 -o docs.json``
    """
    setting = Setting.read("shared-documents", dict(locals()))
    for option, value in {
        "documents": documents,
        "queries": queries,
        "document": document,
        "question": question,
    }.items():
        whole(option, value)
    whole("system", system, 0)
    weights = _popularity(documents, exact("zipf", zipf, zero=True))
    cv = spread("cv", cv)
    rng = setting.rng

    shares = np.cumsum(weights)
    about = np.searchsorted(shares, rng.integers(shares[-1], size=queries), side="right")
    documents_tokens = sizes(rng, documents, document, cv)
    questions = sizes(rng, queries, question, cv)
    own = [f"q{k}" for k in range(1, queries + 1)]
    prompts = prompts_of(
        Column(["system"], np.zeros(queries, dtype=np.int64), np.full(queries, system)),
        Column([f"d{i}" for i in range(1, documents + 1)], about, documents_tokens[about]),
        Column(own, np.arange(queries), questions),
    )
    return setting.instance(own, setting.arrivals(queries, setting.gap(prompts)), prompts)


def _popularity(documents: int, exponent: Fraction) -> IntArray:
    """Whole weights in proportion to i^-exponent, the same on every machine.

    Decimal powers are computed in software, where a float power differs in the
    last bit from one mathematics library to another.
    """
    with localcontext(Context(prec=28)):
        power = -Decimal(exponent.numerator) / Decimal(exponent.denominator)
        return np.array(
            [int(2**32 * Decimal(i) ** power) + 1 for i in range(1, documents + 1)], dtype=np.int64
        )
