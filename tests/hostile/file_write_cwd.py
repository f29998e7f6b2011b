# expect: Denied
open('here.txt', 'w').write('here')
