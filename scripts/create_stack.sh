#!/usr/bin/env bash
# Create the stack, or update it to what cfn/stack.yaml says now.   source scripts/create_stack.sh
#
#   AWS_ENDPOINT_URL   an emulation instead of AWS; chooses cfn/parameters/local.json
#   AWS_REGION         default us-east-1
#   STACK_NAME         default shop
#   PARAMETERS_FILE    default cfn/parameters/aws.json, or local.json with AWS_ENDPOINT_URL
#
# The parentheses make a subshell: sourced, a failure ends this script and not your shell.
(
  set -euo pipefail
  cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.."
  export AWS_REGION="${AWS_REGION:-us-east-1}" AWS_PAGER=""
  stack=${STACK_NAME:-shop}
  target=aws
  [ -z "${AWS_ENDPOINT_URL:-}" ] || target=local
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

  if ! aws cloudformation deploy --stack-name "$stack" --template-file cfn/stack.yaml \
    --parameter-overrides "file://$parameters" --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset; then
    echo "What failed in $stack (a stack in ROLLBACK_COMPLETE must be deleted before the next try):" >&2
    aws cloudformation describe-stack-events --stack-name "$stack" --output table --query \
      "StackEvents[?contains(ResourceStatus, 'FAILED')].[Timestamp,LogicalResourceId,ResourceStatusReason]" >&2
    exit 1
  fi
  aws cloudformation describe-stacks --stack-name "$stack" --output table \
    --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]'
)
