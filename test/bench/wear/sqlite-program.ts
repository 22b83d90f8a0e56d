/**
 * The Python program that writes to SQLite: a line of JSON with keys and values (in hex, or null for a removal) is one
 * transaction; it answers with the milliseconds that this took. The set-up is the one that loses nothing: WAL, synchronous FULL.
 */
export const sqliteProgram = `
import json, sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('PRAGMA journal_mode=WAL')
db.execute('PRAGMA synchronous=FULL')
db.execute('CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID')
for line in sys.stdin:
    rows = json.loads(line)
    put = [(key, bytes.fromhex(value)) for key, value in rows if value is not None]
    gone = [(key,) for key, value in rows if value is None]
    begun = time.perf_counter()
    db.execute('BEGIN')
    db.executemany('REPLACE INTO kept VALUES (?, ?)', put)
    db.executemany('DELETE FROM kept WHERE key = ?', gone)
    db.execute('COMMIT')
    print((time.perf_counter() - begun) * 1000, flush=True)
`;
