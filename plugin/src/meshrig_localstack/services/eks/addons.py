"""Add-ons: their names and settings; what runs in the cluster is the runtime's business."""

from typing import Any

from localstack.aws.api import RequestContext, handler

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


class AddonHandlers:
    @handler("CreateAddon", expand=False)
    def create_addon(self, context: RequestContext, request: Record) -> Record:
        cluster, name = cluster_of(context, request["clusterName"]), request["addonName"]
        refuse_duplicate(cluster.addons, name, "Addon already exists.")
        record = from_request(
            request,
            addonArn=child_arn(context, "addon", request["clusterName"], name),
            status="ACTIVE",
            health={"issues": []},
            createdAt=now(),
            modifiedAt=now(),
        )
        record.setdefault("addonVersion", f"v{cluster.record['version']}.0-eksbuild.1")
        record["podIdentityAssociations"] = _association_arns(cluster, request)
        cluster.addons[name] = record
        return {"addon": record}

    @handler("DescribeAddon", expand=False)
    def describe_addon(self, context: RequestContext, request: Record) -> Record:
        return {"addon": _addon(cluster_of(context, request["clusterName"]), request)}

    @handler("ListAddons", expand=False)
    def list_addons(self, context: RequestContext, request: Record) -> Record:
        return page(request, "addons", names(cluster_of(context, request["clusterName"]).addons))

    @handler("UpdateAddon", expand=False)
    def update_addon(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        record = _addon(cluster, request)
        change(record, request, "addonVersion", "serviceAccountRoleArn", "configurationValues")
        return {"update": record_update(cluster, "AddonUpdate", request)}

    @handler("DeleteAddon", expand=False)
    def delete_addon(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        record = _addon(cluster, request)
        del cluster.addons[request["addonName"]]
        return {"addon": {**record, "status": "DELETING"}}


def _addon(cluster: StoredCluster, request: Record) -> Record:
    return find(
        cluster.addons,
        request["addonName"],
        f"No addon: {request['addonName']} found in cluster: {request['clusterName']}",
    )


def _association_arns(cluster: StoredCluster, request: Record) -> list[Any]:
    """The associations the add-on's service accounts have in the cluster."""
    accounts = {entry["serviceAccount"] for entry in request.get("podIdentityAssociations") or []}
    found = cluster.pod_identities.values()
    return [record["associationArn"] for record in found if record["serviceAccount"] in accounts]
