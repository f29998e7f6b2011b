# expect: RuntimeError Crashed
class Chain:
    def __getattr__(self, name):
        return getattr(self, name + 'x')
Chain().a
