"""DynamoDB's limits.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.strict import expressions
from tests.strict.refusal import refuse
from tests.strict.sizes import ITEM_BYTES, NUMBER_DIGITS, Wire, item_size, significant_digits, utf8

Item = Mapping[str, Wire]
Params = Mapping[str, Any]

_WRITTEN_AT_ONCE = 25
_TRANSACTION_BYTES = 4 * 1024 * 1024
_HASH_BYTES, _RANGE_BYTES = 2048, 1024
# The exponents of a number's first digit.
_LEAST, _MOST = -130, 125
_EXPRESSIONS = (
    "KeyConditionExpression",
    "ConditionExpression",
    "FilterExpression",
    "UpdateExpression",
    "ProjectionExpression",
)
_EMPTY_KEY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
    "empty string value. Key: {}"
)


# --- calls -------------------------------------------------------------------------------------------------


def _put_item(params: Params, model: Any, context: Params, **_: Any) -> None:
    _check_item(model.name, params["Item"])
    _check_expressions(model.name, params, _table(params["TableName"], context))


def _get_or_delete_item(params: Params, model: Any, context: Params, **_: Any) -> None:
    table = _table(params["TableName"], context)
    _check_key(model.name, params["Key"], table)
    _check_expressions(model.name, params, table)


def _before_update_item(params: Params, model: Any, context: dict[str, Any], **_: Any) -> None:
    table = _table(params["TableName"], context)
    _check_key(model.name, params["Key"], table)
    _check_expressions(model.name, params, table)
    # What is no key of the table moto refuses.
    if table and params["Key"].keys() == set(table.table_key_attrs):
        context["before the update"] = _State(table, params["Key"])


def _after_update_item(parsed: Params, model: Any, context: Params, **_: Any) -> None:
    """What an update leaves is known only then: it is taken back where it is too large."""
    state = context.get("before the update")
    if state and "Error" not in parsed and (size := state.size_now()) > ITEM_BYTES:
        state.restore()
        refuse(
            model.name,
            f"Item size to update has exceeded the maximum allowed size: {size} bytes of {ITEM_BYTES}, "
            f"{_told(state.key)}",
        )


def _batch_get_item(params: Params, model: Any, context: Params, **_: Any) -> None:
    for name, wanted in params["RequestItems"].items():
        table = _table(name, context)
        for key in wanted["Keys"]:
            _check_key(model.name, key, table)
        _check_expressions(model.name, wanted, table)


def _batch_write_item(params: Params, model: Any, context: Params, **_: Any) -> None:
    requests = params["RequestItems"]
    if (count := sum(map(len, requests.values()))) > _WRITTEN_AT_ONCE:
        refuse(model.name, f"Too many items requested for the BatchWriteItem call: {count} of 25")
    for name, writes in requests.items():
        table = _table(name, context)
        keys = []
        for write in writes:
            if "PutRequest" in write:
                item = write["PutRequest"]["Item"]
                _check_item(model.name, item)
                keys.append({name: item[name] for name in table.table_key_attrs} if table else item)
            else:
                keys.append(write["DeleteRequest"]["Key"])
                _check_key(model.name, keys[-1], table)
        for key in keys:
            if keys.count(key) > 1:
                refuse(model.name, f"Provided list of item keys contains duplicates: {_told(key)}")


def _transact_write_items(params: Params, model: Any, context: Params, **_: Any) -> None:
    writes = [(kind, write) for each in params["TransactItems"] for kind, write in each.items()]
    for kind, write in writes:
        table = _table(write["TableName"], context)
        if kind == "Put":
            _check_item(model.name, write["Item"])
        else:
            _check_key(model.name, write["Key"], table)
        _check_expressions(model.name, write, table)
    if (size := sum(item_size(write.get("Item", {})) for _, write in writes)) > _TRANSACTION_BYTES:
        refuse(model.name, f"Collective size of items in transaction exceeded limit: {size} bytes")


def _query_or_scan(params: Params, model: Any, context: Params, **_: Any) -> None:
    _check_expressions(model.name, params, _table(params["TableName"], context))


HANDLERS = (
    ("before-parameter-build.dynamodb.PutItem", _put_item),
    ("before-parameter-build.dynamodb.GetItem", _get_or_delete_item),
    ("before-parameter-build.dynamodb.DeleteItem", _get_or_delete_item),
    ("before-parameter-build.dynamodb.UpdateItem", _before_update_item),
    ("after-call.dynamodb.UpdateItem", _after_update_item),
    ("before-parameter-build.dynamodb.BatchGetItem", _batch_get_item),
    ("before-parameter-build.dynamodb.BatchWriteItem", _batch_write_item),
    ("before-parameter-build.dynamodb.TransactWriteItems", _transact_write_items),
    ("before-parameter-build.dynamodb.Query", _query_or_scan),
    ("before-parameter-build.dynamodb.Scan", _query_or_scan),
)


# --- items and keys ----------------------------------------------------------------------------------------


def _check_item(operation: str, item: Item) -> None:
    for name, value in item.items():
        _check_value(operation, name, value)
    if (size := item_size(item)) > ITEM_BYTES:
        refuse(
            operation,
            f"Item size has exceeded the maximum allowed size: {size} bytes of {ITEM_BYTES}, {_told(item)}",
        )


def _check_value(operation: str, name: str, value: Wire) -> None:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            _check_number(operation, name, content)
        case "NS":
            for each in content:
                _check_number(operation, name, each)
            _check_set(operation, name, [Decimal(each) for each in content])
        case "SS" | "BS":
            _check_set(operation, name, content)
        case "L":
            for each in content:
                _check_value(operation, name, each)
        case "M":
            for inner, each in content.items():
                _check_value(operation, f"{name}.{inner}", each)


def _check_set(operation: str, name: str, members: list[Any]) -> None:
    if not members:
        refuse(operation, f"One or more parameter values were invalid: a set may not be empty: {name}")
    if len(set(members)) < len(members):
        twice = next(each for each in members if members.count(each) > 1)
        refuse(
            operation,
            "One or more parameter values were invalid: Input collection contains duplicates: "
            f"{name}, {twice}",
        )


def _check_number(operation: str, name: str, number: str) -> None:
    try:
        value = Decimal(number)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        refuse(operation, f"The parameter cannot be converted to a numeric value: {name}, {number}")
    if significant_digits(number) > NUMBER_DIGITS:
        refuse(
            operation,
            f"Attempting to store more than {NUMBER_DIGITS} significant digits in a Number: {name}, {number}",
        )
    if value and not _LEAST <= value.adjusted() <= _MOST:
        refuse(operation, f"Number overflow or underflow: {name}, {number}")


def _check_key(operation: str, key: Item, table: Any) -> None:
    """Of a table that is not there moto tells by itself, and of names that are no key's."""
    if table is None:
        return
    for name, type_, most in (
        (table.hash_key_attr, table.hash_key_type, _HASH_BYTES),
        (table.range_key_attr, table.range_key_type, _RANGE_BYTES),
    ):
        value = key.get(name)
        if value is None:
            continue
        if type_ not in value:
            refuse(operation, f"The provided key element does not match the schema: {name}")
        if not value[type_]:
            refuse(operation, _EMPTY_KEY.format(name))
        if type_ == "S" and utf8(value[type_]) > most:
            refuse(
                operation,
                f"One or more parameter values were invalid: {name} has exceeded the size limit of {most} "
                f"bytes: {value[type_][:40]}…",
            )


def _told(item: Item) -> str:
    """Which item is meant, by its keys."""
    return ", ".join(f"{name} {next(iter(item[name].values()))}" for name in ("pk", "sk") if name in item)


# --- expressions -------------------------------------------------------------------------------------------


def _check_expressions(operation: str, params: Params, table: Any) -> None:
    given: Mapping[str, Wire] = params.get("ExpressionAttributeValues") or {}
    for name, value in given.items():
        _check_value(operation, name, value)
    used: set[str] = set()
    for where in _EXPRESSIONS:
        if where in params:
            read = _read(operation, where, params[where])
            used |= read.values
            _check_ranges(operation, where, read, given)
            if where == "FilterExpression" and table:
                names = params.get("ExpressionAttributeNames") or {}
                _check_filter(operation, (names.get(name, name) for name in read.attributes), table)
    if unused := given.keys() - used:
        refuse(
            operation,
            "Value provided in ExpressionAttributeValues unused in expressions: "
            f"keys: {{{', '.join(sorted(unused))}}}",
        )


def _read(operation: str, where: str, text: str) -> expressions.Expression:
    read = expressions.read(text)
    if read.strange:
        refuse(operation, f'Invalid {where}: Syntax error; token: "{read.strange}", in {text}')
    if (size := utf8(text)) > expressions.EXPRESSION_BYTES:
        refuse(
            operation,
            f"Invalid {where}: Expression size has exceeded the maximum allowed size: {size} bytes of "
            f"{expressions.EXPRESSION_BYTES}",
        )
    if read.operators > expressions.OPERATORS:
        refuse(
            operation,
            f"Invalid {where}: The expression contains {read.operators} operators, more than "
            f"{expressions.OPERATORS}",
        )
    if read.operands_of_in > expressions.OPERANDS_OF_IN:
        refuse(
            operation,
            f"Invalid {where}: IN has {read.operands_of_in} operands, more than {expressions.OPERANDS_OF_IN}",
        )
    return read


def _check_ranges(
    operation: str, where: str, read: expressions.Expression, given: Mapping[str, Wire]
) -> None:
    for low, high in read.ranges:
        if low in given and high in given and _order(given[low]) > _order(given[high]):
            refuse(
                operation,
                f"Invalid {where}: The BETWEEN operator requires upper bound to be greater than or equal to "
                f"lower bound; lower bound operand: {given[low]}, upper bound operand: {given[high]}",
            )


def _order(value: Wire) -> Any:
    """What a text, number or bytes are sorted by."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return content.encode()
        case "N":
            return Decimal(content)
        case _:
            return content


def _check_filter(operation: str, names: Iterable[str], table: Any) -> None:
    if keys := set(names) & set(table.table_key_attrs):
        refuse(
            operation,
            "Filter Expression can only contain non-primary key attributes: "
            f"Primary key attribute: {', '.join(sorted(keys))}",
        )


# --- moto's own --------------------------------------------------------------------------------------------


def _table(name: str, context: Params) -> Any:
    """moto's table, None where it has none of the name."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.dynamodb.models import dynamodb_backends

    return dynamodb_backends[DEFAULT_ACCOUNT_ID][context["client_region"]].tables.get(name)


class _State:
    """An item, and the stream, as they are before a call."""

    def __init__(self, table: Any, key: Item) -> None:
        from moto.dynamodb.models.dynamo_type import DynamoType

        self.key = key
        self._table = table
        self._hash, self._range = (DynamoType(dict(key[name])) for name in table.table_key_attrs)
        self._item = copy.deepcopy(self._now())
        self._records = len(table.stream_shard.items) if table.stream_shard else 0

    def size_now(self) -> int:
        """The bytes of the item as it is by now."""
        return item_size(self._now().to_json()["Attributes"])

    def restore(self) -> None:
        """Let it be as it was."""
        if self._item is not None:
            self._table.items[self._hash][self._range] = self._item
        else:
            del self._table.items[self._hash][self._range]
        if self._table.stream_shard:
            del self._table.stream_shard.items[self._records :]

    def _now(self) -> Any:
        return self._table.get_item(self._hash, self._range)
