#!/bin/sh
# As the official image: options alone mean redis-server; the server binds to every address of the container.
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
    set -- redis-server "$@"
fi
if [ "$1" = "redis-server" ]; then
    set -- "$@" --bind '* -::*' --protected-mode no
fi
exec "$@"
