# expect: RuntimeError
# exception: OperationalError
# run: stdlib
import sqlite3
sqlite3.connect('/tmp/pyc-rs-hostile-canary').execute('create table t (x)')
