create table if not exists public.stations (id text primary key, name text not null);
insert into public.stations values ('hq', 'Roof; north side') on conflict do nothing;
