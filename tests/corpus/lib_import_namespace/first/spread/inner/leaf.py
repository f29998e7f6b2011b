DEEP = __name__
