"""Graph algorithms: shortest paths, spanning tree, components, flow, topological order."""
import heapq
from graphlib import CycleError, TopologicalSorter
from math import inf

from lib_dijkstra.graph import Graph

ROADS = "A-B:7 A-C:9 A-F:14 B-C:10 B-D:15 C-D:11 C-F:2 D-E:6 E-F:9 G-H:1"
roads = Graph.parse(ROADS)
print(dict(sorted(roads.dijkstra("A")[0].items())), roads.path("A", "E"), roads.path("A", "H"), roads.path("B", "B"))
print(list(roads.components()), list(roads.kruskal()), sum(w for _, w in roads.kruskal()))
table = roads.floyd()
print(table["A", "E"], table["B", "F"], table["A", "G"], all(table[a, b] == table[b, a] for a, b in table))
pipes = Graph.parse("s-a:10 s-b:8 a-b:5 a-c:4 b-c:7 b-d:6 c-t:9 d-t:5", directed=True)
print(pipes.max_flow("s", "t"), Graph.parse("a-b b-c c-a c-d d-e e-d f-e", directed=True).strongly_connected())

tasks = {"roof": {"walls"}, "walls": {"floor"}, "paint": {"walls", "wires"}, "wires": {"roof"}, "floor": set(), "garden": {"floor"}}
sorter = TopologicalSorter(tasks)
sorter.prepare()
while sorter.is_active():
    ready = sorted(sorter.get_ready())
    print(ready, end=" ")
    sorter.done(*ready)
print(list(TopologicalSorter({"c": ["b"], "b": ["a"]}).static_order()))
try:
    TopologicalSorter({"x": ["y"], "y": ["x"]}).prepare()
except CycleError as error:
    print(type(error).__name__, sorted(set(error.args[1])))

MAZE = ["S.#.....", "..#.###.", ".##...#.", "....#.#E"]


def solve(maze):
    spots = {(x, y): c for y, row in enumerate(maze) for x, c in enumerate(row)}
    start = next(p for p, c in spots.items() if c == "S")
    goal = next(p for p, c in spots.items() if c == "E")
    heap, best = [(0, 0, start, ())], {}
    while heap:
        _, steps, (x, y), path = heapq.heappop(heap)
        if (x, y) == goal:
            return steps, path
        if best.get((x, y), inf) <= steps:
            continue
        best[x, y] = steps
        for spot in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if spots.get(spot, "#") != "#":
                guess = steps + 1 + abs(spot[0] - goal[0]) + abs(spot[1] - goal[1])
                heapq.heappush(heap, (guess, steps + 1, spot, (*path, spot)))


steps, path = solve(MAZE)
print(steps, *("".join("*" if (x, y) in path[:-1] else c for x, c in enumerate(row)) for y, row in enumerate(MAZE)), sep="\n")
