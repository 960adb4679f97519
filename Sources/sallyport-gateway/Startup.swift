import Glibc
import SallyportConfig
import SallyportCore
import SallyportStore
import SallyportTransport

/// What this process was started with beside its configuration: listening sockets of the service
/// manager, or all that a gateway gives to its successor.
struct Startup: Sendable {
  private struct Given {
    let socket: ListeningSocket
    /// As the giver's configuration names it; nil for what counts whatever the configuration says.
    let address: String?
  }

  /// Which listeners there are.
  static let names = ["agents", "enroll", "operator", healthName]
  static let healthName = "health"

  private let given: [String: Given]
  /// The line to the process that this one succeeds.
  let line: CInt?
  /// Whether that process says when it accepts no more.
  let awaitsRelease: Bool
  /// The time now, by that process's clock.
  let time: Timestamp?

  /// To be called once, at the start: later, the descriptors may be somebody else's.
  ///
  /// - Throws: ``ErrorReport`` with exit code 78.
  init(environment: [String: String]) throws {
    if let offer = environment[SuccessorOffer.variable].flatMap({ SuccessorOffer(text: $0) }) {
      line = SuccessorOffer.lineDescriptor
      awaitsRelease = environment[SuccessorOffer.releaseVariable] != nil
      guard fcntl(SuccessorOffer.lineDescriptor, F_SETFD, FD_CLOEXEC) == 0 else {
        throw Self.report("the line to the process before is not open")
      }
      time = Timestamp(milliseconds: offer.clockOrigin + BootClock.milliseconds)
      given = try Self.take(
        offer.sockets.map { ($0.name, $0.address) }, from: SuccessorOffer.firstSocket)
      return
    }
    line = nil
    awaitsRelease = false
    time = nil
    let activation = try SocketActivation(
      environment: environment, process: getpid(), known: Self.names)
    given = try Self.take(
      (activation?.names ?? []).map { ($0, nil) }, from: SocketActivation.firstDescriptor)
  }

  /// The socket of a listener: one that was given, or a new one.
  ///
  /// - Throws: ``ErrorReport`` where the address cannot be listened on.
  func socket(_ name: String, at address: HostPort) throws -> ListeningSocket {
    if let given = given[name], given.address.map({ $0 == address.description }) ?? true {
      return given.socket
    }
    do {
      return try ListeningSocket(host: address.host, port: address.port)
    } catch {
      throw ErrorReport(
        "cannot listen on \(address) (\(Self.setting(of: name))): \(error)",
        exitCode: ExitCode.unavailable)
    }
  }

  private static func setting(of name: String) -> String {
    name == healthName ? "health.host, health.port" : "listen.\(name)"
  }

  private static func take(
    _ sockets: [(name: String, address: String?)], from first: CInt
  ) throws -> [String: Given] {
    var given: [String: Given] = [:]
    for (index, socket) in sockets.enumerated() {
      do {
        given[socket.name] = Given(
          socket: try ListeningSocket(inherited: first + CInt(index)), address: socket.address)
      } catch {
        throw report("the socket for \(setting(of: socket.name)) is of no use: \(error)")
      }
    }
    return given
  }

  private static func report(_ message: String) -> ErrorReport {
    ErrorReport(message, exitCode: ExitCode.configuration)
  }
}
