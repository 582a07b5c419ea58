"""Example calls of each command, shown by its --help. A test parses every line."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "build": ("build", "build changchun nanguan", "build --explain"),
    "check": ("check", "check changchun", "check --staged"),
    "review": ("review", "review changchun"),
    "codeowners": ("codeowners",),
    "serve": ("serve", "serve --port 8080"),
    "import": ("import markdown 旧稿目录 --site changchun --column tzgg",),
    "init": ("init 新站群目录",),
    "new": (
        "new article changchun tzgg --name 关于举办培训的通知",
        "new article changchun zcwj --kind document --name 关于印发规定的通知",
        "new column changchun tzgg --name 通知公告",
        "new channel nanguan mingzhu --name 明珠街道",
        "new site nanguan --kind county --superior changchun --name 南关区人民政府 --url https://www.nanguan.example",
    ),
    "search": ("search changchun 公积金", "search all 公积金 --json"),
    "version": ("version",),
    "release": ("release", "release changchun --key 私钥文件"),
    "publish": ("publish --dry-run", "publish", "publish changchun"),
    "rollback": ("rollback changchun --reason 数字有误",),
    "verify": ("verify", "verify --live", "verify https://www.cc.example"),
    "expunge": ("expunge changchun /tzgg/x.html",),
    "letters import": ("letters import 导出.csv --to changchun/zxts --map 对照.yaml",),
    "letters due": ("letters due", "letters due --days 5"),
    "letters stats": ("letters stats changchun", "letters stats changchun --json"),
    "key new": ("key new",),
    "changed": ("changed origin/main --shards 4",),
    "preview": ("preview --before 旧网页 --after output --to 预览目录",),
    "schedule": ("schedule",),
    "serving": ("serving nginx --to 配置文件",),
    "store backup": ("store backup git@host:gov/store.git",),
    "store restore": ("store restore git@host:gov/store.git",),
    "sync": ("sync", "sync gov --dry-run"),
    "submit": ("submit baidu changchun", "submit indexnow --send"),
}
