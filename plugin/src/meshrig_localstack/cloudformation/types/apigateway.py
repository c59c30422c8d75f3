"""AWS::ApiGateway::VpcLink and Authorizer; Ref gives the id of each."""

from meshrig_localstack.cloudformation.declaration import Call, Declaration, Read
from meshrig_localstack.cloudformation.patches import one_by_one, patch, patch_list

LINK = {"vpcLinkId": "{VpcLinkId}"}
VPC_LINK = Declaration(
    type_name="AWS::ApiGateway::VpcLink",
    service="apigateway",
    reference="{VpcLinkId}",
    create=Call("CreateVpcLink"),
    created={"VpcLinkId": "id"},
    updates=one_by_one("UpdateVpcLink", LINK, {"Name": patch("/name"), "Description": patch("/description")}),
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
    updates=one_by_one(
        "UpdateAuthorizer",
        AUTHORIZER_NAMES,
        {**{name: patch(path) for name, path in PATCHED.items()}, "ProviderARNs": patch_list("/providerARNs")},
    ),
    delete=Call("DeleteAuthorizer", AUTHORIZER_NAMES, properties=()),
    read=Read("GetAuthorizer", AUTHORIZER_NAMES, "@", {"AuthorizerId": "id"}),
)

DECLARATIONS = (VPC_LINK, AUTHORIZER)
