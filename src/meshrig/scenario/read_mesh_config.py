"""Phases that look at the App Mesh API."""

from meshrig.located.fields import Fields
from meshrig.scenario.definition import MeshConfig


def read_mesh_config(name: str, fields: Fields, _known: set[str]) -> MeshConfig:
    """``virtual_nodes`` and, where one CA is meant, ``authority``."""
    virtual_nodes, authority = fields.texts("virtual_nodes"), fields.text("authority")
    if not virtual_nodes:
        fields.problem("needs virtual_nodes, a list of names")
    fields.close()
    return MeshConfig(name, virtual_nodes, authority)
