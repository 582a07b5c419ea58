"""Which icon of the theme's sprite (themes/gov/static/icons.svg) stands for a service, by the words of its title."""

from __future__ import annotations

ICONS = {
    "shield": ("社保", "社会保障", "社会保险", "保险", "失业"),
    "medical": ("医保", "医疗", "医院", "就医", "疫苗", "卫生", "健康"),
    "idcard": ("身份证", "户口", "户籍", "居住证", "落户"),
    "elder": ("养老", "老年", "退休", "长者", "高龄"),
    "baby": ("生育", "出生", "新生儿", "托育", "未成年", "儿童"),
    "ring": ("婚姻", "结婚", "离婚"),
    "access": ("残疾", "无障碍", "救助", "低保", "困难"),
    "work": ("就业", "创业", "招聘", "劳动", "人才", "职称"),
    "school": ("教育", "入学", "学校", "学历", "考试", "招生", "教师", "培训", "幼儿园"),
    "house": ("住房", "公积金", "租房", "房屋", "物业", "公租房"),
    "land": ("不动产", "土地", "规划", "宅基地", "测绘"),
    "bus": ("交通", "停车", "公交", "车辆", "驾驶", "机动车", "出行", "道路"),
    "passport": ("护照", "出入境", "签证", "旅游", "港澳"),
    "company": ("企业", "开办", "营业执照", "公司", "惠企", "注册"),
    "shop": ("商户", "经营", "食品", "餐饮", "个体", "烟草", "市场"),
    "money": ("税", "缴费", "补贴", "财政", "贷款", "资金", "奖励", "金融", "采购", "会计", "记账"),
    "law": ("法律", "公证", "仲裁", "复议", "诉讼", "司法"),
    "leaf": ("环境", "环保", "林业", "绿化", "排污"),
    "wheat": ("农业", "种粮", "农机", "农村", "畜牧", "粮食"),
    "flame": ("供暖", "供热", "燃气", "采暖", "消防"),
    "drop": ("供水", "用水", "水务", "水利", "排水"),
    "bolt": ("供电", "用电", "电力", "能源"),
    "crane": ("建设", "施工", "工程", "装修", "建筑"),
    "book": ("文化", "图书", "档案", "出版", "体育"),
    "star": ("兵役", "征兵", "退役", "优抚", "党"),
    "camera": ("监督", "举报", "公示"),
    "phone": ("咨询", "热线", "投诉", "预约"),
}
"""Icon -> words; the first icon one of whose words stands in the title is taken."""
USUAL = "form"


def icon_of(title: str) -> str:
    """The icon of a service."""
    return next((icon for icon, words in ICONS.items() if any(word in title for word in words)), USUAL)
