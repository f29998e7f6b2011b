# expect: ModuleNotAllowed
class Sneaky:
    import _posixsubprocess
