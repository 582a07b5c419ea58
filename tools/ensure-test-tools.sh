#!/usr/bin/env bash
# See that what the tests drive is there: Chromium, a Chinese font, Java (for vnu.jar), Node.js and the npm packages of
# package-lock.json. As root on Debian the missing ones are installed, servers for the tests of publishing and
# LibreOffice for those of Word files too (without them those tests are skipped); otherwise their names are said, and it ends with 1.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v chromium > /dev/null || missing+=(chromium)
command -v java > /dev/null || missing+=(default-jre-headless)
compgen -G '/usr/share/fonts/*/noto/NotoSansCJK*' > /dev/null || missing+=(fonts-noto-cjk)
if [ "$(id -u)" = 0 ]; then
  PATH="$PATH:/usr/sbin"
  command -v nginx > /dev/null || missing+=(nginx-light)
  command -v caddy > /dev/null || missing+=(caddy)
  command -v rsync > /dev/null || missing+=(rsync)
  command -v sshd > /dev/null || missing+=(openssh-server)
  command -v gpg > /dev/null || missing+=(gnupg)
  command -v openssl > /dev/null || missing+=(openssl)
  command -v soffice > /dev/null || missing+=(libreoffice-writer-nogui)
fi
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "正在用 apt-get 安装测试所需的 ${missing[*]}。"
    apt-get update -qq
    # RUNLEVEL=1: the servers are there to be started by tests, not by the system
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
  else
    echo "测试还需要：${missing[*]}。请先执行：sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

# Debian 12's own Node.js is too old; one from PyPI, locked like the rest, then goes into .venv.
PATH="$PWD/.venv/bin:$PATH"
if ! node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2> /dev/null || ! command -v npm > /dev/null; then
  echo "没有 Node.js 20 或更高版本，正在装入 .venv。"
  .venv/bin/python -m pip install -qq --disable-pip-version-check --only-binary :all: --require-hashes \
    -r requirements/node.txt
fi

# A Node.js that is not Debian's knows only its own certificates, not those that the machine was given.
certificates=/etc/ssl/certs/ca-certificates.crt
[ -n "${NODE_EXTRA_CA_CERTS:-}" ] || [ ! -f "$certificates" ] || export NODE_EXTRA_CA_CERTS="$certificates"

stamp=node_modules/.locked
lock=$(sha256sum < package-lock.json)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$lock" ]; then
  packages=$(node -p 'Object.keys({...require("./package.json").dependencies, ...require("./package.json").devDependencies}).join("、")')
  echo "正在安装测试所需的 npm 包：$packages（package-lock.json）。"
  npm ci --loglevel=error
  echo "$lock" > "$stamp"
fi
