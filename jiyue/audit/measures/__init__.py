"""The measures: (a site's facts, a rule with its thresholds) -> what is wrong on which days. They know no clock."""
