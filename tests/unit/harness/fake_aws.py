"""AWS's APIs with the plugin's own endpoints, over HTTP in this process, as far as the keeper and ``up`` ask them."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import yaml

Json = dict[str, Any]
DIGEST = "sha256:" + "0" * 64
STACK_STATUS = "StackStatus"


class RefusedError(Exception):
    """An error of the API, with AWS's code for it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class FakeAws:
    """One LocalStack; ``restart`` makes it forget everything.

    ``waits_for_backing``: a stack is in progress until its EKS cluster has a backing, as in the kind runtime.
    ``failure``: what makes the next stacks fail; ``away``: every request is answered 503. ``reviews``: token -> the
    status of its TokenReview. ``images``: repository -> tags. ``restapis``: id -> name, stage and deployed resources.
    """

    instance: str = "first"
    waits_for_backing: bool = False
    failure: str = ""
    away: bool = False
    stacks: dict[str, Json] = field(default_factory=dict)
    operations: int = 0
    backings: dict[str, Json] = field(default_factory=dict)
    images: dict[str, set[str]] = field(default_factory=dict)
    reviews: dict[str, Json] = field(default_factory=dict)
    restapis: dict[str, Json] = field(default_factory=dict)
    clusters: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    revision: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False

    def restart(self) -> None:
        self.instance += "+"
        self.stacks, self.backings, self.images, self.clusters = {}, {}, {}, []
        self.change()

    def change(self) -> None:
        """Tell those who follow the change feed."""
        with self._changed:
            self.revision += 1
            self._changed.notify_all()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._closed = True
        self.change()
        self._server.shutdown()
        self._server.server_close()

    @cached_property
    def _server(self) -> ThreadingHTTPServer:
        aws = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, text = aws.handle(self.command, self.path, self.headers.get("X-Amz-Target", ""), body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json" if text[:1] in "{[" else "text/xml")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_PUT = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    def handle(self, method: str, target: str, operation: str, body: bytes) -> tuple[int, str]:
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        if self.away:
            return 503, "{}"
        if path == "/" and not operation:
            form = dict(parse_qsl(body.decode()))
            self.requests.append(form["Action"])
            return self._query(form)
        self.requests.append(operation.rpartition(".")[2] or f"{method} {path}")
        try:
            if operation:
                return 200, json.dumps(getattr(self, f"_ecr_{operation.rpartition('.')[2]}")(json.loads(body)))
            return 200, json.dumps(self._rest(method, path, query, body))
        except RefusedError as error:
            return error.status, json.dumps({"__type": error.code, "message": error.message})

    # --- ECR ---
    def _ecr_CreateRepository(self, request: Json) -> Json:  # noqa: N802
        name = request["repositoryName"]
        if name in self.images:
            raise RefusedError("RepositoryAlreadyExistsException", f"{name} exists")
        if name == "no/good":
            raise RefusedError("InvalidParameterException", "Invalid parameter at 'repositoryName'")
        self.images[name] = set()
        return {"repository": {"repositoryName": name}}

    def _ecr_DescribeImages(self, request: Json) -> Json:  # noqa: N802
        name, tag = request["repositoryName"], request["imageIds"][0]["imageTag"]
        if name not in self.images:
            raise RefusedError("RepositoryNotFoundException", f"no repository {name}")
        if tag not in self.images[name]:
            raise RefusedError("ImageNotFoundException", f"no image {tag}")
        return {"imageDetails": [{"imageDigest": DIGEST}]}

    def _ecr_GetAuthorizationToken(self, _: Json) -> Json:  # noqa: N802
        data = {"authorizationToken": "QVdTOlNFQ1JFVA==", "proxyEndpoint": "http://localhost:4510"}
        return {"authorizationData": [data]}

    # --- EKS, API Gateway, the plugin ---
    def _rest(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Json:
        for pattern, answer in self._routes.items():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return answer(found, query, json.loads(body or b"{}"))
        raise RefusedError("NotFoundException", f"no route {method} {path}", 404)

    @cached_property
    def _routes(self) -> dict[str, Callable[[re.Match[str], Mapping[str, str], Json], Json]]:
        return {
            "GET /_meshrig/info": lambda *_: {"instance": self.instance},
            "GET /_meshrig/changes": self._changes,
            "PUT /_meshrig/eks/clusters/(.*)": self._back,
            "POST /_meshrig/eks/clusters/(.*)/authenticate": self._review,
            "GET /_meshrig/apigateway/restapis/(.*)/deployments/.*": lambda m, *_: self.restapis[m[1]]["frozen"],
            "GET /clusters": lambda *_: {"clusters": self.clusters},
            "GET /vpclinks": lambda *_: {"item": []},
            "GET /restapis/([^/]*)": lambda m, *_: {"id": m[1], "name": self.restapis[m[1]]["name"]},
            "GET /restapis/([^/]*)/stages": lambda m, *_: {"item": [self.restapis[m[1]]["stage"]]},
        }

    def _changes(self, _: re.Match[str], query: Mapping[str, str], __: Json) -> Json:
        with self._changed:
            known = query["instance"] == self.instance and int(query["since"]) == self.revision
            if known:
                self._changed.wait_for(lambda: self._closed or int(query["since"]) != self.revision, timeout=30)
            return {"revision": self.revision, "instance": self.instance}

    def _back(self, found: re.Match[str], _: Mapping[str, str], body: Json) -> Json:
        self.backings[found[1]] = body
        return body

    def _review(self, found: re.Match[str], _: Mapping[str, str], body: Json) -> Json:
        refused = {"authenticated": False, "error": f"{found[1]} knows nobody with this token"}
        return {**body, "status": self.reviews.get(f"{found[1]}/{body['spec']['token']}", refused)}

    # --- CloudFormation, ELBv2 ---
    def _query(self, form: Mapping[str, str]) -> tuple[int, str]:
        action = form["Action"]
        try:
            result = getattr(self, f"_query_{action}")(form)
        except RefusedError as error:
            inner = _xml({"Type": "Sender", "Code": error.code, "Message": error.message})
            return error.status, f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>"
        return 200, f"<{action}Response><{action}Result>{_xml(result)}</{action}Result></{action}Response>"

    def _query_DescribeLoadBalancers(self, _: Mapping[str, str]) -> Json:  # noqa: N802
        return {"LoadBalancers": []}

    def _query_DescribeTargetGroups(self, _: Mapping[str, str]) -> Json:  # noqa: N802
        return {"TargetGroups": []}

    def _query_DescribeStacks(self, form: Mapping[str, str]) -> Json:  # noqa: N802
        stack = self._stack(form)
        status = "CREATE_IN_PROGRESS" if self._is_waiting(stack) else stack[STACK_STATUS]
        time = "2026-01-01T00:00:00Z"
        return {"Stacks": [{"StackName": form["StackName"], STACK_STATUS: status, "CreationTime": time}]}

    def _query_CreateStack(self, form: Mapping[str, str]) -> Json:  # noqa: N802
        return self._make(form, "ROLLBACK_COMPLETE" if self.failure else "CREATE_COMPLETE")

    def _query_UpdateStack(self, form: Mapping[str, str]) -> Json:  # noqa: N802
        if self._is_waiting(self._stack(form)):
            raise RefusedError("ValidationError", "Stack is in CREATE_IN_PROGRESS state and can not be updated.")
        return self._make(form, "UPDATE_ROLLBACK_COMPLETE" if self.failure else "UPDATE_COMPLETE")

    def _query_DeleteStack(self, form: Mapping[str, str]) -> Json:  # noqa: N802
        self.stacks.pop(form["StackName"], None)
        return {}

    def _query_DescribeStackEvents(self, form: Mapping[str, str]) -> Json:  # noqa: N802
        stack = self._stack(form)
        events = [
            {
                **each,
                "EventId": f"{stack['operation']}-{each['LogicalResourceId']}",
                "ResourceStatus": "CREATE_FAILED",
                "ResourceStatusReason": self.failure,
            }
            for each in stack["resources"]
        ]
        return {"StackEvents": events}

    def _query_ListStackResources(self, form: Mapping[str, str]) -> Json:  # noqa: N802
        return {"StackResourceSummaries": self._stack(form)["resources"]}

    def _query_DescribeStackResources(self, form: Mapping[str, str]) -> Json:  # noqa: N802
        return {"StackResources": self._stack(form)["resources"]}

    def _is_waiting(self, stack: Json) -> bool:
        return self.waits_for_backing and any(each not in self.backings for each in stack["clusters"])

    def make_stack(self, name: str, template: str) -> None:
        """As somebody else would."""
        self._make({"StackName": name, "TemplateBody": template}, "CREATE_COMPLETE")

    def _stack(self, form: Mapping[str, str]) -> Json:
        if form["StackName"] not in self.stacks:
            raise RefusedError("ValidationError", f"Stack with id {form['StackName']} does not exist")
        return self.stacks[form["StackName"]]

    def _make(self, form: Mapping[str, str], status: str) -> Json:
        resources = [
            {"LogicalResourceId": name, "PhysicalResourceId": name.lower(), "ResourceType": resource["Type"]}
            for name, resource in yaml.safe_load(form["TemplateBody"])["Resources"].items()
        ]
        self.clusters = [r["PhysicalResourceId"] for r in resources if r["ResourceType"] == "AWS::EKS::Cluster"]
        for each in resources:
            if each["ResourceType"] == "AWS::ECR::Repository":
                self.images.setdefault(each["PhysicalResourceId"], set())
        self.operations += 1
        self.stacks[form["StackName"]] = {
            STACK_STATUS: status,
            "operation": self.operations,
            "resources": resources,
            "clusters": self.clusters,
        }
        return {"StackId": form["StackName"]}


def _xml(value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"<member>{_xml(each)}</member>" for each in value)
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(each)}</{name}>" for name, each in value.items())
    return escape(str(value))
