"""LocalStack's engine with the parts of CloudFormation it leaves out: replacement by what really changed, and rollback.

LocalStack 4.14 replaces a resource when a create-only property *refers* to something that is being updated, though the
value stays, and overlooks create-only properties below the top level. When an update fails it reports
``UPDATE_COMPLETE`` and forgets every resource it had not come to; when a deletion fails it reports ``DELETE_COMPLETE``.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, override

from localstack.aws.api.cloudformation import ChangeAction, ExecutionStatus, StackStatus
from localstack.services.cloudformation.engine.v2.change_set_model import Nothing, is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_executor import (
    ChangeSetModelExecutor,
    ChangeSetModelExecutorResult,
)
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import PreprocProperties, PreprocResource
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceProviderExecutor,
)

from meshrig_localstack.cloudformation.changes import changed_properties, needs_replacement
from meshrig_localstack.cloudformation.conditions import ConditionalResources
from meshrig_localstack.cloudformation.deployer import acting_as, deployer
from meshrig_localstack.cloudformation.schema import property_path

NEVER_ROLLED_BACK = "DO_NOTHING"


@dataclass(frozen=True)
class Change:
    """A change the engine has tried, with what the resource was and was to be; Nothing where it was not or is not."""

    name: str
    before: PreprocResource
    after: PreprocResource


class RollbackExecutor(ConditionalResources, ChangeSetModelExecutor):
    """Deploys a change set, or leaves everything as it was."""

    def __init__(self, change_set: Any) -> None:
        super().__init__(change_set)
        self._changes: list[Change] = []
        self._states_before = deepcopy(change_set.stack.resource_states)
        self.resource_provider_executor = HonestProviderExecutor(
            stack_name=change_set.stack.stack_name, stack_id=change_set.stack.stack_id
        )
        self.resource_provider_executor.deployer = deployer()

    @override
    def execute(self) -> ChangeSetModelExecutorResult:
        stack = self._change_set.stack
        stack.status_reason = None
        if stack.status == StackStatus.DELETE_IN_PROGRESS:
            return self._delete()
        is_update = stack.status == StackStatus.UPDATE_IN_PROGRESS
        try:
            return super().execute()
        except RolledBack as failure:
            self._close(is_update, str(failure))
            # Ends the worker thread, which would go on to overwrite the stack's state.
            raise SystemExit from failure

    @override
    def process(self) -> None:
        try:
            super().process()
        except Exception as failure:  # whatever stops a deployment, what it has done must be undone
            if not self._rolls_back():
                raise
            self._deferred_actions.clear()
            reason = str(getattr(failure, "reason", None) or failure)
            self._roll_back(reason)
            raise RolledBack(reason) from failure

    @override
    def visit_node_resources(self, node_resources: Any) -> None:
        """Removes resources whose condition has turned false too; LocalStack passes over them."""
        super().visit_node_resources(node_resources)
        nodes = {node.name: node for node in node_resources.resources}
        # The stack remembers its resources in the order they were made; the engine removes in the reverse of ours.
        for name, deployed in self._change_set.stack.resolved_resources.items():
            if name in nodes and self._has_turned_off(nodes[name]):
                self._execute_resource_change(name, self._as_deployed(nodes[name], deployed), Nothing)

    def _has_turned_off(self, node: Any) -> bool:
        if is_nothing(node.condition_reference):
            return False
        return self._resolve_resource_condition_reference(node.condition_reference).after is False

    def _as_deployed(self, node: Any, deployed: Any) -> PreprocResource:
        policy = node.deletion_policy
        return PreprocResource(
            logical_id=node.name,
            physical_resource_id=deployed.get("PhysicalResourceId"),
            condition=True,
            resource_type=deployed["Type"],
            properties=PreprocProperties(properties=deployed.get("Properties") or {}),
            depends_on=None,
            requires_replacement=False,
            deletion_policy=policy if is_nothing(policy) else self.visit(policy).before,
        )

    @override
    def _execute_resource_change(self, name: str, before: PreprocResource, after: PreprocResource) -> None:
        if not is_nothing(before) and not is_nothing(after) and before.resource_type == after.resource_type:
            after.requires_replacement = _is_replaced(before, after)
        self._changes.append(Change(name, before, after))
        super()._execute_resource_change(name, before, after)

    @override
    def _process_event(self, *, action: ChangeAction, logical_resource_id: str, **details: Any) -> None:
        """Keeps a replaced resource in the stack's list when its predecessor is removed."""
        states = self._change_set.stack.resource_states
        successor = states.get(logical_resource_id)
        super()._process_event(action=action, logical_resource_id=logical_resource_id, **details)
        if action == ChangeAction.Remove and logical_resource_id in self._replaced() and successor is not None:
            states[logical_resource_id] = successor

    def _replaced(self) -> set[str]:
        return {
            change.name
            for change in self._changes
            if not is_nothing(change.before) and not is_nothing(change.after) and change.after.requires_replacement
        }

    def _delete(self) -> ChangeSetModelExecutorResult:
        result = super().execute()
        states = self._change_set.stack.resource_states
        failed = sorted(name for name, state in states.items() if state["ResourceStatus"] == "DELETE_FAILED")
        if failed:
            raise RuntimeError(f"The following resource(s) failed to delete: [{', '.join(failed)}].")
        return result

    def _rolls_back(self) -> bool:
        stack = self._change_set.stack
        if stack.status == StackStatus.DELETE_IN_PROGRESS:
            return False
        asked = getattr(stack, "request_payload", {}) or {}
        kept = asked.get("DisableRollback") or asked.get("OnFailure") == NEVER_ROLLED_BACK
        return not (kept and not stack.resolved_resources)

    def _roll_back(self, reason: str) -> None:
        stack = self._change_set.stack
        is_update = bool(stack.resolved_resources)
        stack.set_stack_status(
            StackStatus.UPDATE_ROLLBACK_IN_PROGRESS if is_update else StackStatus.ROLLBACK_IN_PROGRESS, reason
        )
        for change in reversed(self._changes):
            self._undo(change)

    def _undo(self, change: Change) -> None:
        """A removal needs no undoing: the engine removes last, and does not come to it."""
        if is_nothing(change.after):
            return
        deployed = self.resources.get(change.name, {})
        succeeded = str(deployed.get("ResourceStatus", "")).endswith("_COMPLETE")
        model = PreprocProperties(properties=deployed.get("Properties") or {})
        if is_nothing(change.before) or change.after.requires_replacement:
            if succeeded:
                self._act(ChangeAction.Remove, change, model, None)
        elif change.before.resource_type == change.after.resource_type:
            self._act(ChangeAction.Modify, change, model, change.before.properties)

    def _act(
        self, action: ChangeAction, change: Change, before: PreprocProperties, after: PreprocProperties | None
    ) -> None:
        kind = change.after.resource_type
        event = self._execute_resource_action(
            action=action,
            logical_resource_id=change.name,
            resource_type=kind,
            before_properties=before,
            after_properties=after,
            part_of_replacement=action == ChangeAction.Remove,
        )
        self._process_event(
            action=action,
            logical_resource_id=change.name,
            event_status=event.status,
            resource_type=kind,
            reason=event.message if event.status == OperationStatus.FAILED else None,
        )

    def _close(self, is_update: bool, reason: str) -> None:
        stack, change_set = self._change_set.stack, self._change_set
        change_set.set_execution_status(ExecutionStatus.EXECUTE_FAILED)
        if is_update:
            stack.resource_states = self._states_before
            stack.set_stack_status(StackStatus.UPDATE_ROLLBACK_COMPLETE, reason)
            return
        stack.template, stack.template_body = change_set.template, change_set.template_body
        stack.resolved_parameters = change_set.resolved_parameters
        stack.resolved_resources = {}
        stack.processed_template = {"Resources": {}}
        stack.set_stack_status(StackStatus.ROLLBACK_COMPLETE, reason)


class HonestProviderExecutor(ResourceProviderExecutor):
    """Fails an update no one carries out; LocalStack reports it as done. Acts as whoever asked for the deployment."""

    deployer: str | None = None

    @override
    def execute_action(self, resource_provider: ResourceProvider[Any], raw_payload: Any) -> ProgressEvent[Any]:
        if raw_payload["action"] == "Modify" and not _can_update(resource_provider):
            request = raw_payload["requestData"]
            previous = request["previousResourceProperties"] or {}
            changed = sorted(
                changed_properties(previous, request["resourceProperties"]) & set(request["resourceProperties"])
            )
            message = f"{raw_payload['resourceType']}: LocalStack cannot change {', '.join(changed)} in place"
            return ProgressEvent(status=OperationStatus.FAILED, resource_model=previous, message=message)
        with acting_as(self.deployer):
            event: ProgressEvent[Any] = super().execute_action(resource_provider, raw_payload)
        return event


def _can_update(provider: ResourceProvider[Any]) -> bool:
    """LocalStack's unfinished updates do nothing but raise NotImplementedError."""
    names = type(provider).update.__code__.co_names
    return bool(names != ("NotImplementedError",))


class RolledBack(BaseException):
    """Carries the reason out of the engine, which turns every ``Exception`` into a finished deployment."""


def _is_replaced(before: PreprocResource, after: PreprocResource) -> bool:
    provider = ResourceProviderExecutor.try_load_resource_provider(after.resource_type)
    pointers = provider.SCHEMA.get("createOnlyProperties", ()) if provider else ()
    paths = [property_path(pointer) for pointer in pointers]
    return needs_replacement(paths, before.properties.properties, after.properties.properties)
