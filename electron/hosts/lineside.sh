#!/bin/sh
# The command on Node 24 from npm, whatever Node the system has: `npx lineside …`.
here=$(dirname "$(readlink -f "$0")")
exec "$here/../../node_modules/.bin/node" "$here/cli.ts" "$@"
