# expect: ok
# value: ''
import sys
sys.stdin.read()
