"""Atom: what changed, newest first. Source: RFC 4287."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from app.formats.graphs import clean_text

_NAMESPACE = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Entry:
    """A version of a dataset: its constant `id`, its page, and when it was published and last changed."""

    id: str
    title: str
    url: str
    summary: str
    author: str
    published: dt.datetime
    updated: dt.datetime
    enclosure: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its own address, which is also its id, and that of the page it belongs to."""

    title: str
    url: str
    page: str
    author: str
    since: dt.datetime


def write_atom(feed: Feed, entries: Sequence[Entry]) -> bytes:
    """Return a feed as XML; it was updated with its newest entry, or is as old as `since` without any."""
    root = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "ja"})
    _add(root, "id", feed.url)
    _add(root, "title", feed.title)
    _add(root, "updated", _time(max((entry.updated for entry in entries), default=feed.since)))
    _add_author(root, feed.author)
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.url})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    for entry in entries:
        _add_entry(root, entry)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add_entry(root: Element, entry: Entry) -> None:
    node = SubElement(root, "entry")
    _add(node, "id", entry.id)
    _add(node, "title", entry.title)
    _add(node, "published", _time(entry.published))
    _add(node, "updated", _time(entry.updated))
    _add_author(node, entry.author)
    SubElement(node, "link", {"rel": "alternate", "type": "text/html", "href": entry.url})
    if entry.enclosure:
        address, size = entry.enclosure
        enclosure = {"rel": "enclosure", "type": "application/zip", "href": address, "length": str(size)}
        SubElement(node, "link", enclosure)
    _add(node, "summary", entry.summary)


def _add(parent: Element, name: str, words: str) -> None:
    SubElement(parent, name).text = clean_text(words)


def _add_author(parent: Element, name: str) -> None:
    _add(SubElement(parent, "author"), "name", name)


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
