"""All measures by the names that profiles call them, and in Chinese, for the data dictionary, how each one measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from jiyue.audit.measures import checks, duties, freshness, letters, probes, responsibility, sites
from jiyue.audit.measures.measurement import Measured
from jiyue.audit.measures.subject import Subject
from jiyue.registry.inspection import InspectionRule


class Measure(NamedTuple):
    """A measure. how: in Chinese, what it looks at."""

    run: Callable[[Subject, InspectionRule], Measured]
    how: str


MEASURES = {
    "findings": Measure(checks.findings, "数 jiyue check 的这些规则在已公开的稿件里发现的问题；被暂缓发布的只提醒，已豁免的不算"),
    "page_faults": Measure(checks.page_faults, "数上一次构建的网页里这些规则发现的问题，一个网页一处"),
    "page_weight": Measure(checks.page_weight, "量上一次构建的每个网页的 HTML 字节数，并数向站外取内容、图片过大的问题"),
    "dates": Measure(checks.dates, "比对稿件的发布日期和它第一次提交的时间，以及后来改早发布日期的提交"),
    "out_of_scope": Measure(checks.out_of_scope, "按提交人的地址和 sites/rights.yaml，数改到了职责以外的提交"),
    "home_page": Measure(freshness.home_page, "各栏目里最近一篇公开稿件的发布或修改日期，到今天的天数"),
    "vetoed_columns": Measure(freshness.vetoed_columns, "动态要闻类、通知公告和政策文件类栏目里，最近更新超过各自期限的，空白的不算"),
    "other_columns": Measure(freshness.other_columns, "其余写了 max_age_days 的栏目里，最近更新超过自己期限的，空白的不算"),
    "columns_of_types": Measure(freshness.columns_of_types, "这些类别的栏目里，最近更新超过期限的"),
    "blank_columns": Measure(freshness.blank_columns, "没有一篇公开稿件的栏目，频道不算，下级栏目的稿件算在上级栏目里"),
    "required_columns": Measure(freshness.required_columns, "每个类别有没有栏目、有没有内容、最近更新是不是在期限以内"),
    "channel": Measure(letters.channel, "有没有咨询投诉类栏目，里面有没有内容"),
    "unanswered": Measure(letters.unanswered, "来信台账里超过期限没有答复的来信，公开不公开的都算"),
    "late_answers": Measure(letters.late_answers, "来信台账里过了期限没有答复，或者在考核期内答复晚了的来信；等待来信人补充的时间不算"),
    "shown_answers": Measure(letters.shown_answers, "最近一次公开来信答复，到今天的天数"),
    "error_reports": Measure(letters.error_reports, "找错台账（tickets.csv）里超过期限没有办结，或者在考核期内办结晚了的留言"),
    "ticket_terms": Measure(letters.ticket_terms, "找错台账（tickets.csv）里收到以后过了规定的工作日还没有办结的留言"),
    "guides": Measure(duties.guides, "数每份公开的办事指南缺少的要素（事项名称以外的九项）"),
    "guide_statistics": Measure(duties.guide_statistics, "办事指南的办件统计截止日期，到今天的天数"),
    "survey_results": Measure(duties.survey_results, "已经结束、到了期限还没有写结果的征集调查"),
    "surveys_held": Measure(duties.surveys_held, "考核期内开始的征集调查的期数"),
    "interpretations": Measure(duties.interpretations, "写明要解读的公文，解读的发布日期和期限；写了 interprets 又对不上文件的也算"),
    "publication": Measure(duties.publication, "公文的成文日期到发布日期的工作日数；转载的、迁移来的不算"),
    "reposts": Measure(duties.reposts, "转载的和上级推送的文章，从原文发布到在本站公开的时间；凭发布记录和提交历史，见 jiyue latency"),
    "twins": Measure(duties.twins, "标题与别的站点先发布的文章相同、正文也大部分相同（按 12 字的片段估算）、又没有写 repost_of 的文章"),
    "copies": Measure(duties.copies, "标题不同、正文与别的站点先发布的几乎相同、又没有写 repost_of 的文章；指南、年报不算"),
    "annual_reports": Measure(duties.annual_reports, "有没有写着 annual_report 年份的公开文章，标题里有年份和「年度报表」的公开文章"),
    "stated_facts": Measure(sites.stated_facts, "站点文件里有没有写这些信息；页面的页脚由它们生成"),
    "domain": Measure(sites.domain, "站点文件里的域名和网站标识码；格式和重复由站点登记检查"),
    "portal_block": Measure(sites.portal_block, "省级门户的推荐栏目有没有内容，本站上一次构建用的是不是它现在的内容"),
    "endings": Measure(sites.endings, "登记的最后一天到今天的天数"),
    "tasks": Measure(responsibility.tasks, "任务登记簿里过了期限、没有公开的文章也没有办结日期的任务；完成它的文章撤下了的重新算"),
    "guarantee": Measure(responsibility.guarantee, "信息保障计划里，最近结束的一期（周、月、季、年，或者最长间隔）公开的稿件不够的事项"),
    "roster": Measure(responsibility.roster, "值班表第一天以后没有人值班的日子"),
    "reading": Measure(responsibility.reading, "读网记录里这个站点最近一次读网到今天的天数，和发现以后没有按时改正的问题"),
    "closed_visits": Measure(probes.closed_visits, "一周里 jiyue probe 打开首页的次数，打不开的和超过限时的占多少"),
    "altered_files": Measure(probes.probed("bytes"), "最近一次 jiyue probe 抽查的文件里，与签名的发布清单不一致的"),
    "outside_links": Measure(probes.probed("links"), "最近一次 jiyue probe 试过的首页和几个网页的站外链接里，打不开的"),
    "search_works": Measure(probes.probed("search"), "最近一次 jiyue probe 在线上的搜索里查最新文章的标题"),
    "newer_protocol": Measure(probes.probed("ipv6"), "最近一次 jiyue probe 用 IPv6 打开首页和几个网页，与 IPv4 比较"),
    "not_here": Measure(sites.not_here, "由探测、台账或者人工判定，仓库里的内容不能判定"),
}  # fmt: skip
"""Name in a profile's `measure` -> measure."""
