# Each target says in one line what it is about to do, then runs one command. `make` alone lists them.
#   PORT=8000        where `make serve` listens
#   SITE=changchun   only this site (several: SITE="a b")
#   ARGS="…"         anything else for the command: make new ARGS="article changchun tzgg --name 标题",
#                    make publish ARGS=--dry-run, make bench ARGS=build (or search, lighthouse, --large)
PORT ?= 8000
SITE ?=
ARGS ?=

export PATH := $(CURDIR)/.venv/bin:$(PATH)
.DEFAULT_GOAL := help
.PHONY: bench help setup setup-dev test-tools new serve edit check audit dashboard build publish test test-long lint docs handbook gallery lock clean

help: ## 列出这些命令
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

setup: ## 建立 .venv，安装锁定的依赖
	@echo "准备运行环境：.venv 与锁定的依赖（没有变化时立即完成）。"
	@tools/setup.sh

setup-dev:
	@echo "准备开发环境：.venv、锁定的依赖和测试工具（没有变化时立即完成）。"
	@tools/setup.sh dev

test-tools: setup-dev
	@tools/ensure-test-tools.sh

new: setup ## 新建文章、栏目或站点，缺什么问什么
	@echo "新建文章、栏目或站点：按提示回答，按 Ctrl+C 取消。"
	@.venv/bin/jiyue new $(ARGS)

serve: setup ## 构建整个站群并在本机预览
	@echo "构建整个站群，完成后在 http://localhost:$(PORT)/ 预览；按 Ctrl+C 结束。"
	@.venv/bin/jiyue serve --port $(PORT) $(ARGS)

edit: setup ## 在浏览器里写稿、审核（本机）：make edit ARGS="--as 账号"
	@echo "启动编辑系统，打开下面显示的网址；按 Ctrl+C 结束。"
	@.venv/bin/jiyue edit $(ARGS)

check: setup ## 检查站点和文章，不生成网页
	@echo "检查 $(or $(SITE),全部站点) 的配置和文章，不生成网页。"
	@.venv/bin/jiyue check $(SITE) $(ARGS)

audit: setup ## 按指标方案检查；将要出的问题：make audit ARGS="--due 14d"
	@echo "按指标方案检查 $(or $(SITE),全部站点)，说明哪里不合格、谁负责、怎样改。"
	@.venv/bin/jiyue audit $(SITE) $(ARGS)

dashboard: setup ## 监督检查看板，写入 output/_cluster/dashboard/
	@echo "检查全部站点，看板写入 output/_cluster/dashboard/。"
	@.venv/bin/jiyue dashboard $(ARGS)

build: setup ## 构建站点到 output/
	@echo "构建 $(or $(SITE),全部站点)，网页写入 output/。"
	@.venv/bin/jiyue build $(SITE) $(ARGS)

publish: setup ## 构建并上线；先看变化：make publish ARGS=--dry-run
	@echo "构建并上线 $(or $(SITE),全部站点)；出错的站点和文章保持原样，其余照常发布。"
	@.venv/bin/jiyue build $(SITE) || [ $$? -eq 1 ]
	@.venv/bin/jiyue publish $(SITE) $(ARGS)

test: test-tools ## 运行测试（缺什么先装什么）
	@echo "运行全部测试，耗时数分钟的除外（见 make test-long）。"
	@python -m pytest -p tests.support.progress -q -n auto -m "not long" $(ARGS)

test-long: test-tools ## 运行耗时数分钟的测试
	@echo "只运行耗时数分钟的测试。"
	@python -m pytest -p tests.support.progress -q -m long $(ARGS)

bench: setup ## 测量构建、搜索和网页的速度（约 20 分钟）
	@echo "测量构建速度（10 个站点各 1000 篇，与 Hugo 并排）、搜索（与 Pagefind 1.6 并排）和 Lighthouse 评分。"
	@python -m bench $(ARGS)

lint: setup-dev ## 检查代码：ruff、mypy
	@echo "检查代码的写法、格式和类型。"
	@ruff check .
	@ruff format --check .
	@mypy $(wildcard jiyue plugins)

handbook: setup-dev ## 照着 docs/handbook.md 在浏览器里做一遍，重拍其中的图
	@echo "照着 docs/handbook.md 在 Chromium 里做一遍（几分钟），重拍 docs/pictures/handbook/ 的图。"
	@python tools/make_handbook.py --pictures

gallery: setup ## 生成主题的组件库（供设计人员查看）
	@echo "生成组件库，写入 .jiyue/gallery/。"
	@python tools/make_gallery.py $(ARGS)

docs: setup-dev ## 重写 docs/rules/ 等由代码生成的文档、词表和脚本
	@echo "由代码重写 docs/rules/、docs/schemas/、jiyue/editor/static/visual.js 和 themes/gov/translations/。"
	@python tools/make_rule_pages.py $(ARGS)
	@python tools/make_schemas.py
	@python tools/make_supervision.py
	@[ ! -x node_modules/.bin/esbuild ] || python tools/make_editor_bundle.py
	@python tools/make_training.py
	@python tools/make_handbook.py
	@python tools/make_translations.py

lock: ## 重新锁定依赖；升级：make lock ARGS=--upgrade
	@echo "按 pyproject.toml 重新锁定依赖，写入 requirements/。"
	@tools/lock.sh $(ARGS)

clean: ## 删除构建和测试的产物（保留 .venv、node_modules）
	@echo "删除 output/、.jiyue/ 和各种缓存。"
	@rm -rf output .jiyue .serve .pytest_cache .hypothesis .mypy_cache .ruff_cache
