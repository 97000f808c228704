"""The graph of a plan: every row of its tables is a node, linked as the document links them.

A cell stands under the property of its column (`rdfProperty` of the Table Schema): words of the document with
the language tag `ja`, numbers and months typed in their canonical form, codes and marks as concepts of their
schemes, IDs as the nodes that they name. Of several values in a cell each stands alone, and once more the
whole cell under the column's own address in the schema, because a graph keeps no order. Rows keep theirs in
`schema:position`. So nothing of a table is lost (tests/unit/formats/test_plan.py reads it back).

Beside the columns the graph says what they only imply: departments as organizational units of their ward,
the top of the plan's tree, and every figure as an observation (app/formats/observations.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from app.formats.context import RenderContext
from app.formats.iri import ID_FIELD, link_prefixes, property_iri, row_prefix
from app.formats.jsonld import DATATYPES
from app.formats.observations import describe_observations, list_observations, observation_triples
from app.formats.terms import DCT, ORG, PLAN, PLAN_PREFIXES, PROV, RDF_TYPE, SCHEMA, SKOS
from app.model.plan import EARLIER_KINDS, GOAL_SCHEMA, PLAN_SCHEMA, PLAN_SCHEMAS
from app.model.table import Table
from app.model.table_schema import Field, TableSchema
from app.model.value import Row, Value, write_value
from app.vocabulary.schemes import SchemeRegistry

_TAGLESS = frozenset(
    {
        f"{DCT}identifier",
        f"{SKOS}notation",
        f"{PLAN}latinLabel",
        f"{PLAN}localGovernmentCode",
        f"{PLAN}sourceFile",
    }
)
"""Properties whose texts are of no language."""
_BROADER_TYPES = {
    f"{PLAN}Plan": (f"{SKOS}ConceptScheme", f"{PROV}Plan"),
    f"{PLAN}Goal": (f"{SKOS}Concept",),
    f"{PLAN}Measure": (f"{SKOS}Concept",),
    f"{PLAN}Indicator": (f"{SKOS}Concept",),
    f"{PLAN}Term": (f"{SKOS}Concept",),
    f"{PLAN}Evaluation": (f"{PROV}Activity",),
}
_CODES = {f"{PLAN}status": "status", f"{PLAN}rating": "rating"}
_WORDS = {f"{PLAN}measureClass": "measure-class"}
"""Properties whose values are codes, or Japanese words, of a scheme."""
_UNITS = {f"{PLAN}leadDepartment": f"{PLAN}leadUnit", f"{PLAN}relatedDepartment": f"{PLAN}relatedUnit"}
Encoder = Callable[[str], NamedNode | Literal]


@dataclass(frozen=True, slots=True)
class _Column:
    """How a column is said in the graph; `own` is its address in the schema."""

    field: Field
    predicate: NamedNode
    own: NamedNode
    encode: Encoder

    def say(self, node: NamedNode, value: Value) -> Iterator[Triple]:
        """Yield the triples of a cell that isn't empty."""
        items = value if isinstance(value, tuple) else (write_value(self.field, value),)
        for item in dict.fromkeys(items):
            yield Triple(node, self.predicate, self.encode(item))
        if len(items) > 1:
            yield Triple(node, self.own, Literal(write_value(self.field, value)))


def write_plan_graph(
    tables: Sequence[Table],
    context: RenderContext,
    schemes: SchemeRegistry,
    syntax: RdfFormat,
    target: BinaryIO,
) -> None:
    """Write the graph of a plan's tables, row by row in bounded memory: the same rows give the same bytes.

    Tables of other schemas than those of plans are passed over.
    """
    serialize(list_triples(tables, context, schemes), target, format=syntax, prefixes=PLAN_PREFIXES)


def list_triples(
    tables: Sequence[Table], context: RenderContext, schemes: SchemeRegistry
) -> Iterator[Triple]:
    """Yield the triples of the graph, node by node, each once."""
    described: set[str] = set()
    for table in tables:
        if table.schema.name.startswith(PLAN_SCHEMAS):
            writer = _TableWriter(table.schema, context, schemes, described)
            for position, row in enumerate(table.rows(), start=1):
                yield from writer.say_row(row, position)


def list_department_fields(schema: TableSchema) -> list[Field]:
    """Return the columns of a schema that name departments."""
    return [field for field in schema.fields if field.rdf_property in _UNITS]


def department_iri(base: str, code: str, name: str) -> str:
    """Return the identifier of a municipality's department by six-digit code and name as printed."""
    return f"{base}/id/department/{code}/{quote(name, safe='')}"


class _TableWriter:
    """Says the rows of one table; `described` holds the organizations that were described before."""

    def __init__(
        self, schema: TableSchema, context: RenderContext, schemes: SchemeRegistry, described: set[str]
    ) -> None:
        self._base = context.base
        self._dataset = NamedNode(context.dataset_iri)
        self._prefix = row_prefix(context, schema) or ""
        self._links = link_prefixes(context, schema)
        self._schema = schema
        self._columns = _list_columns(schema, context, schemes)
        self._described = described
        kinds = (schema.rdf_type or f"{SKOS}Concept", *_BROADER_TYPES.get(schema.rdf_type or "", ()))
        self._types = tuple(NamedNode(kind) for kind in kinds)

    def say_row(self, row: Row, position: int) -> Iterator[Triple]:
        cells = dict(zip(self._schema.field_names, row, strict=True))
        node = NamedNode(self._prefix + quote(str(cells[ID_FIELD]), safe=""))
        for kind in self._types:
            yield Triple(node, RDF_TYPE, kind)
        yield Triple(node, NamedNode(f"{SCHEMA}position"), Literal(position))
        for column, value in zip(self._columns, row, strict=True):
            if value is not None:
                yield from column.say(node, value)
        yield from self._say_place(node, cells)
        units = list(self._list_units(cells))
        for predicate, _, unit in units:
            yield Triple(node, predicate, unit)
        plan, indicator = self._link(cells, "計画_ID"), self._link(cells, "指標_ID")
        for observation in list_observations(self._schema.name, cells):
            yield from observation_triples(observation, node, plan, indicator)
        yield from self._describe_organizations(cells, units)

    def _say_place(self, node: NamedNode, cells: dict[str, Value]) -> Iterator[Triple]:
        """Say what the plan's dataset is, and which goals are the top of its tree."""
        if self._schema.name == PLAN_SCHEMA:
            yield Triple(node, NamedNode(f"{DCT}isReferencedBy"), self._dataset)
            yield from describe_observations(node)
        plan = self._link(cells, "計画_ID")
        if self._schema.name == GOAL_SCHEMA and plan and cells["上位_ID"] is None:
            yield Triple(node, NamedNode(f"{SKOS}topConceptOf"), plan)
            yield Triple(plan, NamedNode(f"{SKOS}hasTopConcept"), node)

    def _link(self, cells: dict[str, Value], column: str) -> NamedNode | None:
        prefix, value = self._links.get(column), cells.get(column)
        return NamedNode(prefix + quote(str(value), safe="")) if prefix and value is not None else None

    def _list_units(self, cells: dict[str, Value]) -> Iterator[tuple[NamedNode, str, NamedNode]]:
        """Yield (property, name, node) of each department that the row names, each once a property."""
        code = str(cells["全国地方公共団体コード"])
        for column in self._columns:
            predicate, names = _UNITS.get(column.predicate.value), cells[column.field.name]
            if predicate and isinstance(names, tuple):
                for name in dict.fromkeys(names):
                    yield NamedNode(predicate), name, NamedNode(department_iri(self._base, code, name))

    def _describe_organizations(
        self, cells: dict[str, Value], units: Iterable[tuple[NamedNode, str, NamedNode]]
    ) -> Iterator[Triple]:
        code = str(cells["全国地方公共団体コード"])
        ward = NamedNode(f"{self._base}/id/organization/t{quote(code, safe='')}")
        if self._is_new(ward):
            name = Literal(str(cells["地方公共団体名"]), language="ja")
            yield Triple(ward, RDF_TYPE, NamedNode(f"{ORG}FormalOrganization"))
            yield Triple(ward, NamedNode(f"{SKOS}prefLabel"), name)
            yield Triple(ward, NamedNode(f"{DCT}identifier"), Literal(code))
        for _, printed, unit in units:
            if self._is_new(unit):
                yield Triple(unit, RDF_TYPE, NamedNode(f"{ORG}OrganizationalUnit"))
                yield Triple(unit, NamedNode(f"{SKOS}prefLabel"), Literal(printed, language="ja"))
                yield Triple(unit, NamedNode(f"{ORG}unitOf"), ward)

    def _is_new(self, organization: NamedNode) -> bool:
        is_new = organization.value not in self._described
        self._described.add(organization.value)
        return is_new


def _list_columns(
    schema: TableSchema, context: RenderContext, schemes: SchemeRegistry
) -> tuple[_Column, ...]:
    links = link_prefixes(context, schema)
    address = f"{context.base}/schemas/{schema.name}/{schema.version}#"
    return tuple(
        _Column(
            field,
            NamedNode(property_iri(context, schema, field)),
            NamedNode(address + quote(field.name, safe="")),
            _choose_encoder(field, links.get(field.name) or _other_package(context, field), schemes),
        )
        for field in schema.fields
    )


def _other_package(context: RenderContext, field: Field) -> str | None:
    path = EARLIER_KINDS.get(field.rdf_property or "")
    return f"{context.base}/id/{path}/" if path else None


def _choose_encoder(field: Field, prefix: str | None, schemes: SchemeRegistry) -> Encoder:
    if prefix is not None:
        return lambda text: NamedNode(prefix + quote(text, safe=""))
    concepts = _find_concepts(field, schemes)
    if concepts is not None:
        return lambda text: NamedNode(concepts[text]) if text in concepts else Literal(text)
    if datatype := DATATYPES.get(field.type):
        return lambda text: Literal(text, datatype=NamedNode(datatype))
    if field.rdf_property in _TAGLESS or field.pattern:
        return Literal
    return lambda text: Literal(text, language="ja")


def _find_concepts(field: Field, schemes: SchemeRegistry) -> Mapping[str, str] | None:
    term = field.rdf_property or ""
    if term in _CODES:
        return schemes.get_scheme(_CODES[term]).by_code
    return schemes.get_scheme(_WORDS[term]).by_word if term in _WORDS else None
