"""Pod identity associations: which IAM role the pods of a service account get."""

import secrets

from localstack.aws.api import RequestContext, handler

from meshrig_localstack.services.eks.errors import ResourceInUse
from meshrig_localstack.services.eks.store import (
    Record,
    StoredCluster,
    arn,
    change,
    cluster_of,
    find,
    from_request,
    now,
)

SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


class PodIdentityHandlers:
    @handler("CreatePodIdentityAssociation", expand=False)
    def create_pod_identity_association(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        account = (request["namespace"], request["serviceAccount"])
        if account in {(found["namespace"], found["serviceAccount"]) for found in cluster.pod_identities.values()}:
            raise ResourceInUse(f"Association already exists: {account[0]}/{account[1]}")
        identifier = f"a-{secrets.token_hex(9)[:17]}"
        record = from_request(
            request,
            associationId=identifier,
            associationArn=arn(context, f"podidentityassociation/{request['clusterName']}/{identifier}"),
            createdAt=now(),
            modifiedAt=now(),
        )
        record.setdefault("disableSessionTags", False)
        cluster.pod_identities[identifier] = record
        return {"association": record}

    @handler("DescribePodIdentityAssociation", expand=False)
    def describe_pod_identity_association(self, context: RequestContext, request: Record) -> Record:
        return {"association": _association(cluster_of(context, request["clusterName"]), request)}

    @handler("ListPodIdentityAssociations", expand=False)
    def list_pod_identity_associations(self, context: RequestContext, request: Record) -> Record:
        found = cluster_of(context, request["clusterName"]).pod_identities.values()
        wanted = {name: request[name] for name in ("namespace", "serviceAccount") if request.get(name)}
        matching = [record for record in found if wanted.items() <= record.items()]
        return {"associations": [{name: record[name] for name in SUMMARY if name in record} for record in matching]}

    @handler("UpdatePodIdentityAssociation", expand=False)
    def update_pod_identity_association(self, context: RequestContext, request: Record) -> Record:
        record = _association(cluster_of(context, request["clusterName"]), request)
        change(record, request, "roleArn", "disableSessionTags", "targetRoleArn", "policy")
        return {"association": record}

    @handler("DeletePodIdentityAssociation", expand=False)
    def delete_pod_identity_association(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        record = _association(cluster, request)
        del cluster.pod_identities[request["associationId"]]
        return {"association": record}


def _association(cluster: StoredCluster, request: Record) -> Record:
    wanted = request["associationId"]
    return find(cluster.pod_identities, wanted, f"Association not found: {wanted}")
