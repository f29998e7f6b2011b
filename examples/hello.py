print("Hello from a code object")
