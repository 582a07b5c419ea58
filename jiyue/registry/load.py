"""Loads sites/*.yaml into a Registry: read, inherit, validate, resolve. Problems become diagnostics; a broken site affects no other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from jiyue import PRODUCT_ROOT
from jiyue.base import yamlfile
from jiyue.base.diagnostics import Diagnostic, did_you_mean, encodable, error, warning
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.base.validation import findings
from jiyue.registry.inspection import InspectionRule, Threshold
from jiyue.registry.life import Closing, Former
from jiyue.registry.site import (
    FACT_NAMES,
    NOT_SITES,
    PICTURES,
    SHARED_FOLDERS,
    SITE_KINDS,
    Block,
    Cluster,
    ClusterBroken,
    Column,
    FriendlyLink,
    Gather,
    Media,
    Medium,
    Notice,
    Partner,
    Promoted,
    Registry,
    Screens,
    Site,
)

if TYPE_CHECKING:
    from jiyue.registry.life_fields import ClosingEntry
    from jiyue.registry.models import ClusterFile, GatherEntry, ProfileFile, SiteFile

FILE = error(
    "site-file", "站点文件无法读取", "站点、站群和方案文件必须是 UTF-8 编码的有效 YAML，否则不知道该怎样发布。"
)
FIELD = error("site-field", "站点文件的字段不对", "不认识的键和类型不对的值多半是笔误，放过它就会悄悄丢掉一项要求。")
NAME = error(
    "site-id", "站点编号不合规范", "编号是文件名，也是 content/ 下的目录名和输出目录名，只能用小写字母、数字和横线。"
)
SUPERIOR = error(
    "site-superior", "上级站点不对", "上级关系决定页面上的门户链接和推送范围。", "吉政办发〔2015〕5号（六）"
)
TWICE = error(
    "site-twice", "两个站点用了同一个网址或标识码", "一个网址、一个标识码只属于一个站点。", "国办发〔2017〕47号"
)
PROFILE = error("site-profile", "指标方案不对", "方案给出默认栏目和检查标准，找不到就无法构建。")
ORPHAN = warning(
    "site-orphan",
    "content 下的目录或文件不属于任何站点",
    "没有 sites/<编号>.yaml 的目录不会发布，直接放在 content/ 下的文件也不会。",
)

STRAY = warning(
    "site-stray",
    "sites 下的这个文件或目录不是站点",
    "站点是 sites/ 下的一个 <编号>.yaml 文件；写成别的样子就不会发布，也没有人知道。",
)
REQUIRED = warning(
    "site-required",
    "站点缺少方案要求的信息",
    "网站标识码、主办单位、ICP 备案编号等要写在每个页面的底部，缺了就是不合规范。",
    "国办发〔2017〕47号 附件《网页设计规范》",
)
CLOSED = warning(
    "site-closed",
    "登记的状态没有关停的日期",
    "站点按 closing 里的日期公告、关停；只写 status 的照常开放，网页都还在。",
    "国办发〔2017〕47号《政府网站发展指引》",
)
CLOSING = error(
    "site-closing",
    "站点的关停写得不对",
    "去向写错了就关停，读者收藏的网址都将打不开；这样的站点照常开放，改对后按日期关停。",
    "国办发〔2017〕47号《政府网站发展指引》",
)
HOME = warning("site-home", "首页或导航写了没有的栏目", "没有的栏目不显示；多半是目录名写错了，或者栏目已经关闭。")
RECEIVES = warning(
    "site-receives",
    "receives 写了没有的栏目",
    "推送来的文章没有这个栏目可进，仍进同一类别的第一个栏目；多半是目录名写错了，或者栏目已经关闭。",
    "吉政办发〔2015〕5号（六）",
)

LINK = warning(
    "site-link",
    "友情链接指向不得链接的网站",
    "站群登记了不得链接的外部网站，友情链接也不能指向它们；这一条不显示，其余照常。",
    "国办秘函〔2019〕19号 单项否决第1项（链接反动、暴力、色情等内容）",
)

PICTURED = ("工作动态",)
"""Types of columns whose lists show pictures unless they say otherwise: news, which has photographs."""
BASIC = "basic"
"""The profile that every other one extends, at least."""
_NEEDED = ("name", "text", "source", "level", "decided_by")
"""What a rule of inspection has to state."""
_RULE = {field.name: field.default for field in fields(InspectionRule) if field.default is not MISSING}
_THRESHOLD = {field.name: field.default for field in fields(Threshold) if field.default is not MISSING}
_ID = pattern(r"[a-z][a-z0-9-]{0,39}")
_ARTICLES = {".md", ".markdown", ".txt", ".doc", ".docx", ".wps", ".html", ".htm"}


def profile_rules(name: str, root: Path = PRODUCT_ROOT) -> dict[str, InspectionRule]:
    """The rules of inspection of a profile, by id. Raises ClusterBroken if the profile can't be used."""
    loader = _Loader(root)
    profile = loader.profile(name, _Source(name), "")
    if profile is None or loader.diagnostics:
        raise ClusterBroken(loader.diagnostics)
    return {key: InspectionRule.from_json(rule) for key, rule in profile["rules"].items()}


@dataclass
class _Source:
    """One YAML file: its path relative to the root, its values and their lines."""

    path: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: yamlfile.Lines = field(default_factory=dict)


def load_registry(root: Path) -> Registry:
    """Read `root`/sites. Raises ClusterBroken if sites/cluster.yaml or its root site can't be used."""
    return _Loader(root).load()


class _Loader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.diagnostics: list[Diagnostic] = []
        self.profiles: dict[str, dict[str, Any]] = {}
        self.unusable: set[Path] = set()

    def load(self) -> Registry:
        from jiyue.registry.models import ClusterFile  # noqa: PLC0415  (pydantic is heavy; a warm build skips this)

        cluster_source = self.read(self.root / "sites" / "cluster.yaml")
        if cluster_source is None:
            raise ClusterBroken(self.diagnostics)
        cluster, problems = findings(ClusterFile, cluster_source.data, cluster_source.lines, cluster_source.path, FIELD)
        if cluster is None:
            raise ClusterBroken(self.diagnostics + problems)
        files: dict[str, SiteFile] = {}
        sources: dict[str, _Source] = {}
        broken: list[str] = []
        for path in sorted((self.root / "sites").glob("*.yaml")):
            if path.stem in NOT_SITES:
                continue
            source = self.read_site(path)
            site = source and self.validate(source, path.stem, cluster_source)
            if not site or not source:
                broken.append(encodable(path.stem))
            else:
                files[path.stem], sources[path.stem] = site, source
        if cluster.root not in files:
            self.diagnostics.append(self.unknown(SUPERIOR, cluster_source, "root", cluster.root, files, "省级门户站点"))
            raise ClusterBroken(self.diagnostics)
        sites = self.resolve(cluster, files, sources, broken)
        partners = self.partners(sites, cluster.root)
        self.orphans(sites, broken)
        self.strays(cluster)
        for site_id in sites:
            self.check_facts(site_id, files[site_id], sources[site_id], sites[site_id].columns)
        rank = [*SITE_KINDS].index
        order = sorted(sites.values(), key=lambda s: (len(s.superiors), rank(s.kind), s.facts["site_id_code"], s.id))
        recommended = cluster.recommended or ""
        if recommended and recommended not in {c.path for c in sites[cluster.root].columns}:
            known = [c.path for c in sites[cluster.root].columns]
            self.diagnostics.append(
                self.unknown(FIELD, cluster_source, "recommended", recommended, known, "省级门户的栏目")
            )
            raise ClusterBroken(self.diagnostics)
        if not recommended:
            first = sites[cluster.root].column_of_type("工作动态")
            recommended = first.path if first else ""
        facts = Cluster(
            cluster.name,
            cluster.root,
            cluster.search,
            tuple(map(tuple, cluster.synonyms)),
            cluster.notice or "",
            cluster.portal.name,
            cluster.portal.url,
            recommended,
            tuple(cluster.terms),
            tuple(cluster.mobiles),
            tuple(cluster.blocked_hosts),
            tuple((one.name, one.url) for one in cluster.outside),
            tuple(cluster.government_hosts),
        )
        rules = {site.profile: self.profiles[site.profile]["rules"] for site in order}
        return Registry(
            facts,
            {site.id: site for site in order},
            tuple(broken),
            tuple(self.diagnostics),
            self.media(),
            partners,
            rules,
            {
                name: {
                    "required": list(self.profiles[name]["required"] or ()),
                    "formats": self.profiles[name]["formats"],
                }
                for name in rules
            },
        )

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self, path: Path, site: str = "") -> _Source | None:
        name = path.relative_to(self.root if path.is_relative_to(self.root) else PRODUCT_ROOT).as_posix()
        try:
            data, lines = yamlfile.parse(decode(path.read_bytes()))
        except FileNotFoundError:
            hint = "在站群的目录（有 sites 和 content 的那个）里运行，或用 --root 指定它"
            self.diagnostics.append(FILE.at(name, 0, "找不到这个文件", hint, site=site))
        except OSError as problem:
            self.diagnostics.append(FILE.at(name, 0, f"读不出来：{problem.strerror}", "检查文件权限", site=site))
        except NotUtf8 as problem:
            self.diagnostics.append(FILE.at(name, problem.line, problem.message, problem.hint, site=site))
        except yamlfile.YamlProblem as problem:
            self.diagnostics.append(
                FILE.at(name, problem.line, problem.message, problem.hint, site=site, col=problem.col)
            )
        else:
            if isinstance(data, dict):
                return _Source(name, data, lines)
            self.diagnostics.append(
                FILE.at(name, 1, "文件是空的或不是「键: 值」的形式", "至少写 name、kind 和 url 三行", site=site)
            )
        return None

    def read_site(self, path: Path) -> _Source | None:
        if not _ID.fullmatch(path.stem):
            name = path.relative_to(self.root).as_posix()
            hint = "改文件名和 content/ 下的目录名，如 changchun.yaml"
            self.diagnostics.append(
                NAME.at(
                    name, 0, f"站点编号「{path.stem}」只能用小写字母、数字和横线，以字母开头，不超过 40 个字符", hint
                )
            )
            return None
        return self.read(path, path.stem)

    def validate(self, source: _Source, site_id: str, cluster: _Source) -> SiteFile | None:
        """Merge cluster → kind → site key by key and validate the result. Columns are merged later, in columns()."""
        from jiyue.registry.models import SiteFile  # noqa: PLC0415  (pydantic: 90 ms)

        merged: dict[str, Any] = {}
        for path in (("defaults",), ("kinds", str(source.data.get("kind")))):
            layer: Any = cluster.data
            for key in path:
                layer = layer.get(key, {}) if isinstance(layer, dict) else {}
            merged.update(layer if isinstance(layer, dict) else {})
        merged.pop("columns", None)
        inherited = {key: value for key, value in merged.items() if key not in source.data}
        merged.update(source.data)
        site, problems = findings(SiteFile, merged, source.lines, source.path, FIELD, site_id)
        # problems in inherited values were reported for cluster.yaml already
        self.diagnostics += [p for p in problems if not any(f"「{key}" in p.message for key in inherited)] or problems
        return site

    # -- resolving ----------------------------------------------------------------------------------------------------

    def resolve(
        self, cluster: ClusterFile, files: dict[str, SiteFile], sources: dict[str, _Source], broken: list[str]
    ) -> dict[str, Site]:
        for site_id in list(files):
            if not self.superior_ok(site_id, files, sources, broken, cluster.root):
                broken.append(site_id)
                files.pop(site_id) if site_id != cluster.root else None
        if cluster.root in broken:
            raise ClusterBroken(self.diagnostics)
        self.withhold_duplicates(files, sources, broken, cluster.root)
        resolved: dict[str, tuple[Column, ...]] = {}
        for site_id, file in files.items():
            columns = self.columns(cluster, file, sources[site_id], site_id)
            if columns is None:
                broken.append(site_id)
                continue
            resolved[site_id] = columns
        if cluster.root not in resolved:
            raise ClusterBroken(self.diagnostics)
        files = {site_id: files[site_id] for site_id in resolved}
        sites = {
            site_id: _site(
                site_id,
                file,
                resolved[site_id],
                _superiors(site_id, files, cluster.root),
                self.profiles[file.profile or "basic"],
                self.friendly_links(cluster, file, sources[site_id], site_id),
            )
            for site_id, file in files.items()
        }
        for site_id, file in files.items():
            if file.closing and (closing := self.closing(site_id, file.closing, sites, sources[site_id], cluster.root)):
                sites[site_id] = replace(sites[site_id], closing=closing)
        return sites

    def closing(
        self, site_id: str, entry: ClosingEntry, sites: dict[str, Site], source: _Source, root: str
    ) -> Closing | None:
        """What a site's `closing:` says; None, with a finding, where its content would go nowhere."""
        line = source.lines.get(("closing", "moved_to"), source.lines.get(("closing",), 1))
        heir_id, _, place = entry.moved_to.partition("/")
        heir: tuple[str, ...] = ()
        message = hint = ""
        if site_id == root:
            message, hint = "省级门户不能关停", "删去 closing；门户换了站点的，改 cluster.yaml 的 root"
        elif entry.moved_to != "archived":
            known = [column.path for column in sites[heir_id].columns] if heir_id in sites else []
            if heir_id not in sites or heir_id == site_id:
                message = f"moved_to: 没有名为「{heir_id}」的站点承接" if heir_id != site_id else "moved_to: 不能是本站"
                hint = did_you_mean(heir_id, sites) or "写承接的站点的编号，只归档的写 archived"
            elif place and place not in known:
                message = f"moved_to: 站点 {heir_id} 没有栏目或频道「{place}」"
                hint = did_you_mean(place, known) or f"先在 sites/{heir_id}.yaml 里设置"
            else:
                to = next((column for column in sites[heir_id].columns if column.path == place), None)
                name = f"{sites[heir_id].name}网站" + (f"“{to.name}”{'频道' if to.channel else '栏目'}" if to else "")
                heir = (heir_id, place, name, f"{sites[heir_id].url}/" + (f"{quote(place)}/" if place else ""))
        if message:
            self.diagnostics.append(CLOSING.at(source.path, line, message, hint, site=site_id))
            if site_id in (root, heir_id) or not (self.root / "sites" / f"{heir_id}.yaml").is_file():
                return None
            # what was announced or closed stays so, whatever is wrong with the file of its heir
            heir = (heir_id, "", f"{sites[heir_id].name}网站", f"{sites[heir_id].url}/") if heir_id in sites else ()
        return Closing(entry.announced, entry.closes, entry.text or "", (entry.url or "").removeprefix("/"), heir)

    def friendly_links(
        self, cluster: ClusterFile, file: SiteFile, source: _Source, site_id: str
    ) -> tuple[FriendlyLink, ...]:
        """The friendly links of a site, without those to hosts that the cluster must not link to."""
        links = []
        for number, one in enumerate(file.links):
            host = (urlsplit(one.url).hostname or "").rstrip(".")
            if any(
                host == blocked or host.endswith(f".{blocked}") for blocked in map(str.lower, cluster.blocked_hosts)
            ):
                line = source.lines.get(("links", number), 1)
                message = f"友情链接「{one.name}」指向不得链接的网站 {host}，不显示"
                self.diagnostics.append(LINK.at(source.path, line, message, "删去这一条，或者换一个网址", site=site_id))
            else:
                links.append(FriendlyLink(one.name, one.url, one.group or ""))
        return tuple(links)

    def superior_ok(
        self, site_id: str, files: dict[str, SiteFile], sources: dict[str, _Source], broken: list[str], root: str
    ) -> bool:
        file, source = files[site_id], sources[site_id]
        if site_id == root:
            if file.superior:
                line = source.lines.get(("superior",), 0)
                hint = "删除 superior 这一行，或改 cluster.yaml 的 root"
                self.diagnostics.append(SUPERIOR.at(source.path, line, "省级门户不能有上级", hint, site=site_id))
            return not file.superior
        if not file.superior:
            hint = f"加一行 superior: {root}"
            self.diagnostics.append(SUPERIOR.at(source.path, 1, "没有写上级站点 superior", hint, site=site_id))
            return False
        seen, above = [site_id], file.superior
        while above:
            if above in seen:
                line = source.lines.get(("superior",), 0)
                message = "上级关系绕成了圈：" + " → ".join([*seen, above])
                self.diagnostics.append(
                    SUPERIOR.at(source.path, line, message, "改正其中一个站点的 superior", site=site_id)
                )
                return False
            seen.append(above)
            if above not in files:
                # a broken superior does not withhold its subordinates: they move up one level
                if len(seen) == 2 and above not in broken:
                    diagnostic = self.unknown(SUPERIOR, source, "superior", above, files, "上级站点", site_id)
                    self.diagnostics.append(diagnostic)
                    return False
                return True
            above = files[above].superior or ""
        return True

    def withhold_duplicates(
        self, files: dict[str, SiteFile], sources: dict[str, _Source], broken: list[str], root: str
    ) -> None:
        """Withhold each site whose url or site code another one has. The first keeps it: fewest superiors, then id."""
        for key, label in (("url", "网址"), ("site_id_code", "网站标识码")):
            taken: dict[str, str] = {}
            for site_id in sorted(files, key=lambda i: (len(_superiors(i, files, root)), i)):
                value = str(getattr(files[site_id], key) or "").lower()
                first = taken.setdefault(value.partition("://")[2] or value, site_id) if value else site_id
                if first == site_id:
                    continue
                source = sources[site_id]
                message = f"{label} {value} 与站点 {first}（{sources[first].path}）相同"
                line = source.lines.get((key,), 0)
                self.diagnostics.append(TWICE.at(source.path, line, message, f"两个站点各用各的{label}", site=site_id))
                broken.append(site_id)
                del files[site_id]

    def columns(self, cluster: ClusterFile, file: SiteFile, source: _Source, site_id: str) -> tuple[Column, ...] | None:
        """Merge columns from profile, cluster, kind of site and site, in that order: each layer adds, renames or removes.

        None if the profile is unusable or a path occurs twice.
        """
        given = self.profile(file.profile or "basic", source, site_id)
        if given is None:
            return None
        entries: dict[str, Any] = {}
        kind = cluster.kinds[file.kind].columns if file.kind in cluster.kinds else []
        for entry in (*given["all"], *given[file.kind], *cluster.defaults.columns, *kind, *file.columns):
            known = entries.get(entry.path)
            entries[entry.path] = known.model_copy(update=entry.model_dump(exclude_unset=True)) if known else entry
        owner = file.operator or file.sponsor or file.name
        columns = [
            Column(
                e.path, e.name or e.path.rpartition("/")[2], e.type or "其他", e.owner or owner, e.max_age_days or 0,
                e.description or "", tuple(e.keywords), review=e.review or "",
                contact=e.contact or "",
                pictures=e.type in PICTURED if e.pictures is None else e.pictures,
                gather=_gather(e.gather) if e.gather else None,
                partner=(e.partner.name, e.partner.url or "") if e.partner else None,
            )
            for e in entries.values()
            if not e.off
        ]  # fmt: skip
        columns += [
            Column(
                c.path,
                c.name,
                "频道",
                c.owner or c.name,
                description=c.intro or "",
                channel=True,
                contact=c.contact or "",
            )
            for c in file.channels
        ]
        seen: dict[str, Column] = {}
        for column in columns:
            first = seen.setdefault(column.path.casefold(), column)
            if first is not column:
                message = f"栏目或频道「{column.path}」写了两次"
                self.diagnostics.append(
                    FIELD.at(
                        source.path, source.lines.get(("channels",), 1), message, "改其中一个的 path", site=site_id
                    )
                )
                return None
        return tuple(columns)

    def profile(self, name: str, source: _Source, site_id: str, chain: tuple[str, ...] = ()) -> dict[str, Any] | None:
        """A profile merged with those it extends: its columns by kind of site, and its settings. None if unusable.

        Profiles of the cluster take precedence over the product's. chain: the profiles that extend this one.
        """
        from jiyue.registry.editions import merged  # noqa: PLC0415  (as below)
        from jiyue.registry.models import ProfileColumns, ProfileFile, ProfileHome  # noqa: PLC0415  (pydantic: 90 ms)

        if name in self.profiles:
            return self.profiles[name]
        folders = (self.root / "sites" / "profiles", PRODUCT_ROOT / "jiyue" / "profiles")
        path = next(
            (f / f"{name}.yaml" for f in folders if re.fullmatch(r"[\w-]+", name) and (f / f"{name}.yaml").is_file()),
            None,
        )
        if path is None or name in chain:
            known = [p.stem for f in folders for p in f.glob("*.yaml")]
            key = "extends" if chain else "profile"
            self.diagnostics.append(self.unknown(PROFILE, source, key, name, known, "指标方案", site_id))
            return None
        if path in self.unusable:
            return None
        own = self.read(path)
        if own is None:
            self.unusable.add(path)
            return None
        file, problems = findings(ProfileFile, own.data, own.lines, own.path, FIELD)
        self.diagnostics += problems
        extends = (file.extends or (BASIC if name != BASIC else "")) if file else ""
        base = self.profile(extends, own, site_id, (*chain, name)) if extends else {}
        if file is None or base is None:
            self.unusable.add(path)
            return None
        self.profiles[name] = {
            kind: (*base.get(kind, ()), *getattr(file.columns, kind)) for kind in ProfileColumns.model_fields
        }
        homes = {kind: getattr(file.home, kind) or file.home.all for kind in ProfileHome.model_fields}
        self.profiles[name]["home"] = {kind: home or base.get("home", {}).get(kind) for kind, home in homes.items()}
        listed = {one.name: one for one in (*base.get("sources", ()), *file.sources)}
        self.profiles[name]["sources"] = [one for one in listed.values() if not one.off]
        for setting in ("review", "review_proof", "broken_links", "required", "unlisted_sources", "leaving"):
            own_setting = getattr(file, setting)
            self.profiles[name][setting] = base.get(setting) if own_setting is None else own_setting
        self.profiles[name]["editions"] = merged(base.get("editions", {}), file.editions)
        self.profiles[name]["formats"] = {**base.get("formats", {}), **file.formats}
        self.profiles[name]["rules"] = self.rules(base.get("rules", {}), file, own)
        return self.profiles[name]

    def partners(self, sites: Mapping[str, Site], root: str) -> tuple[Partner, ...]:
        """The clusters with which articles are exchanged; () where the file is missing or wrong."""
        path = self.root / "sites" / "partners.yaml"
        source = self.read(path) if path.is_file() else None
        if source is None:
            return ()
        from jiyue.registry.models import PartnersFile  # noqa: PLC0415  (pydantic is heavy)

        file, problems = findings(PartnersFile, source.data, source.lines, source.path, FIELD)
        self.diagnostics += problems
        made: dict[str, Partner] = {}
        above = ""
        for number, one in enumerate(file.partners if file else ()):
            line = source.lines.get(("partners", number), 1)
            inbox = one.inbox or root
            message = ""
            if one.id in sites or one.id in made:
                message, hint = f"编号「{one.id}」已经有了", "换一个编号"
            elif inbox not in sites:
                message, hint = f"inbox: 没有名为「{inbox}」的站点", did_you_mean(inbox, sites) or "写本站群的站点编号"
            elif above and one.role == "superior":
                message, hint = f"已经有上级「{above}」", "只留一个 role: superior"
            if message:
                self.diagnostics.append(FIELD.at(source.path, line, message, hint))
                continue
            above = one.id if one.role == "superior" else above
            keys = tuple((key.public, (key.until or "")[:10]) for key in one.keys)
            made[one.id] = Partner(one.id, one.name, one.url, one.role == "superior", inbox, keys)
        return tuple(made.values())

    def media(self) -> dict[str, Media]:
        """The qualified sources of each profile that names some."""
        return {
            name: Media(
                tuple(Medium(one.name, tuple(one.hosts)) for one in profile["sources"]),
                profile["unlisted_sources"] == "error",
            )
            for name, profile in self.profiles.items()
            if profile["sources"]
        }

    def rules(self, base: dict[str, Any], file: ProfileFile, source: _Source) -> dict[str, Any]:
        """The rules of a profile over those of its base; what can't be merged is reported and left as it was."""
        merged = dict(base)
        for key, entry in file.rules.items():
            line = source.lines.get(("rules", key), 1)
            known = merged.get(key)
            own = entry.model_dump(exclude_none=True)
            missing = [name for name in _NEEDED if not known and name not in own]
            if missing:
                hint = did_you_mean(key, base) or f"新增的指标要写明{'、'.join(missing)}"
                message = f"rules: 基础方案没有检查指标「{key}」，新增的又缺 {'、'.join(missing)}"
                self.diagnostics.append(PROFILE.at(source.path, line, message, hint))
                continue
            old = known["thresholds"] if known else {}
            strange = [
                name for name, given in own["thresholds"].items() if known and name not in old and "text" not in given
            ]
            for name in strange:
                hint = did_you_mean(name, old) or f"可以改的限值：{'、'.join(old) or '没有'}"
                where = source.lines.get(("rules", key, "thresholds", name), line)
                self.diagnostics.append(PROFILE.at(source.path, where, f"rules: {key} 没有限值「{name}」", hint))
            thresholds = {
                name: {**old.get(name, _THRESHOLD), "source": file.name, "verified": False, **given}
                for name, given in own["thresholds"].items()
                if name not in strange
            }
            merged[key] = {**(known or {**_RULE, "id": key}), **own, "thresholds": {**old, **thresholds}}
        return merged

    def orphans(self, sites: Iterable[str], broken: Iterable[str]) -> None:
        known = {*sites, *broken}
        folder = self.root / "content"
        for child in sorted(folder.iterdir()) if folder.is_dir() else []:
            if child.is_dir() and child.name not in known and not child.name.startswith("."):
                hint = did_you_mean(child.name, known) or f"新建 sites/{child.name}.yaml，或删除这个目录"
                self.diagnostics.append(ORPHAN.at(f"content/{child.name}", 0, f"没有名为「{child.name}」的站点", hint))
            elif child.suffix.lower() in _ARTICLES and child.is_file() and child.stem.lower() != "readme":
                hint = f"移到站点的栏目目录里，如 content/{next(iter(sorted(known)), '站点')}/tzgg/"
                message = "文章直接放在 content/ 下，不属于任何站点，不会发布"
                self.diagnostics.append(ORPHAN.at(f"content/{child.name}", 0, message, hint))

    def strays(self, cluster: ClusterFile) -> None:
        """Report files and folders in sites/ that are neither sites nor one of the platform's own files."""
        lists = {(self.root / path).resolve() for path in cluster.terms}
        for child in sorted((self.root / "sites").iterdir()):
            name = f"sites/{child.name}"
            hidden = child.name.startswith((".", "~")) or child.name.endswith("~") or child.stem.lower() == "readme"
            if hidden or child.resolve() in lists or (child.suffix == ".yaml" and child.is_file()):
                continue
            if child.is_dir() and child.name not in SHARED_FOLDERS and child.suffix != ".yaml":
                hint = f"站点写成文件 sites/{child.name}.yaml，文章放到 content/{child.name}/，再删除这个目录"
                self.diagnostics.append(STRAY.at(name, 0, f"目录「{child.name}」不是站点，里面的内容不会发布", hint))
            elif child.suffix.lower() in (".yml", ".yaml") and child.is_file():
                hint = f"改名为 {child.stem}.yaml；不用了就删除"
                self.diagnostics.append(STRAY.at(name, 0, f"文件「{child.name}」的名字不以 .yaml 结尾，不会读取", hint))
            elif child.is_file():
                hint = "站点文件以 .yaml 结尾；文章移到 content/<站点>/<栏目>/，不用了就删除"
                self.diagnostics.append(STRAY.at(name, 0, f"文件「{child.name}」不是站点文件，不会读取", hint))

    def check_facts(self, site_id: str, file: SiteFile, source: _Source, columns: tuple[Column, ...]) -> None:
        """Warn of facts that the profile requires and the site lacks, of unknown columns, and of a site marked as closed."""
        missing = [key for key in self.profiles[file.profile or "basic"]["required"] or () if not getattr(file, key)]
        if missing:
            message = "缺少" + "、".join(f"{FACT_NAMES[key]}（{key}）" for key in missing)
            hint = f"在站点文件里加上，如 {missing[0]}: …；各站点相同的写在 cluster.yaml 的 defaults 里"
            self.diagnostics.append(REQUIRED.at(source.path, 1, message, hint, site=site_id))
        self.diagnostics += _unknown_columns(site_id, file, source, columns)
        if file.status != "open" and not file.closing:
            line = source.lines.get(("status",), 1)
            hint = "要关停的，写 closing: {announced: 公告之日, closes: 关停之日, moved_to: 去向}；没有关停的改为 open"
            message = f"写了 status: {file.status}，没有写 closing，站点照常开放"
            self.diagnostics.append(CLOSED.at(source.path, line, message, hint, site=site_id))

    @staticmethod
    def unknown(
        rule: Any, source: _Source, key: str, word: str, known: Iterable[str], what: str, site: str = ""
    ) -> Diagnostic:
        hint = did_you_mean(word, known) or f"改为已有的{what}"
        diagnostic: Diagnostic = rule.at(
            source.path, source.lines.get((key,), 1), f"{key}: 没有名为「{word}」的{what}", hint, site=site
        )
        return diagnostic


def _gather(entry: GatherEntry) -> Gather:
    articles = tuple(name.strip("/").removeprefix("content/") for name in entry.articles)
    return Gather(tuple(entry.sites), tuple(entry.columns), tuple(entry.keywords), articles, entry.count)


def _unknown_columns(
    site_id: str, file: SiteFile, source: _Source, columns: tuple[Column, ...]
) -> Iterator[Diagnostic]:
    """Warn of columns that the home page, the menu, the screens or `receives` name but the site does not have."""
    named = [("menu", path) for paths in (file.menu or {}).values() for path in paths]
    for block in (file.home.blocks or ()) if file.home else ():
        named += [("home", path) for options in block.values() for path in options.columns]
    named += [("screens", path) for path in file.screens.columns] if file.screens else ()
    known = [column.path for column in columns]
    for kind, path in file.receives.items():
        if path not in known:
            hint = did_you_mean(path, known) or "改为本站的栏目目录，或者删去"
            message = f"receives：本站没有栏目「{path}」，类别为「{kind}」的推送文章仍按类别进栏目"
            line = source.lines.get(("receives", kind), 1)
            yield RECEIVES.at(source.path, line, message, hint, site=site_id)
    for key, path in dict.fromkeys(named):
        if path not in known:
            hint = did_you_mean(path, known) or "改为本站的栏目目录，或者删去"
            message = f"{key}：本站没有栏目「{path}」，不显示"
            yield HOME.at(source.path, source.lines.get((key,), 1), message, hint, site=site_id)


def _superiors(site_id: str, files: dict[str, SiteFile], root: str) -> tuple[str, ...]:
    """The ids of a site's superiors, the direct one first. The chain always ends at the root, even above a withheld site."""
    chain: list[str] = []
    above = files[site_id].superior
    while above and above in files:
        chain.append(above)
        above = files[above].superior
    if site_id != root and root not in chain:
        chain.append(root)
    return tuple(chain)


_FACTS = (
    "domain", "site_id_code", "sponsor", "operator", "contact", "icp", "police_no", "conac_id",
    "accent", *PICTURES, "index_prefix", "service_platform", "application_platform",
)  # fmt: skip


def _officers(file: SiteFile) -> tuple[dict[str, str], ...]:
    """The posts of a site, then those of its channels, whose unit is the channel's unless they name another."""
    own = [officer.model_dump(exclude_none=True) for officer in file.officers]
    for channel in file.channels:
        unit = {"unit": channel.owner or channel.name}
        own += [unit | officer.model_dump(exclude_none=True) for officer in channel.officers]
    return tuple(own)


def _site(
    site_id: str,
    file: SiteFile,
    columns: tuple[Column, ...],
    superiors: tuple[str, ...],
    profile: dict[str, Any],
    links: tuple[FriendlyLink, ...],
) -> Site:
    from jiyue.registry.editions import editions  # noqa: PLC0415  (pydantic: 90 ms; where a site file is read, it is there)

    facts = {key: str(getattr(file, key) or "") for key in _FACTS}
    usual = profile["home"][file.kind]
    home = file.home or usual
    facts["banner"] = (home.hero.image if home else "") or facts["banner"]
    blocks = next((one.blocks for one in (home, usual) if one and one.blocks is not None), ())
    facts["domain"] = facts["domain"] or file.url.split("://")[1].partition("/")[0]
    return Site(
        site_id, file.name, file.short or file.name, file.kind, file.url, superiors, facts, columns, file.profile or "basic",
        tuple(file.languages), editions(file, columns, profile["editions"]),
        _officers(file), tuple(file.plugins),
        file.deploy.model_dump(exclude_none=True) if file.deploy else {}, file.feeds,
        (*(("topic", word) for word in file.feeds_by.topics), *(("keyword", word) for word in file.feeds_by.keywords)),
        file.hub or "", file.indexnow_key or "",
        review=tuple(profile["review"] or ()), review_proof=profile["review_proof"] or "none",
        broken_links=profile["broken_links"] or "warning",
        links=links,
        offline=(file.offline.pages, file.offline.search_kb) if file.offline else (),
        leaving=file.leaving or profile["leaving"] or "none",
        promoted=tuple(Promoted(tuple(p.queries), p.title, p.url) for p in file.promoted),
        notice=Notice(file.notice.level, file.notice.text, file.notice.url or "", file.notice.since or "", file.notice.until)
        if file.notice else None,
        screens=Screens(tuple(dict.fromkeys(file.screens.columns)), *list(dict(file.screens).values())[1:])
        if file.screens else None,
        plugin_files=tuple(file.plugin_files),
        security_level=file.security_level or 0,
        formerly=tuple(
            Former(one.id or "", one.url or "", one.name or "", one.until or "", one.to or "") for one in file.formerly
        ),
        blocks=tuple(
            Block(name, given.title or "", tuple(given.columns), given.count or 0)
            for block in blocks
            for name, given in block.items()
        ),
        hot=tuple(home.hero.hot) if home else (),
        receives=tuple(file.receives.items()),
        menu=tuple((name, tuple(paths)) for name, paths in (file.menu or {}).items()),
    )  # fmt: skip
