# expect: ModuleNotAllowed
def sneaky():
    import socket
    return socket
sneaky()
