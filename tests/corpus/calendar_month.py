"""Prints months side by side, finds special days, marks holidays."""
import calendar
from calendar import FRIDAY, MONDAY, SUNDAY
from datetime import date, timedelta

print(calendar.TextCalendar(MONDAY).formatmonth(2024, 2), end="")
print(calendar.TextCalendar(SUNDAY).formatmonth(2023, 10, w=3, l=1), end="")
print(calendar.TextCalendar(MONDAY).formatyear(2025, w=2, l=1, c=4, m=4).splitlines()[4])

print([int(n) for n in calendar.monthrange(2024, 2)], calendar.isleap(2100), calendar.leapdays(1900, 2001))
print(calendar.weekday(1969, 7, 20) == SUNDAY, calendar.timegm((2001, 9, 9, 1, 46, 40)))
print(list(calendar.month_abbr)[1:4], calendar.day_name[FRIDAY])
print(calendar.Calendar(SUNDAY).monthdayscalendar(2024, 9)[0])


def nth_weekday(year, month, weekday, n):
    days = [week[weekday] for week in calendar.monthcalendar(year, month) if week[weekday]]
    return date(year, month, days[n - 1 if n > 0 else n])


def easter(year):
    """The usual computation of the Gregorian Easter Sunday."""
    golden = year % 19
    century, rest = divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def fridays_13th(year):
    return [month for month in range(1, 13) if date(year, month, 13).weekday() == FRIDAY]


print([easter(year).isoformat() for year in (2000, 2024, 2025, 2038)])
print(nth_weekday(2024, 11, 3, 4), nth_weekday(2024, 5, MONDAY, -1))
print({year: fridays_13th(year) for year in range(2023, 2027)})


class Marked(calendar.TextCalendar):
    def __init__(self, marks):
        super().__init__(MONDAY)
        self.marks = marks
        self.month = None

    def formatmonth(self, year, month, w=0, l=0):
        self.month = (year, month)
        return super().formatmonth(year, month, w, l)

    def formatday(self, day, weekday, width):
        if day and date(*self.month, day) in self.marks:
            return f"*{day}".rjust(width)
        return super().formatday(day, weekday, width)


sunday = easter(2025)
marks = {sunday: "Sunday", sunday - timedelta(2): "Friday", sunday + timedelta(1): "Monday"}
print(Marked(marks).formatmonth(2025, 4, w=3), end="")


def working_days(first, last, holidays=()):
    day = first
    while day <= last:
        if day.weekday() < 5 and day not in holidays:
            yield day
        day += timedelta(days=1)


april = list(working_days(date(2025, 4, 1), date(2025, 4, 30), marks))
print(len(april), april[0], april[-1], sum(day.day for day in april))
