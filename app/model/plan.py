"""Plans: which Table Schemas make them, and which columns lead from one plan to another."""

from __future__ import annotations

PLAN_SCHEMAS = "plan-"
"""The names of the Table Schemas of plans begin so."""
PLAN_SCHEMA = "plan-plans"
"""The Table Schema of the table that makes a dataset a plan."""
GOAL_SCHEMA = "plan-goals"
MEASURE_SCHEMA = "plan-measures"

EARLIER_KINDS = {
    "http://www.w3.org/ns/prov#wasRevisionOf": "plan",
    "http://www.w3.org/ns/prov#wasDerivedFrom": "measure",
}
"""By `rdfProperty` of a column: the kind (`idPath`) of the rows of an earlier plan that it names."""
