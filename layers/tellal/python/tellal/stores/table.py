"""A DynamoDB table as our stores use it: plain values in and out, conditions by name.

Built on the client alone: the resource costs 60 ms more of import and adds nothing we need.
A condition that fails is AlreadyChanged. Reads by key are consistent; an index never is.
"""

import base64
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from tellal.errors import AlreadyChanged, Broken, Unacceptable
from tellal.stores import schema

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

Item = dict[str, Any]
Write = dict[str, Any]  # one element of a transaction, as DynamoDB takes it
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
MOST_READ = 100
MOST_WRITES = 100  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html


@dataclass(frozen=True)
class Page:
    items: list[Item]
    cursor: str | None  # where the next page begins; None: this was the last


class Table:
    def __init__(self, client: "DynamoDBClient", table: schema.Table, name: str) -> None:
        self._client = client
        self._table = table
        self._name = name

    def get(self, key: str, *, consistent: bool = True) -> Item | None:
        reply = self._client.get_item(
            TableName=self._name, Key=self._key(key), ConsistentRead=consistent
        )
        return decoded(reply["Item"]) if "Item" in reply else None

    def get_many(self, keys: Sequence[str], *, only: Collection[str] = ()) -> list[Item]:
        """Those of the keys that are there, in the order asked; with these attributes alone, of
        which the key must be one, if any are named."""
        found: dict[str, Item] = {}
        for some in batched(dict.fromkeys(keys), MOST_READ, strict=False):
            for _name, item in self._read(self.asking(*some, only=only)):
                found[item[self._table.key]] = item
        return [found[key] for key in keys if key in found]

    def get_beside(
        self, key: str, other: "Table", other_key: str
    ) -> tuple[Item | None, Item | None]:
        """One item of each of two tables, in one call."""
        found = dict(self._read({**self.asking(key), **other.asking(other_key)}))
        return found.get(self._name), found.get(other.name)

    def asking(self, *keys: str, only: Collection[str] = ()) -> Mapping[str, Any]:
        """For items by their keys, what a call that reads of several tables is asked."""
        asked: dict[str, Any] = {"Keys": [self._key(key) for key in keys], "ConsistentRead": True}
        if only:
            asked["ProjectionExpression"] = ", ".join(f"#{name}" for name in only)
            asked["ExpressionAttributeNames"] = {f"#{name}": name for name in only}
        return {self._name: asked}

    def _read(self, asked: Mapping[str, Any]) -> Iterator[tuple[str, Item]]:
        """Each item with its table's name. What DynamoDB leaves out is asked for again."""
        while asked:
            reply = self._client.batch_get_item(RequestItems=asked)
            for name, items in reply["Responses"].items():
                for item in items:
                    yield name, decoded(item)
            asked = reply["UnprocessedKeys"]

    @property
    def name(self) -> str:
        return self._name

    def create(self, item: Item) -> None:
        """Put an item whose key is not there yet."""
        with _conditions():
            self._client.put_item(**self.creation(item)["Put"])

    def change(self, key: str, changes: Mapping[str, Any], *, when: Mapping[str, Any]) -> None:
        """Set facts (None removes one), if the facts in `when` still hold (None: is not there)."""
        with _conditions():
            self._client.update_item(**self.changing(key, changes, when=when)["Update"])

    def add(self, key: str, name: str, *, also: Mapping[str, Any], most: int | None = None) -> None:
        """Raise a number by one, from 0 where there is none, and set the facts in `also`.

        With `most`, AlreadyChanged if it is more than that before.
        """
        with _conditions():
            self._client.update_item(**self.adding(key, name, 1, also=also, most=most)["Update"])

    def transact(self, writes: Iterable[Write]) -> None:
        """Writes of this table together with others'."""
        transact(self._client, writes)

    def delete(self, key: str) -> None:
        self._client.delete_item(TableName=self._name, Key=self._key(key))

    def query(
        self,
        partition: str,
        *,
        index: str,
        since: str | None = None,
        until: str | None = None,
        newest_first: bool = False,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """One page of an index, by its sort key from `since` to `until`, both included."""
        keys = self._table.index(index)
        names, values = {"#p": keys.partition}, {":p": partition}
        condition = "#p = :p"
        bounds = {":since": since, ":until": until}
        if given := {name: value for name, value in bounds.items() if value is not None}:
            names["#s"], values = keys.sort, values | given
            condition += (
                " AND "
                + {
                    (":since", ":until"): "#s BETWEEN :since AND :until",
                    (":since",): "#s >= :since",
                    (":until",): "#s <= :until",
                }[tuple(given)]
            )
        start = {"ExclusiveStartKey": _opened(cursor)} if cursor else {}
        try:
            reply = self._client.query(
                TableName=self._name,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=encoded(values),
                ScanIndexForward=not newest_first,
                Limit=limit,
                **start,  # type: ignore[arg-type]
            )
        except (ClientError, ParamValidationError) as error:
            if cursor and _is_invalid(error):  # another listing's, or made up
                raise Unacceptable(NOT_A_CURSOR) from error
            raise
        last = reply.get("LastEvaluatedKey")
        return Page([decoded(item) for item in reply["Items"]], _closed(last) if last else None)

    def place(self, item: Item, *, index: str) -> str:
        """The cursor of a page that begins right behind it."""
        keys = self._table.index(index)
        return _closed(encoded({n: item[n] for n in (self._table.key, keys.partition, keys.sort)}))

    def all(self, partition: str, *, index: str, **bounds: Any) -> Iterator[Item]:
        """Every item of a query, page after page."""
        cursor: str | None = None
        while True:
            page = self.query(partition, index=index, cursor=cursor, **bounds)
            yield from page.items
            cursor = page.cursor
            if cursor is None:
                return

    def creation(self, item: Item, *, ended: int | None = None) -> Write:
        """A row that is there must have run out by `ended`, if that is given: TTL is slow."""
        put: Write = {
            "TableName": self._name,
            "Item": encoded(item),
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": self._table.key},
        }
        if ended is not None:
            assert self._table.expires is not None, "nothing in this table runs out"
            put["ConditionExpression"] += " OR #expires <= :ended"
            put["ExpressionAttributeNames"]["#expires"] = self._table.expires
            put["ExpressionAttributeValues"] = encoded({":ended": ended})
        return {"Put": put}

    def changing(self, key: str, changes: Mapping[str, Any], *, when: Mapping[str, Any]) -> Write:
        kept = {name: value for name, value in changes.items() if value is not None}
        gone = [name for name in changes if name not in kept]
        conditions = [f"attribute_exists(#{self._table.key})"]
        conditions += [
            f"attribute_not_exists(#{name})" if value is None else f"#{name} = :was_{name}"
            for name, value in when.items()
        ]
        clauses = []
        if kept:
            clauses.append("SET " + ", ".join(f"#{name} = :{name}" for name in kept))
        if gone:
            clauses.append("REMOVE " + ", ".join(f"#{name}" for name in gone))
        values = {f":{name}": value for name, value in kept.items()}
        values |= {f":was_{name}": value for name, value in when.items() if value is not None}
        update: Write = {
            "TableName": self._name,
            "Key": self._key(key),
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": {
                f"#{name}": name for name in (self._table.key, *changes, *when)
            },
        }
        if values:
            update["ExpressionAttributeValues"] = encoded(values)
        return {"Update": update}

    def deletion(self, key: str) -> Write:
        return {"Delete": {"TableName": self._name, "Key": self._key(key)}}

    def adding(
        self,
        key: str,
        name: str,
        by: int,
        *,
        also: Mapping[str, Any],
        most: int | None = None,
        beside: Mapping[str, int] | None = None,
    ) -> Write:
        """Raises a number, from 0 where there is none, and sets the facts in `also`.

        With `most`, only if it is no more than that before. `beside` names others to be raised.
        """
        raised = {name: by, **(beside or {})}
        amounts = ", ".join(f"#{each} :by_{each}" for each in raised)
        facts = ", ".join(f"#{fact} = :{fact}" for fact in also)
        values = {f":by_{each}": amount for each, amount in raised.items()}
        values |= {f":{fact}": value for fact, value in also.items()}
        update: Write = {
            "TableName": self._name,
            "Key": self._key(key),
            "UpdateExpression": f"ADD {amounts} SET {facts}",
            "ExpressionAttributeNames": {f"#{each}": each for each in (*raised, *also)},
            "ExpressionAttributeValues": encoded(values),
        }
        if most is not None:
            update["ConditionExpression"] = f"attribute_not_exists(#{name}) OR #{name} <= :most"
            update["ExpressionAttributeValues"] |= encoded({":most": most})
        return {"Update": update}

    def _key(self, key: str) -> dict[str, Any]:
        return {self._table.key: {"S": key}}


def transact(client: "DynamoDBClient", writes: Iterable[Write]) -> None:
    """All of the writes or none. AlreadyChanged if a condition of one of them does not hold."""
    writes = list(writes)
    if len(writes) > MOST_WRITES:
        rule = f"too many rows for one write: {len(writes)} of {MOST_WRITES}"
        raise Unacceptable(Broken("channel_ids", rule))
    with _conditions():
        client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]


class _conditions:  # noqa: N801  # reads as a word at its use
    """Turns DynamoDB's two spellings of «the condition did not hold» into AlreadyChanged."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, ClientError):
            return
        code = error.response["Error"]["Code"]
        reasons = error.response.get("CancellationReasons", [])
        failed = [
            number for number, reason in enumerate(reasons) if "Conditional" in reason["Code"]
        ]
        conflicts = any(reason["Code"] == "TransactionConflict" for reason in reasons)
        if code == "ConditionalCheckFailedException" or failed or conflicts:
            raise AlreadyChanged(f"write {failed or ''} of the transaction".strip()) from error


NOT_A_CURSOR = Broken("cursor", "is not one that this listing gave you")


def _is_invalid(error: ClientError | ParamValidationError) -> bool:
    if isinstance(error, ParamValidationError):
        return True
    return error.response["Error"]["Code"] == "ValidationException"


def encoded(item: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as DynamoDB's: None inside an item is left out, a tuple is a list."""
    return {name: _encode(value) for name, value in item.items() if value is not None}


def _encode(value: Any) -> dict[str, Any]:  # noqa: PLR0911  # one return a type is the clearest
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float() | Decimal():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case Mapping():
            return {"M": encoded(value)}
        case list() | tuple():
            return {"L": [_encode(each) for each in value]}
        case None:
            return {"NULL": True}
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be kept in DynamoDB")


def decoded(item: Mapping[str, Any]) -> Item:
    return {name: _decode(value) for name, value in item.items()}


def _decode(value: Mapping[str, Any]) -> Any:
    ((kind, held),) = value.items()
    match kind:
        case "N":
            return float(held) if "." in held or "e" in held.lower() else int(held)
        case "M":
            return decoded(held)
        case "L":
            return [_decode(each) for each in held]
        case "NULL":
            return None
        case _:
            return held


def _closed(key: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _opened(cursor: str) -> dict[str, Any]:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise Unacceptable(NOT_A_CURSOR) from error
    if not isinstance(key, dict):
        raise Unacceptable(NOT_A_CURSOR)
    return key
