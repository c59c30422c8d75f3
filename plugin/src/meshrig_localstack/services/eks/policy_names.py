"""The access policies there are, as the AWS CLI's example of ``list-access-policies`` has them."""

from meshrig_localstack.services.eks.store import Record, now

CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSBlockStorageClusterPolicy",
    "AmazonEKSBlockStoragePolicy",
    CLUSTER_ADMIN,
    "AmazonEKSComputeClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSHybridPolicy",
    "AmazonEKSLoadBalancingClusterPolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingClusterPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSViewPolicy",
    "AmazonEMRJobPolicy",
    "AmazonSagemakerHyperpodClusterPolicy",
    "AmazonSagemakerHyperpodControllerPolicy",
    "AmazonSagemakerHyperpodSystemNamespacePolicy",
)


def policy_arn(partition: str, name: str) -> str:
    """Access policies belong to EKS, not to an account."""
    return f"arn:{partition}:eks::aws:cluster-access-policy/{name}"


def associated(arn: str, scope: Record) -> Record:
    """A policy as an entry has it from now on."""
    time = now()
    return {"policyArn": arn, "accessScope": {"namespaces": [], **scope}, "associatedAt": time, "modifiedAt": time}
