#!/usr/bin/env bash
# Make .venv hold exactly what the lock says: `tools/setup.sh` for running, `tools/setup.sh sync` for `jiyue sync` too,
# `tools/setup.sh dev` for tests and lint as well.
# Nothing happens (in a few milliseconds) when it already does. PYTHON names the interpreter to use.
set -euo pipefail
cd "$(dirname "$0")/.."

level=${1:-base}
stamp=.venv/locked

stop() {
  printf '%s\n' "$@" >&2
  exit 1
}

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
}

python=$(find_python)
[ -n "$python" ] || stop "需要 Python 3.11 或更高版本。Debian、Ubuntu 上请执行：sudo apt-get install python3 python3-venv"

# A venv holds absolute paths, so where it lies is part of what it was made from.
environment=$( { pwd; "$python" -VV; cat requirements/base.txt requirements/sync.txt requirements/dev.txt; } | sha256sum | cut -d' ' -f1)
package=$(cat pyproject.toml setup.py | sha256sum | cut -d' ' -f1)
have_level='' have_environment='' have_package=''
[ ! -f "$stamp" ] || read -r have_level have_environment have_package < "$stamp"

if [ "$have_environment" = "$environment" ]; then
  case "$have_level $level" in "dev "* | *" base") level=$have_level ;; esac # each level contains those before it
  [ "$have_level $have_package" != "$level $package" ] || exit 0
fi

if [ "$have_environment" != "$environment" ]; then
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
      echo "缺少 python3-venv，正在安装。"
      apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv > /dev/null
    else
      stop "这台机器的 Python 缺少 venv。请先执行：sudo apt-get install python3-venv"
    fi
  fi
  rm -f "$stamp"
  "$python" -m venv --clear .venv
fi

pip=(.venv/bin/python -m pip install -qq --disable-pip-version-check)

# What pip says of a network that does not let it out is long and English; it stays above, this is what to do.
install() {
  "${pip[@]}" "$@" || stop \
    "依赖没有装好，原因见上。多半是连不上软件包的服务器：" \
    "  1. 检查网络后，再运行一次刚才的命令；" \
    "  2. 单位有软件包镜像的，先运行 export PIP_INDEX_URL=镜像地址（向网络管理人员询问），再运行；" \
    "  3. 通过代理上网的，先运行 export HTTPS_PROXY=代理地址，再运行。"
}
if [ "$have_level $have_environment" != "$level $environment" ]; then
  echo "正在向 .venv 安装 $(grep -c '==' "requirements/$level.txt") 个锁定的 Python 依赖（requirements/$level.txt），首次约需一分钟。"
  install --only-binary :all: --require-hashes -r "requirements/$level.txt"
fi
install --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
echo "$level $environment $package" > "$stamp"
