# expect: Timeout
# run: wall stdlib
import select
select.select([], [], [])
