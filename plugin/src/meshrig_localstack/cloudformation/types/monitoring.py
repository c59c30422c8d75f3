"""AWS::Logs::ResourcePolicy and MetricFilter, AWS::CloudWatch::Dashboard; Ref gives the name of each."""

from meshrig_localstack.cloudformation.declaration import Call, Declaration, GeneratedName

RESOURCE_POLICY = Declaration(
    type_name="AWS::Logs::ResourcePolicy",
    service="logs",
    reference="{PolicyName}",
    create=Call("PutResourcePolicy"),
    updates=(Call("PutResourcePolicy", {"policyName": "{PolicyName}"}, ("PolicyDocument",)),),
    delete=Call("DeleteResourcePolicy", {"policyName": "{PolicyName}"}, properties=()),
)

FILTER = {"logGroupName": "{LogGroupName}", "filterName": "{FilterName}"}
# PutMetricFilter replaces the whole filter, so all of it is sent when any of it changes.
METRIC_FILTER = Declaration(
    type_name="AWS::Logs::MetricFilter",
    service="logs",
    reference="{FilterName}",
    create=Call("PutMetricFilter"),
    updates=(Call("PutMetricFilter", FILTER, ("FilterPattern", "MetricTransformations", "ApplyOnTransformedLogs")),),
    delete=Call("DeleteMetricFilter", FILTER, properties=()),
    name=GeneratedName("FilterName", 512),
)

DASHBOARD = Declaration(
    type_name="AWS::CloudWatch::Dashboard",
    service="cloudwatch",
    reference="{DashboardName}",
    create=Call("PutDashboard"),
    updates=(Call("PutDashboard", {"DashboardName": "{DashboardName}"}, ("DashboardBody",)),),
    delete=Call("DeleteDashboards", {"DashboardNames[]": "{DashboardName}"}, properties=()),
    name=GeneratedName("DashboardName", 255),
)

DECLARATIONS = (RESOURCE_POLICY, METRIC_FILTER, DASHBOARD)
