#!/usr/bin/env bash
# restore-drill.sh FOLDER KEYS: a backup put back on this machine, apart from everything that runs, looked at, removed.
#
# It starts a PostgreSQL and a Temporal of its own in a folder of its own. No gateway is configured in it, so that nobody
# is told anything twice; the log key is not given to it, so that it signs nothing. It needs SUQIU_MASTER_KEY. Exit 0:
# the backup can be restored, opens, verifies, and every open petition waits for its right time.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: restore-drill.sh FOLDER KEYS" >&2; exit 2; }
folder=$1 keys=$2
log=$(suqiu audit key)
unset SUQIU_DATABASE_URL SUQIU_APPRISE_URLS SUQIU_LOG_KEY SUQIU_CHECKPOINT_FILE SUQIU_TEMPORAL_PROFILE \
  SUQIU_TEMPORAL_ENV_FILE TEMPORAL_ADDRESS TEMPORAL_NAMESPACE
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
suqiu up --port 0 > "$here/up.txt" 2>&1 &
up=$!
for _ in $(seq 1 600); do
  [ -f "$SUQIU_DATA/run.json" ] && break
  kill -0 "$up" 2>/dev/null || { cat "$here/up.txt" >&2; exit 1; }
  sleep 0.5
done
[ -f "$SUQIU_DATA/run.json" ] || { echo "not ready within five minutes" >&2; exit 1; }
echo "3. workflows"
suqiu workflows rebuild --patience 300
echo "4. the log"
suqiu audit verify --log "$log"
echo "5. read models"
suqiu projections status
echo "the drill is done: this backup can be restored"
