import Logging
import Metrics
import ProviderPlugin
import Provision

extension ProviderReports {
    /// What a provider writes is logged by its level; what becomes of its processes is logged and measured.
    static func told(to logger: Logger, _ name: String) -> ProviderReports {
        ProviderReports(
            log: { line in
                var metadata: Logger.Metadata = ["provider": "\(name)"]
                if !line.module.isEmpty { metadata["module"] = "\(line.module)" }
                for (key, value) in line.fields where metadata[key] == nil { metadata[key] = "\(value)" }
                metadata["message"] = "\(line.message)"
                logger.log(level: Logger.Level(line.level), "provider says", metadata: metadata)
            }, event: { tell($0, logger, name) })
    }

    private static func tell(_ event: ProviderEvent, _ logger: Logger, _ name: String) {
        let (dimensions, provider) = ([("provider", name)], Logger.MetadataValue("\(name)"))
        switch event {
        case .ready(let pid, let version, let start, let preparation):
            Counter(label: "martlet_provider_starts", dimensions: dimensions).increment()
            Timer(label: "martlet_provider_start", dimensions: dimensions).record(duration: start)
            Timer(label: "martlet_provider_preparation", dimensions: dimensions).record(duration: preparation)
            logger.info(
                "provider started",
                metadata: ["provider": provider, "pid": "\(pid)", "protocol": "\(version)"])
        case .refused(let error, let pause):
            logger.error(
                "provider does not start",
                metadata: ["provider": provider, "cause": "\(error.cause)", "again": "\(pause)"])
        case .crashed(let error, let pause):
            Counter(label: "martlet_provider_crashes", dimensions: dimensions).increment()
            logger.error(
                "provider crashed",
                metadata: ["provider": provider, "cause": "\(error.cause)", "again": "\(pause)"])
        case .stopped: logger.info("provider stopped", metadata: ["provider": provider])
        }
    }
}

extension ProviderProcess {
    /// Measures it for as long as the engines are in use, and ends it then.
    func measure() async {
        let memory = Gauge(
            label: "martlet_provider_memory_bytes", dimensions: [("provider", launch.name)])
        while !Task.isCancelled {
            memory.record(vitals?.residentBytes ?? 0)
            try? await Task.sleep(for: .seconds(5))
        }
        await close()
    }
}

extension Logger.Level {
    fileprivate init(_ level: PluginLogLine.Level) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
    }
}
