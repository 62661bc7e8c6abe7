extension Decision: Packable {
    func pack(into packer: inout Packer) {
        packer.fields {
            $0.field("kind", kind.rawValue)
            $0.field("subject", subject)
            $0.field("value", value.unlessEmpty)
            $0.field("until", until)
            $0.field("by", by)
            $0.field("at", at)
            $0.field("ended", hasEnded ? true : nil)
        }
    }

    init(from unpacker: inout Unpacker) throws(PackingError) {
        var kind: Kind?
        var (subject, by): (String?, String?)
        var (value, until, at, hasEnded): (String, Int?, Int, Bool) = ("", nil, 0, false)
        for _ in 0..<(try unpacker.mapCount()) {
            switch try unpacker.string() {
            case "kind": kind = try unpacker.choice("kind")
            case "subject": subject = try unpacker.string()
            case "value": value = try unpacker.string()
            case "until": until = try unpacker.int()
            case "by": by = try unpacker.string()
            case "at": at = try unpacker.int()
            case "ended": hasEnded = try unpacker.bool()
            default: try unpacker.skip()
            }
        }
        self.init(
            try kind.required("kind"), subject: try subject.required("subject"), value: value, until: until,
            by: try by.required("by"), at: at)
        self.hasEnded = hasEnded
    }
}
