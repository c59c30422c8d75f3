"""Runs in a pod: asks for the listeners of the node ids given, with the pod's own token, and prints what it got."""

import sys

import grpc
from envoy.config.core.v3.base_pb2 import Node
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2

LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"

with open("/mesh/ca.crt", "rb") as ca, open("/mesh/token") as token:
    credentials = grpc.ssl_channel_credentials(ca.read())
    metadata = (("authorization", f"Bearer {token.read()}"),)
channel = grpc.secure_channel("meshrig.meshrig-system.svc:15012", credentials)
stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
for node_id in sys.argv[1:]:
    request = discovery_pb2.DeltaDiscoveryRequest(node=Node(id=node_id), type_url=LISTENER)
    try:
        answer = next(stub.DeltaAggregatedResources(iter([request]), metadata=metadata, timeout=10))
        print(node_id, "got", ",".join(sorted(resource.name for resource in answer.resources)))
    except grpc.RpcError as error:
        print(node_id, "refused", error.code().name)
