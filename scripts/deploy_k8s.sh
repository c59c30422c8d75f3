#!/usr/bin/env bash
# Apply kind/manifests with the pushed images, and put the nodes behind the load balancer.   source scripts/deploy_k8s.sh
#
#   MESHRIG_TARGET, AWS_ENDPOINT_URL, AWS_REGION, STACK_NAME: see scripts/target.sh
#   IMAGE_TAG          default: git's hash of services/, as scripts/push_to_ecr.sh
#   KUBE_CONTEXT       default: the stack's EKS cluster, which becomes kubectl's current context (namespace shop)
#
# The subshell keeps a failure from ending your shell.
(
  set -euo pipefail
  . "$(dirname "${BASH_SOURCE[0]:-$0}")/target.sh"
  require_running
  namespace=shop
  context=${KUBE_CONTEXT:-}
  cluster=$(output ClusterName) || exit 1
  if [ "$target" = local ] && [ -z "$context" ]; then
    endpoint=$(aws eks describe-cluster --name "$cluster" --query cluster.endpoint --output text) || exit 1
    case $endpoint in
      https://127.0.0.1:* | https://localhost:*) ;;
      *)
        echo "the running system has no cluster behind its EKS: start it with make local-up RUNTIME=kind," >&2
        echo "or set KUBE_CONTEXT; in the process runtime make local-up runs the manifests itself" >&2
        exit 1
        ;;
    esac
  fi
  tag=${IMAGE_TAG:-$(git rev-parse --short=12 HEAD:services)}
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT

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

  if [ -z "$context" ]; then
    context=$stack
    aws eks update-kubeconfig --name "$cluster" --alias "$context" || exit 1
    kubectl config set-context "$context" --namespace "$namespace" >/dev/null || exit 1
    if [ "$target" = local ]; then
      # kubectl asks `aws eks get-token`, which must sign with the emulation's key whatever the shell has.
      user=$(kubectl config view --output "jsonpath={.contexts[?(@.name=='$context')].context.user}") || exit 1
      kubectl config set-credentials "$user" --exec-env AWS_ACCESS_KEY_ID=test --exec-env AWS_SECRET_ACCESS_KEY=test \
        --exec-env AWS_ENDPOINT_URL="$AWS_ENDPOINT_URL" >/dev/null || exit 1
    fi
  fi
  kubectl --context "$context" apply --kustomize "$folder" || exit 1
  for deployment in users products orders ingress; do
    kubectl --context "$context" --namespace "$namespace" rollout status "deployment/$deployment" --timeout 5m || exit 1
  done

  # CloudFormation has no property for this. Every run, since EKS may give the node group another Auto Scaling group.
  if [ "$target" = aws ]; then
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
  else
    "$meshrig" status | grep 'Invoke URL' || exit 1
  fi
)
