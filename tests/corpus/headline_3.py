matrix = [[i * j for j in range(10)] for i in range(10)]
print(sum(sum(row) for row in matrix))
