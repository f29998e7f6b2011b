"""A graph with weights, as dictionaries of dictionaries."""
import heapq
from collections import defaultdict, deque
from math import inf


class Graph:
    def __init__(self, directed=False):
        self.directed, self.edges = directed, defaultdict(dict)

    @classmethod
    def parse(cls, text, directed=False):
        graph = cls(directed)
        for part in text.split():
            ends, _, weight = part.partition(":")
            graph.add(*ends.split("-"), int(weight or 1))
        return graph

    def add(self, a, b, weight=1):
        self.edges[a][b] = weight
        if self.directed:
            self.edges[b]
        else:
            self.edges[b][a] = weight

    def dijkstra(self, start):
        distance, previous, heap = {start: 0}, {}, [(0, start)]
        while heap:
            so_far, node = heapq.heappop(heap)
            if so_far > distance[node]:
                continue
            for neighbour, weight in self.edges[node].items():
                if (total := so_far + weight) < distance.get(neighbour, inf):
                    distance[neighbour], previous[neighbour] = total, node
                    heapq.heappush(heap, (total, neighbour))
        return distance, previous

    def path(self, start, end):
        distance, previous = self.dijkstra(start)
        if end not in distance:
            return None
        nodes = [end]
        while nodes[-1] != start:
            nodes.append(previous[nodes[-1]])
        return distance[end], "".join(reversed(nodes))

    def components(self):
        seen = set()
        for node in sorted(self.edges):
            if node not in seen:
                found, queue = [], deque([node])
                seen.add(node)
                while queue:
                    found.append(current := queue.popleft())
                    for neighbour in sorted(self.edges[current]):
                        if neighbour not in seen:
                            seen.add(neighbour)
                            queue.append(neighbour)
                yield "".join(found)

    def kruskal(self):
        parent = {node: node for node in self.edges}

        def find(node):
            while parent[node] != node:
                parent[node] = node = parent[parent[node]]
            return node

        edges = sorted((w, a, b) for a in self.edges for b, w in self.edges[a].items() if a < b)
        for weight, a, b in edges:
            if (one := find(a)) != (two := find(b)):
                parent[one] = two
                yield a + b, weight

    def floyd(self):
        nodes = sorted(self.edges)
        d = {(a, b): 0 if a == b else self.edges[a].get(b, inf) for a in nodes for b in nodes}
        for k in nodes:
            for i in nodes:
                for j in nodes:
                    d[i, j] = min(d[i, j], d[i, k] + d[k, j])
        return d

    def max_flow(self, source, sink):
        left = {a: dict(out) for a, out in self.edges.items()}
        for a, out in self.edges.items():
            for b in out:
                left[b].setdefault(a, 0)
        total = 0
        while True:
            came, queue = {source: None}, deque([source])
            while queue and sink not in came:
                node = queue.popleft()
                for neighbour, room in left[node].items():
                    if room and neighbour not in came:
                        came[neighbour] = node
                        queue.append(neighbour)
            if sink not in came:
                return total
            steps, node = [], sink
            while (before := came[node]) is not None:
                steps.append((before, node))
                node = before
            push = min(left[a][b] for a, b in steps)
            for a, b in steps:
                left[a][b] -= push
                left[b][a] += push
            total += push

    def strongly_connected(self):
        index, low, stack, out = {}, {}, [], []

        def visit(node):
            index[node] = low[node] = len(index)
            stack.append(node)
            for neighbour in self.edges[node]:
                if neighbour not in index:
                    visit(neighbour)
                    low[node] = min(low[node], low[neighbour])
                elif neighbour in stack:
                    low[node] = min(low[node], index[neighbour])
            if low[node] == index[node]:
                at = stack.index(node)
                out.append("".join(sorted(stack[at:])))
                del stack[at:]

        for node in list(self.edges):
            if node not in index:
                visit(node)
        return out
