"""The EKS service: one class out of the handlers of each kind of resource."""

from meshrig_localstack.services.eks.access import AccessHandlers
from meshrig_localstack.services.eks.addons import AddonHandlers
from meshrig_localstack.services.eks.clusters import ClusterHandlers
from meshrig_localstack.services.eks.nodegroups import NodegroupHandlers
from meshrig_localstack.services.eks.pod_identity import PodIdentityHandlers
from meshrig_localstack.services.eks.policies import PolicyHandlers
from meshrig_localstack.services.eks.tags import TagHandlers


class EksProvider(
    ClusterHandlers,
    NodegroupHandlers,
    AddonHandlers,
    AccessHandlers,
    PolicyHandlers,
    PodIdentityHandlers,
    TagHandlers,
):
    service = "eks"
