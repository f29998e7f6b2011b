"""Descriptive statistics of a small survey, exact where possible."""
import statistics as st
from decimal import Decimal
from fractions import Fraction

ages = [23, 31, 31, 19, 44, 52, 38, 27, 31, 60]
scores = {"red": [3, 7, 7, 2, 9], "blue": [10, 1, 4, 4, 6, 8], "green": [5]}


def histogram(values, width=10):
    low = min(values) // width * width
    for start in range(low, max(values) + 1, width):
        inside = [v for v in values if start <= v < start + width]
        print(f"{start:>3}-{start + width - 1:<3} {'*' * len(inside)}")


def outliers(values, limit=1.5):
    q1, _, q3 = st.quantiles(values, n=4, method="inclusive")
    spread = (q3 - q1) * limit
    return [v for v in values if not q1 - spread <= v <= q3 + spread]


histogram(ages)
print("mean", st.mean(ages), "fmean", st.fmean(ages), "median", st.median(ages))
print("low", st.median_low([1, 2, 3, 4]), "high", st.median_high([1, 2, 3, 4]), "grouped", st.median_grouped([1, 2, 2, 3]))
print("mode", st.mode(ages), st.multimode("mississippi"), st.mode(["b", "a", "a", "b"]))
print("stdev", round(st.stdev(ages), 6), round(st.pstdev(ages), 6))
print("variance", round(st.variance(ages), 6), round(st.pvariance(ages, mu=st.mean(ages)), 6))
print("quartiles", st.quantiles(ages, n=4), "deciles", [round(q, 2) for q in st.quantiles(range(1, 100), n=10)])
print("outliers", outliers([1, 2, 2, 3, 3, 3, 4, 40]))

print(st.mean([Fraction(1, 2), Fraction(1, 3)]), st.mean([Decimal("1.1"), Decimal("2.2")]), st.variance([Fraction(1), Fraction(2)]))
print(round(st.harmonic_mean([40, 60]), 9), round(st.harmonic_mean([40, 60], weights=[5, 30]), 9))
print(round(st.geometric_mean([54, 24, 36]), 9), st.fmean([85, 92, 83], weights=[1, 2, 1]))

for team, values in sorted(scores.items(), key=lambda pair: -st.mean(pair[1])):
    try:
        deviation = f"{st.stdev(values):.3f}"
    except st.StatisticsError:
        deviation = "n/a"
    print(f"{team:<6} mean {st.mean(values):.2f} stdev {deviation}")

hours, marks = [1, 2, 3, 4, 5], [52, 55, 61, 64, 68]
slope, intercept = st.linear_regression(hours, marks)
print(f"marks = {slope:.2f} * hours + {intercept:.2f}; r = {st.correlation(hours, marks):.5f}")
print(f"covariance {st.covariance(hours, marks):.3f}, ranked {st.correlation(hours, [1, 10, 100, 1000, 900], method='ranked'):.2f}")

curve = st.NormalDist(mu=100, sigma=15)
print(f"{curve.cdf(115):.5f} {curve.pdf(100):.6f} {curve.inv_cdf(0.975):.4f} {curve.zscore(130):.1f}")
print([round(q, 2) for q in curve.quantiles(4)], curve + st.NormalDist(10, 20), curve * 2 - 5)
print(f"{curve.overlap(st.NormalDist(110, 15)):.5f}", st.NormalDist.from_samples([2, 4, 6]).mean)

for function, data in ((st.mean, []), (st.mode, []), (st.harmonic_mean, [1, -1]), (st.stdev, [1])):
    try:
        function(data)
    except st.StatisticsError as error:
        print(function.__name__, "->", type(error).__name__)
