"""Rows of a mayor's mailbox as exported by offices: numbers, dates, times, departments, questions; no personal data."""

from __future__ import annotations

import datetime
import json
import os
import random
from pathlib import Path

HEAD = [
    "序号",
    "来信编号",
    "标题",
    "来信人",
    "来信时间",
    "转办时间",
    "受理部门",
    "联系电话",
    "内容",
    "答复",
    "办结日期",
    "用时（小时）",
    "浏览量",
    "满意度",
]
DEPARTMENTS = (
    "市教育局",
    "市公安局交通警察支队",
    "市人力资源和社会保障局",
    "市自然资源局",
    "市住房保障和房屋管理局",
    "高新区管委会",
    "12345热线",
)
QUESTIONS = (
    "请问2026年灵活就业人员缴费基数是多少？往年是4231元，今年听说调到4486.5元。",
    "我家住在老旧小区，供暖温度只有16℃，11月20日至今没有好转，请问何时处理？",
    "办理不动产登记需要带哪些材料？网上预约号20261120-0031，时间8:30-11:30、13:30-16:30。",
    "268路公交车13:45、14:05、14:25三班连续未到，车号10230、10231，请核实。",
    "关于吉教发〔2025〕12号文件第3条、第5条的问题，1998年参加工作，2016年取得资格，2026年能否评聘？",
)


def _questions() -> list[str]:
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    path = Path(folder, "consultation", "questions.jsonl") if folder else None
    if path is None or not path.is_file():
        return list(QUESTIONS)
    texts = [str(value) for line in path.read_text("utf-8").splitlines()[:3000] for value in json.loads(line).values()]
    return [*QUESTIONS, *(text.replace("\t", " ").replace("\n", " ") for text in texts if len(text) < 2000)]


def letters(count: int, seed: int = 1) -> list[list[str]]:
    """The header and `count` rows."""
    rng = random.Random(seed)
    questions = _questions()
    rows = [HEAD]
    for number in range(1, count + 1):
        at = datetime.datetime(2026, 1, 1) + datetime.timedelta(minutes=rng.randrange(460_000))
        sent = at + datetime.timedelta(minutes=rng.randrange(3000))
        done = sent + datetime.timedelta(days=rng.randrange(20))
        rows.append([
            str(number), f"{at:%Y%m%d}{rng.randrange(10**6):06}", rng.choice(questions)[:20], rng.choice(("王*", "李**", "网友", "匿名")),
            rng.choice((f"{at:%Y-%m-%d %H:%M}", f"{at:%Y/%m/%d %H:%M:%S}", f"{at:%H:%M}")), f"{sent:%m-%d %H:%M}",
            rng.choice(DEPARTMENTS), f"0431-8{rng.randrange(10**7):07}", rng.choice(questions),
            f"您好，来信（{rng.randrange(10**8):08}）收悉。",
            f"{done:%Y%m%d}", f"{rng.random() * 300:.2f}", str(rng.randrange(20_000)), rng.choice(("满意", "5", "4.5", "")),
        ])  # fmt: skip
    return rows
