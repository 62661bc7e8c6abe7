import Model

extension Observation: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("presence", presence.rawValue)
            switch health {
            case .ready: break
            case .progressing(let reason): $0.field("progressing", reason)
            case .failed(let reason): $0.field("failed", reason)
            }
            $0.field("fields", fields == .map([:]) ? nil : fields)
            $0.field("outputs", outputs == .map([:]) ? nil : outputs)
            $0.field("state", aside: state)
            $0.field("intent", intent)
            $0.field("warning", warning)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var presence: Presence?
        self.init(.absent)
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "presence": presence = try unpacker.choice("presence")
            case "progressing": health = .progressing(try unpacker.string())
            case "failed": health = .failed(try unpacker.string())
            case "fields": fields = try unpacker.read()
            case "outputs": outputs = try unpacker.read()
            case "state": state = try unpacker.secret()
            case "intent": intent = try unpacker.int()
            case "warning": warning = try unpacker.string()
            default: try unpacker.skip()
            }
        }
        self.presence = try presence.required("presence")
    }
}

extension Recorded: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("source", source)
            $0.field("layer", layer.rawValue)
            $0.field("engine", engine)
            $0.field("type", type)
            $0.field("manifest", manifest)
            $0.field("spec", spec)
            $0.field("dependencies", dependencies.unlessEmpty)
            $0.field("observation", observation)
            $0.field("deposed", deposed.unlessEmpty)
            $0.field("intent", intent)
            $0.field("onRemove", onRemove == .delete ? nil : onRemove.rawValue)
            $0.field("driftedSince", driftedSince)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var (source, engine, type): (String?, String?, String?)
        var (layer, intent): (Layer?, Int?)
        var (manifest, spec): (Expression?, Value?)
        var observation: Observation?
        var dependencies: Set<ResourceID> = []
        var deposed: [Observation] = []
        var onRemove = ReconcileOptions.OnRemove.delete
        var driftedSince: Int?
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "source": source = try unpacker.string()
            case "layer": layer = try unpacker.choice("layer")
            case "engine": engine = try unpacker.string()
            case "type": type = try unpacker.string()
            case "manifest": manifest = try unpacker.read()
            case "spec": spec = try unpacker.read()
            case "dependencies": dependencies = try unpacker.read()
            case "observation": observation = try unpacker.read()
            case "deposed": deposed = try unpacker.read()
            case "intent": intent = try unpacker.int()
            case "onRemove": onRemove = try unpacker.choice("onRemove")
            case "driftedSince": driftedSince = try unpacker.int()
            default: try unpacker.skip()
            }
        }
        self.init(
            source: try source.required("source"), layer: try layer.required("layer"),
            engine: try engine.required("engine"), type: type, manifest: try manifest.required("manifest"),
            spec: try spec.required("spec"), dependencies: dependencies,
            observation: try observation.required("observation"), deposed: deposed,
            intent: try intent.required("intent"), onRemove: onRemove)
        self.driftedSince = driftedSince
    }
}
