"""Money as whole numbers: an amount in the smallest unit of its currency. Pure.

How small that is stands in ISO 4217: no unit below the yen, a hundredth of an euro, a thousandth of
a dinar. https://www.six-group.com/en/products-services/financial-information/data-standards.html
"""

from decimal import Decimal, InvalidOperation

from tellal.errors import Broken, Unacceptable

# List one of ISO 4217, without what nobody is paid in (gold, testing, units of account).
WITH_HUNDREDTHS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY
COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES
WST XCD XCG YER ZAR ZMW ZWG
"""
WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
WITH_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
EXPONENTS = {
    **dict.fromkeys(WHOLE.split(), 0),
    **dict.fromkeys(WITH_HUNDREDTHS.split(), 2),
    **dict.fromkeys(WITH_THOUSANDTHS.split(), 3),
}
MOST = 10**15  # in the smallest unit: ten trillion euros are somebody's mistake


def exponent(currency: str, *, field: str = "currency") -> int:
    """How many decimals an amount has. Raises Unacceptable."""
    if currency not in EXPONENTS:
        rule = "is no currency of ISO 4217, in capitals: EUR, TRY"
        raise Unacceptable(Broken(field, rule))
    return EXPONENTS[currency]


def smallest_units(amount: str | Decimal, currency: str, *, field: str = "value") -> int:
    """«12.50» EUR is 1250. Raises Unacceptable: nothing is ever rounded."""
    digits = exponent(currency)
    try:
        given = Decimal(amount)
    except InvalidOperation:
        rule = "is not an amount, with a point and no spaces: 1234.50"
        raise Unacceptable(Broken(field, rule)) from None
    if not given.is_finite() or not 0 <= given < MOST:
        raise Unacceptable(Broken(field, f"is not between 0 and {MOST}"))
    units = given.scaleb(digits)
    if units != units.to_integral_value():
        raise Unacceptable(Broken(field, f"has more than the {digits} decimals of {currency}"))
    if units >= MOST:
        raise Unacceptable(Broken(field, "is more than anybody pays"))
    return int(units)


def spelled(units: int, currency: str) -> str:
    """As it was given: 1250 EUR is «12.50»."""
    digits = EXPONENTS[currency]
    return f"{Decimal(units).scaleb(-digits):.{digits}f}"
