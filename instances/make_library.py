"""Write every file of the library that a recipe makes, byte for byte the same each time."""

from __future__ import annotations

from pathlib import Path

from recipes import RECIPES, Recipe

from prefixsched.cli.generate import command_of
from prefixsched.plugins import registry

HERE = Path(__file__).parent


def write(recipe: Recipe, path: Path) -> None:
    """Write one file, as ``prefixsched generate`` does."""
    command = command_of(recipe.generator, registry.load("generators", recipe.generator))
    options = ["--name", recipe.name, *recipe.options, "-o", str(path)]
    command.main(options, standalone_mode=False)


def main() -> None:
    """Write all of them."""
    for recipe in RECIPES:
        path = HERE / recipe.file
        path.parent.mkdir(exist_ok=True)
        write(recipe, path)


if __name__ == "__main__":
    main()
