"""CKAN's action API v3: every action by its name, and those about the site itself.

An action takes its parameters and gives JSON values, among which may be texts that are JSON already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.errors import NotFoundError
from app.serve.catalogue import Reader
from app.serve.ckan import (
    current_package_list_with_resources,
    package_autocomplete,
    package_list,
    package_search,
    package_show,
)
from app.serve.datastore import datastore_search
from app.serve.groups import (
    group_list,
    group_show,
    license_list,
    organization_list,
    organization_show,
    tag_list,
    tag_show,
)
from app.serve.parameters import Parameters
from app.serve.resources import resource_search, resource_show

CKAN_VERSION = "2.11.0"
"""The level that we imitate; clients read it before they search."""

Action = Callable[[Reader, Parameters], Any]


def status_show(reader: Reader, _parameters: Parameters) -> dict[str, Any]:
    """Return what the site is."""
    return {
        "site_title": reader.catalog.title,
        "site_description": reader.catalog.description,
        "site_url": reader.base,
        "ckan_version": CKAN_VERSION,
        "error_emails_to": reader.catalog.contact_email,
        "locale_default": "ja",
        "extensions": [],
    }


def site_read(_reader: Reader, _parameters: Parameters) -> bool:
    """Return true: everyone may read."""
    return True


def help_show(_reader: Reader, parameters: Parameters) -> str | None:
    """Return what the action `name` does; raises NotFoundError if there is none."""
    name = parameters.required("name")
    if name not in ACTIONS:
        raise NotFoundError(f"「{name}」というアクションはありません。")
    return ACTIONS[name].__doc__


def user_list(_reader: Reader, _parameters: Parameters) -> list[str]:
    """Return no users: nobody needs an account to read."""
    return []


def vocabulary_list(_reader: Reader, _parameters: Parameters) -> list[str]:
    """Return no vocabularies: every tag is a free one."""
    return []


ACTIONS: dict[str, Action] = {
    action.__name__: action
    for action in (
        current_package_list_with_resources,
        datastore_search,
        group_list,
        group_show,
        help_show,
        license_list,
        organization_list,
        organization_show,
        package_autocomplete,
        package_list,
        package_search,
        package_show,
        resource_search,
        resource_show,
        site_read,
        status_show,
        tag_list,
        tag_show,
        user_list,
        vocabulary_list,
    )
}
"""Every action by name."""
