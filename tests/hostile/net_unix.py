# expect: Denied
# run: stdlib
import socket
socket.socket(socket.AF_UNIX).connect('/run/socket')
