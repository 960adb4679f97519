import CSallyportProcess
import Glibc
import SallyportConfig
import SallyportCore
import SallyportTransport

/// The process that takes this one's place.
struct SuccessorProcess: Sendable {
  let id: pid_t

  /// What one process is told is not what the next one is to believe.
  private static let ownVariables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
  /// How long a process that has given up may take to end, and between looking.
  private static let endTimeout = Duration.seconds(10)
  private static let endInterval = Duration.milliseconds(20)

  /// - Throws: ``ErrorReport`` where no process can be started.
  init(
    _ program: ProgramStart, offer: SuccessorOffer, line: CInt, sockets: [ListeningSocket]
  ) throws {
    var environment = program.environment
    for name in Self.ownVariables { environment[name] = nil }
    environment[SuccessorOffer.variable] = offer.text
    environment[SuccessorOffer.releaseVariable] = "1"
    var copies: [CInt] = []
    defer { for copy in copies { close(copy) } }
    for socket in sockets { copies.append(try socket.duplicate()) }
    let descriptors = [line] + copies
    var id: pid_t = 0
    let failure = Self.withCStrings(program.arguments) { arguments in
      Self.withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
        sallyport_process_spawn_successor(
          program.path, arguments, environment, descriptors, CInt(descriptors.count), &id)
      }
    }
    guard failure == 0 else {
      throw ErrorReport(
        "cannot start \(program.path): \(String(cString: strerror(failure)))",
        exitCode: ExitCode.failure)
    }
    self.id = id
  }

  /// Waits until the process is gone; kills it where it takes too long.
  ///
  /// - Returns: How it ended, for people.
  func end(atOnce: Bool) async -> String {
    let clock = ContinuousClock()
    let deadline = clock.now + (atOnce ? .zero : Self.endTimeout)
    var status: CInt = 0
    while waitpid(id, &status, WNOHANG) == 0 {
      if clock.now >= deadline { kill(id, SIGKILL) }
      // Also where this task is cancelled: the process is to be gone.
      if (try? await clock.sleep(for: Self.endInterval)) == nil {
        kill(id, SIGKILL)
        usleep(1_000)
      }
    }
    // `wait(2)`: the lowest seven bits are the signal, the next eight the exit code.
    let signal = status & 0x7F
    return signal == 0
      ? "it ended with exit code \((status >> 8) & 0xFF)" : "signal \(signal) ended it"
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
