# expect: Denied RuntimeError
# run: stdlib
import tempfile
tempfile.mkdtemp()
