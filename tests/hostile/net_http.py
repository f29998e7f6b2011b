# expect: Denied
# run: stdlib
import http.client
http.client.HTTPConnection('127.0.0.1', 1, timeout=1).request('GET', '/')
