-- Marktaufträge haben keinen Preis
ALTER TABLE orders ALTER COLUMN price DROP NOT NULL;
