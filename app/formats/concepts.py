"""Nodes that descriptions repeat: concepts with their tables, agents, contacts, licences, places.

The tables are those of the EU Publications Office (`authority/…`) and of ADMS. A page names type, label and
table of each concept that it uses, because the validators of DCAT-AP look for those triples. Labels are
`skos:prefLabel`; ckanext-dcat and udata would take an `rdfs:label` in place of the IRI.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rdflib import OWL, RDF, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from app.formats.graphs import (
    DCAT,
    DCT,
    FOAF,
    GEO,
    VCARD,
    Fact,
    blank,
    catalog_iri,
    describe,
    find_iri,
    organization_iri,
    text,
)
from app.model.organization import License, Organization, Theme
from app.model.record import Contact
from app.vocabulary.catalog import Catalog

AUTHORITY = "http://publications.europa.eu/resource/authority/"
OWN_THEMES = URIRef("https://w3id.org/shisaku/theme")
"""Our scheme of themes, the same in every installation: vocab/themes.ttl."""

JAPAN_BOX = (122.0, 20.0, 154.0, 46.0)
"""West, south, east and north of the country in degrees, outlying islands included, rounded outwards."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of concepts.

    `scheme` is the table's IRI, `prefix` what a code is put behind; `kind` is a class that its concepts have
    beside skos:Concept; `labels` has the Japanese word for the codes that differ from it.
    """

    scheme: URIRef
    prefix: str
    title: str
    kind: URIRef | None = None
    labels: dict[str, str] = field(default_factory=dict)

    def iri(self, code: str) -> URIRef:
        """Return the IRI of a code."""
        return URIRef(self.prefix + code)


def _eu_table(name: str, title: str, kind: URIRef | None = None, **labels: str) -> Table:
    return Table(URIRef(AUTHORITY + name), f"{AUTHORITY}{name}/", title, kind, labels)


def _adms_table(name: str, title: str, **labels: str) -> Table:
    prefix = f"http://purl.org/adms/{name}/"
    return Table(URIRef(f"{prefix}1.0"), prefix, title, None, labels)


ACCESS_RIGHT = _eu_table("access-right", "アクセス権", DCT.RightsStatement, PUBLIC="公開")
AVAILABILITY = _eu_table("planned-availability", "提供の予定", STABLE="継続して提供")
COUNTRY = _eu_table("country", "国", DCT.Location, JPN="日本")
DATA_THEME = _eu_table("data-theme", "データのテーマ")
LICENSE = _eu_table("licence", "ライセンス")
FILE_TYPE = _eu_table("file-type", "ファイル形式", DCT.MediaTypeOrExtent)
LANGUAGE = _eu_table("language", "言語", DCT.LinguisticSystem, JPN="日本語")
STATUS = _eu_table("distribution-status", "配布の状態", COMPLETED="完成")
FREQUENCY = _eu_table(
    "frequency",
    "更新頻度",
    DCT.Frequency,
    ANNUAL="毎年",
    ANNUAL_2="年2回",
    ANNUAL_3="年3回",
    AS_NEEDED="必要に応じて",
    BIENNIAL="2年ごと",
    BIMONTHLY="2か月ごと",
    BIWEEKLY="2週間ごと",
    CONT="常時",
    DAILY="毎日",
    DAILY_2="1日2回",
    DECENNIAL="10年ごと",
    HOURLY="毎時",
    IRREG="不定期",
    MONTHLY="毎月",
    MONTHLY_2="月2回",
    MONTHLY_3="月3回",
    NEVER="更新しない",
    NOT_PLANNED="予定なし",
    OTHER="その他",
    QUADRENNIAL="4年ごと",
    QUARTERLY="四半期ごと",
    QUINQUENNIAL="5年ごと",
    TRIENNIAL="3年ごと",
    UNKNOWN="不明",
    UPDATE_CONT="随時",
    WEEKLY="毎週",
    WEEKLY_2="週2回",
    WEEKLY_3="週3回",
)
PUBLISHER_TYPE = _adms_table(
    "publishertype", "公開者の種類", LocalAuthority="地方公共団体", NonGovernmentalOrganisation="民間の団体"
)
LICENSE_TYPE = _adms_table(
    "licencetype", "ライセンスの種類", Attribution="表示", PublicDomain="パブリックドメイン"
)


def add_scheme(graph: Graph, scheme: URIRef, title: str) -> URIRef:
    """Describe a table of concepts and return its IRI."""
    describe(graph, scheme, [(RDF.type, SKOS.ConceptScheme), (DCT.title, text(title))])
    return scheme


def add_concept(graph: Graph, table: Table, code: str, label: str = "") -> URIRef:
    """Describe a concept and its table and return the concept's IRI; without a word, the code labels it."""
    concept = table.iri(code)
    if (concept, RDF.type, SKOS.Concept) in graph:  # most are named by every distribution
        return concept
    facts: list[Fact] = [
        (RDF.type, SKOS.Concept),
        (RDF.type, table.kind),
        (SKOS.prefLabel, text(label or table.labels.get(code, code))),
        (SKOS.inScheme, add_scheme(graph, table.scheme, table.title)),
    ]
    describe(graph, concept, facts)
    return concept


def add_theme(graph: Graph, theme: Theme) -> URIRef:
    """Describe a theme by its EU concept, which points to ours, and return the concept's IRI.

    Our own concept isn't a value of dcat:theme: validators want values of the EU table only.
    """
    concept = add_concept(graph, DATA_THEME, theme.eu_code, theme.title)
    graph.add((concept, SKOS.exactMatch, URIRef(f"{OWN_THEMES}/{theme.name}")))
    return concept


def add_agent(graph: Graph, organization: Organization, base: str) -> URIRef:
    """Describe an organization as publisher and return its IRI."""
    agent = organization_iri(organization.name, base)
    kind = "LocalAuthority" if organization.code else "NonGovernmentalOrganisation"
    homepage = find_iri(organization.homepage)
    facts: list[Fact] = [
        (RDF.type, FOAF.Agent),
        (FOAF.name, text(organization.title)),
        (DCT.type, add_concept(graph, PUBLISHER_TYPE, kind)),
        (DCT.identifier, Literal(organization.code) if organization.code else None),
        (FOAF.homepage, add_document(graph, homepage) if homepage else None),
    ]
    describe(graph, agent, facts)
    return agent


def add_contact(graph: Graph, owner: URIRef, contact: Contact, page: URIRef) -> URIRef:
    """Describe the contact of `owner` and return its IRI; `page` stands in for a missing address."""
    node = URIRef(f"{owner}#contact")
    email = find_iri(f"mailto:{contact.email}") if contact.email else None
    url = find_iri(contact.url) or (None if email else page)
    facts: list[Fact] = [
        (RDF.type, VCARD.Kind),
        (RDF.type, VCARD.Organization),
        (VCARD.fn, text(contact.name)),
        (VCARD.hasEmail, email),
        (VCARD.hasURL, url),
    ]
    describe(graph, node, facts)
    return node


def add_catalog_contact(graph: Graph, catalog: Catalog, base: str) -> URIRef:
    """Describe the catalogue's own contact and return its IRI."""
    contact = Contact(name=catalog.contact_name, email=catalog.contact_email, url=catalog.contact_url)
    return add_contact(graph, catalog_iri(base), contact, URIRef(f"{base}/"))


def add_license(graph: Graph, terms: License) -> URIRef:
    """Describe a licence by its own URL and return it."""
    node = URIRef(terms.url)
    kind = "PublicDomain" if terms.eu_code == "CC0" else "Attribution"
    facts: list[Fact] = [
        (RDF.type, DCT.LicenseDocument),
        (DCT.title, text(terms.title)),
        (DCT.type, add_concept(graph, LICENSE_TYPE, kind)),
        (OWL.sameAs, LICENSE.iri(terms.eu_code) if terms.eu_code else None),
    ]
    describe(graph, node, facts)
    return node


def add_country(graph: Graph) -> URIRef:
    """Describe Japan and return its IRI."""
    country = add_concept(graph, COUNTRY, "JPN")
    describe(graph, country, box_facts(JAPAN_BOX))
    return country


def add_location(graph: Graph, municipality: Organization, owner: URIRef) -> Node:
    """Describe a municipality as the place that `owner` is about and return its blank node."""
    location = blank(owner, "spatial")
    facts: list[Fact] = [
        (RDF.type, DCT.Location),
        (SKOS.prefLabel, text(municipality.title)),
        (DCT.identifier, Literal(municipality.code)),
        *(box_facts(municipality.box) if municipality.box else ()),
    ]
    describe(graph, location, facts)
    return location


def add_document(graph: Graph, address: URIRef) -> URIRef:
    """Type an address as a document and return it."""
    graph.add((address, RDF.type, FOAF.Document))
    return address


def box_facts(box: tuple[float, float, float, float]) -> list[Fact]:
    """Return dcat:bbox and dcat:centroid, its middle, of (west, south, east, north) in degrees, as WKT."""
    west, south, east, north = box
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = ",".join(f"{longitude:.10g} {latitude:.10g}" for longitude, latitude in corners)
    middle = f"{(west + east) / 2:.10g} {(south + north) / 2:.10g}"
    return [
        (DCAT.bbox, Literal(f"POLYGON(({ring}))", datatype=GEO.wktLiteral)),
        (DCAT.centroid, Literal(f"POINT({middle})", datatype=GEO.wktLiteral)),
    ]
