"""The dictionary of the dashboard's own figures; those of the rules are explained by the profile and the measures."""

from __future__ import annotations

from typing import NamedTuple

from jiyue.audit.dashboard.board import AHEAD
from jiyue.audit.dashboard.freshness import SOON_DAYS
from jiyue.audit.dashboard.scores import BONUS_ABOVE, FAILING, FEWEST, FULL
from jiyue.letters.statistics import FEWEST as FEWEST_LETTERS
from jiyue.linkage.latency import FEWEST as FEWEST_REPOSTS

_TABLE = "国办秘函〔2019〕19号"
_OURS = "本平台"


class Figure(NamedTuple):
    """A figure: its Chinese name, what it means, its unit ('' for none), how it is computed, where it comes from."""

    name: str
    meaning: str
    unit: str
    how: str
    source: str = _OURS


FIGURES = {
    "sites": Figure("站点", "这次检查的站点", "个", "站群登记的全部站点，站点文件写坏的除外"),
    "failing": Figure(
        "不合格",
        f"有单项否决，或者得分不足 {FAILING} 分的站点",
        "个",
        "按已经判定的指标；不能判定的指标既不算合格也不算不合格",
        _TABLE,
    ),
    "new": Figure("本月新出现", "本月开始不合格的站点", "个", "有一条单项否决的开始日期在本月"),
    "result": Figure(
        "结果", "单项否决、不足 60 分、有扣分、没有扣分、没有检查", "", "有一条单项否决就不合格，不再看得分", _TABLE
    ),
    "vetoes": Figure("单项否决", "违反的单项否决指标", "条", "指标方案里级别为 veto、今天违反的指标"),
    "deductions": Figure("扣分指标", "违反的扣分指标", "条", "指标方案里级别为 deduct、今天违反的指标"),
    "own": Figure(
        "检查得分",
        f"{FULL} 分减去扣分，{BONUS_ABOVE} 分以上再加上加分",
        "分",
        "每条指标每处扣几分、最多扣几分写在指标方案里；没有核对过原文的分值在本页注明",
        _TABLE,
    ),
    "lost": Figure("扣分", "扣去的分", "分", "违反的扣分指标：每处分值乘以处数，不超过上限", _TABLE),
    "unit_lost": Figure(
        "分担的扣分", "单位负责的问题在站点扣分里占的份额", "分", "一条指标在一个站点的扣分由它的问题平均分担"
    ),
    "bonus": Figure("加分", "可以加的分", "分", "达到的加分指标", _TABLE),
    "total": Figure(
        "总分",
        "检查得分和外部评价按权重合成",
        "分",
        "外部评价在 sites/ledger/outside-scores.csv，权重也写在那里；没有外部评价的就是检查得分",
        "吉政办发〔2015〕5号（二十）",
    ),
    "outside": Figure(
        "外部评价",
        "专家、媒体、公众、第三方的评分和权重",
        "",
        "sites/ledger/outside-scores.csv 本年度的行",
        "吉政办发〔2015〕5号（二十）",
    ),
    "rank": Figure(
        "名次",
        "在同一类站点里的名次",
        "",
        f"没有单项否决的在前，再按总分；分数相同的名次相同。公开的稿件不足 {FEWEST} 篇、或者判定的指标不到一半的不排名",
    ),
    "decided": Figure("已判定", "能判定的指标占全部指标", "条", "不能判定和没有测成的，网页里都写明原因"),
    "wrong": Figure("要整改的问题", "不合格、扣分和提醒的问题", "处", "每一处有文件、责任单位、开始日期和处理办法"),
    "due": Figure("将到期", "现在没有问题，不处理就会出问题的事项", "项", f"由同一套指标推算今后 {AHEAD} 天"),
    "since": Figure("开始", "问题从哪一天开始", "", "现在这一段连续违反的第一天；一直如此的不写日期"),
    "unit": Figure(
        "责任单位", "负责整改的单位", "", "栏目的责任单位；不属于栏目的由站点的承办单位负责，没有承办单位的是主办单位"
    ),
    "fresh": Figure(
        "更新情况",
        "栏目距最近一次更新的天数",
        "天",
        f"超：超过期限；空：没有公开的稿件；近：{SOON_DAYS} 天之内到期；新：在期限之内；无：没有写期限；—：没有这个栏目",
    ),
    "public": Figure("公开稿件", "今天公开的稿件", "篇", "自己的稿件，不含上级推送的"),
    "year": Figure("本年发布", "发布日期在今年的公开稿件", "篇", "自己的稿件，不含上级推送的"),
    "days_30": Figure("30 天发布", "最近 30 天发布的公开稿件", "篇", "自己的稿件，不含上级推送的"),
    "pushed": Figure("接收推送", "上级推送到本站的公开稿件", "篇", "见 docs/linkage.md"),
    "reported": Figure("报送", "现在报送给上级的公开稿件", "篇", "写了 report_up 的稿件", "吉政办发〔2015〕5号（六）"),
    "adopted": Figure(
        "采用", "上级采用的稿件", "篇", "上级 received.csv 里最后一次决定为采用", "吉政办发〔2015〕5号（六）"
    ),
    "in_time": Figure(
        "按时转载",
        "已判定的转载中没有逾期的比例",
        "%",
        f"凭发布记录和提交历史，同 jiyue latency；不足 {FEWEST_REPOSTS} 篇的只列数字",
        "吉政办发〔2015〕5号（六）",
    ),
    "letters": Figure(
        "按期答复",
        "已到期的来信中按期答复的比例",
        "%",
        f"来信台账，同 jiyue letters stats；不足 {FEWEST_LETTERS} 封的只列数字",
    ),
    "change": Figure(
        "比以前",
        "检查得分与以前某天相比的变化",
        "分",
        "只比较两次都能判定的指标；以前的内容取自 git，网页没有重新构建，要看网页和提交历史的指标不参加比较",
    ),
    "columns": Figure("栏目", "由这个单位负责的栏目", "个", "不含频道"),
}
"""Key -> figure, in the order of the dictionary."""
