# expect: ModuleNotAllowed
__import__('subprocess')
