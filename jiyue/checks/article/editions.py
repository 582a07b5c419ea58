"""Rules on translations: an edition is open or says why not; language and original are declared, so that readers find both."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.catalogue.article import Article
from jiyue.catalogue.editions import language, may_have_editions, translations
from jiyue.catalogue.parity import Parity
from jiyue.checks.text.model import Text
from jiyue.registry.site import Site

EDITION = warning(
    "article-edition",
    "译文和原文对不上",
    "原文和译文互相对得上，网页才有语种切换，搜索引擎才会把对应语种的网页给读者。对不上时各自照常发布，只是互不相连。",
    "国办发〔2017〕47号（外文版）；BCP 47",
)

CLOSED = warning(
    "edition-closed",
    "译文版本没有开通",
    "没有专人编辑和审校、核心信息跟不上中文的译文版本，留着的是过时的信息，所以不开通：它的网页都不发布，"
    "原来有语种切换的地方链接到省级门户的译文版本。译文跟上以后自动开通。中文网页不受影响。",
    "吉政办发〔2015〕5号（八）",
)


def closed_findings(parity: Parity, site: Site) -> list[Diagnostic]:
    """A finding for an edition that is not open, with all that keeps it closed."""
    edition = parity.edition
    hint = f"jiyue editions {site.id} 逐篇列出缺的和落后的译文；办不到的，从 sites/{site.id}.yaml 去掉 {edition.lang}"
    if edition.lacking:
        hint = f"在 sites/{site.id}.yaml 的 languages 和 editions 里申报（docs/editions.md）；办不到的，去掉 {edition.lang}"
    message = f"译文版本 {edition.lang} 不开通：{'；'.join(parity.closed)}"
    return [CLOSED.at(f"sites/{site.id}.yaml", 0, message, hint, site=site.id)]


def edition_findings(rows: Iterable[Article], site: Site, read: Callable[[str], str]) -> list[Diagnostic]:
    """Findings for one site's translations. read: source path -> text, used to find the line."""
    own = [row for row in rows if "lang" in row.extra or "translation_of" in row.extra]
    if not own:
        return []
    known = site.languages or (site.lang,)
    problems: list[tuple[Article, str, str, str]] = []
    groups = translations(rows)
    placed = {row.id for group in groups.values() for row in group}
    for row in own:
        lang = language(row, site)
        if lang not in known:
            hint = f"在 sites/{site.id}.yaml 写 languages: [{', '.join([*known, lang])}]，或改正 lang"
            problems.append((row, "lang", f"站点没有「{lang}」这一语种", hint))
        if "translation_of" in row.extra and row.id not in placed:
            problems.append(_alone(row))
    by_path = {row.path: row for row in rows}
    for path, group in groups.items():
        original = by_path.get(path)
        taken = {language(original, site) if original else site.lang: original.source_path if original else path}
        for row in group:
            first = taken.setdefault(language(row, site), row.source_path)
            if first != row.source_path:
                hint = "写上译文自己的语种，如 lang: en；同一语种只保留一篇"
                problems.append((row, "translation_of", f"语种与 {first} 相同", hint))
    return [_at(row, key, message, hint, read) for row, key, message, hint in problems]


def _alone(row: Article) -> tuple[Article, str, str, str]:
    if not may_have_editions(row):
        return row, "translation_of", "转载的文章不能写 translation_of", "去掉 translation_of"
    hint = "写原文的编号，或它在 content 下的路径，如 jilin/tzgg/20261120-notice.md；本站首页写 /，栏目写 /tzgg/"
    return row, "translation_of", f"没有「{row.extra['translation_of']}」这篇原文", hint


def _at(row: Article, key: str, message: str, hint: str, read: Callable[[str], str]) -> Diagnostic:
    text = Text(row.site, row.source_path, read(row.source_path))
    return text.at(EDITION, max(text.text.find(f"\n{key}:") + 1, 0), message, hint)
