"""Clusters: create, describe, list, update, delete.

A cluster is ACTIVE at once, unless something else is to be behind it (see ``backing``). Its certificate authority is a
real self-signed certificate, and its cluster security group a real EC2 security group of the subnets' VPC, because
templates point rules at it (EKS guide, "sec-group-reqs").
"""

from typing import Any

from localstack.aws.api import RequestContext, handler
from localstack.aws.connect import connect_to

from meshrig_localstack.services.eks.authentication_modes import administrator, admit_administrator, change_mode
from meshrig_localstack.services.eks.backing import backings, described
from meshrig_localstack.services.eks.certificate import authority_data
from meshrig_localstack.services.eks.errors import InvalidParameter, InvalidRequest, ResourceInUse, ResourceNotFound
from meshrig_localstack.services.eks.paging import names, page
from meshrig_localstack.services.eks.store import (
    Record,
    StoredCluster,
    arn,
    change,
    cluster_of,
    clusters_of,
    from_request,
    hex_id,
    now,
    record_update,
    refuse_duplicate,
)

DEFAULT_VERSION = "1.36"
DEFAULT_SERVICE_CIDR = "172.20.0.0/16"
LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
CONFIG_MEMBERS = (
    "logging",
    "upgradePolicy",
    "zonalShiftConfig",
    "computeConfig",
    "storageConfig",
    "remoteNetworkConfig",
    "deletionProtection",
    "controlPlaneScalingConfig",
)


class ClusterHandlers:
    @handler("CreateCluster", expand=False)
    def create_cluster(self, context: RequestContext, request: Record) -> Record:
        clusters, name = clusters_of(context), request["name"]
        refuse_duplicate(clusters, name, f"Cluster already exists with name: {name}")
        creator = administrator(context, request.get("accessConfig") or {})
        network = _network(context, name, request["resourcesVpcConfig"])
        record = from_request(
            request,
            name=name,
            arn=arn(context, f"cluster/{name}"),
            createdAt=now(),
            status="ACTIVE",
            resourcesVpcConfig=network,
            certificateAuthority={"data": authority_data(name)},
            **_addresses(context),
        )
        cluster = clusters[name] = StoredCluster(_with_defaults(record), creator)
        admit_administrator(context, cluster)
        return {"cluster": _described(cluster)}

    @handler("DescribeCluster", expand=False)
    def describe_cluster(self, context: RequestContext, request: Record) -> Record:
        return {"cluster": _described(cluster_of(context, request["name"]))}

    @handler("ListClusters", expand=False)
    def list_clusters(self, context: RequestContext, request: Record) -> Record:
        return page(request, "clusters", names(clusters_of(context)))

    @handler("UpdateClusterConfig", expand=False)
    def update_cluster_config(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["name"])
        change_mode(context, cluster, (request.get("accessConfig") or {}).get("authenticationMode"))
        change(cluster.record, {**request, "logging": _logging(request)}, *CONFIG_MEMBERS)
        for member in ("resourcesVpcConfig", "kubernetesNetworkConfig"):
            cluster.record[member] = {**cluster.record.get(member, {}), **(request.get(member) or {})}
        kind = "LoggingUpdate" if request.get("logging") else "ConfigUpdate"
        return {"update": record_update(cluster, kind, request)}

    @handler("UpdateClusterVersion", expand=False)
    def update_cluster_version(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["name"])
        if request["version"] == cluster.record["version"]:
            raise InvalidParameter(f"Cluster is already at version {request['version']}")
        change(cluster.record, request, "version")
        return {"update": record_update(cluster, "VersionUpdate", request)}

    @handler("DescribeUpdate", expand=False)
    def describe_update(self, context: RequestContext, request: Record) -> Record:
        found = cluster_of(context, request["name"]).updates.get(request["updateId"])
        if found is None:
            raise ResourceNotFound(f"No update found for ID: {request['updateId']}")
        return {"update": found}

    @handler("ListUpdates", expand=False)
    def list_updates(self, context: RequestContext, request: Record) -> Record:
        return {"updateIds": list(cluster_of(context, request["name"]).updates)}

    @handler("DeleteCluster", expand=False)
    def delete_cluster(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["name"])
        if cluster.nodegroups:
            raise ResourceInUse("Cluster has nodegroups attached")
        if cluster.record.get("deletionProtection"):
            raise InvalidRequest("Cluster has deletion protection turned on; turn it off before deleting the cluster")
        _ec2(context).delete_security_group(GroupId=cluster.record["resourcesVpcConfig"]["clusterSecurityGroupId"])
        del clusters_of(context)[request["name"]]
        return {"cluster": {**_described(cluster), "status": "DELETING"}}


def _described(cluster: StoredCluster) -> Record:
    return described(cluster.record, backings.find(cluster.record["name"]))


def _addresses(context: RequestContext) -> Record:
    key = hex_id()
    return {
        "endpoint": f"https://{key}.gr7.{context.region}.eks.amazonaws.com",
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{context.region}.amazonaws.com/id/{key}"}},
        "platformVersion": "eks.1",
        "health": {"issues": []},
    }


def _with_defaults(record: Record) -> Record:
    """The members EKS fills in (EKS API reference, CreateCluster)."""
    record.setdefault("version", DEFAULT_VERSION)
    record.setdefault("deletionProtection", False)
    record["accessConfig"] = {"authenticationMode": "CONFIG_MAP", **record.get("accessConfig", {})}
    record["accessConfig"].pop("bootstrapClusterCreatorAdminPermissions", None)
    record["kubernetesNetworkConfig"] = {
        "ipFamily": "ipv4",
        "serviceIpv4Cidr": DEFAULT_SERVICE_CIDR,
        **record.get("kubernetesNetworkConfig", {}),
    }
    record["upgradePolicy"] = {"supportType": "EXTENDED", **record.get("upgradePolicy", {})}
    record["logging"] = _logging(record) or {"clusterLogging": [{"types": LOG_TYPES, "enabled": False}]}
    return record


def _logging(request: Record) -> Record | None:
    """Both halves of the logging setup: what was asked for, and every other type switched off."""
    asked = (request.get("logging") or {}).get("clusterLogging")
    if asked is None:
        return None
    on = [kind for entry in asked if entry.get("enabled") for kind in entry.get("types", [])]
    off = [kind for kind in LOG_TYPES if kind not in on]
    setups = ((on, True), (off, False))
    return {"clusterLogging": [{"types": types, "enabled": enabled} for types, enabled in setups if types]}


def _network(context: RequestContext, name: str, asked: Record) -> Record:
    subnet_ids = asked.get("subnetIds") or []
    if not subnet_ids:
        raise InvalidParameter("Subnets specified must be in at least two different AZs")
    subnets = _ec2(context).describe_subnets(SubnetIds=subnet_ids)["Subnets"]
    if len({subnet["AvailabilityZone"] for subnet in subnets}) < 2:
        raise InvalidParameter("Subnets specified must be in at least two different AZs")
    vpc_ids = {subnet["VpcId"] for subnet in subnets}
    if len(vpc_ids) > 1:
        raise InvalidParameter(f"Subnets specified must be in the same VPC; they are in {', '.join(sorted(vpc_ids))}")
    vpc_id = vpc_ids.pop()
    defaults = {"endpointPublicAccess": True, "endpointPrivateAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}
    group = _cluster_security_group(context, name, vpc_id)
    return {**defaults, "securityGroupIds": [], **asked, "vpcId": vpc_id, "clusterSecurityGroupId": group}


def _cluster_security_group(context: RequestContext, name: str, vpc_id: str) -> str:
    ec2 = _ec2(context)
    tags = [{"Key": f"kubernetes.io/cluster/{name}", "Value": "owned"}]
    group: str = ec2.create_security_group(
        GroupName=f"eks-cluster-sg-{name}-{int(hex_id()[:8], 16)}",
        Description="EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, "
        "as well as any managed workloads.",
        VpcId=vpc_id,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]
    within = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[within])
    return group


def _ec2(context: RequestContext) -> Any:
    return connect_to(aws_access_key_id=context.account_id, region_name=context.region).ec2
