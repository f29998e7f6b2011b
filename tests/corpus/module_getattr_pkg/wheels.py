count = 4
