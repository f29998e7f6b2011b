# expect: ModuleNotAllowed
import sys
sys.modules.get('posix')
