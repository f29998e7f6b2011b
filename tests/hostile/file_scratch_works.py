# expect: ok
# run: stdlib scratch
# value: 'kept'
with open('note.txt', 'w') as file:
    file.write('kept')
open('note.txt').read()
