"""Who makes a call to the EKS API."""

from datetime import UTC, datetime

from localstack.aws.api import RequestContext
from localstack.utils.aws.arns import get_partition
from localstack.utils.aws.request_context import extract_access_key_id_from_auth_header

from meshrig_localstack.services.eks.authentication.credentials import find_credential
from meshrig_localstack.services.eks.identity import Identity, root_identity


def caller_of(context: RequestContext) -> Identity:
    """As LocalStack does, believes the access key without looking at the signature, and takes a bad one for root's."""
    partition = get_partition(context.region)
    key = extract_access_key_id_from_auth_header(context.request.headers) or ""
    credential = find_credential(key, partition, datetime.now(UTC))
    if credential is None or credential.refusal is not None:
        return root_identity(context.account_id, partition)
    return credential.identity
