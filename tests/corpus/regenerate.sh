#!/usr/bin/env bash
# Re-creates the expected results (.out, .err, .status) of every case.
# Usage: regenerate.sh [python]      (a CPython 3.13; default: python3.13)
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
export LC_ALL=C

python=$(command -v -- "${1:-python3.13}") || {
    echo "regenerate.sh: ${1:-python3.13} not found" >&2
    exit 1
}
# Look through version managers' wrappers: they do not work in an empty environment.
python=$("$python" -c 'import sys; print(sys.executable)')
"$python" -c 'import sys; sys.exit(sys.implementation.name != "cpython" or sys.version_info[:2] != (3, 13))' || {
    echo "regenerate.sh: $python is not a CPython 3.13" >&2
    exit 1
}

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

count=0
for program in *.py; do
    name=${program%.py}
    args=()
    if [[ -f $name.args ]]; then
        mapfile -t args <"$name.args"
    fi
    input=/dev/null
    if [[ -f $name.in ]]; then
        input=$name.in
    fi

    status=0
    env -i PATH="$PATH" PYTHONDONTWRITEBYTECODE=1 PYTHONIOENCODING=utf-8 \
        "$python" "$program" "${args[@]}" \
        <"$input" >"$scratch/out" 2>"$scratch/err" || status=$?

    cat "$scratch/out" >"$name.out"
    if [[ -s $scratch/err ]]; then
        tail -n 1 "$scratch/err" >"$name.err"
    else
        rm -f -- "$name.err"
    fi
    if ((status != 0)); then
        echo "$status" >"$name.status"
    else
        rm -f -- "$name.status"
    fi
    count=$((count + 1))
done
echo "$count cases"
