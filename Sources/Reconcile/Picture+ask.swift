import Model

/// What an engine must be asked to plan.
struct Question: Sendable {
    var target: Target
    var observation: Observation
    var engine: any Engine
    var secrets: SecretSource
    var isDeposed = false
    /// The manifest names another engine: what stands is taken away first.
    var successor: Successor?
    var onDrift: ReconcileOptions.OnDrift

    /// What git asks for.
    var asked: Value? { successor?.target.desired ?? target.desired }
}

/// Who is to make it anew, and what: nobody where the engine is not there.
struct Successor: Sendable {
    var target: Target
    var engine: (any Engine)?
    var missing: EngineError
}

/// `leg` is the step that comes first: the change itself, or half of a replace. `kept` is drift that stays.
struct Answer: Sendable {
    var change: Change?
    var leg: Change?
    var kept: [FieldChange] = []
    /// What the step is to make of it: as asked, but for what is kept.
    var desired: Value?
    /// A deposed object that is what is asked for.
    var returnsTo: Observation?
}

extension Picture {
    static func ask(_ question: Question) async -> Result<Answer, EngineError> {
        do throws(EngineError) {
            let (engine, target, secrets) = (question.engine, question.target, question.secrets)
            if let successor = question.successor {
                return .success(try await changeOfEngine(question, successor))
            }
            guard let whole = try await wholeChange(question) else { return .success(Answer()) }
            var answer = Answer(
                change: whole, kept: whole.kept(under: question.onDrift), desired: target.desired)
            if !answer.kept.isEmpty {
                for field in answer.kept { answer.desired?.set(field.before, at: field.path.components[...]) }
                var target = target
                target.desired = answer.desired
                answer.change = try await engine.plan(target, over: question.observation, secrets: secrets)
            }
            guard let change = answer.change, change.action == .replace else {
                answer.leg = answer.change
                return .success(answer)
            }
            answer.returnsTo = try await returning(question)
            var first = target
            if change.createsFirst {
                first.recorded = nil
                answer.leg = try await engine.plan(first, over: .absent, secrets: secrets)
            } else {
                first.desired = nil
                answer.leg = try await engine.plan(first, over: question.observation, secrets: secrets)
            }
            return .success(answer)
        } catch { return .failure(error) }
    }

    /// What stands is taken away by the engine that made it, and what the other one makes in its place is shown with
    /// it: whoever reviews the one allows both.
    private static func changeOfEngine(
        _ question: Question, _ successor: Successor
    ) async throws(EngineError) -> Answer {
        guard let engine = successor.engine else { throw successor.missing }
        let (target, fresh) = (question.target, successor.target)
        guard
            let leg = try await question.engine.plan(
                target, over: question.observation, secrets: question.secrets)
        else { return Answer() }
        guard let made = try await engine.plan(fresh, over: .absent, secrets: question.secrets) else {
            let change = Change(.replace, leg.fields, cause: .commit, payload: leg.payload)
            return Answer(change: change, leg: leg, desired: fresh.desired)
        }
        var asked = target
        asked.desired = fresh.desired
        let fields = made.fields.map { field in
            // Where its spec names the engine, from which to which.
            guard let old = target.recorded, let before = old.spec[field.path], before != field.after,
                before == .string(old.engine)
            else { return field }
            return asked.field(field.path, before, field.after, over: question.observation, replaces: true)
        }
        var change = Change(.replace, fields, cause: .commit, outputs: made.outputs, payload: leg.payload)
        change.warnings = made.warnings
        return Answer(change: change, leg: leg, desired: fresh.desired)
    }

    /// What the engine would do; where a person asks for a new one, and the engine by itself would not make it, that.
    private static func wholeChange(_ question: Question) async throws(EngineError) -> Change? {
        let (engine, target, secrets) = (question.engine, question.target, question.secrets)
        let change = try await engine.plan(target, over: question.observation, secrets: secrets)
        guard target.isReplaced, target.desired != nil, question.observation.presence == .ours,
            change?.action != .replace
        else { return change }
        var fresh = target
        fresh.recorded = nil
        // While the old one stands, an engine may see no room for the new one.
        let made = try? await engine.plan(fresh, over: .absent, secrets: secrets)
        return Change(.replace, change?.fields ?? [], cause: .commit, outputs: made?.outputs ?? .unknown)
    }

    /// Of what earlier replacements left, that which could stay in place and become what is asked for.
    private static func returning(_ question: Question) async throws(EngineError) -> Observation? {
        for old in question.target.recorded?.deposed ?? [] {
            var target = question.target
            target.recorded?.takeBack(old, leaving: question.observation)
            let change = try await question.engine.plan(target, over: old, secrets: question.secrets)
            if change.map({ $0.action == .update }) ?? true { return old }
        }
        return nil
    }
}
