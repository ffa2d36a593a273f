"""Reads a company's size out of a sentence: "PT kami 40 orang, investasi 8 M, omzet 9 miliar per tahun"."""

from __future__ import annotations

import math
import re

from handlers.eligibility.reading import numbers
from handlers.eligibility.reading.numbers import Number

_LABELS = {
    word: name
    for name, same in (
        (
            "workers",
            "orang karyawan karyawannya pekerja pegawai buruh staf staff tenaga workers worker employees people org",
        ),
        ("investment_bn", "investasi investasinya modal modalnya aset asset investment invested capital assets"),
        ("sales_bn", "omzet omset omzetnya omsetnya penjualan penjualannya pendapatan sales revenue turnover"),
    )
    for word in same.split()
}
_ORDER = ("workers", "investment_bn", "sales_bn")
_MONTH = {"bulan", "bulannya", "bln", "sebulan", "bulanan", "month", "monthly", "perbulan"}
_FOREIGN_MONEY = re.compile(r"[$€]|\b(?:usd|us|dolar|dollars?|eur|euros?)\b")
_OTHER_PERIOD = {
    "hari",
    "harian",
    "sehari",
    "perhari",
    "minggu",
    "mingguan",
    "seminggu",
    "perminggu",
    "day",
    "daily",
} | {*("week", "weekly")}
_BILLION = 1e9
_LEAST_MONEY = 1e6  # rupiah; less is a number whose "juta" or "miliar" was left out


def read(text: str) -> dict[str, float]:
    """Return the numbers that the text names, of `workers`, `investment_bn` and `sales_bn`; none for none."""
    foreign = _FOREIGN_MONEY.search(text.casefold()) is not None
    found = numbers.find(text)
    labels = _labels(found)
    if len(found) == len(_ORDER) and not any(labels):
        labels = list(_ORDER)
    told: dict[str, float] = {}
    for number, label in zip(found, labels, strict=True):
        value = None if label is None else _value(number, label)
        if label is not None and value is not None and not (foreign and label != "workers"):
            told[label] = value
    return told


def _labels(found: list[Number]) -> list[str | None]:
    """Return what each number is: by the word before it, else by the word right after it."""
    labels: list[str | None] = []
    taken = False  # whether the words before this number belonged to the one before it
    for number in found:
        before = [_LABELS[word] for word in number.before if word in _LABELS]
        pending = before[1:] if taken else before
        following = [_LABELS[word] for word in number.after[:2] if word in _LABELS]
        label = pending[-1] if pending else next(iter(following), None)
        taken = not pending and label is not None
        labels.append(label)
    return labels


def _value(number: Number, label: str) -> float | None:
    if not math.isfinite(number.high) or number.low != number.high:
        return None
    if label == "workers":
        return number.low
    # "Omzet sebulan 2 miliar": the period may stand right before the number too.
    near = {*number.after, *number.before[-2:]}
    if label == "sales_bn" and near & _OTHER_PERIOD:
        return None  # nobody knows how many days or weeks they work
    rupiah = number.low * (12 if label == "sales_bn" and near & _MONTH else 1)
    return rupiah / _BILLION if rupiah >= _LEAST_MONEY or rupiah == 0 else None
