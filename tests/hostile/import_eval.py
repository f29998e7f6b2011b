# expect: ModuleNotAllowed
eval("__import__('ctypes')")
