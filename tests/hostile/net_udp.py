# expect: Denied
# run: stdlib
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
