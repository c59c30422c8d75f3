"""AWS::EC2::LaunchTemplate and the rules of security groups LocalStack has no types for."""

from typing import Any

from meshrig_localstack.cloudformation.declaration import (
    Call,
    Declaration,
    Each,
    GeneratedName,
    Parameters,
    Properties,
    Read,
    Tags,
)

TEMPLATE = {"LaunchTemplateId": "{LaunchTemplateId}"}
LAUNCH_TEMPLATE = Declaration(
    type_name="AWS::EC2::LaunchTemplate",
    service="ec2",
    reference="{LaunchTemplateId}",
    create=Call("CreateLaunchTemplate"),
    created={"LaunchTemplateId": "LaunchTemplate.LaunchTemplateId"},
    updates=(Call("CreateLaunchTemplateVersion", TEMPLATE, ("LaunchTemplateData", "VersionDescription")),),
    delete=Call("DeleteLaunchTemplate", TEMPLATE, properties=()),
    read=Read("DescribeLaunchTemplates", {"LaunchTemplateIds[]": "{LaunchTemplateId}"}, "LaunchTemplates[0]"),
    name=GeneratedName("LaunchTemplateName", 128),
)


def _rule(properties: Properties, peer: str) -> Parameters:
    """The one permission a rule stands for, as Authorize and Revoke take it. ``peer``: Source or Destination."""
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
    return {
        "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": new["Id"], "Description": new.get("Description")}]
    }


def _declaration(direction: str, request: Any) -> Declaration:
    return Declaration(
        type_name=f"AWS::EC2::SecurityGroup{direction}",
        service="ec2",
        reference="{Id}",
        create=Call(f"AuthorizeSecurityGroup{direction}", GROUP, request=request),
        created={"Id": "SecurityGroupRules[0].SecurityGroupRuleId"},
        updates=(Call(f"UpdateSecurityGroupRuleDescriptions{direction}", GROUP, ("Description",), request=_describe),),
        delete=Call(f"RevokeSecurityGroup{direction}", GROUP, request=request),
        read=RULE_READ,
    )


RULE_MEMBERS = ("IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6")


def _tag_specification(new: Any, _old: Any) -> Parameters:
    return {"TagSpecifications": [{"ResourceType": "security-group", "Tags": new}]} if new else {}


def _allow_all(_properties: Properties) -> Parameters:
    """The rule every new group has; egress rules of one's own take its place (guide, AWS::EC2::SecurityGroup)."""
    return {"IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}


def _rules(direction: str, peer: str, request: Any) -> Each:
    return Each(
        f"SecurityGroup{direction}",
        (*RULE_MEMBERS, f"{peer}SecurityGroupId", f"{peer}PrefixListId"),
        add=Call(f"AuthorizeSecurityGroup{direction}", GROUP, request=request),
        remove=Call(f"RevokeSecurityGroup{direction}", GROUP, request=request),
    )


SECURITY_GROUP = Declaration(
    type_name="AWS::EC2::SecurityGroup",
    service="ec2",
    reference="{GroupId}",
    create=Call("CreateSecurityGroup", rename={"GroupDescription": "Description"}, build={"Tags": _tag_specification}),
    created={"GroupId": "GroupId"},
    after_create=(Call("RevokeSecurityGroupEgress", GROUP, ("SecurityGroupEgress",), request=_allow_all),),
    each=(_rules("Ingress", "Source", _ingress), _rules("Egress", "Destination", _egress)),
    delete=Call("DeleteSecurityGroup", GROUP, properties=()),
    read=Read("DescribeSecurityGroups", {"GroupIds[]": "{GroupId}"}, "SecurityGroups[0]", {"Id": "GroupId"}),
    tags=Tags("Tags", {"Resources[]": "{GroupId}"}, "CreateTags", "DeleteTags", "Tags", "Tags", keys_as_tags=True),
    name=GeneratedName("GroupName", 255),
)

DECLARATIONS = (LAUNCH_TEMPLATE, SECURITY_GROUP, _declaration("Ingress", _ingress), _declaration("Egress", _egress))
