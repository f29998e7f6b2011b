# expect: Crashed
# run: stdlib cpu
import marshal
data = bytearray(marshal.dumps(compile('x = [1, 2, 3]\ny = x[0]', 'x', 'exec')))
for at in range(0, len(data), 3):
    changed = bytearray(data)
    changed[at] ^= 0xff
    try:
        exec(marshal.loads(bytes(changed)))
    except Exception:
        pass
