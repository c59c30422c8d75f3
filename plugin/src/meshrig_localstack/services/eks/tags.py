"""Tags of any EKS resource, by its ARN."""

from localstack.aws.api import RequestContext, handler

from meshrig_localstack.services.eks.errors import ResourceNotFound
from meshrig_localstack.services.eks.store import Record, clusters_of


class TagHandlers:
    @handler("TagResource", expand=False)
    def tag_resource(self, context: RequestContext, request: Record) -> Record:
        record = _tagged(context, request["resourceArn"])
        record["tags"] = {**record.get("tags", {}), **request["tags"]}
        return {}

    @handler("UntagResource", expand=False)
    def untag_resource(self, context: RequestContext, request: Record) -> Record:
        record = _tagged(context, request["resourceArn"])
        gone = set(request["tagKeys"])
        record["tags"] = {key: value for key, value in record.get("tags", {}).items() if key not in gone}
        return {}

    @handler("ListTagsForResource", expand=False)
    def list_tags_for_resource(self, context: RequestContext, request: Record) -> Record:
        return {"tags": _tagged(context, request["resourceArn"]).get("tags", {})}


def _tagged(context: RequestContext, wanted: str) -> Record:
    for cluster in clusters_of(context).values():
        for arn, record in cluster.records():
            if arn == wanted:
                return record
    raise ResourceNotFound(f"No resource found for ARN: {wanted}")
