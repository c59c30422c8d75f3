"""AWS::ECR::Repository; Ref gives the name. LocalStack's own type creates nothing."""

from typing import Any

from meshrig_localstack.cloudformation.declaration import Call, Declaration, GeneratedName, Parameters, Read, Tags

NAME = {"repositoryName": "{RepositoryName}"}


def _lifecycle(new: Any, _old: Any) -> Parameters:
    return {"lifecyclePolicyText": new["LifecyclePolicyText"]}


FILTER = "ImageTagMutabilityExclusionFilter"


def _exclusions(new: Any, _old: Any) -> Parameters:
    """The type's schema names a filter's members longer than the API does."""
    filters = [{"filterType": each[f"{FILTER}Type"], "filter": each[f"{FILTER}Value"]} for each in new or ()]
    return {"imageTagMutabilityExclusionFilters": filters} if filters else {}


EXCLUSIONS = {f"{FILTER}s": _exclusions}

REPOSITORY = Declaration(
    type_name="AWS::ECR::Repository",
    service="ecr",
    reference="{RepositoryName}",
    create=Call("CreateRepository", build=EXCLUSIONS),
    settle=(
        Call("PutLifecyclePolicy", NAME, ("LifecyclePolicy",), build={"LifecyclePolicy": _lifecycle}),
        Call("SetRepositoryPolicy", NAME, ("RepositoryPolicyText",), {"RepositoryPolicyText": "policyText"}),
    ),
    updates=(
        Call("PutImageTagMutability", NAME, ("ImageTagMutability", f"{FILTER}s"), build=EXCLUSIONS),
        Call("PutImageScanningConfiguration", NAME, ("ImageScanningConfiguration",)),
    ),
    delete=Call("DeleteRepository", NAME, ("EmptyOnDelete",), {"EmptyOnDelete": "force"}),
    read=Read(
        "DescribeRepositories",
        {"repositoryNames[]": "{RepositoryName}"},
        "repositories[0]",
        {"Arn": "repositoryArn"},
    ),
    tags=Tags("Tags", {"resourceArn": "{Arn}"}),
    name=GeneratedName("RepositoryName", 256, lower=True),
    local=("EmptyOnDelete",),
)

DECLARATIONS = (REPOSITORY,)
