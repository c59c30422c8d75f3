"""The ECR service: handlers of ours before moto's. Which of the two classes it is, is for the settings to say."""

import base64
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api import RequestContext, handler
from localstack.services.moto import call_moto

from meshrig_localstack.services.ecr.calls import Handlers, Record
from meshrig_localstack.services.ecr.image_handlers import ImageHandlers
from meshrig_localstack.services.ecr.put_image import PutImageHandler
from meshrig_localstack.services.ecr.repositories import Place
from meshrig_localstack.services.ecr.repository_handlers import RepositoryHandlers
from meshrig_localstack.services.ecr.scan_handlers import ScanHandlers
from meshrig_localstack.services.ecr.tokens import TOKEN_LIFETIME, USER


class MotoEcrProvider:
    """ECR without a registry: moto's answers, but tokens that are still valid."""

    @handler("GetAuthorizationToken", expand=False)
    def get_authorization_token(self, context: RequestContext, _request: dict[str, Any]) -> Any:
        """moto's tokens expired in 2015; AWS's last twelve hours (ECR API, GetAuthorizationToken)."""
        answer = call_moto(context)
        for token in answer["authorizationData"]:
            token["expiresAt"] = datetime.now(UTC) + TOKEN_LIFETIME
        return answer


class TokenHandlers(Handlers):
    @handler("GetAuthorizationToken", expand=False)
    def get_authorization_token(self, context: RequestContext, request: Record) -> Record:
        """The caller's password, whichever registries it asks for: on AWS too it opens what the caller may open."""
        token = self.parts.tokens.issue(Place(context.account_id, context.region), datetime.now(UTC))
        data = {
            "authorizationToken": base64.b64encode(f"{USER}:{token.password}".encode()).decode(),
            "expiresAt": token.expires_at,
            "proxyEndpoint": self.parts.settings.proxy_endpoint,
        }
        return {"authorizationData": [data for _ in request.get("registryIds") or [context.account_id]]}


class EcrProvider(ImageHandlers, PutImageHandler, RepositoryHandlers, ScanHandlers, TokenHandlers):
    """ECR with a registry behind it."""
