#!/usr/bin/env bash
# Build the three images and push them to the stack's repositories.   source scripts/push_to_ecr.sh
#
#   MESHRIG_TARGET, AWS_ENDPOINT_URL, AWS_REGION, STACK_NAME: see scripts/target.sh
#   IMAGE_TAG          default: git's hash of services/, so what didn't change isn't built again
#   IMAGE_PLATFORM     on AWS default linux/amd64, as the nodes are; locally this machine's
#
# Tags are immutable: one that is there already is left alone. The subshell keeps a failure from ending your shell.
(
  set -euo pipefail
  . "$(dirname "${BASH_SOURCE[0]:-$0}")/target.sh"
  require_running
  platform=${IMAGE_PLATFORM:-}
  [ "$target" = local ] || platform=${platform:-linux/amd64}
  tag=${IMAGE_TAG:-}
  if [ -z "$tag" ]; then
    if [ -n "$(git status --porcelain -- services)" ]; then
      echo "services/ has changes that git doesn't know: commit them, or name the images with IMAGE_TAG=..." >&2
      exit 1
    fi
    tag=$(git rev-parse --short=12 HEAD:services) || exit 1
  fi

  for output in UsersRepositoryUri ProductsRepositoryUri OrdersRepositoryUri; do
    service=$(printf '%s' "${output%RepositoryUri}" | tr '[:upper:]' '[:lower:]')
    uri=$(output "$output") || exit 1
    registry=${uri%%/*}
    if [ "$target" = local ] && [ "${registry%%:*}" != localhost ]; then
      echo "the running system has no registry: start it with make local-up RUNTIME=kind" >&2
      exit 1
    fi
    if aws ecr describe-images --repository-name "${uri#*/}" --image-ids "imageTag=$tag" >/dev/null 2>&1; then
      echo "${uri}:${tag} is there already"
      continue
    fi
    if [ "${logged_in_to:-}" != "$registry" ]; then
      aws ecr get-login-password | docker login --username AWS --password-stdin "$registry" || exit 1
      logged_in_to=$registry
    fi
    docker build ${platform:+--platform "$platform"} --file "services/$service/Dockerfile" --tag "${uri}:${tag}" \
      services || exit 1
    docker push "${uri}:${tag}" || exit 1
    # The running system's registry has it now; here it would outlive that system.
    [ "$target" = aws ] || docker image rm "${uri}:${tag}" >/dev/null || exit 1
  done
)
