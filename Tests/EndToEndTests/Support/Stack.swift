import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// A whole Sallyport on loopback, as real processes: what `scripts/stack` holds.
///
/// Commands are sent one at a time; an actor keeps them and their answers in order.
actor Stack {
  nonisolated let data: String
  nonisolated let executables = Executables()
  private let writer: StandardInputWriter
  private var answers: SubprocessOutputSequence.Iterator
  private var unread: [UInt8] = []
  private var gatewayProcess: Int32?
  private var agentProcess: Int32?
  private var workerProcesses: [String: Int32] = [:]
  private(set) var endpoints = Endpoints()

  /// `host:port` of each listener, and where the operator's credentials are.
  struct Endpoints: Sendable {
    var agents = ""
    var enroll = ""
    var operatorAPI = ""
    var operatorDirectory = ""
    var gitServerPort = ""

    var gatewayPorts: [String] {
      [agents, enroll, operatorAPI].compactMap { $0.split(separator: ":").last.map(String.init) }
    }
  }

  /// Which parts are started before the test's body runs.
  enum Parts { case gatewayOnly, whole }

  /// Where everything runs.
  enum Surroundings {
    case host
    /// In a network namespace of its own with a loopback and no route. Every call that could reach
    /// out is written to `network-calls` in the stack's folder, for all processes. Needs root;
    /// commands of the operator must go through the stack itself.
    case withoutRoute
    /// Every program that anything of the stack executes is written to `executions` in the stack's
    /// folder, with its arguments and environment. Commands of the operator must go through the stack
    /// itself to be seen. Needs root, or that processes may be traced.
    case traced
  }

  /// What the gateway's database holds of tenants.
  enum Store {
    case encrypted
    /// For tests that search it, so that nothing but what they are about hides a value; and for those
    /// that change it as a vendor can.
    case plain
  }

  private init(data: String, writer: StandardInputWriter, answers: SubprocessOutputSequence) {
    self.data = data
    self.writer = writer
    self.answers = answers.makeAsyncIterator()
  }

  /// Starts a stack with one private repository `team/app.git`, runs `body` and takes it down.
  ///
  /// - Parameters:
  ///   - repository: A repository or bundle to serve instead of a made one.
  ///   - environment: Variables for all executables: keys of their configurations.
  static func with(
    _ parts: Parts = .whole, repository: String? = nil, environment: [String: String] = [:],
    in surroundings: Surroundings = .host, store: Store = .encrypted,
    _ body: @Sendable (Stack) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "sallyport-e2e-\(UInt32.random(in: .min ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let data = folder.path()
    var environment = environment
    if store == .plain { environment["STACK_INIT_OPTION"] = "--plain" }
    defer { try? FileManager.default.removeItem(atPath: data) }
    // The outcome is kept until the stack has taken everything down: an error that left this
    // scope at once would kill the script and leave its processes behind.
    var options = PlatformOptions()
    // A test that runs out of time is cancelled: the script must live to stop what it started.
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(60))]
    let outcome = try await Subprocess.run(
      .path("/bin/bash"), arguments: Arguments(surroundings.command(data)),
      environment: Executables.environment(environment), platformOptions: options,
      input: .inputWriter, output: .sequence, error: .discarded
    ) { execution -> Result<Void, any Error> in
      let stack = Stack(
        data: data, writer: execution.standardInputWriter, answers: execution.standardOutput)
      var outcome = Result<Void, any Error>.success(())
      do {
        try await stack.start(parts, repository: repository)
        try await body(stack)
      } catch {
        stack.recordLogs()
        outcome = .failure(error)
      }
      try await execution.standardInputWriter.finish()
      return outcome
    }
    try outcome.closureResult.get()
  }

  /// The answer of `sallyport`, run where the stack runs: its exit code.
  func commandLine(_ arguments: [String]) async throws -> Int32? {
    Int32(try await command(["sallyport"] + arguments)[0])
  }

  private func start(_ parts: Parts, repository: String?) async throws {
    try await command(["repository", "app.git"] + (repository.map { [$0] } ?? []))
    endpoints.gitServerPort = try await command("git-server")[0]
    let gateway = try await command("gateway")
    gatewayProcess = Int32(gateway[0])
    endpoints.agents = gateway[1]
    endpoints.enroll = gateway[2]
    endpoints.operatorAPI = gateway[3]
    endpoints.operatorDirectory = gateway[4]
    if parts == .whole { try await startCustomer() }
  }

  /// Has the operator's command line connect to another `host:port` than the gateway's.
  func operatorsDial(_ endpoint: String) { endpoints.operatorAPI = endpoint }

  /// Makes the trust root, and enrolls and starts a VCS agent and a worker.
  ///
  /// - Parameter endpoint: `host:port` that both connect to, instead of the gateway's.
  func startCustomer(through endpoint: String? = nil) async throws {
    if let endpoint { try await command("dial", endpoint) }
    try await command("trust-root")
    agentProcess = Int32(try await command("agent")[0])
    try await startNewWorker("worker-1")
  }

  /// The values of the answer; throws where the stack says `failed`.
  @discardableResult
  func command(_ words: String...) async throws -> [String] { try await command(words) }

  @discardableResult
  func command(_ words: [String]) async throws -> [String] {
    _ = try await writer.write(words.joined(separator: "\t") + "\n")
    let answer = try await nextLine().split(separator: " ").map(String.init)
    guard answer.first == "ok" else { throw StackFailure(command: words, answer: answer) }
    return Array(answer.dropFirst())
  }

  private func nextLine() async throws -> String {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: unread[..<end], as: UTF8.self)
        unread.removeSubrange(...end)
        return line
      }
      var iterator = answers
      let piece = try await iterator.next(isolation: self)
      answers = iterator
      guard let piece else { throw StackFailure(command: [], answer: ["the stack ended"]) }
      piece.withUnsafeBytes { unread.append(contentsOf: $0) }
    }
  }

  // MARK: Processes

  var gateway: Int32 {
    get throws { try #require(gatewayProcess) }
  }

  var agent: Int32 {
    get throws { try #require(agentProcess) }
  }

  func worker(_ name: String = "worker-1") throws -> Int32 { try #require(workerProcesses[name]) }

  func gatewayIs(_ process: Int32) { gatewayProcess = process }

  /// - Parameter pool: Made where there is none; nil for the first worker's.
  func startNewWorker(_ name: String, in pool: String? = nil) async throws {
    workerProcesses[name] = Int32(
      try await command(["worker", name] + (pool.map { [$0] } ?? []))[0])
  }

  func startWorkerAgain(_ name: String) async throws {
    workerProcesses[name] = Int32(try await command("start-worker", name)[0])
  }

  /// `kill -9`, and back when the process is gone.
  func kill(_ process: Int32) async throws { try await command("kill", "\(process)") }

  /// SIGTERM, and back when the process is gone.
  func stop(_ process: Int32) async throws { try await command("stop", "\(process)") }

  /// Waits until a process has ended by itself.
  /// - Returns: Its exit code.
  func exitCode(of process: Int32) async throws -> Int32? {
    Int32(try await command("await", "\(process)")[0])
  }

  func startAgentAgain() async throws {
    agentProcess = Int32(try await command("start-agent")[0])
  }

  func startGatewayAgain() async throws {
    gatewayProcess = Int32(try await command("start-gateway")[0])
  }

  // MARK: Operator

  /// Runs the operator's command line to its end.
  nonisolated func sallyport(_ arguments: String...) async throws -> CommandResult {
    try await sallyport(arguments)
  }

  /// - Parameter directory: The operator's folder; nil for the first tenant's operator.
  nonisolated func sallyport(
    _ arguments: [String], operator directory: String? = nil
  ) async throws -> CommandResult {
    try await executables.run(
      "sallyport", arguments, environment: await environment(ofOperator: directory))
  }

  nonisolated func environment(ofOperator directory: String? = nil) async -> [String: String] {
    let endpoints = await endpoints
    return [
      "SALLYPORT_OPERATOR_DIR": directory ?? endpoints.operatorDirectory,
      "SALLYPORT_OPERATOR_GATEWAY_ENDPOINT": endpoints.operatorAPI,
    ]
  }

  // MARK: Evidence

  nonisolated func log(_ name: String) -> String {
    (try? String(contentsOfFile: "\(data)/log/\(name).log", encoding: .utf8)) ?? ""
  }

  /// The first `count` lines of a log that match an extended regular expression; waits for them,
  /// at most half a minute.
  nonisolated func logLines(
    _ name: String, matching pattern: String, count: Int = 1
  ) async throws -> [Substring] {
    let result = try await executables.run(
      "/usr/bin/timeout",
      [
        "30", "bash", "-c",
        #"grep -m "$3" -E -- "$2" <(exec tail -n +1 -s 0.1 -F --pid=$$ "$1" 2>/dev/null)"#,
        "bash", "\(data)/log/\(name).log", pattern, "\(count)",
      ])
    let lines = result.text.split(separator: "\n")
    try #require(lines.count == count, "\(lines.count) lines match '\(pattern)' in \(name).log")
    return lines
  }

  /// Puts the end of each process's log into the test's failure.
  private nonisolated func recordLogs() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(data)/log")) ?? []
    for name in names.sorted() {
      let text = log(String(name.dropLast(".log".count)))
      guard !text.isEmpty else { continue }
      Issue.record("\(name):\n\(text.suffix(4_000))")
    }
  }
}

struct StackFailure: Error, CustomStringConvertible {
  let command: [String]
  let answer: [String]
  var description: String {
    "'\(command.joined(separator: " "))' answered '\(answer.joined(separator: " "))'"
  }
}

extension Stack.Surroundings {
  /// For bash: the script that holds a stack.
  fileprivate func command(_ data: String) -> [String] {
    let script = ["\(Executables.packageRoot)/scripts/stack", Executables().folder, data]
    switch self {
    case .host: return script
    case .withoutRoute:
      let tracer = """
        exec unshare --net bash -c 'ip link set lo up && exec strace -f -qq -s 0 -o "$0" \
          -e trace=connect,sendto,sendmsg,sendmmsg bash "$@"' "$@"
        """
      return ["-c", tracer, "stack", "\(data)/network-calls"] + script
    case .traced:
      let tracer = """
        exec strace -f -qq -v -s 1000000 -o "$0" -e trace=execve,execveat bash "$@"
        """
      return ["-c", tracer, "\(data)/executions"] + script
    }
  }
}
