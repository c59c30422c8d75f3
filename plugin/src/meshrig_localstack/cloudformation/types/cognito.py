"""AWS::Cognito::UserPool and UserPoolClient; Ref gives the id of each."""

from collections.abc import Mapping
from typing import Any

from meshrig_localstack.cloudformation.declaration import Call, Declaration, GeneratedName, Read


def _provider_name(pool: Mapping[str, Any]) -> str:
    """cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI: the issuer of the pool's tokens, without its scheme."""
    region = str(pool["Arn"]).split(":")[3]
    return f"cognito-idp.{region}.amazonaws.com/{pool['Id']}"


def _provider_url(pool: Mapping[str, Any]) -> str:
    return f"https://{_provider_name(pool)}"


POOL = {"UserPoolId": "{UserPoolId}"}
POOL_SETTINGS = (
    "AccountRecoverySetting",
    "AdminCreateUserConfig",
    "AutoVerifiedAttributes",
    "DeletionProtection",
    "DeviceConfiguration",
    "EmailConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "LambdaConfig",
    "MfaConfiguration",
    "Policies",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "SmsVerificationMessage",
    "UserAttributeUpdateSettings",
    "UserPoolAddOns",
    "UserPoolName",
    "UserPoolTags",
    "UserPoolTier",
    "VerificationMessageTemplate",
)
USER_POOL = Declaration(
    type_name="AWS::Cognito::UserPool",
    service="cognito-idp",
    reference="{UserPoolId}",
    create=Call("CreateUserPool", rename={"UserPoolName": "PoolName"}),
    created={"UserPoolId": "UserPool.Id"},
    updates=(Call("UpdateUserPool", POOL, POOL_SETTINGS, rename={"UserPoolName": "PoolName"}),),
    delete=Call("DeleteUserPool", POOL, properties=()),
    read=Read(
        "DescribeUserPool",
        POOL,
        "UserPool",
        {"UserPoolId": "Id", "ProviderName": _provider_name, "ProviderURL": _provider_url},
    ),
    name=GeneratedName("UserPoolName", 128),
)

CLIENT = {"UserPoolId": "{UserPoolId}", "ClientId": "{ClientId}"}
CLIENT_SETTINGS = (
    "AccessTokenValidity",
    "AllowedOAuthFlows",
    "AllowedOAuthFlowsUserPoolClient",
    "AllowedOAuthScopes",
    "AnalyticsConfiguration",
    "AuthSessionValidity",
    "CallbackURLs",
    "ClientName",
    "DefaultRedirectURI",
    "EnablePropagateAdditionalUserContextData",
    "EnableTokenRevocation",
    "ExplicitAuthFlows",
    "IdTokenValidity",
    "LogoutURLs",
    "PreventUserExistenceErrors",
    "ReadAttributes",
    "RefreshTokenRotation",
    "RefreshTokenValidity",
    "SupportedIdentityProviders",
    "TokenValidityUnits",
    "WriteAttributes",
)
USER_POOL_CLIENT = Declaration(
    type_name="AWS::Cognito::UserPoolClient",
    service="cognito-idp",
    reference="{ClientId}",
    create=Call("CreateUserPoolClient"),
    created={"ClientId": "UserPoolClient.ClientId"},
    updates=(Call("UpdateUserPoolClient", CLIENT, CLIENT_SETTINGS),),
    delete=Call("DeleteUserPoolClient", CLIENT, properties=()),
    read=Read("DescribeUserPoolClient", CLIENT, "UserPoolClient", {"Name": "ClientName"}),
    name=GeneratedName("ClientName", 128),
)

DECLARATIONS = (USER_POOL, USER_POOL_CLIENT)
