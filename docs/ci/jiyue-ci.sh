#!/bin/sh
# What every CI runs, the same everywhere. Copy to ci/jiyue-ci.sh of the cluster's repository.
#
#   sh ci/jiyue-ci.sh setup               Python environment from requirements.lock (hashes)
#   sh ci/jiyue-ci.sh check BASE          checks of a change; BASE is the commit that it starts from. With JIYUE_ACTOR, the
#                                         account that the forge authenticated, by that account's rights
#   sh ci/jiyue-ci.sh preview BASE        what the change publishes, before and after, in preview/
#   sh ci/jiyue-ci.sh plan BASE SHARDS    the changed sites as a JSON list of groups, for a matrix
#   sh ci/jiyue-ci.sh build [SITE...]     build; needs no secret. A failed site is noted for `publish` to tell
#   sh ci/jiyue-ci.sh publish [SITE...]   put live all that is well; ends with 1 when a site failed
#   sh ci/jiyue-ci.sh ledger REMOTE REF   commit the ledger of published URLs and push it
#   sh ci/jiyue-ci.sh nightly             checks, verification of what is served
#
# Without BASE (a first push, a timer) all sites count. Ends with 0 (well), 1 (an error to be mended; the rest was published), 2 (wrong usage).
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
    try jiyue build --root .preview-base --output .preview-base/output
    try jiyue build --output output
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
    try jiyue build "$@"
    [ "$status" -eq 0 ] || : >.jiyue/failed
    status=0
    ;;
publish)
    try jiyue publish "$@" --summary "$summary"
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
    try jiyue check --format "$format"
    try jiyue verify --live
    ;;
*)
    sed -n '2,14s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
exit "$status"
