"""Services answered by moto."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from running_localstack import RunningLocalStack


def test_a_registry_token_is_valid(localstack: RunningLocalStack) -> None:
    client: Any = localstack.client("ecr")
    token = client.get_authorization_token()["authorizationData"][0]
    assert token["expiresAt"] > datetime.now(UTC)
    assert token["authorizationToken"]


def test_autoscaling_answers(localstack: RunningLocalStack) -> None:
    client: Any = localstack.client("autoscaling")
    assert client.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_xray_answers(localstack: RunningLocalStack) -> None:
    client: Any = localstack.client("xray")
    answer = client.put_trace_segments(TraceSegmentDocuments=["not json"])
    assert answer["UnprocessedTraceSegments"]


def test_cognito_signs_a_user_in(localstack: RunningLocalStack) -> None:
    client: Any = localstack.client("cognito-idp")
    pool = client.create_user_pool(PoolName="delegated")["UserPool"]["Id"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    app = client.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)
    user = {"UserPoolId": pool, "Username": "ada"}
    client.admin_create_user(**user)
    client.admin_set_user_password(**user, Password="Secret-12345", Permanent=True)
    answer = client.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=app["UserPoolClient"]["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": "Secret-12345"},
    )
    assert answer["AuthenticationResult"]["IdToken"].count(".") == 2
    client.delete_user_pool(UserPoolId=pool)


def test_an_operation_no_one_knows_is_refused(localstack: RunningLocalStack) -> None:
    client: Any = localstack.client("eks")
    with pytest.raises(ClientError) as refused:
        client.list_capabilities(clusterName="any")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
