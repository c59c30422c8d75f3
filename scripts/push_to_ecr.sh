#!/usr/bin/env bash
# Build the three images and push them to the stack's repositories.   source scripts/push_to_ecr.sh
#
#   AWS_ENDPOINT_URL   an emulation instead of AWS
#   AWS_REGION         default AWS_DEFAULT_REGION, then us-east-1
#   STACK_NAME         default shop
#   IMAGE_TAG          default: git's hash of services/, so what didn't change isn't built again
#   IMAGE_PLATFORM     default linux/amd64, as the nodes are
#
# Tags are immutable: one that is there already is left alone. The subshell keeps a failure from ending your shell.
(
  set -euo pipefail
  cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.."
  export AWS_REGION="${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}" AWS_PAGER=""
  export AWS_DEFAULT_REGION="$AWS_REGION"
  stack=${STACK_NAME:-shop}
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
    uri=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
      --query "Stacks[0].Outputs[?OutputKey=='$output'].OutputValue") || exit 1
    if [ -z "$uri" ] || [ "$uri" = None ]; then
      echo "stack $stack has no output $output: run scripts/create_stack.sh first" >&2
      exit 1
    fi
    registry=${uri%%/*}
    if aws ecr describe-images --repository-name "${uri#*/}" --image-ids "imageTag=$tag" >/dev/null 2>&1; then
      echo "${uri}:${tag} is there already"
      continue
    fi
    if [ "${logged_in_to:-}" != "$registry" ]; then
      aws ecr get-login-password | docker login --username AWS --password-stdin "$registry" || exit 1
      logged_in_to=$registry
    fi
    docker build --platform "${IMAGE_PLATFORM:-linux/amd64}" --file "services/$service/Dockerfile" --tag "${uri}:${tag}" \
      services || exit 1
    docker push "${uri}:${tag}" || exit 1
  done
)
