import Foundation

/// What `manifests/` asks for, as files: what the machine has to look like.
struct Shop: Sendable {
    let root: String
    var secrets = Secrets()
    /// By language.
    var greetings = ["de": "Guten Tag", "en": "Good day", "fr": "Bonjour"]
    var notice = "Open every day.\n"
    var hasRobots = true

    /// Made for this run; they never leave the process but to a standard input.
    struct Secrets: Sendable {
        var username = "shop"
        var password = Secrets.random()
        var session = Secrets.random()

        static func random() -> String {
            String(
                (0..<32).compactMap { _ in
                    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789".randomElement()
                })
        }
    }

    /// Content by path below the machine's folder.
    var files: [String: String] {
        var files = [
            "shop/web.conf": webConfiguration, "shop/app.env": environment, "shop/site/notice.txt": notice,
            "shop/schema": MigrateCommand.schema,
        ]
        for (language, greeting) in greetings {
            files["shop/site/index.\(language).html"] = page(language, greeting)
        }
        if hasRobots { files["shop/site/robots.txt"] = "User-agent: *\nDisallow: /cart\n" }
        return files
    }
    /// Symlinks by path: where each leads.
    var links: [String: String] { ["shop/site/index.html": "\(root)/shop/site/index.en.html"] }

    /// The first path that is not as it should be; nil when all are. Never says what a file holds.
    func firstWrong() -> String? {
        for (path, content) in files.sorted(by: { $0.key < $1.key })
        where FileManager.default.contents(atPath: "\(root)/\(path)") != Data(content.utf8) { return path }
        for (path, target) in links.sorted(by: { $0.key < $1.key }) {
            let found = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/\(path)")
            if found != target { return path }
        }
        return nil
    }

    private func page(_ language: String, _ greeting: String) -> String {
        """
        <!doctype html>
        <html lang="\(language)">
          <title>The shop</title>
          <h1>\(greeting)</h1>
          <p>This is demo.</p>
        </html>

        """
    }
    private var webConfiguration: String {
        """
        server {
            listen 127.0.0.1:8080;
            server_name shop.demo.example;
            root \(root)/shop/site;
            index index.html;
            location / { try_files $uri $uri/ =404; }
        }

        """
    }
    private var environment: String {
        """
        SHOP_ENV=demo
        SHOP_SITE=\(root)/shop/site
        DB_URL=postgres://\(secrets.username):\(secrets.password)@db.demo.example/shop
        SESSION_KEY=\(secrets.session)

        """
    }
}
