# expect: RuntimeError
# exception: ValueError
'{:>99999999999}'.format(1)
