"""A group whose commands are imported when they are called: ``meshrig probe`` must not wait for all of meshrig."""

import importlib
from collections.abc import Mapping

import click


class LazyGroup(click.Group):
    """``places``: command -> ``module:attribute``, in the order that help shows."""

    def __init__(self, *args: object, places: Mapping[str, str] | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._places = places or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self._places:
            return None
        module, _, attribute = self._places[cmd_name].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found
