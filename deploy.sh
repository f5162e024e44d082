#!/usr/bin/env bash
# Makes a Google Cloud project a running Guilder. The same command again changes only what changed.
#
#   ./deploy.sh --project ID [--region us-central1] [--economy phoenix] [--env-file FILE] [what to do]
#
#   --dry-run              print every command, in order, ready to be pasted; change nothing. It looks at the project
#                          where somebody is logged in, and says so where nobody is
#   --only NAME[,NAME...]  deploy these functions, or roll them back, and nothing else
#   --with-stripe          also make Stripe's products, prices and webhook endpoint
#   --take-over WHAT       replace what is live and not ours: rules, hosting, or both with a comma. Without it such rules
#                          and such a site stop a deployment, which shows them
#   --skip WHAT            leave rules, hosting, auth (with commas) to their owner; see docs/existing-project.md
#   --allow-test-sales     an image model that costs money, beside a Stripe where nobody pays
#   --rollback             send traffic back to what each function served before its last deployment
#   --destroy              delete all of it, ledger and pictures included; asks twice. What it did not make stays
#
# Ends with an error if a function does not answer afterwards, and names it.
#
# Settings come from the environment, then from --env-file (default .env.ID, where there is one), as NAME=value lines:
#   CORS_ORIGINS CHECKOUT_SUCCESS_URL CHECKOUT_CANCEL_URL IMAGE_MODEL STRIPE_LIVEMODE MEDIA_BUCKET FIRESTORE_LOCATION
#   ALERT_EMAIL AUDIT_SCHEDULE BUDGET (200USD a month, say, or none), and the secrets STRIPE_SECRET_KEY
#   STRIPE_WEBHOOK_SECRET GEMINI_API_KEY CURSOR_SECRET IDENTITY_SECRET.
# A secret that is neither there nor in Secret Manager yet is asked for. docs/operations.md tells more.
set -euo pipefail
# Written for bash 3.2, which is what macOS has: no associative arrays, and no expansion of empty arrays.
# What happens, in order, is in `deploy` near the end; everything before it is a table, a word or one of its steps.
cd "$(dirname "${BASH_SOURCE[0]}")"

# -- the functions ---------------------------------------------------------------------------------------------------

# account    what it runs as: guilder-reader, which can write nothing; guilder-payments, the only one that can read the
#            Stripe secrets; guilder-runtime, which writes, queues and stores pictures
# caller     public: anybody; the function itself checks Firebase's ID token, or Stripe's signature
#            service: Cloud Tasks and Cloud Scheduler, with a token of the invoker account
#            trigger: Eventarc, for every write of the documents that match the path
# requests   one instance serves at once, in as many threads; above 1 needs a whole CPU
# min, max   instances; max bounds what a flood can cost
# timeout    seconds; Stripe gives up after 10 or so, an audit works for 510, and its caller waits 600 for pictures
#
# function           account  caller   memory cpu requests min max timeout path or secrets
FUNCTIONS='
audit_balances       runtime  service  512Mi  1   1        0   1   540     -
audit_counters       runtime  service  512Mi  1   1        0   1   540     -
confirm_checkout     payments public   512Mi  1   20       0   20  60      STRIPE_SECRET_KEY
count_likes          runtime  trigger  512Mi  1   20       0   20  60      likes/{likeId}
create_checkout      payments public   512Mi  1   20       0   20  60      STRIPE_SECRET_KEY,IDENTITY_SECRET
export_transactions  reader   public   512Mi  1   8        0   10  300     -
generate             runtime  public   512Mi  1   20       0   50  60      IDENTITY_SECRET
get_catalog          reader   public   512Mi  1   20       0   20  30      -
get_feed             reader   public   512Mi  1   20       0   50  30      CURSOR_SECRET
get_generation       reader   public   512Mi  1   20       0   50  30      -
get_post             reader   public   512Mi  1   20       0   50  30      -
get_profile          reader   public   512Mi  1   20       0   50  30      -
get_wallet           reader   public   512Mi  1   20       0   50  30      -
list_transactions    reader   public   512Mi  1   20       0   20  30      CURSOR_SECRET
open_account         runtime  public   512Mi  1   20       0   20  30      IDENTITY_SECRET
propagate_profile    runtime  trigger  512Mi  1   20       0   10  60      profiles/{userId}
publish_post         runtime  public   512Mi  1   8        0   10  120     -
recount_likes        runtime  service  512Mi  1   20       0   10  60      -
run_generation       runtime  service  2Gi    1   4        0   25  600     GEMINI_API_KEY
stripe_webhook       payments public   512Mi  1   20       0   20  60      STRIPE_SECRET_KEY,STRIPE_WEBHOOK_SECRET
sweep_generations    runtime  service  512Mi  1   1        0   1   300     -
sweep_pictures       runtime  service  512Mi  1   1        0   1   540     -
tidy_post            runtime  trigger  512Mi  1   8        0   10  300     posts/{postId}
tip                  runtime  public   512Mi  1   20       0   50  30      IDENTITY_SECRET
update_author        runtime  service  512Mi  1   20       0   5   120     -
'

# queue       dispatches a second, at once, attempts, first and longest wait between attempts
QUEUES='
generations   50   100   20   0.5s   30s
likes         500  200   10   0.5s   30s
authors       20   20    20   0.5s   30s
'

JOBS='sweep_generations sweep_pictures audit_balances audit_counters'

ACCOUNTS='reader runtime payments invoker trigger build'

STRIPE_EVENTS='checkout.session.completed
checkout.session.async_payment_succeeded
checkout.session.async_payment_failed
checkout.session.expired
'

APIS='artifactregistry billingbudgets cloudbilling cloudbuild cloudfunctions cloudscheduler cloudtasks eventarc firebase firebasehosting
firebaserules firestore iam iamcredentials identitytoolkit logging monitoring pubsub run secretmanager storage'

# Log entries of the webhook and reports of the audit are deleted some time after they were written.
EXPIRING_COLLECTIONS='webhookEvents audits'
EXPIRES_FIELD='expiresAt'

SECRETS='STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET CURSOR_SECRET IDENTITY_SECRET GEMINI_API_KEY'
MADE_UP_SECRETS='CURSOR_SECRET IDENTITY_SECRET' # nobody but the functions has to know them
SETTINGS="CORS_ORIGINS CHECKOUT_SUCCESS_URL CHECKOUT_CANCEL_URL IMAGE_MODEL STRIPE_LIVEMODE MEDIA_BUCKET
FIRESTORE_LOCATION ALERT_EMAIL AUDIT_SCHEDULE BUDGET $SECRETS"

RUNTIME=python313 # one of those that CI tests on
AT_ONCE=5         # deployments in parallel; Cloud Build runs ten at once for a new project
BACKUP_RETENTION=14d
REPOSITORY=guilder # of the images that are built
CHANNEL_NAME="Guilder alerts"
PATIENCE_SECONDS=180
QUESTIONS=6         # how often a function is asked before it counts as silent
QUESTION_SECONDS=30 # for a cold start and the answer
QUESTIONS_APART_SECONDS=10

# -- words -----------------------------------------------------------------------------------------------------------

step() {
  if $dry_run; then printf '\n# %s\n' "$*"; else printf '\n== %s\n' "$*"; fi
}

note() {
  if $dry_run; then printf '# %s\n' "$*"; else printf '   %s\n' "$*"; fi
}

die() {
  printf 'deploy.sh: %s\n' "$*" >&2
  exit 1
}

usage() {
  sed -n '2,/^$/{/^#/!q;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
}

# The arguments as one line that a shell reads back as the same arguments.
quoted() {
  local argument name line=''
  for argument in "$@"; do
    name=''
    case $argument in
      --*=*[!A-Za-z0-9_./:=,@%+-]*)
        name=${argument%%=*}=
        argument=${argument#*=}
        ;;
    esac
    case $argument in
      '' | *[!A-Za-z0-9_./:=,@%+-]*) argument="'${argument//\'/\'\\\'\'}'" ;;
    esac
    line="$line${line:+ }$name$argument"
  done
  printf '%s' "$line"
}

hash_of_input() {
  python3 -IS -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:40])'
}

# The names and contents of files, and of those in folders. One that is missing is for its reader to complain about.
hash_of_files() {
  local file
  { find "$@" -type f ! -path '*__pycache__*' 2>/dev/null || true; } | LC_ALL=C sort |
    while IFS= read -r file; do printf '%s\n' "$file" && cat "$file"; done | hash_of_input
}

# -- looking and doing -----------------------------------------------------------------------------------------------

# Runs a command that changes something. The first argument says what it does.
change() {
  local what=$1
  shift
  if $dry_run; then
    quoted "$@"
    printf '\n'
  else
    printf ' + %s\n' "$what"
    "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2 && die "failed: $(quoted "$@")"; }
  fi
}

# The same, again and again for some minutes: what was made a moment ago is not known everywhere at Google at once.
change_soon() {
  local what=$1 give_up=$((SECONDS + PATIENCE_SECONDS))
  shift
  if $dry_run; then
    change "$what" "$@"
    return
  fi
  printf ' + %s\n' "$what"
  until "$@" >"$log" 2>&1 </dev/null; do
    if ((SECONDS >= give_up)); then cat "$log" >&2 && die "failed: $(quoted "$@")"; fi
    printf '   not yet (%s)\n' "$(head -n 1 "$log")"
    sleep 10
  done
}

# Whether the command finds what it looks for. A dry run of somebody who is not logged in looks at nothing, and plans as
# for an empty project.
exists() {
  $looking && "$@" >/dev/null 2>&1 </dev/null
}

# What the command prints, or nothing.
value() {
  if $looking; then "$@" 2>/dev/null </dev/null || true; fi
}

# What the command prints, where an answer is needed to go on.
answer_of() {
  if ! $looking; then return; fi
  "$@" 2>"$log" </dev/null || { cat "$log" >&2 && die "failed: $(quoted "$@")"; }
}

# decide MODULE ARGUMENT...: what the module of deploy/ makes of standard input. It changes nothing.
decide() {
  local module=$1
  shift
  python3 -m "deploy.$module" "$@"
}

# rest METHOD URL [BODY]: what a service of Google's answers, and its status in a line of its own. The token comes on
# standard input, where no process list shows it.
rest() {
  local curl=(curl --silent --show-error --request "$1" --header @- --header "X-Goog-User-Project: $project"
    --connect-timeout 10 --max-time "$QUESTION_SECONDS" --write-out '\n%{http_code}\n')
  if (($# > 2)); then curl+=(--header 'Content-Type: application/json' --data "$3"); fi
  curl+=("$2")
  if [[ $1 != PATCH ]]; then
    if $looking; then "${curl[@]}" <<<"$access_header"; fi
  elif $dry_run; then
    printf "gcloud auth print-access-token | sed 's/^/Authorization: Bearer /' | "
    quoted "${curl[@]}"
    printf '\n'
  else
    "${curl[@]}" <<<"$access_header" | decide answers
  fi
}

# granted MEMBER ROLE CONDITION: whether the policy on standard input binds the two under the condition, or without one.
granted() {
  python3 -IS -c '
import json, sys
bindings = json.loads(sys.stdin.read().strip() or "{}").get("bindings", [])
member, role, condition = sys.argv[1:]
found = any(
    b["role"] == role and member in b["members"] and b.get("condition", {}).get("expression", "") == condition
    for b in bindings
)
sys.exit(not found)' "$@"
}

# grant MEMBER ROLE GROUP... -- RESOURCE...: binds the role at the resource, whose commands are `gcloud GROUP ...`. Where
# `condition` is set, the role holds under it only.
grant() {
  local member=$1 role=$2 group=() policy
  shift 2
  while [[ $1 != -- ]]; do
    group+=("$1")
    shift
  done
  shift
  if $looking; then
    policy=$(value gcloud "${group[@]}" get-iam-policy "$@" --format=json)
    # For check_roles: what is held there, and what is given.
    local resource="${group[*]} $1"
    printf '%s\n%s\n%s\n' "$resource" "$(quoted gcloud "${group[@]}" remove-iam-policy-binding "$@")" \
      "$policy" >"$folder/policies/${resource//\//_}"
    printf '%s\t%s\t%s\n' "$resource" "$member" "$role" >>"$folder/grants"
    if granted "$member" "$role" "${condition:-}" <<<"$policy"; then return; fi
  fi
  local flags=()
  if [[ -n ${condition:-} ]]; then
    flags=(--condition="expression=$condition,title=guilder")
  elif [[ ${group[0]} == projects ]]; then
    flags=(--condition=None) # asks otherwise, once a policy has conditions
  fi
  change_soon "grant $role at $1 to ${member#*:}" \
    gcloud "${group[@]}" add-iam-policy-binding "$@" --member="$member" --role="$role" ${flags[@]+"${flags[@]}"}
}

# rows TABLE: its lines, without the empty ones.
rows() {
  printf '%s' "$1" | sed '/^ *$/d'
}

# The rows of the functions that this run is about: all, or those that --only names.
chosen_functions() {
  local name rest
  while read -r name rest; do
    if [[ -z $only || ",$only," == *",$name,"* ]]; then printf '%s %s\n' "$name" "$rest"; fi
  done < <(rows "$FUNCTIONS")
}

# -- settings --------------------------------------------------------------------------------------------------------

read_arguments() {
  project='' region=us-central1 economy=phoenix env_file='' only='' dry_run=false with_stripe=false action=deploy
  skip='' take_over='' allow_test_sales=false
  while (($#)); do
    case $1 in
      --project=* | --region=* | --economy=* | --env-file=* | --only=* | --skip=* | --take-over=*)
        local name=${1%%=*} rest=${1#*=}
        shift
        set -- "$name" "$rest" "$@"
        ;;
      --project | --region | --economy | --env-file | --only | --skip | --take-over)
        (($# > 1)) || die "$1 needs a value."
        case $1 in
          --project) project=$2 ;;
          --region) region=$2 ;;
          --economy) economy=$2 ;;
          --env-file) env_file=$2 ;;
          --only) only=$2 ;;
          --skip) skip=$2 ;;
          --take-over) take_over=$2 ;;
        esac
        shift 2
        ;;
      --dry-run) dry_run=true && shift ;;
      --with-stripe) with_stripe=true && shift ;;
      --allow-test-sales) allow_test_sales=true && shift ;;
      --rollback | --destroy)
        [[ $action == deploy ]] || die "--rollback and --destroy are two different things."
        action=${1#--} && shift
        ;;
      -h | --help) usage && exit 0 ;;
      *) die "unknown argument $1; see ./deploy.sh --help." ;;
    esac
  done
  [[ $project =~ ^[a-z][a-z0-9-]{4,28}[a-z0-9]$ ]] || die "name the project: --project ID (6 to 30 of a-z, 0-9 and -)."
  [[ $region =~ ^[a-z]+-[a-z]+[0-9]+$ ]] || die "--region $region is no region, such as us-central1."
  [[ $economy =~ ^[a-z][a-z0-9-]*$ && -f economies/$economy.toml ]] || die "there is no file economies/$economy.toml."
  local name
  for name in ${only//,/ }; do
    grep -q "^$name " <<<"$(rows "$FUNCTIONS")" || die "--only: there is no function named $name."
  done
  if [[ -n $only && $action == destroy ]]; then die "--destroy takes everything away; it does not go with --only."; fi
  if $with_stripe && [[ -n $only || $action != deploy ]]; then die "--with-stripe goes with a whole deployment."; fi
  for name in ${skip//,/ }; do
    case $name in rules | hosting | auth) ;; *) die "--skip takes rules, hosting and auth, and not $name." ;; esac
  done
  for name in ${take_over//,/ }; do
    case $name in rules | hosting) ;; *) die "--take-over takes rules and hosting, and not $name." ;; esac
    if skips "$name"; then die "$name is either skipped or taken over."; fi
  done
}

skips() { [[ ",$skip," == *",$1,"* ]]; }
takes_over() { [[ ",$take_over," == *",$1,"* ]]; }

# Reads NAME=value lines, as data: nothing in the file is run. What the environment says wins.
read_settings() {
  local name line
  if [[ -z $env_file && -f .env.$project ]]; then env_file=.env.$project; fi
  if [[ -n $env_file ]]; then
    [[ -f $env_file ]] || die "there is no file $env_file."
    [[ -r $env_file ]] || die "the file $env_file cannot be read."
    while IFS= read -r line || [[ -n $line ]]; do
      line=${line%$'\r'}
      if [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then continue; fi
      name=${line%%=*}
      # The line itself is not repeated: it may hold a secret.
      if ! [[ $line == *=* && " ${SETTINGS//$'\n'/ } " == *" $name "* ]]; then
        die "$env_file: not a setting: ${name%% *}"
      fi
      if [[ -z ${!name:-} ]]; then printf -v "$name" '%s' "$(unquoted "${line#*=}")"; fi
    done <"$env_file"
  fi
  # From here on no program that this script starts finds a secret in its environment.
  for name in $SECRETS; do export -n "${name?}"; done

  invoker_account=$(account invoker)
  trigger_account=$(account trigger)
  functions_url=https://$region-$project.cloudfunctions.net
  hosting_url=https://$project.web.app
  : "${CORS_ORIGINS:=$hosting_url,https://$project.firebaseapp.com}"
  : "${CHECKOUT_SUCCESS_URL:=$hosting_url/checkout/success?session_id={CHECKOUT_SESSION_ID\}}"
  : "${CHECKOUT_CANCEL_URL:=$hosting_url/checkout/cancel}"
  : "${IMAGE_MODEL:=procedural}"
  : "${STRIPE_LIVEMODE:=false}"
  : "${MEDIA_BUCKET:=$project-media}"
  : "${FIRESTORE_LOCATION:=$region}"
  : "${ALERT_EMAIL:=}"
  : "${AUDIT_SCHEDULE:=0 * * * *}"
  : "${BUDGET:=}"
  [[ $STRIPE_LIVEMODE == true || $STRIPE_LIVEMODE == false ]] || die "STRIPE_LIVEMODE must be true or false."
  case ${STRIPE_SECRET_KEY:-} in
    '') ;;
    sk_live_* | rk_live_*) $STRIPE_LIVEMODE || die "STRIPE_SECRET_KEY moves real money: say STRIPE_LIVEMODE=true." ;;
    sk_test_* | rk_test_*) ! $STRIPE_LIVEMODE || die "STRIPE_LIVEMODE=true, but STRIPE_SECRET_KEY is a test key." ;;
    *) die "STRIPE_SECRET_KEY is no secret key (sk_test_..., sk_live_..., or rk_... for a restricted one)." ;;
  esac
  if [[ $action == deploy ]]; then
    if [[ $IMAGE_MODEL != procedural ]] && ! $STRIPE_LIVEMODE && ! $allow_test_sales; then
      die "$IMAGE_MODEL costs money, and with STRIPE_LIVEMODE=false the card 4242 4242 4242 4242 buys what it makes.
  Deploy with IMAGE_MODEL=procedural or a live Stripe, or say --allow-test-sales."
    fi
    [[ $BUDGET =~ ^([0-9]+(\.[0-9]+)?([A-Z]{3})?|none)?$ ]] || die "BUDGET is an amount a month, such as 200USD, or none."
    if [[ -z $BUDGET && -z $only ]] && ! $dry_run; then
      die "BUDGET is not set: an amount a month to be told about, such as 200USD, or none."
    fi
  fi
  [[ $AUDIT_SCHEDULE =~ ^[^\ ]+(\ [^\ ]+){4}$ ]] || die "AUDIT_SCHEDULE is five fields of cron, such as 0 * * * *."
  local setting
  for setting in CORS_ORIGINS CHECKOUT_SUCCESS_URL CHECKOUT_CANCEL_URL IMAGE_MODEL MEDIA_BUCKET; do
    [[ ${!setting} != *[\;[:space:]]* ]] || die "$setting must not hold a space or a semicolon."
  done
}

unquoted() {
  case $1 in
    \"*\" | \'*\') printf '%s' "${1:1:${#1}-2}" ;;
    *) printf '%s' "$1" ;;
  esac
}

secret_id() { printf '%s' "$1" | tr 'A-Z_' 'a-z-'; }
deployed_name() { printf '%s' "${1//_/-}"; }
account() { printf 'guilder-%s@%s.iam.gserviceaccount.com' "$1" "$project"; }

# The secrets of this deployment: an image model that needs no key asks for none.
needed_secrets() {
  local name
  for name in $SECRETS; do
    if [[ $name != GEMINI_API_KEY || $IMAGE_MODEL == gemini-* ]]; then printf '%s\n' "$name"; fi
  done
}

# -- before anything is touched --------------------------------------------------------------------------------------

check_tools() {
  local missing=''
  command -v gcloud >/dev/null || missing="$missing
  gcloud       https://cloud.google.com/sdk/docs/install"
  command -v firebase >/dev/null || missing="$missing
  firebase     make tools, or npm install -g firebase-tools"
  command -v curl >/dev/null || missing="$missing
  curl         https://curl.se/download.html"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || missing="$missing
  python3      3.11 or newer"
  [[ -z $missing ]] || die "these tools are missing:$missing"
}

check_login() {
  local account
  account=$(value gcloud auth list --filter=status:ACTIVE --format='value(account)')
  [[ -n $account ]] || die "nobody is logged in: run gcloud auth login."
  exists gcloud projects describe "$project" ||
    die "$account cannot see the project $project. Make it with: gcloud projects create $project"
  [[ $(value gcloud billing projects describe "$project" --format='value(billingEnabled)') != False ]] ||
    die "$project has no billing account: https://console.cloud.google.com/billing/linkedaccount?project=$project"
  exists firebase projects:list --non-interactive || die "firebase is not logged in: run firebase login."
  access_header=$(access_header)
  note "as $account"
}

access_header() {
  value gcloud auth print-access-token | sed 's/^/Authorization: Bearer /'
}

# Whether a dry run can look at the project. What it would not see it plans as if it were not there.
can_look() {
  command -v gcloud >/dev/null && command -v firebase >/dev/null && command -v curl >/dev/null || return 1
  looking=true
  access_header=$(access_header)
  [[ -n $access_header ]] && exists gcloud projects describe "$project" &&
    exists firebase projects:list --non-interactive && return
  looking=false
  return 1
}

# -- what is live ----------------------------------------------------------------------------------------------------

# Before anything is changed: whose the rules, the site and the functions of our names are. What is not ours stops it.
compare_live() {
  step "What is live"
  rules_are=none hosting_is=none
  local stops=''
  if ! skips hosting; then look_at_hosting; fi
  look_at_rules
  if [[ $hosting_is == theirs ]] && ! takes_over hosting; then
    note "A site is served that this script did not release: $hosting_what. Of its files would go:"
    rest GET "https://firebasehosting.googleapis.com/v1beta1/$hosting_version/files?pageSize=1000" |
      decide live_hosting files public | shown
    stops=hosting
  fi
  if [[ $rules_are == theirs ]] && ! skips rules && ! takes_over rules; then
    note "Rules are released that are not ours. Ours would change them so:"
    shown <<<"$rules_difference"
    stops=rules${stops:+,$stops}
  fi
  check_names
  if [[ -n $stops ]]; then
    die "not ours: $stops. Nothing was changed. --take-over $stops replaces them, --skip $stops leaves them;
  docs/existing-project.md tells how to live beside them."
  fi
}

shown() {
  if $dry_run; then sed 's/^/#   /'; else sed 's/^/   /'; fi
}

look_at_rules() {
  local api=https://firebaserules.googleapis.com/v1 ruleset answer
  if ! $looking; then return; fi
  released_rules=$(label rules)
  answer=$(rest GET "$api/projects/$project/releases/cloud.firestore")
  ruleset=$(decide live_rules ruleset <<<"$answer") || die "the rules that are live cannot be read."
  if [[ -n $ruleset ]]; then answer=$(rest GET "$api/$ruleset"); fi
  answer=$(decide live_rules compare firestore.rules "$released_rules" <<<"$answer") ||
    die "the rules that are live cannot be read."
  rules_are=${answer%%$'\n'*}
  rules_difference=$(sed '1d;/^lacking: /d;/^exposed: /d' <<<"$answer")
  rules_notes=$(sed -n '/^lacking: /p;/^exposed: /p' <<<"$answer")
  if skips rules && [[ -n $rules_notes ]]; then
    note "The rules are left to their owner. They lack matches of ours, or expose whole subtrees, ledger included:"
    shown <<<"$rules_notes"
  fi
}

look_at_hosting() {
  local answer
  if ! $looking; then return; fi
  answer=$(rest GET "https://firebasehosting.googleapis.com/v1beta1/sites/$project/channels/live" |
    decide live_hosting release "$(hosting_fingerprint)") || die "the site that is live cannot be looked at."
  { read -r hosting_is && read -r hosting_version && read -r hosting_what; } <<<"$answer" || true
}

# Another app's function of the same name would be replaced like an older one of ours.
check_names() {
  local names foreign
  if ! grep -qx cloudfunctions.googleapis.com <<<"$(enabled_apis)"; then return; fi
  names=$(chosen_functions | awk '{ gsub("_", "-", $1); print $1 }')
  # shellcheck disable=SC2086 # one argument for each name
  foreign=$(answer_of gcloud functions list --v2 --regions="$region" --project="$project" --format=json |
    decide live_functions $names)
  [[ -z $foreign ]] || die "functions that are not ours have names of ours: ${foreign//$'\n'/ }.
  Deploy to another --region, or rename them."
}

# A label of the bucket: it remembers what was released and made.
label() {
  value gcloud storage buckets describe "gs://$MEDIA_BUCKET" --format="value(labels.$1)"
}

remember() {
  change "remember that" gcloud storage buckets update "gs://$MEDIA_BUCKET" --update-labels="$1=$2"
}

# -- the project -----------------------------------------------------------------------------------------------------

enabled_apis() {
  value gcloud services list --enabled --project="$project" --format='value(config.name)'
}

enable_apis() {
  step "APIs"
  local enabled wanted=() api
  enabled=$(enabled_apis)
  for api in $APIS; do
    if ! grep -qx "$api.googleapis.com" <<<"$enabled"; then wanted+=("$api.googleapis.com"); fi
  done
  if ((${#wanted[@]})); then
    change "enable ${wanted[*]}" gcloud services enable "${wanted[@]}" --project="$project"
  fi
  if ! exists firebase apps:list --project="$project" --non-interactive; then
    change "make it a Firebase project" firebase projects:addfirebase "$project" --non-interactive
  fi
}

make_account() {
  local name=guilder-$1 display_name=$2
  if ! exists gcloud iam service-accounts describe "$(account "$1")" --project="$project"; then
    change "create the service account $name" \
      gcloud iam service-accounts create "$name" --display-name="Guilder: $display_name" --project="$project"
  fi
}

# What is granted at a queue, a bucket, a secret or a service is granted where that is made.
make_accounts() {
  step "Service accounts, each with what it needs and no more"
  make_account reader "functions that only read run as this"
  make_account runtime "functions that write, queue and store pictures run as this"
  make_account payments "functions that talk to Stripe run as this"
  make_account invoker "Cloud Tasks and Cloud Scheduler call as this"
  make_account trigger "Eventarc calls as this"
  # Builds run code of other people's packages; Google's default account for them may edit the whole project.
  make_account build "what builds the functions"

  grant "serviceAccount:$(account reader)" roles/datastore.viewer projects -- "$project"
  grant "serviceAccount:$(account runtime)" roles/datastore.user projects -- "$project"
  grant "serviceAccount:$(account payments)" roles/datastore.user projects -- "$project"
  grant "serviceAccount:$trigger_account" roles/eventarc.eventReceiver projects -- "$project"
  # Reads the source that is uploaded, writes images (at their repository) and a log. Cloud Build's own role for this
  # writes to every bucket of the project. The buckets are Google's to make, so the condition names how they are called.
  grant "serviceAccount:$(account build)" roles/logging.logWriter projects -- "$project"
  condition='resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")' \
    grant "serviceAccount:$(account build)" roles/storage.objectViewer projects -- "$project"
  # Signs the URLs of private pictures as itself: it has no key file.
  grant "serviceAccount:$(account reader)" roles/iam.serviceAccountTokenCreator \
    iam service-accounts -- "$(account reader)" --project="$project"
  # Queues tasks that call as the invoker.
  grant "serviceAccount:$(account runtime)" roles/iam.serviceAccountUser \
    iam service-accounts -- "$invoker_account" --project="$project"
}

# What answers "who wrote this?" when a ledger line is one that no function wrote.
log_writes() {
  step "A log of who writes to Firestore"
  local policy look=(gcloud projects get-iam-policy "$project" --format=json) store
  store=(gcloud projects set-iam-policy "$project" /dev/stdin)
  policy=$(answer_of "${look[@]}")
  if [[ -n $policy ]] && decide audit_logs --are-on <<<"$policy"; then return; fi
  if $dry_run; then
    printf '%s | python3 -m deploy.audit_logs | %s\n' "$(quoted "${look[@]}")" "$(quoted "${store[@]}")"
    return
  fi
  printf ' + log who writes to Firestore\n'
  decide audit_logs <<<"$policy" | "${store[@]}" >"$log" 2>&1 ||
    { cat "$log" >&2 && die "failed: $(quoted "${store[@]}")"; }
}

# -- images ----------------------------------------------------------------------------------------------------------

# A repository of our own: the build account writes to it alone, and another app's images are not cleaned up.
make_repository() {
  step "Images: the last three of each function are kept"
  local where=(--location="$region" --project="$project") described
  if ! exists gcloud artifacts repositories describe "$REPOSITORY" "${where[@]}"; then
    change "create the repository $REPOSITORY" gcloud artifacts repositories create "$REPOSITORY" "${where[@]}" \
      --repository-format=docker --description="Images of Guilder's functions"
  fi
  described=$(value gcloud artifacts repositories describe "$REPOSITORY" "${where[@]}" --format=json)
  if [[ $(decide image_repository deploy/image-cleanup.json <<<"$described") != same ]]; then
    change "delete all images but three" gcloud artifacts repositories set-cleanup-policies "$REPOSITORY" \
      "${where[@]}" --policy=deploy/image-cleanup.json --no-dry-run
  fi
  grant "serviceAccount:$(account build)" roles/artifactregistry.writer \
    artifacts repositories -- "$REPOSITORY" "${where[@]}"
}

# -- secrets ---------------------------------------------------------------------------------------------------------

store_secrets() {
  step "Secrets: values travel on standard input only"
  local name
  for name in $(needed_secrets); do
    if $with_stripe && [[ $name == STRIPE_WEBHOOK_SECRET && -z ${STRIPE_WEBHOOK_SECRET:-} ]]; then
      make_webhook
    else
      store_secret "$name"
    fi
  done
}

# The accounts of the functions that get the secret.
readers_of_secret() {
  rows "$FUNCTIONS" | awk -v secret="$1" '("," $NF ",") ~ ("," secret ",") { print $2 }' | sort -u
}

# store_secret NAME: from the variable of that name; else what Secret Manager holds; else asked for, or made.
store_secret() {
  local name=$1 id secret held=''
  make_secret "$name"
  id=$(secret_id "$name")
  if [[ -n $(newest_version "$id") ]]; then
    # Not to be taken for missing: a secret that is made up would be made up again by every run.
    held=$(gcloud secrets versions access latest --secret="$id" --project="$project" 2>"$log" </dev/null) ||
      { cat "$log" >&2 && die "the secret $id is there, but you cannot read it: it takes the role Secret Accessor."; }
  fi
  secret=${!name:-}
  if [[ -n $held && (-z $secret || $secret == "$held") ]]; then return; fi
  if $dry_run; then
    new_secrets="$new_secrets $id"
    if is_made_up "$name" && [[ -z $secret ]]; then
      printf 'python3 -c "import secrets; print(secrets.token_hex(32))" | '
    else
      # shellcheck disable=SC2016 # the variable's name is what is printed
      printf 'printf %%s "$%s" | ' "$name"
    fi
    quoted gcloud secrets versions add "$id" --data-file=- --project="$project"
    printf '\n'
    return
  fi
  if [[ -z $secret ]]; then secret=$(new_secret "$name"); fi
  printf ' + store a new version of %s\n' "$id"
  printf '%s' "$secret" | gcloud secrets versions add "$id" --data-file=- --project="$project" >"$log" 2>&1 ||
    { cat "$log" >&2 && die "the secret $id could not be stored."; }
}

# The secret without a value, and who may read it.
make_secret() {
  local name=$1 id reader
  id=$(secret_id "$name")
  if ! exists gcloud secrets describe "$id" --project="$project"; then
    change "create the secret $id" gcloud secrets create "$id" --replication-policy=automatic --project="$project"
  fi
  for reader in $(readers_of_secret "$name"); do
    grant "serviceAccount:$(account "$reader")" roles/secretmanager.secretAccessor \
      secrets -- "$id" --project="$project"
  done
}

# Stripe tells the signing secret once, when the endpoint is made. The program hands it to Secret Manager itself.
make_webhook() {
  local id anew=() program=(python3 -m deploy.stripe_webhook "$functions_url/stripe-webhook") events
  id=$(secret_id STRIPE_WEBHOOK_SECRET)
  make_secret STRIPE_WEBHOOK_SECRET
  if [[ -z $(newest_version "$id") ]]; then anew=(--anew); fi
  IFS=$'\n' read -r -d '' -a events < <(rows "$STRIPE_EVENTS" && printf '\0')
  program+=(${anew[@]+"${anew[@]}"} "${events[@]}" -- gcloud secrets versions add "$id" --data-file=- --project="$project")
  if $dry_run; then
    if ((${#anew[@]})); then new_secrets="$new_secrets $id"; fi
    # shellcheck disable=SC2016 # the variable's name is what is printed
    printf 'printf %%s "$STRIPE_SECRET_KEY" | %s\n' "$(quoted "${program[@]}")"
    return
  fi
  value gcloud secrets versions access latest --secret="$(secret_id STRIPE_SECRET_KEY)" --project="$project" |
    "${program[@]}" | sed 's/^/   webhook endpoint: /'
}

newest_version() {
  value gcloud secrets versions list "$1" --filter=state=ENABLED --sort-by='~createTime' --limit=1 \
    --format='value(name)' --project="$project"
}

is_made_up() { [[ " $MADE_UP_SECRETS " == *" $1 "* ]]; }

# Made up where nobody else needs to know it, typed in where somebody else chose it.
new_secret() {
  local name=$1 secret=''
  if is_made_up "$name"; then
    python3 -c 'import secrets; print(secrets.token_hex(32), end="")'
    return
  fi
  [[ -t 0 ]] || die "$name is not set, and not in Secret Manager: put it into the environment or an --env-file."
  if [[ $name == STRIPE_WEBHOOK_SECRET ]]; then tell_webhook >&2; fi
  read -rsp "   $name (not shown): " secret
  printf '\n' >&2
  [[ -n $secret ]] || die "$name is empty."
  printf '%s' "$secret"
}

# -- media -----------------------------------------------------------------------------------------------------------

make_bucket() {
  step "Media: gs://$MEDIA_BUCKET, of which published/ is everybody's to read"
  local bucket=gs://$MEDIA_BUCKET published=gs://$MEDIA_BUCKET/published/ whose=used described=''
  if exists gcloud storage buckets describe "$bucket"; then
    described=$(answer_of gcloud storage buckets describe "$bucket" --format=json)
    check_bucket "$bucket" "$described"
    if [[ $(label guilder) == made ]]; then whose=made; fi
  else
    whose=made
    # Without soft delete, which would keep a picture for a week after its owner deleted it.
    change "create the bucket $bucket" gcloud storage buckets create "$bucket" --project="$project" \
      --location="$region" --uniform-bucket-level-access --no-public-access-prevention --soft-delete-duration=0
  fi
  if [[ $(decide bucket settings deploy/bucket-cors.json deploy/bucket-lifecycle.json <<<"$described") != same ]]; then
    change "set CORS, and the lifecycle of unpublished pictures" gcloud storage buckets update "$bucket" \
      --cors-file=deploy/bucket-cors.json --lifecycle-file=deploy/bucket-lifecycle.json \
      --update-labels=guilder="$whose"
  fi
  # A managed folder, because Google takes no condition on a binding of allUsers. The legacy role reads objects and,
  # unlike objectViewer, does not list them.
  if ! exists gcloud storage managed-folders describe "$published"; then
    change "create the managed folder $published" gcloud storage managed-folders create "$published"
  fi
  grant allUsers roles/storage.legacyObjectReader storage managed-folders -- "$published"
  grant "serviceAccount:$(account runtime)" roles/storage.objectUser storage buckets -- "$bucket"
  # A signed URL opens what the account that signed it may open.
  grant "serviceAccount:$(account reader)" roles/storage.objectViewer storage buckets -- "$bucket"
}

# A bucket that is there already must be as private as one of ours, in all of it and in each managed folder.
check_bucket() {
  local bucket=$1 described=$2 reasons='' other public newline=$'\n'
  reasons=$(decide bucket refusals <<<"$described")
  public=$(answer_of gcloud storage buckets get-iam-policy "$bucket" --format=json | decide bucket public)
  if [[ -n $public ]]; then reasons=$reasons${reasons:+$'\n'}"it is open: ${public//$'\n'/, }"; fi
  for other in $(value gcloud storage managed-folders list "$bucket" --format='value(name)'); do
    other=${other#"$bucket/"}
    if [[ $other == published/ ]]; then continue; fi
    public=$(answer_of gcloud storage managed-folders get-iam-policy "$bucket/$other" --format=json | decide bucket public)
    if [[ -n $public ]]; then reasons=$reasons${reasons:+$'\n'}"its folder $other is open: ${public//$'\n'/, }"; fi
  done
  [[ -z $reasons ]] || die "$bucket cannot hold our pictures:
  ${reasons//$newline/$newline  }
  Put that right, or name another MEDIA_BUCKET."
}

# -- queues ----------------------------------------------------------------------------------------------------------

make_queues() {
  step "Queues"
  local name rate parallel attempts first longest
  while read -r name rate parallel attempts first longest; do
    make_queue "$name" "$rate" "$parallel" "$attempts" "$first" "$longest"
  done < <(rows "$QUEUES")
}

make_queue() {
  local name=$1 where=(--location="$region" --project="$project") current
  local rate=rateLimits retry=retryConfig
  local limits=(--max-dispatches-per-second="$2" --max-concurrent-dispatches="$3" --max-attempts="$4"
    --min-backoff="$5" --max-backoff="$6")
  current=$(value gcloud tasks queues describe "$name" "${where[@]}" \
    --format="value[separator=' ']($rate.maxDispatchesPerSecond,$rate.maxConcurrentDispatches,$retry.maxAttempts,$retry.minBackoff,$retry.maxBackoff)")
  if [[ -z $current ]]; then
    change "create the queue $name" gcloud tasks queues create "$name" "${where[@]}" "${limits[@]}"
  elif [[ $(plain_numbers "$current") != "$(plain_numbers "$2 $3 $4 $5 $6")" ]]; then
    change "change the limits of the queue $name" gcloud tasks queues update "$name" "${where[@]}" "${limits[@]}"
  fi
  grant "serviceAccount:$(account runtime)" roles/cloudtasks.enqueuer tasks queues -- "$name" "${where[@]}"
  # The sweeper asks whether a task still waits before it adds another.
  if [[ $name == generations ]]; then
    grant "serviceAccount:$(account runtime)" roles/cloudtasks.viewer tasks queues -- "$name" "${where[@]}"
  fi
}

# 0.500s and 0.5s are the same, and so are 50.0 and 50.
plain_numbers() {
  awk '{ for (i = 1; i <= NF; i++) { sub(/s$/, "", $i); printf "%s ", $i + 0 } }' <<<"$1"
}

# -- database --------------------------------------------------------------------------------------------------------

make_database() {
  step "Firestore"
  local here=(--database='(default)' --project="$project") schedule flags
  if ! exists gcloud firestore databases describe "${here[@]}"; then
    change "create the database in $FIRESTORE_LOCATION" gcloud firestore databases create "${here[@]}" \
      --location="$FIRESTORE_LOCATION" --type=firestore-native --delete-protection --enable-pitr
    remember database made
  else
    flags=$(answer_of gcloud firestore databases describe "${here[@]}" --format=json | decide database protection) ||
      die "the database (default) cannot be used."
    if [[ -n $flags ]]; then
      # shellcheck disable=SC2086 # one argument for each flag
      change "protect the database" gcloud firestore databases update "${here[@]}" $flags
    fi
  fi
  schedule=$(value gcloud firestore backups schedules list "${here[@]}" --format=json |
    decide database backups "$BACKUP_RETENTION")
  case $schedule in
    kept) ;;
    create)
      change "back it up every day, for $BACKUP_RETENTION" gcloud firestore backups schedules create "${here[@]}" \
        --recurrence=daily --retention="$BACKUP_RETENTION"
      ;;
    *)
      change "keep backups for $BACKUP_RETENTION" gcloud firestore backups schedules update "${here[@]}" \
        --backup-schedule="$schedule" --retention="$BACKUP_RETENTION"
      ;;
  esac
  local collection
  for collection in $EXPIRING_COLLECTIONS; do
    if [[ -z $(value gcloud firestore fields ttls list --collection-group="$collection" --database='(default)' \
      --project="$project" --format='value(name)') ]]; then
      change "delete what has expired in $collection" gcloud firestore fields ttls update "$EXPIRES_FIELD" \
        --collection-group="$collection" --enable-ttl --async --database='(default)' --project="$project"
    fi
  done
}

# Eventarc's triggers must lie where the database does, which somebody else may have made, elsewhere.
database_location() {
  local location
  location=$(value gcloud firestore databases describe --database='(default)' --project="$project" \
    --format='value(locationId)')
  printf '%s' "${location:-$FIRESTORE_LOCATION}"
}

# -- functions -------------------------------------------------------------------------------------------------------

deploy_functions() {
  step "Functions, each from the same source with an entry point of its own"
  local row pids='' running=0
  upload=$(hash_of_files main.py requirements.txt economies functions shared) # what .gcloudignore lets through
  location=$(database_location)
  while read -r row; do
    if $dry_run; then
      # shellcheck disable=SC2086 # one argument for each column
      deploy_function $row
      continue
    fi
    (
      log=$folder/${row%% *}.log
      # shellcheck disable=SC2086
      deploy_function $row
    ) &
    pids="$pids $!"
    running=$((running + 1))
    if ((running == AT_ONCE)); then
      # shellcheck disable=SC2086 # one argument for each
      wait_for_all $pids
      pids='' running=0
    fi
  done < <(chosen_functions)
  # shellcheck disable=SC2086
  wait_for_all $pids
}

# Also after one of them failed: a deployment under way is not left behind.
wait_for_all() {
  local pid failed=0
  for pid in "$@"; do wait "$pid" || failed=$((failed + 1)); done
  ((failed == 0)) || die "$failed of the deployments failed; what they said is above."
}

deploy_function() {
  local name=$1 account=$2 caller=$3 memory=$4 cpu=$5 requests=$6 minimum=$7 maximum=$8 timeout=$9 extra=${10}
  local id where=(--region="$region" --project="$project") secrets='' flags
  id=$(deployed_name "$name")
  flags=(--gen2 --runtime="$RUNTIME" --source=. --entry-point="$name" --memory="$memory" --cpu="$cpu"
    --concurrency="$requests" --min-instances="$minimum" --max-instances="$maximum" --timeout="${timeout}s"
    --service-account="$(account "$account")"
    --build-service-account="projects/$project/serviceAccounts/$(account build)"
    --docker-repository="projects/$project/locations/$region/repositories/$REPOSITORY"
    --set-env-vars="^;^$(environment "$requests")")
  case $caller in
    public) flags+=(--trigger-http --allow-unauthenticated --ingress-settings=all) ;;
    # Not internal-only: that is promised for callers of a run.app URL, and these are called at cloudfunctions.net.
    # Cloud Run asks for the invoker's token, and the function checks it again.
    service) flags+=(--trigger-http --no-allow-unauthenticated --ingress-settings=all) ;;
    trigger)
      flags+=(--no-allow-unauthenticated --ingress-settings=internal-only --retry
        --trigger-location="$location" --trigger-service-account="$trigger_account"
        --trigger-event-filters=type=google.cloud.firestore.document.v1.written
        --trigger-event-filters=database='(default)'
        --trigger-event-filters-path-pattern=document="$extra")
      extra=-
      ;;
  esac
  local secret
  for secret in ${extra//[,-]/ }; do
    # Not a pipe: grep ends at the first match, and what writes into it would fail, now and then.
    if grep -qx "$secret" <<<"$(needed_secrets)"; then
      secrets="$secrets${secrets:+,}$secret=$(secret_id "$secret"):latest"
    fi
  done
  if [[ -n $secrets ]]; then flags+=(--set-secrets="$secrets"); fi

  local fingerprint deployed
  fingerprint=$({ printf '%s\n' "$upload" "${flags[@]}" && secret_versions "$secrets"; } | hash_of_input)
  # A deployment that failed has left its label too.
  deployed=$(value gcloud functions describe "$id" --gen2 "${where[@]}" \
    --format="value[separator=' '](state,labels.guilder)")
  if [[ $deployed != "ACTIVE $fingerprint" ]]; then
    local labels=guilder=$fingerprint serving
    serving=$(serving_revision "$id")
    if [[ -n $serving ]]; then labels=$labels,guilder-before=$serving; fi
    # After a rollback the traffic is pinned to an old revision, and a new one would get none.
    change_soon "deploy $id" gcloud functions deploy "$id" "${flags[@]}" "${where[@]}" --update-labels="$labels" \
      --serve-all-traffic-latest-revision --quiet
  fi
  # Twice the CPU while it starts and for ten seconds after, in which the function is loaded. Google's default for
  # functions; asked for where it is off.
  if [[ $(value gcloud run services describe "$id" "${where[@]}" \
    --format='value(spec.template.metadata.annotations."run.googleapis.com/startup-cpu-boost")') != true ]]; then
    change_soon "boost the CPU of $id while it starts" gcloud run services update "$id" "${where[@]}" --cpu-boost
  fi
  case $caller in
    service) grant "serviceAccount:$invoker_account" roles/run.invoker run services -- "$id" "${where[@]}" ;;
    trigger) grant "serviceAccount:$trigger_account" roles/run.invoker run services -- "$id" "${where[@]}" ;;
  esac
}

# The variables of every function, in the form that --set-env-vars takes; THREADS is functions-framework's own.
environment() {
  local variables="GOOGLE_CLOUD_PROJECT=$project;ECONOMY=$economy;THREADS=$1"
  variables="$variables;CORS_ORIGINS=$CORS_ORIGINS;MEDIA_BUCKET=$MEDIA_BUCKET;IMAGE_MODEL=$IMAGE_MODEL"
  variables="$variables;INTERNAL_URL=$functions_url;INVOKER_EMAIL=$invoker_account;TASKS_LOCATION=$region"
  variables="$variables;CHECKOUT_SUCCESS_URL=$CHECKOUT_SUCCESS_URL;CHECKOUT_CANCEL_URL=$CHECKOUT_CANCEL_URL"
  printf '%s' "$variables;STRIPE_LIVEMODE=$STRIPE_LIVEMODE"
}

# secret_versions NAME=ID:latest,...: so that a rotated secret is a reason to deploy what reads it.
secret_versions() {
  local secret id
  for secret in ${1//,/ }; do
    id=${secret#*=}
    id=${id%:*}
    if [[ " $new_secrets " == *" $id "* ]]; then printf 'new\n'; else newest_version "$id"; fi
  done
}

serving_revision() {
  value gcloud run services describe "$1" --region="$region" --project="$project" \
    --format='value(status.traffic[0].revisionName)'
}

# -- schedule --------------------------------------------------------------------------------------------------------

make_jobs() {
  step "Scheduled calls"
  make_job sweep_generations '*/5 * * * *' 're-queues or refunds generations that are stuck'
  make_job sweep_pictures '30 3 * * *' 'removes public pictures without a post'
  make_job audit_balances "$AUDIT_SCHEDULE" 'checks every wallet against the ledger'
  make_job audit_counters '30 * * * *' 'checks every counter against what it counts'
}

make_job() {
  local id url every=$2 what=$3 fingerprint described flags verb=create headers=--headers
  id=$(deployed_name "$1")
  url=$functions_url/$id
  flags=(--location="$region" --project="$project" --schedule="$every" --time-zone=Etc/UTC
    --uri="$url" --http-method=POST --message-body='{}'
    --oidc-service-account-email="$invoker_account" --oidc-token-audience="$url"
    --attempt-deadline=600s --max-retry-attempts=2)
  fingerprint=$(printf '%s\n' "${flags[@]}" | hash_of_input)
  described=$(value gcloud scheduler jobs describe "$id" --location="$region" --project="$project" \
    --format='value(description)')
  if [[ $described == *"($fingerprint)" ]]; then return; fi
  if [[ -n $described ]]; then verb=update headers=--update-headers; fi
  change_soon "$verb the job $id, $every" gcloud scheduler jobs "$verb" http "$id" "${flags[@]}" \
    "$headers=Content-Type=application/json" --description="Guilder $what ($fingerprint)"
}

# -- monitoring ------------------------------------------------------------------------------------------------------

make_monitoring() {
  step "Metrics from the logs, and alerts on them"
  local file name
  for file in deploy/metrics/*.json; do
    name=$(basename "$file" .json)
    make_metric "$name" "$file"
  done
  if [[ -z $ALERT_EMAIL ]]; then
    note "Nobody will be written to: ALERT_EMAIL is not set. Alerts show in Cloud Monitoring only."
  elif [[ -z $(alert_channel) ]]; then
    change "send alerts to $ALERT_EMAIL" gcloud beta monitoring channels create --type=email --project="$project" \
      --display-name="$CHANNEL_NAME" --channel-labels="email_address=$ALERT_EMAIL"
  fi
  for file in deploy/alerts/*.json; do
    name=$(basename "$file" .json)
    make_alert "$name" "$file"
  done
}

# What is told about, not what is cut off: Google has no limit to what a project may cost.
make_budget() {
  step "A budget: mails at half of it, at nine tenths, and at all of it"
  if [[ -z $BUDGET ]]; then note "BUDGET is not set: a deployment asks for it." && return; fi
  if [[ $BUDGET == none ]]; then note "BUDGET is none: nobody is told what this costs." && return; fi
  local name="Guilder $project" billing budgets decision channel='' flags
  billing=$(value gcloud billing projects describe "$project" --format='value(billingAccountName)')
  billing=${billing#billingAccounts/}
  billing=${billing:-BILLING_ACCOUNT}
  if [[ -n $ALERT_EMAIL ]]; then channel=$(alert_channel); fi
  budgets=$(answer_of gcloud billing budgets list --billing-account="$billing" --format=json)
  decision=$(decide budget "$name" "$BUDGET" ${channel:+"$channel"} <<<"$budgets")
  flags=(--budget-amount="$BUDGET" ${channel:+--notifications-rule-monitoring-notification-channels="$channel"})
  case $decision in
    same) ;;
    create)
      change_soon "make the budget $name" gcloud billing budgets create --billing-account="$billing" \
        --display-name="$name" --filter-projects="projects/$project" "${flags[@]}" \
        --threshold-rule=percent=0.5 --threshold-rule=percent=0.9 --threshold-rule=percent=1.0
      ;;
    *)
      change "change the budget $name" gcloud billing budgets update "$decision" "${flags[@]}" --clear-threshold-rules \
        --add-threshold-rule=percent=0.5 --add-threshold-rule=percent=0.9 --add-threshold-rule=percent=1.0
      ;;
  esac
}

make_metric() {
  local name=guilder-$1 file=$2 verb=create filter wanted
  filter=$(value gcloud logging metrics describe "$name" --project="$project" --format='value(filter)')
  if [[ -n $filter ]]; then
    wanted=$(python3 -IS -c 'import json, sys; print(json.load(open(sys.argv[1]))["filter"])' "$file")
    if [[ $filter == "$wanted" ]]; then return; fi
    verb=update
  fi
  change "$verb the metric $name" gcloud logging metrics "$verb" "$name" --config-from-file="$file" --project="$project"
}

# alert_channels FILTER [FLAG...]: names of the notification channels.
alert_channels() {
  local filter=$1
  shift
  value gcloud beta monitoring channels list --project="$project" --format='value(name)' --filter="$filter" "$@"
}

alert_channel() {
  alert_channels "type=email AND labels.email_address=\"$ALERT_EMAIL\"" --limit=1
}

# alert_policies NAME FLAG...: Google names policies itself, so ours carry the names that they have here.
alert_policies() {
  local name=$1
  shift
  value gcloud alpha monitoring policies list --project="$project" --filter="userLabels.guilder=\"$name\"" "$@"
}

make_alert() {
  local name=$1 file=$2 channel='' fingerprint policy known
  if [[ -n $ALERT_EMAIL ]]; then channel=$(alert_channel); fi
  fingerprint=$({ cat "$file" && printf '%s' "$channel"; } | hash_of_input)
  read -r policy known < <(alert_policies "$name" --limit=1 \
    --format='value[separator=" "](name,userLabels.config)') || true
  if [[ -n $policy && $known == "$fingerprint" ]]; then return; fi
  if [[ -z $policy ]]; then
    change_soon "create the alert $name" gcloud alpha monitoring policies create --policy-from-file="$file" \
      --user-labels="guilder=$name,config=$fingerprint" --project="$project" \
      ${channel:+--notification-channels="$channel"}
  else
    change_soon "change the alert $name" gcloud alpha monitoring policies update "$policy" --policy-from-file="$file" \
      --update-user-labels="guilder=$name,config=$fingerprint" --project="$project" \
      ${channel:+--set-notification-channels="$channel"}
  fi
}

# -- Firebase --------------------------------------------------------------------------------------------------------

# Before the functions: a query must not run before its index is there. Indexes of another app stay.
release_rules() {
  step "Firestore rules and indexes"
  local indexes rules
  indexes=$(hash_of_input <firestore.indexes.json)
  if [[ $(label indexes) != "$indexes" ]]; then
    change "release the indexes" firebase deploy --only firestore:indexes --project "$project" --non-interactive
    remember indexes "$indexes"
  fi
  if skips rules; then note "Rules are left to their owner." && return; fi
  rules=$(hash_of_input <firestore.rules)
  if [[ $rules_are != same ]]; then
    if [[ -n ${rules_difference:-} ]]; then
      note "What is live, and what changes:"
      shown <<<"$rules_difference"
    fi
    change "release the rules" firebase deploy --only firestore:rules --project "$project" --non-interactive
  fi
  if [[ $(label rules) != "$rules" ]]; then remember rules "$rules"; fi
}

hosting_fingerprint() {
  printf '%s-%s' "$region" "$(hash_of_files firebase.json public)"
}

# After the functions, to whose services it sends /api/... Every release is a new version even of the same files, so its
# message remembers which they were.
release_hosting() {
  step "Hosting"
  local config=firebase.json
  if skips hosting; then note "Hosting is left to its owner." && return; fi
  if [[ $hosting_is == same ]]; then return; fi
  if [[ $region != us-central1 ]]; then
    # Beside the original, because Firebase looks for the other files where its configuration lies.
    config=firebase.$region.json
    change "copy firebase.json" cp firebase.json "$config"
    change "rewrite to $region" sed -i.bak "s/us-central1/$region/" "$config"
  fi
  change "release Hosting" firebase deploy --only hosting --config "$config" --project "$project" --non-interactive \
    --message "Guilder $(hosting_fingerprint)"
  if [[ $config != firebase.json ]]; then change "remove the copy" rm -f "$config" "$config.bak"; fi
}

# Sign-in by e-mail, and no deletion of users by their own clients: the account of a user who comes back would be a new one.
set_auth() {
  step "Sign-in"
  local api=https://identitytoolkit.googleapis.com/admin/v2/projects/$project/config is=' '
  local give_up=$((SECONDS + PATIENCE_SECONDS)) # what was switched on a moment ago is not known everywhere at once
  if skips auth; then note "Sign-in is left to its owner." && return; fi
  if $looking; then
    is=$(rest GET "$api" | decide sign_in) || die "how people sign in cannot be looked at."
  fi
  if [[ $is != *email* ]]; then
    change "switch sign-in on" firebase deploy --only auth --project "$project" --non-interactive
  fi
  if [[ $is != *kept* ]]; then
    if ! $dry_run; then printf ' + let no client delete its user\n'; fi
    until rest PATCH "$api?updateMask=client.permissions.disabledUserDeletion" \
      '{"client":{"permissions":{"disabledUserDeletion":true}}}'; do
      ((SECONDS < give_up)) || die "clients may still delete their users."
      sleep 10
    done
  fi
}

# -- Stripe ----------------------------------------------------------------------------------------------------------

# Products and prices by lookup key. Selling needs none of them: checkout prices its lines from the economy file, unless
# a package there names a price. The key reaches the program on standard input.
make_stripe_catalog() {
  step "Stripe: a product and a price for each package and plan"
  if $dry_run; then
    # shellcheck disable=SC2016 # the variable's name is what is printed
    printf 'printf %%s "$STRIPE_SECRET_KEY" | %s\n' \
      "$(quoted python3 -m deploy.stripe_catalog "economies/$economy.toml")"
    return
  fi
  # Stored a moment ago, if it was not held before.
  value gcloud secrets versions access latest --secret="$(secret_id STRIPE_SECRET_KEY)" --project="$project" |
    decide stripe_catalog "economies/$economy.toml" | sed 's/^/   /'
}

# -- does it answer --------------------------------------------------------------------------------------------------

# A revision that listens may still fail at its first request, which is when a function has loaded what it imports. So
# each is asked something that costs nothing, until it answers as it should or was asked often enough.
check_answers() {
  step "Whether each function answers"
  local round=1
  token_header=$(value gcloud auth print-identity-token | sed 's/^/Authorization: Bearer /')
  until ask_all; do
    if ((round == QUESTIONS)); then give_up_asking; fi
    printf '   not yet: %s\n' "$(silent_ones | tr '\n' ' ')"
    sleep "$QUESTIONS_APART_SECONDS"
    round=$((round + 1))
  done
  if ! $dry_run; then note "$(things_to_ask | wc -l | tr -d ' ') asked, all of them do."; fi
}

# Names and callers. Hosting is asked for the catalog, when it was released.
things_to_ask() {
  chosen_functions | awk '{ print $1, $3 }'
  if [[ -z $only && $action == deploy ]] && ! skips hosting; then printf 'hosting hosting\n'; fi
}

# At once, and none again that has answered. Whether all have.
ask_all() {
  local name caller
  while read -r name caller; do
    if $dry_run; then
      ask "$name" "$caller"
    elif [[ ! -f $folder/$name.answered ]]; then
      { ask "$name" "$caller" && : >"$folder/$name.answered"; } &
    fi
  done < <(things_to_ask)
  wait
  [[ -z $(silent_ones) ]]
}

silent_ones() {
  local name _
  if $dry_run; then return; fi
  while read -r name _; do
    if [[ ! -f $folder/$name.answered ]]; then printf '%s\n' "$name"; fi
  done < <(things_to_ask)
}

give_up_asking() {
  local name functions=''
  while read -r name; do
    printf '   %-20s %s\n' "$name" "$(cat "$folder/$name.answer")"
    if [[ $name != hosting ]]; then functions=$functions${functions:+,}$name; fi
  done < <(silent_ones) >&2
  printf '   Logs: https://console.cloud.google.com/logs/query?project=%s\n' "$project" >&2
  if [[ -n $functions && $action == deploy ]]; then
    printf '   Back: ./deploy.sh --project %s --region %s --rollback --only %s\n' "$project" "$region" "$functions" >&2
  fi
  die "what is named above does not answer as it should."
}

# ask NAME CALLER: whether it answers as a function that works does.
ask() {
  local name=$1 caller=$2 url
  local ok='200 application/json' refused='application/problem\+json'
  local body=(--header 'Content-Type: application/json' --data '{}')
  url=$functions_url/$(deployed_name "$name")
  case $caller:$name in
    hosting:*) question "$name" "$ok" "$hosting_url/api/get-catalog" ;;
    public:get_catalog | public:get_feed) question "$name" "$ok" "$url" ;; # the second has read from Firestore
    public:get_post | public:get_profile) question "$name" "422 $refused" "$url" ;; # of whom, was not said
    public:get_* | public:list_* | public:export_*) question "$name" "401 $refused" "$url" ;;
    # What a browser asks before a request: a refusal would count as a failure in the alert on Stripe's calls.
    public:stripe_webhook)
      question "$name" 204 --request OPTIONS --header 'Access-Control-Request-Method: POST' "$url"
      ;;
    public:*) question "$name" "401 $refused" "${body[@]}" "$url" ;;
    # Cloud Run refuses whoever has no token. With one it lets us in, if our roles allow it, and the function says that
    # we are not the account that may call it.
    service:*)
      question "$name" 403 "${body[@]}" "$url" &&
        question "$name" "401 $refused|403" --header @- "${body[@]}" "$url"
      ;;
    # Cloud Run lets nothing in from outside.
    trigger:*) question "$name" '403|404' "${body[@]}" "$url" ;;
  esac
}

# question NAME GOOD CURL...: whether status and type of the answer match GOOD. The token comes on standard input, where
# no process list shows it.
question() {
  local name=$1 good=$2 answer
  shift 2
  local curl=(curl --silent --show-error --output /dev/null --write-out '%{http_code} %{content_type}\n'
    --connect-timeout 10 --max-time "$QUESTION_SECONDS" "$@")
  if $dry_run; then
    note "$name, to be answered: ${good//\\/}"
    if [[ " $* " == *' @- '* ]]; then
      printf "gcloud auth print-identity-token | sed 's/^/Authorization: Bearer /' | "
    fi
    quoted "${curl[@]}"
    printf '\n'
    return
  fi
  answer=$("${curl[@]}" 2>&1 <<<"$token_header") || true
  printf '%s' "$answer" >"$folder/$name.answer"
  [[ $answer =~ ^($good) ]]
}

# -- the end ---------------------------------------------------------------------------------------------------------

# What nobody gave here is named with an error: it was opened by hand.
check_roles() {
  if ! $looking; then return; fi
  step "Whether our accounts hold any role that they were not given"
  decide role_bindings "$project" "$folder/grants" "$folder/policies" >"$folder/roles" && return
  cat "$folder/roles" >&2
  die "what is named above was opened by hand."
}

tell_test_mode() {
  if $STRIPE_LIVEMODE; then return; fi
  printf '%sStripe is in test mode: anybody buys tokens with the card 4242 4242 4242 4242, and nobody pays.\n' "$($dry_run && printf '# ')"
}

tell_webhook() {
  printf '   Stripe webhook endpoint: %s/stripe-webhook\n   Events to subscribe to:\n' "$functions_url"
  rows "$STRIPE_EVENTS" | sed 's/^/     /'
}

tell_urls() {
  step "Where it is"
  local name caller _
  {
    printf '   Web app and API: %s and %s/api/...\n' "$hosting_url" "$hosting_url"
    while read -r name caller _; do
      if [[ $caller == public ]]; then
        printf '     %-20s %s/%s\n' "$name" "$functions_url" "$(deployed_name "$name")"
      fi
    done < <(rows "$FUNCTIONS")
    tell_webhook
    printf '   Logs: https://console.cloud.google.com/logs/query?project=%s\n' "$project"
  } | if $dry_run; then sed 's/^/#/'; else cat; fi
}

# -- back and away ---------------------------------------------------------------------------------------------------

rollback() {
  step "Back to what was served before the last deployment"
  local name id before _
  while read -r name _; do
    id=$(deployed_name "$name")
    before=$(value gcloud functions describe "$id" --gen2 --region="$region" --project="$project" \
      --format='value(labels.guilder-before)')
    if ! $looking; then before=REVISION; fi
    if [[ -z $before ]]; then
      note "$id has served nothing before."
    elif [[ $(serving_revision "$id") != "$before" ]]; then
      change "serve $before" gcloud run services update-traffic "$id" --to-revisions="$before=100" \
        --region="$region" --project="$project"
    fi
  done < <(chosen_functions)
  if ! $looking; then note "REVISION is what the label guilder-before of each function says."; fi
  check_answers
}

confirm_destruction() {
  local answer
  printf 'This deletes Guilder from %s: every function, wallet, ledger line and picture.\n' "$project"
  read -rp "Type the project id to go on: " answer
  [[ $answer == "$project" ]] || die "nothing was deleted."
  printf 'Nothing brings the ledger back but a backup. Daily backups stay until they are %s old.\n' "$BACKUP_RETENTION"
  read -rp "Type: delete the ledger: " answer
  [[ $answer == "delete the ledger" ]] || die "nothing was deleted."
}

# remove WHAT LOOK... -- COMMAND...: runs the command if the look finds something.
remove() {
  local what=$1 look=()
  shift
  while [[ $1 != -- ]]; do
    look+=("$1")
    shift
  done
  shift
  if ! $looking || exists "${look[@]}"; then change "delete $what" "$@"; fi
}

# The whole database only where this script made it and nothing else lies in it.
destroy_database() {
  local foreign='' here=(--database='(default)' --project="$project")
  if $looking; then
    if ! exists gcloud firestore databases describe "${here[@]}"; then return; fi
    foreign=$(rest POST "https://firestore.googleapis.com/v1/projects/$project/databases/(default)/documents:listCollectionIds" \
      '{"pageSize":1000}' | decide database foreign firestore.rules) || die "what lies in the database cannot be looked at."
    if [[ -n $foreign || $(label database) != made ]]; then
      note "The database stays, with all that lies in it: ${foreign:+it holds $foreign; }this script deletes one that it made for itself alone."
      return
    fi
  fi
  change "delete the protection of the database" gcloud firestore databases update "${here[@]}" --no-delete-protection
  change "delete the database" gcloud firestore databases delete "${here[@]}" --quiet
}

destroy_bucket() {
  local bucket=gs://$MEDIA_BUCKET part
  if ! $looking || [[ $(label guilder) == made ]]; then
    remove "the bucket" gcloud storage buckets describe "$bucket" -- gcloud storage rm "$bucket" --recursive --quiet
    return
  fi
  note "The bucket $bucket was there before, and stays without our pictures."
  for part in published private; do
    remove "$part pictures" gcloud storage ls "$bucket/$part/" -- \
      gcloud storage rm "$bucket/$part/" --recursive --quiet
  done
}

destroy_hosting() {
  if $looking; then
    look_at_hosting
    if [[ $hosting_is == theirs ]]; then note "The web site is not ours, and stays." && return; fi
  fi
  remove "the web site" firebase hosting:sites:get "$project" --project "$project" --non-interactive -- \
    firebase hosting:disable --project "$project" --force --non-interactive
}

destroy() {
  hosting_is=none
  if ! $dry_run; then confirm_destruction; fi
  step "Away with all of it, what calls first"
  local name id file policy policies channel channels where=(--project="$project") _
  for name in $JOBS; do
    id=$(deployed_name "$name")
    remove "the job $id" gcloud scheduler jobs describe "$id" --location="$region" "${where[@]}" -- \
      gcloud scheduler jobs delete "$id" --location="$region" "${where[@]}" --quiet
  done
  while read -r name _; do
    id=$(deployed_name "$name")
    remove "the function $id" gcloud functions describe "$id" --gen2 --region="$region" "${where[@]}" -- \
      gcloud functions delete "$id" --gen2 --region="$region" "${where[@]}" --quiet
  done < <(rows "$FUNCTIONS")
  while read -r name _; do
    remove "the queue $name" gcloud tasks queues describe "$name" --location="$region" "${where[@]}" -- \
      gcloud tasks queues delete "$name" --location="$region" "${where[@]}" --quiet
  done < <(rows "$QUEUES")
  for file in deploy/alerts/*.json; do
    name=$(basename "$file" .json)
    if ! $looking; then policies=POLICY; else policies=$(alert_policies "$name" --format='value(name)'); fi
    for policy in $policies; do
      change "delete the alert $name" gcloud alpha monitoring policies delete "$policy" "${where[@]}" --quiet
    done
  done
  if ! $looking; then channels=CHANNEL; else channels=$(alert_channels "displayName=\"$CHANNEL_NAME\""); fi
  for channel in $channels; do
    change "delete an address of alerts" gcloud beta monitoring channels delete "$channel" "${where[@]}" --quiet
  done
  for file in deploy/metrics/*.json; do
    name=guilder-$(basename "$file" .json)
    remove "the metric $name" gcloud logging metrics describe "$name" "${where[@]}" -- \
      gcloud logging metrics delete "$name" "${where[@]}" --quiet
  done
  for name in $SECRETS; do
    id=$(secret_id "$name")
    remove "the secret $id" gcloud secrets describe "$id" "${where[@]}" -- \
      gcloud secrets delete "$id" "${where[@]}" --quiet
  done
  destroy_database # it asks the bucket's labels
  destroy_bucket
  destroy_hosting
  remove "the images" gcloud artifacts repositories describe "$REPOSITORY" --location="$region" "${where[@]}" -- \
    gcloud artifacts repositories delete "$REPOSITORY" --location="$region" "${where[@]}" --quiet
  for name in $ACCOUNTS; do
    name=$(account "$name")
    remove "the account $name" gcloud iam service-accounts describe "$name" "${where[@]}" -- \
      gcloud iam service-accounts delete "$name" "${where[@]}" --quiet
  done
}

deploy() {
  if [[ -n $only ]]; then
    check_names
    deploy_functions
    check_answers
    check_roles
    return
  fi
  compare_live
  enable_apis
  make_accounts
  log_writes
  store_secrets
  if $with_stripe; then make_stripe_catalog; fi
  make_bucket
  make_queues
  make_database
  release_rules
  make_repository
  deploy_functions
  make_jobs
  make_monitoring
  make_budget
  release_hosting
  check_answers
  tell_urls
  set_auth
  check_roles
}

main() {
  read_arguments "$@"
  read_settings
  folder=$(umask 077 && mktemp -d)
  log=$folder/command.log
  trap 'rm -rf "$folder"' EXIT
  mkdir "$folder/policies"
  : >"$folder/grants"
  new_secrets='' looking=false
  PATH=$PATH:$PWD/.local/tools/node_modules/.bin
  if $dry_run; then
    printf '# The plan for %s in %s, economy %s.\n' "$project" "$region" "$economy"
    if can_look; then
      note "It was compared with what is there now."
    else
      note "NOTHING WAS LOOKED AT: nobody is logged in who sees the project (gcloud auth login, firebase login)."
      note "It is as for an empty project; what is live there may stop a deployment."
    fi
  else
    looking=true
    step "Guilder in $project, $region, economy $economy"
    check_tools
    check_login
  fi
  "$action"
  if [[ $action == deploy ]]; then tell_test_mode; fi
}

main "$@"
