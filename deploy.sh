#!/usr/bin/env bash
# Makes a Google Cloud project a running Guilder. The same command again changes only what changed.
#
#   ./deploy.sh --project ID [--region us-central1] [--economy phoenix] [--env-file FILE] [what to do]
#
#   --dry-run              print every gcloud and firebase command, in order, ready to be pasted; change nothing
#   --only NAME[,NAME...]  deploy these functions and nothing else
#   --with-stripe          also make Stripe's products and prices for the economy
#   --rollback             send traffic back to what each function served before its last deployment
#   --destroy              delete all of it, ledger and pictures included; asks twice
#
# Settings come from the environment, then from --env-file (default .env.ID, where there is one), as NAME=value lines:
#   CORS_ORIGINS CHECKOUT_SUCCESS_URL CHECKOUT_CANCEL_URL IMAGE_MODEL STRIPE_LIVEMODE MEDIA_BUCKET FIRESTORE_LOCATION
#   ALERT_EMAIL AUDIT_SCHEDULE, and the secrets STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET GEMINI_API_KEY CURSOR_SECRET.
# A secret that is neither there nor in Secret Manager yet is asked for. docs/operations.md tells more.
#
# Written for bash 3.2, which is what macOS has: no associative arrays, and no expansion of empty arrays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# -- the functions ---------------------------------------------------------------------------------------------------

# caller     public: anybody; the function itself checks Firebase's ID token, or Stripe's signature
#            service: Cloud Tasks and Cloud Scheduler, with a token of the invoker account
#            trigger: Eventarc, for every write of the documents that match the path
# requests   one instance serves at once, in as many threads; above 1 needs a whole CPU
# min, max   instances; max bounds what a flood can cost
# timeout    seconds; Stripe gives up after 10 or so, an audit works for 480, and its caller waits 600 for pictures
#
# function           caller   memory cpu requests min max timeout path or secrets
FUNCTIONS='
audit_balances       service  512Mi  1   1        0   1   540     -
confirm_checkout     public   512Mi  1   20       0   20  60      STRIPE_SECRET_KEY
count_likes          trigger  512Mi  1   20       0   20  60      likes/{likeId}
create_checkout      public   512Mi  1   20       0   20  60      STRIPE_SECRET_KEY
export_transactions  public   512Mi  1   8        0   10  300     -
generate             public   512Mi  1   20       0   50  60      -
get_catalog          public   512Mi  1   20       0   20  30      -
get_feed             public   512Mi  1   20       0   50  30      CURSOR_SECRET
get_generation       public   512Mi  1   20       0   50  30      -
get_post             public   512Mi  1   20       0   50  30      -
get_profile          public   512Mi  1   20       0   50  30      -
get_wallet           public   512Mi  1   20       0   50  30      -
list_transactions    public   512Mi  1   20       0   20  30      CURSOR_SECRET
open_account         public   512Mi  1   20       0   20  30      -
publish_post         public   512Mi  1   8        0   10  120     -
recount_likes        service  512Mi  1   20       0   10  60      -
run_generation       service  1Gi    1   4        0   25  600     GEMINI_API_KEY
stripe_webhook       public   512Mi  1   20       0   20  60      STRIPE_SECRET_KEY,STRIPE_WEBHOOK_SECRET
sweep_generations    service  512Mi  1   1        0   1   300     -
tidy_post            trigger  512Mi  1   8        0   10  300     posts/{postId}
tip                  public   512Mi  1   20       0   50  30      -
'

# queue       dispatches a second, at once, attempts, first and longest wait between attempts
QUEUES='
generations   50   100   20   0.5s   30s
likes         500  200   10   0.5s   30s
'

JOBS='sweep_generations audit_balances'

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

SECRETS='STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET CURSOR_SECRET GEMINI_API_KEY'
SETTINGS="CORS_ORIGINS CHECKOUT_SUCCESS_URL CHECKOUT_CANCEL_URL IMAGE_MODEL STRIPE_LIVEMODE MEDIA_BUCKET
FIRESTORE_LOCATION ALERT_EMAIL AUDIT_SCHEDULE $SECRETS"

RUNTIME=python311 # the one that the tests run on
AT_ONCE=5         # deployments in parallel; Cloud Build runs ten at once for a new project
BACKUP_RETENTION=14d
PATIENCE_SECONDS=180

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
      --rollback | --destroy) action=${1#--} && shift ;;
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
}

# Reads NAME=value lines, as data: nothing in the file is run. What the environment says wins.
read_settings() {
  local name line
  if [[ -z $env_file && -f .env.$project ]]; then env_file=.env.$project; fi
  if [[ -n $env_file ]]; then
    [[ -f $env_file ]] || die "there is no file $env_file."
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

  runtime_account=guilder-runtime@$project.iam.gserviceaccount.com
  invoker_account=guilder-invoker@$project.iam.gserviceaccount.com
  trigger_account=guilder-trigger@$project.iam.gserviceaccount.com
  build_account=guilder-build@$project.iam.gserviceaccount.com
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
  local name=$1 display_name=$2
  if ! exists gcloud iam service-accounts describe "$name@$project.iam.gserviceaccount.com" --project="$project"; then
    change "create the service account $name" \
      gcloud iam service-accounts create "$name" --display-name="$display_name" --project="$project"
  fi
}

# What is granted at a queue, a bucket, a secret or a service is granted where that is made.
make_accounts() {
  step "Service accounts, each with what it needs and no more"
  make_account guilder-runtime "Guilder: what the functions run as"
  make_account guilder-invoker "Guilder: Cloud Tasks and Cloud Scheduler call as this"
  make_account guilder-trigger "Guilder: Eventarc calls as this"
  # Builds run code of other people's packages; Google's default account for them may edit the whole project.
  make_account guilder-build "Guilder: what builds the functions"

  grant "serviceAccount:$runtime_account" roles/datastore.user projects -- "$project"
  grant "serviceAccount:$trigger_account" roles/eventarc.eventReceiver projects -- "$project"
  grant "serviceAccount:$build_account" roles/cloudbuild.builds.builder projects -- "$project"
  # Signs the URLs of private pictures as itself: it has no key file.
  grant "serviceAccount:$runtime_account" roles/iam.serviceAccountTokenCreator \
    iam service-accounts -- "$runtime_account" --project="$project"
  # Queues tasks that call as the invoker.
  grant "serviceAccount:$runtime_account" roles/iam.serviceAccountUser \
    iam service-accounts -- "$invoker_account" --project="$project"
}

# -- secrets ---------------------------------------------------------------------------------------------------------

store_secrets() {
  step "Secrets: values travel on standard input only"
  local name
  for name in $(needed_secrets); do store_secret "$name"; done
}

# store_secret NAME: from the variable of that name; else what Secret Manager holds; else asked for, or made.
store_secret() {
  local name=$1 id secret
  id=$(secret_id "$name")
  if ! exists gcloud secrets describe "$id" --project="$project"; then
    change "create the secret $id" gcloud secrets create "$id" --replication-policy=automatic --project="$project"
  fi
  grant "serviceAccount:$runtime_account" roles/secretmanager.secretAccessor secrets -- "$id" --project="$project"
  if $dry_run; then
    if [[ $name == CURSOR_SECRET && -z ${CURSOR_SECRET:-} ]]; then
      printf 'python3 -c "import secrets; print(secrets.token_hex(32))" | '
    else
      # shellcheck disable=SC2016 # the variable's name is what is printed
      printf 'printf %%s "$%s" | ' "$name"
    fi
    quoted gcloud secrets versions add "$id" --data-file=- --project="$project"
    printf '\n'
    return
  fi
  local held
  held=$(value gcloud secrets versions access latest --secret="$id" --project="$project")
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

# Made up where nobody else needs to know it, typed in where somebody else chose it.
new_secret() {
  local name=$1 secret=''
  if [[ $name == CURSOR_SECRET ]]; then
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
  grant "serviceAccount:$runtime_account" roles/storage.objectUser storage buckets -- "$bucket"
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
  grant "serviceAccount:$runtime_account" roles/cloudtasks.enqueuer tasks queues -- "$name" "${where[@]}"
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
  local name caller memory cpu requests minimum maximum timeout extra pids='' running=0
  upload=$(hash_of_files main.py requirements.txt economies functions shared) # what .gcloudignore lets through
  location=$(database_location)
  while read -r name caller memory cpu requests minimum maximum timeout extra; do
    if [[ -n $only && ",$only," != *",$name,"* ]]; then continue; fi
    if $dry_run; then
      deploy_function "$name" "$caller" "$memory" "$cpu" "$requests" "$minimum" "$maximum" "$timeout" "$extra"
      continue
    fi
    (
      log=$folder/$name.log
      deploy_function "$name" "$caller" "$memory" "$cpu" "$requests" "$minimum" "$maximum" "$timeout" "$extra"
    ) &
    pids="$pids $!"
    running=$((running + 1))
    if ((running == AT_ONCE)); then
      # shellcheck disable=SC2086 # one argument for each
      wait_for_all $pids
      pids='' running=0
    fi
  done < <(rows "$FUNCTIONS")
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
  local name=$1 caller=$2 memory=$3 cpu=$4 requests=$5 minimum=$6 maximum=$7 timeout=$8 extra=$9
  local id where=(--region="$region" --project="$project") secrets='' flags
  id=$(deployed_name "$name")
  flags=(--gen2 --runtime="$RUNTIME" --source=. --entry-point="$name" --memory="$memory" --cpu="$cpu"
    --concurrency="$requests" --min-instances="$minimum" --max-instances="$maximum" --timeout="${timeout}s"
    --service-account="$runtime_account"
    --build-service-account="projects/$project/serviceAccounts/$build_account"
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
  deployed=$(value gcloud functions describe "$id" --gen2 "${where[@]}" --format='value(labels.guilder)')
  if [[ $deployed != "$fingerprint" ]]; then
    local labels=guilder=$fingerprint serving
    serving=$(serving_revision "$id")
    if [[ -n $serving ]]; then labels=$labels,guilder-before=$serving; fi
    # After a rollback the traffic is pinned to an old revision, and a new one would get none.
    change_soon "deploy $id" gcloud functions deploy "$id" "${flags[@]}" "${where[@]}" --update-labels="$labels" \
      --serve-all-traffic-latest-revision --quiet
  fi
  # Twice the CPU until it listens. Google's default for functions; asked for where it is off.
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
    value gcloud secrets versions list "${id%:*}" --filter=state=ENABLED --sort-by='~createTime' --limit=1 \
      --format='value(name)' --project="$project"
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
      --display-name="Guilder alerts" --channel-labels="email_address=$ALERT_EMAIL"
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

alert_channel() {
  value gcloud beta monitoring channels list --project="$project" --format='value(name)' \
    --filter="type=email AND labels.email_address=\"$ALERT_EMAIL\"" | head -n 1
}

make_alert() {
  local name=$1 file=$2 channel='' fingerprint policy known
  if [[ -n $ALERT_EMAIL ]]; then channel=$(alert_channel); fi
  fingerprint=$({ cat "$file" && printf '%s' "$channel"; } | hash_of_input)
  # Google names policies itself, so ours carry the names that they have here.
  read -r policy known < <(value gcloud alpha monitoring policies list --project="$project" \
    --filter="userLabels.guilder=\"$name\"" --format='value[separator=" "](name,userLabels.config)') || true
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

# Rules, indexes, sign-in and Hosting. Every release is a new version even of the same files, so the bucket's label
# remembers which files were released.
deploy_firebase() {
  step "Firestore rules and indexes, sign-in, Hosting"
  local config=firebase.json released before
  released=$region-$(hash_of_files firebase.json firestore.rules firestore.indexes.json public)
  before=$(value gcloud storage buckets describe "gs://$MEDIA_BUCKET" --format='value(labels.firebase)')
  if [[ $before == "$released" ]]; then return; fi
  if [[ $region != us-central1 ]]; then
    # Beside the original, because Firebase looks for the other files where its configuration lies.
    config=firebase.$region.json
    change "copy firebase.json" cp firebase.json "$config"
    change "rewrite to $region" sed -i.bak "s/us-central1/$region/" "$config"
  fi
  change "release the rules, indexes and Hosting" \
    firebase deploy --only firestore,hosting --config "$config" --project "$project" --non-interactive
  change "switch sign-in on" firebase deploy --only auth --config "$config" --project "$project" --non-interactive
  if [[ $config != firebase.json ]]; then change "remove the copy" rm -f "$config" "$config.bak"; fi
  change "remember what was released" gcloud storage buckets update "gs://$MEDIA_BUCKET" \
    --update-labels=firebase="$released"
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
    if [[ -n $only && ",$only," != *",$name,"* ]]; then continue; fi
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
  done < <(rows "$FUNCTIONS")
  if $dry_run; then note "REVISION is what the label guilder-before of each function says."; fi
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
  local name id file policy where=(--project="$project") _
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
    policy=$(value gcloud alpha monitoring policies list "${where[@]}" --filter="userLabels.guilder=\"$name\"" \
      --format='value(name)')
    if $dry_run; then policy=POLICY; fi
    if [[ -n $policy ]]; then
      change "delete the alert $name" gcloud alpha monitoring policies delete "$policy" "${where[@]}" --quiet
    fi
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
  for name in "$runtime_account" "$invoker_account" "$trigger_account" "$build_account"; do
    remove "the account $name" gcloud iam service-accounts describe "$name" "${where[@]}" -- \
      gcloud iam service-accounts delete "$name" "${where[@]}" --quiet
  done
}

deploy() {
  if [[ -n $only ]]; then
    deploy_functions
    return
  fi
  enable_apis
  make_accounts
  store_secrets
  if $with_stripe; then make_stripe_catalog; fi
  make_bucket
  make_queues
  make_database
  deploy_functions
  make_jobs
  make_monitoring
  deploy_firebase
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
