"""The operations on repositories that images bear on; moto keeps the repositories."""

from localstack.aws.api import RequestContext, handler
from localstack.services.moto import call_moto

from meshrig_localstack.services.ecr.calls import Handlers, Record, registry_errors, repository_of
from meshrig_localstack.services.ecr.deletion import ImageDeletion
from meshrig_localstack.services.ecr.errors import InvalidParameterException, RepositoryNotEmptyException
from meshrig_localstack.services.ecr.repositories import find_in_moto

FILTERS = "imageTagMutabilityExclusionFilters"


class RepositoryHandlers(Handlers):
    @handler("CreateRepository", expand=False)
    def create_repository(self, context: RequestContext, _request: Record) -> Record:
        answer: Record = call_moto(context)
        return {**answer, "repository": self._named(answer["repository"])}

    @handler("DescribeRepositories", expand=False)
    def describe_repositories(self, context: RequestContext, _request: Record) -> Record:
        answer: Record = call_moto(context)
        return {**answer, "repositories": [self._named(each) for each in answer["repositories"]]}

    @handler("DeleteRepository", expand=False)
    @registry_errors()
    def delete_repository(self, context: RequestContext, request: Record) -> Record:
        repository = repository_of(context, request)
        with self.parts.images.changing:
            if self.parts.images.of_repository(repository.path):
                if not request.get("force"):
                    raise RepositoryNotEmptyException(repository.name, repository.place.account)
                ImageDeletion(self.parts.images, repository).delete_all()
            mirrored = find_in_moto(repository.place, repository.name)
            if mirrored is not None:
                mirrored.images.clear()
            answer: Record = call_moto(context)
        return {**answer, "repository": self._named(answer["repository"])}

    @handler("PutImageTagMutability", expand=False)
    def put_image_tag_mutability(self, context: RequestContext, request: Record) -> Record:
        """moto takes filters that do not go with the mode, and leaves them out of the answer."""
        mode, filters = request["imageTagMutability"], request.get(FILTERS)
        if bool(filters) != mode.endswith("_WITH_EXCLUSION"):
            raise InvalidParameterException(
                f"Invalid parameter at '{FILTERS}' failed to satisfy constraint: "
                f"'{'must be null' if filters else 'cannot be null'} when imageTagMutability is {mode}'"
            )
        answer: Record = call_moto(context)
        return {**answer, **({FILTERS: filters} if filters else {})}

    def _named(self, repository: Record) -> Record:
        """With the URI under which this machine's Docker finds it."""
        return {**repository, "repositoryUri": f"{self.parts.settings.host}/{repository['repositoryName']}"}
