#!/usr/bin/env bash
# Write requirements/*.txt from pyproject.toml: exact versions with hashes, one file for Python 3.11 to 3.13 on
# Linux (x86_64, aarch64), wheels only, without any index address. Versions already locked stay unless --upgrade
# is given. The locking tool lives in a temporary folder and is gone afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
python3 -m venv "$tool"
"$tool/bin/pip" install --quiet uv

compile() { # compile FILE ARGS…
  local out="requirements/$1.txt"
  shift
  "$tool/bin/uv" pip compile --quiet --universal --python-version 3.11 --only-binary :all: --generate-hashes \
    --no-emit-index-url --no-annotate --no-header --output-file "$out" "$@"
}

mkdir -p requirements
compile base pyproject.toml --extra build "$@"
compile dev pyproject.toml --extra build --extra dev --constraint requirements/base.txt "$@"
compile sync pyproject.toml --extra build --extra sync --constraint requirements/dev.txt "$@" # dev contains it
# Only the Node.js wheel: the rest of the group is the platform itself.
printf '%s\n' "$(sed -n 's/^node = \["\(.*\)"\]$/\1/p' pyproject.toml)" | compile node - "$@"
