"""Runs in the cluster: the AWS APIs of one settled stack, as far as a control plane reads them."""

from aiohttp import web

TLS = {
    "mode": "STRICT",
    "certificate": {"file": {"certificateChain": "/etc/tls/tls.crt", "privateKey": "/etc/tls/tls.key"}},
}
HOST = "users-service.shop.svc.cluster.local"
NODE = {
    "listeners": [{"portMapping": {"port": 8080, "protocol": "http"}, "tls": TLS}],
    "serviceDiscovery": {"dns": {"hostname": HOST}},
}
USER = "arn:aws:iam::000000000000:user/jane"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
STACK = "<StackId>1</StackId><StackName>shop</StackName><StackStatus>CREATE_COMPLETE</StackStatus>"
TYPES = {"AWS::AppMesh::Mesh": "arn:aws:appmesh:us-east-1:0:mesh/shop", "AWS::EKS::Cluster": "shop"}


async def cloudformation(request: web.Request) -> web.Response:
    action = str((await request.post())["Action"])
    if action == "DescribeStacks":
        time = "<CreationTime>2026-01-01T00:00:00Z</CreationTime>"
        inner = f"<Stacks><member>{STACK}{time}</member></Stacks>"
    else:
        members = "".join(
            f"<member><ResourceType>{kind}</ResourceType><PhysicalResourceId>{name}</PhysicalResourceId></member>"
            for kind, name in TYPES.items()
        )
        inner = f"<StackResourceSummaries>{members}</StackResourceSummaries>"
    text = f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"
    return web.Response(text=text, content_type="text/xml")


def answers(value: object):  # type: ignore[no-untyped-def]
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(value)

    return answer


app = web.Application()
app.router.add_post("/", cloudformation)
MESH = "/v20190125/meshes/shop"
for path, value in {
    MESH: {"meshName": "shop", "metadata": {"meshOwner": "0"}, "spec": {}},
    f"{MESH}/virtualNodes": {"virtualNodes": [{"virtualNodeName": "users"}]},
    f"{MESH}/virtualNodes/users": {"virtualNodeName": "users", "spec": NODE},
    f"{MESH}/virtualServices": {"virtualServices": []},
    f"{MESH}/virtualRouters": {"virtualRouters": []},
    f"{MESH}/virtualGateways": {"virtualGateways": []},
    "/clusters/shop/access-entries": {"accessEntries": [USER]},
}.items():
    app.router.add_get(path, answers(value))
entry = {"accessEntry": {"principalArn": USER, "username": USER}}
policies = {"associatedAccessPolicies": [{"policyArn": POLICY, "accessScope": {"type": "cluster"}}]}
app.router.add_get("/clusters/shop/access-entries/{arn}", answers(entry))
app.router.add_get("/clusters/shop/access-entries/{arn}/access-policies", answers(policies))
web.run_app(app, port=4566, print=None)
