#!/bin/sh
# What the official image does on its first start: the role, its password and database, then /docker-entrypoint-initdb.d.
set -e
user="${POSTGRES_USER:-postgres}"
database="${POSTGRES_DB:-$user}"
if [ -n "$POSTGRES_PASSWORD_FILE" ]; then
    POSTGRES_PASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"
fi
mkdir -p "$PGDATA" && chown -R postgres:postgres "$PGDATA" && chmod 700 "$PGDATA"
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    words="$(mktemp)"
    printf '%s\n' "$POSTGRES_PASSWORD" > "$words"
    chown postgres "$words"
    as_postgres initdb -D "$PGDATA" --encoding=UTF8 --locale=C.UTF-8 -U "$user" --pwfile="$words" --auth-local=trust --auth-host=scram-sha-256 >/dev/null
    rm -f "$words"
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    as_postgres pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start >/dev/null
    if [ "$database" != postgres ]; then
        as_postgres psql -v ON_ERROR_STOP=1 -q -U "$user" -d postgres -c "CREATE DATABASE \"$database\""
    fi
    for file in /docker-entrypoint-initdb.d/*.sql; do
        [ -e "$file" ] || continue
        echo "running $file"
        as_postgres psql -v ON_ERROR_STOP=1 -q -U "$user" -d "$database" < "$file"
    done
    as_postgres pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
fi
mkdir -p /var/run/postgresql && chown postgres /var/run/postgresql
exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@" -c listen_addresses='*'
