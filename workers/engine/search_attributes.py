"""The search attributes a namespace needs: ids, words of the catalogue and times only, never a person's."""

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

SEARCH_ATTRIBUTES = {
    "SuqiuCategory": "Keyword",
    "SuqiuTier": "Keyword",
    "SuqiuDueAt": "Datetime",
}


async def missing_search_attributes(client: Client) -> list[str]:
    """Return the names the client's namespace does not have, or has with another type. Raises RPCError."""
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return [name for name, kind in SEARCH_ATTRIBUTES.items() if known.custom_attributes.get(name) != _value(kind)]


async def ensure_search_attributes(client: Client) -> list[str]:
    """Register missing search attributes in the client's namespace and return their names; idempotent.

    Raises RPCError if the server refuses: a managed service wants them made in its console.
    """
    missing = await missing_search_attributes(client)
    if missing:
        wanted = {name: _value(SEARCH_ATTRIBUTES[name]) for name in missing}
        try:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.ALREADY_EXISTS:
                raise
    return missing


def _value(kind: str) -> IndexedValueType.ValueType:
    return IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
