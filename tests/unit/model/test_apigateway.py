from meshrig.model.apigateway import DeployedApi, GatewayModel, Stage


def deployed(api_id: str, name: str, stage: str) -> DeployedApi:
    return DeployedApi(api_id, name, Stage(stage, "deployment"), ())


def test_a_stage_is_called_as_its_api_where_that_is_clear() -> None:
    apis = (deployed("a", "shop", "prod"), deployed("b", "admin", "prod"), deployed("b", "admin", "dev"))
    assert GatewayModel(apis).stages() == {"shop": "prod", "admin/prod": "prod", "admin/dev": "dev"}
