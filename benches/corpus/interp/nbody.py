SUN = 39.47841760435743
DAYS = 365.24


def bodies():
    return [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SUN],
        [4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694 * DAYS, 0.00769901118419740425 * DAYS, -0.0000690460016972063023 * DAYS, 0.000954791938424326609 * SUN],
        [8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411178 * DAYS, 0.00499852801234917238 * DAYS, 0.0000230417297573763929 * DAYS, 0.000285885980666130812 * SUN],
        [12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618 * DAYS, 0.00237847173959480950 * DAYS, -0.0000296589568540237556 * DAYS, 0.0000436624404335156298 * SUN],
        [15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322 * DAYS, 0.00162824170038242295 * DAYS, -0.0000951592254519715870 * DAYS, 0.0000515138902046611451 * SUN],
    ]


def energy(system):
    total = 0.0
    for index, a in enumerate(system):
        total += 0.5 * a[6] * (a[3] * a[3] + a[4] * a[4] + a[5] * a[5])
        for b in system[index + 1 :]:
            dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
            total -= a[6] * b[6] / (dx * dx + dy * dy + dz * dz) ** 0.5
    return total


def advance(system, pairs, dt):
    for a, b in pairs:
        dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
        magnitude = dt / (dx * dx + dy * dy + dz * dz) ** 1.5
        by_b, by_a = b[6] * magnitude, a[6] * magnitude
        a[3] -= dx * by_b
        a[4] -= dy * by_b
        a[5] -= dz * by_b
        b[3] += dx * by_a
        b[4] += dy * by_a
        b[5] += dz * by_a
    for body in system:
        body[0] += dt * body[3]
        body[1] += dt * body[4]
        body[2] += dt * body[5]


def main(steps):
    system = bodies()
    pairs = [(a, b) for index, a in enumerate(system) for b in system[index + 1 :]]
    for _ in range(steps):
        advance(system, pairs, 0.01)
    return "%.9f" % energy(system)


print(main(15000))
