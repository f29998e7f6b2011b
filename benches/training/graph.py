"""Shortest paths and components: dictionaries, sets, tuples and heaps."""

import heapq
from collections import defaultdict, deque


def edges(nodes):
    seed = 12345
    for node in range(nodes):
        for _ in range(4):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            yield node, seed % nodes, seed % 17 + 1


def build(nodes):
    graph = defaultdict(dict)
    for start, end, weight in edges(nodes):
        graph[start][end] = min(weight, graph[start].get(end, 99))
        graph[end].setdefault(start, weight)
    return graph


def distances(graph, start):
    found = {}
    queue = [(0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node in found:
            continue
        found[node] = cost
        for neighbour, weight in graph[node].items():
            if neighbour not in found:
                heapq.heappush(queue, (cost + weight, neighbour))
    return found


def components(graph):
    left = set(graph)
    sizes = []
    while left:
        queue = deque([left.pop()])
        seen = set(queue)
        while queue:
            near = graph[queue.popleft()].keys() - seen
            seen |= near
            queue.extend(near)
        left -= seen
        sizes.append(len(seen))
    return sorted(sizes, reverse=True)


graph = build(4000)
found = [distances(graph, start) for start in (0, 17, 99)]
print(max(max(costs.values()) for costs in found), sum(map(len, found)), components(graph)[:3])
