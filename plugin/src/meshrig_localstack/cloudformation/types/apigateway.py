"""AWS::ApiGateway::VpcLink and Authorizer; Ref gives the id of each."""

from collections.abc import Callable
from typing import Any

from meshrig_localstack.cloudformation.declaration import Call, Declaration, Parameters, Read


def _patch(path: str) -> Callable[[Any, Any], Parameters]:
    """Replaces one member of the resource by a JSON patch operation, the API's way of updating."""

    def build(new: Any, _old: Any) -> Parameters:
        if new is None:
            return {"patchOperations": [{"op": "remove", "path": path}]}
        return {"patchOperations": [{"op": "replace", "path": path, "value": str(new)}]}

    return build


def _provider_patch(new: Any, old: Any) -> Parameters:
    path = "/providerARNs"
    added = [{"op": "add", "path": path, "value": arn} for arn in new or () if arn not in (old or ())]
    gone = [{"op": "remove", "path": path, "value": arn} for arn in old or () if arn not in (new or ())]
    return {"patchOperations": added + gone}


LINK = {"vpcLinkId": "{VpcLinkId}"}
VPC_LINK = Declaration(
    type_name="AWS::ApiGateway::VpcLink",
    service="apigateway",
    reference="{VpcLinkId}",
    create=Call("CreateVpcLink"),
    created={"VpcLinkId": "id"},
    updates=(
        Call(
            "UpdateVpcLink",
            LINK,
            ("Name", "Description"),
            build={"Name": _patch("/name"), "Description": _patch("/description")},
        ),
    ),
    delete=Call("DeleteVpcLink", LINK, properties=()),
    read=Read("GetVpcLink", LINK, "@", {"VpcLinkId": "id"}),
)

AUTHORIZER_NAMES = {"restApiId": "{RestApiId}", "authorizerId": "{AuthorizerId}"}
PATCHED = {
    "Name": "/name",
    "Type": "/type",
    "AuthorizerUri": "/authorizerUri",
    "AuthorizerCredentials": "/authorizerCredentials",
    "AuthorizerResultTtlInSeconds": "/authorizerResultTtlInSeconds",
    "IdentitySource": "/identitySource",
    "IdentityValidationExpression": "/identityValidationExpression",
    "AuthType": "/authType",
}
AUTHORIZER = Declaration(
    type_name="AWS::ApiGateway::Authorizer",
    service="apigateway",
    reference="{AuthorizerId}",
    create=Call("CreateAuthorizer"),
    created={"AuthorizerId": "id"},
    updates=tuple(
        Call("UpdateAuthorizer", AUTHORIZER_NAMES, (name,), build={name: build})
        for name, build in {
            **{name: _patch(path) for name, path in PATCHED.items()},
            "ProviderARNs": _provider_patch,
        }.items()
    ),
    delete=Call("DeleteAuthorizer", AUTHORIZER_NAMES, properties=()),
    read=Read("GetAuthorizer", AUTHORIZER_NAMES, "@", {"AuthorizerId": "id"}),
)

DECLARATIONS = (VPC_LINK, AUTHORIZER)
