"""How one CloudFormation type is expressed in API calls: what the schema and the API's model don't already say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Properties = Mapping[str, Any]
Parameters = dict[str, Any]
Build = Callable[[Any, Any], Parameters]
"""(new value or None, old value or None) -> parameters; lists of several builders in one call are joined."""

Attribute = str | Callable[[Mapping[str, Any]], Any]
"""An attribute's JMESPath in the described resource, or how it is made of that resource."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Call:
    """One API call made of a resource's properties.

    ``identity`` gives parameters as text with properties in braces (``{"clusterName": "{ClusterName}"}``); the name of
    a parameter that ends in ``[]`` makes a list of one. ``properties`` limits which are sent: by default every one the
    operation's input has a member for, whatever its case. ``rename`` names the parameter where it differs from the
    property, ``build`` makes parameters of a property that has another form in the API, ``request`` makes all of them.
    """

    operation: str
    identity: Mapping[str, str] = NOTHING
    properties: tuple[str, ...] | None = None
    rename: Mapping[str, str] = NOTHING
    build: Mapping[str, Build] = NOTHING
    request: Callable[[Properties], Parameters] | None = None


@dataclass(frozen=True)
class Each:
    """A list property the API changes item by item; ``key`` names the members that tell one item from another.

    ``add`` and ``remove`` see the resource's properties and the item's.
    """

    property: str
    key: tuple[str, ...]
    add: Call
    remove: Call


@dataclass(frozen=True)
class Tags:
    """Tags changed on their own, after creation."""

    property: str
    resource: Mapping[str, str]
    add: str = "TagResource"
    remove: str = "UntagResource"
    tags_parameter: str = "tags"
    keys_parameter: str = "tagKeys"
    keys_as_tags: bool = False
    """EC2 wants the keys to remove in the form of tags."""


@dataclass(frozen=True)
class Read:
    """Where the resource's state is found: ``result`` is a JMESPath into the answer."""

    operation: str
    identity: Mapping[str, str]
    result: str
    attributes: Mapping[str, Attribute] = NOTHING
    """Where the member is not called as the attribute is."""


@dataclass(frozen=True)
class Ready:
    """What CloudFormation waits for after creation: the described resource's ``member`` (JMESPath) has ``value``."""

    member: str
    value: str
    seconds: float
    hint: str
    """What to do when it does not come to that; properties stand in braces."""


@dataclass(frozen=True)
class GeneratedName:
    """The name CloudFormation makes up when the template gives none."""

    property: str
    max_length: int = 64
    lower: bool = False


@dataclass(frozen=True)
class Declaration:
    """A type. ``reference`` is what Ref gives, as text with properties in braces (AWS's page of the type)."""

    type_name: str
    service: str
    reference: str
    create: Call
    delete: Call
    created: Mapping[str, str] = NOTHING
    """Property -> JMESPath in the answer of ``create``, for what later calls need to find the resource."""
    read: Read | None = None
    ready: Ready | None = None
    after_create: tuple[Call, ...] = ()
    """Made once, before ``settle``, when one of their properties is given."""
    updates: tuple[Call, ...] = ()
    """Each is made when one of its properties has changed; its ``properties`` must be given."""
    settle: tuple[Call, ...] = ()
    """As ``updates``, and made after ``create`` too, for properties ``create`` does not take."""
    each: tuple[Each, ...] = ()
    tags: Tags | None = None
    name: GeneratedName | None = None
    local: tuple[str, ...] = ()
    """Properties that only steer CloudFormation; ``delete`` may still use them."""
    final: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """Values properties have when the template is silent and a call needs them."""


@dataclass(frozen=True)
class Extension:
    """A type LocalStack creates and deletes well but cannot update: its provider, and the update calls it lacks."""

    type_name: str
    service: str
    base: str
    """Where LocalStack's provider class is: ``module:class`` below ``localstack.services``."""
    updates: tuple[Call, ...] = ()
    tags: Tags | None = None
