#!/usr/bin/env bash
# Create the stack, or update it to what cfn/stack.yaml says now.   source scripts/create_stack.sh
#
# Locally that brings up what the stack stands on, too: LocalStack and, in kind, the cluster behind EKS.
#
#   MESHRIG_TARGET, AWS_ENDPOINT_URL, AWS_REGION, STACK_NAME: see scripts/target.sh
#   RUNTIME            locally: process, kind or auto (the default), as for make local-up
#   PARAMETERS_FILE    default cfn/parameters/<target>.json
#
# The parentheses make a subshell: sourced, a failure ends this script and not your shell.
(
  set -euo pipefail
  given=${AWS_ENDPOINT_URL:-}
  . "$(dirname "${BASH_SOURCE[0]:-$0}")/target.sh"
  if [ "$target" = local ] && [ -z "$given" ]; then
    [ -n "${MESHRIG:-}" ] || scripts/bootstrap
    "$meshrig" up --runtime "${RUNTIME:-auto}" --no-workloads
    exit
  fi
  parameters=${PARAMETERS_FILE:-cfn/parameters/$target.json}

  account=$(aws sts get-caller-identity --query Account --output text) || exit 1
  echo "stack $stack -> account $account, $AWS_REGION${AWS_ENDPOINT_URL:+, $AWS_ENDPOINT_URL}, $parameters"

  if [ "$target" = aws ] && ! tr -d '[:space:]' <"$parameters" |
    grep -q '"ParameterKey":"ManageApiGatewayAccount","ParameterValue":"true"'; then
    role=$(aws apigateway get-account --query cloudwatchRoleArn --output text) || exit 1
    if [ "$role" = None ]; then
      echo "API Gateway has no CloudWatch role in account $account, $AWS_REGION, so no stage may log there." >&2
      echo "Set the parameter ManageApiGatewayAccount to \"true\" in $parameters, or give the account a role." >&2
      exit 1
    fi
  fi

  verb=create
  if status=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' --output text \
    2>/dev/null); then
    verb=update
    if [ "$status" = ROLLBACK_COMPLETE ]; then
      echo "$stack is in ROLLBACK_COMPLETE: its first creation failed. Delete it with" >&2
      echo "  aws cloudformation delete-stack --stack-name $stack" >&2
      exit 1
    fi
  fi
  if answer=$(aws cloudformation "$verb-stack" --stack-name "$stack" --template-body file://cfn/stack.yaml \
    --parameters "file://$parameters" --capabilities CAPABILITY_IAM 2>&1); then
    if ! aws cloudformation wait "stack-$verb-complete" --stack-name "$stack"; then
      aws cloudformation describe-stack-events --stack-name "$stack" --output table --query \
        "StackEvents[?contains(ResourceStatus, 'FAILED')].[Timestamp,LogicalResourceId,ResourceStatusReason]" >&2
      exit 1
    fi
  else
    case $answer in
      *"No updates are to be performed"*) echo "$stack is as the template says" ;;
      *) printf '%s\n' "$answer" >&2; exit 1 ;;
    esac
  fi
  aws cloudformation describe-stacks --stack-name "$stack" --output table \
    --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]'
)
