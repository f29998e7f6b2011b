# expect: Denied
# run: stdlib
import pathlib
pathlib.Path('/etc/passwd').read_text()
