"""AWS::ECR::Repository; Ref gives the name. LocalStack's own type creates nothing."""

from typing import Any

from meshrig_localstack.cloudformation.declaration import Call, Declaration, GeneratedName, Parameters, Read, Tags

NAME = {"repositoryName": "{RepositoryName}"}


def _lifecycle(new: Any, _old: Any) -> Parameters:
    return {"lifecyclePolicyText": new["LifecyclePolicyText"]}


REPOSITORY = Declaration(
    type_name="AWS::ECR::Repository",
    service="ecr",
    reference="{RepositoryName}",
    create=Call("CreateRepository"),
    settle=(
        Call("PutLifecyclePolicy", NAME, ("LifecyclePolicy",), build={"LifecyclePolicy": _lifecycle}),
        Call("SetRepositoryPolicy", NAME, ("RepositoryPolicyText",), {"RepositoryPolicyText": "policyText"}),
    ),
    updates=(
        Call("PutImageTagMutability", NAME, ("ImageTagMutability", "ImageTagMutabilityExclusionFilters")),
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
