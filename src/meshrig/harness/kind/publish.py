"""Bring images into the stack's ECR repositories and know them by digest."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from meshrig.errors import MeshrigError
from meshrig.harness.kind.layout import Layout
from meshrig.harness.localstack import Clients
from meshrig.model.project import ImageBuild
from meshrig.read.aws.calls import translated
from meshrig.runtime.kind.images import Build, EcrLogin, build_image, has_image, source_tag
from meshrig.settings import LOCAL_ACCOUNT

Say = Callable[[str], None]
_NOT_THERE = ("ImageNotFoundException", "RepositoryNotFoundException")


def registry_name(region: str) -> str:
    """The registry in image references: the name ECR has on AWS, which the node's containerd sends to ours."""
    return f"{LOCAL_ACCOUNT}.dkr.ecr.{region}.amazonaws.com"


def default_repository(build: ImageBuild) -> str:
    """For an image that meshrig.yaml gives no repository of the template."""
    return f"meshrig/{build.name}"


@dataclass
class Publisher:
    """Logs in when there is something to push."""

    layout: Layout
    clients: Clients
    login: EcrLogin
    say: Say
    _host: str = ""

    def find_build(self, build: ImageBuild, repository: str) -> str | None:
        """The reference by digest of what these very sources were pushed as; None before that."""
        source = Build(build.context, build.dockerfile)
        digest = self._digest(repository, source_tag(self.layout.tools.run, source))
        return self._reference(repository, digest) if digest else None

    def publish_build(self, build: ImageBuild, repository: str) -> str:
        """Build and push unless the same sources are there already; returns the reference by digest."""
        source = Build(build.context, build.dockerfile)
        tag = source_tag(self.layout.tools.run, source)
        digest = self._digest(repository, tag)
        if digest is None:
            local = f"{self.layout.image_prefix}{build.name}:{tag}"
            build_image(self.layout.tools.run, source, local, build.name)
            digest = self._push(local, repository, tag)
            self.say(f"image {build.name} built and pushed ({tag})")
        return self._reference(repository, digest)

    def publish_image(self, local: str, repository: str) -> str:
        """Push a local image under its own tag unless it is there; returns the reference by digest."""
        tag = local.rpartition(":")[2]
        digest = self._digest(repository, tag) or self._push(local, repository, tag)
        return self._reference(repository, digest)

    def _reference(self, repository: str, digest: str) -> str:
        return f"{registry_name(self.clients.region)}/{repository}@{digest}"

    def _digest(self, repository: str, tag: str) -> str | None:
        with translated(f"ECR repository {repository}"):
            try:
                found = self._ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
            except ClientError as error:
                if error.response["Error"]["Code"] in _NOT_THERE:
                    return None
                raise
        return str(found["imageDetails"][0]["imageDigest"])

    def _push(self, local: str, repository: str, tag: str) -> str:
        run = self.layout.tools.run
        remote = f"{self._logged_in_host()}/{repository}:{tag}"
        run(["docker", "tag", local, remote], what=f"tagging {local}")
        self.login.push(remote)
        digest = self._digest(repository, tag)
        if digest is None:
            raise MeshrigError(f"{remote} was pushed, but ECR does not have it")
        if has_image(run, remote):
            run(["docker", "image", "rm", remote], what=f"untagging {remote}")
        return digest

    def _logged_in_host(self) -> str:
        if not self._host:
            with translated("asking ECR for a token"):
                data: dict[str, Any] = self._ecr.get_authorization_token()["authorizationData"][0]
            host = str(data["proxyEndpoint"]).partition("://")[2]
            self.login.login(host, _password(str(data["authorizationToken"])))
            self._host = host
        return self._host

    @property
    def _ecr(self) -> Any:
        return self.clients.get("ecr")


def _password(token: str) -> str:
    return base64.b64decode(token).decode().partition(":")[2]
