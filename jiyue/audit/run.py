"""The audit of a cluster: every rule of each site's profile, measured once and judged as of a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from jiyue.audit.collect import Collected, collect
from jiyue.audit.measures.measurement import (
    ERROR,
    FAILED,
    UNDECIDABLE,
    WARNING,
    Finding,
    Measured,
    Measurement,
    failed,
    judge,
)
from jiyue.audit.measures.subject import Subject
from jiyue.audit.measures.table import MEASURES
from jiyue.build.options import Options
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.site import Registry


@dataclass(frozen=True)
class Audit:
    """An audit. day: 'YYYY-MM-DD'. rules, measured, sites: by site and rule, all in the registry's and the profile's order.

    measured holds for any day (jiyue.audit.measures.measurement.judge); sites has the verdicts as of this one. unaudited: a
    finding for each site that no rule was applied to, because its file is broken or its profile has none.
    """

    registry: Registry
    day: str
    rules: dict[str, dict[str, InspectionRule]] = field(default_factory=dict)
    measured: dict[str, dict[str, Measured]] = field(default_factory=dict)
    sites: dict[str, dict[str, Measurement]] = field(default_factory=dict)
    unaudited: list[Finding] = field(default_factory=list)

    def findings(self) -> list[Finding]:
        """All findings, one at least for each site and rule."""
        return [*self.unaudited, *self._findings()]

    def _findings(self) -> list[Finding]:
        return [one for verdicts in self.sites.values() for verdict in verdicts.values() for one in verdict.findings]

    def measurements(self) -> Iterator[Measurement]:
        """Every site's verdict on every rule."""
        for verdicts in self.sites.values():
            yield from verdicts.values()

    def of_unit(self, unit: str) -> Audit:
        """The same audit with nothing but what one unit is responsible for. The verdicts stay those of the sites."""
        measured = {
            site: {
                key: one._replace(items=[item for item in one.items if item.unit == unit]) for key, one in known.items()
            }
            for site, known in self.measured.items()
        }
        verdicts = {
            site: {
                key: replace(one, findings=tuple(f for f in one.findings if f.unit == unit))
                for key, one in known.items()
            }
            for site, known in self.sites.items()
        }
        return replace(self, measured=measured, sites=verdicts)

    @property
    def has_errors(self) -> bool:
        """Whether a veto applies, or something could not be measured."""
        return any(one.status == FAILED for one in self.unaudited) or any(
            (one.broken and one.level == "veto") or one.status == FAILED for one in self.measurements()
        )


def audit(options: Options) -> Audit:
    """Audit the chosen sites as of options.now. Raises ClusterBroken."""
    return audited(collect(options))


def audited(collected: Collected) -> Audit:
    """The audit of what was collected."""
    result = Audit(collected.registry, collected.now[:10])
    for site in collected.broken:
        why = "站点文件有错，整个站点没有检查：运行 jiyue check 看错在哪里"
        result.unaudited.append(_unaudited(site, FAILED, ERROR, why, "改正站点文件"))
    for site, subject in collected.subjects.items():
        rules = collected.registry.rules(subject.site)
        if not rules:
            why = f"指标方案 {subject.site.profile} 没有给出检查指标"
            hint = "在站点文件或者 cluster.yaml 的 defaults 里写 profile: province 或 national"
            result.unaudited.append(_unaudited(site, UNDECIDABLE, WARNING, why, hint))
        measured = {key: measure(subject, rule) for key, rule in rules.items()}
        result.rules[site], result.measured[site] = rules, measured
        result.sites[site] = {
            key: judge(measured[key], rule, site, subject.file, collected.day) for key, rule in rules.items()
        }
    return result


def _unaudited(site: str, status: str, severity: str, why: str, hint: str) -> Finding:
    return Finding(
        "", status, None, severity, site, f"sites/{site}.yaml", 1, why, hint, "", "", "", "", "", "", "", why
    )


def measure(subject: Subject, rule: InspectionRule) -> Measured:
    """Measure one rule. What can't be measured is said so; no fault of one measure touches another."""
    if rule.measure not in MEASURES:
        return failed(f"没有名为「{rule.measure}」的测量" if rule.measure else "方案没有写怎样测量（measure）")
    try:
        return MEASURES[rule.measure].run(subject, rule)
    except KeyError as problem:
        return failed(f"方案没有限值 {problem}")
    except (ValueError, OverflowError, TypeError) as problem:
        return failed(f"{type(problem).__name__}: {problem}")
