"""Container registries: moto's answers, but tokens that are still valid."""

from datetime import UTC, datetime, timedelta
from typing import Any

from localstack.aws.api import RequestContext, handler
from localstack.services.moto import call_moto

TOKEN_LIFETIME = timedelta(hours=12)


class RegistryProvider:
    @handler("GetAuthorizationToken", expand=False)
    def get_authorization_token(self, context: RequestContext, _request: dict[str, Any]) -> Any:
        """moto's tokens expired in 2015; AWS's last twelve hours (ECR API, GetAuthorizationToken)."""
        answer = call_moto(context)
        for token in answer["authorizationData"]:
            token["expiresAt"] = datetime.now(UTC) + TOKEN_LIFETIME
        return answer
