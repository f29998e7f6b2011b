# expect: ModuleNotAllowed
import os
