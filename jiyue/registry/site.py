"""The resolved registry: the sites as all later rooms see them. Plain frozen data, cheap to pass to a child process."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jiyue.base.diagnostics import Diagnostic
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.life import CLOSED, Closing, Former

SOURCE_LANGUAGE = "zh-CN"
"""The language of the theme's source strings, and of a site that declares none."""

SITE_KINDS = {"province": "省", "prefecture": "市州", "county": "县市区", "department": "部门"}
"""Kinds of sites -> Chinese names, in the order in which sites are listed."""

FACT_NAMES = {
    "site_id_code": "网站标识码", "sponsor": "主办单位", "operator": "承办单位", "contact": "联系方式", "icp": "ICP 备案编号",
    "police_no": "公安机关备案号", "conac_id": "党政机关网站标识编号", "security_level": "安全等级",
}  # fmt: skip
"""Facts of a site that a profile may require -> Chinese names."""

NOT_SITES = frozenset({"cluster", "mail", "rights", "waivers", "release-keys", "partners"})
"""Names of files sites/<name>.yaml that are not sites."""
SHARED_FOLDERS = frozenset({"alerts", "exchange", "ledger", "migrated", "profiles", "registers", "upstream"})
"""Folders in sites/. A site is always a file there."""
REGISTERS = "sites/registers"
"""The folder of the registers (登记簿): `<name>.csv` is the cluster's, `<site>/<name>.csv` a site's own (jiyue.catalogue.registers)."""

MIGRATED = "sites/migrated"
"""The folder of the batches of migrated files (jiyue.catalogue.migrated)."""

SCREENS = "screen/"
"""The folder of a site's output that is made for screens in public places."""


def register_site(path: str) -> str:
    """The site whose own register a path is; '' for any other path."""
    site, slash, name = path.removeprefix(REGISTERS + "/").partition("/")
    return site if slash and "/" not in name and path.startswith(REGISTERS + "/") else ""


def site_ids(names: Iterable[str]) -> set[str]:
    """The ids of the sites among the names of files in sites/."""
    return {name.removesuffix(".yaml") for name in names if name.endswith(".yaml")} - NOT_SITES


class ClusterBroken(Exception):
    """The cluster can't be built at all; diagnostics says why."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("cluster")
        self.diagnostics = diagnostics


REVIEW_STEPS = {"first": "初审", "second": "复审", "final": "终审", "secrecy": "保密审查"}
"""Steps of the review before publication: key -> role of the officer who does it (吉政办发〔2015〕5号 十一、十二)."""


class Gather(NamedTuple):
    """专题汇集: which articles of other sites a column lists. (): any.

    sites: ids and kinds of sites; columns: ColumnTypes and paths; articles: as written, `site/id` or a path below content/.
    """

    sites: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    most: int = 200


@dataclass(frozen=True, slots=True)
class Column:
    """栏目. path is the folder relative to the site's, with `/` between levels; channel marks a 频道.

    review: required, none, or '' for the profile's setting. pictures: whether its list shows the articles' pictures.
    """

    path: str
    name: str
    type: str = "其他"
    owner: str = ""
    max_age_days: int = 0
    description: str = ""
    keywords: tuple[str, ...] = ()
    channel: bool = False
    review: str = ""
    pictures: bool = False
    contact: str = ""
    gather: Gather | None = None
    partner: tuple[str, str] | None = None
    """(name, address or '') of whom it is run with."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Column:
        """The inverse of dataclasses.asdict, after JSON."""
        *lists, most = data["gather"] or ((), 0)
        gather = (
            Gather(tuple(lists[0]), tuple(lists[1]), tuple(lists[2]), tuple(lists[3]), most) if data["gather"] else None
        )
        partner = tuple(data["partner"]) if data["partner"] else None
        return cls(**{**data, "keywords": tuple(data["keywords"]), "gather": gather, "partner": partner})


@dataclass(frozen=True, slots=True)
class Block:
    """首页区块. title, count: '' and 0 for the usual; columns: of which it shows articles, () for those of its types."""

    name: str
    title: str = ""
    columns: tuple[str, ...] = ()
    count: int = 0


class Promoted(NamedTuple):
    """推荐结果: a page shown above the search results of these queries. url: relative to the site's, or complete."""

    queries: tuple[str, ...]
    title: str
    url: str


class FriendlyLink(NamedTuple):
    """友情链接. group: the heading it stands under, '' for the usual one."""

    name: str
    url: str
    group: str = ""


class Notice(NamedTuple):
    """紧急提示: a banner on every page of a site, from `since` ('': at once) until `until`, 'YYYY-MM-DD HH:MM'.

    level: red, orange, yellow, blue (突发事件应对法, level one to four) or info. url: below the site's, complete, or ''.
    """

    level: str
    text: str
    url: str
    since: str
    until: str

    def address(self, site_url: str) -> str:
        """Its complete address, '' where it has none."""
        return self.url if not self.url or "://" in self.url else f"{site_url}/{self.url}"

    def is_shown(self, now: str) -> bool:
        """Whether it is shown at this moment."""
        return self.since <= now < self.until


class Edition(NamedTuple):
    """译文版本（外文版）: what a site declares of its edition in a language, with the limits of its profile (registry/editions.py).

    editor, reviewer: posts. max_lag_days: the promise, how soon a translation follows its original. columns: the core
    columns' paths. since: 'YYYY-MM-DD', first day of the originals that need one, '' for none; window_days: those of so many
    days; percent: how many of a core column must be in step. lacking: what is wrong with the declaration, in Chinese.
    """

    lang: str
    editor: str = ""
    reviewer: str = ""
    max_lag_days: int = 0
    columns: tuple[str, ...] = ()
    since: str = ""
    window_days: int = 0
    percent: int = 0
    lacking: tuple[str, ...] = ()


class Screens(NamedTuple):
    """触摸屏和显示屏. columns: paths; seconds a slide, until a reset, between polls; items of the loop, articles of a column."""

    columns: tuple[str, ...]
    seconds: int
    idle: int
    poll: int
    items: int
    articles: int


class Medium(NamedTuple):
    """稿源单位: a publisher whose texts may be reposted. hosts: of its websites, subdomains included; () if known by name only."""

    name: str
    hosts: tuple[str, ...] = ()


class Media(NamedTuple):
    """A profile's list of qualified sources, () if it has none. strict: whether a repost from elsewhere is withheld."""

    sources: tuple[Medium, ...] = ()
    strict: bool = False


class Partner(NamedTuple):
    """往来站群: another cluster with which articles are exchanged. url: of its root site. inbox: the site that it reports to.

    above: whether we report to it, else it reports to us. keys: (base64 of a public key, first day on which it no longer counts or '').
    """

    id: str
    name: str
    url: str
    above: bool
    inbox: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Site:
    """站点, after inheritance: cluster → kind → profile → its own file.

    facts are the texts shown in the furniture (sponsor, icp, …), '' where the site has none. superiors are the ids
    of the sites above it, the direct one first.
    """

    id: str
    name: str
    short: str
    kind: str
    url: str
    superiors: tuple[str, ...]
    facts: dict[str, str]
    columns: tuple[Column, ...]
    profile: str = "basic"
    languages: tuple[str, ...] = ()
    editions: tuple[Edition, ...] = ()
    officers: tuple[dict[str, str], ...] = ()
    plugins: tuple[str, ...] = ()
    deploy: dict[str, Any] = field(default_factory=dict)
    feeds: str = "summary"
    feeds_by: tuple[tuple[str, str], ...] = ()
    """(`topic` or `keyword`, word) of each feed by a word."""
    hub: str = ""
    """The WebSub hub that announces its feeds."""
    indexnow_key: str = ""
    review: tuple[str, ...] = ()
    """The review steps that its profile requires: first, second, final, secrecy."""
    review_proof: str = "none"
    """The evidence that a review record needs: none, signed or forge (docs/checks.md)."""
    broken_links: str = "warning"
    promoted: tuple[Promoted, ...] = ()
    blocks: tuple[Block, ...] = ()
    """The blocks of its home page, from the top."""
    hot: tuple[str, ...] = ()
    """The suggested queries under the search of its home page, () for the default."""
    menu: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The groups of its menu, as (name, columns); () for the default."""
    receives: tuple[tuple[str, str], ...] = ()
    """Type of a pushed article's column -> path of its own column that receives it instead of the first one of that type."""
    notice: Notice | None = None
    screens: Screens | None = None
    links: tuple[FriendlyLink, ...] = ()
    offline: tuple[int, int] | tuple[()] = ()
    """What a reader's browser keeps for reading offline: how many pages, and up to how many kB the search index; () nothing."""
    leaving: str = "none"
    """What happens before a link leads to a site that is no government's: notice or none."""
    plugin_files: tuple[str, ...] = ()
    """Files that its plugins write instead of the platform, relative to the site's output."""
    security_level: int = 0
    """The level of protection (GB/T 22240) that is registered, 1 to 5, 0 for none. Internal."""
    closing: Closing | None = None
    formerly: tuple[Former, ...] = ()

    @property
    def superior(self) -> str:
        """The direct superior's id, '' for the root."""
        return self.superiors[0] if self.superiors else ""

    def is_closed(self, now: str) -> bool:
        """Whether it is closed at a moment: then it has no content, only the notice."""
        return self.closing is not None and self.closing.state(now) == CLOSED

    def when_closed(self) -> Site:
        """It as it is built once it is closed: with its name and furniture, without columns and what they fill."""
        return replace(
            self, columns=(), promoted=(), blocks=(), hot=(), menu=(), receives=(), notice=None, links=(), officers=()
        )

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names under which it is a source itself: its own, and those of who runs it."""
        return tuple(filter(None, (self.name, self.short, self.facts.get("sponsor"), self.facts.get("operator"))))

    def review_steps(self, column: str) -> tuple[str, ...]:
        """The review steps that an article in a column needs: the profile's, unless the column overrides them."""
        own = next((c.review for c in self.columns if c.path == column), "")
        if own == "none":
            return ()
        return self.review or (tuple(REVIEW_STEPS) if own == "required" else ())

    @property
    def lang(self) -> str:
        """The language of its pages, unless an article declares another."""
        return self.languages[0] if self.languages else SOURCE_LANGUAGE

    @cached_property
    def host(self) -> str:
        """Host name, with the port if its url has one."""
        return urlsplit(self.url).netloc

    @cached_property
    def base_path(self) -> str:
        """The path of its url: '' or '/cc'."""
        return urlsplit(self.url).path.rstrip("/")

    def column_of_type(self, kind: str) -> Column | None:
        """The first column of the given ColumnType."""
        return next((column for column in self.columns if column.type == kind), None)

    def receiving_column(self, kind: str) -> Column | None:
        """The column that shows what superiors push down from a column of that ColumnType."""
        own = dict(self.receives).get(kind)
        return next((column for column in self.columns if column.path == own), None) or self.column_of_type(kind)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Site:
        """The inverse of dataclasses.asdict, after JSON."""
        columns = tuple(map(Column.from_json, data["columns"]))
        tuples = {
            k: tuple(data[k])
            for k in ("superiors", "languages", "officers", "plugins", "plugin_files", "review", "hot", "offline")
        }
        blocks = tuple(Block(**{**block, "columns": tuple(block["columns"])}) for block in data["blocks"])
        menu = tuple((name, tuple(paths)) for name, paths in data["menu"])
        receives = tuple((kind, path) for kind, path in data["receives"])
        promoted = tuple(Promoted(tuple(queries), title, url) for queries, title, url in data["promoted"])
        notice = Notice(*data["notice"]) if data["notice"] else None
        links = tuple(FriendlyLink(*link) for link in data["links"])
        editions = tuple(
            Edition(**{**one, "columns": tuple(one["columns"]), "lacking": tuple(one["lacking"])})
            for one in (dict(zip(Edition._fields, values, strict=True)) for values in data["editions"])
        )
        closing = Closing(*data["closing"])._replace(heir=tuple(data["closing"][4])) if data["closing"] else None
        formerly = tuple(Former(*one) for one in data["formerly"])
        screens = Screens(tuple(data["screens"][0]), *data["screens"][1:]) if data["screens"] else None
        return cls(
            **{
                **data, **tuples, "columns": columns, "promoted": promoted, "notice": notice, "blocks": blocks, "menu": menu,
                "links": links, "editions": editions, "closing": closing, "formerly": formerly, "screens": screens,
                "feeds_by": tuple((kind, word) for kind, word in data["feeds_by"]),
                "receives": receives,
            }
        )  # fmt: skip


PICTURES = ("logo", "banner", "conac_mark", "error_mark", "elder_mark")
"""The facts of a site that name a picture in its folder."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """站群."""

    name: str
    root: str
    search: bool = True
    synonyms: tuple[tuple[str, ...], ...] = ()
    notice: str = ""
    portal_name: str = ""
    portal_url: str = ""
    recommended: str = ""
    terms: tuple[str, ...] = ()
    mobiles: tuple[str, ...] = ()
    blocked_hosts: tuple[str, ...] = ()
    outside: tuple[tuple[str, str], ...] = ()
    """(name, address) of pages outside the cluster that show the recommended column."""
    government_hosts: tuple[str, ...] = ()
    """Hosts besides gov.cn that are a government's, with all below them."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Cluster:
        """The inverse of dataclasses.asdict, after JSON."""
        tuples = {key: tuple(data[key]) for key in ("terms", "mobiles", "blocked_hosts", "government_hosts")}
        pairs = {key: tuple(map(tuple, data[key])) for key in ("synonyms", "outside")}
        return cls(**{**data, **tuples, **pairs})


@dataclass(frozen=True)
class Registry:
    """All valid sites, the ids of the broken ones, and the findings. media: by profile, which many sites share."""

    cluster: Cluster
    sites: dict[str, Site]
    broken: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    media: dict[str, Media] = field(default_factory=dict)
    partners: tuple[Partner, ...] = ()
    profile_rules: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """The rules of inspection of each profile in use, as plain data: profile -> id -> rule."""
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Profile in use -> {"required": facts, "formats": fact -> regular expression}."""

    def rules(self, site: Site) -> dict[str, InspectionRule]:
        """The rules of inspection for a site: those of its profile that concern its kind, by id, in the profile's order."""
        if site.profile not in self._rules:
            given = self.profile_rules.get(site.profile, {})
            self._rules[site.profile] = {key: InspectionRule.from_json(rule) for key, rule in given.items()}
        return {
            key: rule for key, rule in self._rules[site.profile].items() if not rule.kinds or site.kind in rule.kinds
        }

    @cached_property
    def _rules(self) -> dict[str, dict[str, InspectionRule]]:
        return {}

    @property
    def urls(self) -> dict[str, str]:
        """The url of every site by id; '' for one whose file is broken."""
        return {**dict.fromkeys(self.broken, ""), **{site.id: site.url for site in self.sites.values()}}

    @property
    def former_ids(self) -> set[str]:
        """The ids of removed sites that a present one names as what it was before."""
        return {one.id for site in self.sites.values() for one in site.formerly if one.id}

    def without(self, sites: Collection[str], findings: Iterable[Diagnostic]) -> Registry:
        """The registry as if the files of these sites were broken: their subordinates move up one level."""
        left = {
            site.id: replace(site, superiors=tuple(above for above in site.superiors if above not in sites))
            for site in self.sites.values()
            if site.id not in sites
        }
        return replace(self, sites=left, broken=(*self.broken, *sites), diagnostics=(*self.diagnostics, *findings))

    def subordinates(self, site: Site) -> list[Site]:
        """Its direct subordinates, in the registry's order."""
        return self._below.get(site.id, [])

    def siblings(self, site: Site) -> list[Site]:
        """The other sites of the same kind and superior."""
        return [other for other in self._below.get(site.superior, []) if other.kind == site.kind and other is not site]

    def below(self, site: Site) -> Iterator[Site]:
        """Its subordinates at any depth."""
        for child in self.subordinates(site):
            yield child
            yield from self.below(child)

    def first_with(self, fact: str, value: str) -> str:
        """The id of the first site that states this value of a fact, '' if none does."""
        return self._first_with.get((fact, value), "")

    @cached_property
    def _first_with(self) -> dict[tuple[str, str], str]:
        known: dict[tuple[str, str], str] = {}
        for site in self.sites.values():
            for pair in site.facts.items():
                known.setdefault(pair, site.id)
        return known

    @cached_property
    def _below(self) -> dict[str, list[Site]]:
        result: dict[str, list[Site]] = {}
        for site in self.sites.values():
            if site.superiors:
                result.setdefault(site.superior, []).append(site)
        return result

    def as_json(self) -> dict[str, Any]:
        """Plain data for the cache."""
        return {
            "cluster": asdict(self.cluster),
            "sites": [asdict(site) for site in self.sites.values()],
            "broken": list(self.broken),
            "diagnostics": [d.as_json() for d in self.diagnostics],
            "media": self.media,
            "partners": self.partners,
            "profile_rules": self.profile_rules,
            "asked": self.asked,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Registry:
        """The inverse of as_json."""
        sites = [Site.from_json(site) for site in data["sites"]]
        return cls(
            Cluster.from_json(data["cluster"]),
            {site.id: site for site in sites},
            tuple(data["broken"]),
            tuple(Diagnostic.from_json(d) for d in data["diagnostics"]),
            {
                profile: Media(tuple(Medium(name, tuple(hosts)) for name, hosts in sources), strict)
                for profile, (sources, strict) in data["media"].items()
            },
            tuple(
                Partner(partner_id, name, url, above, inbox, tuple((key, until) for key, until in keys))
                for partner_id, name, url, above, inbox, keys in data["partners"]
            ),
            data["profile_rules"],
            data["asked"],
        )
