package import Model
package import Reconcile
package import Store

extension ResourceReport {
    /// Nil where nothing is known of it. `history` is its own, newest first; `now` is milliseconds since 1970.
    package init?(
        _ picture: Picture, id: ResourceID, history: [HistoryEvent], now: Int,
        place: @escaping (Manifest, FieldPath) -> ManifestLocation? = { _, _ in nil }
    ) {
        guard let node = picture.nodes[id], let state = node.state, let source = node.source,
            let layer = node.layer
        else { return nil }
        let view = SourceView(picture, source, now: now, place: place)
        self.init(
            id, source: source, project: view.project, layer: layer, engine: node.engine ?? "",
            type: view.typeWords(of: id), state: ReportedState(state), madeAt: view.madeAt)
        self.place = node.manifest.flatMap { place($0, FieldPath()) }
        commit = view.commit
        held = view.held(id, approval: view.approvalHint)
        message = held == nil ? node.seen?.healthWords : nil
        let said = view.said(of: id)
        if !said.isEmpty { warning = said.joined(separator: "\n") }
        fields = picture.fields(of: id)
        differences =
            node.pending.map { pending in
                pending.isDeposed ? [] : view.planned(id, pending.change).fields
            } ?? []
        let known = (node.seen ?? node.record?.observation)?.outputs ?? .null
        outputs = known.fields.isEmpty ? [] : NamedValue.values(of: known)
        dependencies = picture.dependencies(of: id)
        dependants = node.dependants.sorted().compactMap { other in
            picture.dependencies(of: other).first { $0.id == id }.map {
                Dependency(other, $0.how, state: picture.reportedState(of: other))
            }
        }
        self.history = history.map(HistoryLine.init)
        since = node.since(lastChange: history.first { $0.kind.isChange }?.time)
    }
}

extension Picture {
    func reportedState(of id: ResourceID) -> ReportedState {
        nodes[id]?.state.map(ReportedState.init) ?? .absent
    }

    /// As git says, references resolved as far as they can be; as it was applied, where git no longer says anything.
    fileprivate func fields(of id: ResourceID) -> [NamedValue] {
        guard let node = nodes[id] else { return [] }
        let resolved = node.manifest?.spec.resolved { other in
            (nodes[other]?.seen ?? nodes[other]?.record?.observation)?.outputs ?? .unknown
        }
        return NamedValue.values(of: resolved ?? node.record?.spec ?? .null).filter {
            !id.saysAlready($0.path)
        }.map { NamedValue(id.shortPath($0.path), $0.value) }
    }

    fileprivate func dependencies(of id: ResourceID) -> [ResourceReport.Dependency] {
        guard let manifest = nodes[id]?.manifest else {
            return (nodes[id]?.record?.dependencies ?? []).sorted().map {
                ResourceReport.Dependency($0, .reference, state: reportedState(of: $0))
            }
        }
        let referred = Set(manifest.spec.references.map(\.id))
        return manifest.dependencies.sorted().map { other in
            let isNamed = manifest.dependsOn.contains(other)
            return ResourceReport.Dependency(
                other, !isNamed ? .reference : referred.contains(other) ? .both : .dependsOn,
                state: reportedState(of: other))
        }
    }
}

extension Node {
    /// When it came to where it is, as far as that is known.
    fileprivate func since(lastChange: Int?) -> Timestamp? {
        let time: Int? =
            switch state {
            case .failed, .uncertain: held?.since
            case .drifted: driftedSince
            case .ready: lastChange
            default: nil
            }
        return time.map { Timestamp(milliseconds: $0) }
    }
}

extension Observation {
    fileprivate var healthWords: String? {
        switch health {
        case .failed(let text), .progressing(let text): text.isEmpty ? nil : text
        case .ready: nil
        }
    }
}

extension ReportedState {
    init(_ state: ResourceState) {
        self =
            switch state {
            case .ready: .ready
            case .progressing: .inProgress
            case .waiting: .waiting
            case .failed: .failed
            case .drifted: .drifted
            case .suspended: .suspended
            case .uncertain: .uncertain
            case .unknown: .unknown
            }
    }
}
