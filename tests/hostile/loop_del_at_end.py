# expect: ok
# run: cpu
class Finalised:
    def __del__(self):
        while True:
            pass
thing = Finalised()
