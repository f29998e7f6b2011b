# expect: ModuleNotAllowed
import sys
sys.modules['os']
