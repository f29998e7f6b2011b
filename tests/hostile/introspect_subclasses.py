# expect: ModuleNotAllowed
for kind in object.__subclasses__():
    if kind.__name__ == 'FileIO':
        kind('/etc/passwd')
import os
