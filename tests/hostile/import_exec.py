# expect: ModuleNotAllowed
exec('import ctypes')
