#!/bin/bash
# Makes a private CA with a certificate for each cluster, and lets Elasticsearch write into the snapshot volume.
# Runs once in an Elasticsearch image, as root; what is there already is kept.
set -euo pipefail
cd /usr/share/elasticsearch
if [ ! -f /certs/ca/ca.crt ]; then
  bin/elasticsearch-certutil ca --silent --pem --out /tmp/ca.zip
  unzip -q -o /tmp/ca.zip -d /certs
fi
if [ ! -f /certs/target/target.crt ]; then
  cat > /tmp/instances.yml <<'YAML'
instances:
  - { name: source, dns: [source, localhost], ip: [127.0.0.1] }
  - { name: target, dns: [target, localhost], ip: [127.0.0.1] }
YAML
  bin/elasticsearch-certutil cert --silent --pem --in /tmp/instances.yml --out /tmp/certs.zip \
    --ca-cert /certs/ca/ca.crt --ca-key /certs/ca/ca.key
  unzip -q -o /tmp/certs.zip -d /certs
fi
# Godwit and Kibana need the CA's certificate and none of the keys.
install -m 644 /certs/ca/ca.crt /trust/ca.crt
# Elasticsearch runs as 1000.
chown -R 1000:0 /certs /snapshots
find /certs -type d -exec chmod 755 {} +
find /certs -name '*.crt' -exec chmod 644 {} +
find /certs -name '*.key' -exec chmod 600 {} +
chmod 770 /snapshots
echo 'certificates and snapshot volume are ready'
