import HTTPClient
import Model
import Repository
import Review

extension ConfigurationReading {
    private typealias Settings = Configuration.NotificationSettings

    mutating func forge(
        _ value: Value, of repository: String, _ path: FieldPath
    ) -> Configuration.ForgeSettings? {
        guard let kind = value["type"]?.string.flatMap(Forge.Kind.init),
            let token = value["token"].flatMap({ secret($0, path.appending("token")) })
        else { return nil }
        let url = try? RemoteURL(repository)
        let isRemote = url.map { $0.scheme != .file } ?? false
        if kind == .bitbucket, isBitbucketServer(value, host: isRemote ? url?.host : nil, path) { return nil }
        var named = url?.path ?? ""
        if named.hasSuffix(".git") { named.removeLast(4) }
        let project = (value["project"]?.string ?? (isRemote ? named : "")).split(separator: "/")
        if project.count < 2 || kind != .gitlab && project.count != 2 {
            report(
                value["project"] == nil ? path : path.appending("project"),
                project.isEmpty
                    ? "it is not known which project of \(kind.rawValue) it is"
                    : "'\(project.joined(separator: "/").escapedForDisplay)' is no project of \(kind.rawValue)",
                hint: "write 'project: owner/name'")
        }
        let api = value["api"]?.string ?? (isRemote ? Forge.usualAPI(kind, host: url?.host ?? "") : "")
        let isOpen = HTTPRequest(api).isOpenToAll
        if !api.isWebAddress || api.contains("@") || isOpen {
            report(
                value["api"] == nil ? path : path.appending("api"),
                isOpen
                    ? "http shows the token to everybody on the way"
                    : "it is not known where its API answers",
                hint: "write 'api: https://…'")
        }
        return Configuration.ForgeSettings(
            kind: kind, project: project.joined(separator: "/"), api: api, token: token,
            caFile: value["caFile"]?.string.map(absolute), user: value["user"]?.string,
            previews: value["previews"].flatMap { previews($0, path.appending("previews")) })
    }

    /// Whether it is at home with another program than bitbucket.org's, whose API has other paths and other shapes: reported.
    private mutating func isBitbucketServer(_ value: Value, host: String?, _ path: FieldPath) -> Bool {
        let api = value["api"]?.string
        let isServer =
            api.map { $0.contains("/rest/") }
            ?? host.map { $0 != "bitbucket.org" && !$0.hasSuffix(".bitbucket.org") } ?? false
        guard isServer else { return false }
        report(
            path.appending(api == nil ? "type" : "api"),
            "Bitbucket Server and Data Center are not spoken to, only Bitbucket Cloud is",
            hint:
                "leave 'forge' out: commits are followed all the same, with a hook or without, and 'notifications' tells of them"
        )
        return true
    }

    /// Nil where they are turned off.
    private mutating func previews(_ value: Value, _ path: FieldPath) -> Configuration.PreviewSettings? {
        guard value["enabled"]?.bool ?? true else { return nil }
        var result = Configuration.PreviewSettings()
        result.takesForks = value["forks"]?.bool ?? false
        result.timeout = span("timeout", of: value, path) ?? result.timeout
        result.retention = span("retention", of: value, path) ?? result.retention
        result.concurrency = value["concurrency"]?.int ?? result.concurrency
        result.maxResources = value["maxResources"]?.int ?? result.maxResources
        let size = value["maxSize"]?.string.flatMap { ByteSize($0, unit: .mebibytes) }
        result.maxSize = size ?? result.maxSize
        return result
    }

    /// - Parameter kind: what it is, where the document does not say.
    mutating func notification(
        _ value: Value, _ path: FieldPath, kind: Configuration.NotificationSettings.Kind? = nil
    ) -> Configuration.NotificationSettings {
        let kind = kind ?? value["type"]?.string.flatMap(Settings.Kind.init) ?? .webhook
        check(value, kind, path)
        var result = Settings(kind: kind)
        if let url = value["url"]?.string {
            result.address = .plain(url)
            if !url.isWebAddress {
                report(path.appending("url"), "it is no address", hint: "write https://…")
            }
        } else {
            result.address = value["url"].flatMap { secret($0, path.appending("url")) }.map { .secret($0) }
        }
        for (index, item) in (value["secrets"]?.items ?? []).enumerated() {
            if let place = secret(item, path.appending("secrets").appending(index)) {
                result.secrets.append(place)
            }
        }
        if kind == .webhook, value["secrets"] != nil, result.secrets.isEmpty {
            report(path.appending("secrets"), "at least one signing secret is needed")
        }
        for key in ["key", "token", "password"] {
            if let item = value[key] { result.credential = secret(item, path.appending(key)) }
        }
        if result.isConfidential, case .plain(let url)? = result.address, HTTPRequest(url).isOpenToAll {
            report(
                path.appending("url"), "http shows the credential to everybody on the way",
                hint: "write https://…")
        }
        result.isStructured = value["mode"]?.string == "structured"
        if kind == .mail { result.mail = mail(value, path) }
        result.events = Set(value["events"]?.strings ?? [])
        result.sources = Set(value["sources"]?.strings ?? [])
        result.projects = Set(value["projects"]?.strings ?? [])
        result.labels = (value["labels"]?.fields ?? [:]).compactMapValues(\.string)
        result.caFile = value["caFile"]?.string.map(absolute)
        return result
    }

    /// Which of the fields a type takes, and which it needs.
    private mutating func check(_ value: Value, _ kind: Settings.Kind, _ path: FieldPath) {
        let (needed, taken): ([String], [String]) =
            switch kind {
            case .webhook: (["url", "secrets"], [])
            case .slack, .teams, .discord: (["url"], [])
            case .pagerduty: (["key"], ["url"])
            case .cloudevents: (["url"], ["token", "mode"])
            case .mail: (["server", "from", "to"], ["user", "password", "tls"])
            }
        for key in needed where value[key] == nil {
            report(path, "type \(kind.rawValue) needs '\(key)'")
        }
        let own = [
            "url", "secrets", "key", "token", "mode", "server", "from", "to", "user", "password", "tls",
        ]
        // A default is no word of the person who wrote it.
        let defaults = ["mode": "binary", "tls": "required"]
        for key in own where !needed.contains(key) && !taken.contains(key) {
            guard let given = value[key], given.string != defaults[key] || defaults[key] == nil else {
                continue
            }
            report(path.appending(key), "'\(key)' says nothing to type \(kind.rawValue)")
        }
        guard kind == .pagerduty else { return }
        for (index, event) in (value["events"]?.strings ?? []).enumerated()
        where !Configuration.problemNames.contains(event) && event != "mended" {
            report(
                path.appending("events").appending(index), "'\(event)' is nothing to call anybody for",
                hint: "write \(Configuration.problemNames.joined(separator: ", "))")
        }
    }

    private mutating func mail(_ value: Value, _ path: FieldPath) -> Settings.Mail? {
        func parsed(_ text: String, _ path: FieldPath) -> MailAddress? {
            if let address = MailAddress(text) { return address }
            report(
                path, "'\(text.escapedForDisplay)' is no mail address",
                hint: "write ops@example.org, or Ops <ops@example.org>")
            return nil
        }
        let from = value["from"]?.string.flatMap { parsed($0, path.appending("from")) }
        let to = (value["to"]?.strings ?? []).enumerated().compactMap { index, text in
            parsed(text, path.appending("to").appending(index))
        }
        if value["to"] != nil, to.isEmpty, value["to"]?.items.isEmpty ?? true {
            report(path.appending("to"), "at least one recipient is needed")
        }
        if (value["user"] == nil) != (value["password"] == nil) {
            report(path, "'user' and 'password' go together")
        }
        guard let url = value["server"]?.string else { return nil }
        let isEncrypted = value["tls"]?.string != "none"
        var server = MailServer(url: url)
        server.encryption = isEncrypted ? .required : .none
        if value["password"] != nil { server.password = "" }
        if let problem = server.problem {
            report(path.appending("server"), problem, hint: "write smtps://mail.example:465")
        } else if !isEncrypted, !server.isOnThisMachine {
            report(
                path.appending("tls"), "without TLS everybody on the way reads along", hint: "leave 'tls' out"
            )
        }
        guard let from else { return nil }
        var mail = Settings.Mail(server: url, user: value["user"]?.string, from: from, to: to)
        mail.isEncrypted = isEncrypted
        return mail
    }
}

extension String {
    fileprivate var isWebAddress: Bool {
        (hasPrefix("https://") || hasPrefix("http://")) && HTTPRequest(self).hasAddress
    }
}

extension Configuration.NotificationSettings {
    /// Whether what is sent over http carries a credential: a chat's address is one itself.
    var isConfidential: Bool {
        switch kind {
        case .slack, .teams, .discord, .pagerduty: true
        case .cloudevents: credential != nil
        case .webhook, .mail: false
        }
    }
}
