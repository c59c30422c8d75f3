# Which AWS the three scripts talk to; sourced by them, in their subshell.
#
#   MESHRIG_TARGET     local (the default): what `meshrig up` runs here; aws: your account
#   AWS_ENDPOINT_URL   local only: another emulation than the running one
#   AWS_REGION         default AWS_DEFAULT_REGION, then us-east-1
#   STACK_NAME         default shop
#   MESHRIG            the meshrig command, default this checkout's own
cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.."
export AWS_REGION="${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}" AWS_PAGER=""
export AWS_DEFAULT_REGION="$AWS_REGION"
stack=${STACK_NAME:-shop}
target=${MESHRIG_TARGET:-local}
meshrig=${MESHRIG:-.venv/bin/meshrig}
command -v aws >/dev/null || PATH=$PATH:$PWD/.venv/bin
if ! command -v aws >/dev/null; then
  echo "the AWS CLI is not installed: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html" >&2
  exit 1
fi

endpoint_of_running_system() {  # nothing where nothing runs
  [ -x "$(command -v "$meshrig")" ] || return 0
  { "$meshrig" status --json 2>/dev/null || true; } | sed -n 's/^ *"endpoint_url": "\(.*\)",*$/\1/p' | head -1
}

case $target in
  aws) unset AWS_ENDPOINT_URL ;;
  local)
    # Never your own credentials: what is signed with them goes to an emulation.
    unset AWS_PROFILE AWS_SESSION_TOKEN
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
    AWS_ENDPOINT_URL=${AWS_ENDPOINT_URL:-$(endpoint_of_running_system)}
    export AWS_ENDPOINT_URL
    ;;
  *)
    echo "MESHRIG_TARGET is $target: local and aws are the targets" >&2
    exit 1
    ;;
esac

require_running() {
  if [ "$target" = local ] && [ -z "$AWS_ENDPOINT_URL" ]; then
    echo "nothing runs here: source scripts/create_stack.sh first (or set MESHRIG_TARGET=aws)" >&2
    exit 1
  fi
}

output() {  # the value of one output of the stack
  value=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue") || return 1
  if [ -z "$value" ] || [ "$value" = None ]; then
    echo "stack $stack has no output $1: run scripts/create_stack.sh first" >&2
    return 1
  fi
  printf '%s\n' "$value"
}
