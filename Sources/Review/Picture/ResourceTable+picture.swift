import Model
package import Reconcile

extension ResourceTable {
    /// Of a kind, a source, or all. `now` is milliseconds since 1970.
    package init(_ picture: Picture, kind: String? = nil, source: String? = nil, now: Int) {
        var views: [String: SourceView] = [:]
        var rows: [Row] = []
        for (id, node) in picture.nodes {
            guard kind.map({ $0 == id.kind }) ?? true, source.map({ $0 == node.source }) ?? true,
                let state = node.state, let name = node.source, let layer = node.layer
            else { continue }
            let view = views[name] ?? SourceView(picture, name, now: now)
            views[name] = view
            let time = node.held?.since ?? node.driftedSince
            rows.append(
                Row(
                    id, source: name, layer: layer, engine: node.engine ?? "", type: view.typeWords(of: id),
                    state: ReportedState(state), message: view.words(about: id),
                    changedAt: time.map { Timestamp(milliseconds: $0) }))
        }
        rows.sort { ($0.layer, $0.id) < ($1.layer, $1.id) }
        let projects = Set(views.keys.map(picture.project))
        self.init(
            rows, kind: kind, project: projects.count == 1 ? projects.first : nil,
            madeAt: Timestamp(milliseconds: now))
    }
}
