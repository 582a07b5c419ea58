#!/bin/sh
# What every CI runs, the same everywhere. Copy to ci/jiyue-ci.sh of the cluster's repository.
#
#   sh ci/jiyue-ci.sh setup [sync]        Python environment with the locked dependencies (tools/setup.sh), beside this script;
#                                         with those of `sync`
#   sh ci/jiyue-ci.sh check [BASE]        checks of a change; BASE is the commit that it starts from. With JIYUE_ACTOR, the
#                                         account that the forge authenticated, by that account's rights
#   sh ci/jiyue-ci.sh preview [BASE]      what the change publishes, before and after, in preview/
#   sh ci/jiyue-ci.sh plan BASE SHARDS    the sites that a change touches as JSON, in groups for a matrix
#   sh ci/jiyue-ci.sh build [SITE...]     build; needs no secret. A failed site is noted for `publish` to tell
#   sh ci/jiyue-ci.sh publish [SITE...]   put live all that is well; ends with 1 when a site failed
#   sh ci/jiyue-ci.sh ledger REF          commit the ledger of published URLs and push it to the branch REF
#   sh ci/jiyue-ci.sh sync [BRANCH]       what is new on other sites (sites/upstream/), as commits of BRANCH (`sync` if left
#                                         out), which then is reviewed and merged like any change; ends with 1 on an alarm
#   sh ci/jiyue-ci.sh nightly             checks, verification of what is served
#
# It works on the repository in the current folder, with the program of the checkout that it lies in. A change is judged by
# a checkout of the base, so that nobody brings their own judge: run there, `check` and `preview` need no BASE.
#
# Without BASE (a first push, a timer) all sites count for `plan`; without SITE too, or this machine's part of them where a
# cluster is spread over JIYUE_SHARDS machines (JIYUE_SHARD, from 1, says which one this is).
#
#   JIYUE_STORE         where the releases are kept: a folder on a volume (/srv/jiyue/releases), or a git repository
#                       (`origin`, or the address of one of its own), in whose branch jiyue-store they lie
#   JIYUE_REMOTE        where `ledger` and `sync` push to, origin if left out
#   JIYUE_SSH_KEY       private key for rsync and git targets and for pushing by ssh, as text or the path of a file
#   JIYUE_KNOWN_HOSTS   the host keys of those servers (`ssh-keyscan HOST`, compared with what their administrator says)
#
# Ends with 0 (well), 1 (an error to be mended; the rest was published), 2 (wrong usage).
set -eu

judge="$(cd "$(dirname "$0")/.." && pwd -P)"
PATH="$judge/.venv/bin:$PATH"
PYTHONSAFEPATH=1 # no module of the folder that is judged
export PATH PYTHONSAFEPATH
summary="${GITHUB_STEP_SUMMARY:-summary.md}"
format="${JIYUE_FORMAT:-text}"
status=0

fail() {
    echo "$*" >&2
    exit 2
}

# A command may end with 1 (diagnostics) and the run goes on; anything else is a fault of the run itself.
try() {
    code=0
    "$@" || code=$?
    [ "$code" -le 1 ] || exit "$code"
    [ "$code" -eq 0 ] || status=1
}

# Whether the CI named a commit to compare with, and it is known here.
known() {
    [ -n "${1:-}" ] && git rev-parse -q --verify --end-of-options "$1^{commit}" >/dev/null
}

# The commit that a change starts from: BASE, which may also be a branch of origin, else where the judge's checkout stands.
# A change is never judged without one: its rights would go unlooked at.
find_base() {
    base="${1:-}"
    if [ -z "$base" ] && [ "$judge" != "$(pwd -P)" ]; then base="$(git -C "$judge" rev-parse HEAD)"; fi
    if ! known "$base" && [ -n "$base" ]; then
        git fetch --quiet origin "+refs/heads/$base:refs/remotes/origin/$base" && base="refs/remotes/origin/$base" || :
    fi
    known "$base" || fail "找不到基准提交「${1:-}」，无法核对权限。请取回完整历史（GIT_DEPTH、fetch-depth 设为 0），并写明目标分支。"
    base="$(git rev-parse --verify --end-of-options "$base^{commit}")"
}

# The sites of this run; nothing means all. Ends the run where this machine has none.
mine() {
    sites="$*"
    if [ -z "$sites" ] && [ "${JIYUE_SHARDS:-1}" -gt 1 ]; then
        sites="$(jiyue changed --shards "$JIYUE_SHARDS" --shard "$((JIYUE_SHARD - 1))")"
        [ -n "$sites" ] || exit 0
    fi
}

# A variable of the forge's: its text, or that of the file whose path it holds.
text_of() {
    if [ -f "$1" ]; then cat "$1"; else printf '%s\n' "$1"; fi | tr -d '\r'
}

# ssh with the key of the forge's variables, for git and rsync, to the hosts that are known and no other.
with_ssh() {
    [ -n "${JIYUE_SSH_KEY:-}" ] || return 0
    [ -n "${JIYUE_KNOWN_HOSTS:-}" ] ||
        fail "设置了 JIYUE_SSH_KEY，还要设置 JIYUE_KNOWN_HOSTS：目标服务器的主机公钥（ssh-keyscan 主机，并向管理员核对）。"
    command -v ssh >/dev/null || fail "没有 ssh 命令。请在 CI 的镜像中安装 openssh-client。"
    keys="$(mktemp -d)"
    trap 'rm -rf "$keys"' EXIT
    (umask 077 && text_of "$JIYUE_SSH_KEY" >"$keys/key" && text_of "$JIYUE_KNOWN_HOSTS" >"$keys/known_hosts")
    GIT_SSH_COMMAND="ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes"
    GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o UserKnownHostsFile=$keys/known_hosts -i $keys/key"
    RSYNC_RSH="$GIT_SSH_COMMAND"
    export GIT_SSH_COMMAND RSYNC_RSH
}

# The branch of the releases of these sites' machine.
store_branch() {
    if [ "${JIYUE_SHARDS:-1}" -gt 1 ]; then echo "jiyue-store-$JIYUE_SHARD-of-$JIYUE_SHARDS"; else echo jiyue-store; fi
}

# The releases outlive the machine: a folder elsewhere in place of ours, or a branch that is read before and written after.
restore_store() {
    store="${JIYUE_STORE:-}"
    mkdir -p .jiyue
    case "$store" in
    "") echo "没有设置 JIYUE_STORE：历次版本只留在这台机器上，丢失后不能回退，出错的文章也不能沿用原版本。" >&2 ;;
    /*)
        mkdir -p "$store"
        if [ -d .jiyue/releases ] && [ ! -L .jiyue/releases ]; then
            fail "JIYUE_STORE 是 $store，而这里已有 .jiyue/releases。请把它移到那里。"
        fi
        ln -sfn "$store" .jiyue/releases
        ;;
    *)
        [ "$store" != origin ] || store="${JIYUE_REMOTE:-origin}"
        jiyue store restore "$store" --branch "$(store_branch)"
        ;;
    esac
}

back_up_store() {
    case "${JIYUE_STORE:-}" in
    "" | /*) ;;
    *) jiyue store backup "$store" --branch "$(store_branch)" ;;
    esac
}

action="${1:-}"
[ $# -eq 0 ] || shift
case "$action" in
setup)
    [ -f "$judge/tools/setup.sh" ] || fail "没有 tools/setup.sh：站群的仓库应由平台的仓库复制而来（docs/ci/README.md）。"
    bash "$judge/tools/setup.sh" "${1:-base}"
    ;;
check)
    find_base "${1:-}"
    try jiyue check --changed "$base" --format "$format" ${JIYUE_ACTOR:+--actor "$JIYUE_ACTOR"}
    if [ -n "${JIYUE_REPORT:-}" ]; then # once more, for the page of the merge request
        jiyue check --changed "$base" --format gitlab ${JIYUE_ACTOR:+--actor "$JIYUE_ACTOR"} >"$JIYUE_REPORT" || :
    fi
    ;;
preview)
    find_base "${1:-}"
    rm -rf .preview-base
    git worktree prune
    git worktree add --quiet --detach .preview-base "$base"
    sites="$(jiyue changed "$base" --shard 0)"
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
    with_ssh
    restore_store
    # shellcheck disable=SC2086
    try jiyue publish $sites --summary "$summary"
    back_up_store
    try jiyue schedule
    [ ! -e .jiyue/failed ] || status=1
    ;;
ledger)
    [ $# -eq 1 ] || fail "用法：sh ci/jiyue-ci.sh ledger 分支"
    remote="${JIYUE_REMOTE:-origin}"
    [ -d sites/ledger ] || exit 0
    git add sites/ledger
    if git diff --cached --quiet; then exit 0; fi
    with_ssh
    git -c user.name=jiyue -c user.email=jiyue@localhost commit --quiet -m "记录已发布网址"
    for pause in 1 5 15; do
        if git -c user.name=jiyue -c user.email=jiyue@localhost pull --quiet --rebase "$remote" "$1" &&
            git push --quiet "$remote" "HEAD:refs/heads/$1"; then exit 0; fi
        sleep "$pause"
    done
    fail "网址台账没有推送成功。请让这个作业能推送到分支 $1（docs/operations.md「CI」）。"
    ;;
sync)
    branch="${1:-sync}"
    remote="${JIYUE_REMOTE:-origin}"
    with_ssh
    as_jiyue="git -c user.name=jiyue -c user.email=jiyue@localhost"
    # drafts that wait on the branch are known, so that they are not made a second time
    if git fetch --quiet "$remote" "+refs/heads/$branch:refs/jiyue/sync" 2>/dev/null; then
        $as_jiyue merge --quiet --no-edit refs/jiyue/sync ||
            fail "分支 $branch 与现在的主分支有冲突。请先处理或合并其中的稿件，再运行。"
    fi
    try jiyue sync
    git add content
    if ! git diff --cached --quiet; then
        $as_jiyue commit --quiet -m "同步上级网站的稿件"
        git push --quiet "$remote" "HEAD:refs/heads/$branch" ||
            fail "同步的稿件没有推送成功。请让这个作业能推送到分支 $branch（docs/operations.md「CI」）。"
    fi
    ;;
nightly)
    try jiyue check --external --format "$format"
    with_ssh
    restore_store
    try jiyue verify --live
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
exit "$status"
