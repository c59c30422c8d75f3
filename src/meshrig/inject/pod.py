"""A Pod in, a Pod out."""

from collections.abc import Mapping, Sequence

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.inject.annotations import read_options
from meshrig.inject.conflicts import find_conflicts, find_missing_volumes
from meshrig.inject.decision import INJECTED_ANNOTATION, Decision, is_injected
from meshrig.inject.environment import add_variables
from meshrig.inject.envoy_container import Membership, build_sidecar, envoy_volumes, with_volumes
from meshrig.inject.ingress_pod import inject_ingress
from meshrig.inject.objects import (
    OWN_CONTAINERS,
    Document,
    Json,
    annotations_of,
    containers_of,
    init_containers_of,
    items,
    part,
    probed_containers,
    with_annotations,
    with_spec,
)
from meshrig.inject.options import SidecarOptions
from meshrig.inject.probe import ProbeTarget, rewrite_probes
from meshrig.inject.redirect import build_redirect_container, plan_redirection
from meshrig.inject.shape import check_pod
from meshrig.inject.termination import grace_period, keep_serving
from meshrig.model.control_plane import SidecarSettings
from meshrig.model.kubernetes import VIRTUAL_NODE_ANNOTATION


def inject_pod(
    pod: Json, virtual_node: str, app_ports: Sequence[int], decision: Decision, settings: SidecarSettings
) -> Json:
    """The pod as ``decision`` wants it; one that has been injected already comes back as it is, but for images.

    ``app_ports`` are the ports of the virtual node's listeners: none of them may be left open beside the sidecar.
    Raises InvalidInputError with everything about the pod that can't be honoured.
    """
    check_pod(pod)
    if decision.kind == "none":
        return pod
    named = resolve_images(pod, settings.images)
    if decision.kind == "images" or is_injected(pod):
        filled = _fill_environment(named, settings.pod_environment)
        added = {} if INJECTED_ANNOTATION in annotations_of(pod) else {INJECTED_ANNOTATION: decision.kind}
        return with_annotations(filled, added)
    problems: list[Problem] = []
    options = read_options(annotations_of(pod), problems)
    if not virtual_node:
        problems.append(Problem("the virtual node is not known", Origin(subject=VIRTUAL_NODE_ANNOTATION)))
    if not containers_of(pod):
        raise InvalidInputError([*problems, Problem("there is no container", Origin(subject="spec.containers"))])
    if decision.kind == "sidecar":
        problems.extend(find_conflicts(pod, options, app_ports))
        injected = _inject_sidecar(named, virtual_node, options, settings, problems)
    else:
        grace = grace_period(part(pod, "spec"), containers_of(pod))
        # The Envoy's image is chosen by what the manifest says, before short names are resolved.
        chosen = inject_ingress(pod, Membership(virtual_node, options, grace), settings)
        injected = dict(resolve_images(chosen, settings.images))
    problems.extend(find_missing_volumes(injected, options))
    if problems:
        raise InvalidInputError(problems)
    return with_annotations(injected, {VIRTUAL_NODE_ANNOTATION: virtual_node, INJECTED_ANNOTATION: decision.kind})


def resolve_images(pod: Json, images: Mapping[str, str]) -> Json:
    """The pod with image names that ``images`` has replaced by its references, in init containers too."""
    lists = {}
    for key in ("initContainers", "containers"):
        listed = items(part(pod, "spec"), key)
        resolved = [
            {**each, "image": images[each["image"]]} if each.get("image") in images else each for each in listed
        ]
        if resolved != listed:
            lists[key] = resolved
    return with_spec(pod, **lists) if lists else pod


def _inject_sidecar(
    pod: Json, virtual_node: str, options: SidecarOptions, settings: SidecarSettings, problems: list[Problem]
) -> Document:
    """First the redirection, then Envoy, then the pod's own init containers, whose traffic is in the mesh too."""
    targets: list[ProbeTarget] = []
    rewritten: dict[str, Document] = {}
    for container in probed_containers(pod):
        changed = rewrite_probes(container, problems)
        targets.extend(changed.targets)
        rewritten[container["name"]] = changed.container
    environment = settings.pod_environment
    containers = [keep_serving(add_variables(rewritten[each["name"]], environment)) for each in containers_of(pod)]
    own_init = [add_variables(rewritten.get(each["name"], each), environment) for each in init_containers_of(pod)]
    spec = part(pod, "spec")
    grace = grace_period(spec, containers)
    redirection = plan_redirection(options, settings.egress_ignored_ports, settings.egress_ignored_ips)
    sidecar = build_sidecar(Membership(virtual_node, options, grace), targets, settings)
    return with_spec(
        pod,
        initContainers=[build_redirect_container(redirection, settings.envoy_image), sidecar, *own_init],
        containers=containers,
        volumes=with_volumes(spec, envoy_volumes(options)),
        terminationGracePeriodSeconds=grace,
    )


def _fill_environment(pod: Json, environment: Mapping[str, str]) -> Json:
    """For application containers only; our own have nothing to do with it."""
    if not environment:
        return pod
    spec = part(pod, "spec")
    lists = {
        key: [each if _is_ours(pod, each) else add_variables(each, environment) for each in items(spec, key)]
        for key in ("initContainers", "containers")
        if spec.get(key)
    }
    return with_spec(pod, **lists)


def _is_ours(pod: Json, container: Json) -> bool:
    envoy = "--config-yaml" in (container.get("args") or ())
    return is_injected(pod) and (envoy or container["name"] in OWN_CONTAINERS)
