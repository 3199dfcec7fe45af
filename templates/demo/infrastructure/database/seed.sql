-- Rows a fresh database starts with. Safe to run again.
INSERT INTO symbols (symbol, base, quote) VALUES
    ('BTCUSDT', 'BTC', 'USDT'),
    ('ETHUSDT', 'ETH', 'USDT'),
    ('SOLUSDT', 'SOL', 'USDT')
ON CONFLICT (symbol) DO NOTHING;
