"""The reference system as its files say it: the project, its manifests, and the template with parameters resolved."""

from functools import cache
from pathlib import Path
from typing import Any

from meshrig.located.yaml_nodes import plain, read_documents
from meshrig.model.kubernetes import ManifestSet
from meshrig.model.project import Project
from meshrig.read.manifests import read_manifests
from meshrig.read.project import read_project

ROOT = Path(__file__).resolve().parents[3]
SERVICES = ("users", "products", "orders")


@cache
def project() -> Project:
    return read_project(ROOT / "meshrig.yaml")


@cache
def manifests() -> ManifestSet:
    return read_manifests(project().manifests)


@cache
def template() -> dict[str, Any]:
    """Its sections, intrinsic functions in their long form (``{"Ref": "X"}``, ``{"Fn::GetAtt": ["X", "Arn"]}``)."""
    (document,) = read_documents(project().template, project().template.name)
    sections: dict[str, Any] = plain(document)
    return sections


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = template()["Resources"][logical_id]["Properties"]
    return found


def default(parameter: str) -> Any:
    return template()["Parameters"][parameter]["Default"]


def of_type(name: str) -> dict[str, Any]:
    return {key: value for key, value in template()["Resources"].items() if value["Type"] == name}


def text(value: Any) -> str:
    """A string, or what ``Ref`` and ``Fn::Sub`` of parameters make of it with their defaults."""
    if isinstance(value, dict) and "Ref" in value:
        return str(default(value["Ref"]))
    if isinstance(value, dict) and "Fn::Sub" in value:
        resolved = str(value["Fn::Sub"])
        for name, parameter in template()["Parameters"].items():
            resolved = resolved.replace(f"${{{name}}}", str(parameter.get("Default", "")))
        return resolved
    return str(value)
