"""EC2 instances as the nodes of a cluster."""

from localstack.aws.connect import connect_to

from meshrig_localstack.services.eks.store import StoredCluster

RUNNING = "running"


def find_private_name(cluster: StoredCluster, instance_id: str) -> str | None:
    """The private DNS name of a running instance of the cluster's account and region, which is its node's name."""
    ec2 = connect_to(aws_access_key_id=cluster.account_id, region_name=cluster.region).ec2
    filters = [
        {"Name": "instance-id", "Values": [instance_id]},
        {"Name": "instance-state-name", "Values": [RUNNING]},
    ]
    found = ec2.describe_instances(Filters=filters)["Reservations"]
    return next((str(each["PrivateDnsName"]) for group in found for each in group["Instances"]), None)
