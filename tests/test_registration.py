"""The registration sheet of sites and the register of independently built ones, with what is wrong in them; all internal."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from tests.support.cluster import ClusterFolder, new_cluster
from tests.support.commands import jiyue

SITE = """name: 长春市人民政府
kind: prefecture
superior: jilin
url: https://www.cc.example
profile: own
site_id_code: "2201000001"
sponsor: 市政府办公室
icp: 吉ICP备12号
conac_id: {0}
security_level: 3
channels: [{{path: mz, name: 明珠街道}}]
formerly: [{{name: 长春市政府, until: 2026-01-01}}]
"""
MARK = "ABCDEF0123456789ABCDEF0123456789"
FILES = {
    "sites/profiles/own.yaml": "name: 方案\nextends: basic\nrequired: [site_id_code, icp, police_no, security_level]\n"
    "formats: {icp: '[\\u4e00-\\u9fff]ICP备\\d{8,10}号'}\n",
    "sites/cc.yaml": SITE.format(MARK),
    "sites/sp.yaml": "name: 四平市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.sp.example\n"
    f"site_id_code: 2203000001\nconac_id: {MARK}\n",
    "sites/registers/exceptions.csv": "单位,网站名称,网址,理由,批准文件,批准日期,有效期至\n"
    "内部甲局,甲网,https://a.example,业务系统,批〔2025〕1号,2025-11-23,2026-11-22\n"
    "内部乙局,乙网,https://b.example,业务系统,批〔2025〕2号,2025-01-01,2027-01-10\n"
    "内部丙局,丙网,https://c.example,业务系统,批〔2025〕3号,2025-01-01,2028-01-01\n"
    "内部丁局,丁网,https://d.example,业务系统,批〔2025〕4号,2026-01-01,2025-01-01\n",
    "content/cc/mz/a.md": "---\ntitle: 街道的事\ndate: 2026-11-20 09:30\n---\n正文。\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    return new_cluster(tmp_path_factory.mktemp("registration") / "c", FILES)


def run(folder: ClusterFolder, *args: str) -> str:
    done = jiyue(*args, "--root", str(folder.root), "--today", "2026-11-23")
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_check_tells_what_is_wrong_in_sheets_and_which_approvals_end(folder: ClusterFolder) -> None:
    found = json.loads(run(folder, "check", "--format", "json"))
    assert [(d["rule"], d["path"], d["line"], d["message"]) for d in found] == [
        ("site-required", "sites/cc.yaml", 1, "缺少公安机关备案号（police_no）"),
        ("site-format", "sites/cc.yaml", 8, "ICP 备案编号「吉ICP备12号」的格式不对"),
        ("site-exception-over", "sites/registers/exceptions.csv", 2,
         "内部甲局的网站“甲网”（https://a.example）的批准已于2026年11月22日到期"),
        ("site-exception-soon", "sites/registers/exceptions.csv", 3,
         "内部乙局的网站“乙网”（https://b.example）的批准还有 48 天到期（2027年1月10日）"),
        ("register-row", "sites/registers/exceptions.csv", 5, "各项互相矛盾"),
        ("site-same", "sites/sp.yaml", 6, f"党政机关网站标识编号「{MARK}」与站点 cc 相同"),
    ]  # fmt: skip


def test_the_sheet_is_exported(folder: ClusterFolder, tmp_path: Path) -> None:
    book = tmp_path / "登记表.xlsx"
    run(folder, "sites", "--format", "xlsx", "--to", str(book))
    workbook = openpyxl.load_workbook(book)
    assert workbook.sheetnames == ["站点登记表", "独立建设的网站"]
    heads, *rows = ([cell.value for cell in row] for row in workbook["站点登记表"])
    sheet = next(dict(zip(heads, row, strict=True)) for row in rows if row[0] == "cc")
    entries = ("状态", "主办单位", "安全等级", "频道", "曾用", "内容去向")
    assert [sheet[name] for name in entries] == ["开放", "市政府办公室", "三级", "1", "长春市政府", None]
    assert sheet["问题"] == "缺少公安机关备案号（police_no）；ICP 备案编号「吉ICP备12号」的格式不对"
    assert [(row[0].value, row[-1].value) for row in workbook["独立建设的网站"]][1:] == [
        ("内部甲局", "已到期"), ("内部乙局", "还有 48 天"), ("内部丙局", "还有 404 天"),
    ]  # fmt: skip
    assert "  安全等级：三级\n" in run(folder, "sites", "cc")


def test_nothing_internal_is_in_a_public_output(folder: ClusterFolder) -> None:
    built = folder.build()
    public = b"".join(data for name, data in built.files().items() if not name.startswith("_cluster/"))
    assert "街道的事".encode() in public
    for text in ("内部甲局", "security_level", "安全等级", "三级", "exceptions"):
        assert text.encode() not in public, text
