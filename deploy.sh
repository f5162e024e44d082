#!/usr/bin/env bash
# Makes a Google Cloud project a running Guilder. The same command again changes only what changed.
#
#   ./deploy.sh --project ID [--region us-central1] [--economy phoenix] [--env-file FILE] [what to do]
#
#   --dry-run              print every command, in order, ready to be pasted; change nothing
#   --only NAME[,NAME...]  deploy these functions, or roll them back, and nothing else
#   --with-stripe          also make Stripe's products and prices for the economy
#   --rollback             send traffic back to what each function served before its last deployment
#   --destroy              delete all of it, ledger and pictures included; asks twice
#
# Ends with an error if a function does not answer afterwards, and names it.
#
# Settings come from the environment, then from --env-file (default .env.ID, where there is one), as NAME=value lines:
#   CORS_ORIGINS CHECKOUT_SUCCESS_URL CHECKOUT_CANCEL_URL IMAGE_MODEL STRIPE_LIVEMODE MEDIA_BUCKET FIRESTORE_LOCATION
#   ALERT_EMAIL AUDIT_SCHEDULE, and the secrets STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET GEMINI_API_KEY CURSOR_SECRET
#   IDENTITY_SECRET.
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
# timeout    seconds; Stripe gives up after 10 or so, an audit works for 480, and its caller waits 600 for pictures
#
# function           account  caller   memory cpu requests min max timeout path or secrets
FUNCTIONS='
audit_balances       runtime  service  512Mi  1   1        0   1   540     -
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
publish_post         runtime  public   512Mi  1   8        0   10  120     -
recount_likes        runtime  service  512Mi  1   20       0   10  60      -
run_generation       runtime  service  1Gi    1   4        0   25  600     GEMINI_API_KEY
stripe_webhook       payments public   512Mi  1   20       0   20  60      STRIPE_SECRET_KEY,STRIPE_WEBHOOK_SECRET
sweep_generations    runtime  service  512Mi  1   1        0   1   300     -
tidy_post            runtime  trigger  512Mi  1   8        0   10  300     posts/{postId}
tip                  runtime  public   512Mi  1   20       0   50  30      IDENTITY_SECRET
'

# queue       dispatches a second, at once, attempts, first and longest wait between attempts
QUEUES='
generations   50   100   20   0.5s   30s
likes         500  200   10   0.5s   30s
'

JOBS='sweep_generations audit_balances'

ACCOUNTS='reader runtime payments invoker trigger build'

STRIPE_EVENTS='checkout.session.completed
checkout.session.async_payment_succeeded
checkout.session.async_payment_failed
checkout.session.expired
'

APIS='artifactregistry cloudbuild cloudfunctions cloudscheduler cloudtasks eventarc firebase firebasehosting
firebaserules firestore iam iamcredentials identitytoolkit logging monitoring pubsub run secretmanager storage'

# Log entries of the webhook and reports of the audit are deleted some time after they were written.
EXPIRING_COLLECTIONS='webhookEvents audits'
EXPIRES_FIELD='expiresAt'

SECRETS='STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET CURSOR_SECRET IDENTITY_SECRET GEMINI_API_KEY'
MADE_UP_SECRETS='CURSOR_SECRET IDENTITY_SECRET' # nobody but the functions has to know them
SETTINGS="CORS_ORIGINS CHECKOUT_SUCCESS_URL CHECKOUT_CANCEL_URL IMAGE_MODEL STRIPE_LIVEMODE MEDIA_BUCKET
FIRESTORE_LOCATION ALERT_EMAIL AUDIT_SCHEDULE $SECRETS"

RUNTIME=python313 # one of those that CI tests on
AT_ONCE=5         # deployments in parallel; Cloud Build runs ten at once for a new project
BACKUP_RETENTION=14d
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

# Whether the command finds what it looks for. A dry run has not looked, and plans as for an empty project.
exists() {
  ! $dry_run && "$@" >/dev/null 2>&1 </dev/null
}

# What the command prints, or nothing.
value() {
  if ! $dry_run; then "$@" 2>/dev/null </dev/null || true; fi
}

# granted MEMBER ROLE COMMAND...: whether the policy that the command prints as JSON binds the two without a condition.
granted() {
  local member=$1 role=$2
  shift 2
  value "$@" --format=json | python3 -IS -c '
import json, sys
bindings = json.loads(sys.stdin.read() or "{}").get("bindings", [])
member, role = sys.argv[1:]
found = any(b["role"] == role and member in b["members"] and "condition" not in b for b in bindings)
sys.exit(not found)' "$member" "$role"
}

# grant MEMBER ROLE GROUP... -- RESOURCE...: binds the role at the resource, whose commands are `gcloud GROUP ...`.
grant() {
  local member=$1 role=$2 group=()
  shift 2
  while [[ $1 != -- ]]; do
    group+=("$1")
    shift
  done
  shift
  if granted "$member" "$role" gcloud "${group[@]}" get-iam-policy "$@"; then return; fi
  local flags=()
  if [[ ${group[0]} == projects ]]; then flags=(--condition=None); fi # asks otherwise, once a policy has conditions
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
  while (($#)); do
    case $1 in
      --project=* | --region=* | --economy=* | --env-file=* | --only=*)
        local name=${1%%=*} rest=${1#*=}
        shift
        set -- "$name" "$rest" "$@"
        ;;
      --project | --region | --economy | --env-file | --only)
        (($# > 1)) || die "$1 needs a value."
        case $1 in
          --project) project=$2 ;;
          --region) region=$2 ;;
          --economy) economy=$2 ;;
          --env-file) env_file=$2 ;;
          --only) only=$2 ;;
        esac
        shift 2
        ;;
      --dry-run) dry_run=true && shift ;;
      --with-stripe) with_stripe=true && shift ;;
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
}

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
  [[ $STRIPE_LIVEMODE == true || $STRIPE_LIVEMODE == false ]] || die "STRIPE_LIVEMODE must be true or false."
  case ${STRIPE_SECRET_KEY:-} in
    '') ;;
    sk_live_* | rk_live_*) $STRIPE_LIVEMODE || die "STRIPE_SECRET_KEY moves real money: say STRIPE_LIVEMODE=true." ;;
    sk_test_* | rk_test_*) ! $STRIPE_LIVEMODE || die "STRIPE_LIVEMODE=true, but STRIPE_SECRET_KEY is a test key." ;;
    *) die "STRIPE_SECRET_KEY is no secret key (sk_test_..., sk_live_..., or rk_... for a restricted one)." ;;
  esac
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
  PATH=$PATH:$PWD/.local/tools/node_modules/.bin
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
  note "as $account"
}

# -- the project -----------------------------------------------------------------------------------------------------

enable_apis() {
  step "APIs"
  local enabled wanted=() api
  enabled=$(value gcloud services list --enabled --project="$project" --format='value(config.name)')
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
  grant "serviceAccount:$(account build)" roles/cloudbuild.builds.builder projects -- "$project"
  # Signs the URLs of private pictures as itself: it has no key file.
  grant "serviceAccount:$(account reader)" roles/iam.serviceAccountTokenCreator \
    iam service-accounts -- "$(account reader)" --project="$project"
  # Queues tasks that call as the invoker.
  grant "serviceAccount:$(account runtime)" roles/iam.serviceAccountUser \
    iam service-accounts -- "$invoker_account" --project="$project"
}

# -- secrets ---------------------------------------------------------------------------------------------------------

store_secrets() {
  step "Secrets: values travel on standard input only"
  local name
  for name in $(needed_secrets); do store_secret "$name"; done
}

# The accounts of the functions that get the secret.
readers_of_secret() {
  rows "$FUNCTIONS" | awk -v secret="$1" '("," $NF ",") ~ ("," secret ",") { print $2 }' | sort -u
}

# store_secret NAME: from the variable of that name; else what Secret Manager holds; else asked for, or made.
store_secret() {
  local name=$1 id secret reader
  id=$(secret_id "$name")
  if ! exists gcloud secrets describe "$id" --project="$project"; then
    change "create the secret $id" gcloud secrets create "$id" --replication-policy=automatic --project="$project"
  fi
  for reader in $(readers_of_secret "$name"); do
    grant "serviceAccount:$(account "$reader")" roles/secretmanager.secretAccessor \
      secrets -- "$id" --project="$project"
  done
  if $dry_run; then
    if [[ " $MADE_UP_SECRETS " == *" $name "* && -z ${!name:-} ]]; then
      printf 'python3 -c "import secrets; print(secrets.token_hex(32))" | '
    else
      # shellcheck disable=SC2016 # the variable's name is what is printed
      printf 'printf %%s "$%s" | ' "$name"
    fi
    quoted gcloud secrets versions add "$id" --data-file=- --project="$project"
    printf '\n'
    return
  fi
  local held=''
  if [[ -n $(newest_version "$id") ]]; then
    # Not to be taken for missing: a secret that is made up would be made up again by every run.
    held=$(gcloud secrets versions access latest --secret="$id" --project="$project" 2>"$log" </dev/null) ||
      { cat "$log" >&2 && die "the secret $id is there, but you cannot read it: it takes the role Secret Accessor."; }
  fi
  secret=${!name:-}
  if [[ -z $secret ]]; then
    if [[ -n $held ]]; then return; fi
    secret=$(new_secret "$name")
  fi
  if [[ $secret == "$held" ]]; then return; fi
  printf ' + store a new version of %s\n' "$id"
  printf '%s' "$secret" | gcloud secrets versions add "$id" --data-file=- --project="$project" >"$log" 2>&1 ||
    { cat "$log" >&2 && die "the secret $id could not be stored."; }
}

newest_version() {
  value gcloud secrets versions list "$1" --filter=state=ENABLED --sort-by='~createTime' --limit=1 \
    --format='value(name)' --project="$project"
}

# Made up where nobody else needs to know it, typed in where somebody else chose it.
new_secret() {
  local name=$1 secret=''
  if [[ " $MADE_UP_SECRETS " == *" $name "* ]]; then
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
  local bucket=gs://$MEDIA_BUCKET folder=gs://$MEDIA_BUCKET/published/ config
  if ! exists gcloud storage buckets describe "$bucket"; then
    # Without soft delete, which would keep a picture for a week after its owner deleted it.
    change "create the bucket $bucket" gcloud storage buckets create "$bucket" --project="$project" \
      --location="$region" --uniform-bucket-level-access --no-public-access-prevention --soft-delete-duration=0
  fi
  config=$(hash_of_files deploy/bucket-cors.json deploy/bucket-lifecycle.json)
  if [[ $(value gcloud storage buckets describe "$bucket" --format='value(labels.guilder)') != "$config" ]]; then
    change "set CORS, and the lifecycle of unpublished pictures" gcloud storage buckets update "$bucket" \
      --cors-file=deploy/bucket-cors.json --lifecycle-file=deploy/bucket-lifecycle.json \
      --update-labels=guilder="$config"
  fi
  # A managed folder, because Google takes no condition on a binding of allUsers. The legacy role reads objects and,
  # unlike objectViewer, does not list them.
  if ! exists gcloud storage managed-folders describe "$folder"; then
    change "create the managed folder $folder" gcloud storage managed-folders create "$folder"
  fi
  grant allUsers roles/storage.legacyObjectReader storage managed-folders -- "$folder"
  grant "serviceAccount:$(account runtime)" roles/storage.objectUser storage buckets -- "$bucket"
  # A signed URL opens what the account that signed it may open.
  grant "serviceAccount:$(account reader)" roles/storage.objectViewer storage buckets -- "$bucket"
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
}

# 0.500s and 0.5s are the same, and so are 50.0 and 50.
plain_numbers() {
  awk '{ for (i = 1; i <= NF; i++) { sub(/s$/, "", $i); printf "%s ", $i + 0 } }' <<<"$1"
}

# -- database --------------------------------------------------------------------------------------------------------

make_database() {
  step "Firestore"
  if ! exists gcloud firestore databases describe --database='(default)' --project="$project"; then
    change "create the database in $FIRESTORE_LOCATION" gcloud firestore databases create --database='(default)' \
      --location="$FIRESTORE_LOCATION" --type=firestore-native --delete-protection --enable-pitr --project="$project"
  fi
  if [[ -z $(value gcloud firestore backups schedules list --database='(default)' --project="$project" \
    --format='value(name)') ]]; then
    change "back it up every day, for $BACKUP_RETENTION" gcloud firestore backups schedules create \
      --database='(default)' --recurrence=daily --retention="$BACKUP_RETENTION" --project="$project"
  fi
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
    newest_version "${id%:*}"
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
  make_job audit_balances "$AUDIT_SCHEDULE" 'checks every wallet against the ledger'
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

make_metric() {
  local name=guilder-$1 file=$2 verb=create filter wanted
  filter=$(value gcloud logging metrics describe "$name" --project="$project" --format='value(filter)')
  wanted=$(python3 -IS -c 'import json, sys; print(json.load(open(sys.argv[1]))["filter"])' "$file")
  if [[ $filter == "$wanted" ]]; then return; fi
  if [[ -n $filter ]]; then verb=update; fi
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

# Every release is a new version even of the same files, so labels of the bucket remember which files were released.
released() {
  [[ $(value gcloud storage buckets describe "gs://$MEDIA_BUCKET" --format="value(labels.$1)") == "$2" ]]
}

remember_release() {
  change "remember that" gcloud storage buckets update "gs://$MEDIA_BUCKET" --update-labels="$1=$2"
}

# Before the functions: a query must not run before its index is there.
release_rules() {
  step "Firestore rules and indexes"
  local files
  files=$(hash_of_files firestore.rules firestore.indexes.json)
  if released rules "$files"; then return; fi
  change "release the rules and indexes" firebase deploy --only firestore --project "$project" --non-interactive
  remember_release rules "$files"
}

# After the functions, to whose services it sends /api/...
release_hosting() {
  step "Hosting and sign-in"
  local config=firebase.json files
  files=$region-$(hash_of_files firebase.json public)
  if released hosting "$files"; then return; fi
  if [[ $region != us-central1 ]]; then
    # Beside the original, because Firebase looks for the other files where its configuration lies.
    config=firebase.$region.json
    change "copy firebase.json" cp firebase.json "$config"
    change "rewrite to $region" sed -i.bak "s/us-central1/$region/" "$config"
  fi
  change "release Hosting" firebase deploy --only hosting --config "$config" --project "$project" --non-interactive
  change "switch sign-in on" firebase deploy --only auth --config "$config" --project "$project" --non-interactive
  if [[ $config != firebase.json ]]; then change "remove the copy" rm -f "$config" "$config.bak"; fi
  remember_release hosting "$files"
}

# -- Stripe ----------------------------------------------------------------------------------------------------------

# Products and prices by lookup key. Selling needs none of them: checkout prices its lines from the economy file, unless
# a package there names a price. The key reaches the program on standard input.
make_stripe_catalog() {
  step "Stripe: a product and a price for each package and plan"
  if $dry_run; then
    # shellcheck disable=SC2016 # the variable's name is what is printed
    printf 'printf %%s "$STRIPE_SECRET_KEY" | %s\n' \
      "$(quoted python3 deploy/stripe_catalog.py "economies/$economy.toml")"
    return
  fi
  # Stored a moment ago, if it was not held before.
  value gcloud secrets versions access latest --secret="$(secret_id STRIPE_SECRET_KEY)" --project="$project" |
    python3 deploy/stripe_catalog.py "economies/$economy.toml" | sed 's/^/   /'
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
  if [[ -z $only && $action == deploy ]]; then printf 'hosting hosting\n'; fi
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
    if $dry_run; then before=REVISION; fi
    if [[ -z $before ]]; then
      note "$id has served nothing before."
    elif [[ $(serving_revision "$id") != "$before" ]]; then
      change "serve $before" gcloud run services update-traffic "$id" --to-revisions="$before=100" \
        --region="$region" --project="$project"
    fi
  done < <(chosen_functions)
  if $dry_run; then note "REVISION is what the label guilder-before of each function says."; fi
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
  if $dry_run || exists "${look[@]}"; then change "delete $what" "$@"; fi
}

destroy() {
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
    if $dry_run; then policies=POLICY; else policies=$(alert_policies "$name" --format='value(name)'); fi
    for policy in $policies; do
      change "delete the alert $name" gcloud alpha monitoring policies delete "$policy" "${where[@]}" --quiet
    done
  done
  if $dry_run; then channels=CHANNEL; else channels=$(alert_channels "displayName=\"$CHANNEL_NAME\""); fi
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
  remove "the bucket" gcloud storage buckets describe "gs://$MEDIA_BUCKET" -- \
    gcloud storage rm "gs://$MEDIA_BUCKET" --recursive --quiet
  remove "the protection of the database" gcloud firestore databases describe --database='(default)' "${where[@]}" -- \
    gcloud firestore databases update --database='(default)' --no-delete-protection "${where[@]}"
  remove "the database" gcloud firestore databases describe --database='(default)' "${where[@]}" -- \
    gcloud firestore databases delete --database='(default)' "${where[@]}" --quiet
  remove "the web site" firebase hosting:sites:get "$project" --project "$project" --non-interactive -- \
    firebase hosting:disable --project "$project" --force --non-interactive
  for name in $ACCOUNTS; do
    name=$(account "$name")
    remove "the account $name" gcloud iam service-accounts describe "$name" "${where[@]}" -- \
      gcloud iam service-accounts delete "$name" "${where[@]}" --quiet
  done
}

deploy() {
  if [[ -n $only ]]; then
    deploy_functions
    check_answers
    return
  fi
  enable_apis
  make_accounts
  store_secrets
  if $with_stripe; then make_stripe_catalog; fi
  make_bucket
  make_queues
  make_database
  release_rules
  deploy_functions
  make_jobs
  make_monitoring
  release_hosting
  check_answers
  tell_urls
}

main() {
  read_arguments "$@"
  read_settings
  folder=$(umask 077 && mktemp -d)
  log=$folder/command.log
  trap 'rm -rf "$folder"' EXIT
  if $dry_run; then
    printf '# The plan for %s in %s, economy %s, as for an empty project.\n' "$project" "$region" "$economy"
  else
    step "Guilder in $project, $region, economy $economy"
    check_tools
    check_login
  fi
  "$action"
}

main "$@"
