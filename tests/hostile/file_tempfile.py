# expect: RuntimeError
# exception: FileNotFoundError
# run: stdlib
import tempfile
tempfile.mkdtemp()
