# expect: RuntimeError
# exception: RecursionError
class Chain:
    def __getattr__(self, name):
        return getattr(self, name + 'x')
Chain().a
