#!/bin/sh
set -e
docker stack deploy --with-registry-auth -c compose.yaml shop
