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
        migrator.registerMigration("2 deliveries") { db in try db.execute(sql: heard) }
        migrator.registerMigration("3 tokens") { db in try db.execute(sql: tokens) }
        migrator.registerMigration("4 reports") { db in try db.execute(sql: reports) }
        migrator.registerMigration("5 told, begun") { db in try db.execute(sql: announced) }
        migrator.registerMigration("6 previews") { db in try db.execute(sql: previews) }
        migrator.registerMigration("7 reviews") { db in try db.execute(sql: reviews) }
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

    /// Deliveries of webhooks by a digest of their ids, and where each source stands with them: when one was last
    /// seen, and since when one waits for its fetch.
    private static let heard = """
        CREATE TABLE delivery (
            number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, received INTEGER NOT NULL);
        CREATE INDEX deliveryByTime ON delivery (received);
        CREATE TABLE hearing (source TEXT PRIMARY KEY, seen INTEGER NOT NULL, owed INTEGER) WITHOUT ROWID;
        """

    private static let tokens = """
        CREATE TABLE token (
            id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash BLOB NOT NULL UNIQUE, role TEXT NOT NULL,
            created INTEGER NOT NULL, createdBy TEXT NOT NULL, expires INTEGER, lastUsed INTEGER);
        """

    /// `source` is the key of history's rows, and `name` what it is called.
    private static let reports = """
        CREATE TABLE report (
            number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, name TEXT NOT NULL,
            commitID TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, started INTEGER NOT NULL,
            ended INTEGER, first INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE INDEX reportByCommit ON report (source, commitID, number);
        CREATE INDEX reportByTime ON report (started);
        """

    /// What each target was told last, and which messages may have reached theirs without an answer.
    private static let announced = """
        CREATE TABLE told (
            target TEXT NOT NULL, topic TEXT NOT NULL, matter TEXT NOT NULL, message TEXT NOT NULL,
            since INTEGER NOT NULL, PRIMARY KEY (target, topic)) WITHOUT ROWID;
        ALTER TABLE outbox ADD COLUMN begun INTEGER;
        """

    /// What is known of each open request of a repository, and what its preview showed.
    private static let previews = """
        CREATE TABLE preview (
            repository TEXT NOT NULL, request INTEGER NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL,
            url TEXT NOT NULL, head TEXT NOT NULL, base TEXT NOT NULL, baseCommit TEXT NOT NULL,
            state TEXT NOT NULL, summary TEXT NOT NULL, plans TEXT NOT NULL, note TEXT NOT NULL, stamp TEXT NOT NULL,
            lastComment INTEGER NOT NULL, seen INTEGER NOT NULL, ended INTEGER, told TEXT NOT NULL,
            comment TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (repository, request)) WITHOUT ROWID;
        """

    /// What was shown of requests, by source and request; which of its changes were carried out; and who approved what.
    private static let reviews = """
        CREATE TABLE review (
            source TEXT NOT NULL, request TEXT NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (source, request)) WITHOUT ROWID;
        CREATE TABLE spent (
            source TEXT NOT NULL, request TEXT NOT NULL, resource TEXT NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (source, request, resource)) WITHOUT ROWID;
        CREATE TABLE approval (
            number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, time INTEGER NOT NULL,
            body BLOB NOT NULL);
        CREATE INDEX approvalByTime ON approval (time);
        """
}
