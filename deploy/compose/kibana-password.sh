#!/bin/bash
# Sets the password of the user that each Kibana logs in with. Safe to repeat.
set -euo pipefail
set_password() { # cluster, password of elastic
  printf 'user = "elastic:%s"\n' "$2" | curl --silent --show-error --fail --cacert /trust/ca.crt --config - \
    --request POST "https://$1:9200/_security/user/kibana_system/_password" \
    --header 'content-type: application/json' --data "{\"password\":\"$KIBANA_PASSWORD\"}" > /dev/null
  echo "$1: kibana_system is ready"
}
set_password source "$SOURCE_PASSWORD"
set_password target "$TARGET_PASSWORD"
