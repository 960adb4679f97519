import Logging
import SallyportIdentity
import ServiceLifecycle

/// Says where the listeners are, once all of them are open: in the log and, where asked for, in a
/// file that scripts wait for. Then whoever waits for the process itself is told.
struct PortsReport: Service, CustomStringConvertible {
  let listeners: [GatewayListener]
  let file: String?
  let opened: OpenListeners
  let announce: @Sendable () -> Void
  let logger: Logger

  var description: String { "ports report" }

  func run() async throws {
    var ports: [(name: String, port: Int)] = []
    for listener in listeners {
      guard let port = try await listener.boundPort() else { continue }
      ports.append((listener.name, port))
    }
    opened.note(ports.map(\.name))
    logger.info(
      "listening",
      metadata: Logger.Metadata(
        uniqueKeysWithValues: ports.map { ($0.name, .stringConvertible($0.port)) }))
    if let file {
      let fields = ports.map { "\"\($0.name)\": \($0.port)" }.joined(separator: ", ")
      try DurableFile.replace(file, contents: Array("{\(fields)}\n".utf8), mode: .readableByAll)
    }
    announce()
    try? await gracefulShutdown()
  }
}
