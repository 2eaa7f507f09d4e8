#!/usr/bin/env bash
# restore-drill.sh FOLDER KEYS: a backup put back on this machine, apart from everything that runs, looked at, removed.
#
# It starts a PostgreSQL and a Temporal of its own in a folder of its own. Of the office's settings it takes the master key
# (SUQIU_MASTER_KEY, or the one of the data folder SUQIU_DATA) and the rulebook: no gateway is configured in it, so that
# nobody is told anything twice, and nothing is signed. Exit 0: the backup can be restored, opens, verifies, and every open
# petition waits for its right time.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: restore-drill.sh FOLDER KEYS" >&2; exit 2; }
folder=$1 keys=$2
log=$(suqiu audit key)
key=${SUQIU_MASTER_KEY:-$(cat "${SUQIU_DATA:-.suqiu}/keys/master.key")}
book=${SUQIU_RULEBOOK:-}
for name in $(compgen -e | grep -E '^(SUQIU|TEMPORAL)_' || true); do unset "$name"; done
export SUQIU_MASTER_KEY=$key
[ -z "$book" ] || export SUQIU_RULEBOOK=$book
here=$(mktemp -d /var/tmp/suqiu-drill.XXXXXX)
chmod 711 "$here"
export SUQIU_DATA=$here/data
up=
finish() {
  [ -z "$up" ] || { kill -TERM "$up" 2>/dev/null && wait "$up"; } || true
  rm -rf "$here"
}
trap finish EXIT

echo "1. restore"
suqiu restore "$folder" --keys "$keys"
echo "2. start"
suqiu up --unsigned --port 0 > "$here/up.txt" 2>&1 &
up=$!
ready() { grep -qs '"ready": true' "$SUQIU_DATA/run.json"; }
for _ in $(seq 1 600); do
  ready && break
  kill -0 "$up" 2>/dev/null || { cat "$here/up.txt" >&2; exit 1; }
  sleep 0.5
done
ready || { cat "$here/up.txt" >&2; echo "not ready within five minutes" >&2; exit 1; }
echo "3. workflows"
suqiu workflows rebuild --patience 300
echo "4. the log"
suqiu audit verify --log "$log"
echo "5. read models"
suqiu projections status
echo "the drill is done: this backup can be restored"
