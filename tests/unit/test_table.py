import pytest

from tellal.stores.table import decoded, encoded


def test_what_is_kept_comes_back_as_it_was() -> None:
    item = {
        "text": "Günaydın 👋",
        "count": 3,
        "share": 0.25,
        "yes": True,
        "list": ["a", {"b": None}],
        "empty": {},
        "bytes": b"\x00",
    }

    assert decoded(encoded(item)) == {**item, "list": ["a", {}]}


def test_nothing_is_kept_of_what_is_none() -> None:
    assert encoded({"a": None}) == {}


def test_a_kind_of_value_that_we_do_not_keep_is_refused() -> None:
    with pytest.raises(TypeError, match="a set cannot be kept"):
        encoded({"a": {1, 2}})
