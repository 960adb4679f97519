import FoundationEssentials
import Testing

extension Stack {
  /// Which process is asked, and where it says its port.
  enum Observed: Sendable {
    case gateway
    case worker(String)
    case agent

    var program: String {
      switch self {
      case .gateway: "sallyport-gateway"
      case .worker: "sallyport-worker"
      case .agent: "sallyport-vcs-agent"
      }
    }

    /// In the stack's folder.
    var configuration: String {
      switch self {
      case .gateway: "gateway/gateway.yaml"
      case .worker(let name): "\(name).yaml"
      case .agent: "agent-1.yaml"
      }
    }

    var portFile: String {
      switch self {
      case .gateway: "gateway/health-port"
      case .worker(let name): "\(name)/health-port"
      case .agent: "agent-1/health-port"
      }
    }
  }

  /// Runs the program's own `health` command.
  nonisolated func health(_ process: Observed, _ options: String...) async throws -> CommandResult {
    try await executables.run(
      process.program,
      [
        "health", "--config", "\(data)/\(process.configuration)", "--set", "health.port=0", "--set",
        "health.port-file=\(data)/\(process.portFile)",
      ] + options)
  }

  /// The values of `/metrics`, by name with labels; fails where a line has another form.
  nonisolated func metrics(of process: Observed) async throws -> [String: Double] {
    let port = try String(contentsOfFile: "\(data)/\(process.portFile)", encoding: .utf8)
      .filter(\.isNumber)
    let result = try await executables.run(
      "/usr/bin/curl",
      ["--silent", "--fail", "--max-time", "20", "http://127.0.0.1:\(port)/metrics"])
    try #require(result.status == 0, "no metrics: \(result.errorText)")
    var values: [String: Double] = [:]
    for line in result.text.split(separator: "\n") where !line.hasPrefix("#") {
      let space = try #require(line.lastIndex(of: " "), "not a sample: \(line)")
      let value = try #require(Double(line[line.index(after: space)...]), "not a sample: \(line)")
      values[String(line[..<space])] = value
    }
    return values
  }
}
