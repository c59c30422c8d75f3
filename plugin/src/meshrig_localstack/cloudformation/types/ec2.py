"""AWS::EC2::LaunchTemplate and the rules of security groups LocalStack has no types for."""

from typing import Any

from meshrig_localstack.cloudformation.declaration import Call, Declaration, GeneratedName, Parameters, Properties, Read

TEMPLATE = {"LaunchTemplateId": "{LaunchTemplateId}"}
LAUNCH_TEMPLATE = Declaration(
    type_name="AWS::EC2::LaunchTemplate",
    service="ec2",
    reference="{LaunchTemplateId}",
    create=Call("CreateLaunchTemplate"),
    created={"LaunchTemplateId": "LaunchTemplate.LaunchTemplateId"},
    updates=(Call("CreateLaunchTemplateVersion", TEMPLATE, ("LaunchTemplateData", "VersionDescription")),),
    delete=Call("DeleteLaunchTemplate", TEMPLATE, properties=()),
    read=Read(
        "DescribeLaunchTemplates", {"LaunchTemplateIds[]": "{LaunchTemplateId}"}, "LaunchTemplates[0]"
    ),
    name=GeneratedName("LaunchTemplateName", 128),
)


def _rule(properties: Properties, peer: str) -> Parameters:
    """The one permission a rule resource stands for, as Authorize and Revoke take it. ``peer``: Source or Destination."""
    permission: dict[str, Any] = {"IpProtocol": properties["IpProtocol"]}
    for name in ("FromPort", "ToPort"):
        if properties.get(name) is not None:
            permission[name] = properties[name]
    text = {"Description": properties["Description"]} if properties.get("Description") else {}
    ranges = {"CidrIp": ("IpRanges", "CidrIp"), "CidrIpv6": ("Ipv6Ranges", "CidrIpv6")}
    ranges[f"{peer}PrefixListId"] = ("PrefixListIds", "PrefixListId")
    for name, (member, key) in ranges.items():
        if properties.get(name):
            permission[member] = [{key: properties[name], **text}]
    group = properties.get(f"{peer}SecurityGroupId")
    if group:
        owner = properties.get("SourceSecurityGroupOwnerId")
        permission["UserIdGroupPairs"] = [{"GroupId": group, **text, **({"UserId": owner} if owner else {})}]
    return {"IpPermissions": [permission]}


def _ingress(properties: Properties) -> Parameters:
    return _rule(properties, "Source")


def _egress(properties: Properties) -> Parameters:
    return _rule(properties, "Destination")


GROUP = {"GroupId": "{GroupId}"}
RULE_READ = Read(
    "DescribeSecurityGroupRules",
    {"SecurityGroupRuleIds[]": "{Id}"},
    "SecurityGroupRules[0]",
    {"Id": "SecurityGroupRuleId"},
)


def _describe(new: Properties) -> Parameters:
    return {"SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": new["Id"], "Description": new.get("Description")}]}


def _declaration(direction: str, request: Any) -> Declaration:
    return Declaration(
        type_name=f"AWS::EC2::SecurityGroup{direction}",
        service="ec2",
        reference="{Id}",
        create=Call(f"AuthorizeSecurityGroup{direction}", GROUP, request=request),
        created={"Id": "SecurityGroupRules[0].SecurityGroupRuleId"},
        updates=(
            Call(f"UpdateSecurityGroupRuleDescriptions{direction}", GROUP, ("Description",), request=_describe),
        ),
        delete=Call(f"RevokeSecurityGroup{direction}", GROUP, request=request),
        read=RULE_READ,
    )


DECLARATIONS = (LAUNCH_TEMPLATE, _declaration("Ingress", _ingress), _declaration("Egress", _egress))
