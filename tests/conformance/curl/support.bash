# What the programs for curl share: the keys, checks and expectations. To be sourced.
#
# Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY.
set -euo pipefail

SERVER="http://$SCOREKEEPER_ADDRESS"
API="$SERVER/api/v2/scorecard"
KEYS=(-H "DD-API-KEY: $DD_API_KEY" -H "DD-APPLICATION-KEY: $DD_APP_KEY")
JSON=(-H "Content-Type: application/json")
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
checks=0

# check OPERATION SENTENCE FUNCTION [ARGUMENT…]: passes when the function, run in a process of its
# own, ends with 0; else the last line that it wrote to stderr is the reason.
check() {
  local operation=$1 sentence=$2 status=0
  shift 2
  checks=$((checks + 1))
  set +e
  (set -e && "$@") >/dev/null 2>"$FOLDER/reason"
  status=$?
  set -e
  if [[ $status == 0 ]]; then
    printf 'PASS\t%s\t%s\n' "$operation" "$sentence"
  else
    printf 'FAIL\t%s\t%s\t%s\n' "$operation" "$sentence" \
      "$(tail -n 1 "$FOLDER/reason" | tr '\t' ' ')"
  fi
}

# Says how many checks there were: the last line of a program.
end_checks() { printf 'END\t%d\n' "$checks"; }

fail() {
  echo "$*" >&2
  exit 1
}

# expect_equal GOT WANTED WHAT
expect_equal() { [[ $1 == "$2" ]] || fail "$3: wanted $2, got $1"; }

# The value of a member of the JSON object on stdin: data.0.id, or # for a list's length.
member() {
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = len(value) if name == "#" else value[int(name) if isinstance(value, list) else name]
print(value)' "$1"
}

# send FILE CURL-ARGUMENT…: prints the status; the body goes to FILE.
send() {
  local body=$1
  shift
  curl -sS -o "$body" -w '%{http_code}' --max-time 30 "$@"
}

# create_rule NAME [CURL-ARGUMENT…]: prints its id.
create_rule() {
  local name=$1
  shift
  local attributes="{\"name\":\"$name\",\"scorecard_name\":\"curl conformance\"}"
  curl -fsS --max-time 30 "${KEYS[@]}" "${JSON[@]}" "$@" "$API/rules" \
    -d "{\"data\":{\"type\":\"rule\",\"attributes\":$attributes}}" | member data.id
}

# batch RULE ENTITY [STATE]
batch() {
  printf '{"data":{"type":"batched-outcome","attributes":{"results":[{"rule_id":"%s",' "$1"
  printf '"entity_reference":"%s","state":"%s"}]}}}' "$2" "${3:-pass}"
}
