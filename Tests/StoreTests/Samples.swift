import Fixtures
import Model

@testable import Store

/// Random words of the model, the awkward ones included; equal for equal seeds.
struct Samples {
    var random: Seeded
    init(_ seed: UInt64) { random = Seeded(seed) }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    mutating func maybe<T>(_ make: (inout Samples) -> T) -> T? { chance(2) ? make(&self) : nil }
    mutating func several<T>(_ most: Int = 3, _ make: (inout Samples) -> T) -> [T] {
        (0..<below(most + 1)).map { _ in make(&self) }
    }
    mutating func bytes(_ most: Int = 40) -> [UInt8] { several(most) { UInt8($0.below(256)) } }

    mutating func int() -> Int {
        let edges = [0, -1, 31, 32, 127, 128, -32, -33, -128, -129, 255, 256, 65535, 65536, .max, .min]
        let powers = [
            1 << 31, (1 << 32) - 1, 1 << 32, -(1 << 15), -(1 << 15) - 1, -(1 << 31), -(1 << 31) - 1,
        ]
        return (edges + powers).randomElement(using: &random) ?? 0
    }

    mutating func text() -> String {
        switch below(8) {
        case 0: ""
        case 1: "e\u{301}"
        case 2: "é\0\u{202e}\n\"🐦"
        case 3: String(repeating: "long ", count: below(60))
        case 4: chance(50) ? String(repeating: "x", count: 70_000) : String(repeating: "y", count: 300)
        default: "word\(below(100))"
        }
    }

    mutating func id() -> ResourceID {
        let kinds = ["infrastructure", "secret", "service", "job"]
        let names = ["web", "db", "caf\u{e9}", "cafe\u{301}", "odd[x]", "a/b", "50%", "n\0", "n%00"]
        let kind = kinds.randomElement(using: &random) ?? "job"
        let name = names.randomElement(using: &random) ?? "web"
        return ResourceID(kind, "shop", name, key: maybe { $0.chance(2) ? "x" : "k]/[" })
    }

    mutating func handle() -> SecretHandle {
        SecretHandle(id(), text(), version: text(), place: chance(2) ? text() : "", isLeased: chance(2))
    }

    mutating func part() -> TextPart {
        switch below(4) {
        case 0: .literal(text())
        case 1: .unknown
        case 2: .secret(handle())
        default: .local(text())
        }
    }

    mutating func value(_ depth: Int = 3) -> Value {
        switch below(depth > 0 ? 12 : 9) {
        case 0: .null
        case 1: .bool(chance(2))
        case 2: .int(int())
        case 3: .scalar(text())
        case 4, 5: .string(text())
        case 6: .text(several { $0.part() })
        case 7: chance(2) ? .unknown : .hidden(text())
        case 8: .secret(handle())
        case 9: .list(several(20) { $0.value(depth - 1) })
        default: map(depth)
        }
    }

    mutating func map(_ depth: Int = 3) -> Value {
        let fields = several(20) { (name: "key\($0.below(1000))", value: $0.value(depth - 1)) }
        return .map(Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first })
    }

    mutating func reference() -> Reference {
        let path = several { $0.chance(2) ? FieldPath.Component.key($0.text()) : .index($0.below(9)) }
        return Reference(id(), FieldPath(path))
    }

    mutating func expression(_ depth: Int = 3) -> Expression {
        switch below(depth > 0 ? 6 : 4) {
        case 0, 1: .literal(value(1))
        case 2: .reference(reference())
        case 3:
            .text(
                several {
                    switch $0.below(3) {
                    case 0: .literal($0.text())
                    case 1: .reference($0.reference())
                    default: .local($0.text())
                    }
                })
        case 4: .list(several { $0.expression(depth - 1) })
        default:
            .map(
                Dictionary(several { ("key\($0.below(1000))", $0.expression(depth - 1)) }) { first, _ in first
                })
        }
    }

    mutating func observation() -> Observation {
        let presences = [Observation.Presence.absent, .ours, .foreign]
        let healths = [Observation.Health.ready, .progressing(text()), .failed(text())]
        return Observation(
            presences.randomElement(using: &random) ?? .ours, healths.randomElement(using: &random) ?? .ready,
            fields: value(), outputs: value(), state: bytes(), intent: maybe { $0.int() },
            warning: maybe { $0.text() })
    }

    mutating func recorded() -> Recorded {
        var record = Recorded(
            source: text(), layer: Layer.allCases.randomElement(using: &random) ?? .run, engine: text(),
            type: maybe { $0.text() }, manifest: expression(), spec: map(),
            dependencies: Set(several { $0.id() }), observation: observation(),
            deposed: several { $0.observation() }, intent: int(), onRemove: chance(2) ? .forget : .delete)
        record.driftedSince = maybe { $0.int() }
        return record
    }

    mutating func options() -> ReconcileOptions {
        var options = ReconcileOptions()
        options.onDrift = ReconcileOptions.OnDrift.allCases.randomElement(using: &random) ?? .warn
        options.ignore = several { $0.text() }
        options.onRemove = chance(2) ? .forget : .delete
        options.adopt = [.no, .inPlace, .importing(text())].randomElement(using: &random) ?? .no
        options.movedFrom = maybe { $0.id() }
        options.suspend = maybe { samples in
            .init(reason: samples.text(), until: samples.maybe { $0.int() })
        }
        return options
    }

    mutating func manifest() -> Manifest {
        Manifest(
            id(), source: text(), layer: .connect, engine: text(), type: maybe { $0.text() },
            spec: expression(), dependsOn: Set(several { $0.id() }), labels: [text(): text()],
            options: options(), file: text(), document: below(3))
    }

    mutating func grants() -> Grants {
        var grants = Grants(projects: Set(several { $0.text() }))
        grants.references = Set(several { $0.text() })
        grants.engines = maybe { samples in Set(samples.several { $0.text() }) }
        grants.secrets = several { $0.text() }
        grants.roots = several { $0.text() }
        grants.owners = Set(several { $0.text() })
        grants.users = Set(several { $0.text() })
        grants.ports = several { samples in
            let low = samples.below(65536)
            return low...(low + samples.below(10))
        }
        grants.mayAdopt = chance(2)
        return grants
    }

    mutating func step(_ intent: Int, of id: ResourceID) -> Step {
        let verbs = [Step.Verb.create, .update, .delete]
        return Step(
            intent: intent, id: id, engine: text(), type: maybe { $0.text() },
            verb: verbs.randomElement(using: &random) ?? .create, desired: maybe { $0.value() },
            over: observation(), payload: bytes(), adopts: chance(2), grants: grants(),
            deposes: maybe { $0.observation() }, manifest: maybe { $0.manifest() })
    }

    mutating func lease() -> Lease {
        Lease(engine: "vault", handle: handle(), consumer: id(), intent: below(4))
    }

    mutating func source() -> SourceRecord {
        var record = SourceRecord(
            ["shop", "blog", "caf\u{e9}", "cafe\u{301}"].randomElement(using: &random) ?? "shop",
            repository: text(), commit: text(), summary: text(), author: text(), loadedAt: int(),
            pushedAt: maybe { $0.int() },
            state: CommitState.allCases.randomElement(using: &random) ?? .failed, stateSince: int(),
            convergedAt: maybe { $0.int() }, lastConverged: maybe { $0.text() },
            problems: several { $0.diagnostic() }, refusedCommit: maybe { $0.text() },
            isDestroyed: chance(2))
        (record.toldDeletes, record.toldReview) = (maybe { $0.text() }, maybe { $0.text() })
        return record
    }

    mutating func reviewEntry() -> ReviewEntry {
        let (source, request) = (chance(2) ? "shop" : "caf\u{e9}", chance(2) ? "pull/1" : "pull/2")
        switch below(4) {
        case 0, 1:
            let change = ReviewedChange(
                id(), .update, fields: several { _ in .init(path: "a", before: "-", after: "b") })
            var preview = ShownPreview(
                source: source, request: request, author: text(), tree: text(), delta: text(),
                plan: ReviewedPlan(digest: text(), changes: [change]), shownAt: int())
            (preview.head, preview.authorID) = (text(), text())
            (preview.isMerged, preview.spent) = (chance(2), Set(several { $0.id() }))
            return .shown(preview)
        case 2:
            return chance(2)
                ? .ended(source: source, request: request) : .spent(source: source, request: request, id())
        default:
            var approval = PlanApproval(
                source: source, digest: text(), by: text(),
                way: PlanApproval.Way.allCases.randomElement(using: &random) ?? .comment, at: int(),
                requests: Set(several { $0.text() }))
            approval.userID = text()
            return .approved(approval)
        }
    }

    mutating func diagnostic() -> Diagnostic {
        let location = maybe { ManifestLocation(file: $0.text(), line: $0.int(), column: $0.int()) }
        return Diagnostic(chance(2) ? .error : .warning, at: location, text(), hint: maybe { $0.text() })
    }

    mutating func event() -> HistoryEvent {
        HistoryEvent(
            HistoryEvent.Kind.allCases.randomElement(using: &random) ?? .held, time: int(), source: text(),
            commit: text(), resource: maybe { $0.id() }, cause: Cause.allCases.randomElement(using: &random),
            fields: several { .init(path: $0.text(), before: $0.text(), after: $0.text(), cause: "drift") },
            message: text())
    }

    mutating func entry(intent: inout Int) -> Entry {
        let kind = Decision.Kind.allCases.randomElement(using: &random) ?? .adopt
        switch below(13) {
        case 0, 1, 2:
            intent += 1
            return .intent(step(intent, of: id()))
        case 3, 4, 5:
            let number = intent
            return .outcome(
                id(), closes: maybe { max(1, number - $0.below(6)) }, chance(4) ? nil : recorded())
        case 6: return .lease(lease())
        case 7: return .revoked(lease())
        case 8:
            let subject = chance(2) ? id().description : "shop"
            var decision = Decision(
                kind, subject: subject, value: text(), until: maybe { $0.int() }, by: text(), at: int())
            decision.hasEnded = chance(2)
            return .decision(decision)
        case 9: return .withdrawn(kind, subject: id().description)
        case 10: return chance(4) ? .sourceRemoved(source().name) : .source(source())
        case 11: return .review(reviewEntry())
        default: return .moved(from: id(), to: id())
        }
    }
}
