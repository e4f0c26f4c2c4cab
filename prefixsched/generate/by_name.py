"""Instances by the name of a registered generator, those of plug-ins among them."""

from __future__ import annotations

from typing import Any

from prefixsched.model.instance import Instance
from prefixsched.plugins.registry import load


def generate(family: str, **options: Any) -> Instance:
    """Make an instance of a family.

    Parameters
    ----------
    family
        The generator's name, as ``prefixsched generate --help`` lists it: ``rasq``, ``agents``,
        ``conversation``, ``shared-documents``, or what a package registers.
    options
        The generator's own, such as ``users=4``, which ``prefixsched generate FAMILY --help``
        lists too. A float is read as the decimal that it prints as.

    Returns
    -------
    Instance
        The same for the same options, seed included.

    Raises
    ------
    InputError
        If there is no such generator, or an option is out of range.
    TypeError
        If the generator has no such option.

    Examples
    --------
    ``prefixsched.generate("rasq", users=12, per_user=4, load=1.2, seed=1)``
    """
    instance: Instance = load("generators", family)(**options)
    return instance
