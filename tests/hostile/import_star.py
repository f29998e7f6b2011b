# expect: ModuleNotAllowed
from os import *
