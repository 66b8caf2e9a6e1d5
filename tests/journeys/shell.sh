#!/usr/bin/env bash
# A shell user: solve, certify, check the claim with Python alone, read a page.  Runs in a folder of its own.
set -euo pipefail
printf 'a,b,y\n-1,2,1\n0.5,1,0\n1,-1,2\n3,0.25,-1\n' > table.csv
convex-program --version
convex-program solve table.csv --target y --bias --beta 0.1 --network best.npz --claim best.claim
convex-program solve - --target y --bias --beta 0.1 --json < table.csv > best.json
convex-program certify best.npz table.csv --target y --bias --beta 0.1 --max-gap 1e-6 --report page.html
python -I -S "$CHECKER" best.claim --data table.csv --target y --max-gap 1e-6
test -s page.html
