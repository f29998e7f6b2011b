# expect: Crashed
# run: cpu
import types
template = (lambda: 0).__code__
code = types.CodeType(0, 0, 0, 0, 0, 0, b'\xff\xff' * 1000, (), (), (), 'x', 'x', 'x', 1, b'', b'', (), ())
exec(code)
