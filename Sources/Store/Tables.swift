import GRDB

/// The form of the database, version by version. A migration that was released is never changed.
enum Tables {
    /// Stands in the file's header: "mrtl".
    static let applicationID = 0x6d72_746c

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 records, journal, history, outbox") { db in
            try db.execute(sql: remembered)
            try db.execute(sql: told)
        }
        migrator.registerMigration("5 told, begun") { db in try db.execute(sql: announced) }
        return migrator
    }()

    /// What the ledger is read from. `body` is in clear, `sealed` isn't.
    private static let remembered = """
        PRAGMA application_id = \(applicationID);
        CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
        INSERT INTO meta VALUES ('term', 0), ('nextIntent', 1);
        CREATE TABLE record (id TEXT PRIMARY KEY, body BLOB NOT NULL, sealed BLOB);
        CREATE TABLE step (
            id TEXT PRIMARY KEY, intent INTEGER NOT NULL, body BLOB NOT NULL, sealed BLOB);
        CREATE TABLE lease (key BLOB PRIMARY KEY, consumer TEXT NOT NULL, body BLOB NOT NULL);
        CREATE INDEX leaseByConsumer ON lease (consumer);
        CREATE TABLE decision (
            number INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, body BLOB NOT NULL,
            UNIQUE (kind, subject));
        CREATE TABLE source (name TEXT PRIMARY KEY, body BLOB NOT NULL);
        """

    private static let told = """
        CREATE TABLE history (
            number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, source TEXT NOT NULL,
            resource TEXT, body BLOB NOT NULL);
        CREATE INDEX historyByTime ON history (time);
        CREATE INDEX historyBySource ON history (source, number);
        CREATE INDEX historyByResource ON history (resource, number) WHERE resource IS NOT NULL;
        CREATE TABLE outbox (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, target TEXT NOT NULL,
            eventType TEXT NOT NULL, body BLOB NOT NULL, created INTEGER NOT NULL,
            attempts INTEGER NOT NULL, nextAttempt INTEGER NOT NULL, lastError TEXT, orderKey TEXT,
            state TEXT NOT NULL, endedAt INTEGER);
        CREATE INDEX outboxByTime ON outbox (state, nextAttempt);
        CREATE INDEX outboxByKey ON outbox (target, orderKey, number)
            WHERE state = 'waiting' AND orderKey IS NOT NULL;
        """

    /// What each target was told last, and which messages may have reached theirs without an answer.
    private static let announced = """
        CREATE TABLE told (
            target TEXT NOT NULL, topic TEXT NOT NULL, matter TEXT NOT NULL, message TEXT NOT NULL,
            since INTEGER NOT NULL, PRIMARY KEY (target, topic)) WITHOUT ROWID;
        ALTER TABLE outbox ADD COLUMN begun INTEGER;
        """
}
