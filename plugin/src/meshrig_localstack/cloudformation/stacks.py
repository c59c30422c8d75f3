"""CloudFormation's rules about which stacks may be updated, and as whom."""

from typing import Any, override

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.services.cloudformation.api_utils import extract_template_body
from localstack.services.cloudformation.engine.template_preparer import parse_template
from localstack.services.cloudformation.stores import get_cloudformation_store
from localstack.services.cloudformation.v2.provider import CloudformationProviderV2, find_stack_v2

from meshrig_localstack.cloudformation.deployer import acting_as, key_of
from meshrig_localstack.cloudformation.template_rules import template_problems

ONLY_DELETABLE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


class StackProvider(CloudformationProviderV2):
    """LocalStack's CloudFormation, which would update a stack that has failed to be created."""

    @override
    @handler("CreateStack", expand=False)
    def create_stack(self, context: RequestContext, request: dict[str, Any]) -> Any:
        _refuse_template(request, None)
        with acting_as(key_of(context)):
            return super().create_stack(context, request)

    @override
    @handler("ExecuteChangeSet")
    def execute_change_set(self, context: RequestContext, *args: Any, **kwargs: Any) -> Any:
        with acting_as(key_of(context)):
            return super().execute_change_set(context, *args, **kwargs)

    @override
    @handler("UpdateStack", expand=False)
    def update_stack(self, context: RequestContext, request: dict[str, Any]) -> Any:
        _refuse_failed(context, request.get("StackName"))
        _refuse_template(request, _stack(context, request.get("StackName")))
        with acting_as(key_of(context)):
            return super().update_stack(context, request)

    @override
    @handler("CreateChangeSet", expand=False)
    def create_change_set(self, context: RequestContext, request: dict[str, Any]) -> Any:
        """A change set that fails has changed nothing, so an existing stack keeps its status."""
        _refuse_failed(context, request.get("StackName"))
        stack = _stack(context, request.get("StackName"))
        _refuse_template(request, stack)
        before = (stack.status, stack.status_reason) if stack is not None else None
        answer = super().create_change_set(context, request)
        if stack is not None and before is not None:
            stack.status, stack.status_reason = before
        return answer


def _stack(context: RequestContext, name: str | None) -> Any:
    state = get_cloudformation_store(context.account_id, context.region)
    return find_stack_v2(state, name) if name else None


def _refuse_failed(context: RequestContext, name: str | None) -> None:
    stack = _stack(context, name)
    if stack is not None and stack.status in ONLY_DELETABLE:
        message = f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        raise CommonServiceException("ValidationError", message, status_code=400, sender_fault=True)


def _refuse_template(request: dict[str, Any], stack: Any) -> None:
    if not (request.get("TemplateBody") or request.get("TemplateURL")):
        return
    deployed = stack.resolved_resources if stack is not None else {}
    types = {name: resource["Type"] for name, resource in deployed.items() if resource.get("Type")}
    template = parse_template(extract_template_body(request))
    problems = template_problems(template, types) if isinstance(template, dict) else []
    if problems:
        raise CommonServiceException("ValidationError", "; ".join(problems), status_code=400, sender_fault=True)
