#!/usr/bin/env bash
# Makes a Google Cloud project a running Guilder: ./deploy.sh --help, and docs/operations.md.
#
# It finds a Python that is new enough; deploy/ does the rest, with nothing but the standard library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for python in python3 python3.14 python3.13 python3.12 python3.11 python; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exec "$python" -m deploy "$@"
  fi
done

printf 'deploy.sh: Python 3.11 or newer is needed, and there is none on your PATH. Install it from
  https://www.python.org/downloads/ and run the same command again.\n' >&2
exit 1
