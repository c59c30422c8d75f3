"""Lets our provider of a type win over LocalStack's own of the same type."""

from typing import override

from localstack.services.cloudformation.resource_provider import plugin_manager
from plux import PluginFinder, PluginSpec

from meshrig_localstack.cloudformation.plugins import DeclaredSpec


class OursLast(PluginFinder):
    """Finds what another finder finds, ours at the end: of two plugins of one name plux keeps the later one."""

    def __init__(self, finder: PluginFinder) -> None:
        self._finder = finder

    @override
    def find_plugins(self) -> list[PluginSpec]:
        return sorted(self._finder.find_plugins(), key=lambda spec: isinstance(spec, DeclaredSpec))


def prefer_our_types() -> None:
    """To be called before LocalStack looks up its first resource provider."""
    plugin_manager.finder = OursLast(plugin_manager.finder)
