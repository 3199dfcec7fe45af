INSERT INTO parcels (code, last_place) VALUES ('TEST-1', 'Depot');
