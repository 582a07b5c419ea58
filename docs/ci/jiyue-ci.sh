#!/bin/sh
# What every CI runs, the same everywhere. Copy to ci/jiyue-ci.sh of the cluster's repository.
#
#   sh ci/jiyue-ci.sh setup               Python environment from requirements.lock (hashes)
#   sh ci/jiyue-ci.sh check BASE          checks of a change; BASE is the commit that it starts from. With JIYUE_ACTOR, the
#                                         account that the forge authenticated, by that account's rights
#   sh ci/jiyue-ci.sh preview BASE        what the change publishes, before and after, in preview/
#   sh ci/jiyue-ci.sh plan BASE SHARDS    the sites that a change touches as JSON, in groups for a matrix
#   sh ci/jiyue-ci.sh build [SITE...]     build; needs no secret. A failed site is noted for `publish` to tell
#   sh ci/jiyue-ci.sh publish [SITE...]   put live all that is well; ends with 1 when a site failed
#   sh ci/jiyue-ci.sh ledger REMOTE REF   commit the ledger of published URLs and push it
#   sh ci/jiyue-ci.sh nightly             checks, verification of what is served
#
# Without BASE (a first push, a timer) all sites count; without SITE too, or this machine's part of them where a cluster is
# spread over JIYUE_SHARDS machines (JIYUE_SHARD, from 1, says which one this is).
# Ends with 0 (well), 1 (an error to be mended; the rest was published), 2 (wrong usage).
set -eu

PATH="$PWD/.venv/bin:$PATH"
export PATH
summary="${GITHUB_STEP_SUMMARY:-summary.md}"
format="${JIYUE_FORMAT:-text}"
status=0

# A command may end with 1 (diagnostics) and the run goes on; anything else is a fault of the run itself.
try() {
    code=0
    "$@" || code=$?
    [ "$code" -le 1 ] || exit "$code"
    [ "$code" -eq 0 ] || status=1
}

# Whether the CI named a commit to compare with, and it is known here.
known() {
    [ -n "${1:-}" ] && git rev-parse -q --verify "$1^{commit}" >/dev/null
}

# The sites of this run; nothing means all. Ends the run where this machine has none.
mine() {
    sites="$*"
    if [ -z "$sites" ] && [ "${JIYUE_SHARDS:-1}" -gt 1 ]; then
        sites="$(jiyue changed --shards "$JIYUE_SHARDS" --shard "$((JIYUE_SHARD - 1))")"
        [ -n "$sites" ] || exit 0
    fi
}

action="${1:-}"
[ $# -eq 0 ] || shift
case "$action" in
setup)
    python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock
    ;;
check)
    if known "${1:-}"; then
        try jiyue check --changed "$1" --format "$format" ${JIYUE_ACTOR:+--actor "$JIYUE_ACTOR"}
    else
        try jiyue check --format "$format"
    fi
    ;;
preview)
    if known "${1:-}"; then from="$1"; else from="$(git rev-list --max-parents=0 HEAD | tail -n 1)"; fi
    rm -rf .preview-base
    git worktree prune
    git worktree add --quiet --detach .preview-base "$from"
    sites="$(jiyue changed "$from" --shard 0)"
    old=""
    for site in $sites; do
        if [ -e ".preview-base/sites/$site.yaml" ]; then old="$old $site"; fi
    done
    mkdir -p .preview-base/output output
    # shellcheck disable=SC2086
    if [ -n "$old" ]; then try jiyue build $old --root .preview-base --output .preview-base/output; fi
    # shellcheck disable=SC2086
    if [ -n "$sites" ]; then try jiyue build $sites --output output; fi
    jiyue preview --before .preview-base/output --after output --to preview
    git worktree remove --force .preview-base
    ;;
plan)
    if known "${1:-}"; then
        jiyue changed "$1" --shards "${2:-1}"
    else
        jiyue changed --shards "${2:-1}"
    fi
    ;;
build)
    mkdir -p .jiyue
    rm -f .jiyue/failed
    mine "$@"
    # shellcheck disable=SC2086
    try jiyue build $sites
    [ "$status" -eq 0 ] || : >.jiyue/failed
    status=0
    ;;
publish)
    mine "$@"
    # shellcheck disable=SC2086
    try jiyue publish $sites --summary "$summary"
    try jiyue schedule
    [ ! -e .jiyue/failed ] || status=1
    ;;
ledger)
    git add sites/ledger
    if git diff --cached --quiet; then exit 0; fi
    git -c user.name=jiyue -c user.email=jiyue@localhost commit --quiet -m "记录已发布网址"
    for pause in 1 5 15; do
        if git pull --quiet --rebase "$1" "$2" && git push --quiet "$1" "HEAD:$2"; then exit 0; fi
        sleep "$pause"
    done
    exit 1
    ;;
nightly)
    try jiyue check --external --format "$format"
    try jiyue verify --live
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
exit "$status"
