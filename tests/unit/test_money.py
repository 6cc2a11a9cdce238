import pytest

from tellal import money
from tellal.errors import Unacceptable


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("12.50", "EUR", 1250),
        ("12.5", "TRY", 1250),
        ("12", "JPY", 12),
        ("12.000", "JPY", 12),
        ("1.234", "KWD", 1234),
        ("0", "USD", 0),
        ("1E+2", "USD", 10_000),
    ],
)
def test_an_amount_is_a_whole_number_of_the_currencys_smallest_unit(
    amount: str, currency: str, units: int
) -> None:
    assert money.smallest_units(amount, currency) == units


@pytest.mark.parametrize(
    ("amount", "currency", "field"),
    [
        ("12.505", "EUR", "value"),  # never rounded
        ("0.5", "JPY", "value"),
        ("1.2345", "KWD", "value"),
        ("-1", "EUR", "value"),
        ("NaN", "EUR", "value"),
        ("Infinity", "EUR", "value"),
        ("1e300", "EUR", "value"),
        ("99999999999999999", "EUR", "value"),
        ("12,50", "EUR", "value"),
        ("", "EUR", "value"),
        ("12", "eur", "currency"),
        ("12", "XTS", "currency"),
        ("12", "", "currency"),
    ],
)
def test_what_is_no_amount_is_refused_by_its_field(amount: str, currency: str, field: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        money.smallest_units(amount, currency)
    assert [each.field for each in refused.value.broken] == [field]


@pytest.mark.parametrize("amount", ["12.50", "0.01", "0.00", "1234567.89"])
def test_an_amount_is_spelled_as_it_was_given(amount: str) -> None:
    assert money.spelled(money.smallest_units(amount, "EUR"), "EUR") == amount


def test_a_whole_currency_has_no_point() -> None:
    assert money.spelled(1500, "JPY") == "1500"


def test_no_currency_has_two_exponents() -> None:
    each = [*money.WHOLE.split(), *money.WITH_HUNDREDTHS.split(), *money.WITH_THOUSANDTHS.split()]
    assert len(each) == len(set(each)) == len(money.EXPONENTS)
    assert all(len(code) == 3 and code.isupper() for code in each)
