"""What LocalStack overlooks of a condition that turns true: before the update, its resources had no attributes."""

from typing import Any, override

from localstack.services.cloudformation.engine.v2.change_set_model import Nothing, is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import ChangeSetModelPreproc
from localstack.services.cloudformation.engine.v2.change_set_model_transform import ChangeSetModelTransform
from localstack.services.cloudformation.engine.v2.change_set_model_validator import ChangeSetModelValidator


class ConditionalResources(ChangeSetModelPreproc):
    """Takes an attribute of a resource that was switched off as absent; LocalStack refuses the whole update."""

    @override
    def _resolve_attribute(self, arguments: str | list[str], select_before: bool) -> Any:
        logical_id = (arguments.split(".") if isinstance(arguments, str) else arguments)[0]
        if select_before and self._was_off(logical_id):
            return Nothing
        return super()._resolve_attribute(arguments, select_before)

    def _was_off(self, logical_id: str) -> bool:
        resources = self._change_set.update_model.node_template.resources.resources
        conditions = [node.condition_reference for node in resources if node.name == logical_id]
        if not conditions or is_nothing(conditions[0]):
            return False
        return self._resolve_resource_condition_reference(conditions[0]).before is False


class ConditionalTransform(ConditionalResources, ChangeSetModelTransform):
    """LocalStack's first walk over both templates."""


class ConditionalValidator(ConditionalResources, ChangeSetModelValidator):
    """LocalStack's check of a change set."""
