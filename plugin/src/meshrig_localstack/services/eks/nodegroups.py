"""Managed node groups. No instance is started: nodes are the runtime's business, not LocalStack's."""

import uuid
from collections.abc import Mapping
from typing import Any

from localstack.aws.api import RequestContext, handler

from meshrig_localstack.services.eks.access import admit_nodes
from meshrig_localstack.services.eks.errors import InvalidParameter
from meshrig_localstack.services.eks.paging import names, page
from meshrig_localstack.services.eks.store import (
    Record,
    StoredCluster,
    change,
    child_arn,
    cluster_of,
    find,
    from_request,
    now,
    record_update,
    refuse_duplicate,
)

DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}


class NodegroupHandlers:
    @handler("CreateNodegroup", expand=False)
    def create_nodegroup(self, context: RequestContext, request: Record) -> Record:
        cluster, name = cluster_of(context, request["clusterName"]), request["nodegroupName"]
        refuse_duplicate(
            cluster.nodegroups,
            name,
            f"NodeGroup already exists with name {name} and cluster name {request['clusterName']}",
        )
        _refuse_conflicts(request)
        record = from_request(
            request,
            nodegroupArn=child_arn(context, "nodegroup", request["clusterName"], name),
            status="ACTIVE",
            createdAt=now(),
            modifiedAt=now(),
            health={"issues": []},
            resources={"autoScalingGroups": [{"name": f"eks-{name}-{uuid.uuid4()}"}]},
            scalingConfig={**DEFAULT_SCALING, **(request.get("scalingConfig") or {})},
        )
        for member, default in _defaults(request, cluster).items():
            record.setdefault(member, default)
        admit_nodes(context, cluster, request["nodeRole"], _entry_type(record))
        cluster.nodegroups[name] = record
        return {"nodegroup": record}

    @handler("DescribeNodegroup", expand=False)
    def describe_nodegroup(self, context: RequestContext, request: Record) -> Record:
        return {"nodegroup": _nodegroup(cluster_of(context, request["clusterName"]), request)}

    @handler("ListNodegroups", expand=False)
    def list_nodegroups(self, context: RequestContext, request: Record) -> Record:
        return page(request, "nodegroups", names(cluster_of(context, request["clusterName"]).nodegroups))

    @handler("UpdateNodegroupConfig", expand=False)
    def update_nodegroup_config(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        record = _nodegroup(cluster, request)
        scaling = {**record["scalingConfig"], **(request.get("scalingConfig") or {})}
        _refuse_sizes(scaling)
        record["labels"] = _labels(record.get("labels", {}), request.get("labels") or {})
        record["taints"] = _taints(record.get("taints", []), request.get("taints") or {})
        change(record, {**request, "scalingConfig": scaling}, "scalingConfig", "updateConfig", "nodeRepairConfig")
        return {"update": record_update(cluster, "ConfigUpdate", request)}

    @handler("UpdateNodegroupVersion", expand=False)
    def update_nodegroup_version(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        record = _nodegroup(cluster, request)
        asked = request.get("launchTemplate")
        if asked and not record.get("launchTemplate"):
            raise InvalidParameter("You cannot specify a launch template for a node group created without one")
        if asked:
            record["launchTemplate"] = {**record["launchTemplate"], **asked}
        change(record, request, "version", "releaseVersion")
        return {"update": record_update(cluster, "VersionUpdate", request)}

    @handler("DeleteNodegroup", expand=False)
    def delete_nodegroup(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        record = _nodegroup(cluster, request)
        del cluster.nodegroups[request["nodegroupName"]]
        return {"nodegroup": {**record, "status": "DELETING"}}


def _entry_type(record: Record) -> str:
    return "EC2_WINDOWS" if record["amiType"].startswith("WINDOWS") else "EC2_LINUX"


def _nodegroup(cluster: StoredCluster, request: Mapping[str, Any]) -> Record:
    name = request["nodegroupName"]
    return find(cluster.nodegroups, name, f"No node group found for name: {name}.")


def _defaults(request: Mapping[str, Any], cluster: StoredCluster) -> Record:
    defaults: Record = {
        "version": cluster.record["version"],
        "capacityType": "ON_DEMAND",
        "amiType": "CUSTOM" if request.get("launchTemplate") else "AL2023_x86_64_STANDARD",
        "labels": {},
        "taints": [],
        "updateConfig": {"maxUnavailable": 1},
    }
    if not request.get("launchTemplate"):
        defaults |= {"instanceTypes": ["t3.medium"], "diskSize": 20}
    return defaults


def _refuse_conflicts(request: Mapping[str, Any]) -> None:
    """Rules of the EKS guide's "launch-templates": what a template brings may not be said twice."""
    template = request.get("launchTemplate")
    twice = [member for member in ("diskSize", "remoteAccess") if template and request.get(member)]
    if twice:
        raise InvalidParameter(f"{', '.join(twice)} cannot be given together with a launch template")
    _refuse_sizes({**DEFAULT_SCALING, **(request.get("scalingConfig") or {})})


def _refuse_sizes(scaling: Mapping[str, int]) -> None:
    if not scaling["minSize"] <= scaling["desiredSize"] <= scaling["maxSize"]:
        raise InvalidParameter(
            f"desiredSize {scaling['desiredSize']} must lie between minSize {scaling['minSize']} "
            f"and maxSize {scaling['maxSize']}"
        )


def _labels(labels: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, str]:
    removed = asked.get("removeLabels") or []
    kept = {key: value for key, value in labels.items() if key not in removed}
    return {**kept, **(asked.get("addOrUpdateLabels") or {})}


def _taints(taints: list[Record], asked: Mapping[str, Any]) -> list[Record]:
    gone = [(taint["key"], taint["effect"]) for taint in asked.get("removeTaints") or []]
    new = asked.get("addOrUpdateTaints") or []
    gone += [(taint["key"], taint["effect"]) for taint in new]
    return [taint for taint in taints if (taint["key"], taint["effect"]) not in gone] + new
