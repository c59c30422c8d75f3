#!/usr/bin/env bash
# Apply kind/manifests with the pushed images, and put the nodes behind the load balancer.   source scripts/deploy_k8s.sh
#
#   AWS_ENDPOINT_URL   an emulation instead of AWS; then KUBE_CONTEXT says which cluster runs the pods
#   AWS_REGION         default AWS_DEFAULT_REGION, then us-east-1
#   STACK_NAME         default shop
#   IMAGE_TAG          default: git's hash of services/, as scripts/push_to_ecr.sh
#   KUBE_CONTEXT       default: the stack's EKS cluster, which becomes kubectl's current context
#
# The subshell keeps a failure from ending your shell.
(
  set -euo pipefail
  cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.."
  export AWS_REGION="${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}" AWS_PAGER=""
  export AWS_DEFAULT_REGION="$AWS_REGION"
  stack=${STACK_NAME:-shop}
  context=${KUBE_CONTEXT:-}
  if [ -n "${AWS_ENDPOINT_URL:-}" ] && [ -z "$context" ]; then
    echo "$AWS_ENDPOINT_URL has no Kubernetes behind its EKS: set KUBE_CONTEXT, or run the manifests with make local-up" >&2
    exit 1
  fi
  tag=${IMAGE_TAG:-$(git rev-parse --short=12 HEAD:services)}
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT

  output() {  # the value of one output of the stack
    value=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
      --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue") || return 1
    if [ -z "$value" ] || [ "$value" = None ]; then
      echo "stack $stack has no output $1: run scripts/create_stack.sh first" >&2
      return 1
    fi
    printf '%s\n' "$value"
  }

  # The manifests call images by short names; kustomize puts the pushed ones there, by digest.
  {
    printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n'
    for manifest in kind/manifests/*.yaml; do
      cp "$manifest" "$folder/"
      printf '  - %s\n' "${manifest##*/}"
    done
    printf 'images:\n'
    for name in UsersRepositoryUri ProductsRepositoryUri OrdersRepositoryUri; do
      service=$(printf '%s' "${name%RepositoryUri}" | tr '[:upper:]' '[:lower:]')
      uri=$(output "$name") || exit 1
      digest=$(aws ecr describe-images --repository-name "${uri#*/}" --image-ids "imageTag=$tag" \
        --query 'imageDetails[0].imageDigest' --output text) || exit 1
      printf '  - {name: %s-service, newName: %s, digest: "%s"}\n' "$service" "$uri" "$digest"
    done
  } >"$folder/kustomization.yaml"

  cluster=$(output ClusterName) || exit 1
  if [ -z "$context" ]; then
    context=$stack
    aws eks update-kubeconfig --name "$cluster" --alias "$context" || exit 1
  fi
  kubectl --context "$context" apply --kustomize "$folder" || exit 1
  for deployment in users products orders ingress; do
    kubectl --context "$context" --namespace shop rollout status "deployment/$deployment" --timeout 5m || exit 1
  done

  # CloudFormation has no property for this. Every run, since EKS may give the node group another Auto Scaling group.
  if [ -z "${AWS_ENDPOINT_URL:-}" ]; then
    targets=$(output TargetGroupArn) || exit 1
    node_group=$(output NodeGroupName) || exit 1
    groups=$(aws eks describe-nodegroup --cluster-name "$cluster" --nodegroup-name "$node_group" \
      --query 'nodegroup.resources.autoScalingGroups[].[name]' --output text) || exit 1
    while read -r group; do
      aws autoscaling attach-load-balancer-target-groups --auto-scaling-group-name "$group" \
        --target-group-arns "$targets" </dev/null || exit 1
    done <<GROUPS
$groups
GROUPS
    aws elbv2 describe-target-health --target-group-arn "$targets" --output table \
      --query 'TargetHealthDescriptions[].[Target.Id,TargetHealth.State,TargetHealth.Description]'
    echo "invoke URL: $(output InvokeUrl)"
  fi
)
