"""Bring the system up in kind, or a running one to what the files say now."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshrig import shell
from meshrig.certs.authority import CertificateAuthority
from meshrig.errors import MeshrigError
from meshrig.harness.client import take_events
from meshrig.harness.control_plane.install import control_plane_objects
from meshrig.harness.inputs import Inputs, read_inputs
from meshrig.harness.keeper.store import to_json
from meshrig.harness.keeper.token_webhook import PORT as WEBHOOK_PORT
from meshrig.harness.keeper.token_webhook import SERVER_NAME
from meshrig.harness.kind.layout import Layout, Ports, allocate_ports, endpoint_url, find_layout
from meshrig.harness.kind.own_images import (
    CONTROL_PLANE_REPOSITORY,
    ENVOY_REPOSITORY,
    OwnImages,
    build_own_images,
)
from meshrig.harness.kind.publish import Publisher, default_repository, registry_name
from meshrig.harness.kind.status import describe, read_cluster_config
from meshrig.harness.kind.workloads import apply_workloads, deployments, ingress_images, load_objects
from meshrig.harness.localstack import Clients
from meshrig.harness.turn import turn, turn_file
from meshrig.model.control_plane import ControlPlaneSettings
from meshrig.model.desired import ClusterBacking, DesiredState
from meshrig.names import CONTROL_PLANE, SYSTEM_NAMESPACE
from meshrig.read.aws.calls import translated
from meshrig.runtime.kind.cluster import KindCluster
from meshrig.runtime.kind.cluster_config import (
    WEBHOOK_FILE,
    build_cluster_config,
    host_ports,
    write_node_files,
)
from meshrig.runtime.kind.compose import Compose
from meshrig.runtime.kind.images import EcrLogin, content_hash
from meshrig.runtime.kind.rollout import wait_ready
from meshrig.settings import LOCAL_ACCOUNT, LOCAL_CREDENTIALS, LOCALSTACK_VERSION, places
from meshrig.shell import Run

Say = Callable[[str], None]
# As containers and pods reach LocalStack on the cluster's network; compose.yaml opens the two ports.
_AWS_PORT, _DYNAMODB_PORT = 4566, 4567
_AWS_URL, _DYNAMODB_URL = f"http://localstack:{_AWS_PORT}", f"http://localstack:{_DYNAMODB_PORT}"
_ECR_URL = "http://localstack:4510"
_ROLLOUT_SECONDS = 180


@dataclass(frozen=True)
class Prepared:
    """What is known once nothing more can be wrong with the user's files."""

    layout: Layout
    inputs: Inputs
    ports: Ports
    authority: CertificateAuthority
    cluster_config: dict[str, Any]


def up(project_file: Path, say: Say, *, workloads: bool = True, run: Run = shell.run) -> dict[str, Any]:
    """Returns the status. Without ``workloads`` the project's images and manifests are left to somebody else.

    Raises InvalidInputError before anything changes, MeshrigError when a step fails.
    """
    with turn(turn_file(places(project_file.parent.resolve())), say):
        return _up(project_file, say, run, workloads=workloads)


def _up(project_file: Path, say: Say, run: Run, *, workloads: bool) -> dict[str, Any]:
    prepared, save_ports = _prepare(project_file, say, run)
    layout = prepared.layout
    with ThreadPoolExecutor(2) as pool:
        # The cluster takes as long as the images: both at once.
        layout.compose({}).ensure_network()
        cluster = pool.submit(_ensure_cluster, prepared, say)
        own = build_own_images(layout, say)
        compose = _start_compose(prepared, own, say)
        kind = cluster.result()
    save_ports()
    desired = _desired(prepared, kind)
    take_events(compose.ask_keeper({"path": "/v1/converge", "body": to_json(desired)}), say, "the keeper")
    clients = Clients(endpoint_url(prepared.ports), prepared.inputs.project.region)
    settings, image = _publish(prepared, clients, own, say, workloads=workloads)
    _start_control_plane(layout, settings, image, prepared.authority, say)
    if workloads:
        _start_workloads(layout, prepared.inputs, settings, say)
    found = describe(prepared.inputs.project, layout, prepared.ports)
    if found is None:
        raise MeshrigError("the containers went away while the system came up", log="docker ps --all")
    return found


def _prepare(project_file: Path, say: Say, run: Run) -> tuple[Prepared, Callable[[], None]]:
    inputs = read_inputs(project_file, builds_images=True)
    project = inputs.project
    base = read_cluster_config(project)
    layout = find_layout(project, places(project.root), run)
    ports, allocator = allocate_ports(layout, host_ports(base))
    for moved in allocator.moved:
        say(f"port {moved.wanted} is taken; {moved.name} uses {moved.port}")
    config = build_cluster_config(base, layout.name, layout.node_folder, ports.cluster)
    authority = CertificateAuthority.create_or_load(layout.places.state / "ca")
    return Prepared(layout, inputs, ports, authority, config), allocator.save


def _ensure_cluster(prepared: Prepared, say: Say) -> KindCluster:
    layout, region = prepared.layout, prepared.inputs.project.region
    write_node_files(
        layout.node_folder,
        f"https://{SERVER_NAME}:{WEBHOOK_PORT}/authenticate",
        prepared.authority.ca_pem,
        {
            registry_name(region): _ECR_URL,
            # What repositoryUri says: the account and region that such a name lacks are in the path.
            f"localhost:{prepared.ports.ecr}": f"{_ECR_URL}/v2/{LOCAL_ACCOUNT}/{region}",
        },
        layout.node_password,
    )
    cluster = layout.cluster()
    cluster.config.write_text(yaml.safe_dump(prepared.cluster_config, sort_keys=False))
    started = time.monotonic()
    # The API server reads what its webhook is, the CA among it, at its start only.
    made_from = content_hash([cluster.config, layout.node_folder / WEBHOOK_FILE])
    made = cluster.ensure(f"{made_from} {cluster.image}", say)
    if made:
        say(f"cluster {cluster.name} ready ({time.monotonic() - started:.0f} s)")
    return cluster


def _start_compose(prepared: Prepared, own: OwnImages, say: Say) -> Compose:
    ports = prepared.ports
    compose = prepared.layout.compose(
        {
            "MESHRIG_LOCALSTACK_IMAGE": own.localstack,
            "MESHRIG_IMAGE": own.meshrig,
            "MESHRIG_EDGE_PORT": str(ports.edge),
            "MESHRIG_AWS_PORT": str(ports.aws),
            "MESHRIG_ECR_PORT": str(ports.ecr),
            "MESHRIG_ECR_NODE_PASSWORD": prepared.layout.node_password,
            "MESHRIG_EKS_BACKED": "1",
        }
    )
    compose.up()
    say(f"LocalStack {LOCALSTACK_VERSION} ready at {endpoint_url(ports)}")
    return compose


def _desired(prepared: Prepared, cluster: KindCluster) -> DesiredState:
    project, template = prepared.inputs.project, prepared.inputs.template
    endpoint, authority = cluster.backing()
    repositories = [default_repository(build) for build in project.images.values() if not build.repository]
    return DesiredState(
        stack=project.stack_name,
        region=project.region,
        template_name=project.shown(project.template),
        template_text=template.text,
        parameters=dict(project.targets["local"].parameters),
        backing=ClusterBacking(endpoint, authority, cluster.version(), cluster.node),
        repositories=(CONTROL_PLANE_REPOSITORY, ENVOY_REPOSITORY, *repositories),
        ca_certificate=prepared.authority.ca_pem,
        ca_key=prepared.authority.key_pem,
    )


def _publish(
    prepared: Prepared, clients: Clients, own: OwnImages, say: Say, *, workloads: bool
) -> tuple[ControlPlaneSettings, str]:
    """Settings that name every image by digest, and the control plane's own image."""
    layout, project = prepared.layout, prepared.inputs.project
    environment = {"DOCKER_HOST": layout.tools.endpoint, **layout.compose({}).environment}
    login = EcrLogin(layout.tools.run, layout.folder / "docker", environment)
    publisher = Publisher(layout, clients, login, say)
    image = publisher.publish_image(own.meshrig, CONTROL_PLANE_REPOSITORY)
    envoy = publisher.publish_image(own.envoy, ENVOY_REPOSITORY)
    repositories = _repositories(clients, project.stack_name)
    images = dict.fromkeys(ingress_images(load_objects(project.manifests)), envoy)
    for name, build in project.images.items():
        repository = repositories.get(build.repository, default_repository(build))
        publish = publisher.publish_build if workloads else publisher.find_build
        if reference := publish(build, repository):
            images[name] = reference
    return (
        ControlPlaneSettings(
            stack=project.stack_name,
            region=project.region,
            envoy_image=envoy,
            endpoint_url=_AWS_URL,
            images=images,
            pod_environment={
                **LOCAL_CREDENTIALS,
                "AWS_REGION": project.region,
                "AWS_DEFAULT_REGION": project.region,
                "AWS_ENDPOINT_URL": _AWS_URL,
                "AWS_ENDPOINT_URL_DYNAMODB": _DYNAMODB_URL,
            },
            egress_ignored_ports=(_AWS_PORT, _DYNAMODB_PORT),
        ),
        image,
    )


def _repositories(clients: Clients, stack: str) -> dict[str, str]:
    """Logical id -> name of the stack's ECR repositories."""
    with translated(f"reading stack {stack}"):
        resources = clients.get("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    kind = "AWS::ECR::Repository"
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources if r["ResourceType"] == kind}


def _start_control_plane(
    layout: Layout, settings: ControlPlaneSettings, image: str, authority: CertificateAuthority, say: Say
) -> None:
    objects = control_plane_objects(settings, image, ca=(authority.ca_pem, authority.key_pem))
    layout.kubectl.apply(objects, what="applying the control plane", server_side=True)
    wait_ready(layout.kubectl, SYSTEM_NAMESPACE, CONTROL_PLANE, _ROLLOUT_SECONDS, say)
    say("mesh control plane ready")


def _start_workloads(layout: Layout, inputs: Inputs, settings: ControlPlaneSettings, say: Say) -> None:
    objects = load_objects(inputs.project.manifests)
    apply_workloads(layout.kubectl, objects, settings.images, layout.folder / "applied.json")
    found = deployments(objects)
    with ThreadPoolExecutor(len(found) or 1) as pool:
        waits = [pool.submit(wait_ready, layout.kubectl, *each, _ROLLOUT_SECONDS, say) for each in found]
        for wait in waits:
            wait.result()
    say(f"{len(found)} deployments ready")
