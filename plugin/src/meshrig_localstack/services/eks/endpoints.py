"""The plugin's own HTTP endpoints of EKS, on LocalStack's gateway.

- ``PUT``, ``GET``, ``DELETE /_meshrig/eks/clusters/{name}``: what is behind the cluster (see ``backing``).
- ``POST /_meshrig/eks/clusters/{name}/authenticate``: the webhook of the cluster's API server; a TokenReview in, a
  TokenReview out, always with status 200, as the API server reads the reason of a refusal from the answer.
  ``?account=`` and ``?region=`` say which cluster is meant where several have the name.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localstack.http import Request, Response

from meshrig_localstack.services.eks.authentication.mapping import FindPrivateName, kubernetes_user
from meshrig_localstack.services.eks.authentication.refusal import RefusedTokenError
from meshrig_localstack.services.eks.authentication.review import MalformedReviewError, Review, read_review
from meshrig_localstack.services.eks.authentication.verification import Verifier
from meshrig_localstack.services.eks.backing import Backings, BadBackingError, read_backing
from meshrig_localstack.services.eks.store import StoredCluster

FindClusters = Callable[[str], list[StoredCluster]]


@dataclass(frozen=True)
class EksEndpoints:
    backings: Backings
    find_clusters: FindClusters
    verifier: Verifier
    find_private_name: FindPrivateName

    def cluster(self, request: Request, name: str) -> Response:
        """400 for a registration that cannot be used, 404 where there is none to be told, 204 for one taken away."""
        if request.method == "DELETE":
            self.backings.forget(name)
            return Response(status=204)
        if request.method == "PUT":
            try:
                self.backings.register(name, read_backing(_body(request)))
            except BadBackingError as problem:
                return _json({"error": f"what is behind cluster {name} cannot be registered: {problem}"}, 400)
        backing = self.backings.find(name)
        if backing is None:
            return _json({"error": f"nothing is registered behind cluster {name}"}, 404)
        return _json(backing.to_json(), 200)

    def authenticate(self, request: Request, name: str) -> Response:
        """400 for a body that is no TokenReview."""
        try:
            review = read_review(_body(request))
        except MalformedReviewError as problem:
            return _json({"error": str(problem)}, 400)
        return _json(self._reviewed(review, name, request), 200)

    def _reviewed(self, review: Review, name: str, request: Request) -> dict[str, Any]:
        try:
            cluster = self._cluster(name, request.args.get("account"), request.args.get("region"))
            caller = self.verifier.verify(review.token, name, datetime.now(UTC))
            return review.granted(caller, kubernetes_user(cluster, caller, self.find_private_name))
        except RefusedTokenError as refusal:
            return review.refused(str(refusal))

    def _cluster(self, name: str, account: str | None, region: str | None) -> StoredCluster:
        found = [cluster for cluster in self.find_clusters(name) if _is_in(cluster, account, region)]
        if not found:
            raise RefusedTokenError(f"EKS has no cluster {name}")
        if len(found) > 1:
            arns = ", ".join(cluster.record["arn"] for cluster in found)
            raise RefusedTokenError(f"EKS has several clusters {name}; say ?account= and ?region= of one of {arns}")
        return found[0]


def _is_in(cluster: StoredCluster, account: str | None, region: str | None) -> bool:
    return account in (None, cluster.account_id) and region in (None, cluster.region)


def _body(request: Request) -> object:
    """The JSON of the body; None, which nothing here accepts, when it is not JSON."""
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError):
        return None


def _json(body: dict[str, Any], status: int) -> Response:
    response = Response(status=status)
    response.set_json(body)
    return response
