import Model

extension Step: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("intent", intent)
            $0.field("id", id)
            $0.field("engine", engine)
            $0.field("type", type)
            $0.field("verb", verb.rawValue)
            $0.field("desired", desired)
            $0.field("observation", observation)
            $0.field("payload", aside: payload)
            $0.field("adopts", adopts ? true : nil)
            $0.field("grants", grants)
            $0.field("deposes", deposes)
            $0.field("manifest", manifest)
            $0.field("keeps", keeps.unlessEmpty)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var (intent, id, engine): (Int?, ResourceID?, String?)
        var (type, verb): (String?, Verb?)
        var (desired, manifest): (Value?, Manifest?)
        var (observation, deposes): (Observation?, Observation?)
        var (payload, adopts): ([UInt8], Bool) = ([], false)
        var grants: Grants?
        var keeps: [Kept] = []
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "intent": intent = try unpacker.int()
            case "id": id = try unpacker.read()
            case "engine": engine = try unpacker.string()
            case "type": type = try unpacker.string()
            case "verb": verb = try unpacker.choice("verb")
            case "desired": desired = try unpacker.read()
            case "observation": observation = try unpacker.read()
            case "payload": payload = try unpacker.secret()
            case "adopts": adopts = try unpacker.bool()
            case "grants": grants = try unpacker.read()
            case "deposes": deposes = try unpacker.read()
            case "manifest": manifest = try unpacker.read()
            case "keeps": keeps = try unpacker.read()
            default: try unpacker.skip()
            }
        }
        self.init(
            intent: try intent.required("intent"), id: try id.required("id"),
            engine: try engine.required("engine"), type: type, verb: try verb.required("verb"),
            desired: desired, over: try observation.required("observation"), payload: payload,
            adopts: adopts, grants: try grants.required("grants"), deposes: deposes, manifest: manifest)
        self.keeps = keeps
    }
}

extension Step.Kept: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("path", path)
            $0.field("asked", asked)
            $0.field("base", base)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var path: FieldPath?
        var (asked, base) = (Value.null, Value.null)
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "path": path = try unpacker.read()
            case "asked": asked = try unpacker.read()
            case "base": base = try unpacker.read()
            default: try unpacker.skip()
            }
        }
        self.init(path: try path.required("path"), asked: asked, base: base)
    }
}

extension Grants: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("projects", projects)
            $0.field("references", references.unlessEmpty)
            $0.field("engines", engines)
            $0.field("secrets", secrets.unlessEmpty)
            $0.field("roots", roots.unlessEmpty)
            $0.field("owners", owners.unlessEmpty)
            $0.field("users", users.unlessEmpty)
            $0.field("ports", ports.unlessEmpty.map { $0.map { [$0.lowerBound, $0.upperBound] } })
            $0.field("mayAdopt", mayAdopt ? true : nil)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        self.init(projects: [])
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "projects": projects = try unpacker.read()
            case "references": references = try unpacker.read()
            case "engines": engines = try unpacker.read()
            case "secrets": secrets = try unpacker.read()
            case "roots": roots = try unpacker.read()
            case "owners": owners = try unpacker.read()
            case "users": users = try unpacker.read()
            case "ports": ports = try Self.ports(try unpacker.read())
            case "mayAdopt": mayAdopt = try unpacker.bool()
            default: try unpacker.skip()
            }
        }
    }

    private static func ports(_ bounds: [[Int]]) throws(PackingError) -> [ClosedRange<Int>] {
        var ports: [ClosedRange<Int>] = []
        for pair in bounds {
            guard pair.count == 2, pair[0] <= pair[1] else { throw .outOfRange("ports") }
            ports.append(pair[0]...pair[1])
        }
        return ports
    }
}
