import Model

extension Manifest: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("id", id)
            $0.field("source", source)
            $0.field("layer", layer.rawValue)
            $0.field("engine", engine)
            $0.field("type", type)
            $0.field("spec", spec)
            $0.field("dependsOn", dependsOn.unlessEmpty)
            $0.field("labels", labels.unlessEmpty)
            $0.field("options", options == ReconcileOptions() ? nil : options)
            $0.field("file", file.unlessEmpty)
            $0.field("document", document == 0 ? nil : document)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var (id, layer): (ResourceID?, Layer?)
        var (source, engine, type): (String?, String?, String?)
        var spec: Expression?
        var dependsOn: Set<ResourceID> = []
        var labels: [String: String] = [:]
        var options = ReconcileOptions()
        var (file, document) = ("", 0)
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "id": id = try unpacker.read()
            case "source": source = try unpacker.string()
            case "layer": layer = try unpacker.choice("layer")
            case "engine": engine = try unpacker.string()
            case "type": type = try unpacker.string()
            case "spec": spec = try unpacker.read()
            case "dependsOn": dependsOn = try unpacker.read()
            case "labels": labels = try unpacker.read()
            case "options": options = try unpacker.read()
            case "file": file = try unpacker.string()
            case "document": document = try unpacker.int()
            default: try unpacker.skip()
            }
        }
        self.init(
            try id.required("id"), source: try source.required("source"), layer: try layer.required("layer"),
            engine: try engine.required("engine"), type: type, spec: try spec.required("spec"),
            dependsOn: dependsOn, labels: labels, options: options, file: file, document: document)
    }
}

extension ReconcileOptions: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("onDrift", onDrift == .correct ? nil : onDrift.rawValue)
            $0.field("ignore", ignore.unlessEmpty)
            $0.field("onRemove", onRemove == .delete ? nil : onRemove.rawValue)
            switch adopt {
            case .no: break
            case .inPlace: $0.field("adopt", true)
            case .importing(let id): $0.field("import", id)
            }
            $0.field("movedFrom", movedFrom)
            $0.field("suspend", suspend)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        self.init()
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "onDrift": onDrift = try unpacker.choice("onDrift")
            case "ignore": ignore = try unpacker.read()
            case "onRemove": onRemove = try unpacker.choice("onRemove")
            case "adopt": adopt = try unpacker.bool() ? .inPlace : .no
            case "import": adopt = .importing(try unpacker.string())
            case "movedFrom": movedFrom = try unpacker.read()
            case "suspend": suspend = try unpacker.read()
            default: try unpacker.skip()
            }
        }
    }
}

extension ReconcileOptions.Suspension: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("reason", reason)
            $0.field("until", until)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        self.init(reason: "", until: nil)
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "reason": reason = try unpacker.string()
            case "until": until = try unpacker.int()
            default: try unpacker.skip()
            }
        }
    }
}
