"""The questions of the check, in the order they are asked; each file holds how one is read and how it is judged."""

from __future__ import annotations

from handlers.eligibility.criteria import (
    applicant_type,
    citizenship,
    domicile_id,
    fosters,
    gap,
    ikm_count,
    industrial,
    own_duty,
    own_industry,
    partnership,
    previous,
    scale,
    state_body,
    years,
)
from handlers.eligibility.criterion import Criterion

CRITERIA: tuple[Criterion, ...] = (
    applicant_type.CRITERION,
    citizenship.CRITERION,
    domicile_id.CRITERION,
    state_body.CRITERION,
    own_duty.CRITERION,
    fosters.CRITERION,
    industrial.CRITERION,
    ikm_count.CRITERION,
    years.CRITERION,
    gap.CRITERION,
    scale.CRITERION,
    own_industry.CRITERION,
    partnership.CRITERION,
    previous.CRITERION,
)
BY_ID = {criterion.id: criterion for criterion in CRITERIA}
