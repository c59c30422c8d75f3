"""Which AWS operations change state that a reader of meshes and gateways cares about."""

SERVICES = frozenset({"apigateway", "appmesh", "autoscaling", "cloudformation", "cognito-idp", "ecr", "eks", "elbv2"})

READ_ONLY_PREFIXES = (
    "BatchCheck",
    "BatchGet",
    "Check",
    "Describe",
    "Detect",
    "Download",
    "Estimate",
    "Export",
    "Get",
    "List",
    "Lookup",
    "Predict",
    "Search",
    "Test",
    "Validate",
)

USER_TRAFFIC = frozenset(
    {
        "AdminInitiateAuth",
        "AdminRespondToAuthChallenge",
        "ConfirmSignUp",
        "InitiateAuth",
        "RespondToAuthChallenge",
        "RevokeToken",
        "SignUp",
    }
)
"""Cognito calls that a system's users make at any rate: they change users and tokens, not the configuration."""


def is_mutating(service: str, operation: str, http_method: str, uses_rest: bool) -> bool:
    """Whether a call is to be recorded. ``uses_rest``: the service's protocol maps operations to HTTP methods."""
    if service not in SERVICES or operation in USER_TRAFFIC:
        return False
    if uses_rest and http_method in ("GET", "HEAD"):
        return False
    return not operation.startswith(READ_ONLY_PREFIXES)
