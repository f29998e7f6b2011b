# expect: Denied
# run: stdlib scratch
import os
os.listdir('..')
