# expect: RuntimeError
# exception: gaierror
# run: stdlib
import socket
socket.getaddrinfo('localhost', 80)
socket.socket()
