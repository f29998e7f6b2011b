"""Dates, times, differences, time zones, formatting and parsing."""
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo

start = datetime(2024, 2, 28, 22, 45, 10, 250000)
step = timedelta(hours=1, minutes=30, milliseconds=1)
print([str(start + n * step) for n in range(3)])
print(step * 2.5, step / 2, step // timedelta(minutes=7), step % timedelta(minutes=7))
print(divmod(timedelta(days=10), timedelta(days=3)), -timedelta(seconds=1))
print(repr(timedelta(weeks=1, microseconds=-1)), timedelta(days=-1, hours=25).total_seconds())
print(abs(date(2023, 12, 25) - date(2024, 3, 1)).days, date.max.year == MAXYEAR)

day = date(2024, 12, 30)
print(day.isocalendar(), day.weekday(), day.isoweekday(), day.timetuple().tm_yday)
print(date.fromisocalendar(2025, 1, 1) == day, date.fromordinal(day.toordinal() + 2))
print(day.replace(year=2023), day.strftime("%a %d %b %Y, week %V, day %j, %y%m%d %%"))
print(f"{start:%I:%M:%S.%f %p}|{start:%A}|{start.time():%H-%M}|{day:%B}")


def add_months(when, months):
    index = when.year * 12 + when.month - 1 + months
    year, month = divmod(index, 12)
    for last in (when.day, 30, 29, 28):
        try:
            return when.replace(year=year, month=month + 1, day=last)
        except ValueError:
            continue
    raise AssertionError


print([add_months(date(2024, 1, 31), n).isoformat() for n in (1, 3, 13, -2)])

plus2 = timezone(timedelta(hours=2))
newfoundland = timezone(-timedelta(hours=3, minutes=30), "NST")
meeting = datetime(2024, 6, 1, 1, 30, tzinfo=plus2)
print(meeting, meeting.astimezone(UTC), meeting.astimezone(newfoundland).isoformat(" ", "minutes"))
print(meeting.astimezone(newfoundland).tzname(), plus2, meeting.utcoffset(), timezone.utc)
print(meeting == datetime(2024, 5, 31, 23, 30, tzinfo=UTC), int(meeting.timestamp()))
print(datetime.fromtimestamp(86400 * 365.25, UTC), datetime.fromtimestamp(-1, tz=newfoundland))
try:
    meeting < start
except TypeError as error:
    print(type(error).__name__)


class Summer(tzinfo):
    """One hour ahead from April to September."""

    def utcoffset(self, when):
        return timedelta(hours=1) + self.dst(when)

    def dst(self, when):
        return timedelta(hours=1 if when and 4 <= when.month <= 9 else 0)

    def tzname(self, when):
        return "SUM" if self.dst(when) else "WIN"


for month in (1, 7):
    local = datetime(2024, month, 15, 12, tzinfo=Summer())
    print(local.strftime("%Y-%m-%d %H:%M %Z %z"), local.astimezone(UTC).hour)

for text in ("2024-03-05", "2024-03-05T06:07", "20240305T060708.5Z", "2024-W10-2", "2024-03-05 06:07:08+05:30"):
    print(repr(datetime.fromisoformat(text)))
print(datetime.strptime("5 Mar 2024 6PM -0130", "%d %b %Y %I%p %z"))
print(datetime.strptime("2024/065", "%Y/%j").date(), time.fromisoformat("04:05:06.789"))
for text, pattern in (("31/02/2024", "%d/%m/%Y"), ("x", "%Y"), ("2024 ", "%Y")):
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        print("ValueError for", repr(text))

moments = [time(9, 5), time(23), time(9, 5, 1), time.min]
print(sorted(moments), max(moments).replace(minute=15), bool(time.min))
print(datetime.combine(day, time(7, tzinfo=UTC)), len({date(2024, 1, 1), datetime(2024, 1, 1).date()}))
print([(date(year, 3, 1) - timedelta(1)).day for year in (1900, 2000, 2023, 2024)])
