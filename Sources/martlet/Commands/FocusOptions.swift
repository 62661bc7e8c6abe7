import ArgumentParser
import Manifests
import Model
import Reconcile
import Review

/// What a person wants of one plan or apply that works in this process, beyond what git says.
struct FocusOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only this, and what it depends on. For mending, not for every day.", valueName: "ID"))
    var target: [String] = []
    @Option(
        name: .long,
        help: ArgumentHelp("Makes this anew, though nothing else asks for that.", valueName: "ID"))
    var replace: [String] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "'--refresh=false' believes what is recorded instead of looking at it: sooner, and blind to drift.",
            valueName: "BOOL"))
    var refresh = true
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Steps, and plans, at one time in the whole graph. Left out: the configuration's 'parallelism'.",
            valueName: "N"))
    var parallelism: Int?

    func validate() throws {
        guard let parallelism, !(1...1000).contains(parallelism) else { return }
        throw ValidationError("--parallelism is from 1 to 1000")
    }

    /// A controller keeps all of its sources as git says, and is asked for no part of that.
    func refuseBesideController(_ socket: String) throws {
        let given = [
            target.isEmpty ? nil : "--target", replace.isEmpty ? nil : "--replace",
            refresh ? nil : "--refresh=false", parallelism == nil ? nil : "--parallelism",
        ]
        guard let name = given.compactMap(\.self).first else { return }
        throw OperationError(
            409, "'\(name)' is for a plan of this process, and a controller answers on \(socket)",
            hint: "it keeps all of it as git says; 'martlet suspend' leaves a resource alone")
    }

    /// The ids that are meant, among what was read and what is recorded.
    func focus(_ loads: [Load], recorded: [ResourceID]) throws -> Focus {
        var focus = Focus()
        focus.refreshes = refresh
        focus.replacing = try ids(replace, loads, recorded)
        if !target.isEmpty { focus.targets = try ids(target, loads, recorded) }
        return focus
    }

    private func ids(
        _ names: [String], _ loads: [Load], _ recorded: [ResourceID]
    ) throws -> Set<ResourceID> {
        var ids: Set<ResourceID> = []
        for name in names {
            let found = loads.reduce(into: Set<ResourceID>()) {
                $0.formUnion($1.resources(named: name, recorded: recorded))
            }
            guard !found.isEmpty else {
                let known = loads.flatMap(\.manifests.keys).map { $0.description(in: $0.project) }
                throw OperationError(
                    404, "no resource '\(name.escapedForDisplay)'",
                    hint: Suggestion.hint(name, among: known) ?? "a resource is named 'kind/name'")
            }
            ids.formUnion(found)
        }
        return ids
    }
}

extension Focus {
    /// What people have to know of a plan that is not the whole one.
    func notices(_ picture: Picture) -> [Notice] {
        var notices: [Notice] = []
        if let focused = picture.focused {
            let all = picture.nodes.count { $0.value.manifest != nil || $0.value.record != nil }
            notices.append(
                Notice(
                    "only \(focused.count) of \(all) resources were looked at (--target): there may be more to do",
                    hint: "'--target' is for mending; plan without it before you go on"))
        }
        if !refreshes {
            notices.append(
                Notice(
                    "what is recorded was believed and not looked at (--refresh=false): what has drifted since is not seen"
                ))
        }
        return notices
    }
}
