"""AWS::EKS::*; Ref values from the CloudFormation guide's page of each type."""

from collections.abc import Mapping
from typing import Any

from meshrig_localstack.cloudformation.declaration import (
    Call,
    Declaration,
    Each,
    GeneratedName,
    Parameters,
    Read,
    Ready,
    Tags,
)

TAGS = Tags("Tags", {"resourceArn": "{Arn}"})
OF_CLUSTER = {"clusterName": "{ClusterName}"}


def _logging(new: Any, _old: Any) -> Parameters:
    """CloudFormation lists the types that are on; the API takes setups, each with a switch."""
    types = [entry["Type"] for entry in ((new or {}).get("ClusterLogging") or {}).get("EnabledTypes", ())]
    everything = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    setups = [{"types": types, "enabled": True}] if types else [{"types": everything, "enabled": False}]
    return {"logging": {"clusterLogging": setups}}


def _network_update(new: Any, _old: Any) -> Parameters:
    """The members of the create-time structure UpdateClusterConfig takes."""
    names = {
        "SubnetIds": "subnetIds",
        "SecurityGroupIds": "securityGroupIds",
        "EndpointPublicAccess": "endpointPublicAccess",
        "EndpointPrivateAccess": "endpointPrivateAccess",
        "PublicAccessCidrs": "publicAccessCidrs",
    }
    return {"resourcesVpcConfig": {api: new[name] for name, api in names.items() if name in new}}


def _access_update(new: Any, _old: Any) -> Parameters:
    return {"accessConfig": {"authenticationMode": new["AuthenticationMode"]}} if new else {}


CLUSTER = Declaration(
    type_name="AWS::EKS::Cluster",
    service="eks",
    reference="{Name}",
    create=Call("CreateCluster", build={"Logging": _logging}),
    updates=(
        Call("UpdateClusterVersion", {"name": "{Name}"}, properties=("Version",)),
        Call("UpdateClusterConfig", {"name": "{Name}"}, ("Logging",), build={"Logging": _logging}),
        Call(
            "UpdateClusterConfig",
            {"name": "{Name}"},
            ("ResourcesVpcConfig",),
            build={"ResourcesVpcConfig": _network_update},
        ),
        Call("UpdateClusterConfig", {"name": "{Name}"}, ("AccessConfig",), build={"AccessConfig": _access_update}),
        Call(
            "UpdateClusterConfig",
            {"name": "{Name}"},
            ("UpgradePolicy", "ZonalShiftConfig", "DeletionProtection", "ControlPlaneScalingConfig"),
        ),
    ),
    delete=Call("DeleteCluster", {"name": "{Name}"}, properties=()),
    read=Read(
        "DescribeCluster",
        {"name": "{Name}"},
        "cluster",
        {
            "CertificateAuthorityData": "certificateAuthority.data",
            "ClusterSecurityGroupId": "resourcesVpcConfig.clusterSecurityGroupId",
            "OpenIdConnectIssuerUrl": "identity.oidc.issuer",
            "EncryptionConfigKeyArn": "encryptionConfig[0].provider.keyArn",
            "Id": "name",
        },
    ),
    ready=Ready(
        "status",
        "ACTIVE",
        900,
        "nothing was registered as what is behind it; PUT it to /_meshrig/eks/clusters/{Name}, then create the stack",
    ),
    tags=TAGS,
    name=GeneratedName("Name", 100),
    local=("Force",),
)


def _labels(new: Any, old: Any) -> Parameters:
    removed = sorted(set(old or {}) - set(new or {}))
    return {"labels": {"addOrUpdateLabels": new or {}, "removeLabels": removed}}


def _taints(new: Any, old: Any) -> Parameters:
    def api(taints: Any) -> list[dict[str, str]]:
        return [{key.lower(): value for key, value in taint.items()} for taint in taints or ()]

    wanted = api(new)
    kept = {(taint["key"], taint["effect"]) for taint in wanted}
    gone = [taint for taint in api(old) if (taint["key"], taint["effect"]) not in kept]
    return {"taints": {"addOrUpdateTaints": wanted, "removeTaints": gone}}


def _nodegroup_id(found: Mapping[str, Any]) -> str:
    return f"{found['clusterName']}/{found['nodegroupName']}"


NODEGROUP_NAMES = {**OF_CLUSTER, "nodegroupName": "{NodegroupName}"}
NODEGROUP = Declaration(
    type_name="AWS::EKS::Nodegroup",
    service="eks",
    reference="{Id}",
    create=Call("CreateNodegroup"),
    updates=(
        Call(
            "UpdateNodegroupConfig",
            NODEGROUP_NAMES,
            ("Labels", "Taints", "ScalingConfig", "UpdateConfig", "NodeRepairConfig"),
            build={"Labels": _labels, "Taints": _taints},
        ),
        Call("UpdateNodegroupVersion", NODEGROUP_NAMES, ("Version", "ReleaseVersion", "LaunchTemplate")),
    ),
    delete=Call("DeleteNodegroup", NODEGROUP_NAMES, properties=()),
    read=Read(
        "DescribeNodegroup",
        NODEGROUP_NAMES,
        "nodegroup",
        {"Arn": "nodegroupArn", "Id": _nodegroup_id},
    ),
    tags=TAGS,
    name=GeneratedName("NodegroupName", 63),
    local=("ForceUpdateEnabled",),
)

ADDON_NAMES = {**OF_CLUSTER, "addonName": "{AddonName}"}
ADDON_SETTINGS = (
    "AddonVersion",
    "ConfigurationValues",
    "ServiceAccountRoleArn",
    "ResolveConflicts",
    "PodIdentityAssociations",
)
ADDON = Declaration(
    type_name="AWS::EKS::Addon",
    service="eks",
    reference="{ClusterName}|{AddonName}",
    create=Call("CreateAddon"),
    updates=(Call("UpdateAddon", ADDON_NAMES, ADDON_SETTINGS),),
    delete=Call("DeleteAddon", ADDON_NAMES, properties=("PreserveOnDelete",), rename={"PreserveOnDelete": "preserve"}),
    read=Read("DescribeAddon", ADDON_NAMES, "addon", {"Arn": "addonArn"}),
    tags=TAGS,
    local=("PreserveOnDelete",),
)


def _groups(new: Any, _old: Any) -> Parameters:
    """A property taken out of the template takes the groups away; the API would leave them."""
    return {"kubernetesGroups": new or []}


def _username(new: Any, _old: Any) -> Parameters:
    return {"username": new or ""}


ENTRY_NAMES = {**OF_CLUSTER, "principalArn": "{PrincipalArn}"}
ACCESS_ENTRY = Declaration(
    type_name="AWS::EKS::AccessEntry",
    service="eks",
    reference="{PrincipalArn}|{ClusterName}",
    create=Call("CreateAccessEntry"),
    updates=(
        Call("UpdateAccessEntry", ENTRY_NAMES, ("KubernetesGroups",), build={"KubernetesGroups": _groups}),
        Call("UpdateAccessEntry", ENTRY_NAMES, ("Username",), build={"Username": _username}),
    ),
    each=(
        Each(
            "AccessPolicies",
            ("PolicyArn",),
            add=Call("AssociateAccessPolicy", ENTRY_NAMES, ("PolicyArn", "AccessScope")),
            remove=Call("DisassociateAccessPolicy", ENTRY_NAMES, ("PolicyArn",)),
        ),
    ),
    delete=Call("DeleteAccessEntry", ENTRY_NAMES, properties=()),
    read=Read("DescribeAccessEntry", ENTRY_NAMES, "accessEntry"),
    tags=Tags("Tags", {"resourceArn": "{AccessEntryArn}"}),
)

ASSOCIATION_NAMES = {**OF_CLUSTER, "associationId": "{AssociationId}"}
POD_IDENTITY_ASSOCIATION = Declaration(
    type_name="AWS::EKS::PodIdentityAssociation",
    service="eks",
    reference="{AssociationArn}",
    create=Call("CreatePodIdentityAssociation"),
    created={"AssociationId": "association.associationId", "AssociationArn": "association.associationArn"},
    updates=(
        Call(
            "UpdatePodIdentityAssociation",
            ASSOCIATION_NAMES,
            ("RoleArn", "TargetRoleArn", "DisableSessionTags", "Policy"),
        ),
    ),
    delete=Call("DeletePodIdentityAssociation", ASSOCIATION_NAMES, properties=()),
    read=Read("DescribePodIdentityAssociation", ASSOCIATION_NAMES, "association"),
    tags=Tags("Tags", {"resourceArn": "{AssociationArn}"}),
)

DECLARATIONS = (CLUSTER, NODEGROUP, ADDON, ACCESS_ENTRY, POD_IDENTITY_ASSOCIATION)
