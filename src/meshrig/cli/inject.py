"""inject."""

import base64
import json
from pathlib import Path
from typing import Any

import click
import yaml

from meshrig.cli.output import reports_errors
from meshrig.harness.inject import CONTROL_PLANE_ADDRESS, ENVOY_IMAGE, Request, inject_manifests
from meshrig.names import DEFAULT_PROJECT_FILE

_EXISTING = click.Path(path_type=Path, exists=True)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True)


@click.command()
@click.option(
    "-f", "--filename", "manifests", multiple=True, type=_EXISTING, help="Manifest file or folder; repeatable."
)
@click.option("--project", type=_FILE, help=f"The project file.  [default: {DEFAULT_PROJECT_FILE}, if there]")
@click.option("--mesh", default="", help="The mesh.  [default: the only one in the project's template]")
@click.option("--virtual-node", default="", help="For pods whose annotation meshrig.io/virtual-node names none.")
@click.option("--ca", "ca_file", type=_FILE, help="CA of the control plane, in PEM.")
@click.option("--control-plane", default=CONTROL_PLANE_ADDRESS, show_default=True, help="host:port of xDS.")
@click.option("--envoy-image", default=ENVOY_IMAGE, show_default=True, help="Image built from envoy/Dockerfile.")
@click.option("-o", "--output", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@reports_errors
def inject(
    manifests: tuple[Path, ...],
    project: Path | None,
    mesh: str,
    virtual_node: str,
    ca_file: Path | None,
    control_plane: str,
    envoy_image: str,
    form: str,
) -> None:
    """Print manifests with an Envoy in every pod, as the admission webhook would have made them."""
    default = Path(DEFAULT_PROJECT_FILE).resolve()
    project_file = project or (default if default.is_file() else None)
    request = Request(manifests, project_file, ca_file, mesh, virtual_node, control_plane, envoy_image)
    objects = inject_manifests(request)
    click.echo(_as_json(objects) if form == "json" else _as_yaml(objects), nl=form == "json")


def _as_json(objects: list[Any]) -> str:
    """As kubectl prints several objects; one stands alone."""
    content = objects[0] if len(objects) == 1 else {"apiVersion": "v1", "kind": "List", "items": objects}
    return json.dumps(content, indent=2, default=_binary)


def _as_yaml(objects: list[Any]) -> str:
    # Through JSON, since parts that two places share would come out as anchors.
    content = json.loads(json.dumps(objects, default=_binary))
    return yaml.dump_all(content, Dumper=_Dumper, sort_keys=False, width=120, explicit_start=True, allow_unicode=True)


def _binary(value: Any) -> str:
    """What YAML marks as ``!!binary`` is base64 to Kubernetes."""
    return base64.b64encode(value).decode()


class _Dumper(yaml.SafeDumper):
    """Text of several lines is written as such."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
