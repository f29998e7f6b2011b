"""Reads sales from a CSV file and prints a cross table and the rejected rows."""
import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path


@dataclass
class Sale:
    day: date
    region: str
    product: str
    units: int
    price: Decimal

    @classmethod
    def from_row(cls, row):
        return cls(
            day=date.fromisoformat(row["date"]),
            region=row["region"],
            product=row["product"],
            units=int(row["units"]),
            price=Decimal(row["price"]),
        )

    @property
    def amount(self):
        return self.units * self.price


def load(path):
    good, bad = [], []
    with open(path, newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        for row in reader:
            try:
                good.append(Sale.from_row(row))
            except (ValueError, InvalidOperation) as problem:
                bad.append((reader.line_num, type(problem).__name__, row["units"]))
    return good, bad


def cross_table(sales):
    table = defaultdict(lambda: defaultdict(Decimal))
    for sale in sales:
        table[sale.product][sale.region] += sale.amount
    return table


sales, rejected = load(Path(__file__).parent / "csv_report.data" / "sales.csv")
regions = sorted({sale.region for sale in sales})
table = cross_table(sales)

print(f"{'product':<14}" + "".join(f"{region:>10}" for region in regions) + f"{'total':>11}")
for product in sorted(table):
    row = table[product]
    cells = "".join(f"{row.get(region, Decimal(0)):>10,.2f}" for region in regions)
    print(f"{product:<14}{cells}{sum(row.values()):>11,.2f}")

by_month = defaultdict(int)
for sale in sales:
    by_month[sale.day.strftime("%Y-%m")] += sale.units
print(dict(by_month))
for line, kind, text in rejected:
    print(f"line {line}: {kind} in units {text!r}")

out = io.StringIO()
writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
writer.writerow(["product", "best region"])
for product, row in sorted(table.items()):
    writer.writerow([product, max(row, key=row.get)])
print(out.getvalue(), end="")
